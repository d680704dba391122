"""Counts as real numbers: damped Gauss-Newton steps that bring every wanted number into its interval.

There are far fewer wanted numbers than cells. So each step is the smallest change of the cells, in units of their
spread, that closes the linearised distances from the intervals. The largest cell of a pair stays at 1 or more, and no
cell becomes negative: cells that a step would make negative go to zero, and the others close the distances. Only the
share of a step is made that lowers the distances.
"""

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


def solved(arrays: Arrays, start: np.ndarray, spread: np.ndarray, steps: int = 200) -> np.ndarray:
    """Real cells near `start` (C) whose wanted numbers are in their intervals, or as near as `steps` steps come.

    `spread` (C) says how freely each cell may move. `arrays.weight` says which intervals count more.
    """
    least = _least(arrays, start)
    cells = np.maximum(start.astype(float), least)
    inset = np.minimum(INSIDE / np.maximum(arrays.weight, 1e-12), (arrays.high - arrays.low) / 4)
    low, high = arrays.low + inset, arrays.high - inset
    narrow = (arrays.high - arrays.low) * arrays.weight < NARROW
    found, slopes = linearised(arrays, cells)
    for _ in range(steps):
        away = _away(found, low, high)
        if not away.any():
            break
        held = narrow | (away != 0)
        step = _step(slopes[held], away[held], arrays.weight[held], cells - least, spread)
        now, then = _squares(away, arrays), np.inf
        for share in SHARES:
            trial = np.maximum(cells + share * step, least)
            values, changes = linearised(arrays, trial)
            if (reached := _squares(_away(values, low, high), arrays)) < then:
                then, made = reached, (trial, values, changes)
            if then < now * (1 - ENOUGH * share):
                break
        if then > now * (1 - STALLED):
            break
        cells, found, slopes = made
    return cells


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
    ended, scaled = np.zeros(len(cells), bool), slopes * weight[:, None]
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
    sides = [_Side(a, cells, np.ones_like(cells), 0), _Side(a, np.log1p(cells), 1 / (1 + cells), 1)]
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


class _Side:
    """Wanted numbers of the counts, or of their logarithms, each with its derivatives."""

    def __init__(self, a: Arrays, values: np.ndarray, slope: np.ndarray, logarithm: int) -> None:
        self.a, self.values, self.slope = a, values, slope
        self.sums, self.scores = (a.log_sums, a.log_scores) if logarithm else (a.sums, a.scores)
        self.group = np.repeat(a.treated, linear_forms.T)
        self.grid = values.reshape(len(a.treated), linear_forms.T)
        self.pair_scores = np.tensordot(values, self.scores, 1)

    def mean(self, treated: bool) -> tuple[float, np.ndarray]:
        own = self.group == treated
        return self.values[own].mean(), own / own.sum() * self.slope

    def deviation(self, treated: bool) -> tuple[float, np.ndarray]:
        own = self.group == treated
        spread = self.values[own].std(ddof=1)
        return spread, own * (self.values - self.values[own].mean()) / ((own.sum() - 1) * spread) * self.slope

    def weighted(self, number: int) -> tuple[float, np.ndarray]:
        return float(self.values @ self.sums[:, number]), self.sums[:, number] * self.slope

    def error(self, number: int, factor: float) -> tuple[float, np.ndarray]:
        scores = self.pair_scores[number]
        error = np.sqrt(factor * scores @ scores)
        return error, factor / error * (self.scores[:, number, :] @ scores) * self.slope

    def r2(self, controls: int, first: int, bread: np.ndarray) -> tuple[float, np.ndarray]:
        left = (self.a.makers[controls] @ self.grid @ linear_forms.WITHIN).ravel()
        estimates = self.values @ self.sums[:, first : first + len(bread)]
        unexplained = left @ left - estimates @ bread @ estimates
        slope = 2 * left - 2 * self.sums[:, first : first + len(bread)] @ (bread @ estimates)
        centred = self.values - self.values.mean()
        total = centred @ centred
        return 1 - unexplained / total, (2 * unexplained / total**2 * centred - slope / total) * self.slope


def rounded(arrays: Arrays, cells: np.ndarray, spread: np.ndarray, which: np.ndarray, batches: int) -> np.ndarray:
    """Cells (C) with whole numbers where `which` (C) is true.

    They are rounded in batches, those nearest to a whole number first. The cells that are still real adapt after each.
    """
    cells, left = cells.copy(), which.copy()
    for batch in range(batches, 0, -1):
        away = np.where(left, np.abs(cells - np.rint(cells)), np.inf)
        chosen = np.argsort(away, kind="stable")[: -(-left.sum() // batch)]
        cells[chosen], left[chosen] = np.rint(cells[chosen]), False
        cells = solved(arrays, cells, spread * (left | ~which), ROUNDING_STEPS)
    return cells
