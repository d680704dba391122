"""From a draw to whole numbers: real counts that give the printed numbers, then whole ones near them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from enclave_twin.counts import links
from enclave_twin.fit import continuous, controls, lattice, linear_forms, nested_annealing, plausibility, stages
from enclave_twin.fit.annealing import NEVER_TREATED, Search
from enclave_twin.fit.stages import CONTROLS, GROWTH, NEVER, ROUGH, Found

LARGEST_START = 60
RAMP_YEARS, LEAST_LEVEL, TREATED_MEAN = 8, 0.4, 2.5
# shares of a number's size by which it may miss, and steps: without controls, then in turn with them, then at last
ALONE, LAST = ((0.05, 80), (0.01, 80), (0.002, 80), (0.0, 480)), 300
IN_TURN = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0, 0.0, 0.0)
TURN_STEPS, NARROWEST, FAR_START = 60, 0.0003, 1.5
STEPS_TO_TREND, STEADY_STEPS, TOWARDS_TREND, STEADY = 20, 25, 0.3, (0.7, 1.4)
TOWERING, LOWERED_TO, GRAIN = 5.4, 5.0, 0.2
LEVELLINGS, LEVEL_STEPS, LEVEL = 15, 200, 0.5
# whole counts: in how many batches never-treated cells are rounded, how many walks of treated ones, the next cooling
BATCHES, WALKS, VARIANCE, CLOSE = (40, 120), 300, 1.2, 2.0
WHOLE_COOLING = nested_annealing.Cooling(1.0, 30.0, 4000, 300, 10.0, NEVER_TREATED)


def drawn(treated: pd.DataFrame, seed: int, spared: frozenset[tuple] = frozenset()) -> Found:
    """A start from the count process: the treated pairs and those never-treated ones that attract each other most."""
    every = links.pair_frame(treated)
    rng = np.random.default_rng(seed)
    counts = links.families(every, rng)["manufacturing"]
    linked = counts.sum(axis=1) > 0
    pairs = stages.linked_pairs(treated, every.loc[linked, PAIR])
    counts = counts[linked]
    if "effect" in pairs:
        own = pairs["effect"].notna().to_numpy()
        counts[own] = _with_effects(counts[own].sum(axis=1), pairs[own], rng)
    return Found(pairs, np.minimum(counts, LARGEST_START).astype(np.int64), spared=spared)


def _with_effects(sizes: np.ndarray, pairs: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Counts of treated pairs that rise by their `effect` on average from the cohort on, and start by their sizes."""
    since = linear_forms.YEARS[None, :] - pairs["cohort"].to_numpy()[:, None] + 1
    ramp = np.clip(since, 0, RAMP_YEARS).astype(float)
    ramp /= (ramp.sum(axis=1) / (since > 0).sum(axis=1))[:, None]
    effect = pairs["effect"].to_numpy()
    least = LEAST_LEVEL + np.maximum(-effect, 0)
    room = TREATED_MEAN * len(pairs) - least.sum() - (effect[:, None] * ramp).mean(axis=1).sum()
    level = least + max(room, 0.0) * sizes / sizes.sum()
    growth = GROWTH ** (linear_forms.YEARS - linear_forms.YEARS.mean())
    expected = np.maximum(level[:, None] * growth / growth.mean() + effect[:, None] * ramp, 0.05)
    return rng.poisson(expected * rng.gamma(3, 1 / 3, expected.shape))


def real(found: Found, seed: int) -> tuple[Found, np.ndarray]:
    """Scores of the controls, and real counts (cells) near those of `found`, that give all numbers or nearly so.

    First the numbers without controls, then counts and controls in turn.
    """
    cells, spread = found.counts.ravel().astype(float), _spread(found)
    for share, steps in ALONE:
        cells = _nearer(stages.without_controls(found), cells, spread, share, steps)
    shape = (found.pairs["recipient"].nunique(), CONTROLS)
    start = np.random.default_rng(seed).normal(size=shape).clip(-FAR_START, FAR_START)
    found = replace(
        found, scores=controls.solved(stages.columns_of(found, stages.grid_of(found, cells)), start, steps=20)
    )
    for share in IN_TURN:
        cells = _nearer(stages.search_of(found), cells, spread, share, TURN_STEPS)
        columns = stages.columns_of(found, stages.grid_of(found, cells))
        shares = (max(share, NARROWEST), 0.0)
        found = stages.better(found, columns, {"shares": shares, "pull": 0.01, "steps": 8})
    return found, levelled(found, steadied(found, _nearer(stages.search_of(found), cells, spread, 0.0, LAST)))


def steadied(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, and whose yearly totals of never-treated pairs follow a trend."""
    search, spread = stages.search_of(found), _spread(found)
    never, trend = (found.pairs["cohort"] == NEVER).to_numpy(), stages.yearly(1.0, GROWTH)
    for _ in range(STEPS_TO_TREND):
        grid = stages.grid_of(found, cells).copy()
        total = grid[never].sum(axis=0)
        grid[never] *= 1 + TOWARDS_TREND * (np.clip(trend * total.sum() / total, *STEADY) - 1)
        cells = _nearer(search, grid.ravel(), spread, 0.0, STEADY_STEPS)
    return _nearer(search, cells, spread, 0.0, LAST)


def levelled(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, and of which none towers over the years before and after it."""
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
    """Move what towers in the middle of three years to the lower side, in place, until it does not any more."""
    while plausibility.spikes(three[None])[0, 0] > LOWERED_TO:
        three[1] -= GRAIN
        three[0 if three[0] < three[2] else 2] += GRAIN


def _spread(found: Found) -> np.ndarray:
    """How freely each cell may move: the deviation of a Poisson count."""
    return np.sqrt(stages.search_of(found).expected(found.counts.ravel()).ravel() + 0.05)


def _nearer(search: Search, cells: np.ndarray, spread: np.ndarray, share: float, steps: int) -> np.ndarray:
    return continuous.solved(search.arrays._replace(weight=search.tolerances(share)), cells, spread, steps)


def far(found: Found, cells: np.ndarray) -> float:
    """How far real cells are from all printed numbers, in half widths."""
    search = stages.search_of(found)
    values, _ = continuous.linearised(search.arrays, cells)
    return float(search.outside(values)[search.printed()].sum())


def whole(found: Found, cells: np.ndarray, tries: int, seed: int, tell: Callable) -> Found:
    """Whole counts near real `cells`, with controls: found in many ways, annealed in never-treated pairs, the best."""
    rng, made = np.random.default_rng(seed), []
    search, annealed = stages.search_of(found), stages.search_of(found, ROUGH.importance)
    for _ in range(tries):
        batches, first, second = int(rng.integers(*BATCHES)), *(int(one) for one in rng.integers(2**31, size=2))
        counts = lattice.whole(search, cells, _spread(found), batches, WALKS, first)
        told = f"{search.away(counts).sum():.0f} half widths away"
        counts = nested_annealing.cooled(
            annealed, counts, search.near(counts.astype(float), VARIANCE), WHOLE_COOLING, second
        )
        one = stages.refitted(replace(found, counts=stages.grid_of(found, counts)))
        made.append((stages.charge(one, ROUGH.importance), one))
        tell(f"  in {batches} batches: {told}, then {stages.met(one)}, charge {made[-1][0]:.2f}")
        if made[-1][0] < CLOSE:
            break
    return min(made, key=lambda each: each[0])[1]
