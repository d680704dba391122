"""Stata and Parquet files, whose columns have their own types."""

import struct
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import compute, parquet

from enclave_registers.intake.formats import headers, layout, reshape
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading

ROWS = 100_000
UNICODE_RELEASES = (b"<stata_dta><header><release>118<", b"<stata_dta><header><release>119<")
STATA_REMEDY = "Open it in Stata 14 or later and save it again (format 118, Unicode)."
STATA_ERRORS = (ValueError, OSError, EOFError, KeyError, IndexError, TypeError, struct.error, UnicodeWarning)


def read_stata(reading: Reading) -> Iterator[pd.DataFrame]:
    """Frames with the columns of the schema as Stata types them; value labels become text; the index is the data row.

    Raises InputError for a truncated file, for formats before Unicode (Stata 13 and older), and for damaged text.
    """
    _refuse_old_or_truncated(reading)
    layout.refuse_rows_of_headers(reading, "a Stata file")
    try:
        with pd.read_stata(reading.file.path, iterator=True) as reader:
            names = list(reader.variable_labels())
        yield from _in_schema(reading, names, lambda wanted: _stata_frames(reading, wanted))
    except STATA_ERRORS as error:
        reason = f" ({error})" if reading.quoting else ""
        raise reading.error(f"cannot be read as a Stata file{reason}", STATA_REMEDY) from error


def _in_schema(
    reading: Reading, names: list[str], read: Callable[[list[str]], Iterator[pd.DataFrame]]
) -> Iterator[pd.DataFrame]:
    """Frames with the columns of the schema, from those that `read` gives for some names of the file."""
    if reading.map.is_reshaped:
        yield _reshaped(reading, names, read(names))
        return
    positions = headers.match(reading, names)
    wanted = [names[at] for at in positions.values()]
    frames = (frame[wanted].set_axis(list(positions), axis=1) for frame in read(list(dict.fromkeys(wanted))))
    yield from _numbered(reading, frames)


def _numbered(reading: Reading, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The frames with the data row as index, from the first record of the map on."""
    row = 1
    for frame in frames:
        numbered = frame.set_axis(np.arange(row, row + len(frame)))
        yield numbered[numbered.index >= reading.map.records_from]
        row += len(frame)


def _reshaped(reading: Reading, names: list, frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    """The whole file in the shape of the schema."""
    none = pd.DataFrame(columns=names, dtype="str")
    whole = pd.concat([none, *(frame.apply(cell_types.plain) for frame in _numbered(reading, frames))])
    rows = whole.astype(object).where(whole.notna(), None).to_numpy().tolist()
    grid = reshape.reshaped(reading, names, rows, whole.index.tolist())
    positions = headers.match(reading, grid.header, grid.rows[:1])
    columns = {name: cell_types.texts([row[at] for row in grid.rows]) for name, at in positions.items()}
    return pd.DataFrame(columns).set_axis(np.array(grid.numbers, int))


def _refuse_old_or_truncated(reading: Reading) -> None:
    with reading.open() as stream:
        start = stream.read(len(UNICODE_RELEASES[0]))
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - len(b"</stata_dta>")))
        end = stream.read()
    if not start:
        raise reading.error("the file is empty", "Export the table again, with its variables and records.")
    if (start.startswith(b"<stata_dta>") and start not in UNICODE_RELEASES) or start[0] in range(0x69, 0x74):
        raise reading.error("was written by a Stata without Unicode (13 or older)", STATA_REMEDY)
    if start not in UNICODE_RELEASES or end != b"</stata_dta>":
        raise reading.error("is truncated or not a Stata file", STATA_REMEDY)


def _stata_frames(reading: Reading, wanted: list[str]) -> Iterator[pd.DataFrame]:
    with pd.read_stata(reading.file.path, chunksize=ROWS, columns=wanted) as reader:
        while (frame := _next(reader)) is not None:
            yield frame.apply(_unlabelled)


def _next(reader) -> pd.DataFrame | None:
    """The next frame. Text that is not UTF-8 is an error; by default it would be read as Latin-1."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnicodeWarning)
        return next(reader, None)


def _unlabelled(cells: pd.Series) -> pd.Series:
    return cells.astype("str") if isinstance(cells.dtype, pd.CategoricalDtype) or cells.dtype == object else cells


def read_parquet(reading: Reading) -> Iterator[pd.DataFrame]:
    """Frames with the columns of the schema as Parquet types them; the index is the data row.

    Raises InputError for a truncated file and for columns that are neither text, numbers nor dates.
    """
    layout.refuse_rows_of_headers(reading, "a Parquet file")
    try:
        # nanoseconds, the default for INT96, have no room for 9999-12-31
        with parquet.ParquetFile(reading.file.path, coerce_int96_timestamp_unit="us") as file:
            names = file.schema_arrow.names
            yield from _in_schema(reading, names, lambda wanted: _parquet_frames(reading, file, wanted))
    except (arrow.ArrowException, OSError, ValueError) as error:
        remedy = "Copy or export the file again."
        raise reading.error("is truncated, damaged or not a Parquet file", remedy) from error


def _parquet_frames(reading: Reading, file: parquet.ParquetFile, wanted: list[str]) -> Iterator[pd.DataFrame]:
    _refuse_other_types(reading, file.schema_arrow, wanted)
    row = 1
    for batch in file.iter_batches(batch_size=ROWS, columns=wanted):
        batch.validate(full=True)
        _refuse_nul(reading, batch, row)
        row += len(batch)
        yield pd.DataFrame({name: _series(batch.column(name)) for name in wanted})


def _refuse_nul(reading: Reading, batch: arrow.RecordBatch, row: int) -> None:
    """Raise InputError for text with a NUL character; `row` is the data row of the first record of the batch."""
    for name, cells in zip(batch.schema.names, batch.columns, strict=True):
        is_text = arrow.types.is_string(cells.type) or arrow.types.is_large_string(cells.type)
        found = compute.match_substring(cells, "\0") if is_text else None
        if found is not None and compute.any(found).as_py():
            at = row + compute.index(found, True).as_py()
            problem = "has a NUL character, which is no text"
            raise reading.error(problem, "Export the column again without it.", column=name, row=at)


def _refuse_other_types(reading: Reading, schema: arrow.Schema, wanted: list[str]) -> None:
    for name in wanted:
        kind = schema.field(name).type
        if arrow.types.is_nested(kind) or arrow.types.is_binary(kind) or arrow.types.is_large_binary(kind):
            raise reading.error(f"has the type {kind}", "Store text, numbers or dates.", column=name)


def _series(cells: arrow.Array) -> pd.Series:
    """Dates as dates, floats as floats, everything else as text: identifiers need every digit."""
    if arrow.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if arrow.types.is_timestamp(cells.type) or arrow.types.is_date(cells.type) or arrow.types.is_floating(cells.type):
        return cells.to_pandas(date_as_object=False)
    return pd.Series(pd.array(cells.cast(arrow.large_string()), dtype="str"))
