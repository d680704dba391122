"""From real to whole counts that still give the numbers: lattice reduction (LLL) and Babai's nearest plane.

One link in one treated cell changes most estimates by five to seventeen units of their last digit. Hardly any of the
whole counts next to real ones gives the printed numbers, and a search by single links does not find them. But the whole
changes of many cells, together with the changes of all numbers that they cause, form a lattice. The algorithm of
Lenstra, Lenstra and Lovász (Factoring polynomials with rational coefficients, 1982) finds a basis of short vectors.
These change few cells, and hardly change a number. Babai's nearest plane algorithm (On Lovász' lattice reduction and
the nearest lattice point problem, 1986) then finds a whole change near any wanted change.
"""

import flint
import numpy as np

from enclave_twin.fit import continuous, linear_forms
from enclave_twin.fit.annealing import Search

# number of never-treated cells in the lattice, besides all treated ones
SOME = 100
# cost of half the interval of a printed number, and of R2, which later stages can correct
NUMBER = 0.7
NUMBER_R2 = 0.175
# cost of a treated total of a year that is this many links away from the real one
YEAR = 0.7
YEAR_LINKS = 3.0
# least spread over cells of the change of a number by one link (half widths); other numbers are left out
LEAST_CHANGE = 0.04
# cells with few links cost more, because logarithms are most curved there: counts and factors on the cost of a link
FEW = (0, 1, 2)
COST_OF_FEW = (5.0, 3.0, 1.5)
# cost of a link in a cell with y links: 1 / sqrt(LEAST_COST + COST_GROWTH * y)
LEAST_COST = 0.5
COST_GROWTH = 0.2
# the reduction uses integers: units per unit of cost
GRAIN = 1024
# standard deviation (links) of the noise on the start of a walk from real counts
JITTER = 0.2
# share of each interval within which the aim of a walk is drawn
INNER = 0.3
# weight of the further penalty (claim C13 and the rules of plausibility) when points are compared
REST = 15.0
# most steps of a walk, and the share of the curvature that a step corrects
STEPS = 12
SHARE = 0.7


class Lattice:
    """The lattice of whole changes of some cells of `counts`, with a basis of short vectors.

    Attributes
    ----------
    cells : which cells may change (K)
    vectors : the basis, one vector per row (K x K, links)
    slopes : change of each number, and of the treated total of each year, by one link in each cell (K x D + T)
    numbers : places of these numbers among the wanted ones (D)
    low, high : by how much each may change (D + T): half widths, and links
    cost : cost of one link in each cell (K)
    """

    def __init__(self, search: Search, counts: np.ndarray, real: np.ndarray, cells: np.ndarray) -> None:
        """`counts`: whole (C); `real`: counts that give the numbers, whose treated totals are wanted, too (C)."""
        values, slopes = continuous.linearised(search.arrays, counts.astype(float))
        half, names = np.array(search.wanted.half), search.wanted.names
        slopes = slopes[:, cells] / half[:, None]
        self.cells = cells
        self.numbers = np.flatnonzero(search.printed() & (slopes.std(axis=1) > LEAST_CHANGE))
        self.slopes = slopes[self.numbers].T
        self.low, self.high = (
            ((edge - values) / half)[self.numbers] for edge in (search.arrays.low, search.arrays.high)
        )
        yearly = np.repeat(search.arrays.treated, linear_forms.T)[:, None] * np.tile(
            np.eye(linear_forms.T), (len(search.arrays.treated), 1)
        )
        wanted = (real - counts) @ yearly
        self.slopes = np.hstack([self.slopes, yearly[cells]])
        self.low = np.concatenate([self.low, wanted - YEAR_LINKS])
        self.high = np.concatenate([self.high, wanted + YEAR_LINKS])
        few = [counts[cells] == number for number in FEW]
        self.cost = np.select(few, COST_OF_FEW, 1.0) / np.sqrt(LEAST_COST + COST_GROWTH * counts[cells])
        self.weight = np.array(
            [NUMBER_R2 if names[number][-1] == "r2" else NUMBER for number in self.numbers] + [YEAR] * linear_forms.T
        )
        self.weight *= 2 / (self.high - self.low)
        self.vectors = self._reduced()
        self.planes, self.steps = np.linalg.qr(self._costs(self.vectors, self.vectors @ self.slopes).T)

    def _costs(self, changes: np.ndarray, effects: np.ndarray) -> np.ndarray:
        """Changes of cells and of numbers, each times its cost: rows of the lattice."""
        return np.hstack([changes * self.cost, effects * self.weight])

    def _reduced(self) -> np.ndarray:
        rows = np.rint(GRAIN * self._costs(np.eye(len(self.cells)), self.slopes)).astype(int)
        reduced = np.array(flint.fmpz_mat(rows.tolist()).lll().tolist(), dtype=float)
        return np.rint(reduced[:, : len(self.cells)] / GRAIN / self.cost).astype(int)

    def nearest(self, change: np.ndarray, effect: np.ndarray) -> np.ndarray:
        """A whole change (K) near a real one (K) that changes the numbers and totals by about `effect` (D + T)."""
        left = self.planes.T @ self._costs(change[None], effect[None])[0]
        times = np.zeros(len(left))
        for place in range(len(left) - 1, -1, -1):
            times[place] = np.rint((left[place] - self.steps[place] @ times) / self.steps[place, place])
        return (times @ self.vectors).astype(int)


def whole(search: Search, cells: np.ndarray, spread: np.ndarray, batches: int, tries: int, seed: int) -> np.ndarray:
    """Whole counts (C) near real `cells` (C) that give the wanted numbers, or nearly so.

    Cells of never-treated pairs are rounded in `batches`; the cells that are still real adapt after each. The treated
    cells then become a point of the lattice: of all points on `tries` walks the one with the least distance from the
    intervals, where broken rules count as distance (`REST`). `spread` as in `continuous.solved`.
    """
    rng, treated = np.random.default_rng(seed), np.repeat(search.arrays.treated, linear_forms.T)
    real = continuous.rounded(search.arrays, cells, spread, ~treated, batches, search.further)
    counts = np.maximum(np.rint(real), 0).astype(np.int64)
    return _best(search, counts, real, cells, tries, JITTER, rng)


def another(search: Search, counts: np.ndarray, tries: int, jitter: float, rng: np.random.Generator) -> np.ndarray:
    """Other whole counts (C) near whole ones: the best point of `tries` walks from them, or the same if there is none.

    jitter : standard deviation (links) of the noise on the start of a walk
    """
    return _best(search, counts, counts.astype(float), counts.astype(float), tries, jitter, rng)


def _best(search, counts, real, totals, tries: int, jitter: float, rng: np.random.Generator) -> np.ndarray:
    """The best point of `tries` walks near `real` that is not `counts`; `totals` have the wanted treated totals."""
    treated = np.repeat(search.arrays.treated, linear_forms.T)
    some = rng.choice(np.flatnonzero(~treated & (counts > 0)), SOME, replace=False)
    lattice = Lattice(search, counts, totals, np.concatenate([np.flatnonzero(treated), some]))
    weight, best, lowest = search.stiffness(counts), counts, np.inf
    for _ in range(tries):
        for point, values in _walk(lattice, search, counts, real, jitter, rng):
            away = search.outside(values) @ weight
            # the rules take longer to compute, and can only add
            if away < lowest and (away := away + REST * search.rest(point)) < lowest and (point != counts).any():
                lowest, best = away, point
    return best


def _walk(lattice: Lattice, search: Search, counts: np.ndarray, real: np.ndarray, jitter: float, rng):
    """Yield whole counts near the real ones, and their numbers. Each step corrects for the curvature of the last."""
    change = (real - counts)[lattice.cells] + rng.normal(0, jitter, len(lattice.cells))
    inside = rng.uniform(-INNER, INNER, len(lattice.low)) * (lattice.high - lattice.low) / 2
    effect, bend, printed = (lattice.low + lattice.high) / 2 + inside, 0.0, len(lattice.numbers)
    before, half = search.values(counts), np.array(search.wanted.half)
    for step in range(STEPS):
        moved, point = lattice.nearest(change, effect - bend), counts.copy()
        point[lattice.cells] += moved
        if not search.allows(point):
            return
        values = search.values(point)
        yield point, values
        bent = np.zeros(len(effect))
        bent[:printed] = ((values - before) / half)[lattice.numbers] - moved @ lattice.slopes[:, :printed]
        bend = bent if step == 0 else bend + SHARE * (bent - bend)
