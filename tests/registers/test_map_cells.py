"""What a map can say about columns and cells: each key on a table small enough to write by hand."""

import pandas as pd
import pytest
import samples
from mapped import HEADERS, QINGYUAN, SHAOGUAN, read, record, refused, text, workbook, write_map
from pyarrow import parquet

from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery import units
from enclave_registers.intake.delivery.read import read as delivery


def book(folder, *rows, headers=HEADERS):
    text(folder / "yearbook.csv", headers, *rows)


def test_signs_of_footnotes_are_taken_from_the_ends_of_cells(tmp_path):
    rows = [["韶关市①", 2001, "310*", "5[1]", "6²", "7 ③", 8, 9], ["清远市*†", *QINGYUAN[1:]]]
    book(tmp_path, *rows)
    assert "footnotes" in refused(tmp_path).remedy
    columns = "city, population_10k, revenue_10k_yuan, expenditure_10k_yuan, phones_10k"
    write_map(tmp_path, f"yearbook: {{footnotes: [{columns}]}}")
    assert read(tmp_path) == [record(SHAOGUAN), record(QINGYUAN)]


def test_a_footnote_never_becomes_a_digit(tmp_path):
    book(tmp_path, ["韶关市", 2001, "310①", *SHAOGUAN[3:]])
    assert samples.where(refused(tmp_path)) == ("yearbook.csv", "population_10k", 1, 0)


@pytest.mark.parametrize(
    ("sign", "written"),
    [("comma", '"1,234,567.5"'), ('","', '"1，234，567.5"'), ("space", "1 234 567.5"), ("apostrophe", "1'234'567.5")],
)
def test_signs_between_thousands_are_taken_out(sign, written, tmp_path):
    book(tmp_path, [*SHAOGUAN[:3], written, *SHAOGUAN[4:]])
    assert "thousands" in refused(tmp_path).remedy
    write_map(tmp_path, f"yearbook: {{thousands: {sign}}}")
    assert read(tmp_path) == [record(SHAOGUAN, revenue_10k_yuan=1_234_567.5)]


@pytest.mark.parametrize("written", ["1,23", "12,3456", "1,,234", ",123", "1,234,56", "1,234.5,678"])
def test_signs_in_other_places_are_no_thousands(written, tmp_path):
    book(tmp_path, [*SHAOGUAN[:3], f'"{written}"', *SHAOGUAN[4:]])
    write_map(tmp_path, "yearbook: {thousands: comma}")
    assert samples.where(refused(tmp_path))[1:3] == ("revenue_10k_yuan", 1)


# dates


def stakes(folder, *days):
    frame = samples.SHAREHOLDERS.iloc[[0] * len(days)].assign(invested_on=list(days))
    samples.write("shareholders", folder, frame=frame)


def days_of(folder):
    return [str(day)[:10] for day in samples.read_table("shareholders", folder)["invested_on"]]


@pytest.mark.parametrize(
    ("form", "written", "day"),
    [
        # Excel counts 1 January 2012 as 40909, in the system of 1904 as 39447
        ("excel", "40909", "2012-01-01"),
        ("excel", "40909.75", "2012-01-01"),
        ("excel-1904", "39447", "2012-01-01"),
        # midnight in China is 16:00 of the day before in UTC; 1986 to 1991 had summer time
        ("milliseconds", "1325347200000", "2012-01-01"),
        ("milliseconds", "552063600000", "1987-07-01"),
        ("seconds", "1325347200", "2012-01-01"),
        ('"%Y"', "2012", "2012-01-01"),
        ('"%Y年%m月"', "2012年3月", "2012-03-01"),
    ],
)
def test_dates_in_other_counts_are_days_in_china(form, written, day, tmp_path):
    stakes(tmp_path, written)
    write_map(tmp_path, f"shareholders: {{date_format: {form}}}")
    assert days_of(tmp_path) == [day]


def test_one_column_may_have_several_formats(tmp_path):
    stakes(tmp_path, "2012-03-04", "05.06.2012", "40909", "2011", "", "2012年7月8日")
    assert "date_format" in refused(tmp_path, "shareholders").remedy
    write_map(tmp_path, 'shareholders: {date_format: {invested_on: [codebook, "%d.%m.%Y", excel, "%Y"]}}')
    assert days_of(tmp_path) == ["2012-03-04", "2012-06-05", "2012-01-01", "2011-01-01", "NaT", "2012-07-08"]


def test_a_cell_that_two_formats_read_as_two_days_is_told(tmp_path):
    stakes(tmp_path, "25/06/2012", "05/06/2012")
    write_map(tmp_path, 'shareholders: {date_format: ["%d/%m/%Y", "%m/%d/%Y"]}')
    fault = refused(tmp_path, "shareholders")
    assert samples.where(fault) == ("shareholders.csv", "invested_on", 2, 0)
    assert "another day in each of two formats" in fault.problem
    assert "by_file" in fault.remedy


@pytest.mark.parametrize("written", ["4090", "409090", "40909a", "2012"])
def test_what_is_no_number_of_a_day_in_excel_is_told(written, tmp_path):
    stakes(tmp_path, "40909", written)
    write_map(tmp_path, "shareholders: {date_format: excel}")
    assert samples.where(refused(tmp_path, "shareholders"))[1:3] == ("invested_on", 2)


# several columns for one


TWO_PHONES = [*HEADERS[:5], "固定电话年末用户数", "移动电话年末用户数", *HEADERS[6:]]


def test_fixed_and_mobile_telephones_are_added(tmp_path):
    book(tmp_path, [*SHAOGUAN[:5], "2.5", 4, 8, 9], [*QINGYUAN[:5], "2.5", "", 18, 19], headers=TWO_PHONES)
    write_map(tmp_path, "yearbook: {sums: {phones_10k: [固定电话年末用户数, 移动电话年末用户数]}}")
    first, second = read(tmp_path)
    assert first["phones_10k"] == 6.5
    assert pd.isna(second["phones_10k"])


def test_the_parts_of_a_sum_may_have_their_own_units_and_codes(tmp_path):
    book(tmp_path, [*SHAOGUAN[:5], "1,000", 40_000, 8, 9], headers=TWO_PHONES)
    path = tmp_path / "yearbook.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1,000", '"25,000"'), encoding="utf-8")
    write_map(
        tmp_path, "yearbook: {thousands: comma, sums: {phones_10k: {固定电话年末用户数: 户, 移动电话年末用户数: 户}}}"
    )
    assert read(tmp_path) == [record(SHAOGUAN, phones_10k=6.5)]


def test_a_part_of_a_sum_that_is_no_number_is_told(tmp_path):
    book(tmp_path, [*SHAOGUAN[:5], "x", 4, 8, 9], headers=TWO_PHONES)
    write_map(tmp_path, "yearbook: {sums: {phones_10k: [固定电话年末用户数, 移动电话年末用户数]}}")
    assert samples.where(refused(tmp_path)) == ("yearbook.csv", "phones_10k", 1, 0)


def test_the_first_identifier_that_is_given_counts(tmp_path):
    frame = samples.FIRMS.drop(columns="firm_id").assign(
        统一社会信用代码=["91A", None, None, ""], 注册号=["4401", "4402", "4402", None]
    )
    samples.write("firms", tmp_path, frame=frame)
    write_map(tmp_path, 'firms: {first_of: {firm_id: [统一社会信用代码, 注册号]}, drop_rows: {firm_id: ""}}')
    assert [row["firm_id"] for row in read(tmp_path, "firms")] == ["91A", "4402", "4402"]


# no dictionary, no numbers


def test_without_a_dictionary_the_codes_of_the_firms_make_it(tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(industry_id=["C1310", None, None, "0131"]))
    write_map(tmp_path, "industries: {from_firms: 2011}")
    cache = IntakeCache(tmp_path / "cache")
    for table in ("firms", "industries"):
        path = convert.convert(table, delivery(tmp_path), cache)
    # 13 is the division of agricultural food, 01 that of farming in GB/T 4754-2011
    assert parquet.read_table(path).to_pylist() == [
        {"industry_id": "0131", "standard": 2011, "code": "0131", "name": "农业"},
        {"industry_id": "C1310", "standard": 2011, "code": "C1310", "name": "农副食品加工业"},
    ]


def test_a_plot_without_a_number_gets_one_from_its_content(tmp_path):
    frame = pd.concat([samples.LAND, samples.LAND.iloc[[0, 0]].assign(supervision_number=None)])
    frame = pd.concat([frame, samples.LAND.iloc[[0]].assign(supervision_number=None, area_ha="2")])
    samples.write("land", tmp_path, frame=frame)
    assert "number_plots" in refused(tmp_path, "land").remedy
    write_map(tmp_path, "land: {number_plots: yes}")
    numbers = samples.read_table("land", tmp_path)["supervision_number"].tolist()
    assert numbers[:2] == samples.LAND["supervision_number"].tolist()
    assert numbers[2] == numbers[3] != numbers[4]
    assert not any(number.isdecimal() for number in numbers[2:])


def test_plots_of_a_table_without_numbers_need_their_county(tmp_path):
    frame = samples.LAND.drop(columns="supervision_number")
    samples.write("land", tmp_path, frame=frame)
    write_map(tmp_path, "land: {number_plots: yes, absent: supervision_number}")
    fault = refused(tmp_path, "land")
    assert samples.where(fault) == ("land.csv", "supervision_number", 2, 0)
    assert "the county code is missing" in fault.problem
    samples.write("land", tmp_path, frame=frame.assign(county_code=["441802", "440222"]))
    assert samples.read_table("land", tmp_path)["supervision_number"].nunique() == 2


# units that headers name


@pytest.mark.parametrize(
    ("header", "of_schema", "unit"),
    [
        ("面积（亩）", "hectare", "亩"),
        ("面积平米", "hectare", "平方米"),
        ("供地总面积(m2)", "hectare", "平方米"),
        ("area_sqm", "hectare", "平方米"),
        ("年末总人口_全市_万人", "10,000 persons", "万人"),
        ("户籍人口", "10,000 persons", None),
        ("年末人口（全市）", "10,000 persons", None),
        ("一般预算收入(元)", "10,000 yuan", "元"),
        ("一般预算收入 [单位：亿元]", "10,000 yuan", "亿元"),
        ("rev_10k_yuan", "10,000 yuan", "万元"),
        ("Revenue (100 million yuan)", "10,000 yuan", "100 million yuan"),
        ("出口额（万美元）", "10,000 yuan", "万美元"),
        ("人均收入（元/人）", "10,000 yuan", "元/人"),
        ("移动电话用户（户）：", "10,000 users", "户"),
        ("医院、卫生院床位数", "beds", None),
        ("面积，万平方米", "hectare", "万平方米"),
        ("出让面积（万平方米）", "hectare", "万平方米"),
        ("面积 亩", "hectare", "亩"),
        ("面积㎡", "hectare", "平方米"),
        ("户籍人口千人", "10,000 persons", "千人"),
        ("户籍人口百人", "10,000 persons", "百人"),
        ("货运量（千吨）", "10,000 tonnes", "千吨"),
        ("一般预算收入千万元", "10,000 yuan", "千万元"),
        ("万人医院床位数", "beds", None),
        ("床位数_每万人", "beds", None),
        ("Freight, thousand tons", "10,000 tonnes", "thousand tonnes"),
        ("freight_kt", "10,000 tonnes", "thousand tonnes"),
        ("货运量(10000吨)", "10,000 tonnes", "万吨"),
        ("Population (1,000 persons)", "10,000 persons", "thousand persons"),
        ("revenue_billion_yuan", "10,000 yuan", "billionyuan"),
        ("revenue_2000_yuan", "10,000 yuan", "2000yuan"),
        ("Revenue (USD)", "10,000 yuan", "usd"),
        ("一般预算收入增长率(%)", "10,000 yuan", "%"),
        ("area (acres)", "hectare", "acres"),
        ("area_acres", "hectare", "acres"),
        ("面积/英亩", "hectare", "英亩"),
    ],
)
def test_the_unit_that_a_header_names_is_seen(header, of_schema, unit):
    named = units.in_header(header, of_schema)
    assert (named.name if named else None) == unit


def test_a_header_with_another_unit_needs_a_line_in_the_map(tmp_path):
    frame = samples.LAND.rename(columns={"area_ha": "面积（亩）"}).assign(**{"面积（亩）": ["15", "30"]})
    samples.write("land", tmp_path, frame=frame)
    for said in ("", "land: {columns: {area_ha: 面积（亩）}}"):
        write_map(tmp_path, said)
        fault = refused(tmp_path, "land")
        assert fault.column == "area_ha"
        assert "`units: {area_ha: 亩}`" in fault.remedy
    write_map(tmp_path, "land: {units: {area_ha: 亩}}")
    assert samples.read_table("land", tmp_path)["area_ha"].tolist() == [1.0, 2.0]
    write_map(tmp_path, "land: {units: {area_ha: 平方米}}")
    assert "the map gives another unit" in refused(tmp_path, "land").problem


def test_a_header_with_the_unit_of_the_schema_needs_none(tmp_path):
    book(tmp_path, SHAOGUAN, headers=[*HEADERS[:2], "户籍人口（万人）", *HEADERS[3:]])
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_a_unit_that_is_unknown_is_told(tmp_path):
    book(tmp_path, SHAOGUAN, headers=[*HEADERS[:3], "一般预算收入（万美元）", *HEADERS[4:]])
    assert "Convert the column" in refused(tmp_path).remedy


# headers


def test_a_colon_at_the_end_of_a_header_is_passed_over(tmp_path):
    book(tmp_path, SHAOGUAN, headers=[f"{header}{':：'[at % 2]}" for at, header in enumerate(HEADERS)])
    assert read(tmp_path) == [record(SHAOGUAN)]


@pytest.mark.parametrize("written", ["*{}", "{}＊", '="{}"', "'{}", "* {}："])
def test_stars_of_needed_columns_and_marks_of_a_spreadsheet_around_a_header_are_passed_over(written, tmp_path):
    text(tmp_path / "yearbook.csv", [written.format(header) for header in HEADERS], SHAOGUAN)
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_all_missing_columns_and_their_likely_headers_are_told_at_once(tmp_path):
    theirs = [
        "城市",
        "年份",
        "年末总人口",
        "地方财政一般预算内收入",
        "地方财政一般预算内支出",
        "电话用户",
        "床位数",
        "货运总量",
    ]
    book(tmp_path, SHAOGUAN, headers=theirs)
    fault = refused(tmp_path)
    columns = (
        "population_10k: 年末总人口, revenue_10k_yuan: 地方财政一般预算内收入, "
        "expenditure_10k_yuan: 地方财政一般预算内支出, phones_10k: 电话用户, hospital_beds: 床位数, "
        "freight_10k_tonnes: 货运总量"
    )
    assert f"`columns: {{{columns}}}`" in fault.remedy
    write_map(tmp_path, f"yearbook: {{columns: {{{columns}}}}}")
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_columns_that_may_be_absent_are_named_with_the_key(tmp_path):
    samples.write("land", tmp_path, frame=samples.LAND.drop(columns=["county_code", "location"]))
    assert "`absent: [county_code, location]`" in refused(tmp_path, "land").remedy


# characters that are no text


@pytest.mark.parametrize("said", ["", "firms: {encoding: utf-8}", "firms: {encoding: gb18030}"])
def test_a_nul_is_located_with_and_without_a_map(said, tmp_path):
    text_of = samples.csv_text(samples.FIRMS).replace("丙　电子", "丙\0\0\0电子")
    (tmp_path / "firms.csv").write_bytes(text_of.encode("gb18030" if "gb" in said else "utf-8"))
    write_map(tmp_path, said)
    fault = refused(tmp_path, "firms")
    assert samples.where(fault) == ("firms.csv", None, 4, 0)
    assert "NUL character, which is no text, in field 2" in fault.problem


def test_byte_order_marks_in_the_middle_are_no_part_of_an_identifier(tmp_path):
    first, *rows = samples.csv_text(samples.FIRMS).splitlines(keepends=True)
    (tmp_path / "firms.csv").write_bytes(
        b"\xef\xbb\xbf" + first.encode() + b"\xef\xbb\xbf".join(row.encode() for row in ["", *rows])
    )
    assert [row["firm_id"] for row in read(tmp_path, "firms")] == ["F1", "F2", "F2", "F3"]


def test_a_workbook_of_the_right_shape_needs_no_map(tmp_path):
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN)
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_a_nul_in_a_parquet_file_is_located(tmp_path):
    frame = samples.FIRMS.assign(name=["甲", "乙", "乙", "丙\0"])
    samples.write("firms", tmp_path, "parquet", frame=frame)
    assert samples.where(refused(tmp_path, "firms")) == ("firms.parquet", "name", 4, 0)


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_industry_codes_of_the_firm_master_must_keep_their_zeros(kind, tmp_path):
    frame = samples.FIRMS.assign(industry_id=[1310.0, None, None, 131.0])
    write_map(tmp_path, "industries: {from_firms: 2011}")
    if kind == "xlsx":
        frame.to_excel(tmp_path / "firms.xlsx", index=False)
    else:
        frame.to_parquet(tmp_path / "firms.parquet")
    fault = refused(tmp_path, "firms")
    assert samples.where(fault) == (f"firms.{kind}", "industry_id", 1, 1)
    assert "loses leading zeros" in fault.problem


def test_a_code_chosen_from_two_columns_must_keep_its_zeros(tmp_path):
    frame = samples.INDUSTRIES.rename(columns={"code": "小类"}).assign(小类=[1310.0, None], 大类=[13.0, 1.0])
    frame.to_excel(tmp_path / "industries.xlsx", index=False)
    write_map(tmp_path, "industries: {first_of: {code: [小类, 大类]}}")
    assert samples.where(refused(tmp_path, "industries"))[:3] == ("industries.xlsx", "code", 1)
