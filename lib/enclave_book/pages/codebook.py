"""The codebook, generated from the schemas of the raw tables and the descriptions of the written files."""

from collections.abc import Iterable

import pandera.pandas as pa

from enclave.base.columns import File
from enclave.exhibits.columns import RESULTS
from enclave.panels.columns import PANELS
from enclave_registers.schema import TABLES, has_repeats, key_of, metadata

KINDS = {"string": "text", "datetime64": "date", "int64": "whole number", "float64": "number"}
FORMS = """\
A table is one file, `<table>` with the ending `.csv`, `.csv.gz`, `.xlsx`, `.dta` or `.parquet`, or a folder `<table>`
of such files, read in the order of their names.

- **CSV**: UTF-8 or GB18030, fields separated by commas, the header in the first line.
- **Excel**: one filled sheet, the headers in its first row, no merged cells.
- **Stata**: written by Stata 14 or later. Value labels are read as text.
- **Columns** may have any order. Columns that are not listed below are ignored. Each header is the English name or one
  of the Chinese ones; case, width and white space of a header do not matter.
- **Missing** is an empty cell, a cell with white space only, or one of the words `NULL` and `\\N` of databases. An
  empty column must be in the file, too.
- **Dates** are written as 2012-05-06, 2012/5/6, 20120506 or 2012年5月6日, or stored as dates of the program. A time of
  day is dropped.
- **Numbers** have digits and a decimal point, no unit and no thousands separator. A year may end in 年.
- **Codes** that a program stored as whole numbers are read without decimals. Where a code may begin with zeros, as for
  industries, a stored number is refused. An identifier of more than 15 digits that a spreadsheet stored as a number is
  refused, too.
- **A map**, the file `map.yml` next to the tables, describes other file names, headers, codes, date formats or units;
  the README of `data/licensed` explains it.
- **White space and full-width characters** inside values are kept; the cleaning handles them and counts them.
"""


def page(source: str) -> str:
    """The codebook as MyST Markdown with headings from the third level: raw tables, panels, results."""
    raw = [_raw_table(name, schema) for name, schema in TABLES.items()]
    return "\n".join(
        [
            f"### How a raw table may be delivered\n\n{FORMS}",
            *raw,
            *_files("Panels", "`_build/panels/<source>/`", PANELS),
            *_files("Results", "`_build/results/<source>/`", RESULTS),
        ]
    )


def _raw_table(name: str, schema: pa.DataFrameSchema) -> str:
    rows = [_raw_column(column, described) for column, described in schema.columns.items()]
    return (
        f"### Raw table `{name}`: {(schema.title or '').lower()}\n\n{schema.description} {_key(schema)}\n\n"
        f"{_table(['Column', 'What', 'Type'], rows)}"
    )


def _key(schema: pa.DataFrameSchema) -> str:
    key = key_of(schema)
    named = f"Key: {_names(key)}." if key else "No key."
    if not has_repeats(schema):
        return f"{named} No duplicate records."
    return f"{named} Identical copies of a record may occur: cleaning keeps one." + (
        " Two different records must not have the same key." if key else ""
    )


def _raw_column(name: str, column: pa.Column) -> tuple[str, str, str]:
    headers = ", ".join(metadata(column)["synonyms"])
    allowed = "; ".join(check.title for check in column.checks or [] if check.title)
    what = f"{column.description}. Headers: {headers}." + (f" Allowed: {allowed}." if allowed else "")
    return f"`{name}`", what, _type(_kind(column), metadata(column).get("unit", ""), column.nullable)


def _kind(column: pa.Column) -> str:
    return next(kind for start, kind in KINDS.items() if str(column.dtype).startswith(start))


def _type(kind: str, unit: str, gaps: bool) -> str:
    measured = f"{kind}, {unit}" if unit and unit != "year" else "year" if unit else kind
    return f"{measured}; may be missing" if gaps else measured


def _files(title: str, folder: str, files: Iterable[File]) -> list[str]:
    alike: dict[tuple, list[File]] = {}
    for file in files:
        alike.setdefault((file.row, file.keys, _kinds(file)), []).append(file)
    return [f"### {title}\n\nIn {folder}.\n", *(_written(group) for group in alike.values())]


def _kinds(file: File) -> tuple:
    """What files have in common that are described in one table: their columns, apart from units."""
    return tuple((column.name, column.kind, column.gaps) for column in file.columns)


def _written(group: list[File]) -> str:
    names = [f"`{file.name}` ({file.title})" for file in group]
    head = f"**{', '.join(names)}**\n\nOne row per {group[0].row}; key {_names(group[0].keys)}."
    rows = [_written_column(position, group) for position in range(len(group[0].columns))]
    return f"{head}\n\n{_table(['Column', 'What', 'Type'], rows)}"


def _written_column(position: int, group: list[File]) -> tuple[str, str, str]:
    columns = [file.columns[position] for file in group]
    what = "; ".join(dict.fromkeys(column.what for column in columns))
    units = " or ".join(dict.fromkeys(column.unit for column in columns if column.unit))
    return f"`{columns[0].name}`", what, _type(columns[0].kind, units, columns[0].gaps)


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _table(headers: list[str], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
