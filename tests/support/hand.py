"""Raw tables small enough to write by hand: name a record's columns that matter, the rest is missing."""

import ibis
import pandas as pd

from enclave_registers.schema import TABLES
from enclave_registers.validated import Raw

FIRM = {"province": "广东省"}
STAKE = {"shareholder_type": "企业法人"}
PLOT = {"supply_mode": "挂牌出让", "land_use": "工业用地"}


def frame(table: str, records: list[dict]) -> pd.DataFrame:
    """The records with every column of the schema, in its types."""
    columns = TABLES[table].columns
    made = pd.DataFrame(records, columns=list(columns))
    return made.astype({name: _kind(column) for name, column in columns.items()})


def raw(firms=(), stakes=(), industries=(), branches=(), yearbook=(), plots=()) -> Raw:
    """The validated tables from hand-written records, with the usual values where a record is silent."""
    records = {
        "firms": [FIRM | record for record in firms],
        "shareholders": [STAKE | record for record in stakes],
        "industries": list(industries),
        "branches": [FIRM | record for record in branches],
        "yearbook": list(yearbook),
        "land": [PLOT | record for record in plots],
    }
    made = {name: frame(name, rows) for name, rows in records.items()}
    identifiers = made["firms"][["firm_id"]]
    made["repeated_firms"] = identifiers[identifiers.duplicated()].drop_duplicates()
    return Raw(**{name: ibis.memtable(table) for name, table in made.items()})


def _kind(column) -> str:
    return "str" if column.dtype.type is str else str(column.dtype)
