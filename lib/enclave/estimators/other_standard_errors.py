"""Other standard errors for the estimate of equation (1): few treated clusters, and pairs that share a city.

The error of `did.twfe` (CR1, t with G - 1 degrees of freedom) is reliable if many clusters identify the effect. Few
treated clusters call for CR2 with the degrees of freedom of Bell and McCaffrey (2002), or for the jackknife (CR3).

Who computes what: CR1 by unit, by city and by two cities is pyfixest's. CR2 and its degrees of freedom are computed
in NumPy (`few_clusters`), as pyfixest does not have them. So is CR3: pyfixest has it, with another small-sample factor,
but repeats the whole regression without one unit at a time, while here it follows from the matrices of CR2.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyfixest as pf
from scipy import stats

from enclave.base.terms import PAIR
from enclave.estimators import did, few_clusters
from enclave.estimators.panel_checks import OUTCOME, checked, keep_attrs, size_of, treated, unit_columns
from enclave.estimators.regressors import period_dummies

COLUMNS = ["method", "clusters", "std_error", "df"]
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
    rows = few_clusters.errors(panel, outcome, unit=keys, time=time, cohort=cohort)
    data = checked(panel, outcome, keys, time, cohort)
    size = size_of(data[OUTCOME])
    by_column = pd.DataFrame(_by_column(_cells(data, keys, time, cohort, size), keys), columns=COLUMNS)
    by_column["std_error"] *= size
    made = pd.concat([rows[COLUMNS], by_column], ignore_index=True) if len(by_column) else rows[COLUMNS].copy()
    made["statistic"] = rows["estimate"].iloc[0] / made["std_error"]
    made["p_value"] = 2 * stats.t.sf(made["statistic"].abs(), made["df"])
    return keep_attrs(made, rows)


def _cells(data: pd.DataFrame, keys: list[str], time: str, cohort: str, size: float) -> pd.DataFrame:
    """The rows that the regression uses (a unit with a single row is dropped), under names of our own.

    Columns: outcome (over its size), treat, unit and each key (numbers), time. A key is named key0, key1 ...
    """
    numbers = {f"key{place}": pd.factorize(data[key])[0] for place, key in enumerate(keys)}
    columns = {"outcome": data[OUTCOME] / size, "treat": treated(data, time, cohort), "time": data[time]}
    cells = pd.DataFrame({**columns, "unit": data.groupby(keys, observed=True).ngroup(), **numbers})
    return cells[cells.groupby("unit")["outcome"].transform("size") > 1].reset_index(drop=True)


def _by_column(cells: pd.DataFrame, keys: list[str]) -> list[tuple]:
    """CR1 by each column of the unit, and by either of two."""
    if len(keys) < 2:
        return []
    names = [f"key{place}" for place in range(len(keys))]
    model, groups = _model(cells, names), [int(cells[name].nunique()) for name in names]
    rows = [
        (f"by {key}", count, _error(model, name, count), count - 1)
        for key, name, count in zip(keys, names, groups, strict=True)
    ]
    if len(keys) == 2:
        count = min(groups)
        rows.append((f"by {keys[0]} or {keys[1]}", count, _error(model, " + ".join(names), count), count - 1))
    return rows


def _model(cells: pd.DataFrame, names: list[str]):
    """Equation (1) fitted by pyfixest, with the columns `names` to cluster by."""
    periods = period_dummies(cells["time"])
    short = [f"x{number}" for number in range(periods.shape[1])]
    used = pd.concat([cells[["outcome", "treat", "unit", *names]], periods.set_axis(short, axis=1)], axis=1)
    with did.quiet_pyfixest():
        return pf.feols(f"outcome ~ {' + '.join(['treat', *short])} | unit", used, ssc=pf.ssc(**SMALLER))


def _error(model, cluster: str, groups: int) -> float:
    """The standard error of the treatment, clustered by one column or by two ("a + b").

    Missing if it is not positive, or with a single cluster.
    """
    if groups < 2:
        return np.nan
    with did.quiet_pyfixest():
        error = float(model.vcov({"CRV1": cluster}).se()["treat"])
    return error if error > 0 else np.nan
