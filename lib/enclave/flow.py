"""The flow table: how many rows each cleaning step takes in, how many it lets out, and why."""

from collections.abc import Callable, Iterable

import pandas as pd
from ibis.expr.types import Table

Rows = Table | pd.DataFrame
COLUMNS = ["table", "step", "rows_in", "rows_out", "reason"]


class Flow:
    """Runs cleaning steps in order and keeps the count of rows before and after each."""

    def __init__(self):
        self._rows: list[tuple] = []

    def run(self, name: str, table: Rows, steps: Iterable[Callable], raw) -> Rows:
        """Pass `table` through `steps`, each a function (table, raw) -> table whose docstring opens with its reason.

        A table is one of the engine, kept there so that nothing is computed twice, or a small frame in memory.
        """
        rows_in = _count(table)
        for step in steps:
            table = _kept(step(table, raw))
            rows_out = _count(table)
            self.record(name, step, rows_in, rows_out)
            rows_in = rows_out
        return table

    def record(self, name: str, step: Callable, rows_in: int, rows_out: int) -> None:
        title = step.__name__.replace("_", " ")
        reason = step.__doc__.strip().splitlines()[0]
        self._rows.append((name, title, rows_in, rows_out, reason))

    def frame(self) -> pd.DataFrame:
        """One row per step, in the order of the run: table, step, rows_in, rows_out, reason."""
        return pd.DataFrame(self._rows, columns=COLUMNS)


def _kept(table: Rows) -> Rows:
    return table.cache() if isinstance(table, Table) else table


def _count(table: Rows) -> int:
    return int(table.count().execute()) if isinstance(table, Table) else len(table)
