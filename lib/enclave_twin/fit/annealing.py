"""Search for whole counts by simulated annealing (Kirkpatrick, Gelatt and Vecchi, 1983).

A move changes a few cells by one link. It is accepted if it lowers the penalty, and with the probability
exp(-beta * increase) if it raises it. The inverse temperature beta rises during a cooling. A ladder of coolings starts
with wide tolerances and ends with the rounding intervals of the printed numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from enclave_twin.counts import links
from enclave_twin.fit import annealing_moves, continuous, linear_forms
from enclave_twin.fit.annealing_moves import Chances
from enclave_twin.fit.targets import Arrays, Wanted

# largest count of a cell
MOST = 80
# variance of a count divided by its mean (see `counts.links`)
DISPERSION = links.MANUFACTURING.dispersion
# years from the cohort on over which the expected count of a treated pair rises
RAMP = 8
# smallest expected count of a cell, and what is added to a pair's total before its mean is taken
LEAST_EXPECTED = 0.03
PRIOR = 0.5
# smallest log likelihood of a count
RARE = -200.0
# Table 1 may miss by this many half widths more than other tables while tolerances are wide
LOOSE = 4.0
# rungs of the ladder: tolerance as a share of a number's size, first and last inverse temperature
LADDER = [
    *((0.2, 0.3, 1), (0.1, 0.5, 1), (0.05, 0.5, 1), (0.05, 1, 2), (0.02, 1, 1), (0.02, 1, 2), (0.01, 1, 1)),
    *((0.01, 1, 2), (0.005, 1, 2), (0.003, 1, 2), (0.002, 1, 2), (0.001, 1, 2), (0.0005, 1, 2), (0.0002, 1, 2)),
    *((0.0, 0.5, 2), (0.0, 2, 10)),
]
# first rungs after which the expected counts are computed again
LEARNING_RUNGS = 8
# probabilities of moves: all kinds, few moves in treated pairs, no moves in treated pairs
CHANCES = Chances(
    one_pair=0.15, between_controls=0.5, between_years=0.65, between_pairs=0.82, treated=0.35, neutral=0.4
)
FEW_TREATED = Chances(
    one_pair=0.05, between_controls=0.5, between_years=0.6, between_pairs=0.8, treated=0.1, neutral=0.2
)
NEVER_TREATED = Chances(
    one_pair=0.03, between_controls=0.6, between_years=0.7, between_pairs=0.9, treated=0.0, neutral=0.0
)
# growth of the variance of a count around a real number, per link of that number
NEAR_GROWTH = 0.2
# kinds of wanted numbers that are not printed
SOFT = {"path", "year", "effect", "total", "beside", "post", "control", "helper", "level", "share"}
# a number that a link in a never-treated pair changes by less (half widths) is hard to correct later, and its weight
STIFF = 0.05
STIFF_WEIGHT = 3.0
# how fast the weight of numbers that are not printed falls with the tolerance
SOFT_WAIT = 1000
# smallest size of a number when tolerances are a share of it, and the sizes of R2 and t ratios
LEAST_SIZE = 1e-3
SIZE_R2 = 0.1
SIZE_T = 1.0


@dataclass
class Search:
    """A problem with what the annealing needs.

    Attributes
    ----------
    arrays, wanted : the problem
    recipients : number of each pair's recipient
    first_years : cohorts of the treated pairs
    most : largest count of a cell
    dispersion : variance of a count divided by its mean
    extra : a further penalty on all counts (C), which single moves ignore (see `rest` and `nested_annealing`)
    further : further wanted numbers of real counts, or None
    """

    arrays: Arrays
    wanted: Wanted
    recipients: np.ndarray
    first_years: np.ndarray
    most: int = MOST
    dispersion: float = DISPERSION
    extra: Callable[[np.ndarray], float] | None = None
    further: continuous.Further | None = None

    def __post_init__(self) -> None:
        self.log = np.log1p(np.arange(self.most + 1.0))
        self.treated = np.flatnonzero(self.arrays.treated)

    def state(self, counts: np.ndarray) -> annealing_moves.State:
        """Everything that follows from `counts` (C)."""
        a, y, log = self.arrays, counts.astype(float), self.log[counts]
        pairs = len(a.treated)
        grids = [value.reshape(pairs, linear_forms.T) for value in (y, y, log, log)]
        residuals = np.array([(a.makers[q % 2] @ grid @ linear_forms.WITHIN).ravel() for q, grid in enumerate(grids)])
        treated = np.repeat(a.treated, linear_forms.T)
        squares = np.array([(value[side] ** 2).sum() for value in (y, log) for side in (~treated, treated)])
        scores, log_scores = np.tensordot(y, a.scores, 1), np.tensordot(log, a.log_scores, 1)
        per_pair = counts.reshape(pairs, -1).sum(axis=1)
        norms = (residuals**2).sum(axis=1)
        return annealing_moves.State(
            counts.copy(), per_pair, y @ a.sums, log @ a.log_sums, scores, log_scores, residuals, squares, norms
        )

    def values(self, counts: np.ndarray) -> np.ndarray:
        """Every wanted number of `counts`, in the order of `wanted.names`."""
        s, out = self.state(counts), np.zeros(len(self.arrays.low))
        score2, log_score2 = ((scores**2).sum(axis=1) for scores in (s.scores, s.log_scores))
        annealing_moves.values(self.arrays, s.sums, s.log_sums, score2, log_score2, s.squares, s.norms, out)
        return out

    def away(self, counts: np.ndarray) -> np.ndarray:
        """Weighted distance of every wanted number from its interval, in half widths."""
        return self.outside(self.values(counts))

    def outside(self, values: np.ndarray) -> np.ndarray:
        """The same for given values of the wanted numbers."""
        return np.maximum(0, np.maximum(self.arrays.low - values, values - self.arrays.high)) * self.arrays.weight

    def rest(self, counts: np.ndarray) -> float:
        """The further penalty on counts; 0 if there is none."""
        return self.extra(counts) if self.extra else 0.0

    def anneal(self, counts, heat, moves: int, seed: int, *, weight=None, unlikely=None):
        """The counts after `moves` moves, and the best ones on the way.

        heat : first and last inverse temperature
        weight : penalty per unit outside the interval (W), by default that of the problem
        unlikely : cost of each count in each cell (C x counts), by default minus its log likelihood
        """
        weight = self.arrays.weight if weight is None else weight
        unlikely = self.unlikely(counts) if unlikely is None else unlikely
        state, new, best = self.state(counts), self.state(counts), counts.copy()
        given = (weight, self.log, unlikely, self.recipients, self.treated, CHANCES)
        annealing_moves.anneal(self.arrays, state, new, *given, heat, moves, seed, best)
        return state.counts.copy(), best

    def unlikely(self, counts: np.ndarray) -> np.ndarray:
        """Minus log likelihood of each count in each cell (C x counts): negative binomial around smooth paths."""
        size = self.expected(counts).ravel()[:, None] / (self.dispersion - 1)
        likely = stats.nbinom.logpmf(np.arange(self.most + 1)[None], size, 1 / self.dispersion)
        return -np.maximum(likely, RARE)

    def near(self, cells: np.ndarray, variance: float) -> np.ndarray:
        """Cost of each count in each cell (C x counts) that keeps counts near the real `cells` (C).

        variance : variance of a count around a real number of 0
        """
        counts = np.arange(self.most + 1.0)[None]
        return (counts - cells[:, None]) ** 2 / (2 * variance * (1 + NEAR_GROWTH * cells[:, None]))

    def expected(self, counts: np.ndarray) -> np.ndarray:
        """Expected counts (pairs x years): a pair's level times the path of new firms, for treated ones plus a ramp."""
        grid = counts.reshape(len(self.arrays.treated), linear_forms.T)
        growth = links.new_firms()
        mean = (grid.sum(axis=1, keepdims=True) + PRIOR) / linear_forms.T * growth
        for pair, first in zip(self.treated, self.first_years, strict=True):
            ramp = np.clip(linear_forms.YEARS - first + 1, 0, RAMP) / RAMP
            design, weight = np.column_stack([growth, ramp]), 1 / np.sqrt(1 + grid[pair])
            mean[pair] = design @ optimize.nnls(design * weight[:, None], grid[pair] * weight)[0]
        return np.maximum(mean, LEAST_EXPECTED)

    def tolerances(self, share: float) -> np.ndarray:
        """Weights (W) with which each number may miss by a share of its size.

        Numbers that are not printed have little weight until the tolerance is narrow.
        """
        a, names = self.arrays, self.wanted.names
        middle = np.abs(np.clip(a.low, -1e3, 1e3) + np.clip(a.high, -1e3, 1e3)) / 2
        kind = np.array([name[-1] for name in names])
        size = np.select([kind == "r2", kind == "t"], [SIZE_R2, SIZE_T], np.maximum(middle, LEAST_SIZE))
        loose = np.array([LOOSE if name[0] == "1" else 1.0 for name in names])
        half = np.array(self.wanted.half) * loose
        soft = np.array([name[0] in SOFT for name in names])
        return a.weight * np.where(soft, 1 / (1 + SOFT_WAIT * share), half / loose / np.maximum(half, share * size))

    def ladder(self, counts: np.ndarray, moves: int, seed: int, rungs=None, report=print) -> np.ndarray:
        """The counts after one cooling per rung of the ladder of tolerances."""
        unlikely = self.unlikely(counts)
        for rung, (share, first, last) in enumerate(LADDER if rungs is None else rungs):
            weight = self.tolerances(share)
            counts, _ = self.anneal(counts, (first, last), moves, seed + rung, weight=weight, unlikely=unlikely)
            if rung < LEARNING_RUNGS:
                unlikely = self.unlikely(counts)
            report(f"  tolerance {share:g}: {self.met(counts)}")
        return counts

    def allows(self, counts: np.ndarray) -> bool:
        """Whether no cell is below its smallest count and no pair is empty."""
        return bool((counts >= self.arrays.least).all() and counts.reshape(-1, linear_forms.T).sum(axis=1).min() > 0)

    def stiffness(self, counts: np.ndarray) -> np.ndarray:
        """Weights of the wanted numbers: larger if never-treated pairs hardly change it, 0 if it is not printed."""
        never = np.repeat(~self.arrays.treated, linear_forms.T)
        _, slopes = continuous.linearised(self.arrays, counts.astype(float))
        change = (slopes[:, never] / np.array(self.wanted.half)[:, None]).std(axis=1)
        printed = np.array([name[0] not in SOFT for name in self.wanted.names])
        return printed * np.where(change < STIFF, STIFF_WEIGHT, 1.0)

    def spread(self, counts: np.ndarray) -> np.ndarray:
        """How freely each cell may move (C): the standard deviation of a count in it."""
        return np.sqrt(self.dispersion * (self.expected(counts).ravel() + LEAST_EXPECTED))

    def printed_away(self, counts: np.ndarray) -> np.ndarray:
        """The distance of every printed number from its interval, in half widths."""
        return self.half_widths(self.values(counts))

    def half_widths(self, values: np.ndarray) -> np.ndarray:
        """The same for given values of the wanted numbers."""
        outside = np.maximum(0, np.maximum(self.arrays.low - values, values - self.arrays.high))
        return (outside / np.array(self.wanted.half))[self.printed()]

    def printed(self) -> np.ndarray:
        """Which of the wanted numbers are printed."""
        return np.array([name[0] not in SOFT and name[-1] != "t" for name in self.wanted.names])

    def missed(self, counts: np.ndarray) -> int:
        """Number of printed numbers outside their interval."""
        return int((self.printed_away(counts) > 1e-9).sum())

    def content(self, counts: np.ndarray) -> bool:
        """Whether every printed number is in its interval and the further penalty is 0."""
        return self.missed(counts) == 0 and self.rest(counts) == 0

    def met(self, counts: np.ndarray) -> str:
        """How many printed numbers are in their interval, in words."""
        away = self.printed_away(counts)
        return f"{len(away) - self.missed(counts)} of {len(away)} met, the worst {away.max():.1f} half units away"
