"""Excel workbooks: one sheet, the headers in its first row or in that of the map, no merged records."""

import datetime as dt
import difflib
import errno
import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from enclave.base import paths
from enclave_registers.intake.delivery import patterns
from enclave_registers.intake.formats import formulas, headers, layout, merged_cells, reshape
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading

ROWS = 50_000
# the last row of a sheet, and that of Excel 2003
LAST_ROW = 1_048_576
STRICT = b"http://purl.oclc.org/ooxml/"
ERRORS = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"]
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, RuntimeError),
)


def read(reading: Reading) -> Iterator[pd.DataFrame]:
    """Frames of text with the columns of the schema; the index is the data row, counted below the headers.

    Raises InputError if the file is not a workbook, has merged cells among its records, several filled sheets of which
    the map names none, no header in its first row or in that of the map, or as many rows as a sheet can have. Cells
    with an Excel error are noted as problems.
    """
    with _readable(reading):
        _refuse_strict(reading)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(reading.file.path, read_only=True, data_only=True)
        try:
            sheet = _sheet(reading, book)
            merged = merged_cells.below_headers(reading, sheet)
            yield from _of_sheet(reading, sheet, _Counted(rows(sheet)), merged)
        finally:
            book.close()


class _Counted:
    """The rows of a sheet until a row of `stop_at`, counted as they are read."""

    def __init__(self, rows: Iterator[tuple]) -> None:
        self._rows, self.read = rows, 0

    def __iter__(self) -> Iterator[tuple]:
        for row in self._rows:
            self.read += 1
            yield row


def _of_sheet(reading: Reading, sheet, counted: _Counted, merged: list[merged_cells.Merged]) -> Iterator[pd.DataFrame]:
    rows = iter(counted)
    header, around = layout.split_head(reading, rows)
    records = layout.BeforeStop(reading, rows)
    if reading.map.is_reshaped:
        formulas.refuse_without_values(reading, sheet, range(len(header)))
        yield _reshaped(reading, header, around, list(records))
    else:
        below = list(islice(records, headers.LOOK_AHEAD - 1))
        positions = headers.match(reading, header, below, around)
        formulas.refuse_without_values(reading, sheet, set(positions.values()))
        yield from _frames(reading, chain(below, records), positions)
    _refuse_full(reading, counted.read)
    above_notes = [cells for cells in merged if not records.stopped or cells.first_row < counted.read]
    merged_cells.refuse(reading, above_notes, reshape.filled_down(reading, header))


def _reshaped(reading: Reading, header: list, around: list, records: list[Sequence]) -> pd.DataFrame:
    """The whole sheet in the shape of the schema."""
    first = reading.map.records_from
    grid = reshape.reshaped(reading, header, records, range(first, first + len(records)))
    positions = headers.match(reading, grid.header, grid.rows[:1], around)
    raw = {name: [text(row[at]) for row in grid.rows] for name, at in positions.items()}
    frame = pd.DataFrame({name: cell_types.texts(cells) for name, cells in raw.items()}).set_axis(grid.numbers)
    _note_errors(reading, frame)
    return frame


def _frames(reading: Reading, rows: Iterator[Sequence], positions: dict[str, int]) -> Iterator[pd.DataFrame]:
    row = reading.map.records_from
    while batch := list(islice(rows, ROWS)):
        numbers = np.arange(row, row + len(batch))
        row += len(batch)
        raw = {name: [line[at] if at < len(line) else None for line in batch] for name, at in positions.items()}
        _note_lost_zeros(reading, raw, numbers)
        frame = pd.DataFrame({name: cell_types.texts(list(map(text, column))) for name, column in raw.items()})
        frame = frame.set_axis(numbers)
        _note_errors(reading, frame)
        yield frame


def _refuse_full(reading: Reading, rows: int) -> None:
    if rows >= LAST_ROW:
        problem = f"has {rows:,} rows, as many as a sheet can have: records may have been cut off"
        raise reading.error(problem, "Export the table as CSV or Parquet, or in several parts.")


def _note_lost_zeros(reading: Reading, raw: dict[str, list], numbers: np.ndarray) -> None:
    for name, column in raw.items():
        if reading.needs_zeros(name):
            at = [i for i, value in enumerate(column) if isinstance(value, (int, float))]
            our = reading.map.column_of(name)
            reading.note(our, numbers[at], column[at[0]] if at else None, *cell_types.LOST_ZEROS)


def _note_errors(reading: Reading, frame: pd.DataFrame) -> None:
    for column, texts in frame.items():
        wrong = texts[texts.isin(ERRORS)]
        first = wrong.iloc[0] if len(wrong) else None
        reading.note(column, wrong.index, first, "is an Excel error", "Correct the formula, or clear the cell.")


def rows(sheet) -> Iterator[tuple]:
    """The rows of a sheet without the empty ones at its end."""
    blank = []
    for row in sheet.iter_rows(values_only=True):
        if all(value is None for value in row):
            blank.append(row)
        else:
            yield from blank
            blank = []
            yield row


def text(value) -> str | None:
    """A cell as text: whole numbers without decimals, dates in ISO form."""
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


def _sheet(reading: Reading, book):
    """The sheet that the map names, by its name or its number, else the only one that is filled."""
    if reading.map.sheet is not None:
        chosen = _named_sheet(reading, book, reading.map.sheet)
        reading.used.like_sheets = sum(_is_like(reading, sheet) for sheet in book.worksheets if sheet is not chosen)
        return chosen
    filled = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        if next(rows(sheet), None) is not None:
            filled.append(sheet)
    if not filled:
        raise reading.error("the file is empty", "Export the table again, with its header and records.")
    if len(filled) > 1:
        named = f" ({', '.join(sheet.title for sheet in filled)})" if reading.quoting else ""
        raise reading.error(
            f"several sheets are filled{named}",
            f"Name the one to read in {paths.DELIVERY_MAP}, under {reading.table}: `sheet: name`. If each is a part of "
            "the table, save it as its own file.",
        )
    return filled[0]


def _is_like(reading: Reading, sheet) -> bool:
    """Whether one of the first rows of a sheet has the headers of at least half of the columns."""
    sheet.reset_dimensions()
    known = headers.words(reading.schema, reading.map.columns, reading.map.made)
    named = ({known.get(headers.normalised(cell)) for cell in row} for row in islice(rows(sheet), headers.LOOK_AHEAD))
    return any(2 * len(names - {None}) >= len(set(known.values())) for names in named)


def _named_sheet(reading: Reading, book, name: str):
    titles = {patterns.plain(sheet.title): sheet for sheet in book.worksheets}
    numbers = {str(number): sheet for number, sheet in enumerate(book.worksheets, start=1)}
    sheet = titles.get(patterns.plain(name), numbers.get(name))
    if sheet is None:
        near = difflib.get_close_matches(name, [one.title for one in book.worksheets], n=3, cutoff=0.3)
        hint = f" Did you mean {', '.join(near)}?" if near and reading.quoting else ""
        remedy = f"Correct sheet in {paths.DELIVERY_MAP}, or give its number from 1 to {len(book.worksheets)}.{hint}"
        raise reading.error(f'has no sheet "{name}"', remedy)
    sheet.reset_dimensions()
    return sheet


def _refuse_strict(reading: Reading) -> None:
    """Raise InputError for a workbook in the strict variant of the format, in which the reader finds no sheet."""
    with zipfile.ZipFile(reading.file.path) as archive:
        names = archive.namelist()
        book = archive.read("xl/workbook.xml") if "xl/workbook.xml" in names else b""
    if STRICT in book:
        remedy = 'Open it in Excel and save it as "Excel Workbook (.xlsx)".'
        raise reading.error('is a workbook in "Strict Open XML"', remedy)


@contextmanager
def _readable(reading: Reading) -> Generator[None]:
    try:
        yield
    except (*UNREADABLE, OSError) as error:
        # a damaged file lacks the part with the sheets, or names a position that no file has
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise reading.error(
            "is truncated, damaged, locked with a password or not an Excel workbook (.xlsx)",
            "Open it in Excel and save it again as an Excel workbook without a password.",
        ) from error
