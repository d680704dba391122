"""The first stages of a fit: a draw, real counts that give the printed numbers, then whole counts near them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave_twin.counts import links
from enclave_twin.fit import continuous, controls, lattice, linear_forms, nested_annealing, plausibility, stages
from enclave_twin.fit.annealing import NEVER_TREATED, Search
from enclave_twin.fit.stages import CONTROLS, NEVER, ROUGH, Found

# largest count of a draw
LARGEST_START = 60
# years from the cohort on over which the effect of a treated pair rises
RAMP_YEARS = 8
# draws of which the one that breaks the rules of plausibility least is taken
DRAWS = 200
# smallest level of a treated pair relative to never-treated ones, and its smallest expected count, in links
LEAST_LEVEL = 0.7
LEAST_EXPECTED = 0.05
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
STEPS_TO_TREND = 5
STEADY_STEPS = 25
TOWARDS_TREND = 0.3
STEADY = (0.7, 1.4)
# spikes (see `plausibility.spikes`): value above which a cell is lowered, value to which, and by how many links at once
TOWERING = 6.2
LOWERED_TO = 5.6
GRAIN = 0.2
# most rounds of lowering, steps after each, and the largest distance from print (half widths) that is left
LEVELLINGS = 15
LEVEL_STEPS = 200
LEVEL = 0.5
# rules that real counts break because they have no chance in them
ROUNDING_CHANGES = frozenset({"dispersion", "dispersion_by_size"})
# whole counts: smallest and largest number of batches in which never-treated cells are rounded, walks on the lattice
BATCHES = (40, 120)
WALKS = 300
# the cooling after that: variance of a count around a real number of 0 (links), and how to cool
VARIANCE = 1.2
WHOLE_COOLING = nested_annealing.Cooling(
    first=1.0, last=30.0, chains=4000, moves=300, weight=10.0, chances=NEVER_TREATED
)


def drawn(treated: pd.DataFrame, seed: int, relaxed: frozenset[tuple] = frozenset()) -> Found:
    """A draw from the count process: of `DRAWS` the one that breaks the rules of plausibility least."""
    children = np.random.SeedSequence(seed).spawn(DRAWS)
    made = [one_draw(treated, np.random.default_rng(child), relaxed) for child in children]
    return min(made, key=lambda one: stages.rules_broken(one, one.counts))


def one_draw(treated: pd.DataFrame, rng: np.random.Generator, relaxed: frozenset[tuple] = frozenset()) -> Found:
    """One draw: the treated pairs, and the never-treated ones with the largest attraction."""
    every = links.pair_frame(treated)
    counts = links.families(every, rng)["manufacturing"]
    linked = counts.sum(axis=1) > 0
    pairs = stages.linked_pairs(treated, every.loc[linked, PAIR])
    counts = counts[linked]
    if "effect" in pairs:
        own = pairs["effect"].notna().to_numpy()
        counts[own] = _with_effects(pairs[own], rng)
    return Found(pairs, np.minimum(counts, LARGEST_START).astype(np.int64), relaxed=relaxed)


def _with_effects(pairs: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Counts of treated pairs that grow like never-treated ones, and rise on average by `effect` links more than they.

    Levels follow the attraction, and add up to the mean of Table 1.
    """
    since = linear_forms.YEARS[None, :] - pairs["cohort"].to_numpy()[:, None] + 1
    ramp = np.clip(since, 0, RAMP_YEARS).astype(float)
    ramp /= (ramp.sum(axis=1) / (since > 0).sum(axis=1))[:, None]
    path = links.MANUFACTURING.control_mean * links.new_firms()
    # by how much a never-treated pair rises from the cohort on, which a pair with a higher level exceeds without a park
    rise = np.array([path[one > 0].mean() - path[one <= 0].mean() for one in since])
    attraction = links.gravity(pairs["helper"], pairs["recipient"], pairs["dist_centroid_km"])
    share = (attraction * rng.lognormal(0, links.PAIR_SPREAD, len(pairs))) ** links.TREATED_SPREAD
    effect, after = pairs["effect"].to_numpy(), ramp.mean(axis=1)
    total = links.MANUFACTURING.treated_mean * len(pairs) - ((effect + rise) * after).sum()
    level = LEAST_LEVEL + share / (share * (path.mean() - rise * after)).sum() * max(
        total - LEAST_LEVEL * (path.mean() - rise * after).sum(), 0.0
    )
    expected = np.outer(level, path) + (effect - (level - 1) * rise)[:, None] * ramp
    return links.bundled(np.maximum(expected, LEAST_EXPECTED), links.MANUFACTURING.dispersion, rng)


def real(found: Found, seed: int) -> Found:
    """The same with controls, and with real counts near its counts, that give all wanted numbers or nearly so.

    First the numbers without controls, then counts and controls in turn.
    """
    cells, spread = without_controls(found).known_cells, _spread(found)
    shape = (found.pairs["recipient"].nunique(), CONTROLS)
    start = np.random.default_rng(seed).normal(size=shape).clip(-FAR_START, FAR_START)
    found = replace(
        found,
        scores=controls.solved(stages.columns_of(found, stages.grid_of(found, cells)), start, steps=FIRST_EVALUATIONS),
    )
    for share in IN_TURN:
        cells = _nearer(_wishes(found), cells, spread, share, TURN_STEPS)
        columns = stages.columns_of(found, stages.grid_of(found, cells))
        shares = (max(share, NARROWEST), 0.0)
        found = stages.better(found, columns, {"shares": shares, "pull": PULL, "steps": TURN_EVALUATIONS})
    return replace(found, cells=levelled(found, steadied(found, _nearer(_wishes(found), cells, spread, 0.0, LAST))))


def without_controls(found: Found) -> Found:
    """The same with real counts near its counts, that give all numbers without controls or nearly so."""
    alone = replace(found, scores=None)
    cells, spread = found.counts.ravel().astype(float), _spread(found)
    for share, steps in ALONE:
        cells = _nearer(_wishes(alone), cells, spread, share, steps)
    return replace(alone, cells=cells)


def _wishes(found: Found) -> Search:
    """The problem with the rules of plausibility that real counts can be asked for."""
    return stages.search_of(found, linear_rules=True)


def steadied(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, with yearly totals of never-treated pairs near a trend."""
    search, spread = _wishes(found), _spread(found)
    never, trend = (found.pairs["cohort"] == NEVER).to_numpy(), stages.yearly(1.0)
    for _ in range(STEPS_TO_TREND):
        grid = stages.grid_of(found, cells).copy()
        total = grid[never].sum(axis=0)
        grid[never] *= 1 + TOWARDS_TREND * (np.clip(trend * total.sum() / total, *STEADY) - 1)
        cells = _nearer(search, grid.ravel(), spread, 0.0, STEADY_STEPS)
    return _nearer(search, cells, spread, 0.0, LAST)


def levelled(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, without spikes (see `plausibility.spikes`)."""
    search, spread = _wishes(found), _spread(found)
    held = np.zeros(found.counts.shape, bool)
    for _ in range(LEVELLINGS):
        if plausibility.spikes(stages.grid_of(found, cells)).max() <= TOWERING and _far(found, cells) < LEVEL:
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
    """How freely each cell may change: the standard deviation of a count in it (C)."""
    return stages.search_of(found).spread(found.counts.ravel())


def _nearer(search: Search, cells: np.ndarray, spread: np.ndarray, share: float, steps: int) -> np.ndarray:
    arrays = search.arrays._replace(weight=search.tolerances(share))
    return continuous.solved(arrays, cells, spread, steps, search.further)


def far(found: Found) -> float:
    """Sum of the distances of its real counts from all printed numbers, in half widths."""
    return _far(found, found.known_cells)


def rules_broken(found: Found) -> float:
    """By how much its real counts break the rules of plausibility, but for those that the rounding will change."""
    return stages.rules_of(found.pairs).broken(stages.grid_of(found, found.known_cells), leave_out=ROUNDING_CHANGES)


def _far(found: Found, cells: np.ndarray) -> float:
    search = stages.search_of(found)
    values, _ = continuous.linearised(search.arrays, cells)
    return float(search.half_widths(values).sum())


def rounding(found: Found, seed: int) -> Found:
    """Whole counts near its real ones: rounded by the lattice, then never-treated pairs annealed, controls fitted."""
    rng, search, annealed = (
        np.random.default_rng(seed),
        stages.search_of(found),
        stages.search_of(found, ROUGH.importance),
    )
    batches, first, second = int(rng.integers(*BATCHES)), *(int(one) for one in rng.integers(2**31, size=2))
    counts = lattice.whole(search, found.known_cells, _spread(found), batches, WALKS, first)
    near = search.near(counts.astype(float), VARIANCE)
    counts = nested_annealing.cooled(annealed, counts, near, WHOLE_COOLING, second)
    return stages.refitted(replace(found, counts=stages.grid_of(found, counts), cells=None))
