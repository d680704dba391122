"""Cleaning steps: how one is written, how a list of them runs, and how many rows each takes in and lets out.

A step is a function (table, raw) -> table. The first line of its docstring is the reason printed in flow.csv. A step
that drops rows returns `keep(table, condition)`; a step that adds a column returns the table with it. `table` is an
Ibis table (raw records in the engine) or a pandas frame (cells of a panel); `keep` takes both.

`RowCounts.run` is the one way to run steps: one after the other, rows counted in between. Raw tables have millions of
rows, and a count after each step would read them once per step. So `run_in_one_query` gives the same rows and counts
another way: it marks the rows that a step drops, and counts all marks at the end. `mark` does this too and returns the
dropped rows as well; only the firm master needs them.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_

import ibis
import pandas as pd
from ibis.expr import operations
from ibis.expr.types import BooleanValue, StringValue, Table, Value

from enclave.base.errors import EnclaveError
from enclave_registers.validated import Raw

Rows = Table | pd.DataFrame
Step = Callable[[Rows, Raw], Rows]
APART = "The tables do not belong to one delivery: validate all of them again."
COLUMNS = ["table", "step", "rows_in", "rows_out", "reason"]
# whether a step keeps the row
KEEP = "keep"
# the number of the step that dropped the row; missing if the row is still in
DROPPED_BY = "dropped_by"
# how many records the row stands for; one if there is no such column
RECORDS = "records"


def keep(table: Rows, *conditions: BooleanValue | pd.Series) -> Rows:
    """`table` with the column `keep`: whether all conditions hold. A row where one is missing is not kept."""
    holds = reduce(and_, conditions)
    return table.mutate(keep=holds) if isinstance(table, Table) else table.assign(keep=holds)


def still_in(table: Table) -> BooleanValue:
    """Whether no step has dropped a row so far.

    Most steps need not ask. Ask before costly work on text, to save it for dropped rows. Always ask in a step that
    looks at other rows (a maximum per county, say): marked rows are still in the table.
    """
    return table[DROPPED_BY].isnull() if DROPPED_BY in table.columns else ibis.literal(True)


def where_still_in(table: Table, column: str) -> Value:
    """A column of `table`, missing in the rows that a step has dropped: functions of a missing value cost nothing."""
    return ibis.ifelse(still_in(table), table[column], ibis.null(table[column].type()))


def left_join(left: Table, right: Table, key: str, by: str | StringValue | None = None) -> Table:
    """Left join, with all columns of `right` but its `key`.

    `by` is the left table's column or expression that must equal `key`; by default the column of the same name.
    """
    added = [right[column] for column in right.columns if column != key]
    by = key if by is None else by
    return left.left_join(right, (left[by] if isinstance(by, str) else by) == right[key]).select(left, *added)


def drop_repeated_records(table: Table, raw: Raw) -> Table:
    """The same record delivered twice counts once."""
    return table.mutate(records=1) if RECORDS in table.columns else table.distinct()


def without_counts(table: Rows, steps: Iterable[Step], raw: Raw) -> Rows:
    """`table` after `steps`, nothing counted."""
    for step in steps:
        table = _kept(step(table, raw))
    return table


class RowCounts:
    """Runs cleaning steps in order and collects the rows before and after each."""

    def __init__(self) -> None:
        self._rows: list[tuple] = []

    def run(self, name: str, table: Rows, steps: Iterable[Step], raw: Raw) -> Rows:
        """`table` after `steps`, one by one. `name` is what flow.csv calls the table."""
        before = _count(table)
        for step in steps:
            table = _kept(step(table, raw))
            after = _count(table)
            self._record(name, step, before, after)
            before = after
        return table

    def run_in_one_query(self, name: str, table: Table, steps: Sequence[Step], raw: Raw, columns: list[str]) -> Table:
        """What `run` makes of a large `table`, in the engine: `columns` and `records`.

        One row per combination of `columns`; `records` counts the records that have it. The first step removes its
        rows at once, since it drops most. The rows after it are the sum of all later counts: those that later steps
        drop, and those that remain.
        """
        first, *others = steps
        marked = _marked(_kept(first(table, raw)), others, raw)
        left = {column: where_still_in(marked, column) for column in columns}
        grouped = marked.group_by(DROPPED_BY, **left).aggregate(records=_records(marked)).cache()
        counts = _counts(grouped)
        self._record_first(name, first, _count(table), int(counts.sum()))
        self._record_marks(name, others, counts)
        return grouped.filter(still_in(grouped)).drop(DROPPED_BY)

    def mark(
        self, name: str, table: Table, steps: Sequence[Step], raw: Raw, columns: list[str], repeated: Table
    ) -> Table:
        """As `run_in_one_query`, but rows that `steps` drop stay: in them only the first of `columns`, the key, is set.

        Before the steps it removes repeated records. `repeated` has the keys that appear more than once: only their
        records are compared. Records of one key are equal; the validation makes sure of that.
        """
        key, *others = columns
        marked = _marked(left_join(table, repeated.mutate(repeated=True), key), steps, raw)
        left = {column: where_still_in(marked, column) for column in others}
        marked = marked.select(DROPPED_BY, "repeated", key, **left).cache()
        compared = marked.filter(marked.repeated).distinct().cache()
        once = marked.filter(marked.repeated.isnull()).union(compared)
        counts = _counts(once)
        self._record_first(name, drop_repeated_records, _count(table), int(counts.sum()))
        self._record_marks(name, steps, counts)
        return once.select(columns)

    def frame(self) -> pd.DataFrame:
        """One row per step, in the order of the run: table, step, rows_in, rows_out, reason."""
        return pd.DataFrame(self._rows, columns=COLUMNS)

    def _record_first(self, name: str, step: Step, rows_in: int, rows_out: int) -> None:
        if rows_out > rows_in:
            raise EnclaveError(f"{name}: {rows_in} records became {rows_out}. {APART}")
        self._record(name, step, rows_in, rows_out)

    def _record_marks(self, name: str, steps: Sequence[Step], counts: pd.Series) -> None:
        left = int(counts.sum())
        for number, step in enumerate(steps):
            before, left = left, left - int(counts.get(number, 0))
            self._record(name, step, before, left)

    def _record(self, name: str, step: Step, rows_in: int, rows_out: int) -> None:
        if step.__doc__ is None:
            raise EnclaveError(
                f"{step.__name__} has no docstring. Write one: its first line is the reason in flow.csv."
            )
        reason = step.__doc__.strip().splitlines()[0]
        self._rows.append((name, step.__name__.replace("_", " "), rows_in, rows_out, reason))


def in_memory(table: Table, by: list[str]) -> pd.DataFrame:
    """`table` as a frame sorted by the columns `by`; whole numbers are int64, conditions bool."""
    types = dict(table.schema().items())
    whole = {column: "int64" for column, kind in types.items() if kind.is_integer()}
    conditions = {column: "bool" for column, kind in types.items() if kind.is_boolean()}
    return table.order_by(by).execute().astype(whole | conditions)


def _marked(table: Table, steps: Sequence[Step], raw: Raw) -> Table:
    """`table` after `steps`, all rows still in it, with `DROPPED_BY`."""
    table = table.mutate(**{DROPPED_BY: ibis.null("int8")})
    for number, step in enumerate(steps):
        table = step(table, raw)
        if isinstance(table.op(), operations.Filter):
            raise EnclaveError(f"{step.__name__} removes rows, so they are not counted. Return keep(table, condition).")
        if KEEP in table.columns:
            mark = ibis.ifelse(table[KEEP], ibis.null("int8"), ibis.literal(number, "int8"))
            columns = [column for column in table.columns if column not in (DROPPED_BY, KEEP)]
            table = table.select(*columns, **{DROPPED_BY: table[DROPPED_BY].fill_null(mark)})
    return table


def _counts(marked: Table) -> pd.Series:
    """Records by the number of the step that dropped them; the index is missing for those that are still in."""
    counts = marked.group_by(DROPPED_BY).aggregate(records=_records(marked)).execute()
    return counts.set_index(DROPPED_BY)[RECORDS].astype("int64")


def _kept(table: Rows) -> Rows:
    """The rows that a step keeps, without `keep`; all rows if there is no such column."""
    if KEEP not in table.columns:
        return table
    if isinstance(table, Table):
        return table.filter(table[KEEP]).drop(KEEP)
    return table[table[KEEP]].drop(columns=KEEP)


def _records(table: Table) -> Value:
    return table[RECORDS].sum().cast("int64") if RECORDS in table.columns else table.count()


def _count(table: Rows) -> int:
    """Records in a table."""
    if isinstance(table, Table):
        return int(_records(table).fill_null(0).to_pyarrow().as_py())
    return int(table[RECORDS].sum()) if RECORDS in table.columns else len(table)
