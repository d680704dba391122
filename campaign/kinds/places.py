"""Where a mutation happens: a table, a file of it, a record that counts, a column."""

from dataclasses import dataclass

import numpy as np

from campaign.delivery import Delivery, Sheet
from enclave_registers.schema import TABLES

# share of the draws that take a record which panels depend on
COUNTED = 0.7
# files that a mutation of one record may hit, the list of treated pairs included
NAMED = [*TABLES, "treated"]


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


def record(delivery: Delivery, sheet: Sheet, rng: np.random.Generator) -> int:
    """A record of a text table, most often one that panels may depend on."""
    if rng.random() < COUNTED:
        counted = _counted(delivery, sheet)
        if counted:
            return int(rng.choice(counted))
    return int(rng.integers(len(sheet.rows)))


def cell(delivery: Delivery, rng: np.random.Generator) -> Cell:
    """A cell in one of the columns of the schema."""
    name, found = sheet(delivery, rng)
    columns = [column for column in found.columns if column]
    column = str(rng.choice(columns))
    return Cell(found, name, record(delivery, found, rng), column, found.at(column))


def _counted(delivery: Delivery, sheet: Sheet) -> list[int]:
    """Firms in which a company holds a stake, stakes of companies, plots in parks; any record of other tables."""
    if sheet.table == "firms":
        held, place = _held(delivery), sheet.at("firm_id")
        return [number for number, row in enumerate(sheet.rows) if row[place] in held]
    if sheet.table == "shareholders":
        person, place = _person(sheet), sheet.at("shareholder_type")
        return [number for number, row in enumerate(sheet.rows) if row[place] != person]
    if sheet.table == "land":
        place = sheet.at("location")
        return [number for number, row in enumerate(sheet.rows) if "产业转移工业园" in row[place]]
    return []


def _held(delivery: Delivery) -> set[str]:
    stakes = [delivery.sheets[name] for name in delivery.of_table("shareholders")]
    return {
        row[sheet.at("firm_id")]
        for sheet in stakes
        for row in sheet.rows
        if row[sheet.at("shareholder_type")] != _person(sheet)
    }


def _person(sheet: Sheet) -> str:
    """The commonest kind of shareholder, a natural person."""
    kinds = [row[sheet.at("shareholder_type")] for row in sheet.rows]
    return max(sorted(set(kinds)), key=kinds.count)
