"""Annealing that also hears what is too dear to compute for a single move.

Claims and rules on whole tables of counts take a millisecond, a move takes two millionths of a second. So short chains
of moves obey the numbers alone, and each chain as a whole is then kept or undone by what it did to the rest. That
samples the law of both together: the surrogate transition method of Liu (Monte Carlo Strategies in Scientific
Computing, 2001, section 9.4.3).
"""

from typing import NamedTuple

import numpy as np

from enclave_twin.fit import annealing_moves
from enclave_twin.fit.annealing import CHANCES, Search

ANEW_EVERY = 2000


class Cooling(NamedTuple):
    """First and last inverse temperature, short chains, moves in each, weight of the rest, which moves how often."""

    first: float
    last: float
    chains: int
    moves: int
    weight: float
    chances: np.ndarray = CHANCES


class Chain:
    """Counts on their way: a state of the search, what the rest charges, and the best counts so far."""

    def __init__(self, search: Search, counts: np.ndarray, unlikely: np.ndarray, how: Cooling, seed: int):
        """`counts` (C); `unlikely` (C x counts) charges for improbable ones; `how` tells weight and chances."""
        self.search, self.weight, self.rng = search, how.weight, np.random.default_rng(seed)
        self.state, self.new, self.before = (search.state(counts) for _ in range(3))
        self.given = (search.arrays.weight, search.log, unlikely, search.recipients, search.treated, how.chances)
        self.away, self.rest = float(search.away(counts).sum()), self.search.rest(self.state.counts)
        self.best, self.lowest, self.within = counts.copy(), self.away + how.weight * self.rest, counts.copy()

    def step(self, heat: float, moves: int) -> None:
        """A short chain at inverse temperature `heat`, kept or undone."""
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
        """Compute the state anew, so that rounding errors do not add up."""
        _copy(self.search.state(self.state.counts), self.state)


def _copy(source: annealing_moves.State, target: annealing_moves.State) -> None:
    for one, other in zip(source, target, strict=True):
        other[...] = one


def cooled(search: Search, counts: np.ndarray, unlikely: np.ndarray, how: Cooling, seed: int) -> np.ndarray:
    """The best counts (C) on the way while the inverse temperature rises from `how.first` to `how.last`."""
    chain = Chain(search, counts, unlikely, how, seed)
    for step in range(how.chains):
        chain.step(how.first * (how.last / how.first) ** (step / how.chains), how.moves)
        if step % ANEW_EVERY == ANEW_EVERY - 1:
            chain.refresh()
    return chain.best


def charge(search: Search, counts: np.ndarray, weight: float) -> float:
    """Distances to all intervals in half widths by importance, and what the rest charges."""
    return float(search.away(counts).sum()) + weight * search.rest(counts)
