"""Poisson pseudo maximum likelihood with pair and year effects: the usual model where the outcome is a count.

    E[y_ijt] = exp(beta Treat_ijt + lambda_ij + eta_t)

It needs no logarithm of zero and no added one; exp(beta) - 1 is a relative change. Consistent for any non-negative
outcome whose mean has this form (Gourieroux, Monfort and Trognon 1984; Santos Silva and Tenreyro 2006). With staggered
treatment it compares with pairs treated earlier, too, as least squares does (Wooldridge 2023).
"""

import warnings

import numpy as np
import pandas as pd
import pyfixest as pf

from enclave.base.errors import EnclaveError
from enclave.estimators import did


def twfe(panel: pd.DataFrame, outcome: str, *, unit=did.PAIR, time: str = "year", cohort: str = "cohort"):
    """Effect of the treatment on the logarithm of the mean.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the outcome must not be negative

    Returns
    -------
    one row `treat`: term, estimate, std_error, statistic, p_value, conf_low, conf_high, n, clusters, dropped (rows of
    units without any positive outcome: their effect is minus infinity, so they say nothing). Clustered by unit, with
    pyfixest's normal quantiles. `attrs` as the panel's.

    Raises
    ------
    EnclaveError for a faulty panel, a negative outcome, or a treatment that is never on where the outcome is positive
    """
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = did.checked(panel, outcome, keys, time, cohort)
    if (data["outcome"] < 0).any():
        raise EnclaveError(f"{outcome!r} is negative somewhere, and a Poisson mean never is. Use did.twfe.")
    data = data.assign(treat=did.treated(data, time, cohort), unit=data.groupby(keys).ngroup())
    kept = data[data.groupby("unit")["outcome"].transform("sum") > 0]
    kept = kept[kept.groupby(time)["outcome"].transform("sum") > 0]
    if not (kept["outcome"] * kept["treat"]).any() or kept["treat"].all():
        raise EnclaveError("No treated row has a positive outcome, so the effect has no finite estimate.")
    rows = _fepois(kept[["outcome", "treat", "unit"]], did.period_dummies(kept[time]))
    rows = rows.assign(n=len(kept), clusters=kept["unit"].nunique(), dropped=len(data) - len(kept))
    rows.attrs.update(panel.attrs)
    return rows


def log_factor(panel: pd.DataFrame, outcome: str = "count") -> float:
    """beta: the logarithm of the factor by which the treatment changes the mean. Arguments and errors as `twfe`."""
    return float(twfe(panel, outcome)["estimate"].iloc[0])


def linear_log_factor(panel: pd.DataFrame, outcome: str = "count") -> float:
    """The effect of `did.twfe` on the scale of `log_factor`, ln(m / (m - effect)), m the mean of the treated rows.

    m - effect is the mean that the linear model expects there without treatment. A linear model may expect less than
    nothing; then there is no factor, and the number is missing. Both parts are estimates, so that an error has to be
    that of the whole (see `distance.jackknife`). Raises EnclaveError as `did.twfe`.
    """
    effect = float(did.twfe(panel, outcome)["estimate"].iloc[0])
    mean = float(panel.loc[did.treated(panel, "year", "cohort") == 1, outcome].mean())
    return float(np.log(mean / (mean - effect))) if min(mean, mean - effect) > 0 else float("nan")


def growth(panel: pd.DataFrame, outcome: str = "count", years: int = 5) -> pd.DataFrame:
    """Means of the first and the last `years` years, of pairs ever and never treated: what both models are made of.

    Returns
    -------
    pairs ("ever treated", "never treated"), first, last, difference, ratio. No estimate: cohorts differ in years.
    """
    group = panel["cohort"].notna().map({True: "ever treated", False: "never treated"}).rename("pairs")
    start, end = panel["year"].min() + years - 1, panel["year"].max() - years + 1
    ends = {"first": panel["year"] <= start, "last": panel["year"] >= end}
    made = pd.DataFrame({name: panel[kept].groupby(group[kept])[outcome].mean() for name, kept in ends.items()})
    made = made.assign(difference=made["last"] - made["first"], ratio=made["last"] / made["first"]).reset_index()
    made.attrs.update(panel.attrs)
    return made


def _fepois(data: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Units absorbed and periods as dummies, since pyfixest puts two absorbed effects in an order of its own."""
    short = [f"x{number}" for number in range(periods.shape[1])]
    formula = f"outcome ~ {' + '.join(['treat', *short])} | unit"
    # pyfixest takes the logarithm of zero counts before it sets those terms to zero
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # pyfixest calls pandas in a way that pandas is about to retire
        warnings.filterwarnings("ignore", category=UserWarning, module="pyfixest")
        warnings.filterwarnings("ignore", message="The inplace keyword")
        data = data.join(periods.set_axis(short, axis=1))
        model = pf.fepois(formula, data, vcov={"CRV1": "unit"}, iwls_tol=1e-12)
        rows = model.tidy().loc[["treat"]].rename(columns=did.COLUMNS)[list(did.COLUMNS.values())]
    return rows.rename_axis(index="term", columns=None).reset_index()
