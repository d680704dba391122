"""Moves that hardly change an estimate.

Estimates of counts are linear, and one unit in one treated cell moves them by many roundings. So most single changes
are refused late in a search. But there are many pairs of shifts whose effects on all estimates cancel nearly: they
leave estimates alone and change standard errors, deviations, logarithms and yearly totals, which are then the only
ones to settle.
"""

import numpy as np
from scipy.spatial import cKDTree

from enclave_twin.fit import linear_forms

REACH, MOST_MOVES, COPIES = 8.0, 1_000_000, 3
# of moves two at a time: how many first ones, how many are looked at, how far outside they may lead (half widths)
FIRST, MOST_PAIRS, MARGIN = 200, 25_000, 0.05


def moves(arrays, wanted, seed: int = 0) -> np.ndarray:
    """Two shifts of a unit that change no estimate by more than `REACH`: cells from, to, from, to (L x 4).

    The first shift goes from one year of a treated pair to another, or from one treated pair to another in a year; the
    second is another such, or goes between two years of a never-treated pair, for which `COPIES` pairs are drawn. The
    reach is in half widths of print. Of more than `MOST_MOVES` that cancel, of a kind, as many are drawn with `seed`.
    """
    rng, effect = np.random.default_rng(seed), estimates(arrays, wanted)[0]
    treated, never = (_grid(np.flatnonzero(side)) for side in (arrays.treated, ~arrays.treated))
    own = np.concatenate([_in_time(treated), _between(treated)])
    # never-treated pairs have the same weights, so the first stands for all
    yearly = _in_time(never[:1])
    first, second = _cancelling(own, own, effect, rng)
    twice = np.column_stack([own[first], own[second]])[first < second]
    one, other = (np.tile(part, COPIES) for part in _cancelling(own, yearly, effect, rng))
    years, pairs = yearly[other] - never[0, 0], rng.integers(len(never), size=len(other))
    found = np.concatenate([twice, np.column_stack([own[one], never[pairs, :1] + years])])
    return found[(np.diff(np.sort(found, axis=1), axis=1) > 0).all(axis=1)]


def _grid(pairs: np.ndarray) -> np.ndarray:
    return pairs[:, None] * linear_forms.T + np.arange(linear_forms.T)


def _in_time(grid: np.ndarray) -> np.ndarray:
    """Shifts from a year of a pair to another: cells from and to (M x 2)."""
    return np.array(
        [(row[u], row[v]) for row in grid for u in range(linear_forms.T) for v in range(linear_forms.T) if u != v]
    )


def _between(grid: np.ndarray) -> np.ndarray:
    """Shifts from a pair to another within a year."""
    return np.array([(a, b) for column in grid.T for a in column for b in column if a != b])


def _cancelling(one: np.ndarray, other: np.ndarray, effect: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """Which shift of `one` and which of `other` cancel nearly."""
    trees = [cKDTree(sign * (effect[cells[:, 1]] - effect[cells[:, 0]])) for sign, cells in ((1, one), (-1, other))]
    near = trees[0].sparse_distance_matrix(trees[1], REACH, p=np.inf, output_type="ndarray")
    if len(near) > MOST_MOVES:
        near = near[np.sort(rng.choice(len(near), MOST_MOVES, replace=False))]
    return near["i"], near["j"]


def estimates(arrays, wanted) -> tuple[np.ndarray, np.ndarray]:
    """What a unit in each cell does to each estimate of counts, in half widths of print; and which numbers these are.

    The first is cells x estimates, the second has places among the wanted numbers.
    """
    places = iter([place for place, name in enumerate(wanted.names) if name[-1] == "estimate"])
    columns, linear = [], []
    for logarithm, _, terms, first, _ in arrays.models:
        for term, place in zip(range(terms), places, strict=False):
            if not logarithm:
                columns.append(arrays.sums[:, first + term] / wanted.half[place])
                linear.append(place)
    for number, place in enumerate(places):
        columns.append(arrays.sums[:, arrays.places[0] + number] / wanted.half[place])
        linear.append(place)
    return np.column_stack(columns), np.array(linear)


def pairs(search, counts: np.ndarray, moves: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two moves at once that leave estimates of counts in their intervals: cells from, to, from, to, ... (L x 8).

    Single moves leave an interval, but there are so many pairs of them that some do not, or by no more than `MARGIN`.
    Of all whose first moves are among `FIRST` of `moves` (either way), `MOST_PAIRS` are drawn. No cell is changed twice
    or falls below none.
    """
    moves = np.concatenate([moves, moves[:, [1, 0, 3, 2]]])
    moves = moves[(counts[moves[:, ::2]] > 0).all(axis=1)]
    effect, places = estimates(search.arrays, search.wanted)
    half, values = np.array(search.wanted.half)[places], search.values(counts)[places]
    low, high = ((edge[places] - values) / half for edge in (search.arrays.low, search.arrays.high))
    room, middle = (high - low) / 2 + MARGIN, (low + high) / 2
    moved = effect[moves[:, 1]] - effect[moves[:, 0]] + effect[moves[:, 3]] - effect[moves[:, 2]]
    first = rng.choice(len(moves), min(FIRST, len(moves)), replace=False)
    tree = cKDTree(moved / room)
    seconds = tree.query_ball_point((middle - moved[first]) / room, 1.0, p=np.inf, return_sorted=True)
    firsts = np.repeat(first, [len(found) for found in seconds])
    found = np.hstack([moves[firsts], moves[np.concatenate(seconds).astype(int)]])
    found = found[(np.diff(np.sort(found, axis=1), axis=1) > 0).all(axis=1)]
    return rng.permutation(found)[:MOST_PAIRS]
