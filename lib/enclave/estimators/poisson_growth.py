"""What untreated rows predict for treated ones in a Poisson model, in closed form and with errors.

    E[y_it without treatment] = exp(lambda_i + eta_t)

is fitted to the rows of never-treated and of not-yet-treated units (Wooldridge 2023). In a balanced panel the fit needs
sums alone. Let C_it be the sum of unit i up to period t. The growth of period t is

    f_t = sum C_it / sum C_i,t-1        over the units that are untreated in t,

and a unit first treated in g is expected to reach C_i,g-1 f_g ... f_t by period t. Insurers know this as the chain
ladder. That it is the Poisson fit was shown by Hachemeister and Stanard (1975), and by Mack (1991). `poisson.imputed`
finds the same by iteration.

`saturated` is the regression on all rows with a coefficient for each treated cohort and period (extended two-way fixed
effects). Its common path, and with it what it expects of each cohort and period, is that of the closed form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyfixest as pf
from pyfixest.errors import NonConvergenceError
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    keep_attrs,
    refuse_always_treated,
    refuse_untreated,
    size_of,
    treated,
    unit_columns,
)
from enclave.estimators.regressors import period_dummies

METHOD = "Growth factors of sums"
ALL = "all"
NO_GROWTH = "In {time!r} = {first} no untreated unit has a positive {outcome!r} so far. Leave that period out."
NOTHING = "No treated unit has a positive {outcome!r} before {cohort!r}, so no factor can be found. Use `did.twfe`."


@dataclass(frozen=True)
class Sums:
    """A balanced panel as arrays, sorted by unit: values (units x periods), first (place of the first treated period).

    first is the number of periods for units that are never treated.
    """

    values: np.ndarray
    first: np.ndarray

    @property
    def before(self) -> np.ndarray:
        """The sum of each treated unit before its treatment; zero for the never treated."""
        free = np.arange(self.values.shape[1]) < self.first[:, None]
        return np.where(self.first < self.values.shape[1], (self.values * free).sum(axis=1), 0.0)

    def growth(self) -> tuple[np.ndarray, np.ndarray]:
        """f_t (periods; 1 in the first), and the derivative of ln f_t in the weight of each unit (units x periods)."""
        running = self.values.cumsum(axis=1)
        free = np.arange(1, self.values.shape[1]) < self.first[:, None]
        now, past = running[:, 1:] * free, running[:, :-1] * free
        above, below = now.sum(axis=0), past.sum(axis=0)
        ones = np.ones_like(above)
        factor = np.divide(above, below, out=ones, where=below > 0)
        slope = _share(now, above) - _share(past, below)
        return np.append(1.0, factor), np.column_stack([np.zeros(len(running)), slope])


def effects(
    panel: pd.DataFrame,
    outcome: str,
    *,
    by_event_time: bool = False,
    leave_out_empty: bool = False,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Treated rows against what untreated rows predict for them: the factor, and the effect per row.

    A treated unit without a count before its treatment has an expected count of zero. It is kept by default: its counts
    are part of the effect on all treated units. Without these units the factor is that of `poisson.imputed`; but units
    that happened to have no count are then left out for their outcome.

    Errors are those of the delta method with units as clusters: each unit's derivative of the estimate in its weight,
    squared and added up, times G / (G - 1). Quantiles are those of t with one degree of freedom less than treated
    units, as the treated ones are few.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; balanced, and the outcome must not be negative
    by_event_time : one row per period since treatment instead of one row for all
    leave_out_empty : without treated units that have no count before their treatment

    Returns
    -------
    event_time ("all", or 0, 1, ...), observed and expected (sums over treated rows), rows, units, empty (how many of
    these units have no count before), effect ((observed - expected) / rows), effect_error, log_factor
    (ln(observed / expected); minus infinity if nothing is observed), std_error, p_value, conf_low, conf_high (95 per
    cent, of the log factor). An error is missing if fewer than two units have the event time. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`; for a gap, a negative outcome, a unit treated from its first period on; if no treated
    unit has a count before its treatment; or for a period whose growth has no estimate.

    Examples
    --------
    Unit a has 3, then 12; unit b, never treated, goes from 5 to 10, so 6 were expected of a.

    >>> panel = pd.DataFrame({"unit": list("aabb"), "year": [1, 2] * 2, "cohort": [2, 2, None, None]})
    >>> effects(panel.assign(links=[3, 12, 5, 10]), "links", unit="unit")[["observed", "expected", "effect"]].squeeze()
    observed    12.0
    expected     6.0
    effect       6.0
    Name: 0, dtype: float64
    """
    data, keys = _data(panel, outcome, unit, time, cohort)
    sums = _sums(data, keys, time, cohort)
    empty = (sums.first < sums.values.shape[1]) & (sums.before == 0)
    if leave_out_empty:
        sums, empty = Sums(sums.values[~empty], sums.first[~empty]), empty[~empty]
    if not sums.before.any():
        raise EnclaveError(NOTHING.format(outcome=outcome, cohort=cohort))
    periods = np.sort(data[time].unique())
    _refuse_no_growth(sums, periods, outcome, time)
    since = np.arange(len(periods)) - sums.first[:, None]
    cells = [(event, since == event) for event in range(since.max() + 1)] if by_event_time else [(ALL, since >= 0)]
    rows = [
        {"event_time": name, **compared(sums, cell, empty, size_of(data[OUTCOME]))}
        for name, cell in cells
        if cell.any()
    ]
    return keep_attrs(pd.DataFrame(rows), panel)


def empty_before(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Treated units without a count before their treatment: no factor of their own is identified.

    Returns
    -------
    the columns of the unit, cohort, and the sum of the outcome from the treatment on; one row per such unit, sorted.
    Arguments and errors as `effects`.
    """
    data, keys = _data(panel, outcome, unit, time, cohort)
    after = treated(data, time, cohort) == 1
    sums = pd.DataFrame({"before": data[OUTCOME].where(~after, 0), outcome: data[OUTCOME].where(after, 0)})
    found = sums.groupby([data[key] for key in [*keys, cohort]], observed=True).sum().reset_index()
    found = found[found["before"] == 0].drop(columns="before").reset_index(drop=True)
    return keep_attrs(found, panel)


def saturated(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Extended two-way fixed effects in a Poisson model: a coefficient for each treated cohort and period.

    Unit effects are absorbed, periods are dummies. Treated units without a count before their treatment are left out:
    a cohort of such units has no estimate.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `effects`

    Returns
    -------
    cohort and time (under the names of these columns), observed (sum of the outcome), log_factor (minus infinity if
    nothing is observed), std_error (clustered by unit, as in `poisson.twfe`). `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `effects`, and if the regression does not converge.
    """
    data, keys = _data(panel, outcome, unit, time, cohort)
    after, number = treated(data, time, cohort) == 1, data.groupby(keys, observed=True).ngroup()
    before = data[OUTCOME].where(~after, 0).groupby(number).transform("sum")
    kept = (before > 0) | data[cohort].isna()
    if not (kept & after).any():
        raise EnclaveError(NOTHING.format(outcome=outcome, cohort=cohort))
    periods, sums = np.sort(data[time].unique()), _sums(data, keys, time, cohort)
    _refuse_no_growth(sums, periods, outcome, time)
    cells = data[kept & after].groupby([cohort, time], observed=True)[OUTCOME].sum().rename("observed").reset_index()
    place = data[[cohort, time]].merge(cells.assign(cell=range(len(cells))), how="left", on=[cohort, time])["cell"]
    place = place.set_axis(data.index).where(after)
    full = cells.index[cells["observed"] > 0]
    kept &= ~after | place.isin(full)
    kept &= data[OUTCOME].where(kept, 0).groupby(data[time]).transform("sum") > 0
    dummies = {f"cell{number}": (place == number).astype(float) for number in full}
    frame = pd.DataFrame({"outcome": data[OUTCOME] / size_of(data[OUTCOME]), "unit": number, **dummies})
    found = _fepois(frame[kept], data.loc[kept, time], list(dummies)).reindex(
        [f"cell{number}" for number in cells.index]
    )
    factor = found["estimate"].where((cells["observed"] > 0).to_numpy(), -np.inf).to_numpy()
    return keep_attrs(cells.assign(log_factor=factor, std_error=found["std_error"].to_numpy()), panel)


def _fepois(frame: pd.DataFrame, time: pd.Series, terms: list[str]) -> pd.DataFrame:
    """Estimate and std_error of `terms`; units without any count have no part in the fit and are left out."""
    seen = frame.groupby("unit")["outcome"].transform("sum") > 0
    periods = period_dummies(time)
    short = [f"x{number}" for number in range(periods.shape[1])]
    frame = frame.join(periods.set_axis(short, axis=1))[seen]
    formula = f"outcome ~ {' + '.join([*terms, *short])} | unit"
    with did.quiet_pyfixest():
        try:
            model = pf.fepois(formula, frame, vcov={"CRV1": "unit"}, iwls_tol=1e-12)
        except NonConvergenceError as fault:
            raise EnclaveError("The Poisson estimate does not converge. Use `effects`, its closed form.") from fault
        return model.tidy().rename(columns=did.COLUMNS)[["estimate", "std_error"]]


def _data(panel, outcome, unit, time, cohort) -> tuple[pd.DataFrame, list[str]]:
    """The checked panel and the names of its unit columns; errors as `effects`."""
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort, balanced=METHOD)
    if (data[OUTCOME] < 0).any():
        raise EnclaveError(f"{outcome!r} has negative values, which a Poisson model does not allow. Use `did.twfe`.")
    refuse_untreated(treated(data, time, cohort), cohort)
    refuse_always_treated(data, keys, time, cohort)
    return data, keys


def _sums(data: pd.DataFrame, keys: list[str], time: str, cohort: str) -> Sums:
    periods = np.sort(data[time].unique())
    values = data[OUTCOME].to_numpy().reshape(-1, len(periods)) / size_of(data[OUTCOME])
    first = data[cohort].to_numpy(float, na_value=np.inf).reshape(values.shape)[:, 0]
    return Sums(values, np.searchsorted(periods, first))


def _refuse_no_growth(sums: Sums, periods: np.ndarray, outcome: str, time: str) -> None:
    """Refuse a treated period whose growth is nought or infinite: no untreated count in it, or none so far."""
    start = sums.first[sums.before > 0].min()
    free = np.arange(len(periods)) < sums.first[:, None]
    running = sums.values.cumsum(axis=1)[:, :-1]
    now, past = (sums.values * free).sum(axis=0), (running * free[:, 1:]).sum(axis=0)
    lost = [place for place in range(start, len(periods)) if now[place] == 0 or past[place - 1] == 0]
    if lost:
        raise EnclaveError(NO_GROWTH.format(time=time, first=periods[lost[0]], outcome=outcome))


def compared(sums: Sums, cells: np.ndarray, empty: np.ndarray, size: float = 1.0) -> dict:
    """The columns of `effects` for the treated rows that `cells` marks (units x periods).

    empty : whether a unit is treated and has no count before (units); size : what the values were divided by
    """
    expected, slope = _expected(sums, cells)
    own, count, members = (sums.values * cells).sum(axis=1), cells.sum(axis=1), cells.any(axis=1)
    seen, rows, units = own.sum(), int(count.sum()), int(members.sum())
    effect = (seen - expected) / rows
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = float(np.log(seen / expected))
        errors = [_error((own - slope - effect * count) / rows, units), _error(own / seen - slope / expected, units)]
    half = stats.t.ppf(0.975, units - 1) * errors[1] if units > 1 else np.nan
    p_value = 2 * stats.t.sf(abs(factor / errors[1]), units - 1) if errors[1] > 0 else np.nan
    found = {"observed": seen * size, "expected": expected * size, "rows": rows, "units": units}
    found |= {"empty": int((members & empty).sum()), "effect": effect * size, "effect_error": errors[0] * size}
    found |= {"log_factor": factor, "std_error": errors[1], "p_value": float(p_value)}
    return found | {"conf_low": factor - half, "conf_high": factor + half}


def _error(influence: np.ndarray, units: int) -> float:
    """The error from each unit's derivative; missing for fewer than two treated units, or without a finite number."""
    groups = len(influence)
    error = float(np.sqrt(groups / (groups - 1) * (influence**2).sum()))
    return error if units > 1 and np.isfinite(error) and error > 0 else np.nan


def _expected(sums: Sums, cells: np.ndarray) -> tuple[float, np.ndarray]:
    """The expected sum of the rows in `cells`, and its derivative in the weight of each unit."""
    factor, slope = sums.growth()
    total, derivative = 0.0, np.zeros(len(sums.values))
    for first in np.unique(sums.first[cells.any(axis=1)]):
        members = sums.first == first
        path = np.append(1.0, factor[first:].cumprod())
        moved = np.column_stack([np.zeros(len(slope)), path[1:] * slope[:, first:].cumsum(axis=1)])
        chosen = cells[members][0, first:]
        step, step_moved = np.diff(path)[chosen].sum(), np.diff(moved, axis=1)[:, chosen].sum(axis=1)
        total += sums.before[members].sum() * step
        derivative += sums.before[members].sum() * step_moved + np.where(members, sums.before * step, 0.0)
    return float(total), derivative


def _share(values: np.ndarray, sums: np.ndarray) -> np.ndarray:
    return np.divide(values, sums, out=np.zeros_like(values), where=sums > 0)
