"""The weight of each ATT(g, t) in the averages of Callaway and Sant'Anna, if shares of cohorts count as known."""

import pandas as pd


def of_averages(cells: pd.DataFrame) -> pd.DataFrame:
    """Weights of cells in the averages of `csdid.aggregate`: one row per cell, one column per average, in its order.

    `cells` has cohort, period and units (number of the cohort's units). Each column adds up to one, or to zero where
    there is no cell, such as no period before treatment.

    >>> cells = pd.DataFrame({"cohort": [2, 2, 3], "period": [2, 3, 3], "units": [1, 1, 3]})
    >>> of_averages(cells)["calendar_avg"].tolist()
    [0.5, 0.125, 0.375]
    """
    since = cells["period"] - cells["cohort"]
    before, after = cells[since < 0], cells[since >= 0]
    simple = after["units"] / after["units"].sum()
    found = {
        "simple": simple,
        "dynamic_pre_avg": _evenly(before, since),
        "dynamic_post_avg": _evenly(after, since),
        "calendar_avg": _evenly(after, cells["period"]),
        "group_avg": _by_cohort(after),
    }
    return pd.DataFrame(found, index=cells.index).fillna(0.0)


def _evenly(cells: pd.DataFrame, groups: pd.Series) -> pd.Series:
    """Each group counts alike, and within a group cells count by their units."""
    group = groups.loc[cells.index]
    return cells["units"] / cells.groupby(group)["units"].transform("sum") / group.nunique()


def _by_cohort(cells: pd.DataFrame) -> pd.Series:
    """Cohorts count by their units, and within a cohort cells count alike."""
    number = cells.groupby("cohort")["units"].transform("size")
    total = cells.drop_duplicates("cohort")["units"].sum()
    return cells["units"] / total / number
