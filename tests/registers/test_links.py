"""Links from the firm master, the shareholders and the industry dictionary, on records written by hand."""

from dataclasses import replace

import hand
import pytest

from enclave.base.errors import EnclaveError
from enclave_registers.cleaning import links as registers
from enclave_registers.cleaning.row_counts import Flow

FACTORY = {"industry_id": "I1", "established": "2010-03-01"}
MAKING = {"industry_id": "I1", "standard": 2011, "code": "C1310", "name": "谷物磨制"}
HELPER = {"firm_id": "H", "name": "广州市甲有限公司", "city": "广州市"}
RECIPIENT = {"firm_id": "R", "name": "清远市乙有限公司", "city": "清远市"} | FACTORY
STAKE = {"firm_id": "R", "shareholder_id": "H", "shareholder_name": "广州市甲有限公司", "invested_on": "2012-05-06"}
GUANGZHOU, QINGYUAN, MEIZHOU = "440100", "441800", "441400"


def links(firms=(HELPER, RECIPIENT), stakes=(STAKE,), industries=(MAKING,), panel="manufacturing"):
    """(investor, investee, year) of each link that the cleaning keeps, sorted."""
    raw, flow = hand.raw(firms, stakes, industries), Flow()
    raw = replace(raw, seats=registers.seats(raw, flow))
    kept = registers.clean(raw, flow)[panel][["investor", "investee", "year"]]
    return sorted(kept.itertuples(index=False, name=None))


def test_a_stake_of_a_helper_firm_in_a_recipient_factory_is_one_link():
    assert links() == [(GUANGZHOU, QINGYUAN, 2012)]


def test_two_shareholders_of_one_firm_are_two_links():
    other = {"firm_id": "H2", "name": "佛山市丙有限公司", "city": "佛山市"}
    second = STAKE | {"shareholder_id": "H2", "shareholder_name": "佛山市丙有限公司"}
    assert links(firms=[HELPER, RECIPIENT, other], stakes=[STAKE, second]) == [
        (GUANGZHOU, QINGYUAN, 2012),
        ("440600", QINGYUAN, 2012),
    ]


def test_the_same_record_twice_is_one_link():
    assert links(firms=[HELPER, RECIPIENT, RECIPIENT], stakes=[STAKE, STAKE]) == [(GUANGZHOU, QINGYUAN, 2012)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"invested_on": "2012-05-06"}, {"invested_on": "2012-05-07"}),
        ({"invested_on": "2012-05-06"}, {"invested_on": None}),
        ({"shareholder_type": "企业法人"}, {"shareholder_type": "合伙企业"}),
        ({"shareholder_id": None}, {"shareholder_id": "-"}),
        ({"shareholder_id": "1:H"}, {"shareholder_id": "H"}),
    ],
    ids=["another day", "no day", "another type", "no identifier", "another identifier"],
)
def test_two_stakes_of_one_holder_that_differ_in_anything_are_two_links(one, other):
    raw = hand.raw([HELPER, RECIPIENT], [STAKE | one, STAKE | other, STAKE | other], [MAKING])
    kept = registers.clean(replace(raw, seats=registers.seats(raw, Flow())), Flow())["manufacturing"]
    assert kept["records"].sum() == 2


def test_a_natural_person_is_no_investor():
    assert links(stakes=[STAKE | {"shareholder_type": "自然人"}]) == []


def test_a_stake_in_a_firm_that_is_not_in_the_master_is_dropped():
    assert links(stakes=[STAKE | {"firm_id": "gone"}]) == []


def test_a_shareholder_outside_the_master_is_placed_by_its_name():
    assert links(stakes=[STAKE | {"shareholder_id": "unknown", "shareholder_name": "深圳市丁有限公司"}]) == [
        ("440300", QINGYUAN, 2012)
    ]


def test_a_shareholder_of_the_master_without_a_seat_in_guangdong_is_outside_whatever_its_name_says():
    elsewhere = {"firm_id": "H", "name": "广州市甲有限公司", "city": "上海市", "province": "上海市"}
    assert links(firms=[elsewhere, RECIPIENT]) == []


def test_a_firm_of_another_province_is_dropped():
    assert links(firms=[HELPER, RECIPIENT | {"province": "江西省"}]) == []


def test_a_firm_whose_province_is_missing_counts_by_its_city():
    assert links(firms=[HELPER, RECIPIENT | {"province": None}]) == [(GUANGZHOU, QINGYUAN, 2012)]


@pytest.mark.parametrize("city", [None, "广东省", "广东", "440000"])
def test_a_missing_city_is_read_from_the_name(city):
    assert links(firms=[HELPER, RECIPIENT | {"city": city}]) == [(GUANGZHOU, QINGYUAN, 2012)]


def test_a_firm_without_city_in_column_or_name_is_dropped():
    assert links(firms=[HELPER, RECIPIENT | {"city": None, "name": "宏达有限公司"}]) == []


def test_a_missing_date_of_the_stake_falls_back_to_the_year_the_firm_was_established():
    assert links(stakes=[STAKE | {"invested_on": None}]) == [(GUANGZHOU, QINGYUAN, 2010)]


def test_a_stake_without_any_date_is_dropped():
    undated = RECIPIENT | {"established": None}
    assert links(firms=[HELPER, undated], stakes=[STAKE | {"invested_on": None}]) == []


@pytest.mark.parametrize(
    ("date", "kept"), [("1999-12-31", False), ("2000-01-01", True), ("2018-12-31", True), ("2019-01-01", False)]
)
def test_the_period_runs_from_the_first_day_of_2000_to_the_last_of_2018(date, kept):
    assert bool(links(stakes=[STAKE | {"invested_on": date}])) is kept


@pytest.mark.parametrize("code", ["C1310", "1310", "13", "C13", "ｃ１３１０".upper()])
def test_a_manufacturing_code_counts_with_or_without_its_letter_and_at_any_length(code):
    assert links(industries=[MAKING | {"code": code}]) == [(GUANGZHOU, QINGYUAN, 2012)]


@pytest.mark.parametrize("industries", [[MAKING | {"code": "F5100"}], [MAKING | {"industry_id": "other"}]])
def test_a_firm_outside_manufacturing_or_without_industry_counts_only_among_all_industries(industries):
    assert links(industries=industries) == []
    assert links(industries=industries, panel="all_industry") == [(GUANGZHOU, QINGYUAN, 2012)]


def test_a_link_between_two_recipients_is_in_the_network_only():
    meizhou = {"firm_id": "H", "name": "梅州市甲有限公司", "city": "梅州市"}
    assert links(firms=[meizhou, RECIPIENT]) == []
    assert links(firms=[meizhou, RECIPIENT], panel="network") == [(MEIZHOU, QINGYUAN, 2012)]


def flow_of(firms, stakes, industries=(MAKING,)):
    """Rows in and out of each step of the firms and shareholders: {(table, step): [in, out]}."""
    raw, flow = hand.raw(firms, stakes, industries), Flow()
    registers.clean(replace(raw, seats=registers.seats(raw, flow)), flow)
    return {(row.table, row.step): [row.rows_in, row.rows_out] for row in flow.frame().itertuples()}


def test_what_no_panel_holds_goes_before_investors_are_looked_up():
    shenzhen = {"firm_id": "R", "name": "深圳市乙有限公司", "city": "深圳市", "established": "2010-03-01"}
    step = ("shareholders", "match to firms")
    assert flow_of([HELPER, shenzhen], [STAKE])[step] == [1, 0]
    assert flow_of([HELPER, shenzhen | FACTORY], [STAKE])[step] == [1, 1]
    assert flow_of([HELPER, RECIPIENT | {"industry_id": None}], [STAKE])[step] == [1, 1]


def test_a_firm_delivered_twice_is_one_firm_and_its_stake_one_stake():
    steps = flow_of([HELPER, HELPER, RECIPIENT, RECIPIENT, RECIPIENT], [STAKE])
    assert steps["firms", "drop repeated records"] == [5, 2]
    assert steps["firms", "find the city"] == [2, 2]
    assert steps["shareholders", "match to firms"] == steps["shareholders", "find investor in master"] == [1, 1]


def test_a_firm_that_stands_twice_and_is_not_listed_is_told_instead_of_counted():
    raw = hand.raw([HELPER, RECIPIENT, RECIPIENT], [STAKE], [MAKING])
    raw = replace(raw, repeated_firms=hand.raw([HELPER, RECIPIENT]).repeated_firms)
    with pytest.raises(EnclaveError, match=r"^shareholders: 1 records became 2\. .* pass the door again\.$"):
        registers.clean(replace(raw, seats=registers.seats(raw, Flow())), Flow())


def test_a_stake_within_one_city_is_no_link_of_the_network():
    assert links(firms=[HELPER | {"city": "清远市"}, RECIPIENT], panel="network") == []


def test_the_flow_table_counts_rows_in_and_out_of_every_step():
    raw, flow = hand.raw([HELPER, RECIPIENT], [STAKE, STAKE, STAKE | {"shareholder_type": "自然人"}], [MAKING]), Flow()
    registers.clean(replace(raw, seats=registers.seats(raw, flow)), flow)
    steps = flow.frame().query("table == 'shareholders'").set_index("step")
    assert steps.loc["drop natural persons", ["rows_in", "rows_out"]].tolist() == [3, 2]
    assert steps.loc["drop repeated records", ["rows_in", "rows_out"]].tolist() == [2, 1]
    assert (steps["rows_in"].iloc[1:].to_numpy() == steps["rows_out"].iloc[:-1].to_numpy()).all()
    assert steps["reason"].str.len().min() > 20
