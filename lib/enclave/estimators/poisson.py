"""Poisson pseudo maximum likelihood with pair and year effects: the usual model where the outcome is a count.

    E[y_ijt] = exp(beta Treat_ijt + lambda_ij + eta_t)

It needs no ln(1 + count); exp(beta) - 1 is a relative change. It is consistent for any non-negative outcome whose
mean has this form (Gourieroux, Monfort and Trognon 1984; Santos Silva and Tenreyro 2006). With staggered
treatment it also compares with pairs treated earlier, as least squares does (Wooldridge 2023). `imputed` does not: it
fits the untreated rows alone and compares the treated ones with what these predict.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyfixest as pf
from pyfixest.errors import NonConvergenceError

from enclave.base.arguments import refuse_no_count
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did, separation
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    ever_treated,
    finite,
    keep_attrs,
    limits,
    periods,
    refuse_untreated,
    size_of,
    treated,
    unit_columns,
)
from enclave.estimators.regressors import period_dummies

# the sums of rows and columns agree up to this share of the largest
CONVERGED, STEPS = 1e-12, 100_000
NOT_FINITE = (
    "The effect on {outcome!r} has no finite estimate: no treated row has a positive outcome, or no row that could be "
    "compared with the treated ones has (separation). Use `did.twfe`, or other units or periods in {cohort!r}."
)


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
    one row `treat`: term, estimate, std_error, statistic, p_value, conf_low, conf_high, n, clusters, dropped (rows that
    are fitted perfectly, such as those of units without a positive outcome, whose unit effect is minus infinity; see
    `separation`). Clustered by unit, with pyfixest's normal quantiles. `attrs` as those of `did.twfe`.

    Raises
    ------
    EnclaveError as `did.twfe`, for a negative outcome, or if the effect has no finite estimate: no treated row has a
    positive outcome, or the rows that are not fitted perfectly do not identify it.

    Examples
    --------
    Unit a doubles when unit b, never treated, stays: the effect is ln 2.

    >>> panel = pd.DataFrame({"unit": list("aabb"), "year": [1, 2] * 2, "cohort": [2, 2, None, None]})
    >>> twfe(panel.assign(links=[3, 6, 5, 5]), "links", unit="unit")["estimate"].round(4).tolist()
    [0.6931]
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    _refuse_negative(data[OUTCOME], outcome)
    columns = {"outcome": data[OUTCOME] / size_of(data[OUTCOME]), "treat": treated(data, time, cohort)}
    cells = pd.DataFrame({**columns, "unit": data.groupby(keys, observed=True).ngroup(), "time": data[time]})
    refuse_untreated(cells["treat"], cohort)
    if separation.explained(cells):
        raise EnclaveError(did.absorbed("treat"))
    kept = cells[~separation.separated(cells)]
    if not (kept["outcome"] * kept["treat"]).any() or separation.explained(kept):
        raise EnclaveError(NOT_FINITE.format(outcome=outcome, cohort=cohort))
    rows = _fepois(kept[["outcome", "treat", "unit"]], period_dummies(kept["time"]))
    rows = rows.assign(n=len(kept), clusters=kept["unit"].nunique(), dropped=len(data) - len(kept))
    rows.attrs.update(limits(data, keys, time, cohort))
    return keep_attrs(rows, panel)


def log_factor(panel: pd.DataFrame, outcome: str = "count") -> float:
    """beta: the logarithm of the factor by which the treatment changes the mean. Arguments and errors as `twfe`."""
    return float(twfe(panel, outcome)["estimate"].iloc[0])


def imputed(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.Series:
    """The factor of treated rows over what untreated rows alone predict for them, without forbidden comparisons.

    exp(lambda_i + eta_t) is fitted to the rows of never-treated units and of units before their treatment, and
    predicts the treated rows. The factor is that of their sums. A treated unit without a count before its treatment has
    lambda of minus infinity: whatever it does later would be an infinite increase, so it is left out and counted.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the outcome must not be negative

    Returns
    -------
    log_factor (minus infinity if no treated row has a count), observed and expected (sums over treated rows of the
    units used), units_used, units_left_out. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`; for a negative outcome; if no treated unit has a count before its treatment; or for a
    period with treated rows and no untreated count.

    Examples
    --------
    Unit a has 3, then 12; unit b, never treated, goes from 5 to 10, so 6 were expected of a.

    >>> panel = pd.DataFrame({"unit": list("aabb"), "year": [1, 2] * 2, "cohort": [2, 2, None, None]})
    >>> imputed(panel.assign(links=[3, 12, 5, 10]), "links", unit="unit")[["observed", "expected"]].round(6).tolist()
    [12.0, 6.0]
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    _refuse_negative(data[OUTCOME], outcome)
    treat = treated(data, time, cohort)
    refuse_untreated(treat, cohort)
    number = data.groupby(keys, observed=True).ngroup()
    wide, after = (values.groupby([number, data[time]]).sum().unstack() for values in (data[OUTCOME], treat))
    size = size_of(data[OUTCOME])
    counts, seen, free = wide.to_numpy() / size, wide.notna().to_numpy(), (after == 0).to_numpy()
    levels, path = _margins(np.where(free, counts, 0.0), free)
    used = (after == 1).to_numpy() & seen & (levels > 0)[:, None]
    if not used.any():
        raise EnclaveError(f"No treated unit has a positive {outcome!r} before {cohort!r}. Use `did.twfe`.")
    lost = used.any(axis=0) & (path <= 0)
    if lost.any():
        first = wide.columns[lost][0]
        raise EnclaveError(f"In {time!r} = {first} no untreated row has a positive {outcome!r}. Leave that period out.")
    observed, expected = counts[used].sum(), np.outer(levels, path)[used].sum()
    all_units = int((after == 1).to_numpy().any(axis=1).sum())
    units = int(used.any(axis=1).sum())
    with np.errstate(divide="ignore"):
        values = {"log_factor": np.log(observed / expected), "observed": observed * size, "expected": expected * size}
    return keep_attrs(pd.Series(values | {"units_used": units, "units_left_out": all_units - units}), panel)


def _margins(counts: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels of rows and columns whose products have the sums of `counts` over the cells that are `free`.

    These are the conditions of the Poisson estimate. Each step scales the rows, then the columns.
    """
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    path = np.where(columns > 0, 1.0, 0.0)
    level = np.zeros(len(rows))
    for _ in range(STEPS):
        level = _ratio(rows, free @ path)
        path = _ratio(columns, level @ free)
        if np.abs(level * (free @ path) - rows).max() <= CONVERGED * rows.max():
            return level, path
    raise EnclaveError("The Poisson estimate does not converge. Use `did.twfe` for this outcome.")


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


def linear_log_factor(panel: pd.DataFrame, outcome: str = "count") -> float:
    """The effect of `did.twfe` on the scale of `log_factor`, ln(m / (m - effect)), m the mean of the treated rows.

    m - effect is the mean that the linear model expects there without treatment. If it is not positive, the number is
    missing. Both parts are estimates: `jackknife.standard_error` gives the error of the whole. Raises EnclaveError as
    `did.twfe`.
    """
    effect = float(did.twfe(panel, outcome)["estimate"].iloc[0])
    values = finite(panel, outcome, [*PAIR, "year"], f"has no number in {outcome!r}", "Leave the row out.")
    mean = float(values[treated(panel, "year", "cohort") == 1].mean())
    return float(np.log(mean / (mean - effect))) if min(mean, mean - effect) > 0 else float("nan")


def growth(panel: pd.DataFrame, outcome: str = "count", years: int = 5) -> pd.DataFrame:
    """Means of the first and the last `years` years, of pairs ever and never treated.

    Returns
    -------
    pairs ("ever treated", "never treated"), first, last, difference, ratio. Not an estimate of the effect: cohorts
    start in different years.

    Raises
    ------
    EnclaveError as `did.twfe`, and for a negative outcome.
    """
    refuse_no_count("years", years, 1)
    group, year = ever_treated(panel).map({True: "ever treated", False: "never treated"}), periods(panel, "year")
    values = finite(panel, outcome, [*PAIR, "year"], f"has no number in {outcome!r}", "Leave the row out.")
    _refuse_negative(values, outcome)
    ends = {"first": year <= year.min() + years - 1, "last": year >= year.max() - years + 1}
    means = {name: values[kept].groupby(group[kept]).mean() for name, kept in ends.items()}
    made = pd.DataFrame(means).rename_axis("pairs")
    made = made.assign(difference=made["last"] - made["first"], ratio=made["last"] / made["first"]).reset_index()
    return keep_attrs(made, panel)


def _refuse_negative(values: pd.Series, outcome: str) -> None:
    if (values < 0).any():
        raise EnclaveError(f"{outcome!r} has negative values, which a Poisson model does not allow. Use `did.twfe`.")


def _fepois(data: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Units are absorbed, periods are dummies: the order in which pyfixest absorbs two effects can vary."""
    short = [f"x{number}" for number in range(periods.shape[1])]
    formula = f"outcome ~ {' + '.join(['treat', *short])} | unit"
    # pyfixest takes the logarithm of zero counts, with a warning, and then sets those terms to zero
    with did.quiet_pyfixest():
        data = data.join(periods.set_axis(short, axis=1))
        try:
            model = pf.fepois(formula, data, vcov={"CRV1": "unit"}, iwls_tol=1e-12)
        except NonConvergenceError as fault:
            raise EnclaveError("The Poisson estimate does not converge. Use `did.twfe` for this outcome.") from fault
        rows = model.tidy().loc[["treat"]].rename(columns=did.COLUMNS)[list(did.COLUMNS.values())]
    return rows.rename_axis(index="term", columns=None).reset_index()
