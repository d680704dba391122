"""CSV files, strictly: every record has as many fields as the header, every quote closes."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice

import numpy as np
import pandas as pd
import pandera.pandas as pa

from enclave.errors import InputError
from enclave.reading import cells, encodings, headers
from enclave.reading.faults import Faults
from enclave.reading.parts import Part

ROWS = 100_000


def read(part: Part, schema: pa.DataFrameSchema, faults: Faults) -> Iterator[pd.DataFrame]:
    """Frames of text with the columns of the schema; the index is the data row. Blank lines are no records.

    Raises InputError for what ends the reading (encoding, header, a quote that never closes); records with too few or
    too many fields are noted in `faults` and left out.
    """
    with _unpacking(part):
        codec = encodings.detect(part)
        with _records(part, codec) as records:
            head = list(islice(records, headers.LOOK_AHEAD))
            if not head:
                raise InputError(part.name, "the file is empty", "Export the table again, with its header and records.")
            positions = headers.match(part, head[0], schema, head[1:])
            yield from _frames(part, chain(head[1:], records), positions, len(head[0]), faults)


def _frames(part: Part, records: Iterator[list], positions: dict, width: int, faults: Faults) -> Iterator[pd.DataFrame]:
    row = 1
    while batch := list(islice(records, ROWS)):
        rows = np.arange(row, row + len(batch))
        row += len(batch)
        yield _frame(_full(part, batch, rows, width, faults), positions)


def _full(part: Part, batch: list, rows: np.ndarray, width: int, faults: Faults) -> tuple[list, np.ndarray]:
    """The records that have `width` fields, and their rows; the others are noted."""
    widths = np.fromiter(map(len, batch), int, len(batch))
    for wrong, problem in ((widths < width, "has too few fields"), (widths > width, "has too many fields")):
        first = widths[wrong][:1]
        remedy = (
            f"The header has {width} fields, this record {first.sum()}: look for a missing or surplus delimiter, or a "
            "value with a delimiter that must stand in double quotes."
        )
        faults.add(part, None, rows[wrong], None, problem, remedy)
    full = widths == width
    kept = batch if full.all() else [record for record, fits in zip(batch, full, strict=True) if fits]
    return kept, rows[full]


def _frame(records: tuple[list, np.ndarray], positions: dict[str, int]) -> pd.DataFrame:
    batch, rows = records
    columns = list(zip(*batch, strict=True))
    values = {name: cells.texts(columns[at] if columns else []) for name, at in positions.items()}
    return pd.DataFrame(values).set_axis(rows)


@contextmanager
def _records(part: Part, codec: str) -> Iterator[Iterator[list]]:
    with io.TextIOWrapper(part.open(), encoding=codec, newline="") as stream:
        try:
            yield filter(None, _reader(part, stream))
        except csv.Error as error:
            raise _unclosed(part, codec, error) from None


def _reader(part: Part, stream: io.TextIOBase) -> Iterator[list]:
    return csv.reader(stream, strict=True, delimiter=part.map.delimiter)


def _unclosed(part: Part, codec: str, error: csv.Error) -> InputError:
    """A quote swallowed what follows it: the fault lies in the record after the last sound one."""
    sound, first = 0, []
    with io.TextIOWrapper(part.open(), encoding=codec, newline="") as stream:
        try:
            for record in filter(None, _reader(part, stream)):
                first = first or record
                sound += 1
        except csv.Error:
            pass
    return InputError(
        part.name,
        f"a double quote opens a field and is not closed as it should be ({error})",
        'Close the quote; a quote inside a quoted value is written twice ("").' + headers.separator(part, first),
        row=sound or None,
    )


@contextmanager
def _unpacking(part: Part) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError(part.name, "is truncated or no gzip file", "Copy or compress the file again.") from None
