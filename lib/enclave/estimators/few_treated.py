"""Few treated units: the error of the estimate drawn from the residual paths of never-treated units.

With few treated units their errors do not average out, and no quantile of t is right. Conley and Taber (2011) read the
distribution of the error from the units that were never treated. Ferman and Pinto (2019) rescale it if the variance
depends on something known. Here both are written for a staggered treatment. Least squares gives

    b - beta = sum_i w_i' e_i,    w_i = d_i / sum d^2

with d_i the path of unit i in what the other columns leave of the treatment, and e_i its path of errors. A draw gives
every unit the residual path of a never-treated unit. Conley and Taber let the number of controls grow, so that their
errors average out; ours are few, so controls get drawn paths as well.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_count, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.demeaned import Model, apart, basis_of, demeaned
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    first_treated,
    keep_attrs,
    order_by_data,
    unit_columns,
)

# fewer paths than this are no distribution
FEWEST = 10
# no variance counts as a smaller share of the mean one
FLOOR = 0.1
METHOD = "Drawn paths"


def drawn_paths(
    panel: pd.DataFrame,
    outcome: str,
    *,
    variance_by: pd.Series | None = None,
    term: str = "treat",
    draws: int = 9999,
    seed: int = 0,
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.Series:
    """The p value and interval of a term of `did.twfe` by Conley and Taber (2011), or Ferman and Pinto (2019).

    Parameters
    ----------
    variance_by : a number of zero or more per unit, indexed by the unit's columns (Ferman and Pinto). The variance of
        w_i' e_j is a + b z_j over never-treated j, with a and b not negative; drawn paths are rescaled from z_j to
        z_i. Without it paths are exchangeable (Conley and Taber)
    term : `treat`, or the row of the interaction, as `did.twfe` names it
    draws, seed : number of draws, and what they are drawn with
    panel, outcome, controls, interaction, unit, time, cohort : as in `did.twfe`; the panel must be balanced

    Returns
    -------
    estimate, p_value (share of draws as far from zero as the estimate, which counts as one), conf_low, conf_high (95
    per cent, for an effect that is the same in all units), never_treated (units with a path), draws. `attrs` as the
    panel's.

    Raises
    ------
    EnclaveError as `did.twfe`; for gaps, an unknown term, fewer than ten never-treated units, or a `variance_by` that
    is negative or the same for all.
    """
    refuse_no_count("draws", draws, 1)
    refuse_no_count("seed", seed, 0)
    options = {"controls": controls, "interaction": interaction, "unit": unit, "time": time, "cohort": cohort}
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort, balanced=METHOD)
    model = demeaned(panel, outcome, **options)
    refuse_unknown("term", term, model.terms)
    place = model.terms.index(term)
    z = None if variance_by is None else _levels(data, variance_by, keys)
    _, y, d = apart(model, place)
    estimate = float(d @ y / (d @ d) * model.sizes[place])
    found = errors_of_paths(*_noise(model, place, z), draws, seed) * model.sizes[place]
    low, high = estimate - np.quantile(found, [0.975, 0.025])
    # a draw that differs by rounding alone is a tie
    reached = int((np.abs(found) >= abs(estimate) * (1 - 1e-9)).sum())
    values = {"estimate": estimate, "p_value": (1 + reached) / (1 + draws), "conf_low": low, "conf_high": high}
    never = int(np.isinf(model.first[:: len(model.y) // len(set(model.units))]).sum())
    return keep_attrs(pd.Series(values | {"never_treated": never, "draws": draws}), panel)


def level_before(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.Series:
    """The mean outcome of each unit before anybody is treated, indexed by unit: what the variance of counts grows with.

    Raises EnclaveError as `did.twfe`, without a treated unit, or if some unit is treated in the first period.
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    start = first_treated(data, time, cohort).min()
    groups = data.groupby(keys, observed=True)
    before = data[data[time] < start].groupby(keys, observed=True)
    if not np.isfinite(start) or before.ngroups < groups.ngroups:
        raise EnclaveError(f"Some unit has no period before the first one in {cohort!r}. Give periods before it.")
    return keep_attrs(before[OUTCOME].mean().rename("level before"), panel)


def errors_of_paths(noise: np.ndarray, ordered: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Drawn errors of the estimate; `noise` (units x never-treated paths) has w_i' e_j, rows sorted by `ordered`."""
    chosen = np.random.default_rng(seed).integers(0, noise.shape[1], size=(draws, len(noise)))
    return noise[ordered][np.arange(len(noise)), chosen].sum(axis=1)


def _noise(model: Model, place: int, z: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """w_i' e_j of each unit i with each never-treated path j (scaled slope), and the order of units by their data."""
    basis, _, d = apart(model, place)
    units = len(set(model.units))
    paths, first = model.outcome.reshape(units, -1), model.first.reshape(units, -1)[:, 0]
    order = order_by_data(first, paths)
    never = order[np.isinf(first[order])]
    if len(never) < FEWEST:
        raise EnclaveError(
            f"{len(never)} units are never treated, and their paths are the distribution of the error. Give at least "
            f"{FEWEST}, or use `few_clusters.errors`."
        )
    noise = (d / (d @ d)).reshape(units, -1) @ _paths(model, basis, never).T
    return (noise if z is None else rescaled(noise, z, z[never])), order


def _paths(model: Model, basis: np.ndarray, never: np.ndarray) -> np.ndarray:
    """Residual paths of never-treated units, estimated from them alone, with the variance that errors have."""
    units = len(set(model.units))
    y = model.y.reshape(units, -1)[never]
    others = basis_of(basis.reshape(units, y.shape[1], -1)[never].reshape(y.size, -1))
    residual = y.ravel() - others @ (others.T @ y.ravel())
    free = y.size - len(never)
    if free <= others.shape[1]:
        raise EnclaveError("The controls explain all of never-treated units, so no error is left. Take fewer.")
    return residual.reshape(y.shape) * np.sqrt(free / (free - others.shape[1]))


def rescaled(noise: np.ndarray, z: np.ndarray, z_never: np.ndarray) -> np.ndarray:
    """`noise` with the variance of each path brought from the level of its own unit to that of the unit that gets it.

    noise : units x never-treated paths; z : level of each unit; z_never : level of the unit of each path. The variance
    is a + b z by least squares with a and b not negative, for each row.
    """
    squares = noise**2
    mean, z_mean = squares.mean(axis=1), z_never.mean()
    slope = (squares - mean[:, None]) @ (z_never - z_mean) / ((z_never - z_mean) ** 2).sum()
    start = mean - slope * z_mean
    through_zero = squares @ z_never / (z_never @ z_never)
    start, slope = np.where(start < 0, 0.0, start), np.where(start < 0, through_zero, slope)
    start, slope = np.where(slope < 0, mean, start), np.maximum(slope, 0.0)
    least = FLOOR * mean
    given = np.maximum(start[:, None] + slope[:, None] * z_never, least[:, None])
    wanted = np.maximum(start + slope * z, least)
    return noise * np.sqrt(np.divide(wanted[:, None], given, out=np.ones_like(noise), where=given > 0))


def _levels(data: pd.DataFrame, variance_by: pd.Series, keys: list[str]) -> np.ndarray:
    """The levels of units in the order of `data`. Raises EnclaveError for negative ones, or a single value."""
    values = did.per_unit(data, variance_by, keys)[~data.duplicated(keys)].to_numpy()
    if values.min() < 0 or values.min() == values.max():
        raise EnclaveError("`variance_by` is negative or the same for all units. Give numbers of zero or more.")
    return values
