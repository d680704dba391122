"""The search for counts: annealing with tolerances that narrow, then several temperatures side by side."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from enclave_twin.fit import annealing_moves, continuous, linear_forms
from enclave_twin.fit.targets import Arrays, Wanted

MOST = 80
GROWTH = 1.07
LUMPY = (2.5, 3.0)
RAMP = 8
RARE = -200.0
LOOSE = 4.0
# tolerance as a share of a number's size, and inverse temperatures, from wide and hot to print and cold
LADDER = [
    *((0.2, 0.3, 1), (0.1, 0.5, 1), (0.05, 0.5, 1), (0.05, 1, 2), (0.02, 1, 1), (0.02, 1, 2), (0.01, 1, 1)),
    *((0.01, 1, 2), (0.005, 1, 2), (0.003, 1, 2), (0.002, 1, 2), (0.001, 1, 2), (0.0005, 1, 2), (0.0002, 1, 2)),
    *((0.0, 0.5, 2), (0.0, 2, 10)),
]
LEARNING_RUNGS = 8
# which moves are tried how often (see `annealing_moves.propose`): all kinds, few in treated pairs, none in them
CHANCES = np.array([0.15, 0.5, 0.65, 0.82, 0.35, 0.4])
FEW_TREATED = np.array([0.05, 0.5, 0.6, 0.8, 0.1, 0.2])
NEVER_TREATED = np.array([0.03, 0.6, 0.7, 0.9, 0.0, 0.0])
# how the variance of a count about a real cell grows with the cell
NEAR_GROWTH = 0.2
SOFT = {"path", "year", "effect", "total"}
# numbers that a never-treated unit moves by less than this many half widths are hard to mend later
STIFF, STIFF_WEIGHT = 0.05, 3.0


@dataclass
class Search:
    """A problem under search.

    Attributes
    ----------
    arrays, wanted : the problem
    recipients : number of each pair's recipient
    first_years : cohorts of the treated pairs
    most, growth : the largest count of a cell, and the growth of expected counts a year
    extra : a further charge on counts, which single moves do not hear (see `rest` and `nested`)
    """

    arrays: Arrays
    wanted: Wanted
    recipients: np.ndarray
    first_years: np.ndarray
    most: int = MOST
    growth: float = GROWTH
    extra: Callable[[np.ndarray], float] | None = None

    def __post_init__(self):
        self.log = np.log1p(np.arange(self.most + 1.0))
        self.treated = np.flatnonzero(self.arrays.treated)

    def state(self, counts: np.ndarray) -> annealing_moves.State:
        """Everything that follows from `counts` (cells), computed anew."""
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
        """Every wanted number of `counts`, in the order of their names."""
        s, out = self.state(counts), np.zeros(len(self.arrays.low))
        squared = [(scores**2).sum(axis=1) for scores in (s.scores, s.log_scores)]
        annealing_moves.values(self.arrays, s.sums, s.log_sums, *squared, s.squares, s.norms, out)
        return out

    def away(self, counts: np.ndarray) -> np.ndarray:
        """Distance of every wanted number to its interval, in half widths of print."""
        return self.outside(self.values(counts))

    def outside(self, values: np.ndarray) -> np.ndarray:
        """The same of numbers in the order of their names."""
        return np.maximum(0, np.maximum(self.arrays.low - values, values - self.arrays.high)) * self.arrays.weight

    def rest(self, counts: np.ndarray) -> float:
        """The further charge on counts, nothing if there is none."""
        return self.extra(counts) if self.extra else 0.0

    def anneal(self, counts, heat, moves: int, seed: int, *, weight=None, unlikely=None):
        """The counts after `moves` moves, and the best ones on the way."""
        weight = self.arrays.weight if weight is None else weight
        unlikely = self.unlikely(counts) if unlikely is None else unlikely
        state, new, best = self.state(counts), self.state(counts), counts.copy()
        given = (weight, self.log, unlikely, self.recipients, self.treated, CHANCES)
        annealing_moves.anneal(self.arrays, state, new, *given, heat, moves, seed, best)
        return state.counts.copy(), best

    def unlikely(self, counts: np.ndarray) -> np.ndarray:
        """Minus log likelihood of every count in every cell, by a negative binomial law around smooth paths."""
        mean = self.expected(counts).ravel()[:, None]
        size = np.where(np.repeat(self.arrays.treated, linear_forms.T), LUMPY[1], LUMPY[0])[:, None]
        likely = stats.nbinom.logpmf(np.arange(self.most + 1)[None], size, size / (size + mean))
        return -np.maximum(likely, RARE)

    def near(self, cells: np.ndarray, variance: float) -> np.ndarray:
        """A charge on every count in every cell that keeps them near real `cells`; `variance`: about one of nothing."""
        counts = np.arange(self.most + 1.0)[None]
        return (counts - cells[:, None]) ** 2 / (2 * variance * (1 + NEAR_GROWTH * cells[:, None]))

    def expected(self, counts: np.ndarray) -> np.ndarray:
        """Pairs x years: each pair's level with common growth, and for treated pairs a ramp from their cohort on."""
        grid = counts.reshape(len(self.arrays.treated), linear_forms.T)
        growth = self.growth ** (linear_forms.YEARS - linear_forms.YEARS.mean())
        growth /= growth.mean()
        mean = (grid.sum(axis=1, keepdims=True) + 0.5) / linear_forms.T * growth
        for pair, first in zip(self.treated, self.first_years, strict=True):
            ramp = np.clip(linear_forms.YEARS - first + 1, 0, RAMP) / RAMP
            design, weight = np.column_stack([growth, ramp]), 1 / np.sqrt(1 + grid[pair])
            mean[pair] = design @ optimize.nnls(design * weight[:, None], grid[pair] * weight)[0]
        return np.maximum(mean, 0.03)

    def tolerances(self, share: float) -> np.ndarray:
        """Weights when each number may miss by a share of its size; soft wishes wait until the tolerance is narrow."""
        a, names = self.arrays, self.wanted.names
        middle = np.abs(np.clip(a.low, -1e3, 1e3) + np.clip(a.high, -1e3, 1e3)) / 2
        kind = np.array([name[-1] for name in names])
        size = np.select([kind == "r2", kind == "t"], [0.1, 1.0], np.maximum(middle, 1e-3))
        loose = np.array([LOOSE if name[0] == "1" else 1.0 for name in names])
        half = np.array(self.wanted.half) * loose
        soft = np.array([name[0] in SOFT for name in names])
        return a.weight * np.where(soft, 1 / (1 + 1000 * share), half / loose / np.maximum(half, share * size))

    def ladder(self, counts: np.ndarray, moves: int, seed: int, rungs=None, tell=print) -> np.ndarray:
        """Down the ladder of tolerances."""
        unlikely = self.unlikely(counts)
        for rung, (share, first, last) in enumerate(LADDER if rungs is None else rungs):
            weight = self.tolerances(share)
            counts, _ = self.anneal(counts, (first, last), moves, seed + rung, weight=weight, unlikely=unlikely)
            if rung < LEARNING_RUNGS:
                unlikely = self.unlikely(counts)
            tell(f"  tolerance {share:g}: {self.met(counts)}")
        return counts

    def allows(self, counts: np.ndarray) -> bool:
        """Whether no cell is below its least and no pair empty."""
        return bool((counts >= self.arrays.least).all() and counts.reshape(-1, linear_forms.T).sum(axis=1).min() > 0)

    def stiffness(self, counts: np.ndarray) -> np.ndarray:
        """Weights of the wanted numbers: more for what changes of never-treated pairs cannot mend, none for wishes."""
        never = np.repeat(~self.arrays.treated, linear_forms.T)
        _, slopes = continuous.linearised(self.arrays, counts.astype(float))
        felt = (slopes[:, never] / np.array(self.wanted.half)[:, None]).std(axis=1)
        asked = np.array([name[0] not in SOFT for name in self.wanted.names])
        return asked * np.where(felt < STIFF, STIFF_WEIGHT, 1.0)

    def printed_away(self, counts: np.ndarray) -> np.ndarray:
        """The distances of the printed numbers alone."""
        return self.away(counts)[self.printed()]

    def printed(self) -> np.ndarray:
        """Which of the wanted numbers are printed."""
        return np.array([name[0] not in SOFT and name[-1] != "t" for name in self.wanted.names])

    def missed(self, counts: np.ndarray) -> int:
        """How many printed numbers are not met."""
        return int((self.printed_away(counts) > 1e-9).sum())

    def content(self, counts: np.ndarray) -> bool:
        """Whether every printed number is met and there is no further charge."""
        return self.missed(counts) == 0 and self.rest(counts) == 0

    def met(self, counts: np.ndarray) -> str:
        """How many printed numbers are met, in words."""
        away = self.printed_away(counts)
        return f"{len(away) - self.missed(counts)} of {len(away)} met, the worst {away.max():.1f} half units away"
