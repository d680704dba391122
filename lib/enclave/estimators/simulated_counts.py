"""Counts with a known effect, many of them zero, and what five estimators make of them.

A drawn panel has treated pairs in several cohorts and pairs that are never treated. The mean of a pair is its level
times a path that all share, and from the start of its park on times a factor. A count is zero for one of two reasons:
the pair is not active in that year, or it is active and the Poisson draw is zero. With q the chance to be active and m
the mean, an active pair draws from a Poisson law with mean m / q, so the mean of all is m whatever q is.

All draws of a design are estimated at once. Poisson models need sums of cohorts alone: a factor of a unit that is the
same in all periods leaves the fit of everything else as it is.
"""

from dataclasses import dataclass

import numpy as np

from enclave.estimators.poisson_growth import Sums, compared

PERIODS = 12
NEVER = 30
# place of the first treated period -> how many pairs
COHORTS = {4: 4, 6: 4, 8: 4}
# mean level of pairs that are treated, and of those that are not; their spread is that of a gamma law with this shape
LEVELS = (4.0, 2.0)
SHAPE = 3.0
GROWTH = 1.08
NEWTON_STEPS = 25


@dataclass(frozen=True)
class Design:
    """What a design has of its own.

    factor : by which a park multiplies the mean; later : by which each further year multiplies it again
    active, active_after : chance that a pair is active in a year without and with a park
    scale : by which all levels are multiplied
    """

    factor: float = 1.5
    later: float = 1.0
    active: float = 1.0
    active_after: float = 1.0
    scale: float = 1.0


DESIGNS = {
    "Poisson counts": Design(),
    "half of the years idle": Design(active=0.5, active_after=0.5),
    "fewer idle years": Design(active=0.4, active_after=0.6),
    "growing effect": Design(factor=1.0, later=1.15),
    "few counts": Design(scale=0.1),
}


def firsts() -> np.ndarray:
    """Place of the first treated period of each pair; PERIODS for the never treated."""
    return np.array([first for first, pairs in COHORTS.items() for _ in range(pairs)] + [PERIODS] * NEVER)


def means(design: Design, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Means without and with parks (pairs x periods). Levels are drawn once for a design."""
    first, since = firsts(), np.arange(PERIODS) - firsts()[:, None]
    level = np.where(first < PERIODS, *LEVELS) * rng.gamma(SHAPE, 1 / SHAPE, len(first))
    without = design.scale * level[:, None] * GROWTH ** np.arange(PERIODS)
    return without, without * np.where(since >= 0, design.factor * design.later ** np.maximum(since, 0), 1.0)


def counts(design: Design, mean: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Drawn counts (draws x pairs x periods) with the given means."""
    active = np.where(np.arange(PERIODS) >= firsts()[:, None], design.active_after, design.active)
    return rng.poisson(mean / active, (draws, *mean.shape)) * (rng.random((draws, *mean.shape)) < active)


def true_log_factor(without: np.ndarray, mean: np.ndarray) -> float:
    """The logarithm of the sum of means with parks over the sum without, over treated rows."""
    after = np.arange(PERIODS) >= firsts()[:, None]
    return float(np.log(mean[after].sum() / without[after].sum()))


def twfe(values: np.ndarray) -> np.ndarray:
    """Least squares with pair and year effects: the effect of the treatment, one for each draw."""
    treat = (np.arange(PERIODS) >= firsts()[:, None]).astype(float)
    left = treat - treat.mean(axis=1, keepdims=True) - treat.mean(axis=0) + treat.mean()
    return (values * left).sum(axis=(1, 2)) / (left**2).sum()


def linear_log_factor(values: np.ndarray) -> np.ndarray:
    """`poisson.linear_log_factor` of each draw; missing where the linear model expects nothing or less."""
    after = np.arange(PERIODS) >= firsts()[:, None]
    mean = values[:, after].mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.log(mean / (mean - twfe(values)))
    return np.where(np.isfinite(found), found, np.nan)


def poisson_twfe(values: np.ndarray) -> np.ndarray:
    """`poisson.twfe` of each draw, by Newton's method on the sums of cohorts."""
    starts = [*COHORTS, PERIODS]
    sums = np.stack([values[:, firsts() == start].sum(axis=1) for start in starts], axis=1)
    cohort = np.repeat(np.eye(len(starts)), PERIODS, axis=0)
    period = np.tile(np.eye(PERIODS)[:, 1:], (len(starts), 1))
    treat = (np.arange(PERIODS) >= np.array(starts)[:, None]).reshape(-1, 1)
    design, seen = np.hstack([treat, cohort, period]).astype(float), sums.reshape(len(values), -1)
    slopes = np.zeros((len(values), design.shape[1]))
    slopes[:, 1 : len(starts) + 1] = np.log(sums.mean(axis=2))
    for _ in range(NEWTON_STEPS):
        fitted = np.exp(slopes @ design.T)
        bread = np.einsum("ij,ri,ik->rjk", design, fitted, design)
        slopes = slopes + np.linalg.solve(bread, ((seen - fitted) @ design)[..., None])[..., 0]
    return slopes[:, 0]


def growth(values: np.ndarray, leave_out_empty: bool = False) -> np.ndarray:
    """`poisson_growth.effects` of each draw: log factor, lower and upper end of its interval (draws x 3)."""
    first, cells = firsts(), np.arange(PERIODS) >= firsts()[:, None]
    found = np.full((len(values), 3), np.nan)
    for place, drawn in enumerate(values.astype(float)):
        empty = (Sums(drawn, first).before == 0) & (first < PERIODS)
        kept = ~empty if leave_out_empty else np.ones(len(first), dtype=bool)
        made = compared(Sums(drawn[kept], first[kept]), cells[kept], empty[kept])
        found[place] = made["log_factor"], made["conf_low"], made["conf_high"]
    return found
