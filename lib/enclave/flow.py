"""The flow table: how many rows each cleaning step takes in, how many it lets out, and why.

Large tables are read once. A step does not remove rows: it marks those that it drops (`keep`), later steps leave marked
rows alone (`alive`), and the counts of all steps come out of one aggregation. That repeated records count once is the
first thing the flow table tells and the last thing done: copies of a record share its fate in every step.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import add, and_

import ibis
import pandas as pd
from ibis.expr.types import BooleanValue, IntegerScalar, StringValue, Table, Value

Rows = Table | pd.DataFrame
COLUMNS = ["table", "step", "rows_in", "rows_out", "reason"]
# number of the step that dropped a row, text of a record that may be there twice, how many records a row stands for
DROPPED_BY, COPY, RECORDS = "dropped_by", "copy", "records"


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


def with_copies(table: Table, key: list[str]) -> Table:
    """`table` with `COPY`: the whole text of each record that may stand there twice, missing for the others.

    Only those whose `key` occurs twice are spelt out.
    """
    marked = table.mutate(mark=ibis.struct({name: table[name] for name in key}).hash())
    numbered = marked.select("mark", place=ibis.row_number().over(group_by=marked.mark))
    twice = numbered.filter(numbered.place > 0).select(twice="mark").distinct().cache()
    joined = marked.left_join(twice, marked.mark == twice.twice)
    spelt = ibis.ifelse(joined.twice.notnull(), _spelt(joined[column] for column in table.columns), ibis.null(str))
    return joined.mutate(**{COPY: spelt}).drop("mark", "twice")


def _spelt(values: Iterable[Value]) -> StringValue:
    """All values of a record in one text, which no other record has: each has its length before it."""
    texts = [value.cast(str) for value in values]
    return reduce(add, (ibis.coalesce(text.length().cast(str) + ":" + text, "-") for text in texts))


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

    def rows(self, name: str, table: Table, steps: list[Callable], raw, columns: list[str], key: list[str]) -> Table:
        """Pass a large `table` through `steps`: each record once, with `columns` and `DROPPED_BY`, kept by the engine.

        `key` should tell most records apart. Rows that a step dropped are still there; of them only the `key` is told,
        as far as `columns` name it.
        """
        made = _marked(with_copies(table, key), steps, raw)
        told = {column: made[column] if column in key else _where_alive(made, column) for column in columns}
        made = made.select(DROPPED_BY, COPY, **told).cache()
        copies = made.filter(made[COPY].notnull()).distinct().cache()
        once = made.filter(made[COPY].isnull()).union(copies).drop(COPY)
        counts = once.group_by(DROPPED_BY).aggregate(**{RECORDS: size}).execute()
        self.record(name, drop_repeated_records, _count(table), int(counts[RECORDS].sum()))
        self._record_all(name, steps, counts)
        return once

    def cells(self, name: str, table: Table, steps: list[Callable], raw, by: list[str]) -> Table:
        """Pass a `table` through `steps` and add up what is left, in memory: columns `by` and `RECORDS`.

        A table that was added up before tells by `RECORDS` how many records each of its rows stands for.
        """
        made = _marked(table, steps, raw)
        keys = {column: _where_alive(made, column) for column in by}
        cells = made.group_by(DROPPED_BY, **keys).aggregate(**{RECORDS: size})
        counts = cells.order_by(by).execute()
        self._record_all(name, steps, counts)
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

    def _record_all(self, name: str, steps: list[Callable], counts: pd.DataFrame) -> None:
        """Record each of `steps` from the records that each step dropped."""
        left = int(counts[RECORDS].sum())
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


def _where_alive(table: Table, column: str) -> Value:
    return ibis.ifelse(alive(table), table[column], ibis.null())


def _count(table: Rows) -> int:
    return int(size(table).execute()) if isinstance(table, Table) else len(table)
