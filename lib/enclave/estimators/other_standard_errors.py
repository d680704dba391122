"""Other standard errors for the estimate of equation (1): few treated clusters, and pairs that share a city.

The error of `did.twfe` (CR1, t with G - 1 degrees of freedom) is reliable if many clusters identify the effect. Few
treated clusters call for CR2 with the degrees of freedom of Bell and McCaffrey (2002), or for the jackknife (CR3).

Who computes what: CR1 by unit, by city and by two cities is pyfixest's. CR2 and its degrees of freedom are computed
here in NumPy, as pyfixest does not have them. So is CR3: pyfixest has it, with another small-sample factor, but repeats
the whole regression without one unit at a time, while here it follows from the matrices of CR2. The formulas need no
dummies of units: all columns are demeaned by unit first (Pustejovsky and Tipton 2018, theorem 2).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyfixest as pf
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import checked, keep_attrs, period_dummies, treated, unit_columns

COLUMNS = ["method", "clusters", "std_error", "df"]
TINY = 1e-10
# with two clusterings, G is the smaller number of clusters
SMALLER = did.CONVENTIONS["reghdfe"] | {"G_df": "min"}


def compute(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
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

    "CR1"         the error of `did.twfe`
    "CR2"         residuals are scaled so that the variance is unbiased for independent errors of equal variance; df by
                  Bell and McCaffrey, under the same assumption
    "CR3"         jackknife: root of (G - 1) / G times the sum of squared changes of the estimate when one unit at a
                  time is left out, G - 1 degrees of freedom
    "by <key>"    CR1 by each column of the unit, if it has several, G - 1 degrees of freedom
    "by <a> or <b>"  if the unit has two columns: errors may be correlated if two units share a value of either column
                  (Cameron, Gelbach and Miller 2011), smaller G - 1 degrees of freedom; missing if the variance is
                  negative

    `attrs` as those of `did.twfe`.

    Raises
    ------
    EnclaveError as `did.twfe`, and if only one unit is treated: without it there is no estimate.
    """
    keys = unit_columns(unit)
    estimate = did.twfe(panel, outcome, unit=keys, time=time, cohort=cohort)
    data = _used(checked(panel, outcome, keys, time, cohort), keys)
    data = data.assign(treat=treated(data, time, cohort))
    if data.loc[data["treat"] > 0, keys].drop_duplicates().shape[0] < 2:
        raise EnclaveError("Only one unit is treated, so leaving it out leaves no estimate. Use `placebo.draws`.")
    clusters = int(estimate["clusters"].item())
    rows = [("CR1", clusters, estimate["std_error"].item(), clusters - 1)]
    rows += _small_sample(*_within(data, keys, time), data.groupby(keys).ngroup().to_numpy())
    rows += _by_column(data, keys, time)
    made = pd.DataFrame(rows, columns=COLUMNS)
    made["statistic"] = estimate["estimate"].item() / made["std_error"]
    made["p_value"] = 2 * stats.t.sf(made["statistic"].abs(), made["df"])
    return keep_attrs(made, estimate)


def _used(data: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows that the regression uses: a unit with a single row is dropped."""
    return data[data.groupby(keys)["outcome"].transform("size") > 1].reset_index(drop=True)


def _within(data: pd.DataFrame, keys: list[str], time: str) -> tuple[np.ndarray, np.ndarray]:
    """The design (treatment first, then periods) and the residual, both after unit means are taken out."""
    columns = pd.concat([data["treat"], period_dummies(data[time]), data["outcome"]], axis=1)
    values = (columns - columns.groupby([data[key] for key in keys], observed=True).transform("mean")).to_numpy()
    design, y = values[:, :-1], values[:, -1]
    return design, y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


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


def _by_column(data: pd.DataFrame, keys: list[str], time: str) -> list[tuple]:
    """CR1 by each column of the unit, and by either of two."""
    if len(keys) < 2:
        return []
    names = [f"key{number}" for number in range(len(keys))]
    model = _model(data, keys, names, time)
    groups = data[keys].nunique().tolist()
    rows = [
        (f"by {key}", count, _error(model, name), count - 1)
        for key, name, count in zip(keys, names, groups, strict=True)
    ]
    if len(keys) == 2:
        count = min(groups)
        rows.append((f"by {keys[0]} or {keys[1]}", count, _error(model, " + ".join(names)), count - 1))
    return rows


def _model(data: pd.DataFrame, keys: list[str], names: list[str], time: str):
    """Equation (1) fitted by pyfixest, with the columns of the unit under `names` to cluster by."""
    periods = period_dummies(data[time])
    short = [f"x{number}" for number in range(periods.shape[1])]
    codes = pd.DataFrame({name: pd.factorize(data[key])[0] for name, key in zip(names, keys, strict=True)})
    used = pd.concat([data[["outcome", "treat"]], periods.set_axis(short, axis=1), codes], axis=1)
    used["unit"] = data.groupby(keys).ngroup()
    with did.quiet_pyfixest():
        return pf.feols(f"outcome ~ {' + '.join(['treat', *short])} | unit", used, ssc=pf.ssc(**SMALLER))


def _error(model, cluster: str) -> float:
    """The standard error of the treatment, clustered by one column or by two ("a + b"); missing if not positive."""
    with did.quiet_pyfixest():
        error = float(model.vcov({"CRV1": cluster}).se()["treat"])
    return error if error > 0 else np.nan


def _placed(values: np.ndarray, rows: np.ndarray, length: int) -> np.ndarray:
    """`values` at `rows`, and zeros elsewhere."""
    made = np.zeros(length)
    made[rows] = values
    return made
