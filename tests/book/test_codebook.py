"""The codebook tells every table, column, unit, key and allowed value, and no file is written otherwise."""

import re

import pandas as pd
import pytest

from enclave.exhibits.columns import RESULTS
from enclave.panels.columns import PANELS
from enclave_book.pages import codebook
from enclave_registers.schema import TABLES

TEXT = codebook.page("twin")
ROW = re.compile(r"^\| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)


def section(title: str) -> str:
    """The part of the codebook under a heading that begins with `title`."""
    return next(part for part in TEXT.split("### ") if part.startswith(title))


def entry(part: str, column: str) -> tuple[str, str]:
    """What the codebook says of a column: description and type."""
    return next((what, kind) for name, what, kind in ROW.findall(part) if name == f"`{column}`")


@pytest.mark.parametrize("table", TABLES)
def test_every_column_stands_under_its_table_in_order(table):
    named = [name for name, _, _ in ROW.findall(section(f"Raw table `{table}`"))]
    assert named == ["Column", "---", *(f"`{column}`" for column in TABLES[table].columns)]


@pytest.mark.parametrize("table", TABLES)
def test_every_chinese_header_is_told(table):
    for name, column in TABLES[table].columns.items():
        what, _ = entry(section(f"Raw table `{table}`"), name)
        assert f"Headers: {', '.join(column.metadata['synonyms'])}." in what


def test_types_units_gaps_and_limits_are_told():
    yearbook = section("Raw table `yearbook`")
    assert entry(yearbook, "population_10k")[1] == "number, 10,000 persons"
    assert entry(yearbook, "hospital_beds")[1] == "number, beds; may be missing"
    assert entry(yearbook, "year")[1] == "year"
    assert "Allowed: more than 0." in entry(yearbook, "population_10k")[0]
    assert "Allowed: 1900 to 2100." in entry(yearbook, "year")[0]
    assert entry(section("Raw table `firms`"), "established")[1] == "date; may be missing"


def test_allowed_words_are_listed():
    assert "Allowed: 自然人, 企业法人," in entry(section("Raw table `shareholders`"), "shareholder_type")[0]
    assert "Allowed: 1994, 2002, 2011, 2017." in entry(section("Raw table `industries`"), "standard")[0]


def test_keys_and_repeats_are_told():
    assert "Key: `city`, `year`. No duplicate records." in section("Raw table `yearbook`")
    assert "Key: `firm_id`. Identical copies" in section("Raw table `firms`")
    assert "No key. Identical copies" in section("Raw table `shareholders`")


@pytest.mark.parametrize("file", [*PANELS, *RESULTS], ids=lambda file: file.name)
def test_every_written_file_stands_in_the_codebook_with_its_columns(file):
    start = TEXT.index(f"`{file.name}`")
    block = TEXT[start : TEXT.find("\n**", start) if "\n**" in TEXT[start:] else None]
    assert [name for name, _, _ in ROW.findall(block)][2:] == [f"`{column.name}`" for column in file.columns]


@pytest.mark.parametrize("file", [*PANELS, *RESULTS], ids=lambda file: file.name)
def test_keys_are_columns_without_gaps(file):
    columns = {column.name: column for column in file.columns}
    assert not any(columns[key].gaps for key in file.keys)


def test_tables_are_narrow_enough_for_a_telephone():
    assert {line.count(" | ") for line in TEXT.splitlines() if line.startswith("|")} == {2}


def test_the_text_is_the_same_each_time():
    assert codebook.page("twin") == TEXT


def test_a_bar_inside_a_cell_does_not_end_it():
    made = codebook._table(["a", "b"], [("x|y", "z")])
    assert pd.Series(made.splitlines()).tolist()[2] == "| x\\|y | z |"
