"""Which rows of a text file or a sheet are headers, records or notes, as the map of the delivery says."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from enclave.base import paths
from enclave_registers.intake.delivery import patterns
from enclave_registers.intake.delivery.table_map import STOP
from enclave_registers.intake.values.problems import Reading


def split_head(reading: Reading, rows: Iterator[Sequence]) -> tuple[list, list[Sequence]]:
    """Take the rows above the first record: the headers, and the other rows, which may give units.

    Several rows of headers become one: the texts of a column one after the other. Raises InputError if the file ends
    before the headers.
    """
    table_map = reading.map
    first = table_map.first_record or table_map.header_row + 1
    head = list(islice(rows, first - 1))
    chosen = [head[row - 1] for row in table_map.header_rows or (1,) if row <= len(head)]
    if len(chosen) < max(1, len(table_map.header_rows)):
        remedy = f"Correct header_row in {paths.DELIVERY_MAP}, or export the table again with its header and records."
        raise reading.error("the file is empty" if not head else "ends above the row of headers", remedy)
    around = [row for number, row in enumerate(head, start=1) if number not in (table_map.header_rows or (1,))]
    return _joined(chosen), around


def _joined(rows: list[Sequence]) -> list:
    """One header per column. An upper cell also stands for empty ones to its right, as in cells that were merged."""
    if len(rows) == 1:
        return list(rows[0])
    width = max(map(len, rows))
    *upper, last = [[*row, *[None] * (width - len(row))] for row in rows]
    return [
        " ".join(filter(None, (_text(cell) for cell in parts))) or None
        for parts in zip(*_spread(upper, last), strict=True)
    ]


def _spread(upper: list[list], last: list) -> list[list]:
    spread = []
    for row in upper:
        left, filled = None, []
        for cell, below in zip(row, last, strict=True):
            left = cell if _text(cell) else left
            filled.append(left if _text(cell) or _text(below) else None)
        spread.append(filled)
    return [*spread, last]


def _text(cell) -> str:
    return "" if cell is None else str(cell).strip()


class BeforeStop:
    """The rows above the first one whose first text is one of `stop_at`; `stopped` says whether there was one."""

    def __init__(self, reading: Reading, rows: Iterable[Sequence]) -> None:
        self._reading, self._rows, self.stopped = reading, iter(rows), False

    def __iter__(self) -> "BeforeStop":
        return self

    def __next__(self) -> Sequence:
        if self.stopped:
            raise StopIteration
        row = next(self._rows)
        self.stopped = is_stop(self._reading, row)
        if self.stopped:
            raise StopIteration
        return row


def is_stop(reading: Reading, row: Sequence) -> bool:
    """Whether the first text of a row is one of `stop_at`."""
    if not reading.map.stop_at:
        return False
    text = next(filter(None, map(_text, row)), "")
    found = any(patterns.fits(pattern, text) for pattern in reading.map.stop_at)
    if found:
        reading.used.met[STOP] += 1
    return found


def refuse_rows_of_headers(reading: Reading, kind: str) -> None:
    """Raise InputError if the map says where headers or notes are in a format that has names of columns instead."""
    keys = {"header_row": reading.map.header_rows, "stop_at": reading.map.stop_at}
    given = [key for key, value in keys.items() if value]
    if given:
        remedy = f"Give {given[0]} under by_file in {paths.DELIVERY_MAP}, for the other files of the table."
        raise reading.error(f"is {kind}, which has names of columns and no {given[0]}", remedy)
