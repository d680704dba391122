"""What a map can say about rows, sheets, shapes and file names: each key on a table small enough to write by hand."""

import re
import zipfile

import pandas as pd
import pytest
import samples
from mapped import COLUMNS, HEADERS, QINGYUAN, SHAOGUAN, WRITERS, read, record, refused, text, workbook, write_map

from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read as delivery

# rows above, between and below


@pytest.mark.parametrize("kind", WRITERS)
def test_rows_above_the_headers_are_passed_over(kind, tmp_path):
    top = [["2-1 人口与财政（全市）"], ["单位：万人、万元"], []]
    WRITERS[kind](tmp_path / f"yearbook.{kind}", *top, HEADERS, SHAOGUAN)
    assert "`header_row: 4`" in refused(tmp_path).remedy
    write_map(tmp_path, "yearbook: {header_row: 4}")
    assert read(tmp_path) == [record(SHAOGUAN)]


@pytest.mark.parametrize("kind", WRITERS)
def test_rows_between_the_headers_and_the_first_record_are_passed_over(kind, tmp_path):
    units = [None, None, "(万人)", "(万元)", "(万元)", "(万户)", "(张)", "(万吨)"]
    WRITERS[kind](tmp_path / f"yearbook.{kind}", HEADERS, units, SHAOGUAN, QINGYUAN)
    fault = refused(tmp_path)
    assert "is a row of units" in fault.problem
    assert "`first_record: 3`" in fault.remedy
    write_map(tmp_path, "yearbook: {first_record: 3}")
    assert read(tmp_path) == [record(SHAOGUAN), record(QINGYUAN)]


def test_data_rows_are_counted_below_the_headers(tmp_path):
    text(tmp_path / "yearbook.csv", ["标题"], HEADERS, ["注"], SHAOGUAN, ["清远市", "x", 1, 1, 1, 1, 1, 1])
    write_map(tmp_path, "yearbook: {header_row: 2, first_record: 4}")
    assert samples.where(refused(tmp_path)) == ("yearbook.csv", "year", 3, 0)


def test_a_unit_in_a_passed_over_row_is_not_lost(tmp_path):
    units = [None, None, "(人)", "(万元)", "(万元)", "(万户)", "(张)", "(万吨)"]
    workbook(tmp_path / "yearbook.xlsx", HEADERS, units, SHAOGUAN)
    write_map(tmp_path, "yearbook: {first_record: 3}")
    assert "names the unit 人, and the map gives no unit" in refused(tmp_path).problem
    write_map(tmp_path, "yearbook: {first_record: 3, units: {population_10k: 人}}")
    assert read(tmp_path) == [record(SHAOGUAN, population_10k=0.031)]


def test_a_unit_in_the_title_is_not_lost(tmp_path):
    workbook(tmp_path / "yearbook.xlsx", ["单位：万人、亿元、万户、张、万吨"], HEADERS, SHAOGUAN)
    write_map(tmp_path, "yearbook: {header_row: 2}")
    fault = refused(tmp_path)
    assert fault.column == "revenue_10k_yuan"
    assert "`units: {revenue_10k_yuan: 亿元}`" in fault.remedy


def test_two_rows_of_headers_are_read_as_one(tmp_path):
    top = ["城市", "年份", "人口", None, "收入", "支出", "电话", "床位", "货运"]
    below = [None, None, "全市", "市辖区", None, None, None, None, None]
    row = ["韶关市", 2001, 310, 90, 5, 6, 7, 8, 9]
    workbook(tmp_path / "yearbook.xlsx", ["标题"], top, below, row, merged=["A1:I1", "C2:D2", "A2:A3"])
    columns = "population_10k: 人口 全市, revenue_10k_yuan: 收入, expenditure_10k_yuan: 支出, phones_10k: 电话"
    columns += ", hospital_beds: 床位, freight_10k_tonnes: 货运"
    write_map(tmp_path, f"yearbook: {{header_row: [2, 3], columns: {{{columns}}}}}")
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_three_rows_of_headers_of_a_data_vendor_are_read_by_their_codes(tmp_path):
    codes = ["Ctnm", "Sgnyea", "Pop01", "Fin01", "Fin02", "Tel01", "Bed01", "Frt01"]
    units = ["没有单位", "没有单位", "万人", "万元", "万元", "万户", "张", "万吨"]
    workbook(tmp_path / "yearbook.xlsx", codes, HEADERS, units, SHAOGUAN)
    assert "`header_row: 2`" in refused(tmp_path).remedy
    write_map(tmp_path, "yearbook: {header_row: 2}")
    assert "`first_record: 4`" in refused(tmp_path).remedy
    write_map(tmp_path, "yearbook: {header_row: 2, first_record: 4}")
    assert read(tmp_path) == [record(SHAOGUAN)]
    names = ", ".join(f"{name}: {code}" for name, code in zip(COLUMNS, codes, strict=True))
    write_map(tmp_path, f"yearbook: {{first_record: 4, columns: {{{names}}}}}")
    assert read(tmp_path) == [record(SHAOGUAN)]


@pytest.mark.parametrize("kind", WRITERS)
def test_notes_end_the_table(kind, tmp_path):
    notes = [["注：本表为全市口径。"], ["数据来源：统计局"], QINGYUAN]
    WRITERS[kind](tmp_path / f"yearbook.{kind}", HEADERS, SHAOGUAN, *notes)
    write_map(tmp_path, 'yearbook: {stop_at: ["注*", "来源*"]}')
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_notes_end_a_table_of_several_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 64)
    monkeypatch.setattr("enclave_registers.intake.formats.csv_files.BLOCK", 64)
    rows = [["韶关市", 1901 + number, *SHAOGUAN[2:]] for number in range(60)]
    text(tmp_path / "yearbook.csv", HEADERS, *rows, ["注：完"], ["x"])
    write_map(tmp_path, "yearbook: {stop_at: 注*}")
    assert [row["year"] for row in read(tmp_path)] == list(range(1901, 1961))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_table_without_the_row_that_ends_it_is_refused(kind, tmp_path):
    WRITERS[kind](tmp_path / f"yearbook.{kind}", HEADERS, SHAOGUAN)
    write_map(tmp_path, 'yearbook: {stop_at: ["共计*"]}')
    fault = refused(tmp_path)
    assert "stop_at" in str(fault)
    assert "no row of yearbook begins like this" in fault.problem
    assert "cut off" in fault.remedy


def test_a_file_without_the_row_that_ends_the_others_is_named(tmp_path):
    for number, rows in enumerate([[SHAOGUAN, ["共计1条"]], [QINGYUAN]]):
        text(tmp_path / f"book_{number}.csv", HEADERS, *rows)
    write_map(tmp_path, 'yearbook: {files: "book_*.csv", stop_at: "共计*"}')
    said = []
    convert.convert("yearbook", delivery(tmp_path), IntakeCache(tmp_path / "cache"), said.append)
    assert [line for line in said if "stop_at" in line] == [
        "book_1.csv: no row begins as stop_at says, unlike in other files. Was the end of the file cut off?"
    ]


# headers that are repeated among the records


@pytest.mark.parametrize("kind", WRITERS)
def test_headers_that_are_repeated_among_the_records_are_told_with_the_key_that_drops_them(kind, tmp_path):
    WRITERS[kind](tmp_path / f"yearbook.{kind}", HEADERS, SHAOGUAN, HEADERS, QINGYUAN, HEADERS)
    fault = refused(tmp_path, quoting=False)
    assert samples.where(fault) == (f"yearbook.{kind}", None, 2, 1)
    assert fault.problem == "repeats the headers, so it is no record"
    assert fault.remedy == 'In map.yml, under yearbook: `drop_rows: {city: "城市"}`.'
    write_map(tmp_path, 'yearbook: {drop_rows: {city: "城市"}}')
    assert read(tmp_path) == [record(SHAOGUAN), record(QINGYUAN)]


@pytest.mark.parametrize("table", ["firms", "shareholders", "branches", "land", "industries"])
def test_repeated_headers_are_told_in_every_table_and_the_remedy_mends_them(table, tmp_path):
    frame = samples.ALL[table].fillna("")
    again = pd.concat([frame, pd.DataFrame([list(frame)], columns=list(frame)), frame.iloc[:0]])
    samples.write(table, tmp_path, frame=again)
    fault = refused(tmp_path, table)
    assert samples.where(fault) == (f"{table}.csv", None, len(frame) + 1, 0)
    [key] = re.findall("`(.*)`", fault.remedy)
    write_map(tmp_path, f"{table}: {{{key}}}")
    found = samples.read_table(table, tmp_path)
    samples.write(table, tmp_path / "right")
    pd.testing.assert_frame_equal(found, samples.read_table(table, tmp_path / "right"))


def test_repeated_headers_of_the_map_are_known_and_told_once(tmp_path):
    headers = ["地级市", "统计年度", *HEADERS[2:]]
    text(tmp_path / "yearbook.csv", headers, SHAOGUAN, headers)
    told = "yearbook: {columns: {city: 地级市, year: 统计年度}%s}"
    write_map(tmp_path, told % "")
    fault = refused(tmp_path)
    assert samples.where(fault) == ("yearbook.csv", None, 2, 0)
    assert fault.remedy == 'In map.yml, under yearbook: `drop_rows: {city: "地级市"}`.'
    write_map(tmp_path, told % ", drop_rows: {city: 地级市}")
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_a_title_above_repeated_headers_is_told_with_the_key_that_drops_it(tmp_path):
    title = ["续表", *[None] * 7]
    text(tmp_path / "yearbook.csv", HEADERS, SHAOGUAN, title, HEADERS, QINGYUAN)
    fault = refused(tmp_path)
    assert samples.where(fault) == ("yearbook.csv", "year", 2, 0)
    assert 'drop_rows: {year: ""}' in fault.remedy
    assert fault.remedy.endswith("; yearbook.csv, data row 3.")
    write_map(tmp_path, "yearbook: {drop_rows: {city: [续表, 城市]}}")
    assert read(tmp_path) == [record(SHAOGUAN), record(QINGYUAN)]


def test_headers_repeated_in_other_words_lead_to_the_key_that_drops_rows(tmp_path):
    text(tmp_path / "yearbook.csv", HEADERS, SHAOGUAN, COLUMNS)
    fault = refused(tmp_path)
    assert samples.where(fault) == ("yearbook.csv", "year", 2, 0)
    assert "headers that are repeated: drop_rows" in fault.remedy


@pytest.mark.parametrize("form", ["", ", date_format: codebook"])
def test_a_wrong_date_leads_to_the_key_that_drops_rows(form, tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(established=["2004-05-06", "设立日", None, None]))
    write_map(tmp_path, f"firms: {{encoding: utf-8{form}}}")
    assert "drop_rows" in refused(tmp_path, "firms").remedy


def test_one_cell_that_holds_its_header_is_no_repeated_row(tmp_path):
    samples.write("land", tmp_path, frame=samples.LAND.assign(location=["location", None]))
    assert samples.read_table("land", tmp_path)["location"].tolist()[0] == "location"


def test_rows_are_left_out_by_the_value_of_a_column(tmp_path):
    rows = [["广 东 省", *SHAOGUAN[1:]], SHAOGUAN, ["全国城市合计", *SHAOGUAN[1:]], ["", *SHAOGUAN[1:]]]
    workbook(tmp_path / "yearbook.xlsx", HEADERS, *rows, QINGYUAN)
    write_map(tmp_path, 'yearbook: {drop_rows: {city: [广东省, "全国*", ""]}}')
    assert read(tmp_path) == [record(SHAOGUAN), record(QINGYUAN)]


def test_rows_are_left_out_by_the_value_of_a_further_column(tmp_path):
    rows = [[*SHAOGUAN, "市辖区"], [*QINGYUAN, "全市"]]
    text(tmp_path / "yearbook.csv", [*HEADERS, "口径"], *rows)
    write_map(tmp_path, "yearbook: {drop_rows: {口径: 市辖区}}")
    assert read(tmp_path) == [record(QINGYUAN)]
    write_map(tmp_path, "yearbook: {drop_rows: {口经: 市辖区}}")
    assert 'the header "口经", which the map gives, is missing' in refused(tmp_path).problem
    assert 'Similar headers there: "口径"' in refused(tmp_path).remedy


def test_a_duplicate_below_a_dropped_row_is_located_in_the_file(tmp_path):
    rows = [SHAOGUAN, ["全国", *SHAOGUAN[1:]], ["全国", *SHAOGUAN[1:]], SHAOGUAN]
    text(tmp_path / "yearbook.csv", HEADERS, *rows)
    write_map(tmp_path, "yearbook: {drop_rows: {city: 全国}}")
    fault = refused(tmp_path)
    assert samples.where(fault) == ("yearbook.csv", "city, year", 4, 0)
    assert "first in yearbook.csv, data row 1" in fault.problem


# entries that meet nothing


def test_a_pattern_that_meets_no_row_is_an_error_of_the_map(tmp_path):
    text(tmp_path / "yearbook.csv", HEADERS, SHAOGUAN)
    write_map(tmp_path, "yearbook:\n  drop_rows:\n    city:\n      - 广东\n")
    fault = refused(tmp_path)
    assert fault.file == "map.yml, line 4, yearbook.drop_rows.city"
    assert '"广东" is in no cell of yearbook' in fault.problem


def test_a_code_that_meets_no_cell_is_an_error_of_the_map(tmp_path):
    samples.write("firms", tmp_path)
    write_map(tmp_path, "firms: {values: {province: {广东省: 广东, 粤省: 广东省, 粤: 广东省}}}")
    fault = refused(tmp_path, "firms")
    assert fault.file == "map.yml, line 1, firms.values.province.粤省"
    assert "the code is in no cell of firms" in fault.problem
    assert "Also: line 1." in fault.remedy


def test_a_code_that_could_never_stand_untranslated_may_meet_no_cell(tmp_path):
    samples.write("land", tmp_path)
    write_map(tmp_path, "land: {values: {supply_mode: {99: 其他}, area_ha: {…: 0}}}")
    assert len(read(tmp_path, "land")) == 2


def test_codes_are_looked_for_in_all_parts_of_a_table_together(tmp_path):
    for number, province in enumerate(["甲", "乙"]):
        frame = samples.FIRMS.head(1).assign(firm_id=str(number), province=province)
        (tmp_path / "firms").mkdir(exist_ok=True)
        (tmp_path / "firms" / f"{number}.csv").write_text(samples.csv_text(frame), encoding="utf-8")
    write_map(tmp_path, "firms: {values: {province: {甲: 广东省, 乙: 广西壮族自治区}}}")
    assert [row["province"] for row in read(tmp_path, "firms")] == ["广东省", "广西壮族自治区"]


# sheets


def test_the_sheet_that_the_map_names_is_read(tmp_path):
    sheets = {"全市": [HEADERS, SHAOGUAN], "市辖区": [HEADERS, QINGYUAN]}
    workbook(tmp_path / "yearbook.xlsx", ["说明"], sheets=sheets)
    fault = refused(tmp_path)
    assert "several sheets are filled" in fault.problem
    assert "`sheet: name`" in fault.remedy
    write_map(tmp_path, "yearbook: {sheet: 全市}")
    assert read(tmp_path) == [record(SHAOGUAN)]
    write_map(tmp_path, "yearbook: {sheet: 3}")
    assert read(tmp_path) == [record(QINGYUAN)]


def test_a_sheet_that_is_not_there_is_told(tmp_path):
    workbook(tmp_path / "yearbook.xlsx", ["说明"], sheets={"全市": [HEADERS, SHAOGUAN]})
    write_map(tmp_path, "yearbook: {sheet: 全 市口径}")
    fault = refused(tmp_path)
    assert 'has no sheet "全 市口径"' in fault.problem
    assert "Did you mean 全市?" in fault.remedy
    assert "全市?" not in refused(tmp_path, quoting=False).remedy


def test_merged_cells_of_titles_headers_and_notes_are_harmless(tmp_path):
    rows = [["标题"], HEADERS, SHAOGUAN, ["注：完"]]
    workbook(tmp_path / "yearbook.xlsx", *rows, merged=["A1:H1", "A4:H5"])
    write_map(tmp_path, 'yearbook: {header_row: 2, stop_at: "注*"}')
    assert read(tmp_path) == [record(SHAOGUAN)]


def test_merged_cells_above_a_note_that_never_comes_are_told(tmp_path):
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN, ["注：完"], merged=["A3:H3"])
    write_map(tmp_path, 'yearbook: {header_row: 1, stop_at: "来源*", drop_rows: {city: 注：完}}')
    assert "cells A3:H3 are merged" in refused(tmp_path).problem


@pytest.mark.parametrize("merged", [[], ["A2:A3"]])
def test_an_empty_cell_can_mean_the_one_above(merged, tmp_path):
    later = [None, 2002, *QINGYUAN[2:]]
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN, later, merged=merged)
    assert "fill_down" in refused(tmp_path).remedy
    write_map(tmp_path, "yearbook: {fill_down: city}")
    assert read(tmp_path) == [record(SHAOGUAN), record(["韶关市", *later[1:]])]


def test_an_empty_cell_with_nothing_above_stays_empty_and_is_told(tmp_path):
    workbook(tmp_path / "yearbook.xlsx", HEADERS, [None, *SHAOGUAN[1:]], QINGYUAN)
    write_map(tmp_path, "yearbook: {fill_down: [city]}")
    assert samples.where(refused(tmp_path)) == ("yearbook.xlsx", "city", 1, 0)


def test_cells_are_filled_over_the_blocks_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.excel.ROWS", 2)
    rows = [["韶关市" if not number else None, 2001 + number, *SHAOGUAN[2:]] for number in range(7)]
    workbook(tmp_path / "yearbook.xlsx", HEADERS, *rows)
    write_map(tmp_path, "yearbook: {fill_down: city}")
    assert {row["city"] for row in read(tmp_path)} == {"韶关市"}


def test_a_sheet_that_is_full_to_its_last_row_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.excel.LAST_ROW", 3)
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN)
    assert len(read(tmp_path)) == 1
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN, QINGYUAN)
    assert "has 3 rows, as many as a sheet can have" in refused(tmp_path).problem


def test_a_workbook_in_the_strict_format_is_named_so(tmp_path):
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN)
    with zipfile.ZipFile(tmp_path / "yearbook.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    usual, strict = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    with zipfile.ZipFile(tmp_path / "yearbook.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(usual, strict))
    fault = refused(tmp_path)
    assert "Strict Open XML" in fault.problem
    assert "Excel Workbook (.xlsx)" in fault.remedy


# years


NO_YEAR = [header for header in HEADERS if header != "年份"]
WITHOUT = [SHAOGUAN[0], *SHAOGUAN[2:]]


def test_the_year_comes_from_the_name_of_the_file_if_the_map_says_so(tmp_path):
    for year in (2001, 2002):
        workbook(tmp_path / "年鉴" / f"{year}.xlsx", NO_YEAR, [*WITHOUT[:-1], year])
    write_map(tmp_path, "yearbook: {files: 年鉴/*.xlsx}")
    assert '`year_from_file: "年鉴/{year}.xlsx"`' in refused(tmp_path).remedy
    write_map(tmp_path, 'yearbook: {files: 年鉴/*.xlsx, year_from_file: "{year}.xlsx"}')
    assert [(row["year"], row["freight_10k_tonnes"]) for row in read(tmp_path)] == [(2001, 2001), (2002, 2002)]
    write_map(tmp_path, 'yearbook: {files: 年鉴/*.xlsx, year_from_file: "年鉴/{year+1}.xlsx"}')
    assert [row["year"] for row in read(tmp_path)] == [2000, 2001]


def test_a_renamed_file_is_read_again(tmp_path):
    write_map(tmp_path, 'yearbook: {files: "*.csv", year_from_file: "{year}.csv"}')
    text(tmp_path / "2001.csv", NO_YEAR, WITHOUT)
    cache, found = IntakeCache(tmp_path / "cache"), []
    for name in ("2001.csv", "2005.csv"):
        (tmp_path / "2001.csv").rename(tmp_path / name)
        whole = delivery(tmp_path)
        [file] = whole.files_of("yearbook")
        found.append(cache.chunk("yearbook", file, whole.maps["yearbook"].of_file(file.name)))
        (tmp_path / name).rename(tmp_path / "2001.csv")
    assert found[0] != found[1]


def test_a_name_without_the_year_is_told(tmp_path):
    workbook(tmp_path / "年鉴.xlsx", NO_YEAR, WITHOUT)
    write_map(tmp_path, 'yearbook: {files: 年鉴.xlsx, year_from_file: "{year}.xlsx"}')
    fault = refused(tmp_path)
    assert fault.file == "年鉴.xlsx"
    assert "year_from_file" in fault.remedy


def test_a_year_in_the_file_and_in_its_name_are_one_too_many(tmp_path):
    workbook(tmp_path / "2001.xlsx", HEADERS, SHAOGUAN)
    write_map(tmp_path, 'yearbook: {files: 2001.xlsx, year_from_file: "{year}.xlsx"}')
    fault = refused(tmp_path)
    assert (fault.column, fault.problem) == ("year", "is in the file, and the name of the file gives it, too")


FIGURES = list(zip(COLUMNS[2:], HEADERS[2:], strict=True))


@pytest.mark.parametrize("kind", WRITERS)
def test_years_as_columns_become_records(kind, tmp_path):
    header = ["城市", *(f"{name}_{year}" for name in HEADERS[2:] for year in (2001, 2002, 2003))]
    row = ["韶关市", *(10 * place + year for place in range(1, 7) for year in (1, 2, 3))]
    WRITERS[kind](tmp_path / f"yearbook.{kind}", header, row)
    assert "The years are columns" in refused(tmp_path).remedy
    columns = ", ".join(f'{ours}: "{theirs}_{{year}}"' for ours, theirs in FIGURES)
    write_map(tmp_path, f"yearbook: {{columns: {{{columns}}}}}")
    expected = [record(["韶关市", 2000 + year, *(10 * place + year for place in range(1, 7))]) for year in (1, 2, 3)]
    assert read(tmp_path) == expected


@pytest.mark.parametrize("kind", ["dta", "parquet"])
def test_years_as_columns_become_records_in_typed_files_as_well(kind, tmp_path):
    frame = pd.DataFrame(
        {"city": ["韶关市"]} | {f"{name}_{year}": [5.5] for name in COLUMNS[2:] for year in (2001, 2002)}
    )
    if kind == "dta":
        frame = frame.rename(columns=lambda name: name.replace("_10k", "").replace("_yuan", ""))
        frame.astype({"city": object}).to_stata(tmp_path / "yearbook.dta", write_index=False, version=118)
    else:
        frame.to_parquet(tmp_path / "yearbook.parquet")
    short = {name: name.replace("_10k", "").replace("_yuan", "") if kind == "dta" else name for name in COLUMNS[2:]}
    columns = ", ".join(f'{ours}: "{theirs}_{{year}}"' for ours, theirs in short.items())
    write_map(tmp_path, f"yearbook: {{columns: {{{columns}}}}}")
    assert read(tmp_path) == [record(["韶关市", year, *[5.5] * 6]) for year in (2001, 2002)]


def test_one_figure_a_row_and_years_as_columns(tmp_path):
    rows = [
        ["韶关市" if not at else None, f"{name}", place + 1, place + 2]
        for at, (place, name) in enumerate(zip(range(10, 70, 10), HEADERS[2:], strict=True))
    ]
    workbook(tmp_path / "yearbook.xlsx", ["城市", "指标", "2001年", "2002年"], *rows)
    write_map(tmp_path, 'yearbook: {year_columns: "{year}年", indicator: {name: 指标}, fill_down: city}')
    assert read(tmp_path) == [record(["韶关市", 2000 + year, *(10 * p + year for p in range(1, 7))]) for year in (1, 2)]


def test_a_long_table_has_one_figure_a_row(tmp_path):
    long = [["韶关市", 2001, name, value, "", "全市"] for name, value in zip(HEADERS[2:], SHAOGUAN[2:], strict=True)]
    long[1][4] = "亿元"
    more = [["韶关市", 2001, "户籍人口", 90, "", "市辖区"], long[0]]
    text(tmp_path / "yearbook.csv", ["城市", "年份", "指标", "数值", "单位", "口径"], *long, *more)
    shape = "indicator: {name: 指标, value: 数值, unit: 单位}, drop_rows: {口径: 市辖区}"
    write_map(tmp_path, f"yearbook: {{{shape}}}")
    assert "names the unit 亿元" in refused(tmp_path).problem
    write_map(tmp_path, f"yearbook: {{{shape}, units: {{revenue_10k_yuan: 亿元}}}}")
    assert read(tmp_path) == [record(SHAOGUAN, revenue_10k_yuan=50_000.0)]


def test_a_figure_that_stands_twice_with_two_values_is_told(tmp_path):
    long = [["韶关市", 2001, name, 5] for name in HEADERS[2:]]
    text(tmp_path / "yearbook.csv", ["城市", "年份", "指标", "数值"], *long, ["韶关市", 2001, "货运量", 6])
    write_map(tmp_path, "yearbook: {indicator: {name: 指标, value: 数值}}")
    fault = refused(tmp_path)
    assert samples.where(fault) == ("yearbook.csv", None, 7, 0)
    assert "data row 6" in fault.problem


# files with settings of their own


def test_files_of_one_table_may_have_their_own_keys(tmp_path):
    workbook(tmp_path / "年鉴" / "2001.xlsx", ["标题"], HEADERS, SHAOGUAN)
    workbook(tmp_path / "年鉴" / "2002.xlsx", HEADERS, ["清远市", 2002, 3950000, *QINGYUAN[3:]])
    write_map(
        tmp_path,
        'yearbook:\n  files: 年鉴/*\n  by_file:\n    "*2001*": {header_row: 2}\n'
        '    "*2002*": {units: {population_10k: 人}}\n',
    )
    assert read(tmp_path) == [record(SHAOGUAN), record(["清远市", 2002, *QINGYUAN[2:]])]


def test_the_keys_of_a_file_are_added_to_those_of_the_table(tmp_path):
    for name, day in (("a", "05/06/2012"), ("b", "2012.06.05")):
        frame = samples.LAND.head(1).assign(supervision_number=f"441802{name}", signed_on=day, supply_mode="1")
        (tmp_path / f"{name}.csv").write_text(samples.csv_text(frame), encoding="utf-8")
    write_map(
        tmp_path,
        'land: {files: [a.csv, b.csv], values: {supply_mode: {1: 租赁}}, date_format: "%d/%m/%Y",'
        ' by_file: {b.csv: {date_format: "%Y.%m.%d"}}}',
    )
    found = samples.read_table("land", tmp_path)
    assert found["signed_on"].tolist() == [pd.Timestamp(2012, 6, 5)] * 2
    assert found["supply_mode"].tolist() == ["租赁"] * 2


def test_a_file_may_have_its_columns_from_elsewhere_than_the_others(tmp_path):
    a = samples.LAND.head(1).rename(columns={"location": "坐落", "area_ha": "mj"})
    (tmp_path / "a.csv").write_text(samples.csv_text(a), encoding="utf-8")
    b = samples.LAND.tail(1).drop(columns="location")
    (tmp_path / "b.csv").write_text(samples.csv_text(b), encoding="utf-8")
    write_map(
        tmp_path,
        "land: {files: [a.csv, b.csv], columns: {location: 坐落, area_ha: mj},"
        " by_file: {b.csv: {absent: location, columns: {area_ha: area_ha}}}}",
    )
    assert [row["area_ha"] for row in read(tmp_path, "land")] == [1.2345, 0.0099]


def test_units_may_change_between_years(tmp_path):
    rows = [["韶关市", year, 310, 5, 6, 70_000, 8, 9] for year in (2000, 2004, 2005)]
    text(tmp_path / "yearbook.csv", HEADERS, *rows)
    write_map(tmp_path, "yearbook: {by_year: {2000-2004: {units: {phones_10k: 户}}}}")
    assert [row["phones_10k"] for row in read(tmp_path)] == [7.0, 7.0, 70_000.0]


def test_units_of_land_may_change_between_years_of_the_contract(tmp_path):
    samples.write("land", tmp_path, frame=samples.LAND.assign(area_ha=["15", "15"]))
    write_map(tmp_path, "land: {units: {area_ha: 亩}, by_year: {2015: {units: {area_ha: 平方米}}}}")
    assert samples.read_table("land", tmp_path)["area_ha"].tolist() == [1.0, 0.0015]


# Spark


def test_markers_of_spark_are_no_parts(tmp_path):
    samples.write("firms", tmp_path / "firms", "parquet")
    for name in ("_SUCCESS", "_committed_7", "_started_7", "_common_metadata", "._SUCCESS.crc"):
        (tmp_path / "firms" / name).write_text("")
    (tmp_path / "firms" / "part-2.parquet").write_bytes(b"")
    samples.FIRMS.head(0).to_parquet(tmp_path / "firms" / "part-2.parquet")
    assert len(read(tmp_path, "firms")) == 4


def test_another_file_with_an_underline_is_a_part_like_others(tmp_path):
    samples.write("firms", tmp_path / "firms", "csv")
    samples.write("firms", tmp_path / "more", "csv", frame=samples.FIRMS.tail(1).assign(firm_id="F9"))
    (tmp_path / "more" / "firms.csv").rename(tmp_path / "firms" / "_2.csv")
    assert [row["firm_id"] for row in read(tmp_path, "firms")] == ["F9", "F1", "F2", "F2", "F3"]


@pytest.mark.parametrize("mapped", ["", "firms: {files: 'firms/**/*.csv'}"])
def test_folders_of_hive_give_a_column(mapped, tmp_path):
    for number, (name, firm) in enumerate(
        [("province=%E5%B9%BF%E4%B8%9C%E7%9C%81", "F1"), ("province=__HIVE_DEFAULT_PARTITION__", "F2")]
    ):
        frame = samples.FIRMS.head(1).assign(firm_id=firm).drop(columns="province")
        place = tmp_path / "firms" / name / f"part-{number}.csv"
        place.parent.mkdir(parents=True)
        place.write_text(samples.csv_text(frame), encoding="utf-8")
    if mapped:
        write_map(tmp_path, mapped)
    found = {row["firm_id"]: row["province"] for row in read(tmp_path, "firms")}
    assert found["F1"] == "广东省"
    assert pd.isna(found["F2"])


def test_a_column_in_the_file_and_in_its_folder_is_one_too_many(tmp_path):
    place = tmp_path / "firms" / "province=44" / "a.csv"
    place.parent.mkdir(parents=True)
    place.write_text(samples.csv_text(samples.FIRMS), encoding="utf-8")
    assert samples.where(refused(tmp_path, "firms"))[:2] == ("firms/province=44/a.csv", "province")


# where the map errs


FAULTS = {
    "a row that is none": ("yearbook: {header_row: x}", "yearbook.header_row", "not the number of a row"),
    "rows that do not follow": ("yearbook: {header_row: [1, 3]}", "yearbook.header_row", "follow each other"),
    "a first record among the headers": (
        "yearbook: {header_row: 3, first_record: 3}",
        "yearbook.first_record",
        "not below the row of headers",
    ),
    "a year pattern without a year": ("yearbook: {year_from_file: x}", "yearbook.year_from_file", "no place"),
    "a year for a table without years": ('firms: {year_from_file: "{year}"}', "firms.year_from_file", "without years"),
    "years as columns without years": ('land: {columns: {area_ha: "面积{year}"}}', "land.columns", "by year"),
    "an indicator without a name": ("yearbook: {indicator: {value: x}}", "yearbook.indicator", "which column"),
    "an unknown part": ("yearbook: {indicator: {nam: x}}", "yearbook.indicator.nam", 'Did you mean "name"?'),
    "a period that is none": ("yearbook: {by_year: {99: {}}}", "yearbook.by_year.99", "no year and no period"),
    "periods that meet": (
        "yearbook: {by_year: {2000-2004: {}, 2004: {}}}",
        "yearbook.by_year.2004",
        "a year of another period",
    ),
    "files of a file": ("yearbook: {by_file: {a: {files: b}}}", "yearbook.by_file.a.files", "unknown key of a file"),
    "a pattern of files that fits none": (
        "yearbook: {by_file: {x.csv: {}}}",
        "yearbook.by_file.x.csv",
        "matches no file",
    ),
    "two patterns for one file": (
        'yearbook: {by_file: {"year*": {}, "*.csv": {}}}',
        "yearbook.by_file.*.csv",
        "matches yearbook.csv, which year* matches as well",
    ),
    "a column that is none": ("yearbook: {fill_down: [town]}", "yearbook.fill_down", "unknown column"),
    "a sum over one column": ("yearbook: {sums: {phones_10k: [a]}}", "yearbook.sums.phones_10k", "fewer than two"),
    "a sum and a header": (
        "yearbook: {columns: {phones_10k: 甲}, sums: {phones_10k: [a, b]}}",
        "yearbook.sums",
        "has a header under columns",
    ),
    "two units of a sum": (
        "yearbook: {units: {phones_10k: 户}, sums: {phones_10k: {a: 户, b: 户}}}",
        "yearbook.sums",
        "has a unit under units, too",
    ),
    "thousands of another kind": ("yearbook: {thousands: dot}", "yearbook.thousands", "comma, space, apostrophe"),
    "thousands without amounts": ("firms: {thousands: comma}", "firms.thousands", "without amounts"),
    "plots elsewhere": ("firms: {number_plots: yes}", "firms.number_plots", "without plots"),
    "a plot number absent": ("land: {absent: supervision_number}", "land.absent", "must not be empty"),
    "a vintage that is none": ("industries: {from_firms: 2012}", "industries.from_firms", "1994, 2002, 2011, 2017"),
    "a vintage elsewhere": ("firms: {from_firms: 2011}", "firms.from_firms", "a key of industries alone"),
    "a vintage beside files": (
        "industries: {from_firms: 2011, files: a}",
        "industries.files",
        "cannot stand beside from_firms",
    ),
}


@pytest.mark.parametrize(("said", "place", "words"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_of_the_map_is_told_with_line_key_and_remedy(said, place, words, tmp_path):
    table = said.partition(":")[0]
    samples.write(table, tmp_path)
    write_map(tmp_path, said)
    fault = refused(tmp_path, table)
    assert fault.file == f"map.yml, line 1, {place}"
    assert words in str(fault)
    assert fault.remedy.endswith((".", "?"))


@pytest.mark.parametrize(
    "name",
    [
        "map.yaml",
        "Map.yml",
        "MAP.YML",
        "map.yml.txt",
        "map.txt",
        "map (1).yml",
        "map_old.yml",
        "mapping.yml",
        "映射.yaml",
    ],
)
def test_a_map_under_another_name_is_refused_by_name(name, tmp_path):
    samples.write("firms", tmp_path)
    (tmp_path / name).write_text("firms: {}", encoding="utf-8")
    fault = refused(tmp_path, "firms")
    assert fault.file == name
    assert "map.yml" in fault.remedy


@pytest.mark.parametrize("kind", ["dta", "parquet"])
def test_a_row_of_headers_makes_no_sense_where_columns_have_names(kind, tmp_path):
    samples.write("firms", tmp_path, kind)
    write_map(tmp_path, "firms: {header_row: 2}")
    assert "no header_row" in refused(tmp_path, "firms").problem
    write_map(tmp_path, "firms: {first_record: 3}")
    assert [row["firm_id"] for row in read(tmp_path, "firms")] == ["F2", "F2", "F3"]


def test_beside_a_map_a_file_of_yaml_with_a_name_of_its_own_is_passed_over(tmp_path):
    samples.write("firms", tmp_path)
    (tmp_path / "settings.yml").write_text("firms: 1", encoding="utf-8")
    write_map(tmp_path, "firms: {encoding: utf-8}")
    assert [row["firm_id"] for row in read(tmp_path, "firms")] == ["F1", "F2", "F2", "F3"]
