"""Moves of treated cells that hardly change an estimate.

Estimates of counts are linear, and one unit in one treated cell moves them by many roundings. So most single changes
are refused late in a search. But there are many pairs of shifts whose effects on all estimates cancel nearly: they
leave estimates alone and change standard errors, deviations and logarithms, which are then the only ones to settle.
"""

import numpy as np
from scipy.spatial import cKDTree

from enclave.twin.fit import forms

REACH, MOST_MOVES = 2.0, 300_000


def moves(arrays, wanted, seed: int = 0) -> np.ndarray:
    """Two shifts of a unit that change no estimate by more than `REACH`: cells from, to, from, to (L x 4).

    A shift goes from one year of a treated pair to another, or from one treated pair to another in a year. The reach is
    in half widths of print. Of more than `MOST_MOVES` such moves, as many are drawn with `seed`.
    """
    cells, effects = _shifts(arrays, wanted)
    tree, opposite = cKDTree(effects), cKDTree(-effects)
    near = tree.sparse_distance_matrix(opposite, REACH, p=np.inf, output_type="ndarray")
    near = near[near["i"] < near["j"]]
    both = np.column_stack([cells[near["i"]], cells[near["j"]]])
    distinct = (np.diff(np.sort(both, axis=1), axis=1) > 0).all(axis=1)
    both = both[distinct]
    if len(both) > MOST_MOVES:
        both = both[np.sort(np.random.default_rng(seed).choice(len(both), MOST_MOVES, replace=False))]
    return both


def _shifts(arrays, wanted) -> tuple[np.ndarray, np.ndarray]:
    """From which cell to which (M x 2), and the effect of each shift on every estimate (M x estimates)."""
    treated = np.flatnonzero(arrays.treated)
    grid = treated[:, None] * forms.T + np.arange(forms.T)
    in_time = [(row[u], row[v]) for row in grid for u in range(forms.T) for v in range(forms.T) if u != v]
    between = [(a, b) for column in grid.T for a in column for b in column if a != b]
    cells = np.array(in_time + between)
    effect = estimates(arrays, wanted)
    return cells, effect[cells[:, 1]] - effect[cells[:, 0]]


def estimates(arrays, wanted) -> np.ndarray:
    """What a unit in each cell does to each estimate of counts, in half widths of print (cells x estimates)."""
    half = {name: half for name, half in zip(wanted.names, wanted.half, strict=True) if name[-1] == "estimate"}
    columns, names = [], iter(half)
    for logarithm, _, terms, first, _ in arrays.models:
        for term in range(terms):
            name = next(names)
            if not logarithm:
                columns.append(arrays.sums[:, first + term] / half[name])
    columns += [arrays.sums[:, arrays.places[0] + k] / half[next(names)] for k in range(arrays.places[2])]
    return np.column_stack(columns)
