"""Audit of the printed tables: which of the paper's numbers can be true together. No register and no panel is used.

One row per printed number and check of it. Numbers of the text are in "table" `text`, with their section as column. A
number that no other printed number constrains has the check `none`. `per_number` gives one verdict for each number.
"""

import pandas as pd

from enclave import facts
from enclave.audit import regressions, whole_numbers
from enclave.audit.rounding import printed
from enclave.audit.verdicts import CONSISTENT, VERDICTS, Verdict, gravest
from enclave.base.arguments import takes_tables
from enclave.base.errors import InputError
from enclave.base.terms import CELL
from enclave.exhibits import audit_tables, audit_text
from enclave.exhibits.audit_tables import Checked
from enclave.panels import Panels

NONE = Verdict(CONSISTENT, "no other printed number bears on it")
COLUMNS = [*CELL, "check", "printed", "verdict", "reason"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """All checks of all printed numbers: the keys, check, printed, verdict, reason; in the order of the paper."""
    made = audited(facts.published())
    made.attrs["source"] = panels.source
    return made


@takes_tables
def audited(published: pd.DataFrame) -> pd.DataFrame:
    """The same for printed numbers as `facts.published` returns them, whatever they are."""
    numbers = audit_tables.Print(published)
    found = [*audit_tables.checks(numbers), *audit_text.checks(numbers)]
    seen = {one.cell for one in found}
    found += [Checked(cell, "none", numbers.text(cell), NONE) for cell in numbers.cells if cell not in seen]
    place = {cell: number for number, cell in enumerate([*numbers.cells, *audit_text.CELLS])}
    found.sort(key=lambda one: (place[one.cell], one.check))
    rows = [(*one.cell, one.check, one.printed, one.verdict.word, one.verdict.reason) for one in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def per_number(made: pd.DataFrame) -> pd.DataFrame:
    """One row per printed number: the keys, printed, verdict (the gravest of its checks), checks (how many)."""
    grouped = made.assign(real=made["check"] != "none").groupby(CELL, sort=False)
    found = grouped.agg(
        printed=("printed", "first"), verdict=("verdict", lambda v: gravest(list(v))), checks=("real", "sum")
    )
    return found.reset_index()


@takes_tables
def summary(made: pd.DataFrame) -> pd.DataFrame:
    """How many numbers of each table have each verdict, and how many are not constrained by any other number."""
    each = per_number(made)
    counts = pd.crosstab(each["table"], each["verdict"]).reindex(columns=VERDICTS, fill_value=0)
    counts["unconstrained"] = each[each["checks"] == 0].groupby("table").size().reindex(counts.index, fill_value=0)
    counts.loc["all"] = counts.sum()
    return counts.rename_axis(columns=None).reset_index()


@takes_tables
def elsewhere(table: pd.DataFrame | None = None) -> pd.DataFrame:
    """The audit of printed numbers of other papers (default: `facts.other_papers`).

    Returns its columns with `verdict`, `reason`, and `passes`: the share of all numbers of this form that would pass
    (missing for sums and errors). Raises InputError for a number or n that cannot be read.
    """
    given = facts.other_papers() if table is None else table
    verdicts = [_elsewhere(row) for row in given.itertuples()]
    passes = [
        whole_numbers.chance(row.printed, int(row.n), percent=True) if row.check == "percent" else None
        for row in given.itertuples()
    ]
    words, reasons = zip(*verdicts, strict=True)
    return given.assign(verdict=words, reason=reasons, passes=pd.array(passes, dtype="Float64"))


def _elsewhere(row) -> Verdict:
    if row.check in ("percent", "deviation") and not row.n.isdigit():
        raise InputError(
            "other_papers.csv", f"n is {row.n!r}", "Give the number of observations.", column="n", row=row.Index + 1
        )
    if row.check == "percent":
        return whole_numbers.grim(row.printed, int(row.n), percent=True)
    if row.check == "deviation":
        return whole_numbers.grimmer(row.first, row.printed, int(row.n), least=0)
    verdict = regressions.difference_verdict if row.check == "difference" else regressions.error_verdict
    return verdict(printed(row.printed), printed(row.first), printed(row.second))
