"""Standard errors of the estimators of `weights`, for many draws of one design at the same time.

Each error is the root of a sum of squares over pairs. What is squared, the score of a pair, is linear in the outcome:
scores of a sum of outcomes are sums of their scores. So the study computes those of errors once for many effects.

CR1         two-way fixed effects and stacked: scores summed by pair, factor of `did.twfe`; t with pairs less one
CR2         two-way fixed effects: Bell and McCaffrey (2002), as `few_clusters.errors`; t with Satterthwaite's degrees
influence   Callaway and Sant'Anna: influence values by pair with estimated shares, as `csdid.aggregate`; normal
imputation  Borusyak, Jaravel and Spiess (2024), theorem 3: residuals of treated rows around the mean effect of their
            cohort and year; normal
"""

from functools import lru_cache

import numpy as np
from scipy import stats

from enclave.estimators.demeaned import doubly_demeaned
from enclave.laboratory import weights
from enclave.laboratory.process import PERIODS, UNITS, Design, design

LEVEL = 0.05
TINY = 1e-10


def of(outcomes: np.ndarray, treated: int) -> dict[tuple[str, str], np.ndarray]:
    """Scores by estimator and name of the error, draws x pairs; `outcomes` is draws x pairs x years.

    The standard error of a draw is `errors` of its scores.
    """
    pairs = design(treated)
    return {
        ("twfe", "CR1"): cr1(outcomes, pairs),
        ("twfe", "CR2"): cr2(outcomes, treated),
        ("never", "influence"): influence(outcomes, treated, "never"),
        ("not_yet", "influence"): influence(outcomes, treated, "not_yet"),
        ("imputation", "imputation"): imputation(outcomes, treated),
        ("stacked", "CR1"): stacked(outcomes, pairs),
    }


def errors(scores: np.ndarray) -> np.ndarray:
    """Standard errors of scores, whose last axis is pairs."""
    return np.sqrt(np.einsum("...u,...u->...", scores, scores))


def critical(treated: int) -> dict[tuple[str, str], float]:
    """The t beyond which a test at 5 per cent rejects, with the keys of `of`."""
    usual, normal = float(stats.t.isf(LEVEL / 2, UNITS - 1)), float(stats.norm.isf(LEVEL / 2))
    return {
        ("twfe", "CR1"): usual,
        ("twfe", "CR2"): float(stats.t.isf(LEVEL / 2, cr2_degrees(treated))),
        ("never", "influence"): normal,
        ("not_yet", "influence"): normal,
        ("imputation", "imputation"): normal,
        ("stacked", "CR1"): usual,
    }


def cr1(outcomes: np.ndarray, pairs: Design) -> np.ndarray:
    """Scores of two-way fixed effects, clustered by pair."""
    stack = (np.ones(UNITS, dtype=bool), doubly_demeaned(pairs.treat.astype(float)))
    return np.sqrt(_factor(UNITS * PERIODS, PERIODS)) * _summed(outcomes, [stack])


def stacked(outcomes: np.ndarray, pairs: Design) -> np.ndarray:
    """Scores of the stacked regression, clustered by pair over all stacks in which it is."""
    stacks = weights.stacks(pairs)
    rows = sum(int(inside.sum()) * PERIODS for inside, _ in stacks)
    return np.sqrt(_factor(rows, len(stacks) * PERIODS)) * _summed(outcomes, stacks)


def cr2(outcomes: np.ndarray, treated: int) -> np.ndarray:
    """Scores of two-way fixed effects with CR2."""
    treat, loads = doubly_demeaned(design(treated).treat.astype(float)), _loads(treated)
    by_year = outcomes.mean(axis=1)
    slope = _products(outcomes, by_year, treat).sum(axis=1) / (treat**2).sum()
    return _products(outcomes, by_year, _centred(loads)) - slope[:, None] * (treat * loads).sum(axis=1)


def cr2_degrees(treated: int) -> float:
    """Degrees of freedom of CR2 if errors are independent with equal variance."""
    loads, treat = _loads(treated), doubly_demeaned(design(treated).treat.astype(float))
    along, centred = (loads * treat).sum(axis=1), _centred(loads)
    hat = centred @ centred.T / UNITS + np.outer(along, along) / (treat**2).sum()
    cross = np.diag((loads**2).sum(axis=1)) - hat
    return float(np.trace(cross) ** 2 / (cross**2).sum())


def influence(outcomes: np.ndarray, treated: int, control: str) -> np.ndarray:
    """Influence values of `simple` over the number of pairs: group-time effects and the shares of cohorts vary.

    That of a pair is what its outcomes add to the estimate, less what the mean of its cohort, or of the pairs that are
    compared with, would add in its place.
    """
    pairs = design(treated)
    groups = [pairs.first == start for start in [*weights.cohorts(pairs), PERIODS]]
    sizes = np.array([own.sum() for own in groups])
    means = np.stack([outcomes[:, own].mean(axis=1) for own in groups], axis=1)
    effects, instead = [], np.zeros((len(outcomes), len(groups)))
    for (start, year), share in zip(weights.cells(pairs), weights.shares(pairs), strict=True):
        change = means[..., year] - means[..., start - 1]
        by_pair = weights.compared(pairs, (start, year), control)
        each = np.array([by_pair[own][0] for own in groups])
        effects.append(change @ (each * sizes))
        for side in (each > 0, each < 0):
            mean = change[:, side] @ sizes[side] / sizes[side].sum()
            instead[:, side] += share * each[side] * mean[:, None]
    made = np.einsum("dut,ut->du", outcomes, weights.of(treated)[control])
    for own, value in zip(groups, (instead - _of_shares(np.array(effects), pairs)).T, strict=True):
        made[:, own] -= value[:, None]
    return made


def imputation(outcomes: np.ndarray, treated: int) -> np.ndarray:
    """Scores of the conservative error by pair."""
    pairs = design(treated)
    effects = outcomes.reshape(len(outcomes), -1) @ _fitting(treated).T
    by_year = np.pad(effects[:, UNITS:], ((0, 0), (1, 0)))
    residual = outcomes - effects[:, :UNITS, None] - by_year[:, None]
    for start in weights.cohorts(pairs):
        own = pairs.first == start
        residual[:, own, start:] -= residual[:, own, start:].mean(axis=1, keepdims=True)
    return np.einsum("dut,ut->du", residual, weights.of(treated)["imputation"])


@lru_cache
def _fitting(treated: int) -> np.ndarray:
    return weights.fitting(design(treated))[1]


def _of_shares(effects: np.ndarray, pairs: Design) -> np.ndarray:
    """What the sampling of cohorts adds to the influence of each pair of a cohort, the last one never treated.

    `effects` is cells x draws; returns draws x cohorts.
    """
    cells = weights.cells(pairs)
    around = effects - weights.shares(pairs) @ effects
    made = np.zeros((effects.shape[1], len(weights.cohorts(pairs)) + 1))
    for place, start in enumerate(weights.cohorts(pairs)):
        own = [cell for cell, (first, _) in enumerate(cells) if first == start]
        made[:, place] = around[own].sum(axis=0) / pairs.treat.sum()
    return made


def _summed(outcomes: np.ndarray, stacks: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Scores by pair over the squared length of the treatment; stacks as `weights.stacks` returns them."""
    lengths = [(treat**2).sum(axis=1) for _, treat in stacks]
    products = [_products(outcomes, outcomes[:, inside].mean(axis=1), treat) for inside, treat in stacks]
    length, both = np.sum(lengths), np.sum(products, axis=0)
    slope = both.sum(axis=1) / length
    return (both - slope[:, None] * np.sum(lengths, axis=0)) / length


def _products(outcomes: np.ndarray, by_year: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Sums over years of `left` times outcomes less their means by year; rows of `left` add up to zero.

    So means by pair do not matter. `by_year` is draws x years, the result draws x pairs.
    """
    return np.einsum("dut,ut->du", outcomes, left) - by_year @ left.T


def _centred(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(axis=1, keepdims=True)


def _factor(rows: int, dummies: int) -> float:
    """The small-sample factor of `did.twfe`: effects of pairs do not count, as errors are clustered by them."""
    return UNITS / (UNITS - 1) * (rows - 1) / (rows - 1 - dummies)


@lru_cache
def _loads(treated: int) -> np.ndarray:
    """What each residual counts in the scores of CR2 (pairs x years).

    With means of pairs taken out, the hat matrix of a pair is its part of the dummies of years, (I - 1/T) / N, and that
    of its treatment.
    """
    treat = doubly_demeaned(design(treated).treat.astype(float))
    length, identity = (treat**2).sum(), np.eye(PERIODS)
    of_years = (identity - 1 / PERIODS) / UNITS
    return np.array([_inverse_root(identity - of_years - np.outer(d, d) / length) @ d / length for d in treat])


def _inverse_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    keep = values > TINY
    return (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
