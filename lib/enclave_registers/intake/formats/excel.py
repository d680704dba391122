"""Excel workbooks: one sheet, the headers in its first row, no merged cells."""

import datetime as dt
import re
import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import chain, islice

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from enclave_registers.intake.formats import headers
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading
from enclave_registers.schema import metadata

ROWS = 50_000
BLOCK = 1 << 20
MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+[0-9]+)"\s*/?>')
ERRORS = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"]
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError),
    *(KeyError, ValueError, TypeError, EOFError, RuntimeError),
)


def read(reading: Reading) -> Iterator[pd.DataFrame]:
    """Frames of text with the columns of the schema; the index is the data row (the row of the sheet less one).

    Raises InputError if the file is not a workbook, has merged cells, several filled sheets or no header in its first
    row. Cells with an Excel error are noted as problems.
    """
    with _readable(reading):
        _refuse_merged(reading)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(reading.file.path, read_only=True, data_only=True)
        try:
            rows = _rows(_only_sheet(reading, book))
            head = list(islice(rows, headers.LOOK_AHEAD))
            positions = headers.match(reading, head[0], head[1:])
            yield from _frames(reading, chain(head[1:], rows), positions)
        finally:
            book.close()


def _frames(reading: Reading, rows: Iterator[tuple], positions: dict[str, int]) -> Iterator[pd.DataFrame]:
    row = 1
    while batch := list(islice(rows, ROWS)):
        numbers = np.arange(row, row + len(batch))
        row += len(batch)
        raw = {name: [line[at] if at < len(line) else None for line in batch] for name, at in positions.items()}
        _note_lost_zeros(reading, raw, numbers)
        frame = pd.DataFrame({name: cell_types.texts(list(map(_text, column))) for name, column in raw.items()})
        frame = frame.set_axis(numbers)
        _note_errors(reading, frame)
        yield frame


def _note_lost_zeros(reading: Reading, raw: dict[str, list], numbers: np.ndarray) -> None:
    for name, column in raw.items():
        if metadata(reading.schema.columns[name]).get("zeros"):
            at = [i for i, value in enumerate(column) if isinstance(value, (int, float))]
            reading.note(name, numbers[at], column[at[0]] if at else None, *cell_types.LOST_ZEROS)


def _note_errors(reading: Reading, frame: pd.DataFrame) -> None:
    for column, texts in frame.items():
        wrong = texts[texts.isin(ERRORS)]
        first = wrong.iloc[0] if len(wrong) else None
        reading.note(column, wrong.index, first, "is an Excel error", "Correct the formula, or clear the cell.")


def _rows(sheet) -> Iterator[tuple]:
    """The rows of a sheet without the empty ones at its end."""
    blank = []
    for row in sheet.iter_rows(values_only=True):
        if all(value is None for value in row):
            blank.append(row)
        else:
            yield from blank
            blank = []
            yield row


def _text(value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return _numeral(value)
    return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)


def _numeral(value: float) -> str:
    """As in `cell_types.plain`: Excel keeps 15 digits, so a longer number is not what was typed."""
    if abs(value) >= cell_types.EXACT:
        return f"{value:.16E}"
    return str(int(value)) if value == int(value) else repr(value)


def _only_sheet(reading: Reading, book):
    filled = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        if next(_rows(sheet), None) is not None:
            filled.append(sheet)
    if not filled:
        raise reading.error("the file is empty", "Export the table again, with its header and records.")
    if len(filled) > 1:
        named = f" ({', '.join(sheet.title for sheet in filled)})" if reading.quoting else ""
        raise reading.error(
            f"several sheets are filled{named}",
            "Save each sheet of the table as its own file in a folder with the table's name. Remove the other sheets.",
        )
    return filled[0]


def _refuse_merged(reading: Reading) -> None:
    with zipfile.ZipFile(reading.file.path) as archive:
        sheets = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        merged = [found for name in sheets for found in _merged(archive, name)]
    if merged:
        first, row, last = merged[0]
        raise reading.error(
            f"cells {first}{row}:{last} are merged",
            "Unmerge the cells, fill each of them, and keep one row of headers at the top.",
            row=int(row) - 1 if int(row) > 1 else None,
            more=len(merged) - 1,
        )


def _merged(archive: zipfile.ZipFile, name: str) -> list[tuple[str, str, str]]:
    """First column, first row and last cell of each merged range of a sheet, found without loading the sheet."""
    found, rest = [], b""
    with archive.open(name) as sheet:
        while block := sheet.read(BLOCK):
            text = rest + block
            found += [tuple(corner.decode() for corner in match.groups()) for match in MERGED.finditer(text)]
            rest = text[text.rfind(b"<") :] if b"<" in text else b""
            rest = b"" if b">" in rest else rest
    return found


@contextmanager
def _readable(reading: Reading) -> Generator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise reading.error(
            "is truncated, locked with a password or not an Excel workbook (.xlsx)",
            "Open it in Excel and save it again as an Excel workbook without a password.",
        ) from error
