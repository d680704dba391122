"""Every wrong value ends in one message that says where, what and what to do. Nothing is coerced in silence."""

import gzip

import pandas as pd
import pytest
import samples
from samples import of, refusal, sheet, where

from enclave.base.errors import InputError

AMOUNTS = ["population_10k", "revenue_10k_yuan", "expenditure_10k_yuan", "hospital_beds", "freight_10k_tonnes"]
KINDS = ["csv", "csv.gz", "xlsx", "dta", "parquet"]


# values


@pytest.mark.parametrize("kind", KINDS)
def test_text_where_a_number_belongs_is_located(kind, tmp_path):
    mixed = samples.YEARBOOK.assign(revenue_10k_yuan=["98765", "about 9"])
    if kind == "xlsx":
        fault = sheet(tmp_path, lambda book, page: page.cell(3, 4, "about 9"), "yearbook")
    else:
        mixed.to_csv(tmp_path / "yearbook.csv", index=False)
        if kind != "csv":
            (tmp_path / "yearbook.csv").unlink()
            TEXT_WRITERS[kind](mixed, tmp_path / f"yearbook.{kind}")
        fault = refusal("yearbook", tmp_path)
    assert where(fault) == (f"yearbook.{kind}", "revenue_10k_yuan", 2, 0)
    assert fault.problem == "'about 9' is not a number"


TEXT_WRITERS = {
    "csv.gz": lambda frame, path: path.write_bytes(gzip.compress(samples.csv_text(frame).encode())),
    "parquet": lambda frame, path: frame.to_parquet(path),
    "dta": lambda frame, path: (
        frame.astype(object).where(frame.notna(), "").to_stata(path, write_index=False, version=118)
    ),
}


@pytest.mark.parametrize("written", ["1,234.5", "12万", "12①", "inf", "1e999", "0x1F", "True", "1 2", "--5"])
def test_what_is_not_plainly_a_number_is_refused(written, tmp_path):
    fault = of("yearbook", tmp_path, hospital_beds=["5", written])
    assert where(fault) == ("yearbook.csv", "hospital_beds", 2, 0)


def test_digits_in_full_width_are_the_same_digits(tmp_path):
    samples.write("yearbook", tmp_path, frame=samples.YEARBOOK.assign(hospital_beds=["５", "－１２．５"]))
    assert samples.refusal("yearbook", tmp_path).problem == "'-12.5' is negative"
    samples.write("yearbook", tmp_path, frame=samples.YEARBOOK.assign(hospital_beds=["５", "１２．５"]))
    assert samples.read_table("yearbook", tmp_path)["hospital_beds"].tolist() == [5.0, 12.5]


@pytest.mark.parametrize("written", ["20122", "2012.5", "abc", "", "1812", "-2012", "20 12", "2012-2013"])
def test_a_year_that_is_no_year_names_the_row(written, tmp_path):
    fault = of("yearbook", tmp_path, year=["2012", written])
    assert where(fault) == ("yearbook.csv", "year", 2, 0)


def test_an_empty_year_is_an_empty_cell_and_nothing_else(tmp_path):
    fault = of("yearbook", tmp_path, year=["2012", None])
    assert fault.problem == "the cell is empty"
    assert "Other problems" not in fault.remedy


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "dta"])
def test_a_date_in_a_year_that_is_no_year_names_the_row(kind, tmp_path):
    dates = ["2004-05-06", "2010-12-31", "2010-12-31", "2999-12-31"]
    fault = of("firms", tmp_path, kind, established=dates)
    assert where(fault) == (f"firms.{kind}", "established", 4, 0)
    assert fault.problem == "'2999-12-31' is in an impossible year"


def test_the_name_of_an_industry_standard_leads_to_the_values_of_the_map(tmp_path):
    remedy = of("industries", tmp_path, standard=["GB/T 4754-2011", "2002"]).remedy
    assert "give values, standard" in remedy
    assert "year_from_file" not in remedy


def test_an_industry_standard_without_a_year_is_refused(tmp_path):
    fault = of("industries", tmp_path, standard=["2011", "2012"])
    assert where(fault) == ("industries.csv", "standard", 2, 0)
    assert "1994, 2002, 2011, 2017" in fault.remedy


@pytest.mark.parametrize("column", ["revenue_10k_yuan", "phones_10k", "hospital_beds", "freight_10k_tonnes"])
def test_a_negative_count_is_located(column, tmp_path):
    fault = of("yearbook", tmp_path, **{column: ["-1", "-2"]})
    assert where(fault) == ("yearbook.csv", column, 1, 1)
    assert "is negative" in fault.problem


def test_a_negative_area_is_located(tmp_path):
    assert where(of("land", tmp_path, area_ha=["1", "-0.5"])) == ("land.csv", "area_ha", 2, 0)


def test_a_population_of_zero_cannot_divide(tmp_path):
    assert "is not greater than 0" in of("yearbook", tmp_path, population_10k=["0", "1"]).problem


def test_an_empty_cell_where_none_may_be_is_located(tmp_path):
    assert where(of("firms", tmp_path, name=["甲", None, None, "丙"])) == ("firms.csv", "name", 2, 1)


def test_a_kind_of_shareholder_that_is_none_is_refused_with_the_list(tmp_path):
    fault = of("shareholders", tmp_path, shareholder_type=["企业法人", "外星人"])
    assert where(fault) == ("shareholders.csv", "shareholder_type", 2, 0)
    assert "自然人" in fault.remedy


def test_an_identifier_in_powers_of_ten_is_refused_in_csv_too(tmp_path):
    fault = of("firms", tmp_path, firm_id=["F1", "9.1440E+17", "9.1440E+17", "F3"])
    assert where(fault) == ("firms.csv", "firm_id", 2, 1)


# places


@pytest.mark.parametrize(
    ("table", "column"), [("firms", "city"), ("branches", "city"), ("yearbook", "city"), ("land", "county_code")]
)
def test_an_unknown_code_of_guangdong_is_located(table, column, tmp_path):
    values = samples.ALL[table][column].to_list()
    fault = of(table, tmp_path, **{column: ["449999", *values[1:]]})
    assert where(fault) == (f"{table}.csv", column, 1, 0)
    assert fault.problem == "'449999' is an unknown city code"


def test_codes_of_the_province_and_of_other_provinces_pass(tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(city=["440000", "110105", "110105", None]))
    assert samples.read_table("firms", tmp_path)["city"].tolist()[:2] == ["440000", "110105"]


def test_a_county_code_that_is_no_code_is_refused(tmp_path):
    assert "is not a six-digit code" in of("land", tmp_path, county_code=["清城区", None]).problem


def test_a_supervision_number_must_tell_the_county_if_the_code_is_missing(tmp_path):
    fault = of("land", tmp_path, supervision_number=["4418022014B00123", "4499992015B00007"])
    assert where(fault) == ("land.csv", "supervision_number", 2, 0)
    assert "unknown city code" in fault.problem


def test_a_yearbook_city_that_is_no_city_is_refused(tmp_path):
    fault = of("yearbook", tmp_path, city=["亚特兰蒂斯市", "441800"])
    assert where(fault) == ("yearbook.csv", "city", 1, 0)


def test_a_yearbook_may_hold_cities_of_other_provinces(tmp_path):
    samples.write("yearbook", tmp_path, frame=samples.YEARBOOK.assign(city=["长沙市", "441800"]))
    assert samples.read_table("yearbook", tmp_path)["city"].iloc[0] == "长沙市"


def test_a_gap_of_a_city_that_no_panel_holds_is_passed_over(tmp_path):
    cities = pd.DataFrame({"city": ["拉萨市", "广州市", "441881"], "year": "2000", "population_10k": ["1", "NA", None]})
    samples.write("yearbook", tmp_path, frame=pd.concat([samples.YEARBOOK, cities.assign(expenditure_10k_yuan="1")]))
    found = samples.read_table("yearbook", tmp_path)
    assert found["revenue_10k_yuan"].isna().tolist() == [False, False, True, True, True]
    assert found["population_10k"].isna().tolist() == [False, False, False, True, True]
    fault = of("yearbook", tmp_path, city=["广州市", "Qingyuan"], revenue_10k_yuan=["-", "-"])
    assert where(fault) == ("yearbook.csv", "revenue_10k_yuan", 2, 0)


# keys


def test_one_key_with_two_contents_is_refused_with_both_places(tmp_path):
    fault = of("firms", tmp_path, name=["甲", "乙", "乙二", "丙"])
    assert where(fault) == ("firms.csv", "firm_id", 3, 0)
    assert "'firm_id F2' is a duplicate key: first in firms.csv, data row 2" in fault.problem
    assert fault.problem.endswith('; the records differ in "name"')


def test_a_duplicate_key_names_each_column_in_which_records_differ_and_in_how_many(tmp_path):
    changed = {
        "firm_id": ["F1", "F2", "F2", "F2"],
        "city": ["440100", "清远市", "清远市", None],
        "industry_id": ["I1", None, "I2", "I2"],
    }
    same = {"name": "甲", "province": "广东省", "established": "2004-05-06"}
    fault = of("firms", tmp_path, **changed, **same)
    assert where(fault) == ("firms.csv", "firm_id", 3, 1)
    assert fault.problem.endswith('; the records differ in "city" (1), "industry_id" (2) (of 2 records)')


def test_an_empty_cell_beside_a_filled_one_is_a_difference(tmp_path):
    fault = of("yearbook", tmp_path, city=["清远市", "清远"], phones_10k=["33.3", None], **dict.fromkeys(AMOUNTS, "7"))
    assert fault.problem.endswith('; the records differ in "phones_10k"')


def test_the_columns_in_which_private_records_differ_are_named_without_their_values(tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(name=["甲", "乙", "乙二", "丙"]))
    with pytest.raises(InputError) as caught:
        samples.read_table("firms", tmp_path, quoting=False)
    assert caught.value.problem.endswith('; the records differ in "name"')
    assert "乙" not in str(caught.value)
    assert "F2" not in str(caught.value)


def test_identical_records_are_refused_where_the_table_allows_none(tmp_path):
    double = samples.INDUSTRIES.iloc[[0, 1, 0, 0]]
    samples.write("industries", tmp_path, frame=double)
    fault = refusal("industries", tmp_path)
    assert where(fault) == ("industries.csv", "industry_id", 3, 1)
    assert fault.problem.endswith("; the records are the same in all columns")


def test_a_city_spelled_in_two_ways_is_one_key_of_the_yearbook(tmp_path):
    fault = of("yearbook", tmp_path, city=["清远市", "441800"])
    assert where(fault) == ("yearbook.csv", "city, year", 2, 0)


@pytest.mark.parametrize("spelled", ["广东省清远市", "清远", "4418", "Qingyuan"])
def test_every_spelling_of_a_city_is_one_key_of_the_yearbook(spelled, tmp_path):
    assert where(of("yearbook", tmp_path, city=["441800", spelled])) == ("yearbook.csv", "city, year", 2, 0)


def test_a_county_level_city_has_a_key_of_its_own_in_the_yearbook(tmp_path):
    samples.write("yearbook", tmp_path, frame=samples.YEARBOOK.assign(city=["441881", "441800"]))
    assert samples.read_table("yearbook", tmp_path)["city"].tolist() == ["441881", "441800"]
    fault = of("yearbook", tmp_path, city=["441881", "英德市"])
    assert where(fault) == ("yearbook.csv", "city, year", 2, 0)


def test_a_key_doubled_over_two_parts_names_both(tmp_path):
    folder = tmp_path / "firms"
    folder.mkdir()
    samples.WRITERS["csv"]("firms", samples.FIRMS, folder / "1")
    samples.WRITERS["csv"]("firms", samples.FIRMS.iloc[[3]].assign(name="丁"), folder / "2")
    fault = refusal("firms", tmp_path)
    assert where(fault) == ("firms/2.csv", "firm_id", 1, 0)
    assert "first in firms/1.csv, data row 4" in fault.problem


# several faults


def test_the_first_fault_is_told_and_the_places_of_the_others_are_named(tmp_path):
    fault = of(
        "land",
        tmp_path,
        area_ha=["1", "-1"],
        supply_mode=["赠送", "划拨"],
        signed_on=["2014-07-08", "soon"],
    )
    assert where(fault) == ("land.csv", "supply_mode", 1, 0)
    others = ['land.csv, column "signed_on", data row 2', 'land.csv, column "area_ha", data row 2']
    assert fault.remedy.endswith(f" Other problems: {'; '.join(others)}.")


def test_a_fault_in_a_later_part_names_that_part(tmp_path):
    folder = tmp_path / "land"
    folder.mkdir()
    samples.WRITERS["csv"]("land", samples.LAND, folder / "2019")
    samples.WRITERS["xlsx"]("land", samples.LAND.iloc[[1]].assign(area_ha="-3"), folder / "2020")
    assert where(refusal("land", tmp_path)) == ("land/2020.xlsx", "area_ha", 1, 0)


def test_another_problem_is_named_with_its_own_file_and_the_number_of_its_rows(tmp_path):
    folder = tmp_path / "land"
    folder.mkdir()
    samples.WRITERS["csv"]("land", samples.LAND.assign(area_ha=["-1", "2"]), folder / "2019")
    samples.WRITERS["xlsx"]("land", samples.LAND.assign(supply_mode="赠送"), folder / "2020")
    fault = refusal("land", tmp_path)
    assert where(fault) == ("land/2019.csv", "area_ha", 1, 0)
    assert fault.remedy.endswith(' Other problems: land/2020.xlsx, column "supply_mode", data row 1 (and 1 more).')


def test_a_second_problem_of_the_same_column_is_named_too(tmp_path):
    fault = of("land", tmp_path, area_ha=["x", "-1"])
    assert where(fault) == ("land.csv", "area_ha", 1, 0)
    assert fault.remedy.endswith(' Other problems: land.csv, column "area_ha", data row 2.')


def test_of_many_other_problems_five_are_named_and_the_rest_are_counted(tmp_path):
    columns = ["population_10k", "revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds"]
    fault = of("yearbook", tmp_path, year=["x", "2000"], freight_10k_tonnes="x", **dict.fromkeys(columns, "x"))
    assert where(fault) == ("yearbook.csv", "year", 1, 0)
    assert fault.remedy.endswith('column "hospital_beds", data row 1 (and 1 more); and 1 more.')
