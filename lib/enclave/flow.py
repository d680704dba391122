"""The flow table: how many rows each cleaning step takes in, how many it lets out, and why.

Large tables are read once. A step does not remove rows: it marks those that it drops (`keep`), later steps leave marked
rows alone (`alive`), and the counts of all steps come out of one aggregation. That repeated records count once is the
first thing the flow table tells and the last thing done: copies of a record share its fate in every step.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_

import ibis
import pandas as pd
from ibis.expr.types import BooleanValue, IntegerScalar, Table

Rows = Table | pd.DataFrame
COLUMNS = ["table", "step", "rows_in", "rows_out", "reason"]
# number of the step that dropped a row, and how many records a row stands for
DROPPED_BY, RECORDS = "dropped_by", "records"


def keep(table: Table, *conditions: BooleanValue) -> Table:
    """The table with the column `kept`: whether all conditions hold. What is neither true nor false does not hold."""
    return table.mutate(kept=reduce(and_, conditions).fill_null(False))


def alive(table: Table) -> BooleanValue:
    """Which rows no step has dropped so far."""
    return table[DROPPED_BY].isnull() if DROPPED_BY in table.columns else ibis.literal(True)


def filtered(table: Table, steps: Iterable[Callable], raw) -> Table:
    """What `steps` leave of `table`, without any count."""
    for step in steps:
        table = step(table, raw)
        table = table.filter(table.kept).drop("kept") if "kept" in table.columns else table
    return table


def size(table: Table) -> IntegerScalar:
    """How many records a table stands for: its rows, or the sum of `RECORDS` where it is added up."""
    return table[RECORDS].sum().fill_null(0) if RECORDS in table.columns else table.count()


def counted_once(table: Table, key: list[str]) -> Table:
    """`table` with `RECORDS`, so that each record counts once however often it stands there.

    Every row counts 1; for each record that stands n > 1 times there is one further row that counts 1 - n. Only records
    whose `key` occurs twice are compared.
    """
    every = table.mutate(**{RECORDS: ibis.literal(1, "int64")})
    marked, twice = _suspects(table, key)
    if twice is None:
        return every
    suspects = marked.semi_join(twice, "mark").drop("mark")
    copies = suspects.group_by(table.columns).aggregate(**{RECORDS: 1 - suspects.count()})
    copies = copies.filter(copies[RECORDS] < 0).cache()
    return every.union(copies.cast(every.schema()))


def once(table: Table, key: list[str]) -> Table:
    """`table` with each record once; only those whose `key` occurs twice are compared."""
    marked, twice = _suspects(table, key)
    if twice is None:
        return table
    others = marked.semi_join(twice, "mark").drop("mark").distinct().cache()
    return marked.anti_join(twice, "mark").drop("mark").union(others.cast(table.schema()))


def _suspects(table: Table, key: list[str]) -> tuple[Table, Table | None]:
    """`table` with the hash of its `key` as `mark`, and the marks that occur twice (None if there are none)."""
    marked = table.mutate(mark=ibis.struct({name: table[name] for name in key}).hash())
    numbered = marked.select("mark", place=ibis.row_number().over(group_by=marked.mark))
    twice = numbered.filter(numbered.place > 0).select("mark").distinct().cache()
    return marked, twice if _count(twice) else None


def added_up(table: Table, columns: Iterable[str]) -> Table:
    """The rows that no step has dropped, added up by `columns`; of the others only how many each step dropped.

    Kept by the engine. A table whose rows are no sums (without `RECORDS`) stays as it is.
    """
    if RECORDS not in table.columns:
        return table
    left = {column: ibis.ifelse(alive(table), table[column], ibis.null()) for column in columns}
    table = table.select(DROPPED_BY, RECORDS, **left)
    return table.group_by(DROPPED_BY, *columns).aggregate(**{RECORDS: size}).cache()


class Flow:
    """Runs cleaning steps in order and keeps the count of rows before and after each.

    A step is a function (table, raw) -> table whose docstring opens with its reason.
    """

    def __init__(self):
        self._rows: list[tuple] = []

    def run(self, name: str, table: Rows, steps: Iterable[Callable], raw) -> Rows:
        """Pass a small `table`, of the engine or in memory, through `steps` one by one."""
        rows_in = _count(table)
        for step in steps:
            table = step(table, raw)
            table = table.filter(table.kept).drop("kept").cache() if isinstance(table, Table) else table
            rows_out = _count(table)
            self.record(name, step, rows_in, rows_out)
            rows_in = rows_out
        return table

    def rows(self, name: str, table: Table, steps: list[Callable], raw, columns: list[str]) -> Table:
        """Pass a large `table` through `steps`: each record once, with `columns` and `DROPPED_BY`, kept by the engine.

        The first of `columns` should tell most records apart. Rows that a step dropped are still there.
        """
        made = _marked(once(table, columns[:1]), steps, raw).select(*columns, DROPPED_BY).cache()
        self._record_all(name, steps, _count(table), made.group_by(DROPPED_BY).aggregate(**{RECORDS: size}).execute())
        return made

    def cells(self, name: str, table: Table, steps: list[Callable], raw, by: list[str], key: list[str]) -> Table:
        """Pass a large `table` through `steps` and add up what is left, in memory: columns `by` and `RECORDS`.

        `key` should tell most records apart.
        """
        cells = added_up(_marked(counted_once(table, key), steps, raw), by)
        counts = cells.order_by(by).execute()
        self._record_all(name, steps, _count(table), counts)
        left = counts[counts[DROPPED_BY].isna()].drop(columns=DROPPED_BY).reset_index(drop=True)
        return ibis.memtable(left, schema=cells.drop(DROPPED_BY).schema())

    def record(self, name: str, step: Callable, rows_in: int, rows_out: int) -> None:
        """Add one step to the table."""
        title = step.__name__.replace("_", " ")
        reason = step.__doc__.strip().splitlines()[0]
        self._rows.append((name, title, rows_in, rows_out, reason))

    def frame(self) -> pd.DataFrame:
        """One row per step, in the order of the run: table, step, rows_in, rows_out, reason."""
        return pd.DataFrame(self._rows, columns=COLUMNS)

    def _record_all(self, name: str, steps: list[Callable], rows_in: int, counts: pd.DataFrame) -> None:
        """Record the dropping of repeats and each of `steps` from the records that each step dropped."""
        left = int(counts[RECORDS].sum())
        self.record(name, drop_repeated_records, rows_in, left)
        for number, step in enumerate(steps):
            dropped = int(counts.loc[counts[DROPPED_BY] == number, RECORDS].sum())
            self.record(name, step, left, left - dropped)
            left -= dropped


def drop_repeated_records() -> None:
    """The same record delivered twice counts once."""


def _marked(table: Table, steps: list[Callable], raw) -> Table:
    """`table` after all steps, with the number of the step that dropped a row in `DROPPED_BY` (missing: none)."""
    table = table.mutate(**{DROPPED_BY: ibis.null("int8")})
    for number, step in enumerate(steps):
        table = step(table, raw)
        if "kept" in table.columns:
            fallen = ibis.ifelse(table.kept, ibis.null("int8"), ibis.literal(number, "int8"))
            table = table.mutate(**{DROPPED_BY: table[DROPPED_BY].fill_null(fallen)}).drop("kept")
    return table


def _count(table: Rows) -> int:
    return int(size(table).execute()) if isinstance(table, Table) else len(table)
