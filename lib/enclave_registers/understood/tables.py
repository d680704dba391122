"""The six valid tables of a delivery in a database, for counting.

Large registers are counted on a sample of their identifiers: those whose hash is a multiple of `one_in`. An identifier
is in the sample of every table or of none, so the share that meets in another table is that of all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import duckdb

from enclave_registers.intake.validate import Outcome

# so many records of a table are counted at most, on average
SAMPLE = 500_000


@dataclass(frozen=True)
class Tables:
    """Valid tables as views of a DuckDB connection, named as in the schema.

    files : table -> the names of its delivered files, with the records of each
    listed : the file that lists the texts that are not understood
    """

    connection: duckdb.DuckDBPyConnection
    files: Mapping[str, Sequence[tuple[str, int]]]
    listed: Path

    def rows(self, query: str, **values: object) -> list[tuple]:
        """The rows of a query."""
        return self.connection.execute(query, values or None).fetchall()

    def row(self, query: str, **values: object) -> tuple:
        """The one row of a query."""
        [row] = self.rows(query, **values)
        return row

    def records(self, table: str) -> int:
        """The number of records of a table."""
        return sum(records for _, records in self.files[table])

    def with_part(self, table: str, columns: str, where: str = "true") -> str:
        """A query of some columns of a table and of `part`, the number of the delivered file from 0."""
        if len(self.files[table]) == 1:
            return f"select {columns}, 0 as part from {table} where {where}"
        chosen = f"select {columns}, file_row_number from {table} where {where}"
        return (
            f"select * exclude (file_row_number, first_row) from ({chosen}) "
            f"asof join {_bounds(table)} on file_row_number >= first_row"
        )

    @cached_property
    def one_in(self) -> int:
        """How many identifiers one of the sample stands for."""
        return max(1, max(self.records(table) for table in ("firms", "shareholders", "branches")) // SAMPLE)

    def sampled(self, key: str, table: str) -> str:
        """The condition that an identifier of a table is in the sample. A small table is counted whole.

        It does not depend on case, leading zeros and signs.
        """
        whole = self.one_in == 1 or self.records(table) <= SAMPLE
        return "true" if whole else f"hash({loose(key)}) % {self.one_in} = 0"


def loose(key: str) -> str:
    """An identifier without what is often lost or added on the way: case, leading zeros, and signs such as hyphens."""
    return f"ltrim(translate(upper({key}), '-/._: ', ''), '0')"


def opened(connection: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome], listed: Path) -> Tables:
    """Views of the checked tables: their columns, and `file_row_number`, the place of a record from 0."""
    files = {outcome.table: outcome.files for outcome in outcomes}
    for outcome in outcomes:
        connection.read_parquet(str(outcome.path), file_row_number=True).create_view(outcome.table)
        first = accumulate((records for _, records in files[outcome.table][:-1]), initial=0)
        bounds = ", ".join(f"({part}, {row})" for part, row in enumerate(first))
        name = _bounds(outcome.table)
        connection.execute(f"create table {name} as from (values {bounds}) as bounds(part, first_row)")
    return Tables(connection, files, listed)


def _bounds(table: str) -> str:
    """The name of the table with the number (`part`) and the first record of each delivered file."""
    return f"parts_of_{table}"
