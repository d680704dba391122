"""The scorecard: each printed number, our value, and a grade.

A printed number means every value that rounds to it: the interval from half a unit of its last digit below it to half a
unit above, *both ends included*. Both ends count as exact because a tie may have been rounded up or to even, and the
paper does not say which. The value is taken as the shortest decimal that identifies it.
"""

from decimal import Decimal

import numpy as np
import pandas as pd

from enclave import facts
from enclave.audit import regressions, rounding
from enclave.base.arguments import refuse_no_table, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import CELL, YEARS

GRADES = ["exact", "last digit", "close", "differs", "not checkable"]
CLOSE = Decimal("0.02")
# Table 3 has normal statistics; the others have t statistics with one degree of freedom less than clusters
NORMAL = {"3"}


def compare(results: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The scorecard: each printed number with our value and its grade.

    Parameters
    ----------
    results : cells of tables: table, column, row, statistic, value
    published : printed cells: the same keys, printed (text), decimals (digits after the point), stars

    Returns
    -------
    the rows and columns of `published`, then `value` (missing where we have none) and `grade`: exact; last digit (one
    unit of the last printed digit away); close (within 2 per cent, for which the ledger of deviations must state a
    cause, see `close_without_cause`); differs; not checkable (no value). `attrs` as those of `results`.

    Raises
    ------
    EnclaveError for a duplicate cell in either frame, or a result that the paper does not print in a table that
    `published` has.
    """
    keyed, printed = _keyed(results, "results"), _keyed(published, "published numbers")
    _refuse_cells_not_printed(keyed, printed)
    values = keyed["value"].reindex(printed.index).astype(float).to_numpy()
    scored = published.reset_index(drop=True).assign(value=values)
    each = zip(scored["value"], scored["printed"], scored["decimals"], strict=True)
    scored["grade"] = [grade(value, str(text), int(decimals)) for value, text, decimals in each]
    scored.attrs.update(results.attrs)
    return scored


def grade(value: float, printed: str, decimals: int) -> str:
    """Grade of `value` against a printed number with so many decimals: one of `GRADES`."""
    if pd.isna(value):
        return "not checkable"
    unit, target = Decimal(1).scaleb(-decimals), Decimal(printed)
    away = abs(Decimal(repr(float(value))) - target)
    if away <= unit / 2:
        return "exact"
    if away <= unit * 3 / 2:
        return "last digit"
    return "close" if away <= CLOSE * abs(target) else "differs"


@takes_tables
def summary(scored: pd.DataFrame) -> pd.DataFrame:
    """How many cells of each table have each grade: table (the last row is "all"), one column per grade, cells."""
    counts = pd.crosstab(scored["table"].astype(str), scored["grade"]).reindex(columns=GRADES, fill_value=0)
    counts.loc["all"] = counts.sum()
    counts = counts.assign(cells=counts.sum(axis=1)).rename_axis(columns=None).reset_index()
    counts.attrs.update(scored.attrs)
    return counts


def compare_stars(results: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Printed and obtained stars of each estimate: the keys, printed, obtained (missing without a value), agree.

    `agree` is missing where nothing was obtained. Arguments and errors as `compare`.
    """
    keyed, printed = _keyed(results, "results"), _keyed(published, "published numbers")
    _refuse_cells_not_printed(keyed, printed)
    both = printed[["stars"]].rename(columns={"stars": "printed"}).join(keyed[["stars"]].add_suffix("_obtained"))
    both = both.rename(columns={"stars_obtained": "obtained"}).reset_index()
    both = both[both["statistic"] == "estimate"].reset_index(drop=True)
    agree = (both["printed"] == both["obtained"]).astype("boolean").mask(both["obtained"].isna())
    return both.assign(agree=agree)


def supported_stars(published: pd.DataFrame) -> pd.DataFrame:
    """Whether the printed stars follow from the printed estimate and its printed standard error.

    Returns the keys of each estimate, printed, std_error (printed), stars, `fewest` and `most` (the stars at the ends
    of what both rounding intervals allow) and `supported` (whether the printed stars lie between them).
    """
    keys = ["table", "column", "row"]
    estimates, errors = (
        published[published["statistic"] == name].set_index(keys)[["printed", "decimals", "stars"]]
        for name in ("estimate", "std_error")
    )
    rows = estimates.join(errors[["printed", "decimals"]].add_suffix("_error"), how="inner")
    sizes = published[published["statistic"] == "n"].set_index(keys[:2])["printed"].astype(int) // len(YEARS)
    ends = [_ends(row, sizes.get(row.Index[:2])) for row in rows.itertuples()]
    made = rows[["printed", "printed_error", "stars"]].rename(columns={"printed_error": "std_error"})
    made[["fewest", "most"]] = ends
    shown = made["stars"].str.len()
    between = (made["fewest"].str.len() <= shown) & (shown <= made["most"].str.len())
    return made.assign(supported=between).reset_index()


def _ends(row, clusters: int | None) -> tuple[str, str]:
    """Stars of the smallest and of the largest ratio of estimate and error that print as they do."""
    if row.Index[0] not in NORMAL and clusters is None:
        raise EnclaveError(f"{row.Index}: the number of observations (n) of this column is missing. Add it.")
    df = np.inf if row.Index[0] in NORMAL or clusters is None else clusters - 1
    return regressions.star_range(rounding.printed(row.printed), rounding.printed(row.printed_error), df)


def close_without_cause(scored: pd.DataFrame, ledger: pd.DataFrame | None = None) -> pd.DataFrame:
    """The close cells for which the ledger (default: `facts.deviations`) states no cause. It should be empty."""
    ledger = facts.deviations() if ledger is None else ledger
    close = scored[scored["grade"] == "close"]
    return close[~_index(close).isin(_index(ledger[ledger["cause"] != ""]))].reset_index(drop=True)


def stale_deviations(scored: pd.DataFrame, ledger: pd.DataFrame | None = None) -> pd.DataFrame:
    """Entries of the ledger whose number is no longer ours, with our present `value`. It should be empty.

    An entry is valid while our value, rounded to the decimals of its `ours`, equals `ours`.
    """
    ledger = facts.deviations() if ledger is None else ledger
    values = scored.set_index(_index(scored))["value"].reindex(_index(ledger)).to_numpy()
    pairs = zip(values, ledger["ours"], strict=True)
    stale = [grade(value, ours, max(0, -int(Decimal(ours).as_tuple().exponent))) != "exact" for value, ours in pairs]
    return ledger.assign(value=values).loc[pd.Series(stale, index=ledger.index, dtype=bool)].reset_index(drop=True)


def _index(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[CELL].astype(str))


def _keyed(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    refuse_no_table(f"The table of {what}", frame, CELL)
    keyed = frame.set_index(_index(frame))
    if keyed.index.has_duplicates:
        cell = ", ".join(keyed.index[keyed.index.duplicated()][0])
        raise EnclaveError(f"The {what} have a duplicate cell {cell}. Keep one.")
    return keyed


def _refuse_cells_not_printed(results: pd.DataFrame, printed: pd.DataFrame) -> None:
    covered = results[results["table"].astype(str).isin(set(printed["table"].astype(str)))]
    strange = covered.index.difference(printed.index)
    if len(strange):
        raise EnclaveError(f"The paper prints no cell {', '.join(strange[0])}. Name rows and columns as it does.")
