"""Estimators as weights: each estimate is a sum of weights times outcomes, and weights depend on first years alone.

Where every pair has a row in every year, these estimates are linear in the outcome:

twfe        two-way fixed effects, `did.twfe`
never       Callaway and Sant'Anna (2021), compared with pairs never treated: `simple` of `csdid.aggregate`. With these
            comparisons the mean of Sun and Abraham's (2021) effects over rows with a park is the same number
not_yet     the same, compared with pairs that are not treated yet
imputation  Borusyak, Jaravel and Spiess (2024): effects of pair and year from untreated rows, then the mean difference
stacked     each cohort with all pairs never treated, effects of pair and year within each (Cengiz et al. 2019)
"""

from functools import lru_cache

import numpy as np

from enclave.estimators.demeaned import doubly_demeaned
from enclave.laboratory.process import PERIODS, UNITS, Design, design

ESTIMATORS = ("twfe", "never", "not_yet", "imputation", "stacked")


@lru_cache
def of(treated: int) -> dict[str, np.ndarray]:
    """Weights by estimator, pairs x years, for the design with this number of treated pairs."""
    pairs = design(treated)
    never = [compared(pairs, cell, "never") for cell in cells(pairs)]
    later = [compared(pairs, cell, "not_yet") for cell in cells(pairs)]
    made = (twfe(pairs), _averaged(pairs, never), _averaged(pairs, later), imputation(pairs), stacked(pairs))
    return dict(zip(ESTIMATORS, made, strict=True))


def estimates(outcomes: np.ndarray, treated: int) -> dict[str, np.ndarray]:
    """One estimate per draw for each estimator; `outcomes` is draws x pairs x years."""
    flat = outcomes.reshape(len(outcomes), -1)
    return {name: flat @ weights.ravel() for name, weights in of(treated).items()}


def twfe(pairs: Design) -> np.ndarray:
    """The treatment after effects of pair and year, over its squared length."""
    left = doubly_demeaned(pairs.treat.astype(float))
    return left / (left**2).sum()


def stacked(pairs: Design) -> np.ndarray:
    """The sum over cohorts of what is left of the treatment in each stack, over the squared length of all."""
    lefts = [left for _, left in stacks(pairs)]
    return np.sum(lefts, axis=0) / sum((left**2).sum() for left in lefts)


def stacks(pairs: Design) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each cohort the pairs of its stack, and the treatment after effects of pair and year, zero outside it."""
    made = []
    for start in cohorts(pairs):
        inside = (pairs.first == start) | ~pairs.ever
        left = np.zeros((UNITS, PERIODS))
        left[inside] = doubly_demeaned(pairs.treat[inside].astype(float))
        made.append((inside, left))
    return made


def imputation(pairs: Design) -> np.ndarray:
    """1 / n on treated rows, less what these weights load on the effects that untreated rows estimate."""
    target = pairs.treat.ravel() / pairs.treat.sum()
    dummies, fit = fitting(pairs)
    return (target - target @ dummies @ fit).reshape(UNITS, PERIODS)


def fitting(pairs: Design) -> tuple[np.ndarray, np.ndarray]:
    """The dummies of pairs and of years but the first (rows x effects), and what makes effects of untreated outcomes.

    The second is effects x rows, zero in rows that are treated.
    """
    unit, year = np.indices((UNITS, PERIODS)).reshape(2, -1)
    dummies = np.hstack([unit[:, None] == np.arange(UNITS), year[:, None] == np.arange(1, PERIODS)]).astype(float)
    untreated = dummies * ~pairs.treat.reshape(-1, 1)
    return dummies, np.linalg.solve(untreated.T @ untreated, untreated.T)


def cohorts(pairs: Design) -> list[int]:
    """Places of first treated years, in order."""
    return sorted(set(pairs.first[pairs.ever].tolist()))


def cells(pairs: Design) -> list[tuple[int, int]]:
    """Cohort and year of each group-time effect from the first treated year on, as places of years."""
    return [(start, year) for start in cohorts(pairs) for year in range(start, PERIODS)]


def compared(pairs: Design, cell: tuple[int, int], control: str) -> np.ndarray:
    """Weights of the changes of pairs in ATT(g, t): 1 / n in the cohort, -1 / n among those compared with."""
    start, year = cell
    own, other = pairs.first == start, pairs.first > (year if control == "not_yet" else PERIODS - 1)
    return own / own.sum() - other / other.sum()


def shares(pairs: Design) -> np.ndarray:
    """The weight of each cell in `simple`: pairs of the cohort over all treated rows."""
    return np.array([(pairs.first == start).sum() for start, _ in cells(pairs)]) / pairs.treat.sum()


def _averaged(pairs: Design, changes: list[np.ndarray]) -> np.ndarray:
    made = np.zeros((UNITS, PERIODS))
    for (start, year), share, change in zip(cells(pairs), shares(pairs), changes, strict=True):
        made[:, year] += share * change
        made[:, start - 1] -= share * change
    return made
