"""Where a mutation happens: a table, a file of it, a record that counts, a column."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from campaign import registers
from campaign.delivery import Delivery, Sheet

# share of the draws that take a record which panels may depend on
COUNTED = 0.7


@dataclass(frozen=True)
class Cell:
    """A cell of a text table: its text, its column of the schema, its place, and the table around it."""

    sheet: Sheet
    name: str
    row: int
    column: str
    place: int

    @property
    def text(self) -> str:
        """What the cell holds."""
        return self.sheet.rows[self.row][self.place]

    def others(self) -> list[str]:
        """The texts of the same column in other records, those that differ."""
        return [row[self.place] for row in self.sheet.rows if row[self.place] != self.text]

    def where(self) -> str:
        """File, column and data row, in words."""
        return f"{self.name}, column {self.column}, data row {self.row + 1}"


def file(delivery: Delivery, rng: np.random.Generator) -> str:
    """The name of a text table; each raw table has the same chance."""
    tables = sorted({sheet.table for sheet in delivery.sheets.values()})
    return str(rng.choice(delivery.of_table(str(rng.choice(tables)))))


def sheet(delivery: Delivery, rng: np.random.Generator) -> tuple[str, Sheet]:
    """A text table with its name."""
    name = file(delivery, rng)
    return name, delivery.sheets[name]


def record(delivery: Delivery, name: str, rng: np.random.Generator) -> int:
    """A record of a text table, most often one that panels may depend on."""
    if rng.random() < COUNTED:
        counted = _counted(delivery.shape, name)
        if counted:
            return int(rng.choice(counted))
    return int(rng.integers(len(delivery.sheets[name].rows)))


def cell(delivery: Delivery, rng: np.random.Generator, columns: tuple[str, ...] = ()) -> Cell | None:
    """A cell in one of the columns, by default of any; nothing if the delivery has none of them as text."""
    fit = {
        table: kept
        for table, having in _columns(delivery.shape).items()
        if (kept := [column for column in having if column in columns or not columns])
    }
    if not fit:
        return None
    table = str(rng.choice(list(fit)))
    name, column = str(rng.choice(delivery.of_table(table))), str(rng.choice(fit[table]))
    found = delivery.sheets[name]
    return Cell(found, name, record(delivery, name, rng), column, found.at(column))


@cache
def _columns(shape: str) -> dict[str, list[str]]:
    """The columns of the schema in the text tables of a delivery, by raw table."""
    sheets = registers.delivery(shape).sheets.values()
    return {sheet.table: [column for column in sheet.columns if column] for sheet in sheets}


@cache
def _counted(shape: str, name: str) -> list[int]:
    """Firms in which a company holds a stake, stakes of companies, plots in parks; no record of other tables."""
    sheet = registers.delivery(shape).sheets[name]
    if sheet.table == "firms":
        return _where(sheet, "firm_id", _held(shape).__contains__)
    if sheet.table == "shareholders":
        return _where(sheet, "shareholder_type", lambda kind: kind != _person(shape))
    if sheet.table == "land":
        return _where(sheet, "location", lambda address: "产业转移工业园" in address)
    return []


def _where(sheet: Sheet, column: str, holds: Callable[[str], bool]) -> list[int]:
    place = sheet.at(column)
    return [number for number, row in enumerate(sheet.rows) if holds(row[place])]


@cache
def _held(shape: str) -> set[str]:
    """The firms in which a company holds a stake."""
    stakes = [sheet for sheet in registers.delivery(shape).sheets.values() if sheet.table == "shareholders"]
    firm, kind = stakes[0].at("firm_id"), stakes[0].at("shareholder_type")
    return {row[firm] for sheet in stakes for row in sheet.rows if row[kind] != _person(shape)}


def _person(shape: str) -> str:
    """How the delivery writes a natural person as shareholder."""
    return "01" if shape == registers.SUPPLIER else "自然人"
