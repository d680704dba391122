"""What else a clustered standard error could have been: few treated clusters, and pairs that share a city.

The error of `did.twfe` (CR1, t with G - 1 degrees of freedom) trusts that many clusters speak about the effect. CR2
with the degrees of freedom of Bell and McCaffrey (2002) and the jackknife (CR3) do not. No library of the lock has all
three with absorbed effects, so this is arithmetic in NumPy, without controls. With the unit effects taken out of
everything first, the formulas need no dummies of units: Pustejovsky and Tipton (2018, theorem 2).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.estimators import did

COLUMNS = ["method", "clusters", "std_error", "df", "statistic", "p_value"]
TINY = 1e-10


def errors(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = did.PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Standard errors of the effect in equation (1) without controls, each with its degrees of freedom.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`

    Returns
    -------
    method, clusters, std_error, df, statistic, p_value (t distribution, two sides), in this order:

    "CR1"         that of `did.twfe`
    "CR2"         residuals scaled so that the variance is unbiased for independent errors of equal variance; df by Bell
                  and McCaffrey, under the same errors
    "CR3"         jackknife: root of (G - 1) / G times the squared moves of the estimate as one unit at a time is left
                  out, G - 1 degrees
    "by <key>"    CR1 by each column of a unit that has several, G - 1 degrees
    "by <a> or <b>"  for a unit of two columns: errors may be correlated wherever two units share a value of either
                  (Cameron, Gelbach and Miller 2011), the smaller G - 1 degrees; missing if the variance is negative

    `attrs` as those of `did.twfe`.

    Raises
    ------
    EnclaveError as `did.twfe`, and if a single unit is treated: without it there is no estimate.
    """
    keys = [unit] if isinstance(unit, str) else list(unit)
    estimate = did.twfe(panel, outcome, unit=keys, time=time, cohort=cohort)
    data = did.checked(panel, outcome, keys, time, cohort)
    if data.loc[did.treated(data, time, cohort) > 0, keys].drop_duplicates().shape[0] < 2:
        raise EnclaveError("Only one unit is treated, so leaving it out leaves no estimate. Use `placebo.draws`.")
    design, residual, treat = _within(data, keys, time, cohort)
    units = data.groupby(keys).ngroup().to_numpy()
    rows = [_cr1("CR1", treat * residual, units, treat, data[time].nunique())]
    rows += _small_sample(design, residual, units)
    rows += _by_part(data, keys, treat, residual, data[time].nunique())
    made = pd.DataFrame(rows, columns=COLUMNS[:4])
    made["statistic"] = estimate["estimate"].item() / made["std_error"]
    made["p_value"] = 2 * stats.t.sf(made["statistic"].abs(), made["df"])
    made.attrs.update(estimate.attrs)
    return made


def _within(data, keys, time, cohort) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit means taken out: the design (treatment first), the residual, and what periods leave of the treatment."""
    columns = pd.concat([did.treated(data, time, cohort), did.period_dummies(data[time]), data["outcome"]], axis=1)
    columns = columns.set_axis(range(columns.shape[1]), axis=1)
    values = (columns - columns.groupby([data[key] for key in keys], observed=True).transform("mean")).to_numpy()
    design, y = values[:, :-1], values[:, -1]
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    periods = design[:, 1:]
    treat = design[:, 0] - periods @ np.linalg.lstsq(periods, design[:, 0], rcond=None)[0]
    return design, residual, treat


def _cr1(name: str, scores: np.ndarray, clusters: np.ndarray, treat: np.ndarray, periods: int) -> tuple:
    groups, rows = len(np.unique(clusters)), len(scores)
    factor = groups / (groups - 1) * (rows - 1) / (rows - periods - 1)
    variance = factor * (_sums(scores, clusters) ** 2).sum() / (treat @ treat) ** 2
    return name, groups, np.sqrt(variance), groups - 1


def _small_sample(design: np.ndarray, residual: np.ndarray, units: np.ndarray) -> list[tuple]:
    """CR2 and CR3."""
    bread = np.linalg.pinv(design.T @ design)
    slope, groups, moves, loads, spread = bread[0], len(np.unique(units)), [], [], 0.0
    for number in np.unique(units):
        rows = np.flatnonzero(units == number)
        own = design[rows]
        left = np.eye(len(rows)) - own @ bread @ own.T
        values, vectors = np.linalg.eigh(left)
        keep = values > TINY
        half = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
        load = half @ own @ slope
        spread += (load @ residual[rows]) ** 2
        moves.append(slope @ own.T @ half @ half @ residual[rows])
        loads.append(_placed(load, rows, len(units)) - design @ (bread @ (own.T @ load)))
    jackknife = np.sqrt((groups - 1) / groups * (np.array(moves) ** 2).sum())
    cross = np.array(loads) @ np.array(loads).T
    df = np.trace(cross) ** 2 / (cross**2).sum()
    return [("CR2", groups, np.sqrt(spread), df), ("CR3", groups, jackknife, groups - 1)]


def _by_part(data: pd.DataFrame, keys: list[str], treat: np.ndarray, residual: np.ndarray, periods: int) -> list[tuple]:
    """CR1 by each column of the unit, and by any of two."""
    if len(keys) < 2:
        return []
    codes = [pd.factorize(data[key])[0] for key in keys]
    scores = treat * residual
    rows = [_cr1(f"by {key}", scores, code, treat, periods) for key, code in zip(keys, codes, strict=True)]
    if len(keys) > 2:
        return rows
    pairs = data.groupby(keys).ngroup().to_numpy()
    squares = sum((_sums(scores, code) ** 2).sum() for code in codes) - (_sums(scores, pairs) ** 2).sum()
    smaller = min(rows, key=lambda row: row[1])
    factor = smaller[1] / (smaller[1] - 1) * (len(scores) - 1) / (len(scores) - periods - 1)
    error = np.sqrt(factor * squares) / (treat @ treat) if squares > 0 else np.nan
    return [*rows, (f"by {keys[0]} or {keys[1]}", smaller[1], error, smaller[1] - 1)]


def _sums(scores: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    return np.bincount(np.unique(clusters, return_inverse=True)[1], weights=scores)


def _placed(values: np.ndarray, rows: np.ndarray, length: int) -> np.ndarray:
    """`values` at `rows`, and zeros elsewhere."""
    made = np.zeros(length)
    made[rows] = values
    return made
