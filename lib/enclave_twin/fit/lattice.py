"""From real counts to whole ones that still give the numbers: short vectors of a lattice.

A unit in one treated cell moves most estimates by five to fifteen roundings. Among the whole counts next to real ones
hardly any gives the printed numbers, and no search by single units finds it. But the whole changes of many cells at
once, each with what it does to every number, are a lattice. The algorithm of Lenstra, Lenstra and Lovász (Factoring
polynomials with rational coefficients, 1982) finds a basis of it whose vectors are short: they change few cells and
hardly any number. Babai's nearest plane (On Lovász' lattice reduction and the nearest lattice point problem, 1986) then
finds a whole change near any that is wanted.
"""

import flint
import numpy as np

from enclave_twin.fit import continuous, linear_forms
from enclave_twin.fit.annealing import Search

# never-treated cells that take part besides all treated ones
SOME = 100
# what half a width of print costs (a unit costs COST_OF_FEW or less, see below), and less for R2, which others can mend
NUMBER, NUMBER_R2, FELT = 0.7, 0.175, 0.04
# a unit less often or not at all where there are few, since logarithms bend most there and nothing is below none
FEW, COST_OF_FEW, LEAST_COST, COST_GROWTH = (0, 1, 2), (5.0, 3.0, 1.5), 0.5, 0.2
# the reduction reckons in whole numbers
GRAIN = 1024
JITTER, INNER = 0.2, 0.3
# how often a point is mended for what bends, and by which share of it
MENDED, SHARE = 12, 0.7


class Lattice:
    """Whole changes of some cells of `counts`, as sums of short ones that hardly change a number.

    Attributes
    ----------
    cells : which cells may change (K)
    vectors : short changes, one a row (K x K, whole units)
    slopes : what a unit of each cell does to each number, in half widths of print (K x D)
    numbers : which of the wanted numbers these are (D)
    low, high : how far each number may move (D, half widths)
    cost : what a unit of each cell costs (K)
    """

    def __init__(self, search: Search, counts: np.ndarray, cells: np.ndarray):
        values, slopes = continuous.linearised(search.arrays, counts.astype(float))
        half, names = np.array(search.wanted.half), search.wanted.names
        slopes = slopes[:, cells] / half[:, None]
        self.cells = cells
        self.numbers = np.flatnonzero(search.printed() & (slopes.std(axis=1) > FELT))
        self.slopes = slopes[self.numbers].T
        self.low, self.high = (
            ((edge - values) / half)[self.numbers] for edge in (search.arrays.low, search.arrays.high)
        )
        few = [counts[cells] == number for number in FEW]
        self.cost = np.select(few, COST_OF_FEW, 1.0) / np.sqrt(LEAST_COST + COST_GROWTH * counts[cells])
        self.weight = np.array([NUMBER_R2 if names[number][-1] == "r2" else NUMBER for number in self.numbers])
        self.weight *= 2 / (self.high - self.low)
        self.vectors = self._reduced()
        self.planes, self.steps = np.linalg.qr(self._costs(self.vectors, self.vectors @ self.slopes).T)

    def _costs(self, changes: np.ndarray, effects: np.ndarray) -> np.ndarray:
        """Changes of cells and of numbers, each by what it costs: rows of the lattice."""
        return np.hstack([changes * self.cost, effects * self.weight])

    def _reduced(self) -> np.ndarray:
        rows = np.rint(GRAIN * self._costs(np.eye(len(self.cells)), self.slopes)).astype(int)
        reduced = np.array(flint.fmpz_mat(rows.tolist()).lll().tolist(), dtype=float)
        return np.rint(reduced[:, : len(self.cells)] / GRAIN / self.cost).astype(int)

    def nearest(self, change: np.ndarray, effect: np.ndarray) -> np.ndarray:
        """A whole change (K) near a real one (K) that moves the numbers by about `effect` (D, half widths)."""
        left = self.planes.T @ self._costs(change[None], effect[None])[0]
        times = np.zeros(len(left))
        for place in range(len(left) - 1, -1, -1):
            times[place] = np.rint((left[place] - self.steps[place] @ times) / self.steps[place, place])
        return (times @ self.vectors).astype(int)


def whole(search: Search, cells: np.ndarray, spread: np.ndarray, batches: int, tries: int, seed: int) -> np.ndarray:
    """Whole counts (C) near real `cells` (C) that give the wanted numbers or nearly so.

    Cells of never-treated pairs are rounded in `batches`, and the real rest takes up what that moves. The treated ones
    then go to a point of the lattice: of all points that `tries` walks pass the one that is nearest to print. `spread`
    as in `continuous.solved`.
    """
    rng, treated = np.random.default_rng(seed), np.repeat(search.arrays.treated, linear_forms.T)
    real = continuous.rounded(search.arrays, cells, spread, ~treated, batches)
    counts = np.maximum(np.rint(real), 0).astype(np.int64)
    some = rng.choice(np.flatnonzero(~treated & (counts > 0)), SOME, replace=False)
    lattice = Lattice(search, counts, np.concatenate([np.flatnonzero(treated), some]))
    weight, best, lowest = search.stiffness(counts), counts, np.inf
    for _ in range(tries):
        for point, values in _walk(lattice, search, counts, real, rng):
            away = search.outside(values) @ weight
            if away < lowest:
                lowest, best = away, point
    return best


def _walk(lattice: Lattice, search: Search, counts: np.ndarray, real: np.ndarray, rng: np.random.Generator):
    """Points near the real counts, with their numbers: each asked to make up for how the last one's numbers bent."""
    change = (real - counts)[lattice.cells] + rng.normal(0, JITTER, len(lattice.cells))
    inside = rng.uniform(-INNER, INNER, len(lattice.low)) * (lattice.high - lattice.low) / 2
    effect, bend = (lattice.low + lattice.high) / 2 + inside, 0.0
    before, half = search.values(counts), np.array(search.wanted.half)
    for step in range(MENDED):
        moved, point = lattice.nearest(change, effect - bend), counts.copy()
        point[lattice.cells] += moved
        if not search.allows(point):
            return
        values = search.values(point)
        yield point, values
        bent = ((values - before) / half)[lattice.numbers] - moved @ lattice.slopes
        bend = bent if step == 0 else bend + SHARE * (bent - bend)
