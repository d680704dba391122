"""Placebo treatments: pairs and dates drawn at random, all estimated at the same time (section 4.3, Figure 2).

With pair and year effects, the coefficient of a placebo treatment D is

    b = sum(D * y) / sum(D * D)        both after pair and year effects.

One projection is enough for all draws. The outcome is demeaned by pair and year once. The numerator is then a sum of
tails of the treated pairs' residuals, and the denominator follows from the number of pairs that a draw treats in each
year. The clustered error of each draw follows from the same sums. Comparing t statistics instead of estimates is the
RI-t of MacKinnon and Webb (2020). The joint test of Figure 1 has its own draws.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enclave.base.arguments import in_short, refuse_no_count, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import event_study, joint_test
from enclave.estimators.demeaned import doubly_demeaned
from enclave.estimators.panel_checks import (
    FEW_UNITS,
    OUTCOME,
    checked,
    first_treated,
    keep_attrs,
    order_by_data,
    refuse_names,
    size_of,
    unit_columns,
)

DATES = ("uniform", "permuted")
STATISTICS = ("estimate", "t")
ORDERS = ("data", "names")
TINY = 1e-9
# rounding of sums of numbers, relative to the largest of them
ROUNDING = 64 * np.finfo(float).eps


def draws(
    panel: pd.DataFrame,
    outcome: str,
    n_draws: int,
    seed: int,
    *,
    dates: str = "uniform",
    statistic: str = "estimate",
    order: str = "data",
    within: str | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> np.ndarray:
    """Estimates of equation (1) without controls for `n_draws` placebo treatments, or their t statistics.

    Each draw treats as many pairs as the panel does, chosen without replacement among all pairs, or `within` cities.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the panel must be balanced
    n_draws, seed : number of draws, and seed of the random numbers
    dates : how the first treated years are drawn. "uniform": independently, each year after the first with equal
        probability; "permuted": the panel's own cohorts, permuted among the drawn pairs. Only these are permutations of
        the real assignment
    statistic : "estimate", or "t", the t statistic of `did.twfe`. A seed draws the same treatments for both
    order : which pair gets which random number. "data": pairs are put in order by cohort and outcome, so a seed gives
        the same result whatever the pairs are called; "names": in the order of their names
    within : a column of `unit`. Its values keep their own treatments: a helper has as many treated pairs, and since the
        same years, but with other recipients. For permuted dates only

    Returns
    -------
    array of shape (n_draws,); estimates are in the unit of the outcome, t statistics have no unit

    Raises
    ------
    EnclaveError as `did.twfe`, for a panel with gaps, for an unknown option, or if no treatment can move `within`.
    """
    refuse_unknown("statistic", statistic, STATISTICS)
    if within is None:
        wide, chosen, first, _ = _drawn(panel, outcome, n_draws, seed, dates, order, unit, time, cohort)
    else:
        refuse_unknown("column of the unit", within, unit_columns(unit))
        refuse_unknown("way to draw dates within a column", dates, DATES[1:])
        wide, chosen, first = _drawn_within(panel, outcome, n_draws, seed, order, within, unit, time, cohort)
    return (estimates if statistic == "estimate" else t_statistics)(wide, chosen, first)


def treatments(
    panel: pd.DataFrame,
    outcome: str,
    n_draws: int,
    seed: int,
    *,
    dates: str = "uniform",
    order: str = "data",
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The placebo treatments that `draws` estimates: which units each draw treats, and from which period on.

    Arguments and errors as `draws`; the outcome matters for the order "data" alone. Another program that reads these
    treatments gets the same estimates, whatever its own random numbers are.

    Returns
    -------
    draw (counted from 1), the columns of the unit, and the first treated period under the name of `time`; sorted by
    draw and unit. `attrs` as the panel's.
    """
    keys = unit_columns(unit)
    refuse_names([*keys, time], ("draw",))
    _, chosen, first, places = _drawn(panel, outcome, n_draws, seed, dates, order, unit, time, cohort)
    data = checked(panel, outcome, keys, time, cohort)
    rows = np.argsort(places[chosen], axis=1)
    units = np.take_along_axis(places[chosen], rows, axis=1).ravel()
    begun = np.take_along_axis(first, rows, axis=1).ravel()
    made = data.loc[~data.duplicated(keys), keys].iloc[units].reset_index(drop=True)
    made.insert(0, "draw", np.repeat(np.arange(1, n_draws + 1), chosen.shape[1]))
    made[time] = np.sort(data[time].unique())[begun]
    return keep_attrs(made, panel)


def _drawn(panel, outcome, n_draws, seed, dates, order, unit, time, cohort):
    """The outcome (units x periods); of each draw the treated units and their first periods; the order of units."""
    refuse_unknown("way to draw dates", dates, DATES)
    refuse_unknown("order", order, ORDERS)
    _refuse_no_draws(n_draws, seed)
    wide, cohorts = balanced(panel, outcome, unit=unit, time=time, cohort=cohort)
    places = order_by_data(cohorts, wide) if order == "data" else np.arange(len(wide))
    wide, cohorts = wide[places], cohorts[places]
    generator = np.random.default_rng(seed)
    years, treated = wide.shape[1], np.flatnonzero(cohorts < wide.shape[1])
    chosen = _choose(generator, n_draws, wide.shape[0], len(treated))
    if dates == "uniform":
        first = generator.integers(1, years, size=chosen.shape)
    else:
        first = generator.permuted(np.tile(cohorts[treated], (n_draws, 1)), axis=1)
    return wide, chosen, first, places


def _drawn_within(panel, outcome, n_draws, seed, order, within, unit, time, cohort):
    """The outcome (units x periods), and the treated units and first periods of each draw, dealt within groups."""
    _refuse_no_draws(n_draws, seed)
    refuse_unknown("order", order, ORDERS)
    keys = unit_columns(unit)
    wide, cohorts = balanced(panel, outcome, unit=unit, time=time, cohort=cohort)
    data = checked(panel, outcome, keys, time, cohort)
    names = data.loc[~data.duplicated(keys), within].to_numpy()
    places = order_by_data(cohorts, wide) if order == "data" else np.arange(len(wide))
    wide, cohorts, groups = wide[places], cohorts[places], pd.factorize(names[places])[0]
    if all(len(set(cohorts[groups == group])) == 1 for group in set(groups)):
        raise EnclaveError(f"Nothing can be dealt: units with one {within!r} have one cohort. Leave `within` out.")
    dealt = deals_within(groups, cohorts, n_draws, np.random.default_rng(seed))
    chosen = np.argsort(dealt, axis=1, kind="stable")[:, : (cohorts < wide.shape[1]).sum()]
    return wide, chosen, np.take_along_axis(dealt, chosen, axis=1)


def deals_within(groups: np.ndarray, cohorts: np.ndarray, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """The cohorts (draws x units), permuted among the units of each group; `groups` are numbers from 0 on."""
    dealt = np.tile(cohorts, (n_draws, 1))
    for group in range(groups.max() + 1):
        members = np.flatnonzero(groups == group)
        dealt[:, members] = generator.permuted(dealt[:, members], axis=1)
    return dealt


def p_value(drawn: np.ndarray, true: float) -> float:
    """Share of draws at least as far from zero as the true statistic, which counts as one of the draws.

    It is (1 + number) / (1 + draws), so never zero. For permutations of the real assignment it is exact if the
    treatment has no effect on any unit and every permutation was as likely as the real one. A missing draw counts as
    far from zero. Raises EnclaveError without draws or without a true statistic.

    >>> p_value(np.array([-3.0, 2.0, 0.5]), -2.0)
    0.75
    """
    if np.ndim(drawn) != 1 or np.ndim(true):
        raise EnclaveError(
            f"`drawn` is {in_short(drawn)} and `true` is {in_short(true)}. Give the column of draws first, then "
            "the true statistic."
        )
    if not len(drawn) or not np.isfinite(true):
        raise EnclaveError(
            "A p value needs draws and a true statistic that is a number. Look for what made it missing."
        )
    near = np.abs(drawn) < abs(true) * (1 - TINY)
    return float((1 + (~near).sum()) / (1 + len(drawn)))


def pretrend_draws(
    panel: pd.DataFrame,
    outcome: str,
    n_draws: int,
    seed: int,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    controls: pd.DataFrame | None = None,
    order: str = "data",
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> np.ndarray:
    """The joint statistic of `event_study.pretrend_test` for `n_draws` random assignments of the panel's cohorts.

    Pairs are drawn as in `draws` (`order` as there), dates are permuted, and rows outside the window count as at the
    base. Controls stay with their units. Returns an array of shape (n_draws,), without a unit; not a number where a
    draw has no statistic. Raises EnclaveError as `draws`, and as `event_study.pretrend_test` for the window.
    """
    refuse_unknown("order", order, ORDERS)
    _refuse_no_draws(n_draws, seed)
    event_study.pretrend_test(panel, outcome, window=window, base=base, unit=unit, time=time, cohort=cohort)
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort, balanced="Placebo draws")
    wide, cohorts = _wide(data, keys, time, cohort)
    crossed = joint_test.crossed_controls(data, controls, keys, time, wide.shape)
    if order == "data":
        places = order_by_data(cohorts, wide, np.moveaxis(crossed, 0, 1))
        wide, cohorts, crossed = wide[places], cohorts[places], crossed[:, places]
    basis, dates = joint_test.basis_of(crossed), np.sort(cohorts[np.isfinite(cohorts)])
    left = joint_test.cleared(wide / size_of(wide), basis)
    cells, before = joint_test.event_cells(np.sort(data[time].unique()) - dates[:, None], window, base)
    generator, found = np.random.default_rng(seed), []
    for chosen in _choose(generator, n_draws, len(wide), len(dates)):
        by_date = np.argsort(generator.permutation(cohorts[np.isfinite(cohorts)]), kind="stable")
        found.append(joint_test.statistic(left, chosen[by_date], cells, before, basis))
    return np.array(found)


def _refuse_no_draws(n_draws: int, seed: int) -> None:
    refuse_no_count("n_draws", n_draws, 1)
    refuse_no_count("seed", seed, 0)


def balanced(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> tuple[np.ndarray, np.ndarray]:
    """The outcome as an array, units x periods, and the position of each unit's first treated period.

    A unit that is never treated, or treated only after the last period, has the number of periods as its position.
    Raises EnclaveError as `did.twfe`, for gaps, or if no unit is treated.
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort, balanced="Placebo draws")
    wide, first = _wide(data, keys, time, cohort)
    return wide, np.searchsorted(np.sort(data[time].unique()), first)


def _wide(data: pd.DataFrame, keys: list[str], time: str, cohort: str) -> tuple[np.ndarray, np.ndarray]:
    """The outcome, units x periods, and the first treated period of each unit, infinite for never treated."""
    first = first_treated(data, time, cohort)[~data.duplicated(keys)].to_numpy()
    if len(first) < 2:
        raise EnclaveError(FEW_UNITS)
    if not np.isfinite(first).any():
        raise EnclaveError(f"No unit of the panel is treated. Give first treated periods in the column {cohort!r}.")
    return data[OUTCOME].to_numpy().reshape(len(first), -1), first


def estimates(outcome: np.ndarray, treated: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Two-way fixed-effects coefficients of many treatments at the same time.

    Parameters
    ----------
    outcome : units x periods
    treated : draws x treated units, positions of the units that a draw treats
    first : draws x treated units, positions of their first treated periods

    Returns
    -------
    one coefficient per draw; not a number if the fixed effects explain the treatment

    Examples
    --------
    Of two units the first is treated in the second period: (4 - 1) - (3 - 2) = 2.

    >>> estimates(np.array([[1.0, 4.0], [2.0, 3.0]]), np.array([[0]]), np.array([[1]])).tolist()
    [2.0]
    """
    numerator = _tails(doubly_demeaned(outcome))[treated, first].sum(axis=1)
    spread = _spread(first, *outcome.shape)
    return np.divide(numerator, spread, out=np.full(len(spread), np.nan), where=spread > TINY)


def t_statistics(outcome: np.ndarray, treated: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Their t statistics, clustered by unit as in `did.twfe`; arguments and shape as `estimates`.

    The score of a unit is sum(D y) - b sum(D D), both after unit and period effects. Both sums have closed forms. Let p
    be the share of units that a draw treats in a period. The first sum is the unit's tail of y less sum(p y). The
    second is n (1 - n / T) + sum((p - mean p)^2) - 2 tail(p - mean p) for a unit treated in n of T periods.
    """
    slopes, (n_units, n_periods) = estimates(outcome, treated, first), outcome.shape
    left, draw = doubly_demeaned(outcome), np.arange(len(first))[:, None]
    share = _treated_per_period(first, n_periods) / n_units
    around, lengths = share - share.mean(axis=1, keepdims=True), n_periods - first
    with_outcome = -share @ left.T
    with_outcome[draw, treated] += _tails(left)[treated, first]
    squares = np.repeat((around**2).sum(axis=1, keepdims=True), n_units, axis=1)
    squares[draw, treated] += lengths * (1 - lengths / n_periods) - 2 * _tails(around)[draw, first]
    scores = with_outcome - slopes[:, None] * squares
    rows, counted = outcome.size, 1 + n_periods
    factor = n_units / (n_units - 1) * (rows - 1) / (rows - counted)
    spread, root = _spread(first, n_units, n_periods), np.sqrt(factor * (scores**2).sum(axis=1))
    errors = np.divide(root, spread, out=np.full(len(root), np.nan), where=spread > TINY)
    least = max(TINY * np.abs(left).max(), ROUNDING * np.abs(outcome).max())
    return np.divide(slopes, errors, out=np.full(len(slopes), np.nan), where=errors > least)


def _tails(values: np.ndarray) -> np.ndarray:
    """Sums of each row from a position to its end."""
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]


def _spread(first: np.ndarray, n_units: int, n_periods: int) -> np.ndarray:
    """sum(D D) of each draw after unit and period effects."""
    lengths, in_period = n_periods - first, _treated_per_period(first, n_periods)
    total = lengths.sum(axis=1)
    spread = total - (lengths**2).sum(axis=1) / n_periods - (in_period**2).sum(axis=1) / n_units
    return spread + total**2 / (n_units * n_periods)


def _treated_per_period(first: np.ndarray, n_periods: int) -> np.ndarray:
    """Number of units that a draw treats in each period (draws x periods)."""
    draw = np.repeat(np.arange(len(first)), first.shape[1])
    starts = np.bincount(draw * n_periods + first.ravel(), minlength=len(first) * n_periods)
    return starts.reshape(len(first), n_periods).cumsum(axis=1)


def _choose(generator: np.random.Generator, n_draws: int, n_units: int, size: int) -> np.ndarray:
    """Units chosen without replacement (draws x size); every set has the same probability."""
    last = min(size, n_units - 1)
    return np.argpartition(generator.random((n_draws, n_units)), last, axis=1)[:, :size]
