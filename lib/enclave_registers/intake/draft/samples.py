"""The first rows of each data file of a folder, as text, whatever its format."""

import codecs
import csv
import io
import warnings
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import openpyxl
import pandas as pd
from pyarrow import parquet

from enclave.base.errors import EnclaveError
from enclave_registers.intake.delivery import find_files
from enclave_registers.intake.formats import compressed, excel
from enclave_registers.intake.values import cell_types

ROWS = 2_000
BYTES = 1 << 20
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
NAMED = (".dta", ".parquet")


@dataclass(frozen=True)
class Sample:
    """The first rows of a file or of a sheet of it; rows of Stata and Parquet begin with the names of the columns.

    encoding, delimiter, sheet : what a map must say to read it, if anything
    """

    name: str
    rows: list[list[str]]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    is_named: bool = False


def of_folder(folder: Path) -> tuple[list[list[Sample]], list[str]]:
    """The samples of each file, one per filled sheet of a workbook, and the names of files that cannot be read."""
    samples, unreadable = [], []
    for path in find_files.data_files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            found = [sample for sample in _of_file(path, name) if sample.rows]
        except (EnclaveError, OSError, ValueError, KeyError, EOFError, csv.Error, *excel.UNREADABLE):
            found = []
        if found:
            samples.append(found)
        else:
            unreadable.append(name)
    return samples, unreadable


def _of_file(path: Path, name: str) -> list[Sample]:
    kind = find_files.format_of(path.name, listed=True)
    if kind == ".xlsx":
        return _of_workbook(path, name)
    if kind == ".dta":
        with pd.read_stata(path, chunksize=ROWS) as reader:
            return [_of_frame(next(reader), name)]
    if kind == ".parquet":
        with parquet.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=ROWS), None)
            return [] if batch is None else [_of_frame(batch.to_pandas(), name)]
    return [_of_text(path, kind, name)] if kind else []


def _of_frame(frame: pd.DataFrame, name: str) -> Sample:
    texts = frame.apply(lambda cells: cell_types.plain(cells).astype(object).fillna(""))
    return Sample(name, [list(map(str, frame.columns)), *texts.to_numpy().tolist()], is_named=True)


def _of_workbook(path: Path, name: str) -> list[Sample]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        found = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = [[excel.text(cell) or "" for cell in row] for row in islice(excel.rows(sheet), ROWS)]
            found += [(sheet.title, rows)] if rows else []
    finally:
        book.close()
    return [Sample(name, rows, sheet=title if len(found) > 1 else None) for title, rows in found]


def _of_text(path: Path, kind: str, name: str) -> Sample:
    with compressed.opened(path, kind, name) as (stream, _):
        start = stream.read(BYTES)
    text, encoding = _decoded(start)
    whole = text if len(start) < BYTES else text.rpartition("\n")[0]
    lines = whole.splitlines(keepends=True)
    delimiter = max(DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines[:ROWS]))
    rows = list(islice(csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter), ROWS))
    other = DELIMITERS[delimiter] if delimiter != "," else None
    return Sample(name, rows, encoding, other)


def _decoded(start: bytes) -> tuple[str, str | None]:
    """The text, and the encoding if a map must give it: UTF-8 and GB18030 are found without one."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return start.decode("utf-16", errors="replace"), "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(start), None
        except UnicodeDecodeError:
            continue
    return start.decode("gb18030", errors="replace"), None
