"""Moves that hardly change an estimate.

Estimates of counts are linear in the counts, and one link in one treated cell changes them by many units of their last
digit. So most single changes are rejected late in a search. But many pairs of shifts nearly cancel in all estimates.
They change only standard errors, deviations, logarithms and yearly totals.
"""

import numpy as np
from scipy.spatial import cKDTree

from enclave_twin.fit import linear_forms

# most half widths by which a move may change an estimate
REACH = 8.0
# most moves of one kind
MOST_MOVES = 1_000_000
# never-treated pairs that are drawn for each shift between their years
COPIES = 3
# pairs of moves: number of first moves, most pairs, most half widths outside an interval
FIRST = 200
MOST_PAIRS = 25_000
MARGIN = 0.05


def moves(arrays, wanted, seed: int = 0) -> np.ndarray:
    """Two shifts of a link that change no estimate by more than `REACH`: cells from, to, from, to (L x 4).

    The first shift is between two years of a treated pair, or between two treated pairs in a year. The second is of the
    same kind, or between two years of a never-treated pair; for these `COPIES` pairs are drawn. If more than
    `MOST_MOVES` of a kind cancel, as many are drawn with `seed`.
    """
    rng, effect = np.random.default_rng(seed), estimates(arrays, wanted)[0]
    treated, never = (_grid(np.flatnonzero(side)) for side in (arrays.treated, ~arrays.treated))
    own = np.concatenate([_in_time(treated), _between(treated)])
    # all never-treated pairs have the same weights
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
    """Row numbers of the shifts of `one` and of `other` that nearly cancel."""
    trees = [cKDTree(sign * (effect[cells[:, 1]] - effect[cells[:, 0]])) for sign, cells in ((1, one), (-1, other))]
    near = trees[0].sparse_distance_matrix(trees[1], REACH, p=np.inf, output_type="ndarray")
    if len(near) > MOST_MOVES:
        near = near[np.sort(rng.choice(len(near), MOST_MOVES, replace=False))]
    return near["i"], near["j"]


def estimates(arrays, wanted) -> tuple[np.ndarray, np.ndarray]:
    """The change of each estimate of counts by one link in each cell, in half widths (C x estimates).

    The second result has the places of these estimates among the wanted numbers.
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
    """Two moves at once after which all estimates of counts are in their intervals: cells from, to, ... (L x 8).

    They may be outside by `MARGIN`. The first moves are `FIRST` of `moves`, in either direction. Of all pairs found
    `MOST_PAIRS` are drawn. No cell changes twice or becomes negative.
    """
    moves = np.concatenate([moves, moves[:, [1, 0, 3, 2]]])
    moves = moves[(counts[moves[:, ::2]] > 0).all(axis=1)]
    effect, places = estimates(search.arrays, search.wanted)
    half, values = np.array(search.wanted.half)[places], search.values(counts)[places]
    low, high = ((edge[places] - values) / half for edge in (search.arrays.low, search.arrays.high))
    width, middle = (high - low) / 2 + MARGIN, (low + high) / 2
    moved = effect[moves[:, 1]] - effect[moves[:, 0]] + effect[moves[:, 3]] - effect[moves[:, 2]]
    first = rng.choice(len(moves), min(FIRST, len(moves)), replace=False)
    tree = cKDTree(moved / width)
    seconds = tree.query_ball_point((middle - moved[first]) / width, 1.0, p=np.inf, return_sorted=True)
    firsts = np.repeat(first, [len(found) for found in seconds])
    found = np.hstack([moves[firsts], moves[np.concatenate(seconds).astype(int)]])
    found = found[(np.diff(np.sort(found, axis=1), axis=1) > 0).all(axis=1)]
    return rng.permutation(found)[:MOST_PAIRS]
