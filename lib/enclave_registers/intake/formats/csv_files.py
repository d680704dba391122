"""CSV files, strictly: every record has as many fields as the header, and every quote closes.

Blocks of text in which each line is a record go to Arrow, which is fast. Blocks that have a field over several lines, a
quote inside a field, or a record of another width are read by Python's csv module, which tells these cases apart.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import csv as fast

from enclave.base.errors import InputError
from enclave_registers.intake.formats import encoding, headers
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
        positions = headers.match(reading, head[0], head[1:])
        if head[1:]:
            yield _frame(*_complete(reading, head[1:], 1, len(head[0])), positions)
        yield from _frames(reading, chain([lines.rest()], blocks), positions, head)


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


def _records(lines: Lines, delimiter: str, *, most: int | None = None) -> Iterator[list[str]]:
    """The records that start in the present block, without blank lines, or the first `most` of the text.

    The last one may end in a later block. Raises csv.Error for a quote that is not closed correctly.
    """
    found = 0
    for record in csv.reader(lines, strict=True, delimiter=delimiter):
        if record:
            yield record
            found += 1
        if found == most or (most is None and lines.at_end_of_block()):
            return


def _head(reading: Reading, lines: Lines) -> list[list[str]]:
    """The header and the first records."""
    head = []
    try:
        head.extend(_records(lines, reading.map.delimiter, most=headers.LOOK_AHEAD))
    except csv.Error as error:
        raise _unclosed(reading, head, len(head), error) from None
    if not head:
        raise reading.error("the file is empty", "Export the table again, with its header and records.")
    return head


def _frames(reading: Reading, blocks: Iterator[bytes], positions: dict, head: list) -> Iterator[pd.DataFrame]:
    row, width = len(head), len(head[0])
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


def _batch(reading: Reading, block: bytes, later: Iterator[bytes], head: list, row: int) -> list[list[str]]:
    """The records that start in a block, whose first one is the data row `row`."""
    batch = []
    try:
        batch.extend(_records(Lines(chain([block], later)), reading.map.delimiter))
    except csv.Error as error:
        raise _unclosed(reading, head, row + len(batch), error) from None
    return batch


class _SimpleBlocks:
    """Reads blocks in which every line is a record of `width` fields, with quotes only around whole fields."""

    def __init__(self, delimiter: str, width: int, positions: dict[str, int]) -> None:
        sign = re.escape(delimiter.encode())
        field = rb'(?:"(?:[^"\r\n]|"")*+"|[^"\r\n' + sign + rb"]*+)"
        self._line = re.compile(field + rb"(?:" + sign + field + rb")*+\r?\n?")
        self._is_one_byte = len(delimiter.encode()) == 1
        self._names = {str(at): name for name, at in positions.items()}
        self._options = {
            "read_options": fast.ReadOptions(column_names=[str(at) for at in range(width)], use_threads=False),
            "parse_options": fast.ParseOptions(delimiter=delimiter) if self._is_one_byte else None,
            "convert_options": fast.ConvertOptions(
                include_columns=list(self._names),
                column_types=dict.fromkeys(self._names, arrow.large_string()),
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
            name: pd.Series(pd.array(table[at].combine_chunks(), dtype="str")) for at, name in self._names.items()
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


def _unclosed(reading: Reading, head: list, complete: int, error: csv.Error) -> InputError:
    """The error for a quote that does not close, in the record after the first `complete` ones (header included)."""
    return reading.error(
        f"a double quote opens a field and is not closed correctly ({error})",
        'Close the quote. A quote inside a quoted value is written twice ("").'
        + headers.other_delimiter(reading, head[0] if head else []),
        row=complete or None,
    )
