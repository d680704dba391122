"""What a delivery was understood as: each way to misread one is shown, and beyond its limit it is a fault."""

import numpy as np
import pandas as pd
import pytest
import understood

from enclave_registers.understood import lines, not_understood, tables, variety
from enclave_registers.understood.tables import Tables

FRAMES = understood.frames()


@pytest.fixture
def shown(tmp_path):
    """A function that replaces columns of a table, or whole tables, and returns what was understood."""

    def of(table=None, files=None, frame=None, **columns):
        frame = FRAMES[table] if frame is None and table else frame
        replaced = {table: frame.assign(**columns)} if table else columns
        return understood.table(tmp_path, files, **replaced)

    return of


def faults(found):
    """The messages of the faults."""
    return list(map(str, lines.problems(found.lines)))


def warnings(found):
    """The sentences of the warnings."""
    return [line.warning for line in found.lines if line.warning]


def figure(found, table, what):
    """The figure of the one line of a table that begins so."""
    [line] = [line for line in found.lines if line.table == table and line.what.startswith(what)]
    return line.found


def every(table, step, wrong, column):
    """A column with `wrong(value)` in each `step`-th row."""
    values = FRAMES[table][column].astype(object)
    return values.where(np.arange(len(values)) % step > 0, values.map(wrong))


def test_a_delivery_that_is_right_has_no_fault_and_no_warning(shown):
    found = shown(None)
    assert faults(found) == warnings(found) == found.texts == []
    assert figure(found, "firms", "province: Guangdong") == "100.0 %"
    assert figure(found, "firms", "in manufacturing") == "20.0 %"
    assert figure(found, "shareholders", "firm_id") == "100.0 %"
    assert figure(found, "land", "area of an industrial plot") == "1.5 to 1.5 hectares"


def test_a_share_is_never_rounded_to_all_or_nothing():
    assert lines.percent(1, 10_000) == "under 0.1 %"
    assert lines.percent(9_999, 10_000) == "over 99.9 %"
    assert lines.percent(0, 10_000) == "0.0 %"
    assert lines.percent(0, 0) == "no cell"


def test_the_table_is_aligned_and_ends_with_the_warnings():
    told = list(
        lines.shown([lines.Line("land", "plots", "3"), lines.Line("firms", "x", "5.0 %", "none", warning="Look.")])
    )
    assert told == [lines.TITLE, "  land   plots  3", "  firms  x      5.0 %  none  look", "Warning: firms: Look."]


# the rows of provinces, cities and codes


@pytest.mark.parametrize("text", ["广州", "Canton", "NA.", "广东省内"])
def test_a_province_that_no_list_has_is_a_fault_and_is_listed_and_not_quoted(text, shown):
    found = shown("firms", province=every("firms", 4, lambda _: text, "province"))
    [message] = faults(found)
    assert message.startswith('firms, column "province": 25.0 % of the cells name no province (different texts: 1). ')
    assert "not-understood.csv lists them" in message
    assert text not in message.replace("not-understood.csv", "")
    assert [(one.table, one.column, one.text, one.cells) for one in found.texts] == [("firms", "province", text, 25)]


def test_other_provinces_are_known_by_full_and_short_name(shown):
    found = shown("firms", province=["湖南省", "广西", "内蒙古", "上海市", "广东"] * 20)
    assert faults(found) == []
    assert figure(found, "firms", "province: another") == "80.0 %"


def test_a_city_column_that_names_no_place_is_a_fault_and_one_in_ten_is_not(shown):
    assert faults(shown("firms", city=every("firms", 10, lambda _: "高新区", "city"))) == []
    found = shown("firms", city=every("firms", 4, lambda _: "高新区", "city"))
    assert "25.0 % of the cells in Guangdong name no place" in faults(found)[0]
    assert figure(found, "firms", "city in Guangdong: a place") == "75.0 %"


@pytest.mark.parametrize("city", ["510000", "914401", "湖南省长沙市", "上海"])
def test_a_city_elsewhere_in_the_province_of_guangdong_is_a_fault_and_one_in_fifty_a_warning(city, shown):
    [message] = faults(shown("firms", city=every("firms", 4, lambda _: city, "city")))
    assert message.startswith('firms, column "city": 25.0 % of the cells are read as places outside Guangdong')
    firms = pd.concat([FRAMES["firms"]] * 10, ignore_index=True)
    firms = firms.assign(firm_id=[f"F{number:04}" for number in range(len(firms))])
    cities = firms["city"].where(firms.index % 50 > 0, city)
    found = shown("firms", frame=firms.assign(city=cities))
    assert faults(found) == []
    assert [warning for warning in warnings(found) if "2.0 % of the cells are read as places outside" in warning]


def test_a_city_column_that_hardly_names_a_place_is_a_warning(shown):
    found = shown("firms", city=every("firms", 2, lambda _: "广东省", "city"))
    assert warnings(found) == []
    found = shown("firms", city="广东省")
    assert [warning for warning in warnings(found) if "Were city and province exchanged" in warning]


def test_cities_of_other_provinces_are_not_judged(shown):
    found = shown("firms", province="湖南省", city=["长株潭", "湘江新区"] * (understood.FIRMS // 2))
    assert figure(found, "firms", "city in Guangdong: a place") == "no cell"
    assert faults(found) == []


@pytest.mark.parametrize("code", ["c13.10", "制造业", "99", "9810", "X"])
def test_an_industry_code_without_a_division_of_its_vintage_is_a_fault(code, shown):
    found = shown("industries", code=[code, "5123"])
    assert any("50.0 % of the codes have no division that their vintage has" in message for message in faults(found))
    assert [one.text for one in found.texts] == [code]


def test_a_share_of_manufacturing_that_no_economy_has_is_a_fault(shown):
    assert "100.0 % of the firms" in faults(shown("industries", code=["1310", "1320"]))[0]
    assert "0.0 % of the firms" in faults(shown("industries", code=["0131", "5123"]))[0]


def test_all_unknown_land_uses_are_told_at_once_and_not_quoted(shown):
    uses = ["工业用地", "月球用地", "新型产业用地(M0)"] * 20
    found = shown("land", land_use=uses)
    [message] = faults(found)
    assert "Plots with a use that is no class" in message
    assert "40 (different texts: 2)" in message
    assert not any(use in message for use in uses)
    assert {(one.text, one.cells) for one in found.texts} == {("月球用地", 20), ("新型产业用地(M0)", 20)}


# identifiers


def test_stakes_in_firms_that_are_not_in_the_master_are_a_fault_beyond_a_tenth(shown):
    assert faults(shown("shareholders", firm_id=every("shareholders", 10, lambda key: f"X{key}", "firm_id"))) == []
    found = shown("shareholders", firm_id=every("shareholders", 4, lambda key: f"X{key}", "firm_id"))
    [message] = faults(found)
    assert message.startswith(
        'shareholders, column "firm_id": only 75.0 % of its values is in firms, column "firm_id".'
    )


@pytest.mark.parametrize(
    "lost",
    [str.lower, lambda key: f"00{key}", lambda key: f"{key[:-1]}-{key[-1]}", lambda key: f"{key[0]}.{key[1:]}"],
    ids=["case", "zeros", "hyphen", "point"],
)
def test_identifiers_that_would_meet_with_other_zeros_case_or_signs_are_a_fault_below_a_tenth(lost, shown):
    found = shown("shareholders", firm_id=every("shareholders", 20, lost, "firm_id"))
    [message] = faults(found)
    assert "5.0 % of its values are not in firms" in message
    assert "100.0 % of these would be there with other leading zeros, in the other case or without signs" in message


def test_identifiers_of_a_form_that_no_firm_has_are_a_warning_but_for_natural_persons(shown):
    found = shown("shareholders", shareholder_id=every("shareholders", 3, lambda key: f"CN{key}", "shareholder_id"))
    # every third shareholder is a natural person
    assert (faults(found), warnings(found)) == ([], [])
    found = shown("shareholders", shareholder_id=every("shareholders", 4, lambda key: f"CN{key}", "shareholder_id"))
    [warning] = warnings(found)
    assert warning.startswith('column "shareholder_id": 24.8 % of the values have a form that no firm_id of firms has')
    assert faults(found) == []


def test_shareholders_of_another_scheme_are_a_fault_and_those_of_other_provinces_are_not(shown):
    assert (
        faults(shown("shareholders", shareholder_id=every("shareholders", 2, lambda key: f"X{key}", "shareholder_id")))
        == []
    )
    [message] = faults(shown("shareholders", shareholder_id="X" + FRAMES["shareholders"]["shareholder_id"]))
    assert 'column "shareholder_id": none of its values is in firms' in message


def test_parents_of_another_scheme_are_a_fault(shown):
    [message] = faults(shown("branches", parent_id="X" + FRAMES["branches"]["parent_id"]))
    assert message.startswith('branches, column "parent_id": none of its values is in firms')


@pytest.mark.parametrize("sentinel", ["0", "00000000", "-1", "9999", "X", "自然人", "-9"])
def test_parents_that_are_no_identifier_are_a_fault_are_listed_and_not_quoted(sentinel, shown):
    found = shown("branches", parent_id=every("branches", 20, lambda _: sentinel, "parent_id"))
    [message] = faults(found)
    assert message.startswith('branches, column "parent_id": 3 of its cells hold no identifier')
    assert "under branches, values, parent_id" in message
    assert [(one.column, one.text, one.cells) for one in found.texts] == [("parent_id", sentinel, 3)]
    assert sentinel in ("0", "-1", "X", "-9") or sentinel not in message


def test_a_single_such_parent_is_a_warning_and_one_that_a_firm_has_is_none(shown):
    once = FRAMES["branches"]["parent_id"].astype(object)
    once.iloc[0] = "0"
    found = shown("branches", parent_id=once)
    assert faults(found) == []
    assert any("hold no identifier" in warning for warning in warnings(found))
    firms = FRAMES["firms"].assign(firm_id=[str(number) for number in range(understood.FIRMS)])
    given = {"firm_id": firms["firm_id"].tolist() * 2, "shareholder_id": firms["firm_id"].tolist() * 2}
    parents = [str(number) for number in range(understood.BRANCHES)]
    tables = {"shareholders": FRAMES["shareholders"].assign(**given)}
    tables |= {"branches": FRAMES["branches"].assign(parent_id=parents), "firms": firms}
    found = shown(**tables)
    assert (faults(found), warnings(found)) == ([], [])


@pytest.mark.parametrize("start", ["91440101", "G"])
def test_numbers_that_a_program_rounded_are_a_fault_though_they_are_text(start, shown):
    long = [f"{start}{number:07}000" for number in range(understood.STAKES)]
    [message] = faults(
        shown("shareholders", shareholder_id=[*long[:100], *FRAMES["shareholders"]["shareholder_id"][100:]])
    )
    assert "100.0 % of its numbers of 9 digits and more end in 000" in message
    assert long[0] not in message


def test_the_file_whose_identifiers_do_not_meet_is_named(shown):
    keys = FRAMES["shareholders"]["firm_id"].where(np.arange(understood.STAKES) < 182, "X1")
    found = shown("shareholders", {"shareholders": (("a.csv", 80), ("b.csv", 10), ("c.csv", 110))}, firm_id=keys)
    # 18 of 200 miss, which is below the limit, but all of them are in the last file
    [message] = faults(found)
    assert message.startswith('c.csv, column "firm_id": only 83.6 % of its values')
    assert figure(found, "shareholders", "firm_id that is in firms, worst of 3 files") == "83.6 % (c.csv)"


def test_large_tables_are_counted_on_a_sample_of_identifiers(shown, monkeypatch):
    monkeypatch.setattr(Tables, "one_in", 4)
    monkeypatch.setattr(tables, "SAMPLE", 10)
    found = shown("shareholders", firm_id=every("shareholders", 2, lambda key: f"X{key}", "firm_id"))
    share = float(figure(found, "shareholders", "firm_id").removesuffix(" %"))
    assert 25 < share < 75
    assert figure(shown(None), "shareholders", "firm_id") == "100.0 %"


def test_kinds_of_shareholders_that_were_exchanged_are_a_fault(shown):
    kinds = FRAMES["shareholders"]["shareholder_type"]
    exchanged = kinds.map({"自然人": "企业法人", "企业法人": "自然人"})
    persons, firms = faults(shown("shareholders", shareholder_type=exchanged))
    assert persons.startswith('shareholders, column "shareholder_type": natural persons named like firms: 100.0 %')
    assert firms.startswith('shareholders, column "shareholder_type": other shareholders named like persons: 100.0 %')
    assert "under shareholders, values, shareholder_type" in persons


@pytest.mark.parametrize("kind", ["自然人", "企业法人"])
def test_one_kind_for_all_shareholders_is_a_fault(kind, shown):
    [message] = faults(shown("shareholders", shareholder_type=kind))
    assert 'column "shareholder_type": ' in message
    assert "named like" in message


# dates


def test_a_day_that_one_in_ten_records_has_is_a_fault_and_one_in_fifty_a_warning(shown):
    day = pd.Timestamp("1970-01-01")
    often = every("shareholders", 5, lambda _: day, "invested_on").astype("datetime64[s]")
    assert "20.0 % of its dates are one and the same day" in faults(shown("shareholders", invested_on=often))[0]
    rarely = every("shareholders", 10, lambda _: day, "invested_on").astype("datetime64[s]")
    found = shown("shareholders", invested_on=rarely)
    assert faults(found) == []
    assert "10.0 % of the dates are one and the same day" in warnings(found)[0]


def test_stakes_dated_after_the_newest_firm_are_days_to_come(shown):
    later = every("shareholders", 4, lambda day: day + pd.DateOffset(years=30), "invested_on").astype("datetime64[s]")
    [message] = faults(shown("shareholders", invested_on=later))
    assert "of its dates are after the newest founding of a firm" in message


def plots_by_month(records, **months):
    """So many plots in each month of 2012, or the number that is given for a month."""
    counts = {month: months.get(f"m{month}", records) for month in range(1, 13)}
    days = [pd.Timestamp(2012, month, 1 + at % 28) for month, count in counts.items() for at in range(count)]
    land = pd.concat([FRAMES["land"]] * (len(days) // len(FRAMES["land"]) + 1), ignore_index=True)[: len(days)]
    numbers = [f"4418022014B{number:05}" for number in range(len(days))]
    return land.assign(signed_on=pd.Series(days).astype("datetime64[s]"), supervision_number=numbers)


def test_a_month_of_land_with_hardly_a_record_is_a_warning_that_names_it(shown):
    found = shown("land", frame=plots_by_month(40, m5=3, m9=0))
    [warning] = warnings(found)
    assert warning.startswith('column "signed_on": under a tenth of the records of a usual month in 2012-05, 2012-09.')
    assert faults(found) == []


@pytest.mark.parametrize(("records", "months"), [(40, {"m2": 4}), (10, {"m2": 0}), (40, {})])
def test_a_quiet_month_and_months_of_few_plots_are_no_warning(records, months, shown):
    assert warnings(shown("land", frame=plots_by_month(records, **months))) == []


@pytest.mark.parametrize("sign", ["\ue5c1", "\uf8ff", "\ufffd", "\U000f1234"])
@pytest.mark.parametrize(("table", "column"), variety.NAMES_AND_ADDRESSES)
def test_signs_of_a_private_font_are_a_warning_and_are_not_quoted(table, column, sign, shown):
    cells = every(table, 6, lambda cell: None if cell is None else f"{cell}{sign}园", column)
    found = shown(table, **{column: cells})
    told = [warning for warning in warnings(found) if "private font" in warning]
    assert [warning.partition(":")[0] for warning in told] == [f'column "{column}"']
    assert sign not in told[0]


@pytest.mark.parametrize(
    "garbled", [lambda name: name.encode().decode("latin-1"), lambda name: "????????", lambda name: "Jia He Co."]
)
@pytest.mark.parametrize(("table", "column"), [("firms", "name"), ("branches", "parent_name"), ("land", "location")])
def test_names_without_a_chinese_character_are_a_fault_if_most_are_so(table, column, garbled, shown):
    given = FRAMES[table][column].map(lambda cell: None if pd.isna(cell) else garbled(cell))
    [message] = [message for message in faults(shown(table, **{column: given})) if "Chinese" in message]
    assert message.startswith(f'{table}, column "{column}": 100.0 % of the cells have no Chinese character')


def test_a_fifth_of_the_names_without_a_chinese_character_is_a_warning(shown):
    found = shown("firms", name=every("firms", 5, lambda name: name.encode().decode("latin-1"), "name"))
    assert faults(found) == []
    assert [warning for warning in warnings(found) if "20.0 % of the cells have no Chinese character" in warning]
    foreign = every("shareholders", 5, lambda _: "Jia He Co.", "shareholder_name")
    assert warnings(shown("shareholders", shareholder_name=foreign)) == []


def test_addresses_that_never_name_a_park_are_a_fault(shown):
    [message] = faults(shown("land", location=[f"清远市清城区{number}号" for number in range(understood.PLOTS)]))
    assert message.startswith('land, column "location": no cell names a co-built park. Deliver the column')
    spaced = ["产业 转移\u3000工业园", *["清远市清城区"] * (understood.PLOTS - 1)]
    assert faults(shown("land", location=spaced)) == []


def test_rare_characters_and_signs_of_other_scripts_are_no_private_signs(shown):
    names = every("firms", 6, lambda name: f"{name}𠮷㐂·Ａ(中国)", "name")
    assert [warning for warning in warnings(shown("firms", name=names)) if "private font" in warning] == []


@pytest.mark.parametrize("day", ["1970-01-01", "1901-01-01", "2049-12-31", "2099-12-31"])
@pytest.mark.parametrize(("table", "column"), [("shareholders", "invested_on"), ("branches", "established")])
def test_a_few_days_that_often_stand_for_no_date_are_a_warning_with_the_key_of_the_map(table, column, day, shown):
    dates = FRAMES[table][column].copy()
    dates.iloc[:3] = pd.Timestamp(day)
    told = [warning for warning in warnings(shown(table, **{column: dates})) if "often stand for no date" in warning]
    assert len(told) == 1
    assert told[0].startswith(f'column "{column}": 3 dates are {day}, ')
    assert told[0].endswith(f"under {table}, values, {column}.")


def test_a_single_record_of_such_a_day_is_no_warning(shown):
    dates = FRAMES["shareholders"]["invested_on"].copy()
    dates.iloc[0] = pd.Timestamp("1970-01-01")
    assert warnings(shown("shareholders", invested_on=dates)) == []


# amounts


@pytest.mark.parametrize(
    ("column", "times"),
    [
        ("population_10k", 10_000),
        ("revenue_10k_yuan", 10_000),
        ("revenue_10k_yuan", 1 / 100),
        ("expenditure_10k_yuan", 1 / 10_000),
        ("phones_10k", 10_000),
        ("hospital_beds", 1 / 10_000),
        ("freight_10k_tonnes", 10_000),
    ],
)
def test_an_amount_in_another_unit_is_a_fault(column, times, shown):
    messages = faults(shown("yearbook", **{column: FRAMES["yearbook"][column] * times}))
    assert any(message.startswith(f'yearbook, column "{column}": the median over cities is') for message in messages)
    assert any(f"under yearbook, units, {column}" in message for message in messages)


def test_the_plots_of_one_county_in_another_unit_are_a_warning(shown):
    land = pd.concat([FRAMES["land"]] * 4, ignore_index=True)
    here = land.index % 8 == 0
    numbers = [f"{'441881' if one else '441802'}2014B{number:05}" for number, one in enumerate(here)]
    codes = pd.Series(numbers).str[:6]
    area = land["area_ha"].where(~here, land["area_ha"] * 15)
    found = shown("land", frame=land.assign(supervision_number=numbers, county_code=codes, area_ha=area))
    assert faults(found) == []
    assert [warning for warning in warnings(found) if "in 1 of 2 counties with enough plots" in warning]


@pytest.mark.parametrize("column", ["revenue_10k_yuan", "expenditure_10k_yuan", "hospital_beds", "freight_10k_tonnes"])
def test_an_amount_that_may_be_in_thousands_is_a_warning(column, shown):
    found = shown("yearbook", **{column: FRAMES["yearbook"][column] * 8})
    told = [warning for warning in warnings(found) if "unit is a thousand" in warning]
    assert faults(found) == []
    assert [warning.partition(":")[0] for warning in told] == [f'column "{column}"']
    assert f"under yearbook, units, {column}" in told[0]


def test_revenue_and_expenditure_that_were_exchanged_are_a_warning(shown):
    yearbook = FRAMES["yearbook"]
    found = shown(
        "yearbook",
        revenue_10k_yuan=yearbook["expenditure_10k_yuan"],
        expenditure_10k_yuan=yearbook["revenue_10k_yuan"],
    )
    assert [warning for warning in warnings(found) if "Were the two columns exchanged?" in warning]
    assert figure(found, "yearbook", "more revenue") == "100.0 %"


def test_a_unit_that_changes_with_the_year_is_found_in_that_year(shown):
    yearbook = FRAMES["yearbook"]
    phones = yearbook["phones_10k"].where(yearbook["year"] != 2009, yearbook["phones_10k"] * 10_000)
    [message] = faults(shown("yearbook", phones_10k=phones))
    assert "times the level of the country in 2009." in message


def test_a_unit_that_changes_with_the_file_is_found_in_that_file(shown):
    yearbook = pd.concat([FRAMES["yearbook"]] * 3, ignore_index=True)
    files = {"yearbook": (("old.xlsx", 36), ("new.xlsx", 72))}
    revenue = yearbook["revenue_10k_yuan"].where(yearbook.index >= 36, yearbook["revenue_10k_yuan"] * 10_000)
    # a third of the values of each year is wrong: the medians of the years are right
    [message] = faults(shown("yearbook", files, frame=yearbook.assign(revenue_10k_yuan=revenue)))
    assert "times the level of the country in old.xlsx." in message


def test_a_unit_of_a_minority_of_cities_is_found_though_the_medians_are_right(shown):
    yearbook = FRAMES["yearbook"].sort_values("year", kind="stable", ignore_index=True)
    first, rows = 12, len(yearbook)
    files = {"yearbook": (("old.xlsx", first), ("new.xlsx", rows - first))}
    # seven of twelve cities are right in the first year, and so is its median
    wrong = (np.arange(rows) < first) & (np.arange(rows) % 12 >= 7)
    revenue = yearbook["revenue_10k_yuan"].where(~wrong, yearbook["revenue_10k_yuan"] * 10_000)
    [message] = faults(shown("yearbook", files, frame=yearbook.assign(revenue_10k_yuan=revenue)))
    assert "of the values are over 60 times the level of the country" in message


def test_a_single_wrong_value_of_the_yearbook_is_a_warning(shown):
    found = shown("yearbook", hospital_beds=[8_000_000.0] + [8000.0] * 35)
    assert faults(found) == []
    assert 'column "hospital_beds": 2.8 % of the values are over 60 times' in warnings(found)[0]


def test_zeros_of_the_yearbook_are_a_warning_and_do_not_move_its_medians(shown):
    found = shown("yearbook", phones_10k=every("yearbook", 2, lambda _: 0.0, "phones_10k").astype(float))
    assert faults(found) == []
    assert warnings(found) == [
        'column "phones_10k": 18 values are 0. If that stands for a missing value, leave the cell empty.'
    ]


# fixed and mobile telephones, millions: 144.85 and 84.53 in 2000; per resident 0.13 and 1.12 in 2018
FIXED_ALONE = {2000: 144.85 / (144.85 + 84.53), 2018: 0.13 / 1.25}


def fixed_alone(yearbook):
    """The share of fixed telephones among all in each year; between the two known ones it falls at a constant rate."""
    years, shares = list(FIXED_ALONE), np.log(list(FIXED_ALONE.values()))
    return np.exp(np.interp(yearbook["year"], years, shares))


@pytest.mark.parametrize("rich", [1, 2, 4])
def test_fixed_telephones_alone_are_a_warning_that_proposes_to_add_the_mobile_ones(rich, shown):
    yearbook = FRAMES["yearbook"]
    phones = yearbook["phones_10k"] * fixed_alone(yearbook) * rich
    found = shown("yearbook", phones_10k=phones)
    [warning] = warnings(found)
    assert warning.startswith('column "phones_10k": from 2000 to 2018 telephones grew 0.')
    assert "in map.yml, under yearbook, by their headers: `sums: {phones_10k: [固定电话, 移动电话]}`." in warning
    assert faults(found) == []


@pytest.mark.parametrize("rich", [0.4, 1, 2])
def test_fixed_and_mobile_telephones_together_are_no_warning(rich, shown):
    found = shown("yearbook", phones_10k=FRAMES["yearbook"]["phones_10k"] * rich)
    assert warnings(found) == faults(found) == []


def test_fixed_telephones_so_few_that_their_unit_looks_wrong_are_proposed_as_such(shown):
    yearbook = FRAMES["yearbook"]
    [message] = faults(shown("yearbook", phones_10k=yearbook["phones_10k"] * fixed_alone(yearbook) / 3))
    assert "times the level of the country in 2018" in message
    assert "If the column holds fixed telephones alone, add the mobile ones in map.yml" in message


def test_telephones_of_a_few_years_are_not_judged_by_their_growth(shown):
    yearbook = FRAMES["yearbook"][FRAMES["yearbook"]["year"] == 2000]
    found = shown("yearbook", frame=yearbook)
    assert figure(found, "yearbook", "telephones, growth") == "too few years"


@pytest.mark.parametrize("times", [15, 10_000])
def test_areas_in_mu_or_square_metres_are_a_fault(times, shown):
    [message] = faults(shown("land", area_ha=FRAMES["land"]["area_ha"] * times))
    assert message.startswith('land, column "area_ha": the median of industrial plots is')
    assert "under land, units, area_ha" in message


def test_plots_of_one_file_that_are_all_of_one_year_have_an_area(shown):
    found = shown("land", signed_on=pd.Timestamp(2014, 5, 6))
    assert figure(found, "land", "area of an industrial plot") == "1.5 to 1.5 hectares"


def test_areas_in_another_unit_in_one_file_are_found_there(shown):
    files = {"land": (("old.csv", 30), ("new.csv", 30))}
    in_mu = FRAMES["land"]["area_ha"].where(np.arange(understood.PLOTS) < 30, FRAMES["land"]["area_ha"] * 15 / 3)
    assert faults(shown("land", files, area_ha=in_mu)) == []
    [message] = faults(shown("land", files, area_ha=in_mu * np.where(np.arange(understood.PLOTS) < 30, 1 / 3, 1)))
    assert "15 times as large in new.csv as in old.csv" in message


# levels of places


def test_plots_with_the_code_of_a_city_are_a_warning_and_beyond_a_half_a_fault(shown):
    assert warnings(shown("land", county_code="441800")) == []
    of_city = [f"4418002014B{number:05}" for number in range(understood.PLOTS)]
    found = shown("land", county_code=["441800", "441802", "441802"] * 20, supervision_number=of_city)
    assert faults(found) == []
    assert "33.3 % of the plots have the code of a city" in warnings(found)[0]
    assert "county_code" in faults(shown("land", county_code="441800", supervision_number=of_city))[0]


def test_county_codes_beside_numbers_of_other_cities_are_a_fault(shown):
    plots = [f"{city}022014B{number:05}" for number, city in enumerate(["4418", "4402"] * 30)]
    [message] = faults(shown("land", supervision_number=plots, county_code="441802"))
    assert message.startswith('land, column "county_code": 50.0 % of the plots have the code of another city')
    assert faults(shown("land", supervision_number=plots, county_code=[number[:6] for number in plots])) == []
    # 5 of 60 are below the limit
    few = ["441802" if at < 10 else number[:6] for at, number in enumerate(plots)]
    assert faults(shown("land", supervision_number=plots, county_code=few)) == []


@pytest.mark.parametrize("county", ["441881", "英德市", "广东省英德市"])
def test_counties_in_the_yearbook_are_a_warning(county, shown):
    found = shown("yearbook", city=[county, *FRAMES["yearbook"]["city"][1:]])
    assert warnings(found) == ['column "city": rows of counties and county-level cities are left out: 1.']


# columns that must vary


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in variety.VARYING.items() for column in columns]
)
def test_one_value_in_a_whole_column_that_must_vary_is_a_fault(table, column, shown):
    found = shown(table, **{column: FRAMES[table][column].iloc[0]})
    assert f'{table}, column "{column}": all its cells hold one and the same value' in " ".join(faults(found))
    assert figure(found, table, "columns with one value") == "1"
    # among few records it may be so
    few = FRAMES[table].head(10).assign(**{column: FRAMES[table][column].iloc[0]})
    assert not any("one and the same value" in message for message in faults(shown(table, frame=few)))


def test_a_province_may_be_the_same_everywhere(shown):
    assert faults(shown("firms", province="广东省")) == []


@pytest.mark.parametrize(("table", "column"), [("firms", "industry_id"), ("land", "location")])
def test_columns_without_which_panels_are_empty_must_not_be_empty(table, column, shown):
    messages = faults(shown(table, **{column: pd.Series([None] * len(FRAMES[table]), dtype="str")}))
    assert any(message.startswith(f'{table}, column "{column}": all its cells are empty') for message in messages)


def test_plots_of_one_supply_mode_are_a_warning(shown):
    assert figure(shown(None), "land", "supply_mode") == "66.7 %"
    assert warnings(shown("land", supply_mode="划拨")) == [
        'column "supply_mode": all plots have the same. Were the others left out?'
    ]


def test_a_file_with_one_kind_of_shareholders_beside_others_is_a_warning(shown):
    files = {"shareholders": (("a.csv", 80), ("b.csv", 120))}
    kinds = FRAMES["shareholders"]["shareholder_type"].where(np.arange(understood.STAKES) >= 80, "企业法人")
    assert warnings(shown("shareholders", files)) == []
    assert warnings(shown("shareholders", files, shareholder_type=kinds)) == [
        'column "shareholder_type": only one kind in a.csv, unlike in the other files.'
    ]


def test_empty_cells_of_parents_and_of_addresses_are_counted(shown):
    found = shown("branches", parent_name=every("branches", 4, lambda _: None, "parent_name"))
    assert figure(found, "branches", "parent_name: empty cells") == "25.0 %"
    assert figure(found, "land", "location: empty cells") == "50.0 %"


# the file


def test_the_texts_are_written_to_a_file_that_only_the_owner_can_open(build_folder, shown):
    found = shown("land", land_use=["月球用地", "工业用地", "=1+1"] * 20)
    path = not_understood.write("mine", found.texts)
    written = pd.read_csv(path)
    assert list(written.itertuples(index=False, name=None)) == [
        ("land", "land_use", "=1+1", 20, "no class of land use"),
        ("land", "land_use", "月球用地", 20, "no class of land use"),
    ]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not_understood.write("mine", []) is None
    assert not path.exists()


# files as long as a sheet


@pytest.mark.parametrize("records", [65_531, 65_535, 65_536, 1_048_575])
def test_a_file_as_long_as_a_sheet_is_named_with_its_records(records, shown):
    found = shown(None, files={"shareholders": (("a.csv", records), ("b.csv", 200))})
    assert figure(found, "shareholders", "files as long as a sheet") == "1"
    [warning] = warnings(found)
    assert warning.startswith(f"a.csv has {records:,} records")
    assert faults(found) == []


@pytest.mark.parametrize("records", [65_530, 65_537, 1_048_570, 1_048_577])
def test_a_file_of_another_length_is_not_named(records, shown):
    assert warnings(shown(None, files={"shareholders": (("a.csv", records),)})) == []
