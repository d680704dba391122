"""Poisson pseudo maximum likelihood with pair and year effects: the usual model where the outcome is a count.

    E[y_ijt] = exp(beta Treat_ijt + lambda_ij + eta_t)

It needs no ln(1 + count); exp(beta) - 1 is a relative change. It is consistent for any non-negative outcome whose
mean has this form (Gourieroux, Monfort and Trognon 1984; Santos Silva and Tenreyro 2006). With staggered
treatment it also compares with pairs treated earlier, as least squares does (Wooldridge 2023).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyfixest as pf

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import checked, keep_attrs, period_dummies, treated, unit_columns


def twfe(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Effect of the treatment on the logarithm of the mean.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the outcome must not be negative

    Returns
    -------
    one row `treat`: term, estimate, std_error, statistic, p_value, conf_low, conf_high, n, clusters, dropped (rows of
    units without a positive outcome, whose unit effect is minus infinity). Clustered by unit, with pyfixest's normal
    quantiles. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for a negative outcome, or if no treated row has a positive outcome.

    Examples
    --------
    Unit a doubles when unit b, never treated, stays: the effect is ln 2.

    >>> panel = pd.DataFrame({"unit": list("aabb"), "year": [1, 2] * 2, "cohort": [2, 2, None, None]})
    >>> twfe(panel.assign(links=[3, 6, 5, 5]), "links", unit="unit")["estimate"].round(4).tolist()
    [0.6931]
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    if (data["outcome"] < 0).any():
        raise EnclaveError(f"{outcome!r} has negative values, which a Poisson model does not allow. Use `did.twfe`.")
    data = data.assign(treat=treated(data, time, cohort), unit=data.groupby(keys).ngroup())
    kept = data[data.groupby("unit")["outcome"].transform("sum") > 0]
    kept = kept[kept.groupby(time)["outcome"].transform("sum") > 0]
    if not (kept["outcome"] * kept["treat"]).any() or kept["treat"].all():
        raise EnclaveError("No treated row has a positive outcome, so the effect has no finite estimate.")
    rows = _fepois(kept[["outcome", "treat", "unit"]], period_dummies(kept[time]))
    rows = rows.assign(n=len(kept), clusters=kept["unit"].nunique(), dropped=len(data) - len(kept))
    return keep_attrs(rows, panel)


def log_factor(panel: pd.DataFrame, outcome: str = "count") -> float:
    """beta: the logarithm of the factor by which the treatment changes the mean. Arguments and errors as `twfe`."""
    return float(twfe(panel, outcome)["estimate"].iloc[0])


def linear_log_factor(panel: pd.DataFrame, outcome: str = "count") -> float:
    """The effect of `did.twfe` on the scale of `log_factor`, ln(m / (m - effect)), m the mean of the treated rows.

    m - effect is the mean that the linear model expects there without treatment. If it is not positive, the number is
    missing. Both parts are estimates: `jackknife.standard_error` gives the error of the whole. Raises EnclaveError as
    `did.twfe`.
    """
    effect = float(did.twfe(panel, outcome)["estimate"].iloc[0])
    mean = float(panel.loc[treated(panel, "year", "cohort") == 1, outcome].mean())
    return float(np.log(mean / (mean - effect))) if min(mean, mean - effect) > 0 else float("nan")


def growth(panel: pd.DataFrame, outcome: str = "count", years: int = 5) -> pd.DataFrame:
    """Means of the first and the last `years` years, of pairs ever and never treated.

    Returns
    -------
    pairs ("ever treated", "never treated"), first, last, difference, ratio. Not an estimate of the effect: cohorts
    start in different years.
    """
    group = panel["cohort"].notna().map({True: "ever treated", False: "never treated"}).rename("pairs")
    start, end = panel["year"].min() + years - 1, panel["year"].max() - years + 1
    ends = {"first": panel["year"] <= start, "last": panel["year"] >= end}
    made = pd.DataFrame({name: panel[kept].groupby(group[kept])[outcome].mean() for name, kept in ends.items()})
    made = made.assign(difference=made["last"] - made["first"], ratio=made["last"] / made["first"]).reset_index()
    return keep_attrs(made, panel)


def _fepois(data: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Units are absorbed, periods are dummies: the order in which pyfixest absorbs two effects can vary."""
    short = [f"x{number}" for number in range(periods.shape[1])]
    formula = f"outcome ~ {' + '.join(['treat', *short])} | unit"
    # pyfixest takes the logarithm of zero counts, with a warning, and then sets those terms to zero
    with did.quiet_pyfixest():
        data = data.join(periods.set_axis(short, axis=1))
        model = pf.fepois(formula, data, vcov={"CRV1": "unit"}, iwls_tol=1e-12)
        rows = model.tidy().loc[["treat"]].rename(columns=did.COLUMNS)[list(did.COLUMNS.values())]
    return rows.rename_axis(index="term", columns=None).reset_index()
