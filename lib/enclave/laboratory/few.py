"""Two tests for few treated pairs, for many draws of one design at the same time.

placebo       Conley and Taber (2011): what the estimate would be with the errors of pairs never treated in the place of
              those of treated pairs. The test compares the estimate with 5 per cent quantiles of these
permutation   MacKinnon and Webb (2020): t statistics, clustered by pair, with the real cohorts dealt anew, as
              `placebo.t_statistics`; the test counts how many are as far from zero as the true one

Both are linear up to the last step, like the scores of `scores`. Pairs are chosen once for a design.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from enclave.estimators.demeaned import doubly_demeaned
from enclave.laboratory.process import PERIODS, SEED, UNITS, design
from enclave.laboratory.scores import LEVEL

PLACEBOS, PERMUTATIONS = 399, 99


def placebos(outcomes: np.ndarray, treated: int) -> np.ndarray:
    """What errors of pairs never treated would make of the estimate, draws x placebos.

    `outcomes` is draws x pairs x years. With d the treatment less its mean by pair, a placebo is
    sum_j sum_t d_jt e_l(j)t over the squared length, where pair l(j) lends its residuals to the treated pair j.
    """
    pairs, places = design(treated), _lenders(treated)
    own = pairs.treat[pairs.ever].astype(float)
    own -= own.mean(axis=1, keepdims=True)
    left, treat = doubly_demeaned(outcomes), doubly_demeaned(pairs.treat.astype(float))
    length = (treat**2).sum()
    slope = np.einsum("dut,ut->d", left, treat) / length
    residual = (left - slope[:, None, None] * treat)[:, ~pairs.ever]
    lent = np.einsum("dct,jt->dcj", residual, own)
    return sum(lent[:, places[:, at], at] for at in range(treated)) / length


def placebo_rejects(distance: np.ndarray, placebo: np.ndarray) -> np.ndarray:
    """Whether each estimate less the tested number is as far from zero as fewer than 5 per cent of its placebos."""
    beyond = (np.abs(placebo) >= np.abs(distance)[:, None]).sum(axis=1)
    return (1 + beyond) / (1 + placebo.shape[1]) <= LEVEL


@dataclass(frozen=True)
class Permuted:
    """Estimates (1 + permutations x draws) and their scores by pair (the same x pairs); the first is the true one.

    Scores are those of CR1 without its factor, which all permutations share.
    """

    slopes: np.ndarray
    scores: np.ndarray

    def plus(self, other: "Permuted", times: float) -> "Permuted":
        """The same of outcomes plus `times` those of `other`, which may be a single draw."""
        return Permuted(self.slopes + times * other.slopes, self.scores + times * other.scores)


def permuted(outcomes: np.ndarray, treated: int) -> Permuted:
    """Estimates and scores of all permutations; `outcomes` is draws x pairs x years."""
    pairs, chosen = design(treated), _dealt(treated)
    left = doubly_demeaned(outcomes)
    tails = np.cumsum(left[..., ::-1], axis=-1)[..., ::-1]
    length = (doubly_demeaned(pairs.treat.astype(float)) ** 2).sum()
    without = -(left @ pairs.treat.mean(axis=0))
    slopes, scores = np.empty((len(chosen), len(left))), np.empty((len(chosen), *left.shape[:2]))
    for at, first in enumerate(chosen):
        treat = doubly_demeaned((np.arange(PERIODS) >= first[:, None]).astype(float))
        ever = np.flatnonzero(first < PERIODS)
        sums = tails[:, ever, first[ever]]
        slopes[at] = sums.sum(axis=1) / length
        scores[at] = (without - slopes[at][:, None] * (treat**2).sum(axis=1)) / length
        scores[at][:, ever] += sums / length
    return Permuted(slopes, scores)


def permutation_rejects(drawn: Permuted, added: Permuted) -> np.ndarray:
    """Whether at most 5 per cent of t statistics, the true one among them, are as far from zero; one answer per draw.

    `added` is of a single outcome that is added to each draw. The scores of the sum are never built, since they would
    be as large as those of the draws: squares are multiplied out.
    """
    both = (drawn.scores @ np.swapaxes(added.scores, 1, 2))[..., 0]
    squares = _squares(drawn.scores) + 2 * both + _squares(added.scores)
    statistic = np.abs(drawn.slopes + added.slopes) / np.sqrt(squares)
    return (statistic >= statistic[0]).mean(axis=0) <= LEVEL


def _squares(scores: np.ndarray) -> np.ndarray:
    return np.einsum("pdu,pdu->pd", scores, scores)


@lru_cache
def _lenders(treated: int) -> np.ndarray:
    """For each placebo the pair never treated that lends its residuals to each treated pair (placebos x treated)."""
    return np.random.default_rng([SEED, treated]).integers(UNITS - treated, size=(PLACEBOS, treated))


@lru_cache
def _dealt(treated: int) -> np.ndarray:
    """First treated places with the cohorts as they are, then dealt anew to all pairs (1 + permutations x pairs)."""
    generator, first = np.random.default_rng([SEED, treated, 1]), design(treated).first
    return np.array([first, *(generator.permutation(first) for _ in range(PERMUTATIONS))])
