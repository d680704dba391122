"""What became of the entries of a map while a file was read: codes that met a cell, and records that were left out."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from enclave.base import files
from enclave.base.errors import InputError
from enclave_registers.intake.delivery.map_cells import is_refused
from enclave_registers.intake.delivery.table_map import STOP, Place, TableMap
from enclave_registers.schema import TABLES


@dataclass
class MapUse:
    """The use of a map in one file.

    met : entry of `values` or `drop_rows` -> number of cells that it met; `stop_at` -> 1 if a row met it
    above : column of `fill_down` -> the last value read
    dropped_by : columns of `drop_rows` that were used before the file got another shape
    headers : column of the schema -> its header in the file
    beside : all headers of the file
    like_sheets : how many other sheets of the workbook have headers of the table
    rows : pieces of the table that was made: its first row, counted from 0, and the data row of that one in the file.
        Rows follow each other until the next piece begins.
    """

    met: Counter[Place] = field(default_factory=Counter)
    above: dict[str, str | None] = field(default_factory=dict)
    dropped_by: set[str] = field(default_factory=set)
    headers: dict[str, str] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)
    like_sheets: int = 0
    rows: list[tuple[int, int]] = field(default_factory=list)
    made: int = 0

    def add_rows(self, data_rows: np.ndarray) -> None:
        """Count the rows that were made from these data rows of the file."""
        if not len(data_rows):
            return
        expected = self.rows[-1][1] + self.made - self.rows[-1][0] if self.rows else None
        breaks = np.flatnonzero(np.diff(data_rows) != 1) + 1
        starts = [*([] if data_rows[0] == expected else [0]), *breaks.tolist()]
        self.rows += [(self.made + at, int(data_rows[at])) for at in starts]
        self.made += len(data_rows)

    def data_row(self, row: int) -> int:
        """The data row in the file of a row of the table that was made from it, counted from 1."""
        first, at = max((piece for piece in self.rows if piece[0] < row), default=(0, 1))
        return at + row - 1 - first

    def write(self, path: Path) -> None:
        """Write what a later run needs to know of a file that it does not read again."""
        met = [[*place, count] for place, count in sorted(self.met.items())]
        files.write_text(json.dumps({"met": met, "rows": self.rows}, ensure_ascii=False), path)


def read(path: Path) -> MapUse:
    """The use of a map that `MapUse.write` wrote."""
    written = json.loads(path.read_text(encoding="utf-8"))
    met = Counter({(kind, column, text): count for kind, column, text, count in written["met"]})
    return MapUse(met=met, rows=[(first, row) for first, row in written["rows"]])


def unmet(table: str, table_map: TableMap, uses: list[MapUse]) -> InputError | None:
    """The error of the first entry of the map that met no cell of the table, with the number of further ones.

    A code that would be an error if it stood in a cell may meet none: then a misspelt code is an error as well.
    """
    met = {place for use in uses for place in use.met}
    columns = TABLES[table].columns
    missed = [
        (place, entry)
        for place, entry in table_map.lines.items()
        if place not in met and not (place[0] == "values" and is_refused(place[2], columns[place[1]]))
    ]
    if not missed:
        return None
    (kind, _, text), entry = missed[0]
    if kind == STOP[0]:
        remedy = "Was the end of a file cut off? If not, write it as the files have it, or remove it from the map."
        return entry.error(f"no row of {table} begins like this", remedy)
    others = f" Also: {', '.join(f'line {line.line}' for _, line in missed[1:])}." if missed[1:] else ""
    what = "the code" if kind == "values" else f'"{text}"' if text else "the empty cell"
    remedy = "Write it as the files have it, or remove it from the map."
    return entry.error(f"{what} is in no cell of {table}", remedy + others)


def without_end(files: Sequence[str], uses: list[MapUse]) -> list[str]:
    """The files without a row of `stop_at`, if other files of the table have one."""
    has_end = [STOP in use.met for use in uses]
    return [file for file, found in zip(files, has_end, strict=True) if any(has_end) and not found]


def dropped(uses: list[MapUse]) -> int:
    """How many records `drop_rows` left out."""
    return sum(count for use in uses for (kind, _, _), count in use.met.items() if kind == "drop_rows")
