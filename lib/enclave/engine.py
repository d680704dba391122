"""The database that the cleaning runs on, and the tables it reads."""

import sys
from dataclasses import dataclass

import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from enclave import facts, paths
from enclave.errors import EnclaveError
from enclave.schema import TABLES

# a column that several others are made from is computed once, not written out in each of them
ibis.options.sql.fuse_selects = False
# and the text of so many nested queries is written by functions that call themselves
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))


@dataclass(frozen=True)
class Raw:
    """The admitted raw tables of one source; `seats` are the firms of Guangdong with their city, once that is known."""

    firms: Table
    shareholders: Table
    industries: Table
    branches: Table
    yearbook: Table
    land: Table
    seats: Table | None = None


def connect() -> BaseBackend:
    """A DuckDB in memory."""
    return ibis.duckdb.connect()


def open_raw(source: str, engine: BaseBackend) -> Raw:
    """The six admitted tables of a source.

    Raises EnclaveError when a table has not been admitted yet.
    """
    folder = paths.admitted(source)
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").exists()]
    if missing:
        raise EnclaveError(
            f"The raw tables of source {source!r} have not passed the door ({', '.join(missing)} missing). "
            f"Run `make book SOURCE={source}` or call enclave.door.admit({source!r}) first."
        )
    return Raw(**{name: engine.read_parquet(folder / f"{name}.parquet") for name in TABLES})


def city_codes(role: str | None = None) -> list[str]:
    """GB/T 2260 codes of the 21 cities, or of the helpers or recipients among them, in code order."""
    cities = facts.cities()
    chosen = cities if role is None else cities[cities["role"] == role]
    return sorted(chosen["code"])


def left_join(left: Table, right: Table, key: str, left_key: str | None = None) -> Table:
    """Left join on `key` of the right table, which the left one may call `left_key`; the left name is kept alone."""
    own = left_key or key
    joined = left.left_join(right, left[own] == right[key])
    return joined.drop(f"{key}_right" if f"{key}_right" in joined.columns else key) if own == key else joined.drop(key)
