"""The search for the last digits: short bursts of annealing, each kept if it brings more or only a little less.

A burst is long enough to change several cells and short enough to be judged by things that a single move cannot afford,
such as estimates on the cells with links alone (`Search.extra`).
"""

from typing import NamedTuple

import numpy as np

from enclave.twin.fit.search import Search

MOVES = (300, 1000, 3000, 10_000)


class Cooling(NamedTuple):
    """How bursts are judged: first and last temperature, inverse temperatures within a burst, weight of the rest."""

    hot: float
    cold: float
    heats: tuple[float, ...]
    extra: float


NUMBERS = Cooling(0.4, 0.05, (3.0, 6.0, 12.0, 24.0), 15.0)
REST = Cooling(0.12, 0.04, (8.0, 16.0, 24.0), 60.0)


def charge(search: Search, counts: np.ndarray, extra: float = REST.extra) -> float:
    """Distances to all intervals in half widths by importance, and the further charge of the problem."""
    return float(search.away(counts).sum()) + extra * (search.extra(counts) if search.extra else 0.0)


def cooled(search: Search, counts: np.ndarray, number: int, seed: int, how: Cooling = REST) -> np.ndarray:
    """The best counts (C) that `number` bursts come by; stops when all is met."""
    rng, unlikely = np.random.default_rng(seed), search.unlikely(counts)
    now = lowest = charge(search, counts, how.extra)
    best = counts
    for burst in range(number):
        if search.content(best):
            break
        heat, moves = rng.choice(how.heats), rng.choice(MOVES)
        ends = search.anneal(counts, (heat, heat * 1.0001), moves, int(rng.integers(2**31)), unlikely=unlikely)
        trial = ends[rng.integers(2)]
        then = charge(search, trial, how.extra)
        if then < now or rng.random() < np.exp((now - then) / (how.hot * (how.cold / how.hot) ** (burst / number))):
            counts, now = trial, then
        if now < lowest:
            best, lowest = counts, now
    return best
