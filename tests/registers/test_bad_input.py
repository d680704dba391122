"""Every bad input ends in one message that says where, what and what to do. Nothing is coerced in silence."""

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as arrow
import pytest
import samples
from pyarrow import parquet
from samples import of, refusal, sheet, where

from enclave.base.errors import InputError

PACKED = ["csv.gz", "csv.bz2", "csv.xz", "csv.zst", "zip"]
ENDINGS = ["csv", *PACKED, "xlsx", "dta", "parquet"]


def of_text(text: str, folder, encoding="utf-8") -> InputError:
    """The fault of a file of firms with this text."""
    (folder / "firms.csv").write_bytes(text.encode(encoding))
    return refusal("firms", folder)


FIRMS = samples.csv_text(samples.FIRMS)
PLAIN = "firm_id,name,province,city,established,industry_id\n" + "".join(
    f"F{i},甲公司,广东省,广州市,2004-05-06,I1\n" for i in range(1, 6)
)


# files


def test_a_missing_table_says_where_it_is_expected_and_under_which_names(tmp_path):
    fault = refusal("firms", tmp_path)
    assert str(tmp_path) in fault.file
    assert fault.problem == "the table is missing"
    assert ".csv, .csv.gz, .csv.bz2, .csv.xz, .csv.zst, .zip, .xlsx, .dta or .parquet" in fault.remedy


def test_a_missing_folder_is_told(tmp_path):
    assert refusal("firms", tmp_path / "nowhere").problem == "there is no such folder"


def test_a_missing_table_names_a_file_of_another_format(tmp_path):
    (tmp_path / "firms.xls").write_bytes(b"old")
    assert "Found firms.xls, which cannot be read as this table" in refusal("firms", tmp_path).remedy


def test_two_files_for_one_table_are_named_both(tmp_path):
    samples.write("firms", tmp_path, "csv")
    samples.write("firms", tmp_path, "parquet")
    told = str(refusal("firms", tmp_path))
    assert "firms.csv" in told
    assert "firms.parquet" in told


def test_a_folder_of_parts_beside_a_file_is_a_second_candidate(tmp_path):
    samples.write("firms", tmp_path, "csv")
    samples.write("firms", tmp_path, "parts")
    assert "has the name of the same table" in refusal("firms", tmp_path).problem


def test_a_part_of_unknown_format_is_named(tmp_path):
    samples.write("firms", tmp_path, "parts")
    (tmp_path / "firms" / "c.txt").write_text("")
    assert refusal("firms", tmp_path).file == "firms/c.txt"


def test_an_empty_folder_of_parts_is_told(tmp_path):
    (tmp_path / "firms").mkdir()
    assert refusal("firms", tmp_path).problem == "the folder of the table is empty"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_no_bytes_is_refused(ending, tmp_path):
    (tmp_path / f"firms.{ending}").write_bytes(b"")
    assert refusal("firms", tmp_path).file == f"firms.{ending}"


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_header_without_records_is_an_empty_table(kind, tmp_path):
    samples.write("firms", tmp_path, kind, frame=samples.FIRMS.head(0))
    assert refusal("firms", tmp_path).problem == "has a header and no records"


@pytest.mark.parametrize("kind", [*PACKED, "xlsx", "dta", "parquet"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_truncated_file_is_refused(kind, share, tmp_path):
    samples.write("firms", tmp_path, kind)
    path = tmp_path / f"firms.{kind}"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    fault = refusal("firms", tmp_path)
    assert fault.file == path.name
    assert "truncated" in fault.problem


@pytest.mark.parametrize("kind", [*PACKED, "xlsx", "dta", "parquet"])
def test_a_file_of_another_kind_under_this_ending_is_refused(kind, tmp_path):
    path = tmp_path / f"firms.{kind}"
    path.write_text(FIRMS)
    assert where(refusal("firms", tmp_path)) == (path.name, None, None, 0)


def test_a_workbook_that_does_not_say_where_its_sheets_are_is_refused(tmp_path):
    samples.write("firms", tmp_path, "xlsx")
    path = tmp_path / "firms.xlsx"
    with samples.zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"sheet.main+xml", b"sheet.xml")
    with samples.zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    assert "not an Excel workbook" in refusal("firms", tmp_path).problem


def test_a_damaged_page_of_parquet_is_refused(tmp_path):
    samples.write("firms", tmp_path, "parquet")
    path = tmp_path / "firms.parquet"
    content = bytearray(path.read_bytes())
    content[4:40] = b"\xff" * 36
    path.write_bytes(content)
    assert "damaged" in refusal("firms", tmp_path).problem


def test_a_parquet_column_of_lists_is_refused(tmp_path):
    samples.FIRMS.assign(city=[["a"], ["b"], ["b"], []]).to_parquet(tmp_path / "firms.parquet")
    assert where(refusal("firms", tmp_path))[:2] == ("firms.parquet", "city")


def test_a_stata_file_from_before_unicode_is_refused(tmp_path):
    pd.DataFrame({"firm_id": ["F1"]}).astype(object).to_stata(tmp_path / "firms.dta", version=114)
    assert "without Unicode" in refusal("firms", tmp_path).problem
    pd.DataFrame({"firm_id": ["F1"]}).astype(object).to_stata(tmp_path / "firms.dta", version=117)
    assert "without Unicode" in refusal("firms", tmp_path).problem


@pytest.mark.filterwarnings("ignore")
def test_stata_text_that_is_no_utf8_is_refused_and_not_read_as_latin(tmp_path):
    samples.write("firms", tmp_path, "dta")
    path = tmp_path / "firms.dta"
    path.write_bytes(path.read_bytes().replace("清远市".encode(), "清远市".encode("gb18030").ljust(9, b"\xc4")))
    assert "cannot be read as a Stata file" in refusal("firms", tmp_path).problem


def test_parquet_text_that_is_no_utf8_is_refused(tmp_path):
    offsets, content = arrow.py_buffer(np.array([0, 2, 4, 6, 8], "int32")), arrow.py_buffer(b"ab\xc7\xe5cdef")
    broken = arrow.Array.from_buffers(arrow.string(), 4, [None, offsets, content])
    table = arrow.Table.from_pandas(samples.FIRMS)
    at = table.schema.get_field_index("name")
    parquet.write_table(table.set_column(at, "name", broken), tmp_path / "firms.parquet")
    assert "damaged" in refusal("firms", tmp_path).problem


# encodings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf16_is_refused(encoding, tmp_path):
    fault = of_text(FIRMS, tmp_path, encoding)
    assert "UTF-16" in fault.problem
    assert "UTF-8" in fault.remedy


def test_a_broken_byte_in_the_middle_of_utf8_is_located_and_not_taken_for_gb18030(tmp_path):
    broken = PLAIN.encode().replace("F3,甲".encode(), b"F3,\xe7\x94")
    (tmp_path / "firms.csv").write_bytes(broken)
    fault = refusal("firms", tmp_path)
    assert where(fault) == ("firms.csv", None, 3, 0)
    assert "UTF-8" in fault.problem


def test_a_broken_byte_in_the_middle_of_gb18030_is_located(tmp_path):
    broken = PLAIN.encode("gb18030").replace("F4,甲".encode("gb18030"), b"F4,\xff\xff")
    (tmp_path / "firms.csv").write_bytes(broken)
    fault = refusal("firms", tmp_path)
    assert where(fault) == ("firms.csv", None, 4, 0)
    assert "GB18030" in fault.problem


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_text_that_ends_inside_a_character_is_refused(encoding, tmp_path):
    (tmp_path / "firms.csv").write_bytes((FIRMS + "F4,甲").encode(encoding)[:-1])
    assert where(refusal("firms", tmp_path)) == ("firms.csv", None, 5, 0)


def test_the_byte_is_counted_over_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("enclave_registers.intake.formats.encoding.BLOCK", 16)
    for encoding in ("utf-8", "gb18030"):
        start = PLAIN.encode(encoding)
        (tmp_path / "firms.csv").write_bytes(start + b"\xff" + start)
        assert f"byte {len(start) + 1} " in refusal("firms", tmp_path).problem


# headers


def test_a_missing_column_is_named_with_its_spellings(tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.drop(columns=["established", "city"]))
    fault = refusal("firms", tmp_path)
    assert where(fault) == ("firms.csv", "city", None, 0)
    assert "所在地" in fault.remedy
    assert "Also missing: established" in fault.remedy


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("renamed", ["firm_name", "企业名", "nmae"])
def test_a_renamed_column_is_told_with_the_nearest_header(kind, renamed, tmp_path):
    samples.write("firms", tmp_path, kind, frame=samples.FIRMS.rename(columns={"name": renamed}))
    fault = refusal("firms", tmp_path)
    assert fault.column == "name"
    assert f"write in map.yml, under firms: `columns: {{name: {renamed}}}`" in fault.remedy


def test_a_doubled_column_is_refused(tmp_path):
    fault = of_text("".join(line + "," + line.split(",")[3] + "\n" for line in PLAIN.splitlines()), tmp_path)
    assert where(fault)[:2] == ("firms.csv", "city")
    assert '"city", "city"' in fault.problem


@pytest.mark.parametrize("kind", ENDINGS)
def test_two_headers_that_mean_one_column_are_refused_and_named(kind, tmp_path):
    samples.write("firms", tmp_path, kind, frame=samples.FIRMS.assign(所在地="清远市"))
    fault = refusal("firms", tmp_path)
    assert fault.column == "city"
    assert '"city", "所在地"' in fault.problem


def test_semicolons_between_the_fields_are_told(tmp_path):
    assert "separated by semicolons" in of_text(FIRMS.replace(",", ";"), tmp_path).remedy


def test_a_title_above_the_header_of_a_csv_is_told(tmp_path):
    assert "headers are in row 3" in of_text("企业基本信息主表\n2018,\n" + FIRMS, tmp_path).problem


def test_a_second_header_under_the_first_is_told(tmp_path):
    first, rest = FIRMS.split("\n", 1)
    fault = of_text(f"{first}\n企业ID,企业名称,省份,城市,成立日期,行业ID\n{rest}", tmp_path)
    assert where(fault) == ("firms.csv", None, 1, 0)
    assert "second row of headers" in fault.problem


# Excel


def test_extra_rows_above_the_header_of_a_sheet_are_told(tmp_path):
    fault = sheet(tmp_path, lambda book, page: page.insert_rows(1, 2))
    assert fault.file == "firms.xlsx"
    assert "headers are in row 3, below 2 other rows" in fault.problem


def test_a_merged_title_is_told_with_the_row_of_the_headers(tmp_path):
    def edit(book, page):
        page.insert_rows(1)
        page["A1"] = "2018"
        page.merge_cells("A1:F1")

    fault = sheet(tmp_path, edit)
    assert "headers are in row 2, below 1 other row" in fault.problem
    assert "under firms: `header_row: 2`" in fault.remedy


def test_merged_cells_among_the_records_are_located_and_counted(tmp_path):
    def edit(book, page):
        page.merge_cells("D3:D4")
        page.merge_cells("A5:B5")

    assert where(sheet(tmp_path, edit)) == ("firms.xlsx", None, 2, 1)


def test_a_second_filled_sheet_is_refused(tmp_path):
    assert "Sheet1, more" in sheet(tmp_path, lambda book, page: book.create_sheet("more").append(["F9"])).problem


def test_a_sheet_of_a_chart_without_its_chart_is_told_and_no_crash(tmp_path):
    assert "Open it in Excel" in sheet(tmp_path, lambda book, page: book.create_chartsheet("chart")).remedy


def test_an_error_of_a_formula_is_located(tmp_path):
    fault = sheet(tmp_path, lambda book, page: page.cell(4, 4, "#N/A"))
    assert where(fault) == ("firms.xlsx", "city", 3, 0)


def test_a_formula_without_its_value_is_located(tmp_path):
    fault = sheet(tmp_path, lambda book, page: [page.cell(row, 4, '="440100"') for row in (3, 5)])
    assert where(fault) == ("firms.xlsx", None, 2, 1)
    assert "cell D3 has a formula without its value" in fault.problem
    assert "save it" in fault.remedy


def test_a_formula_without_its_value_is_found_wherever_the_blocks_of_the_file_end(tmp_path, monkeypatch):
    for size in (50, 61, 72, 1000):
        monkeypatch.setattr("enclave_registers.intake.formats.formulas.BLOCK", size)
        fault = sheet(tmp_path, lambda book, page: [page.cell(row, 4, '="440100"') for row in (3, 5)])
        assert where(fault) == ("firms.xlsx", None, 2, 1)


def test_a_formula_in_a_column_that_is_not_read_is_no_error(tmp_path):
    samples.write("firms", tmp_path, "xlsx")
    book = openpyxl.load_workbook(tmp_path / "firms.xlsx")
    book.active.cell(1, 9, "note")
    book.active.cell(2, 9, "=1+1")
    book.save(tmp_path / "firms.xlsx")
    assert len(samples.read_table("firms", tmp_path)) == len(samples.FIRMS)


def test_an_identifier_that_excel_rounded_is_refused(tmp_path):
    fault = sheet(tmp_path, lambda book, page: page.cell(2, 1, 914401017556000000))
    assert where(fault) == ("firms.xlsx", "firm_id", 1, 0)
    assert "rounded by a spreadsheet" in fault.problem


@pytest.mark.parametrize("kind", ["xlsx", "dta", "parquet"])
def test_an_industry_code_stored_as_a_number_has_lost_its_zeros(kind, tmp_path):
    fault = of("industries", tmp_path, kind, code=[1310.5, 131.0])
    assert where(fault) == (f"industries.{kind}", "code", 1, 1)
    assert "leading zeros" in fault.problem


def test_merged_cells_are_found_wherever_the_blocks_of_the_file_end(tmp_path, monkeypatch):
    for size in range(20, 40):
        monkeypatch.setattr("enclave_registers.intake.formats.merged_cells.BLOCK", size)
        fault = sheet(tmp_path, lambda book, page: [page.merge_cells(cells) for cells in ("D3:D4", "A5:B5")])
        assert where(fault) == ("firms.xlsx", None, 2, 1)


def test_the_euro_sign_of_windows_in_a_gbk_file_is_located(tmp_path):
    # Windows writes the euro sign in GBK as the byte 0x80, which GB18030 does not have
    before, after = PLAIN.replace("F3,甲公司", "F3,甲€公司").split("€")
    (tmp_path / "firms.csv").write_bytes(before.encode("gb18030") + b"\x80" + after.encode("gb18030"))
    fault = refusal("firms", tmp_path)
    assert where(fault) == ("firms.csv", None, 3, 0)
    assert f"byte {len(before.encode('gb18030')) + 1} cannot be read as GB18030" in fault.problem
    assert "Save the file as UTF-8" in fault.remedy


# the shape of CSV


def test_a_quote_that_never_closes_is_located_at_its_record(tmp_path):
    fault = of_text(PLAIN.replace("F3,甲公司", 'F3,"甲公司'), tmp_path)
    assert where(fault) == ("firms.csv", None, 3, 0)
    assert "double quote" in fault.problem


def test_a_quote_that_never_closes_does_not_hide_behind_a_later_one(tmp_path):
    text = PLAIN.replace("F2,甲公司", 'F2,"甲公司').replace("F4,甲公司", 'F4,"甲公司"')
    assert where(of_text(text, tmp_path)) == ("firms.csv", None, 2, 0)


def test_a_quote_that_never_closes_in_a_large_file_is_located_too(tmp_path):
    text = PLAIN.replace("F3,甲公司", 'F3,"甲公司') + "F9,乙公司,广东省,广州市,2004-05-06,I1\n" * 5000
    assert where(of_text(text, tmp_path)) == ("firms.csv", None, 3, 0)


def test_records_with_too_few_fields_are_located_and_counted(tmp_path):
    text = PLAIN.replace("F2,甲公司,", "F2,").replace("F5,甲公司,", "F5,")
    fault = of_text(text, tmp_path)
    assert where(fault) == ("firms.csv", None, 2, 1)
    assert fault.problem == "has too few fields"
    assert "The header has 6 fields, this record 5" in fault.remedy


def test_records_with_too_many_fields_are_located(tmp_path):
    fault = of_text(PLAIN.replace("F4,甲公司", "F4,甲公司,有限"), tmp_path)
    assert where(fault) == ("firms.csv", None, 4, 0)
    assert fault.problem == "has too many fields"
