"""Counts as real numbers: damped Gauss-Newton steps that bring every wanted number into its interval.

There are far fewer wanted numbers than cells. So each step is the smallest change of the cells, in units of their
spread, that closes the linearised distances from the intervals. The largest cell of a pair stays at 1 or more, and no
cell becomes negative: cells that a step would make negative go to zero, and the others close the distances. Only the
share of a step is made that lowers the distances.

A real count stands for a whole one that is drawn: the whole number below it or above it, with the real count as mean.
So logarithms and squares are nearly the expected ones. Counts that are rounded later then have the wanted moments,
variances and R2 on average; plain real counts would have too small ones.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from enclave_twin.fit import linear_forms
from enclave_twin.fit.targets import Arrays

# shares of a step that are tried until the sum of squared distances falls by this part of the share
SHARES = (1.0, 0.5, 0.25, 0.1, 0.03)
ENOUGH = 0.2
# the search ends if no share lowers the sum by this part
STALLED = 1e-3
# how often cells that would become negative are looked for in a step
BOUNDS = 6
# half widths inside an interval that a step aims at
INSIDE = 0.4
# ridge of the least-squares problem of a step, in squared half widths
RIDGE = 0.05
# intervals up to this width (half widths) are held in each step, even if their number is inside
NARROW = 20.0
# steps after each batch of rounded cells
ROUNDING_STEPS = 8


class Further(NamedTuple):
    """Wanted numbers beside those of the arrays: their smallest value, the cost of a unit below it, and a function.

    The function gives the numbers of real cells (C) and their derivatives (numbers x C).
    """

    least: float
    weight: float
    values: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def solved(
    arrays: Arrays, start: np.ndarray, spread: np.ndarray, steps: int = 200, further: Further | None = None
) -> np.ndarray:
    """Real cells near `start` (C) whose wanted numbers are in their intervals, or as near as `steps` steps come.

    `spread` (C) says how freely each cell may move. `arrays.weight` says which intervals count more.
    """
    arrays, numbers = _with_further(arrays, further)
    least = _least(arrays, start)
    cells = np.maximum(start.astype(float), least)
    inset = np.minimum(INSIDE / np.maximum(arrays.weight, 1e-12), (arrays.high - arrays.low) / 4)
    low, high = arrays.low + inset, arrays.high - inset
    narrow = (arrays.high - arrays.low) * arrays.weight < NARROW
    found, slopes = numbers(cells)
    for _ in range(steps):
        away = _away(found, low, high)
        if not away.any():
            break
        held = narrow | (away != 0)
        step = _step(slopes[held], away[held], arrays.weight[held], cells - least, spread)
        now, then, made = _squares(away, arrays), np.inf, (cells, found, slopes)
        for share in SHARES:
            trial = np.maximum(cells + share * step, least)
            values, changes = numbers(trial)
            if (reached := _squares(_away(values, low, high), arrays)) < then:
                then, made = reached, (trial, values, changes)
            if then < now * (1 - ENOUGH * share):
                break
        if then > now * (1 - STALLED):
            break
        cells, found, slopes = made
    return cells


def _with_further(arrays: Arrays, further: Further | None) -> tuple[Arrays, Callable]:
    """The intervals with those of the further numbers after them, and the function that gives all numbers."""
    if further is None:
        return arrays, partial(linearised, arrays)
    number = len(further.values(np.ones(len(arrays.least)))[0])
    ends = {"low": further.least, "high": np.inf, "weight": further.weight}
    wider = arrays._replace(
        **{name: np.append(getattr(arrays, name), np.full(number, end)) for name, end in ends.items()}
    )

    def every(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        (found, slopes), (more, their_slopes) = linearised(arrays, cells), further.values(cells)
        return np.concatenate([found, more]), np.concatenate([slopes, their_slopes])

    return wider, every


def _away(found: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.minimum(0, found - low) + np.maximum(0, found - high)


def _squares(away: np.ndarray, arrays: Arrays) -> float:
    return float(((away * arrays.weight) ** 2).sum())


def _least(arrays: Arrays, start: np.ndarray) -> np.ndarray:
    """The smallest value of each cell: that of the problem, and 1 in the largest cell of each pair."""
    grid = start.reshape(-1, linear_forms.T)
    least = arrays.least.astype(float).reshape(grid.shape)
    rows = np.arange(len(grid))
    least[rows, grid.argmax(axis=1)] = np.maximum(least[rows, grid.argmax(axis=1)], 1.0)
    return least.ravel()


def _step(slopes, away, weight, cells, spread) -> np.ndarray:
    """The smallest step that closes the distances. `cells` are over their smallest values, below which none falls."""
    ended, scaled, step = np.zeros(len(cells), bool), slopes * weight[:, None], np.zeros(len(cells))
    for _ in range(BOUNDS):
        left = away * weight - scaled[:, ended] @ cells[ended]
        own = scaled * np.where(ended, 0.0, spread)
        gram = own @ own.T
        ridge = RIDGE * np.eye(len(gram)) + 1e-9 * np.trace(gram) * np.eye(len(gram))
        step = np.where(ended, -cells, -(own.T @ np.linalg.solve(gram + ridge, left)) * spread)
        below = step < -cells
        if not below.any():
            break
        ended |= below
    return np.maximum(step, -cells)


def linearised(a: Arrays, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every wanted number in the order of `annealing_moves.values` (W), and their derivatives (W x C)."""
    sides = [_Side(a, cells, function, number) for number, function in enumerate((_itself, np.log1p))]
    found, slopes = [], []

    def add(pair: tuple[float, np.ndarray]) -> None:
        found.append(pair[0])
        slopes.append(pair[1])

    for side in sides:
        for treated in (False, True):
            add(side.mean(treated))
            add(side.deviation(treated))
    for number, (logarithm, controls, terms, first, score) in enumerate(a.models):
        side = sides[logarithm]
        for term in range(terms):
            _tested(add, side.weighted(first + term), side.error(score + term, a.factor[number]))
        add(side.r2(controls, first, a.bread[number][:terms, :terms]))
    for number in range(a.places[2]):
        _tested(add, sides[0].weighted(a.places[0] + number), sides[0].error(a.places[1] + number, 1.0))
    for number in range(a.places[3], a.sums.shape[1]):
        add(sides[0].weighted(number))
    return np.array(found), np.array(slopes)


def _tested(add, estimate: tuple, error: tuple) -> None:
    add(estimate)
    add(error)
    sign, size = np.sign(estimate[0]), abs(estimate[0])
    add((size / error[0], sign * estimate[1] / error[0] - size / error[0] ** 2 * error[1]))


def _itself(cells: np.ndarray) -> np.ndarray:
    return cells


def drawn(function: Callable, slope: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearly the expected value of a function of whole numbers drawn with the means `cells`, and its derivative.

    It is exact for whole means and halfway between them; in between it is smooth, so that steps do not end at whole
    numbers. `slope`: the derivative of the function at `cells`.
    """
    below = np.floor(cells)
    bend = (function(below) + function(below + 1)) / 2 - function(below + 0.5)
    return function(cells) + bend * np.sin(np.pi * cells) ** 2, slope + bend * np.pi * np.sin(2 * np.pi * cells)


class _Side:
    """Wanted numbers of the counts, or of their logarithms, each with its derivatives."""

    def __init__(self, a: Arrays, cells: np.ndarray, function: Callable, logarithm: int) -> None:
        self.a = a
        plain, first = function(cells), 1 / (1 + cells) if logarithm else np.ones_like(cells)
        self.values, self.slope = drawn(function, first, cells)
        self.squares, self.square_slope = drawn(lambda x: function(x) ** 2, 2 * plain * first, cells)
        # variance of each value
        self.spread = self.squares - self.values**2
        self.spread_slope = self.square_slope - 2 * self.values * self.slope
        self.sums, self.scores = (a.log_sums, a.log_scores) if logarithm else (a.sums, a.scores)
        self.group = np.repeat(a.treated, linear_forms.T)
        self.grid = self.values.reshape(len(a.treated), linear_forms.T)
        self.pair_scores = np.tensordot(self.values, self.scores, 1)

    def mean(self, treated: bool) -> tuple[float, np.ndarray]:
        own = self.group == treated
        return self.values[own].mean(), own / own.sum() * self.slope

    def deviation(self, treated: bool) -> tuple[float, np.ndarray]:
        own = self.group == treated
        mean, size = self.values[own].mean(), own.sum()
        spread = np.sqrt((self.squares[own].sum() - size * mean**2) / (size - 1))
        return spread, own * (self.square_slope / 2 - mean * self.slope) / ((size - 1) * spread)

    def weighted(self, number: int) -> tuple[float, np.ndarray]:
        return float(self.values @ self.sums[:, number]), self.sums[:, number] * self.slope

    def error(self, number: int, factor: float) -> tuple[float, np.ndarray]:
        scores, each = self.pair_scores[number], (self.scores[:, number, :] ** 2).sum(axis=1)
        error = np.sqrt(factor * (scores @ scores + self.spread @ each))
        slope = (self.scores[:, number, :] @ scores) * self.slope + each * self.spread_slope / 2
        return error, factor / error * slope

    def r2(self, controls: int, first: int, bread: np.ndarray) -> tuple[float, np.ndarray]:
        left = (self.a.makers[controls] @ self.grid @ linear_forms.WITHIN).ravel()
        estimates = self.values @ self.sums[:, first : first + len(bread)]
        # share of a variance that pair and year effects leave
        kept = np.trace(self.a.makers[controls]) * (linear_forms.T - 1) / len(self.values)
        unexplained = left @ left - estimates @ bread @ estimates + kept * self.spread.sum()
        slope = 2 * (left - self.sums[:, first : first + len(bread)] @ (bread @ estimates)) * self.slope
        slope += kept * self.spread_slope
        total = self.squares.sum() - len(self.values) * self.values.mean() ** 2
        total_slope = self.square_slope - 2 * self.values.mean() * self.slope
        return 1 - unexplained / total, unexplained / total**2 * total_slope - slope / total


def rounded(
    arrays: Arrays,
    cells: np.ndarray,
    spread: np.ndarray,
    which: np.ndarray,
    batches: int,
    further: Further | None = None,
) -> np.ndarray:
    """Cells (C) with whole numbers where `which` (C) is true.

    They are rounded in batches, those nearest to a whole number first. The cells that are still real adapt after each.
    """
    cells, left = cells.copy(), which.copy()
    for batch in range(batches, 0, -1):
        away = np.where(left, np.abs(cells - np.rint(cells)), np.inf)
        chosen = np.argsort(away, kind="stable")[: -(-left.sum() // batch)]
        cells[chosen], left[chosen] = np.rint(cells[chosen]), False
        cells = solved(arrays, cells, spread * (left | ~which), ROUNDING_STEPS, further)
    return cells
