"""Links from the firm master, the shareholders and the industry dictionary, on records written by hand."""

from dataclasses import replace

import hand
import pytest

from enclave.base.errors import EnclaveError
from enclave_registers.cleaning import firms, shareholders
from enclave_registers.cleaning.row_counts import RowCounts, keep

FACTORY = {"industry_id": "I1", "established": "2010-03-01"}
MAKING = {"industry_id": "I1", "standard": 2011, "code": "C1310", "name": "谷物磨制"}
HELPER = {"firm_id": "H", "name": "广州市甲有限公司", "city": "广州市"}
RECIPIENT = {"firm_id": "R", "name": "清远市乙有限公司", "city": "清远市"} | FACTORY
STAKE = {"firm_id": "R", "shareholder_id": "H", "shareholder_name": "广州市甲有限公司", "invested_on": "2012-05-06"}
GUANGZHOU, QINGYUAN, MEIZHOU = "440100", "441800", "441400"
ONE_LINK = [(GUANGZHOU, QINGYUAN, 2012)]

cases = hand.Cases()


def case(firms=(HELPER, RECIPIENT), stakes=(STAKE,), industries=(MAKING,)):
    return cases.add(firms=firms, stakes=stakes, industries=industries)


def clean(raw):
    """Links of each panel, and the rows before and after each step: {(table, step): [in, out]}."""
    row_counts = RowCounts()
    found = shareholders.clean(replace(raw, seats=firms.seats(raw, row_counts)), row_counts)
    steps = row_counts.frame().itertuples()
    return found, {(step.table, step.step): [step.rows_in, step.rows_out] for step in steps}


@pytest.fixture(scope="module")
def cleaned():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shareholders, "LINK", [*shareholders.LINK, "case"])
        return clean(cases.raw())[0]


@pytest.fixture(scope="module")
def found(cleaned):
    """A function: (investor, investee, year) of each link of a case that the cleaning keeps, sorted."""

    def of_case(case, panel="manufacturing"):
        kept = cleaned[panel].query("case == @case")
        kept = kept.loc[kept.index.repeat(kept["records"]), ["investor", "investee", "year"]]
        return sorted(kept.itertuples(index=False, name=None))

    return of_case


USUAL = case()


def test_a_stake_of_a_helper_firm_in_a_recipient_factory_is_one_link(found):
    assert found(USUAL) == ONE_LINK


OTHER = {"firm_id": "H2", "name": "佛山市丙有限公司", "city": "佛山市"}
OTHER_STAKE = STAKE | {"shareholder_id": "H2", "shareholder_name": "佛山市丙有限公司"}
TWO_HOLDERS = case(firms=[HELPER, RECIPIENT, OTHER], stakes=[STAKE, OTHER_STAKE])


def test_two_shareholders_of_one_firm_are_two_links(found):
    assert found(TWO_HOLDERS) == [(GUANGZHOU, QINGYUAN, 2012), ("440600", QINGYUAN, 2012)]


TWICE = case(firms=[HELPER, RECIPIENT, RECIPIENT], stakes=[STAKE, STAKE])


def test_the_same_record_twice_is_one_link(found):
    assert found(TWICE) == ONE_LINK


@pytest.mark.parametrize(
    "differing",
    [
        case(stakes=[STAKE | one, STAKE | other, STAKE | other])
        for one, other in [
            ({"invested_on": "2012-05-06"}, {"invested_on": "2012-05-07"}),
            ({"invested_on": "2012-05-06"}, {"invested_on": None}),
            ({"shareholder_type": "企业法人"}, {"shareholder_type": "合伙企业"}),
            ({"shareholder_id": None}, {"shareholder_id": "-"}),
            ({"shareholder_id": "1:H"}, {"shareholder_id": "H"}),
        ]
    ],
    ids=["another day", "no day", "another type", "no identifier", "another identifier"],
)
def test_two_stakes_of_one_holder_that_differ_in_anything_are_two_links(found, differing):
    assert len(found(differing)) == 2


PERSONAL = {"shareholder_type": "自然人"}
PERSON = case(stakes=[STAKE | PERSONAL])


def test_a_natural_person_is_no_investor(found):
    assert found(PERSON) == []


STRANGER = case(stakes=[STAKE | {"firm_id": "gone"}])


def test_a_stake_in_a_firm_that_is_not_in_the_master_is_dropped(found):
    assert found(STRANGER) == []


UNKNOWN_HOLDER = case(stakes=[STAKE | {"shareholder_id": "unknown", "shareholder_name": "深圳市丁有限公司"}])


def test_a_shareholder_outside_the_master_is_placed_by_its_name(found):
    assert found(UNKNOWN_HOLDER) == [("440300", QINGYUAN, 2012)]


ELSEWHERE = case(firms=[HELPER | {"city": "上海市", "province": "上海市"}, RECIPIENT])


def test_a_shareholder_of_the_master_without_a_seat_in_guangdong_is_outside_whatever_its_name_says(found):
    assert found(ELSEWHERE) == []


JIANGXI = case(firms=[HELPER, RECIPIENT | {"province": "江西省"}])


def test_a_firm_of_another_province_is_dropped(found):
    assert found(JIANGXI) == []


NO_PROVINCE = case(firms=[HELPER, RECIPIENT | {"province": None}])


def test_a_firm_whose_province_is_missing_counts_by_its_city(found):
    assert found(NO_PROVINCE) == ONE_LINK


@pytest.mark.parametrize(
    "no_city", [case(firms=[HELPER, RECIPIENT | {"city": city}]) for city in (None, "广东省", "广东", "440000")]
)
def test_a_missing_city_is_read_from_the_name(found, no_city):
    assert found(no_city) == ONE_LINK


NOWHERE = case(firms=[HELPER, RECIPIENT | {"city": None, "name": "宏达有限公司"}])


def test_a_firm_without_city_in_column_or_name_is_dropped(found):
    assert found(NOWHERE) == []


NO_DATE = case(stakes=[STAKE | {"invested_on": None}])


def test_a_missing_date_of_the_stake_falls_back_to_the_year_the_firm_was_established(found):
    assert found(NO_DATE) == [(GUANGZHOU, QINGYUAN, 2010)]


NO_DATE_AT_ALL = case(firms=[HELPER, RECIPIENT | {"established": None}], stakes=[STAKE | {"invested_on": None}])


def test_a_stake_without_any_date_is_dropped(found):
    assert found(NO_DATE_AT_ALL) == []


@pytest.mark.parametrize(
    ("dated", "kept"),
    [
        (case(stakes=[STAKE | {"invested_on": date}]), kept)
        for date, kept in [("1999-12-31", 0), ("2000-01-01", 1), ("2018-12-31", 1), ("2019-01-01", 0)]
    ],
)
def test_the_period_runs_from_the_first_day_of_2000_to_the_last_of_2018(found, dated, kept):
    assert len(found(dated)) == kept


@pytest.mark.parametrize(
    "coded",
    [case(industries=[MAKING | {"code": code}]) for code in ("C1310", "1310", "13", "C13", "ｃ１３１０".upper())],
)
def test_a_manufacturing_code_counts_with_or_without_its_letter_and_at_any_length(found, coded):
    assert found(coded) == ONE_LINK


@pytest.mark.parametrize(
    "other", [case(industries=[MAKING | change]) for change in ({"code": "F5100"}, {"industry_id": "other"})]
)
def test_a_firm_outside_manufacturing_or_without_industry_counts_only_among_all_industries(found, other):
    assert found(other) == []
    assert found(other, "all_industry") == ONE_LINK


TWO_RECIPIENTS = case(firms=[{"firm_id": "H", "name": "梅州市甲有限公司", "city": "梅州市"}, RECIPIENT])


def test_a_link_between_two_recipients_is_in_the_network_only(found):
    assert found(TWO_RECIPIENTS) == []
    assert found(TWO_RECIPIENTS, "network") == [(MEIZHOU, QINGYUAN, 2012)]


OWN_CITY = case(firms=[HELPER | {"city": "清远市"}, RECIPIENT])


def test_a_stake_within_one_city_is_no_link_of_the_network(found):
    assert found(OWN_CITY, "network") == []


def test_what_no_panel_holds_goes_before_investors_are_looked_up():
    shenzhen = {"name": "深圳市乙有限公司", "city": "深圳市", "established": "2010-03-01"}
    in_no_panel = RECIPIENT | shenzhen | {"firm_id": "N", "industry_id": None}
    in_the_network = RECIPIENT | shenzhen | {"firm_id": "M"}
    in_all_industries = RECIPIENT | {"firm_id": "A", "industry_id": None}
    held = [in_no_panel, in_the_network, in_all_industries]
    stakes = [STAKE | {"firm_id": firm["firm_id"]} for firm in held]
    _, steps = clean(hand.raw([HELPER, *held], stakes, [MAKING]))
    assert steps["shareholders", "match to firms"] == [3, 2]
    _, steps = clean(hand.raw([HELPER, in_no_panel], stakes[:1], [MAKING]))
    assert steps["shareholders", "match to firms"] == [1, 0]


def test_a_firm_delivered_twice_is_one_firm_and_its_stake_one_stake():
    _, steps = clean(hand.raw([HELPER, HELPER, RECIPIENT, RECIPIENT, RECIPIENT], [STAKE], [MAKING]))
    assert steps["firms", "drop repeated records"] == [5, 2]
    assert steps["firms", "find the city"] == [2, 2]
    assert steps["shareholders", "match to firms"] == steps["shareholders", "find investor in master"] == [1, 1]


def test_a_firm_that_appears_twice_and_is_not_listed_is_an_error_and_not_counted_twice():
    raw = hand.raw([HELPER, RECIPIENT, RECIPIENT], [STAKE], [MAKING])
    raw = replace(raw, repeated_firms=hand.raw([HELPER, RECIPIENT]).repeated_firms)
    with pytest.raises(EnclaveError, match=r"^shareholders: 1 records became 2\. .* validate all of them again\.$"):
        clean(raw)


def test_a_firm_that_any_step_drops_has_no_links(monkeypatch):
    def drop_old_firms(table, raw):
        """A step added at the end of the list."""
        return keep(table, table.established_year >= 2011)

    monkeypatch.setattr(firms, "STEPS", [*firms.STEPS, drop_old_firms])
    old, young = RECIPIENT, RECIPIENT | {"firm_id": "Y", "established": "2011-03-01"}
    found, steps = clean(
        hand.raw([HELPER | {"established": "2011-01-01"}, old, young], [STAKE, STAKE | {"firm_id": "Y"}])
    )
    assert steps["firms", "drop old firms"] == [3, 2]
    assert found["all_industry"]["records"].sum() == 1


def test_a_step_that_is_put_into_a_list_is_run_and_counted(monkeypatch):
    # the example of CONTRIBUTING
    def drop_undated_stakes(stakes, raw):
        """Stakes without a date of their own are dropped."""
        return keep(stakes, stakes.invested_on.notnull())

    match, *others = shareholders.MASTER_STEPS
    monkeypatch.setattr(shareholders, "MASTER_STEPS", [match, drop_undated_stakes, *others])
    found, steps = clean(hand.raw([HELPER, RECIPIENT], [STAKE, STAKE | {"invested_on": None}], [MAKING]))
    assert steps["shareholders", "drop undated stakes"] == [2, 1]
    assert steps["shareholders", "keep the period"] == [1, 1]
    assert found["manufacturing"]["records"].tolist() == [1]


def test_the_flow_table_counts_rows_in_and_out_of_every_step():
    raw, row_counts = hand.raw([HELPER, RECIPIENT], [STAKE, STAKE, STAKE | PERSONAL], [MAKING]), RowCounts()
    shareholders.clean(replace(raw, seats=firms.seats(raw, row_counts)), row_counts)
    steps = row_counts.frame().query("table == 'shareholders'").set_index("step")
    assert steps.loc["drop natural persons", ["rows_in", "rows_out"]].tolist() == [3, 2]
    assert steps.loc["drop repeated records", ["rows_in", "rows_out"]].tolist() == [2, 1]
    assert (steps["rows_in"].iloc[1:].to_numpy() == steps["rows_out"].iloc[:-1].to_numpy()).all()
    assert steps["reason"].str.len().min() > 20
