"""Leaving out one treated pair or one city at a time: what an estimate depends on, and its jackknife error."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.arguments import in_short, refuse_unknown, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators.panel_checks import ever_treated, keep_attrs

FEWEST = 2


def leave_one_out(panel: pd.DataFrame, estimate: Callable[[pd.DataFrame], float]) -> pd.DataFrame:
    """Estimate again without one treated pair at a time.

    `estimate` takes a panel and returns one number. A pair is treated as in `did.twfe`; in a table without the column
    `year` each row with a cohort is.

    Returns
    -------
    helper, recipient, estimate (without the pair), change (this estimate less that of the whole panel), one row per
    treated pair, largest change first. `attrs` as the panel's.

    Raises
    ------
    EnclaveError for fewer than two treated pairs, and as `estimate`.
    """
    if not callable(estimate):
        raise EnclaveError(
            f"`estimate` is {in_short(estimate)}. Give a function of a panel, such as lambda panel: did.twfe(panel, "
            '"count")["estimate"].item().'
        )
    panel = panel.reset_index(drop=True)
    pairs = panel.loc[_treated(panel), PAIR].drop_duplicates().sort_values(PAIR)
    if len(pairs) < FEWEST:
        raise EnclaveError("Fewer than two pairs are treated, so none can be left out. Give more treated pairs.")
    places = pd.MultiIndex.from_frame(panel[PAIR])
    without = [estimate(panel[places != pair]) for pair in pairs.itertuples(index=False, name=None)]
    made = pairs.assign(estimate=without, change=np.array(without) - estimate(panel))
    made = made.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)
    return keep_attrs(made, panel)


def leave_city_out(panel: pd.DataFrame, estimate: Callable[[pd.DataFrame], float], column: str) -> pd.DataFrame:
    """Estimate again without all pairs of one helper, or of one recipient, at a time.

    Parameters
    ----------
    panel, estimate : as in `leave_one_out`
    column : "helper" or "recipient"

    Returns
    -------
    the column, treated_pairs (of the city), estimate (without the city), change (this estimate less that of the whole
    panel); one row per city, largest change first. The estimate is missing if no treated pair is left. `attrs` as the
    panel's.

    Raises
    ------
    EnclaveError for another column, and as `leave_one_out` and `estimate`.
    """
    refuse_unknown("column of cities", column, PAIR)
    whole, panel = estimate(panel), panel.reset_index(drop=True)
    hit = _treated(panel)
    pairs = panel[hit].drop_duplicates(PAIR)
    cities = panel[[column]].drop_duplicates().sort_values(column, ignore_index=True)
    without = [
        estimate(panel[panel[column] != city]) if (panel.loc[hit, column] != city).any() else np.nan
        for city in cities[column]
    ]
    count = [int((pairs[column] == city).sum()) for city in cities[column]]
    made = cities.assign(treated_pairs=count, estimate=without, change=np.array(without) - whole)
    return keep_attrs(made.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True), panel)


def _treated(panel: pd.DataFrame) -> pd.Series:
    """True in the rows of treated pairs; in a table without years each row with a cohort is one."""
    for column in (*PAIR, "cohort"):
        if column not in panel:
            raise EnclaveError(f"The panel has no column {column!r}. It needs {', '.join([*PAIR, 'cohort'])}.")
    return ever_treated(panel) if "year" in panel else panel["cohort"].notna()


@takes_tables
def standard_error(left_out: pd.DataFrame, slopes: int = 1) -> pd.Series:
    """Jackknife error of an estimate from the estimates without one treated pair.

    With n treated pairs and b_k the estimate without pair k,

        se^2 = (n - 1) / n  sum_k (b_k - b)^2

    and quantiles are those of t with n - `slopes` degrees of freedom. Never-treated pairs are many; their sampling
    error is not included.

    Parameters
    ----------
    left_out : as `leave_one_out` returns it
    slopes : number of slopes that the treated pairs identify (2 for the effect and its slope over distance)

    Returns
    -------
    estimate (of the whole panel), std_error, p_value, conf_low, conf_high (95 per cent). If the estimate without some
    pair is missing, or no pair changes it, the error is missing too.

    Raises
    ------
    EnclaveError if `slopes` leaves no degree of freedom.

    Examples
    --------
    The jackknife error of a mean is the standard error of the mean. Values 1, 2, 6: mean 3, root of 7 / 3.

    >>> left_out = pd.DataFrame({"estimate": [4, 3.5, 1.5], "change": [1, 0.5, -1.5]})
    >>> standard_error(left_out).round(4).to_dict()["std_error"]
    1.5275
    """
    pairs, change = len(left_out), left_out["change"]
    if pairs <= slopes:
        raise EnclaveError(f"{pairs} treated pairs give no error for {slopes} slopes. Give more treated pairs.")
    whole = float((left_out["estimate"] - change).mean())
    error = float(np.sqrt((pairs - 1) / pairs * (change**2).sum(skipna=False))) or np.nan
    half = stats.t.ppf(0.975, pairs - slopes) * error
    p_value = 2 * stats.t.sf(abs(whole / error), pairs - slopes)
    values = {"estimate": whole, "std_error": error, "p_value": float(p_value)}
    return pd.Series(values | {"conf_low": whole - half, "conf_high": whole + half})
