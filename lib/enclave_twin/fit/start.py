"""The first stages of a fit: a draw, real counts that give the printed numbers, then whole counts near them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave_twin.counts import links
from enclave_twin.fit import continuous, controls, lattice, linear_forms, nested_annealing, plausibility, stages
from enclave_twin.fit.annealing import GROWTH, NEVER_TREATED, Search
from enclave_twin.fit.stages import CONTROLS, NEVER, ROUGH, Found

# largest count of a draw
LARGEST_START = 60
# years from the cohort on over which the effect of a treated pair rises
RAMP_YEARS = 8
# smallest level and smallest expected count of a treated pair, in links
LEAST_LEVEL = 0.4
LEAST_EXPECTED = 0.05
# shape of the gamma factor of treated pairs (see `counts.links`)
GAMMA_SHAPE = 3
# added to expected counts before their standard deviation is taken
LEAST_VARIANCE = 0.05
# real counts without controls: tolerances (shares of a number's size), and Gauss-Newton steps with each
ALONE = ((0.05, 80), (0.01, 80), (0.002, 80), (0.0, 480))
# real counts and controls in turn: tolerances, steps with each, and smallest tolerance of the controls
IN_TURN = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0, 0.0, 0.0)
TURN_STEPS = 60
NARROWEST = 0.0003
# weight of the distance of the controls from their start, and evaluations of their least squares: first, in turn
PULL = 0.01
FIRST_EVALUATIONS = 20
TURN_EVALUATIONS = 8
# largest score of a control at the start, in standard deviations
FAR_START = 1.5
# last steps towards the rounding intervals
LAST = 300
# yearly totals of control pairs: number of changes, steps after each, share of the distance from the trend that is
# closed, and smallest and largest ratio of trend to total that is used
STEPS_TO_TREND = 20
STEADY_STEPS = 25
TOWARDS_TREND = 0.3
STEADY = (0.7, 1.4)
# spikes (see `plausibility.spikes`): value above which a cell is lowered, value to which, and by how many links at once
TOWERING = 5.4
LOWERED_TO = 5.0
GRAIN = 0.2
# most rounds of lowering, steps after each, and the largest distance from print (half widths) that is left
LEVELLINGS = 15
LEVEL_STEPS = 200
LEVEL = 0.5
# whole counts: smallest and largest number of batches in which never-treated cells are rounded, walks on the lattice
BATCHES = (40, 120)
WALKS = 300
# the cooling after that: variance of a count around a real number of 0 (links), and how to cool
VARIANCE = 1.2
WHOLE_COOLING = nested_annealing.Cooling(
    first=1.0, last=30.0, chains=4000, moves=300, weight=10.0, chances=NEVER_TREATED
)
# penalty that is small enough to stop trying
CLOSE = 2.0


def drawn(treated: pd.DataFrame, seed: int, relaxed: frozenset[tuple] = frozenset()) -> Found:
    """A draw from the count process: the treated pairs and the never-treated ones with the largest attraction."""
    every = links.pair_frame(treated)
    rng = np.random.default_rng(seed)
    counts = links.families(every, rng)["manufacturing"]
    linked = counts.sum(axis=1) > 0
    pairs = stages.linked_pairs(treated, every.loc[linked, PAIR])
    counts = counts[linked]
    if "effect" in pairs:
        own = pairs["effect"].notna().to_numpy()
        counts[own] = _with_effects(counts[own].sum(axis=1), pairs[own], rng)
    return Found(pairs, np.minimum(counts, LARGEST_START).astype(np.int64), relaxed=relaxed)


def _with_effects(sizes: np.ndarray, pairs: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Counts of treated pairs that rise on average by `effect` (links) from the cohort on; levels follow `sizes`."""
    since = linear_forms.YEARS[None, :] - pairs["cohort"].to_numpy()[:, None] + 1
    ramp = np.clip(since, 0, RAMP_YEARS).astype(float)
    ramp /= (ramp.sum(axis=1) / (since > 0).sum(axis=1))[:, None]
    effect = pairs["effect"].to_numpy()
    least = LEAST_LEVEL + np.maximum(-effect, 0)
    left = links.MANUFACTURING.treated_mean * len(pairs) - least.sum() - (effect[:, None] * ramp).mean(axis=1).sum()
    level = least + max(left, 0.0) * sizes / sizes.sum()
    growth = GROWTH ** (linear_forms.YEARS - linear_forms.YEARS.mean())
    expected = np.maximum(level[:, None] * growth / growth.mean() + effect[:, None] * ramp, LEAST_EXPECTED)
    return rng.poisson(expected * rng.gamma(GAMMA_SHAPE, 1 / GAMMA_SHAPE, expected.shape))


def real(found: Found, seed: int) -> tuple[Found, np.ndarray]:
    """Controls, and real counts (C) near those of `found`, that give all wanted numbers or nearly so.

    First the numbers without controls, then counts and controls in turn.
    """
    cells, spread = found.counts.ravel().astype(float), _spread(found)
    for share, steps in ALONE:
        cells = _nearer(stages.without_controls(found), cells, spread, share, steps)
    shape = (found.pairs["recipient"].nunique(), CONTROLS)
    start = np.random.default_rng(seed).normal(size=shape).clip(-FAR_START, FAR_START)
    found = replace(
        found,
        scores=controls.solved(stages.columns_of(found, stages.grid_of(found, cells)), start, steps=FIRST_EVALUATIONS),
    )
    for share in IN_TURN:
        cells = _nearer(stages.search_of(found), cells, spread, share, TURN_STEPS)
        columns = stages.columns_of(found, stages.grid_of(found, cells))
        shares = (max(share, NARROWEST), 0.0)
        found = stages.better(found, columns, {"shares": shares, "pull": PULL, "steps": TURN_EVALUATIONS})
    return found, levelled(found, steadied(found, _nearer(stages.search_of(found), cells, spread, 0.0, LAST)))


def steadied(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, with yearly totals of never-treated pairs near a trend."""
    search, spread = stages.search_of(found), _spread(found)
    never, trend = (found.pairs["cohort"] == NEVER).to_numpy(), stages.yearly(1.0, GROWTH)
    for _ in range(STEPS_TO_TREND):
        grid = stages.grid_of(found, cells).copy()
        total = grid[never].sum(axis=0)
        grid[never] *= 1 + TOWARDS_TREND * (np.clip(trend * total.sum() / total, *STEADY) - 1)
        cells = _nearer(search, grid.ravel(), spread, 0.0, STEADY_STEPS)
    return _nearer(search, cells, spread, 0.0, LAST)


def levelled(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, without spikes (see `plausibility.spikes`)."""
    search, spread = stages.search_of(found), _spread(found)
    held = np.zeros(found.counts.shape, bool)
    for _ in range(LEVELLINGS):
        if plausibility.spikes(stages.grid_of(found, cells)).max() <= TOWERING and far(found, cells) < LEVEL:
            break
        grid = stages.grid_of(found, cells).copy()
        for pair, year in np.argwhere(plausibility.spikes(grid) > TOWERING):
            _lower(grid[pair, year : year + 3])
            held[pair, year : year + 3] = True
        cells = _nearer(search, grid.ravel(), spread * ~held.ravel(), 0.0, LEVEL_STEPS)
    return cells


def _lower(three: np.ndarray) -> None:
    """Move links from the middle of three years to the lower side, in place, until the middle is no spike."""
    while plausibility.spikes(three[None])[0, 0] > LOWERED_TO:
        three[1] -= GRAIN
        three[0 if three[0] < three[2] else 2] += GRAIN


def _spread(found: Found) -> np.ndarray:
    """How freely each cell may change: the standard deviation of a Poisson count (C)."""
    return np.sqrt(stages.search_of(found).expected(found.counts.ravel()).ravel() + LEAST_VARIANCE)


def _nearer(search: Search, cells: np.ndarray, spread: np.ndarray, share: float, steps: int) -> np.ndarray:
    return continuous.solved(search.arrays._replace(weight=search.tolerances(share)), cells, spread, steps)


def far(found: Found, cells: np.ndarray) -> float:
    """Sum of the distances from all printed numbers for real cells, in half widths."""
    search = stages.search_of(found)
    values, _ = continuous.linearised(search.arrays, cells)
    return float(search.outside(values)[search.printed()].sum())


def whole(found: Found, cells: np.ndarray, tries: int, seed: int, report: Callable) -> Found:
    """Whole counts near real `cells`, with controls: the best of `tries`.

    Each try rounds by the lattice, then anneals never-treated pairs, then fits the controls again.
    """
    rng, made = np.random.default_rng(seed), []
    search, annealed = stages.search_of(found), stages.search_of(found, ROUGH.importance)
    for _ in range(tries):
        batches, first, second = int(rng.integers(*BATCHES)), *(int(one) for one in rng.integers(2**31, size=2))
        counts = lattice.whole(search, cells, _spread(found), batches, WALKS, first)
        rounded = f"{search.away(counts).sum():.0f} half widths away"
        counts = nested_annealing.cooled(
            annealed, counts, search.near(counts.astype(float), VARIANCE), WHOLE_COOLING, second
        )
        one = stages.refitted(replace(found, counts=stages.grid_of(found, counts)))
        made.append((stages.penalty(one, ROUGH.importance), one))
        report(f"  in {batches} batches: {rounded}, then {stages.met(one)}, penalty {made[-1][0]:.2f}")
        if made[-1][0] < CLOSE:
            break
    return min(made, key=lambda each: each[0])[1]
