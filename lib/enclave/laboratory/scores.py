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

from enclave.estimators.placebo import doubly_demeaned
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
        ("never", "influence"): influence(outcomes, pairs, "never"),
        ("not_yet", "influence"): influence(outcomes, pairs, "not_yet"),
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
    left, treat = doubly_demeaned(outcomes), doubly_demeaned(pairs.treat.astype(float))
    return np.sqrt(_factor(UNITS * PERIODS, PERIODS)) * _summed([(left, treat)])


def stacked(outcomes: np.ndarray, pairs: Design) -> np.ndarray:
    """Scores of the stacked regression, clustered by pair over all stacks in which it is."""
    parts, rows = [], 0
    for inside, treat in weights.stacks(pairs):
        left = np.zeros_like(outcomes)
        left[:, inside] = doubly_demeaned(outcomes[:, inside])
        parts.append((left, treat))
        rows += int(inside.sum()) * PERIODS
    return np.sqrt(_factor(rows, len(parts) * PERIODS)) * _summed(parts)


def cr2(outcomes: np.ndarray, treated: int) -> np.ndarray:
    """Scores of two-way fixed effects with CR2."""
    left, treat = doubly_demeaned(outcomes), doubly_demeaned(design(treated).treat.astype(float))
    slope = np.einsum("dut,ut->d", left, treat) / (treat**2).sum()
    return np.einsum("dut,ut->du", left - slope[:, None, None] * treat, _loads(treated))


def cr2_degrees(treated: int) -> float:
    """Degrees of freedom of CR2 if errors are independent with equal variance."""
    loads, treat = _loads(treated), doubly_demeaned(design(treated).treat.astype(float))
    along = (loads * treat).sum(axis=1)
    centred = loads - loads.mean(axis=1, keepdims=True)
    hat = centred @ centred.T / UNITS + np.outer(along, along) / (treat**2).sum()
    cross = np.diag((loads**2).sum(axis=1)) - hat
    return float(np.trace(cross) ** 2 / (cross**2).sum())


def influence(outcomes: np.ndarray, pairs: Design, control: str) -> np.ndarray:
    """Influence values of `simple` over the number of pairs: group-time effects and the shares of cohorts vary."""
    effects, made = [], np.zeros(outcomes.shape[:2])
    for (start, year), share in zip(weights.cells(pairs), weights.shares(pairs), strict=True):
        change = outcomes[..., year] - outcomes[..., start - 1]
        by_pair = weights.compared(pairs, (start, year), control)
        effects.append(change @ by_pair)
        for group in (by_pair > 0, by_pair < 0):
            mean = change[:, group].mean(axis=1, keepdims=True)
            made[:, group] += share * by_pair[group] * (change[:, group] - mean)
    return made + _of_shares(np.array(effects), pairs)


def imputation(outcomes: np.ndarray, treated: int) -> np.ndarray:
    """Scores of the conservative error by pair."""
    pairs = design(treated)
    flat = outcomes.reshape(len(outcomes), -1)
    residual = (flat - flat @ _predicting(treated).T).reshape(outcomes.shape)
    for start in weights.cohorts(pairs):
        own = pairs.first == start
        residual[:, own, start:] -= residual[:, own, start:].mean(axis=1, keepdims=True)
    return np.einsum("dut,ut->du", residual, weights.of(treated)["imputation"])


@lru_cache
def _predicting(treated: int) -> np.ndarray:
    return weights.predicting(design(treated))


def _of_shares(effects: np.ndarray, pairs: Design) -> np.ndarray:
    """What the sampling of cohorts adds to the influence of each pair (draws x pairs); `effects` is cells x draws."""
    cells = weights.cells(pairs)
    around = effects - weights.shares(pairs) @ effects
    made = np.zeros((effects.shape[1], UNITS))
    for start in weights.cohorts(pairs):
        own = [place for place, (first, _) in enumerate(cells) if first == start]
        made[:, pairs.first == start] = around[own].sum(axis=0)[:, None] / pairs.treat.sum()
    return made


def _summed(parts: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Scores by pair over the squared length of the treatment; parts of outcome and treatment, after fixed effects."""
    length = sum((treat**2).sum() for _, treat in parts)
    slope = np.sum([np.einsum("dut,ut->d", left, treat) for left, treat in parts], axis=0) / length
    made = np.zeros(parts[0][0].shape[:2])
    for left, treat in parts:
        made += np.einsum("dut,ut->du", left, treat) - slope[:, None] * (treat**2).sum(axis=1)
    return made / length


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
