"""Event study by two-way fixed effects: equation (3) of the paper, Figure 1.

    y_ijt = sum_{s = -5, s != -1}^{10} beta_s Treat^s_ijt + sum_k gamma_k X_jk eta_t + lambda_ij + eta_t + e_ijt

Treat^s is 1 for a treated unit s periods after its first treated one.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.arguments import refuse_no_window, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import EVENT_TIME, PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    first_treated,
    keep_attrs,
    limits,
    periods,
    refuse_always_treated,
    refuse_untreated,
    unit_columns,
)
from enclave.estimators.regressors import crossed_with_periods

OUTSIDE = ("base", "binned", "free")


def estimate(
    panel: pd.DataFrame,
    outcome: str,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    outside: str = "base",
    controls: pd.DataFrame | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Coefficients by event time, relative to `base`.

    Parameters
    ----------
    panel, outcome, controls, unit, time, cohort : as in `did.twfe`
    window : first and last event time with a coefficient
    base : event time without a coefficient
    outside : how treated observations outside the window enter. "base": all their dummies are 0, as if they were at the
        base (the paper); "binned": they join the first or last event time; "free": each event time has a coefficient,
        and those in the window are returned

    Returns
    -------
    event_time, estimate, std_error, conf_low, conf_high (95 per cent), sorted; the base is a row of zeros without a
    standard error. Event times that no unit reaches have no row. `attrs` as those of `did.twfe`.

    Raises
    ------
    EnclaveError as `did.twfe`, for an empty window, a base outside it or without a treated row, a unit that is treated
    in its first period or before (it has no base, and its path would move every coefficient), or an unknown value of
    `outside`.

    Examples
    --------
    Unit a is treated in year 3 and rises by 4 in that year; b does not change.

    >>> panel = pd.DataFrame({"unit": list("aaabbb"), "year": [1, 2, 3] * 2, "cohort": [3, 3, 3, None, None, None]})
    >>> path = estimate(panel.assign(y=[0, 0, 4, 1, 1, 1]), "y", window=(-2, 0), unit="unit")
    >>> path["event_time"].tolist(), path["estimate"].round(6).abs().tolist()
    ([-2, -1, 0], [0.0, 0.0, 4.0])
    """
    rows = _fit(panel, outcome, window, base, outside, controls, unit, time, cohort)[0]
    rows = rows.assign(event_time=rows["term"].astype(int))
    zero = pd.DataFrame([{"event_time": base, "estimate": 0.0, "conf_low": 0.0, "conf_high": 0.0}])
    made = pd.concat([rows[rows["event_time"].between(*window)], zero])[EVENT_TIME]
    made = made.sort_values("event_time", ignore_index=True)
    keys = unit_columns(unit)
    made.attrs.update(limits(checked(panel, outcome, keys, time, cohort), keys, time, cohort))
    return keep_attrs(made, panel)


def pretrend_test(
    panel: pd.DataFrame,
    outcome: str,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    outside: str = "base",
    controls: pd.DataFrame | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.Series:
    """Joint Wald test that all coefficients before the treatment, within the window, are zero.

    Arguments and errors as `estimate`. Returns statistic (F form: the Wald statistic over the number of restrictions),
    restrictions, df (clusters less one) and p_value. Also raises EnclaveError if no coefficient before the treatment is
    estimated, or if there are too few clusters to estimate their covariance.
    """
    rows, covariance = _fit(panel, outcome, window, base, outside, controls, unit, time, cohort)
    times = rows["term"].astype(int)
    before = rows[(times < 0) & (times >= window[0])]
    if before.empty:
        raise EnclaveError("No coefficient before the treatment is estimated. Widen the window.")
    block = covariance.loc[before["term"], before["term"]].to_numpy()
    count, clusters = len(before), int(rows["clusters"].iloc[0])
    if np.linalg.matrix_rank(block) < count:
        raise EnclaveError(
            f"The covariance of {count} coefficients has a lower rank: too few treated units. Test fewer."
        )
    estimates = before["estimate"].to_numpy()
    statistic = float(estimates @ np.linalg.solve(block, estimates)) / count
    p_value = float(stats.f.sf(statistic, count, clusters - 1))
    return pd.Series({"statistic": statistic, "restrictions": count, "df": clusters - 1, "p_value": p_value})


def interaction_weighted(
    panel: pd.DataFrame,
    outcome: str,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Interaction-weighted effects by event time (Sun and Abraham 2021, section 4).

    Each cohort has its own coefficient for each event time except the base; never-treated units are the control group.
    The estimate of an event time is the average over the cohorts that reach it, weighted by their numbers of treated
    units. The weights count as known, so the standard errors are those for these units.

    Returns as `estimate`. Raises EnclaveError as `estimate`, if there is no never-treated unit, or if a cohort has no
    row at the base.
    """
    _refuse_window(window, base, "free")
    keys = unit_columns(unit)
    data = _checked(panel, outcome, keys, time, cohort)
    if data[cohort].notna().all():
        raise EnclaveError(
            "All units are treated at some time, so there is no never-treated control group. Add such units, whose "
            f"{cohort!r} is missing."
        )
    _refuse_no_base(data, base, time, cohort)
    cells = _cohort_cells(data, base, time, cohort)
    names = sorted(cells["cell"].dropna().unique())
    terms = pd.DataFrame({name: (cells["cell"] == name).fillna(False).astype(float) for name in names})
    rows, covariance = did.fit_with_covariance(data[OUTCOME], terms, data[keys], data[time])
    made = _averages(rows, covariance, cells, window, base)
    return keep_attrs(made, panel)


def event_time(panel: pd.DataFrame, time: str = "year", cohort: str = "cohort") -> pd.Series:
    """Periods since the first treated one, missing for never-treated units. Errors as `did.treated`."""
    first = first_treated(panel, time, cohort)
    never = np.isinf(first)
    return (periods(panel, time) - first.mask(never, 0.0)).astype("Float64").mask(never)


def _checked(panel: pd.DataFrame, outcome: str, keys: list[str], time: str, cohort: str) -> pd.DataFrame:
    """As `panel_checks.checked`, without a unit that is treated in its first period."""
    data = checked(panel, outcome, keys, time, cohort)
    refuse_untreated(data[cohort].notna(), cohort)
    refuse_always_treated(data, keys, time, cohort)
    return data


def _fit(panel, outcome, window, base, outside, controls, unit, time, cohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows and covariance of equation (3), one term per event time."""
    _refuse_window(window, base, outside)
    keys = unit_columns(unit)
    data = _checked(panel, outcome, keys, time, cohort)
    since = event_time(data, time, cohort)
    dummies = _dummies(since, window, base, outside)
    if dummies.empty:
        raise EnclaveError(f"No treated row is in the window {window[0]} to {window[1]} except at its base. Widen it.")
    if not (since == base).any():
        raise EnclaveError(f"No treated row is at the base {base}, seen from {cohort!r}. Choose another base.")
    crossed = crossed_with_periods(data, controls, keys, time) if controls is not None else None
    return did.fit_with_covariance(data[OUTCOME], dummies, data[keys], data[time], crossed=crossed)


def _cohort_cells(data: pd.DataFrame, base: int, time: str, cohort: str) -> pd.DataFrame:
    """Event time and cell ("<cohort> <event time>") of each row; both missing if the row has no coefficient."""
    since = event_time(data, time, cohort)
    since = since.where(since != base)
    cell = data[cohort].astype("string") + " " + since.astype("Int64").astype("string")
    return pd.DataFrame({"event_time": since, "cell": cell})


def _averages(rows, covariance, cells, window, base) -> pd.DataFrame:
    """Averages over cohorts, weighted by their rows at each event time."""
    counts = cells.groupby(["event_time", "cell"]).size()
    half = stats.t.ppf(0.975, rows["clusters"].iloc[0] - 1)
    estimates = rows.set_index("term")["estimate"]
    made: list[tuple[int, float, float, float, float]] = [(base, 0.0, np.nan, 0.0, 0.0)]
    for since, sizes in counts.groupby(level="event_time"):
        share = (sizes / sizes.sum()).droplevel("event_time")
        value = float(share @ estimates[share.index])
        error = float(np.sqrt(share @ covariance.loc[share.index, share.index] @ share))
        made.append((int(since), value, error, value - half * error, value + half * error))
    path = pd.DataFrame(made, columns=EVENT_TIME).sort_values("event_time", ignore_index=True)
    return path[path["event_time"].between(*window)].reset_index(drop=True)


def _dummies(since: pd.Series, window: tuple[int, int], base: int, outside: str) -> pd.DataFrame:
    """One 0/1 column per event time except the base, named by the event time."""
    if outside == "base":
        since = since.where(since.between(*window))
    elif outside == "binned":
        since = since.clip(*window)
    times = sorted(int(value) for value in since.dropna().unique() if value != base)
    return pd.DataFrame({str(value): (since == value).fillna(False).astype(float) for value in times})


def _refuse_no_base(data: pd.DataFrame, base: int, time: str, cohort: str) -> None:
    """Raise EnclaveError for a cohort without a row at the base: its coefficients would be relative to nothing."""
    at_base = data.loc[event_time(data, time, cohort) == base, cohort]
    lost = sorted(set(data[cohort].dropna()) - set(at_base))
    if lost:
        raise EnclaveError(
            f"The panel has no row of the cohort {lost[0]} at the base {base}, which is {time!r} = {lost[0] + base}. "
            f"Choose a base that each {cohort!r} has, or leave the cohort out."
        )


def _refuse_window(window: tuple[int, int], base: int, outside: str) -> None:
    refuse_no_window(window, base)
    if window[0] >= window[1]:
        raise EnclaveError(f"The window {window[0]} to {window[1]} is empty. Give its first and last event time.")
    if not window[0] <= base <= window[1]:
        raise EnclaveError(f"The base {base} is outside the window {window[0]} to {window[1]}. Choose one inside.")
    refuse_unknown("value of `outside`", outside, OUTSIDE)
