"""CSV files, strictly: every record has as many fields as the header, and every quote closes.

Blocks of text in which each line is a record go to Arrow, which is fast. Blocks that have a field over several lines, a
quote inside a field, or a record of another width are read by Python's csv module, which tells these cases apart.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import csv as fast

from enclave.base.errors import InputError
from enclave_registers.intake.formats import encoding, headers, layout, reshape
from enclave_registers.intake.formats.compressed import decompressing
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading

BLOCK = 4 << 20


def read(reading: Reading) -> Iterator[pd.DataFrame]:
    """Frames of text with the columns of the schema; the index is the data row. Blank lines are not records.

    Raises InputError for what ends the reading (encoding, header, a quote that never closes). Records with too few or
    too many fields are noted as problems and left out.
    """
    with decompressing(reading.file.name, reading.file.format):
        blocks = blocks_of(reading, encoding.detect(reading))
        lines = Lines(blocks)
        head = _head(reading, lines)
        rest = chain([lines.rest()], blocks)
        if reading.map.is_reshaped:
            yield _reshaped(reading, head, rest)
            return
        positions = headers.match(reading, head.header, head.records, head.around, head.rows)
        if head.records:
            first = reading.map.records_from
            yield _frame(*_complete(reading, head.records, first, len(head.header)), positions)
        yield from _frames(reading, rest, positions, head)


@dataclass(frozen=True)
class _Head:
    """The start of a file: its headers, the first records, and the rows above them that are neither.

    rows : the rows of these records in the file, blank lines included
    row : the data row of the record after them
    ended : whether a row of `stop_at` came after them
    """

    header: list[str]
    records: list[Sequence[str]]
    around: list[Sequence]
    rows: list[int]
    row: int
    ended: bool


def _reshaped(reading: Reading, head: _Head, rest: Iterator[bytes]) -> pd.DataFrame:
    """The whole file in the shape of the schema."""
    width = len(head.header)
    batches = [_complete(reading, head.records, reading.map.records_from, width), *_batches(reading, rest, head)]
    records = [record for batch, _ in batches for record in batch]
    numbers = [number for _, rows in batches for number in rows.tolist()]
    grid = reshape.reshaped(reading, head.header, records, numbers)
    positions = headers.match(reading, grid.header, grid.rows[:1], head.around)
    return _frame(grid.rows, np.array(grid.numbers, int), positions)


def blocks_of(reading: Reading, codec: str) -> Iterator[bytes]:
    """The text of a file as UTF-8, in blocks of about `BLOCK` bytes that end with a line."""
    held, size = [], 0
    for text in encoding.decoded(reading, codec):
        held.append(text.encode())
        size += len(held[-1])
        if size >= BLOCK:
            whole = b"".join(held)
            end = whole.rfind(b"\n") + 1 or whole.rfind(b"\r", 0, -1) + 1
            if end:
                yield whole[:end]
            held, size = [whole[end:]], len(whole) - end
    if size:
        yield b"".join(held)


class Lines:
    """The lines of blocks, one after the other, for csv.reader."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._left: list[bytes] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if not self._left:
            self._left = next(self._blocks).splitlines(keepends=True)[::-1]
        return self._left.pop().decode()

    def rest(self) -> bytes:
        """Remove and return what is left of the present block."""
        left, self._left = self._left, []
        return b"".join(left[::-1])

    def at_end_of_block(self) -> bool:
        """Whether the present block has no further line."""
        return not self._left


def _records(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    """The records that start in the present block, without blank lines.

    The last one may end in a later block. Raises csv.Error for a quote that is not closed correctly.
    """
    for record in csv.reader(lines, strict=True, delimiter=delimiter):
        if record:
            yield record
        if lines.at_end_of_block():
            return


def _head(reading: Reading, lines: Lines) -> _Head:
    """The header and the first records. If the map gives no row of headers, blank lines above it do not count."""
    table_map, read = reading.map, _Read(csv.reader(lines, strict=True, delimiter=reading.map.delimiter))
    skips_blank = not table_map.header_rows and not table_map.first_record
    try:
        header, around = layout.split_head(reading, read.filled() if skips_blank else read)
        found = list(islice(read.filled(), headers.LOOK_AHEAD - 1))
    except csv.Error as error:
        above = sum(map(bool, read.records)) if skips_blank else len(read.records)
        raise _unclosed(reading, read.records, above - table_map.header_row + 1, error) from None
    above = layout.BeforeStop(reading, found)
    records = list(above)
    rows = [row for row, record in enumerate(read.records, start=1) if record][-len(found) :]
    return _Head(header, records, around, rows, table_map.records_from + len(records), ended=above.stopped)


class _Read:
    """The records of a text, blank lines included, which are kept as they are read."""

    def __init__(self, records: Iterator[list[str]]) -> None:
        self._records, self.records = records, []

    def __iter__(self) -> "_Read":
        return self

    def __next__(self) -> list[str]:
        record = next(self._records)
        self.records.append(record)
        return record

    def filled(self) -> Iterator[list[str]]:
        """The records that are not blank."""
        return filter(None, self)


def _frames(reading: Reading, blocks: Iterator[bytes], positions: dict, head: _Head) -> Iterator[pd.DataFrame]:
    row, width = head.row, len(head.header)
    if reading.map.stop_at:
        for batch in _batches(reading, blocks, head):
            yield _frame(*batch, positions)
        return
    simple = _SimpleBlocks(reading.map.delimiter, width, positions)
    for block in filter(None, blocks):
        frame = simple.frame(block, row)
        if frame is None:
            batch = _batch(reading, block, blocks, head, row)
            frame = _frame(*_complete(reading, batch, row, width), positions)
            row += len(batch)
        else:
            row += len(frame)
        yield frame


def _batches(reading: Reading, blocks: Iterator[bytes], head: _Head) -> Iterator[tuple[list, np.ndarray]]:
    """The records after the head and their data rows, block by block, until a row of `stop_at`."""
    row = head.row
    for block in () if head.ended else filter(None, blocks):
        batch = _batch(reading, block, blocks, head, row)
        above = layout.BeforeStop(reading, batch)
        yield _complete(reading, list(above), row, len(head.header))
        if above.stopped:
            return
        row += len(batch)


def _batch(reading: Reading, block: bytes, later: Iterator[bytes], head: _Head, row: int) -> list[list[str]]:
    """The records that start in a block, whose first one is the data row `row`."""
    batch = []
    try:
        batch.extend(_records(Lines(chain([block], later)), reading.map.delimiter))
    except csv.Error as error:
        raise _unclosed(reading, [head.header], row + len(batch), error) from None
    return batch


class _SimpleBlocks:
    """Reads blocks in which every line is a record of `width` fields, with quotes only around whole fields."""

    def __init__(self, delimiter: str, width: int, positions: dict[str, int]) -> None:
        sign = re.escape(delimiter.encode())
        field = rb'(?:"(?:[^"\r\n]|"")*+"|[^"\r\n' + sign + rb"]*+)"
        self._line = re.compile(field + rb"(?:" + sign + field + rb")*+\r?\n?")
        self._is_one_byte = len(delimiter.encode()) == 1
        self._places = {name: str(at) for name, at in positions.items()}
        wanted = list(dict.fromkeys(self._places.values()))
        self._options = {
            "read_options": fast.ReadOptions(column_names=[str(at) for at in range(width)], use_threads=False),
            "parse_options": fast.ParseOptions(delimiter=delimiter) if self._is_one_byte else None,
            "convert_options": fast.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, arrow.large_string()),
                strings_can_be_null=False,
            ),
        }

    def frame(self, block: bytes, row: int) -> pd.DataFrame | None:
        """The records of a block, the first of them at the data row `row`, or None if the block is not so simple."""
        if not self._is_one_byte or not self._is_simple(block):
            return None
        self._options["read_options"].block_size = len(block) + 1
        try:
            table = fast.read_csv(arrow.BufferReader(block), **self._options)
        except arrow.ArrowInvalid:
            return None
        columns = {
            name: pd.Series(pd.array(table[at].combine_chunks(), dtype="str")) for name, at in self._places.items()
        }
        return pd.DataFrame(columns).set_axis(np.arange(row, row + table.num_rows))

    def _is_simple(self, block: bytes) -> bool:
        return block.count(b"\r") == block.count(b"\r\n") and all(map(self._line.fullmatch, _lines_with_quotes(block)))


def _lines_with_quotes(block: bytes) -> Iterator[bytes]:
    at = block.find(b'"')
    while at >= 0:
        end = block.find(b"\n", at) + 1 or len(block)
        yield block[block.rfind(b"\n", 0, at) + 1 : end]
        at = block.find(b'"', end)


def _complete(reading: Reading, batch: list, row: int, width: int) -> tuple[list, np.ndarray]:
    """The records that have `width` fields, and their data rows (the first is `row`). The others are noted."""
    rows = np.arange(row, row + len(batch))
    widths = np.fromiter(map(len, batch), int, len(batch))
    for wrong, problem in ((widths < width, "has too few fields"), (widths > width, "has too many fields")):
        first = widths[wrong][:1]
        remedy = (
            f"The header has {width} fields, this record {first.sum()}. Look for a missing or extra delimiter, or for "
            "a value that contains the delimiter and needs double quotes."
        )
        reading.note(None, rows[wrong], None, problem, remedy)
    complete = widths == width
    kept = batch if complete.all() else [record for record, fits in zip(batch, complete, strict=True) if fits]
    return kept, rows[complete]


def _frame(batch: list, rows: np.ndarray, positions: dict[str, int]) -> pd.DataFrame:
    columns = list(zip(*batch, strict=True))
    values = {name: cell_types.texts(columns[at] if columns else []) for name, at in positions.items()}
    return pd.DataFrame(values).set_axis(rows)


def _unclosed(reading: Reading, head: list, row: int, error: csv.Error) -> InputError:
    """The error for a quote that does not close, in the data row `row`, or above the records if that is below 1."""
    return reading.error(
        f"a double quote opens a field and is not closed correctly ({error})",
        'Close the quote. A quote inside a quoted value is written twice ("").'
        + headers.other_delimiter(reading, head[0] if head else []),
        row=row if row > 0 else None,
    )
