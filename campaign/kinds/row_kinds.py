"""Mutations of records: lost, doubled, moved, cut, and rows that are no records."""

from collections.abc import Callable
from functools import partial

import numpy as np

from campaign.delivery import Delivery, Sheet
from campaign.kinds import places
from campaign.mutation import Change, Kind

Rows = list[list[str]]
# changes the records of a table; `row` is the one that it hits. Also returns the data rows that a message may name
New = Callable[[Sheet, int, np.random.Generator], tuple[Rows, set[int]] | None]


def _lost(sheet: Sheet, row: int, rng):
    return [*sheet.rows[:row], *sheet.rows[row + 1 :]], set()


def _doubled(sheet: Sheet, row: int, rng):
    return [*sheet.rows, sheet.rows[row]], {row + 1, len(sheet.rows) + 1}


def _doubled_otherwise(sheet: Sheet, row: int, rng):
    """The same record once more, with the value of another record in one cell."""
    copy, place = list(sheet.rows[row]), int(rng.integers(len(sheet.header)))
    copy[place] = sheet.rows[int(rng.integers(len(sheet.rows)))][place]
    return [*sheet.rows, copy], {row + 1, len(sheet.rows) + 1}


def _moved(sheet: Sheet, row: int, rng):
    rows, _ = _lost(sheet, row, rng)
    return [sheet.rows[row], *rows], set()


def _exchanged(sheet: Sheet, row: int, rng):
    """Two records with each other's value in one column."""
    other, place = int(rng.integers(len(sheet.rows))), int(rng.integers(len(sheet.header)))
    rows = [list(cells) for cells in sheet.rows]
    rows[row][place], rows[other][place] = rows[other][place], rows[row][place]
    return rows, {row + 1, other + 1}


def _shortened(sheet: Sheet, row: int, rng):
    place, rows = int(rng.integers(len(sheet.header))), list(sheet.rows)
    rows[row] = [*rows[row][:place], *rows[row][place + 1 :]]
    return rows, {row + 1}


def _lengthened(sheet: Sheet, row: int, rng):
    place, rows = int(rng.integers(len(sheet.header) + 1)), list(sheet.rows)
    rows[row] = [*rows[row][:place], "", *rows[row][place:]]
    return rows, {row + 1}


def _shifted(sheet: Sheet, row: int, rng):
    """The cells of a record one column further, the last one lost."""
    rows = list(sheet.rows)
    rows[row] = ["", *rows[row][:-1]]
    return rows, {row + 1}


def _added(cells: Callable[[Sheet], list[str]]) -> New:
    """A row that is no record, above a record or at the end."""

    def made(sheet: Sheet, row: int, rng):
        at = len(sheet.rows) if rng.random() < 0.5 else row
        return [*sheet.rows[:at], cells(sheet), *sheet.rows[at:]], {at + 1}

    return made


def _note(sheet: Sheet) -> list[str]:
    return ["数据来源:国家统计局", *[""] * (len(sheet.header) - 1)]


def _total(sheet: Sheet) -> list[str]:
    return ["合计", *[str(len(sheet.rows))] * (len(sheet.header) - 1)]


def _upside_down(sheet: Sheet, row: int, rng):
    return sheet.rows[::-1], set()


def _shuffled(sheet: Sheet, row: int, rng):
    return [sheet.rows[at] for at in rng.permutation(len(sheet.rows))], set()


def _tail_lost(sheet: Sheet, row: int, rng):
    return sheet.rows[: max(1, row)], set()


def _ten_lost(sheet: Sheet, row: int, rng):
    return [*sheet.rows[:row], *sheet.rows[row + 10 :]] or None, set()


def _of_rows(new: New, delivery: Delivery, rng: np.random.Generator) -> Change | None:
    name, sheet = places.sheet(delivery, rng)
    row = places.record(delivery, name, rng)
    rows, named = new(sheet, row, rng)
    if not rows:
        return None
    return Change(delivery.with_sheet(name, sheet.with_rows(rows)), f"{name}, data row {row + 1}", frozenset(named))


def _kind(name: str, new: New, reach: int | None) -> Kind:
    return Kind(name, "rows", reach, partial(_of_rows, new))


KINDS = [
    _kind("a record lost", _lost, 1),
    _kind("ten records lost", _ten_lost, 10),
    _kind("the last records lost", _tail_lost, None),
    _kind("a record doubled", _doubled, 1),
    _kind("a record doubled with another cell", _doubled_otherwise, 1),
    _kind("a record moved", _moved, 0),
    _kind("a cell exchanged between two records", _exchanged, 2),
    _kind("a record one cell short", _shortened, 1),
    _kind("a record one cell long", _lengthened, 1),
    _kind("a record shifted by one column", _shifted, 1),
    _kind("a blank row", _added(lambda sheet: [""] * len(sheet.header)), 1),
    _kind("a second row of headers", _added(lambda sheet: sheet.header), 1),
    _kind("a note among the records", _added(_note), 1),
    _kind("a row of totals", _added(_total), 1),
    _kind("records upside down", _upside_down, 0),
    _kind("records in another order", _shuffled, 0),
]
