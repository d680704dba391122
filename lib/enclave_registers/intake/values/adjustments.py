"""Cells that were read as something else than what is written: how many of each kind, per column.

The check reports them, so that nobody is surprised by what a value became. No value is quoted.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from enclave.base import files

WORD = "with a word for no value (such as - or NA), read as empty"
NO_DATE = "with a date that stands for none (1900-01-01, 9999-12-31), read as empty"
MARKS = "with white space, marks of a spreadsheet, control or full-width characters, read without them"
CAPITALS = "with small letters, read as capital letters"
MARKUP = "with marks of a web page (such as <em>), read without them"
FORMER_NAME = "with a former name behind the name, read without it"
TRADITIONAL = "with traditional characters, read in simplified ones"
INSTANT = "with an instant in UTC, read as the day in China"
TIME = "with a time of day, which is left out: is it by the clock of China?"
PLACE = "with an unusual spelling of a place, read as its usual name or code"
INDUSTRY = "with an unusual spelling of an industry code, read as the usual code"
NO_DIVISION = "with a division that their vintage of GB/T 4754 lacks: their firms count as firms of no known industry"
COUNTY_IN_NUMBER = "with a city and no county (市本级): the county is read from the supervision number"
NO_COUNTY = "with a city and no county (市本级), like the supervision number: the land panel leaves these plots out"
COLUMNS = ["column", "kind", "cells"]


class Adjustments:
    """Numbers of cells by column and kind."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str], int] = {}

    def add(self, column: str, kind: str, cells: int) -> None:
        """Count further cells."""
        if cells:
            self._cells[column, kind] = self._cells.get((column, kind), 0) + cells

    def frame(self) -> pd.DataFrame:
        """One row per column and kind: column, kind, cells."""
        return pd.DataFrame([(*key, cells) for key, cells in self._cells.items()], columns=COLUMNS)

    def lines(self, table: str) -> Iterator[str]:
        """One line per column and kind, for the report of the check."""
        for (column, kind), cells in self._cells.items():
            yield f'{table}, column "{column}": {cells:,} {"cell" if cells == 1 else "cells"} {kind}'

    def write(self, path: Path) -> None:
        """Write the rows of `frame`; `read` gives them back."""
        files.write_csv(self.frame(), path)


def read(paths: list[Path]) -> Adjustments:
    """The sum of written adjustments."""
    found = Adjustments()
    for path in paths:
        for column, kind, cells in pd.read_csv(path).itertuples(index=False):
            found.add(column, kind, int(cells))
    return found
