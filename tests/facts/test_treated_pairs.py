"""Treated pairs derived from the parks: the list expected by hand, the rules apart, and parks made up for one point."""

import pandas as pd
import pytest

from enclave import facts
from enclave.base import files, paths
from enclave.base.errors import EnclaveError, InputError
from enclave.facts import treated_pairs

# Written down from the dates of the park reports, before any code: first milestone from 2008 on.
EXPECTED = {
    ("Zhongshan", "Heyuan"): 2008,
    ("Guangzhou", "Meizhou"): 2008,
    ("Guangzhou", "Yangjiang"): 2008,
    ("Shenzhen", "Shanwei"): 2008,
    ("Foshan", "Yunfu"): 2008,
    ("Shenzhen", "Heyuan"): 2009,
    ("Shenzhen", "Chaozhou"): 2009,
    ("Foshan", "Qingyuan"): 2009,
    ("Dongguan", "Shaoguan"): 2009,
    ("Zhuhai", "Jieyang"): 2009,
    ("Zhuhai", "Yangjiang"): 2014,
    ("Guangzhou", "Qingyuan"): 2014,
    ("Zhongshan", "Chaozhou"): 2015,
}
# Pairs that only parks of districts, counties and towns join, with the year of their first report.
ONLY_BELOW_CITIES = {
    ("Zhongshan", "Yangjiang"): 2005,
    ("Dongguan", "Meizhou"): 2007,
    ("Dongguan", "Maoming"): 2007,
    ("Dongguan", "Yangjiang"): 2007,
    ("Shenzhen", "Shantou"): 2008,
    ("Foshan", "Zhanjiang"): 2010,
    ("Foshan", "Yangjiang"): 2014,
    ("Guangzhou", "Maoming"): 2015,
    ("Guangzhou", "Shanwei"): 2005,
}
EARLIER_BELOW_CITIES = {
    ("Zhongshan", "Heyuan"): 2005,
    ("Foshan", "Yunfu"): 2006,
    ("Shenzhen", "Heyuan"): 2006,
    ("Shenzhen", "Chaozhou"): 2005,
    ("Dongguan", "Shaoguan"): 2005,
}
ACTS = ("agreement_date", "recognition_date", "demonstration_date")
# From the parks of the list: 广州(梅州) demonstrated in 2008 and treated from its restart in 2013, 广州(清远) agreed in
# 2014 and treated from 2015, when building began.
AWAY_FROM_THE_FIRST_ACT = {("Guangzhou", "Meizhou"), ("Guangzhou", "Yangjiang"), ("Foshan", "Yunfu")}
# 东莞石龙(始兴) of 2005 before 2009, 佛山禅城(云城都杨) of 2006 before 2008.
HAS_AN_EARLIER_PARK = {("Dongguan", "Shaoguan"), ("Foshan", "Yunfu"), ("Shenzhen", "Shanwei")}
LOST_ITS_HELPER = {("Zhuhai", "Maoming"): 2009}


def named(pairs: pd.DataFrame) -> dict[tuple[str, str], int]:
    name = facts.cities().set_index("code")["name"]
    keys = zip(pairs["helper"].map(name), pairs["recipient"].map(name), strict=True)
    return dict(zip(keys, pairs["cohort"], strict=True))


def park(name: str, **changes) -> dict:
    """A city-with-city park of two made-up cities, with no date unless given."""
    blank = dict.fromkeys(treated_pairs.MILESTONES, "")
    levels = {"helper_level": "city", "recipient_level": "city", "keeps_helper": 1, "former_park_zh": ""}
    return {"park_zh": name, "helper": "H", "recipient": "R", **levels, **blank, **changes}


def derive(*parks: dict, rule: str = "city_level") -> list[tuple]:
    return list(treated_pairs.by_rule(rule, pd.DataFrame(parks)).itertuples(index=False, name=None))


def test_thirteen_pairs_are_treated_at_city_level_in_the_years_worked_out_by_hand():
    assert named(treated_pairs.by_rule("city_level")) == EXPECTED


def test_the_default_gives_as_many_treated_pairs_as_table_1():
    # 247 treated observations over the 19 years 2000-2018.
    assert len(treated_pairs.by_rule()) == 247 / 19


def test_no_cohort_at_city_level_has_an_event_time_beyond_figure_1():
    assert 2018 - treated_pairs.by_rule("city_level")["cohort"].min() == 10


def test_documented_dates_move_zhongshan_heyuan_alone_to_2005():
    assert named(treated_pairs.by_rule("city_level_documented")) == EXPECTED | {("Zhongshan", "Heyuan"): 2005}


def test_keeping_parks_that_lost_their_helper_adds_zhuhai_maoming():
    assert named(treated_pairs.by_rule("city_level_all")) == EXPECTED | LOST_ITS_HELPER


def test_any_level_adds_pairs_of_districts_and_towns_and_earlier_years():
    expected = EXPECTED | EARLIER_BELOW_CITIES | LOST_ITS_HELPER | ONLY_BELOW_CITIES
    assert named(treated_pairs.by_rule("any_level")) == expected


@pytest.mark.parametrize("rule", treated_pairs.RULES)
def test_a_pair_appears_once_in_the_order_of_its_codes(rule):
    pairs = treated_pairs.by_rule(rule)[["helper", "recipient"]].apply(tuple, axis=1)
    assert pairs.is_monotonic_increasing
    assert pairs.is_unique


@pytest.mark.parametrize("rule", [rule for rule in treated_pairs.RULES if rule != "inferred"])
def test_guangzhou_zhanjiang_is_not_treated_because_its_park_is_undated(rule):
    assert ("Guangzhou", "Zhanjiang") not in named(treated_pairs.by_rule(rule))


def test_the_first_milestone_counts_whatever_its_kind():
    early = park("a", operating_by="2009-06", demonstration_date="2010", recognition_date="2011-01-05")
    assert derive(early) == [("H", "R", 2009, "a")]


def test_a_milestone_before_2008_does_not_count_but_the_next_of_the_same_park_does():
    old = park("a", operating_by="2005-05", demonstration_date="2008-08-05")
    assert derive(old) == [("H", "R", 2008, "a")]
    assert derive(old, rule="city_level_documented") == [("H", "R", 2005, "a")]


def test_the_earlier_of_two_parks_gives_year_and_name():
    assert derive(park("later", agreement_date="2012"), park("first", agreement_date="2010-12")) == [
        ("H", "R", 2010, "first")
    ]


def test_two_parks_of_the_same_date_are_told_apart_by_name_not_by_order():
    parks = [park("b", agreement_date="2010"), park("a", agreement_date="2010")]
    assert derive(*parks) == derive(*parks[::-1]) == [("H", "R", 2010, "a")]


def test_an_undated_park_treats_nobody():
    assert derive(park("a"), rule="any_level") == []


def test_a_district_that_helps_does_not_count_at_city_level():
    district = park("a", helper_level="district", agreement_date="2010")
    county = park("b", recipient_level="county", agreement_date="2010")
    assert derive(district, county) == derive(district, county, rule="city_level_all") == []
    assert derive(district, county, rule="any_level") == [("H", "R", 2010, "a")]


def test_a_park_renamed_after_a_new_helper_is_a_new_pair_from_its_new_name_on():
    old = park("H(R)", agreement_date="2008-12")
    new = park("K(R)", helper="K", operating_by="2014-07-29")
    assert derive(old, new) == [("H", "R", 2008, "H(R)"), ("K", "R", 2014, "K(R)")]


def test_deriving_does_not_change_the_parks_nor_depend_on_their_order():
    parks = facts.parks()
    before = parks.copy(deep=True)
    shuffled = treated_pairs.by_rule(parks=parks.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, treated_pairs.by_rule(parks=parks))
    pd.testing.assert_frame_equal(parks, before)


def test_a_rule_that_does_not_exist_lists_those_that_do():
    with pytest.raises(EnclaveError, match=r"no rule 'strict'.* city_level, city_level_documented"):
        treated_pairs.by_rule("strict")


def test_a_park_that_had_another_helper_before_is_not_new():
    parks = [park("new", agreement_date="2010"), park("renamed", agreement_date="2009", former_park_zh="old")]
    assert derive(*parks, rule="city_level") != derive(*parks, rule="city_level_new")
    assert [row[2] for row in derive(parks[0], rule="city_level_new")] == [2010]
    assert derive(parks[1], rule="city_level_new") == []


def test_every_pair_of_the_inferred_list_has_a_documented_park_of_the_two_cities():
    parks = facts.parks().set_index(["park_zh", "helper", "recipient"])
    for pair in treated_pairs.by_rule("inferred").itertuples():
        assert (pair.park, pair.helper, pair.recipient) in parks.index


def years_of(*kinds: str) -> dict[str, set[int]]:
    """Years of the milestones of some kinds, by park."""
    dated = treated_pairs.milestones(facts.parks())
    return dated[dated["milestone"].isin(kinds)].groupby("park")["year"].agg(set).to_dict()


def years_of_acts() -> dict[str, set[int]]:
    """Years from acts and dated beginnings, by park; a date in the last quarter also gives the next year."""
    parks, found = facts.parks(), {}
    for row in parks.to_dict("records"):
        dates = [row[act] for act in ACTS] + ([row["operating_by"]] if row["precision"] != "before" else [])
        for date in filter(None, dates):
            late = date[5:7] in {"10", "11", "12"}
            found.setdefault(row["park_zh"], set()).update(range(int(date[:4]), int(date[:4]) + 1 + late))
    return found


def test_what_the_list_says_of_its_basis_is_what_the_reports_say():
    acts, reports = years_of_acts(), years_of("operating_by")
    others = pd.read_csv(paths.LISTS / "other_dates.csv").groupby("park_zh")["cohort"].agg(set).to_dict()
    for row in facts.treated().itertuples():
        act, report = acts.get(row.park_zh, set()), reports.get(row.park_zh, set())
        assert {
            "milestone": row.cohort in act,
            "other date": row.cohort in others.get(row.park_zh, set()) - act - report,
            "first report": row.cohort in report - act,
            "before first report": bool(report) and row.cohort < min(act | report),
            "undated": not act | report,
        }[row.basis], row.park_zh


def test_the_book_names_every_pair_whose_cohort_is_not_the_first_act_of_its_park():
    acts = years_of(*ACTS)
    listed = facts.treated().assign(act=lambda rows: rows["park_zh"].map(acts))
    other = listed[[row.act == row.act and row.cohort != min(row.act) for row in listed.itertuples()]]
    assert set(named(other)) == AWAY_FROM_THE_FIRST_ACT
    _assert_named_in_the_ambiguities(AWAY_FROM_THE_FIRST_ACT)


def test_the_book_names_every_pair_with_an_earlier_park_than_that_of_the_list():
    dated = treated_pairs.milestones(facts.parks()).merge(facts.treated(), on=["helper", "recipient"])
    earlier = dated[(dated["park"] != dated["park_zh"]) & (dated["year"] < dated["cohort"])]
    assert set(named(earlier)) == HAS_AN_EARLIER_PARK
    _assert_named_in_the_ambiguities(HAS_AN_EARLIER_PARK)


def _assert_named_in_the_ambiguities(pairs: set[tuple[str, str]]) -> None:
    text = (paths.BOOK / "ambiguities.md").read_text(encoding="utf-8")
    assert [pair for pair in sorted(pairs) if "–".join(pair) not in text] == []


def test_a_source_takes_the_list_that_lies_beside_its_registers(build_folder):
    path = paths.registers("mine") / "treated.csv"
    assert treated_pairs.of_source("mine").equals(treated_pairs.by_rule())
    files.write_text("helper,recipient,cohort,park\n440600,441800,2010,b\n440100,441400,2009,a\n", path)
    assert list(treated_pairs.of_source("mine").itertuples(index=False, name=None)) == [
        ("440100", "441400", 2009, "a"),
        ("440600", "441800", 2010, "b"),
    ]


HEAD = "helper,recipient,cohort,park\n"
PARK = "广州（梅州）产业转移工业园"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_is_read_as_chinese_programs_save_it(encoding, build_folder):
    text = "Helper,Recipient, cohort ,park\n 440100,441400\t,2009,广州（梅州）产业转移工业园\n"
    files.write_bytes(text.encode(encoding), paths.registers("mine") / "treated.csv")
    assert list(treated_pairs.of_source("mine").itertuples(index=False, name=None)) == [
        ("440100", "441400", 2009, "广州（梅州）产业转移工业园")
    ]


@pytest.mark.parametrize("name", ["treated.xlsx", "Treated.CSV", "treated.csv.txt"])
def test_a_list_in_another_file_is_refused_and_not_passed_over(name, build_folder):
    files.write_text(f"{HEAD}440100,441400,2009,a\n", paths.registers("mine") / name)
    with pytest.raises(InputError, match=f"{name}: is not read: the list of treated pairs is treated.csv"):
        treated_pairs.of_source("mine")


def test_a_pair_that_does_not_exist_is_refused_without_its_codes(build_folder):
    files.write_text(f"{HEAD}440100,441400,2009,a\n440100,449900,2010,b\n", paths.registers("mine") / "treated.csv")
    with pytest.raises(InputError) as caught:
        treated_pairs.of_source("mine")
    assert caught.value.place() == 'treated.csv, column "recipient", data row 2'
    assert "449900" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("helper,recipient,cohort\n440100,441400,2009\n", 'treated.csv, column "park"'),
        (f"{HEAD}广州市,梅州市,2009,a\n", 'column "helper", data row 1: is not a six-digit code'),
        (f"{HEAD}441400,440100,2009,a\n", "the columns helper and recipient are exchanged"),
        (f"{HEAD}440100,440300,2009,a\n", 'column "recipient", data row 1: is not a recipient'),
        (f"{HEAD}440100,441400,2081,a\n", "is not a year from 2000 to 2018"),
        (f"{HEAD}440100,441400,1999,a\n", "is not a year from 2000 to 2018"),
        ("", "treated.csv: is empty"),
        (HEAD, "treated.csv: has a header and no row"),
        *(
            (
                f"{HEAD}440100,441400,2009,{park}\n440600,441800,2010,{park}\n440300,441500,2008,{park}\n",
                "one and the same",
            )
            for park in ("", "a")
        ),
        (f"{HEAD}440100,441400,2009,{PARK.encode().decode('gb18030', 'replace')}\n", "row 1: was damaged"),
        (f"{HEAD}440100,441400,2009,{'园区'.encode().decode('gb18030')}\n", "row 1: was damaged by an encoding"),
        (f"{HEAD}440100,441400,2009,{PARK.encode('ascii', 'replace').decode()}\n", "was damaged by an encoding"),
        ("helper,recipient,cohort,park,Park\n440100,441400,2009,a,b\n", 'column "park": two columns have this header'),
        (f"{HEAD}440100,441400,2009,a\n440600,441800,2010,b,c\n", "data row 2: has another number of cells"),
        (
            "helper,recipient,cohort,park\n440100,441400,2009,a\n440100,441400,2010,b\n",
            "data row 2: the pair is a duplicate",
        ),
        ("helper,recipient,cohort,park\n440100,441400,soon,a\n", 'column "cohort", data row 1: not a year'),
    ],
)
def test_a_faulty_list_of_treated_pairs_is_refused(build_folder, text, told):
    files.write_text(text, paths.registers("mine") / "treated.csv")
    with pytest.raises(InputError, match=told):
        treated_pairs.of_source("mine")


def test_rules_are_compared_with_gaps_where_a_pair_is_not_treated():
    compared = treated_pairs.compare_rules()
    assert list(compared.columns) == list(treated_pairs.RULES)
    assert compared["city_level"].notna().sum() == len(treated_pairs.by_rule("city_level"))
    # Zhuhai-Maoming lost its helper's name: treated under city_level_all only (2009)
    row = compared.loc[("440400", "440900")]
    assert row["city_level_all"] == 2009
    assert row["city_level"] is pd.NA
