"""What a map says about a file as a whole: how it is written, which rows are records, and where the year is."""

from typing import Any

import pandera.pandas as pa

from enclave_registers.intake.delivery.patterns import YearPattern
from enclave_registers.intake.delivery.table_map import Indicator
from enclave_registers.intake.delivery.yaml_lines import Entry

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "utf-16": "utf-16",
}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
KEYS = [
    *("encoding", "delimiter", "sheet", "header_row", "first_record", "stop_at"),
    *("year_from_file", "year_columns", "indicator"),
]


def parsed(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, Any]:
    """The fields of a TableMap that the keys of this module give. Raises InputError for what they must not say."""
    readers: dict[str, tuple[str, Any]] = {
        "encoding": ("encoding", _encoding),
        "delimiter": ("delimiter", _delimiter),
        "sheet": ("sheet", lambda entry: entry.filled()),
        "header_row": ("header_rows", _header_rows),
        "first_record": ("first_record", lambda entry: _row(entry, entry.text())),
        "stop_at": ("stop_at", lambda entry: tuple(one.text() for one in entry.texts())),
        "year_from_file": ("year_from_file", lambda entry: _of_years(entry, schema)),
        "year_columns": ("year_columns", lambda entry: _of_years(entry, schema)),
        "indicator": ("indicator", _indicator),
    }
    made = {field: read(given[key]) for key, (field, read) in readers.items() if key in given}
    if "first_record" in made and made["first_record"] <= max(made.get("header_rows", (1,))):
        raise given["first_record"].error("is not below the row of headers", "Count rows from 1, the headers included.")
    return made


def _encoding(entry: Entry) -> str:
    found = ENCODINGS.get(entry.text().lower())
    if found is None:
        raise entry.error("is unknown", f"Choose one of {', '.join(ENCODINGS)}.")
    return found


def _delimiter(entry: Entry) -> str:
    sign = DELIMITERS.get(entry.text().lower(), entry.text())
    if len(sign) != 1 or sign.isalnum() or sign == '"':
        remedy = f"Give one character in double quotes, or {', '.join(DELIMITERS)}."
        raise entry.error("is not a single character", remedy)
    return sign


def _header_rows(entry: Entry) -> tuple[int, ...]:
    rows = tuple(_row(one, one.text()) for one in entry.texts())
    if list(rows) != list(range(min(rows), min(rows) + len(rows))):
        raise entry.error("is not one row, or rows that follow each other", "Write 2, or [2, 3] for two rows.")
    return rows


def _row(entry: Entry, text: str) -> int:
    if not (text.isdecimal() and text.isascii() and int(text) > 0):
        raise entry.error("is not the number of a row", "Count the rows of the file from 1, as a spreadsheet does.")
    return int(text)


def _of_years(entry: Entry, schema: pa.DataFrameSchema) -> YearPattern:
    pattern = YearPattern(entry.filled())
    if "year" not in schema.columns:
        raise entry.error("is given for a table without years", "Only the yearbook has years.")
    if not pattern.is_valid:
        remedy = 'Write {year} once where the year is, as in "{year}年"; {year+1} if the name has the year after it.'
        raise entry.error("has no place for the year", remedy)
    return pattern


def _indicator(entry: Entry) -> Indicator:
    parts = {name: one.filled() for name, one in entry.known(["name", "value", "unit"], "part").items()}
    if "name" not in parts:
        raise entry.error("does not say which column names the figures", "Give its header, as in {name: 指标}.")
    return Indicator(**parts)
