"""The flow table: how many rows each cleaning step takes in, how many it lets out, and why.

Large tables are read once. A step does not remove rows: it marks those that it drops (`keep`), later steps leave marked
rows alone (`alive`), and the counts of all steps come out of one aggregation. That a record delivered twice counts once
is seen to late, among the few that are left: its copies share its fate in every step.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_

import ibis
import pandas as pd
from ibis.expr.types import BooleanValue, Table, Value

from enclave.base.errors import EnclaveError

Rows = Table | pd.DataFrame
COLUMNS = ["table", "step", "rows_in", "rows_out", "reason"]
APART = "The tables do not belong together: let all of them pass the door again."
# number of the step that dropped a row, whether it may be there twice, how many records it stands for, how many differ
DROPPED_BY, REPEATED, RECORDS, ONCE = "dropped_by", "repeated", "records", "once"


def keep(table: Rows, *conditions: BooleanValue | pd.Series) -> Rows:
    """The table with the column `kept`: whether all conditions hold. What is neither true nor false is not kept."""
    kept = reduce(and_, conditions)
    return table.mutate(kept=kept) if isinstance(table, Table) else table.assign(kept=kept)


def alive(table: Table) -> BooleanValue:
    """Which rows no step has dropped so far."""
    return table[DROPPED_BY].isnull() if DROPPED_BY in table.columns else ibis.literal(True)


def filtered(table: Table, steps: Iterable[Callable], raw) -> Table:
    """What `steps` leave of `table`, without any count."""
    for step in steps:
        table = _kept(step(table, raw))
    return table


def with_repeats(table: Table, repeated: Table) -> Table:
    """`table` with `REPEATED`: whether its key is one of `repeated`, which has no other column."""
    [key] = repeated.columns
    twice = repeated.select(twice=key)
    joined = table.left_join(twice, table[key] == twice.twice)
    return joined.select(*table.columns, **{REPEATED: joined.twice.notnull()})


class Flow:
    """Runs cleaning steps in order and keeps the count of rows before and after each.

    A step is a function (table, raw) -> table whose docstring opens with its reason.
    """

    def __init__(self):
        self._rows: list[tuple] = []

    def run(self, name: str, table: pd.DataFrame, steps: Iterable[Callable], raw) -> pd.DataFrame:
        """Pass a small `table`, in memory, through `steps` one by one."""
        for step in steps:
            before, table = table, _kept(step(table, raw))
            self.record(name, step, _count(before), _count(table))
        return table

    def sift(self, name: str, table: Table, step: Callable, raw) -> Table:
        """Pass a large `table` through a `step` that looks at few columns: what is left, not yet read."""
        kept = _kept(step(table, raw))
        self.record(name, step, _count(table), _count(kept))
        return kept

    def rows(self, name: str, table: Table, steps: list[Callable], raw, columns: list[str], repeated: Table) -> Table:
        """Pass a large `table` through `steps`: each record once, with `columns` and `DROPPED_BY`, kept by the engine.

        Rows that a step dropped are still there. Records with a key that is not in `repeated` stand there once; no two
        different ones have the same key. The door sees to both.
        """
        made = _marked(with_repeats(table, repeated), steps, raw)
        made = made.select(DROPPED_BY, REPEATED, *columns).cache()
        compared = made.filter(made[REPEATED]).distinct().cache()
        once = made.filter(~made[REPEATED]).union(compared).drop(REPEATED)
        counts = once.group_by(DROPPED_BY).aggregate(**{RECORDS: once.count()}).execute()
        self.record(name, drop_repeated_records, _count(table), int(counts[RECORDS].sum()))
        self._record_all(name, steps, counts)
        return once

    def records(self, name: str, table: Table, steps: list[Callable], raw, columns: list[str], key: list[str]) -> Table:
        """Pass a large `table` through `steps` and keep what is left, each record once: its `columns`, in the engine.

        What the first of `steps` drops is gone at once, since it is known how many came in. Records are compared with
        each other at the end, when few are left: all copies of one fare alike in each step. They are the same if their
        `key` is: a key that the door looks after, or all that was delivered.
        """
        first, *others = steps
        made = _marked(_kept(first(table, raw)), others, raw)
        told = {column: _where_alive(made, column) for column in dict.fromkeys([*key, *columns])}
        each = made.group_by(DROPPED_BY, **told).aggregate(**{RECORDS: made.count()}).cache()
        counts = each.group_by(DROPPED_BY).aggregate(**{RECORDS: each[RECORDS].sum(), ONCE: each.count()}).execute()
        self._record_first(name, first, table, int(counts[RECORDS].sum()))
        self._record_all(name, others, counts)
        left = counts[counts[DROPPED_BY].isna()]
        self.record(name, drop_repeated_records, int(left[RECORDS].sum()), int(left[ONCE].sum()))
        return each.filter(alive(each)).select(columns)

    def cells(self, name: str, table: Table, steps: list[Callable], raw, by: list[str]) -> pd.DataFrame:
        """Pass a large `table` through `steps` and add up what is left, in memory: columns `by` and `RECORDS`."""
        made = _marked(table, steps, raw)
        keys = {column: _where_alive(made, column) for column in by}
        cells = made.group_by(DROPPED_BY, **keys).aggregate(**{RECORDS: made.count()})
        counts = cells.order_by(by).execute()
        self._record_all(name, steps, counts)
        left = counts[counts[DROPPED_BY].isna()].drop(columns=DROPPED_BY).reset_index(drop=True)
        kinds = {column: cells[column].type() for column in left}
        whole = {column: "int64" for column, kind in kinds.items() if kind.is_integer()}
        return left.astype(whole | {column: "bool" for column, kind in kinds.items() if kind.is_boolean()})

    def record(self, name: str, step: Callable, rows_in: int, rows_out: int) -> None:
        """Add one step to the table."""
        title = step.__name__.replace("_", " ")
        reason = step.__doc__.strip().splitlines()[0]
        self._rows.append((name, title, rows_in, rows_out, reason))

    def frame(self) -> pd.DataFrame:
        """One row per step, in the order of the run: table, step, rows_in, rows_out, reason."""
        return pd.DataFrame(self._rows, columns=COLUMNS)

    def _record_first(self, name: str, step: Callable, table: Table, rows_out: int) -> None:
        """Record a step that lets `rows_out` out of the rows of `table` that the step before left, or of all."""
        let_out = [left for table_name, _, _, left, _ in self._rows if table_name == name]
        rows_in = let_out[-1] if let_out else _count(table)
        if rows_out > rows_in:
            raise EnclaveError(f"{name}: {rows_in} records became {rows_out}. {APART}")
        self.record(name, step, rows_in, rows_out)

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
            others = [column for column in table.columns if column not in (DROPPED_BY, "kept")]
            table = table.select(*others, **{DROPPED_BY: table[DROPPED_BY].fill_null(fallen)})
    return table


def _where_alive(table: Table, column: str) -> Value:
    return ibis.ifelse(alive(table), table[column], ibis.null())


def _kept(table: Rows) -> Rows:
    """The rows that a step keeps; all of them, if it only adds columns."""
    if "kept" not in table.columns:
        return table
    if isinstance(table, Table):
        return table.filter(table.kept).drop("kept")
    return table[table["kept"]].drop(columns="kept")


def _count(table: Rows) -> int:
    if isinstance(table, Table):
        return int(table.count().to_pyarrow().as_py())
    return int(table[RECORDS].sum()) if RECORDS in table.columns else len(table)
