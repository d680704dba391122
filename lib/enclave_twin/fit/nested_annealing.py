"""Annealing with a further penalty that is too slow to compute for each move.

The further penalty (claim C13 and the rules of plausibility) takes a millisecond, a move takes two microseconds. So
short chains of moves use the printed numbers only. Then each chain is accepted or rejected as a whole by the change of
the further penalty. This samples from the law with both penalties: the surrogate transition method (Liu, Monte Carlo
Strategies in Scientific Computing, 2001, section 9.4.3).
"""

from typing import NamedTuple

import numpy as np

from enclave_twin.fit import annealing_moves
from enclave_twin.fit.annealing import CHANCES, Search
from enclave_twin.fit.annealing_moves import Chances

# short chains after which the state is computed from the counts again, against rounding errors
REFRESH_EVERY = 2000


class Cooling(NamedTuple):
    """How to cool.

    Attributes
    ----------
    first, last : inverse temperatures
    chains : number of short chains
    moves : moves of a short chain
    weight : weight of the further penalty
    chances : probabilities of the kinds of moves
    """

    first: float
    last: float
    chains: int
    moves: int
    weight: float
    chances: Chances = CHANCES


class Chain:
    """A run of short chains: the state of the search, the further penalty, and the best counts so far."""

    def __init__(self, search: Search, counts: np.ndarray, unlikely: np.ndarray, how: Cooling, seed: int) -> None:
        """`counts`: C; `unlikely`: cost of each count in each cell (C x counts); `how`: weight and chances."""
        self.search, self.weight, self.rng = search, how.weight, np.random.default_rng(seed)
        self.state, self.new, self.before = (search.state(counts) for _ in range(3))
        self.given = (search.arrays.weight, search.log, unlikely, search.recipients, search.treated, how.chances)
        self.away, self.rest = float(search.away(counts).sum()), self.search.rest(self.state.counts)
        self.best, self.lowest, self.within = counts.copy(), self.away + how.weight * self.rest, counts.copy()

    def step(self, heat: float, moves: int) -> None:
        """One short chain at inverse temperature `heat`, accepted or undone."""
        _copy(self.state, self.before)
        seed, chain = int(self.rng.integers(2**31)), (self.search.arrays, self.state, self.new, *self.given)
        away = annealing_moves.anneal(*chain, (heat, heat), moves, seed, self.within)
        rest = self.search.rest(self.state.counts)
        if np.log(self.rng.random()) >= heat * self.weight * (self.rest - rest):
            _copy(self.before, self.state)
            return
        self.away, self.rest = away, rest
        if away + self.weight * rest < self.lowest - 1e-9:
            self.lowest, self.best = away + self.weight * rest, self.state.counts.copy()

    def refresh(self) -> None:
        """Compute the state from the counts again, so that rounding errors do not add up."""
        _copy(self.search.state(self.state.counts), self.state)


def _copy(source: annealing_moves.State, target: annealing_moves.State) -> None:
    for one, other in zip(source, target, strict=True):
        other[...] = one


def cooled(search: Search, counts: np.ndarray, unlikely: np.ndarray, how: Cooling, seed: int) -> np.ndarray:
    """The best counts (C) on the way while the inverse temperature rises from `how.first` to `how.last`."""
    chain = Chain(search, counts, unlikely, how, seed)
    for step in range(how.chains):
        chain.step(how.first * (how.last / how.first) ** (step / how.chains), how.moves)
        if step % REFRESH_EVERY == REFRESH_EVERY - 1:
            chain.refresh()
    return chain.best


def penalty(search: Search, counts: np.ndarray, weight: float) -> float:
    """The penalty that a fit lowers: weighted distances from all intervals, plus `weight` times the further penalty."""
    return float(search.away(counts).sum()) + weight * search.rest(counts)
