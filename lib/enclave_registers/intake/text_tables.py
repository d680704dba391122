"""CSV files, strictly: every record has as many fields as the header, every quote closes.

Blocks of text whose every line is a record by itself go to Arrow, which is fast. Blocks with a field over several
lines, with a stray quote or with a record of another width are read by Python's csv module, which tells them apart.
"""

import csv
import re
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from pyarrow import csv as fast

from enclave.base.errors import InputError
from enclave_registers.intake import cells, encodings, headers, lines
from enclave_registers.intake.compressed import unpacking
from enclave_registers.intake.input_files import Part
from enclave_registers.intake.problems import Faults


def read(part: Part, schema: pa.DataFrameSchema, faults: Faults) -> Iterator[pd.DataFrame]:
    """Frames of text with the columns of the schema; the index is the data row. Blank lines are no records.

    Raises InputError for what ends the reading (encoding, header, a quote that never closes); records with too few or
    too many fields are noted in `faults` and left out.
    """
    with unpacking(part.name, part.format):
        blocks = lines.blocks(part, encodings.detect(part))
        text = lines.Lines(blocks)
        head = _head(part, text)
        positions = headers.match(part, head[0], schema, head[1:])
        if head[1:]:
            yield _frame(*_full(part, head[1:], 1, len(head[0]), faults), positions)
        yield from _frames(part, chain([text.rest()], blocks), positions, head, faults)


def _head(part: Part, text: lines.Lines) -> list[list[str]]:
    """The first records, the header among them."""
    head = []
    try:
        head.extend(lines.records(text, part.map.delimiter, most=headers.LOOK_AHEAD))
    except csv.Error as error:
        raise _unclosed(part, head, len(head), error) from None
    if not head:
        raise InputError(part.name, "the file is empty", "Export the table again, with its header and records.")
    return head


def _frames(part: Part, blocks: Iterator[bytes], positions: dict, head: list, faults: Faults) -> Iterator[pd.DataFrame]:
    row, width = len(head), len(head[0])
    simple = _Simple(part.map.delimiter, width, positions)
    for block in filter(None, blocks):
        frame = simple.frame(block, row)
        if frame is None:
            batch = _records(part, block, blocks, head, row)
            frame = _frame(*_full(part, batch, row, width, faults), positions)
            row += len(batch)
        else:
            row += len(frame)
        yield frame


def _records(part: Part, block: bytes, later: Iterator[bytes], head: list, row: int) -> list[list[str]]:
    """The records that begin in a block, whose first one is the data row `row`."""
    batch = []
    try:
        batch.extend(lines.records(lines.Lines(chain([block], later)), part.map.delimiter))
    except csv.Error as error:
        raise _unclosed(part, head, row + len(batch), error) from None
    return batch


class _Simple:
    """Reads blocks in which every line is a record of so many fields, with quotes around whole fields alone."""

    def __init__(self, delimiter: str, width: int, positions: dict[str, int]):
        sign = re.escape(delimiter.encode())
        field = rb'(?:"(?:[^"\r\n]|"")*+"|[^"\r\n' + sign + rb"]*+)"
        self._sound = re.compile(field + rb"(?:" + sign + field + rb")*+\r?\n?")
        self._fits = len(delimiter.encode()) == 1
        self._names = {str(at): name for name, at in positions.items()}
        self._options = {
            "read_options": fast.ReadOptions(column_names=[str(at) for at in range(width)], use_threads=False),
            "parse_options": fast.ParseOptions(delimiter=delimiter) if self._fits else None,
            "convert_options": fast.ConvertOptions(
                include_columns=list(self._names),
                column_types=dict.fromkeys(self._names, arrow.large_string()),
                strings_can_be_null=False,
            ),
        }

    def frame(self, block: bytes, row: int) -> pd.DataFrame | None:
        """The records of a block, the first of them at the data row `row`, or None for one that is not so simple."""
        if not self._fits or not self._is_sound(block):
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

    def _is_sound(self, block: bytes) -> bool:
        return block.count(b"\r") == block.count(b"\r\n") and all(map(self._sound.fullmatch, _quoted_lines(block)))


def _quoted_lines(block: bytes) -> Iterator[bytes]:
    """The lines with a quote in them."""
    at = block.find(b'"')
    while at >= 0:
        end = block.find(b"\n", at) + 1 or len(block)
        yield block[block.rfind(b"\n", 0, at) + 1 : end]
        at = block.find(b'"', end)


def _full(part: Part, batch: list, row: int, width: int, faults: Faults) -> tuple[list, np.ndarray]:
    """The records that have `width` fields, and their rows, the first being `row`; the others are noted."""
    rows = np.arange(row, row + len(batch))
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


def _frame(batch: list, rows: np.ndarray, positions: dict[str, int]) -> pd.DataFrame:
    columns = list(zip(*batch, strict=True))
    values = {name: cells.texts(columns[at] if columns else []) for name, at in positions.items()}
    return pd.DataFrame(values).set_axis(rows)


def _unclosed(part: Part, head: list, sound: int, error: csv.Error) -> InputError:
    """A quote swallowed what follows it: the fault lies in the record after the last sound one, the header counted."""
    return InputError(
        part.name,
        f"a double quote opens a field and is not closed as it should be ({error})",
        'Close the quote; a quote inside a quoted value is written twice ("").'
        + headers.separator(part, head[0] if head else []),
        row=sound or None,
    )
