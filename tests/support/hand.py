"""Raw tables small enough to write by hand: give the columns of a record that matter, the rest is missing."""

import ibis
import pandas as pd

from enclave_registers import engines
from enclave_registers.schema import TABLES
from enclave_registers.validated import Raw

FIRM = {"province": "广东省"}
STAKE = {"shareholder_type": "企业法人"}
PLOT = {"supply_mode": "挂牌出让", "land_use": "工业用地"}
IDENTIFIERS = ["firm_id", "shareholder_id", "industry_id", "branch_id", "parent_id", "supervision_number"]


def frame(table: str, records: list[dict]) -> pd.DataFrame:
    """The records with every column of the schema, in its types."""
    columns = TABLES[table].columns
    made = pd.DataFrame(records, columns=list(columns))
    return made.astype({name: _kind(column) for name, column in columns.items()})


def raw(firms=(), stakes=(), industries=(), branches=(), yearbook=(), plots=()) -> Raw:
    """The validated tables from hand-written records, with the usual values where a record gives none."""
    return _tables(_records(firms, stakes, industries, branches, yearbook, plots))


class Cases:
    """Cases of one test module that are cleaned together: a query takes as long to write for one case as for all.

    Identifiers get the case as ending, so that records of two cases never meet. Names, cities and counties do meet: a
    case about names that several firms have, or about counties without a park, needs names and counties of its own.
    """

    def __init__(self) -> None:
        self._cases = []

    def add(self, **records) -> str:
        """Add a case, given as to `raw`, and return its name."""
        self._cases.append(_records(**records))
        return f"case {len(self._cases) - 1}"

    def raw(self) -> Raw:
        """The tables of all cases; each has the further column `case`."""
        tables = {table: [] for table in TABLES}
        for number, case in enumerate(self._cases):
            for table, records in case.items():
                tables[table] += [_of_case(record, f"case {number}") for record in records]
        return _tables(tables)


def _of_case(record: dict, case: str) -> dict:
    identifiers = {name: f"{record[name]} {case}" for name in IDENTIFIERS if record.get(name) is not None}
    return record | identifiers | {"case": case}


def _records(firms=(), stakes=(), industries=(), branches=(), yearbook=(), plots=()) -> dict[str, list[dict]]:
    return {
        "firms": [FIRM | record for record in firms],
        "shareholders": [STAKE | record for record in stakes],
        "industries": list(industries),
        "branches": [FIRM | record for record in branches],
        "yearbook": list(yearbook),
        "land": [PLOT | record for record in plots],
    }


def _tables(records: dict[str, list[dict]]) -> Raw:
    engines.set_up_ibis()
    made = {table: frame(table, rows).assign(**_case(rows)) for table, rows in records.items()}
    identifiers = made["firms"][["firm_id"]]
    made["repeated_firms"] = identifiers[identifiers.duplicated()].drop_duplicates()
    return Raw(**{name: ibis.memtable(table) for name, table in made.items()})


def _case(rows: list[dict]) -> dict[str, pd.Series]:
    return {"case": pd.Series([row["case"] for row in rows], dtype="str")} if rows and "case" in rows[0] else {}


def _kind(column) -> str:
    return "str" if column.dtype.type is str else str(column.dtype)
