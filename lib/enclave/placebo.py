"""Placebo treatments: pairs and dates drawn at random, estimated all at once (section 4.3, Figure 2).

With pair and year effects, the coefficient of a placebo treatment D is

    b = sum(D * y) / sum(D * D)        both after pair and year effects,

and one projection serves all draws: with the outcome doubly demeaned once, the numerator is a sum of tails of the
treated pairs' residuals, and the denominator follows from how many pairs a draw treats in each year.
"""

import numpy as np
import pandas as pd

from enclave import did
from enclave.errors import EnclaveError

DATES = ("uniform", "permuted")


def draws(
    panel: pd.DataFrame,
    outcome: str,
    n_draws: int,
    seed: int,
    *,
    dates: str = "uniform",
    unit=did.PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> np.ndarray:
    """Estimates of equation (1) without controls for `n_draws` placebo treatments.

    Each draw treats as many pairs as the panel does, chosen without replacement among all of them. `dates` says how
    their first treated years are drawn: "uniform", each year after the first with equal chance, independently; or
    "permuted", the panel's own cohorts dealt out among the drawn pairs.

    Returns
    -------
    array of shape (n_draws,), in the unit of the outcome

    Raises
    ------
    EnclaveError if the panel is faulty or not balanced
    """
    if dates not in DATES:
        raise EnclaveError(f"There is no way {dates!r} to draw dates. Choose one of {', '.join(DATES)}.")
    wide, cohorts = balanced(panel, outcome, unit=unit, time=time, cohort=cohort)
    generator = np.random.default_rng(seed)
    years, treated = wide.shape[1], np.flatnonzero(cohorts < wide.shape[1])
    chosen = _choose(generator, n_draws, wide.shape[0], len(treated))
    if dates == "uniform":
        first = generator.integers(1, years, size=chosen.shape)
    else:
        first = generator.permuted(np.tile(cohorts[treated], (n_draws, 1)), axis=1)
    return estimates(wide, chosen, first)


def balanced(panel: pd.DataFrame, outcome: str, *, unit=did.PAIR, time="year", cohort="cohort"):
    """The outcome as an array, units x periods, and the position of each unit's first treated period.

    A unit that is never treated, or only after the last period, has the number of periods as its position. Raises
    EnclaveError for a faulty panel, gaps, or no treated unit.
    """
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = did.checked(panel, outcome, keys, time, cohort)
    wide = data.pivot(index=keys, columns=time, values="outcome")
    if wide.isna().any(axis=None):
        raise EnclaveError("Placebo draws need a balanced panel: a row for every unit and period. Fill the gaps first.")
    first = data.groupby(keys)[cohort].first().astype("Float64").fillna(np.inf).astype(float)
    positions = np.searchsorted(wide.columns.to_numpy(dtype=float), first.to_numpy())
    if not (positions < wide.shape[1]).any():
        raise EnclaveError(f"No unit of the panel is treated. Give first treated periods in the column {cohort!r}.")
    return wide.to_numpy(), positions


def estimates(outcome: np.ndarray, treated: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Two-way fixed-effects coefficients of many treatments at once.

    Parameters
    ----------
    outcome : units x periods
    treated : draws x treated units, positions of the units a draw treats
    first : draws x treated units, positions of their first treated periods

    Returns
    -------
    one coefficient per draw; not a number where the fixed effects absorb the treatment
    """
    n_units, n_periods = outcome.shape
    tails = np.cumsum(_doubly_demeaned(outcome)[:, ::-1], axis=1)[:, ::-1]
    numerator = tails[treated, first].sum(axis=1)
    lengths = n_periods - first
    in_period = _treated_per_period(first, n_periods)
    total = lengths.sum(axis=1)
    spread = total - (lengths**2).sum(axis=1) / n_periods - (in_period**2).sum(axis=1) / n_units
    spread = spread + total**2 / (n_units * n_periods)
    return np.divide(numerator, spread, out=np.full(len(spread), np.nan), where=spread > 1e-9)


def _doubly_demeaned(outcome: np.ndarray) -> np.ndarray:
    by_unit, by_period = outcome.mean(axis=1, keepdims=True), outcome.mean(axis=0, keepdims=True)
    return outcome - by_unit - by_period + outcome.mean()


def _treated_per_period(first: np.ndarray, n_periods: int) -> np.ndarray:
    """Draws x periods: how many units a draw treats in each period."""
    draw = np.repeat(np.arange(len(first)), first.shape[1])
    starts = np.bincount(draw * n_periods + first.ravel(), minlength=len(first) * n_periods)
    return starts.reshape(len(first), n_periods).cumsum(axis=1)


def _choose(generator: np.random.Generator, n_draws: int, n_units: int, size: int) -> np.ndarray:
    """Draws x size: units chosen without replacement, every set equally likely."""
    last = min(size, n_units - 1)
    return np.argpartition(generator.random((n_draws, n_units)), last, axis=1)[:, :size]
