"""The stages of a fit, from a drawn start to whole numbers. Each takes a `Found` and returns a better one.

Real counts that give the printed numbers are easy to find: there are far more counts than numbers. They are sought
first, in turn with the controls. Rounding them upsets everything a little, which annealing mends; then short bursts
look for the last digits, first with free controls and then with those of whole yearbook figures.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from enclave.twin import process
from enclave.twin.fit import bursts, continuous, controls, forms, problem, quiet, rules, unfilled, yearbook
from enclave.twin.fit.problem import TABLES_2_AND_4, Regressions
from enclave.twin.fit.search import Search

NEVER, LARGEST_START = 9999, 60
CONTROL_TOTAL, GROWTH = 784.0, 1.07
EVEN = (1.0, {})
FINE = (5.0, {2: 3.0, 3: 2.0, 4: 0.7})
# shares of a number's size by which it may miss, and steps: without controls, then in turn with them, then at last
ALONE, LAST = ((0.05, 80), (0.01, 80), (0.002, 80), (0.0, 480)), 300
IN_TURN = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0, 0.0, 0.0)
TURN_STEPS, NARROWEST, BATCHES, FAR_START = 60, 0.0003, (119, 120, 121), 1.5
STEPS_TO_TREND, STEADY_STEPS, TOWARDS_TREND, STEADY = 20, 25, 0.3, (0.7, 1.4)
COOLED = (2.0, 20.0)
ANEW = {"shares": (0.01, 0.003, 0.001, 0.0003, 0.0, 0.0), "pull": 0.001, "steps": 10}
SMOOTH, YEARLY_IMPORTANCE = 0.05, 0.3
RAMP_YEARS, LEAST_LEVEL, TREATED_MEAN, EFFECT_IMPORTANCE = 8, 0.4, 2.5, 0.1
OTHER_TOTAL, OTHER_GROWTH, OTHER_MOST, OTHER_RISE = 94 * forms.T * 5.0, 1.12, 900, 7.0
REFIT = {"shares": (0.0003, 0.0), "pull": 0.01, "steps": 6}
CONTROLS = len(yearbook.VARIABLES)


@dataclass(frozen=True)
class Found:
    """What a fit knows so far.

    Attributes
    ----------
    pairs : helper, recipient, cohort (9999 = never), distances: the pairs with a manufacturing link, sorted
    counts : manufacturing, pairs x years
    scores : recipients x controls, or None before they are solved for
    base : whole raw figures of 2000 (see `yearbook.first_year`), or None before the scores are settled
    spared : names of the printed numbers that are wanted within a unit of their last digit only
    quiet : moves that hardly change an estimate (see `quiet.moves`), or None before they are known
    """

    pairs: pd.DataFrame
    counts: np.ndarray
    scores: np.ndarray | None = None
    base: pd.DataFrame | None = None
    spared: frozenset[tuple] = frozenset()
    quiet: np.ndarray | None = None


def drawn(treated: pd.DataFrame, seed: int, spared: frozenset[tuple] = frozenset()) -> Found:
    """A start from the count process: the treated pairs and those never-treated ones that attract each other most."""
    every = process.pair_frame(treated)
    rng = np.random.default_rng(seed)
    counts = process.families(every, rng)["manufacturing"]
    linked = counts.sum(axis=1) > 0
    pairs = linked_pairs(treated, every.loc[linked, process.PAIR])
    counts = counts[linked]
    if "effect" in pairs:
        own = pairs["effect"].notna().to_numpy()
        counts[own] = _with_effects(counts[own].sum(axis=1), pairs[own], rng)
    return Found(pairs, np.minimum(counts, LARGEST_START).astype(np.int64), spared=spared)


def _with_effects(sizes: np.ndarray, pairs: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Counts of treated pairs that rise by their `effect` on average from the cohort on, and start by their sizes."""
    since = forms.YEARS[None, :] - pairs["cohort"].to_numpy()[:, None] + 1
    ramp = np.clip(since, 0, RAMP_YEARS).astype(float)
    ramp /= (ramp.sum(axis=1) / (since > 0).sum(axis=1))[:, None]
    effect = pairs["effect"].to_numpy()
    least = LEAST_LEVEL + np.maximum(-effect, 0)
    room = TREATED_MEAN * len(pairs) - least.sum() - (effect[:, None] * ramp).mean(axis=1).sum()
    level = least + max(room, 0.0) * sizes / sizes.sum()
    growth = GROWTH ** (forms.YEARS - forms.YEARS.mean())
    expected = np.maximum(level[:, None] * growth / growth.mean() + effect[:, None] * ramp, 0.05)
    return rng.poisson(expected * rng.gamma(3, 1 / 3, expected.shape))


def linked_pairs(treated: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The pairs named in `keys` (helper, recipient) with cohort and distances, sorted; `effect` if `treated` has it."""
    every = process.pair_frame(treated)
    made = every.assign(cohort=every["cohort"].fillna(NEVER).astype(int))
    if "effect" in treated:
        made = made.merge(treated[[*process.PAIR, "effect"]], on=process.PAIR, how="left")
    return made.merge(keys, on=process.PAIR).reset_index(drop=True)


def search_of(found: Found, importance: tuple[float, dict], which: list[Regressions] = TABLES_2_AND_4) -> Search:
    """The search problem of the paper's Tables 1 to 4; before controls are known, of the columns without them."""
    moments, tables = importance
    city = controls.city_numbers(found.pairs)
    blank = np.zeros((len(city), 0)) if found.scores is None else controls.spread(found.scores, city)
    builder = problem.Builder(found.pairs, blank, found.spared)
    builder.moments(moments)
    builder.regressions([one for one in which if found.scores is not None or not one.controls], tables)
    builder.averages(tables.get(3, 1.0))
    builder.plausible(yearly(CONTROL_TOTAL, GROWTH), SMOOTH, YEARLY_IMPORTANCE)
    if "effect" in found.pairs:
        builder.effects(found.pairs["effect"].dropna().to_numpy(), EFFECT_IMPORTANCE)
    treat, arrays = builder.treat, builder.arrays()
    return Search(
        arrays if found.quiet is None else arrays._replace(quiet=found.quiet),
        builder.wanted,
        city,
        found.pairs["cohort"].to_numpy()[builder.treated],
        extra=lambda counts: _charged(counts.reshape(treat.shape), treat),
    )


def _charged(counts: np.ndarray, treat: np.ndarray) -> float:
    """What is asked of counts besides numbers: claim C13, and rules of plausibility."""
    return unfilled.shortfall(counts, treat) + rules.broken(counts, treat.any(axis=1))


def without_controls(found: Found, importance: tuple[float, dict]) -> Search:
    """The search problem of the numbers without controls."""
    return search_of(replace(found, scores=None), importance)


def _columns(found: Found, counts: np.ndarray, importance: dict[int, float]) -> controls.Columns:
    return controls.Columns(found.pairs, counts, TABLES_2_AND_4, importance, found.spared)


def yearly(total: float, growth: float) -> np.ndarray:
    """Totals of control pairs by year, with a steady growth."""
    made = growth ** (forms.YEARS - forms.YEARS.mean())
    return made / made.sum() * total


def with_quiet(found: Found) -> Found:
    """The same with the moves that hardly change an estimate."""
    search = without_controls(found, EVEN)
    return replace(found, quiet=quiet.moves(search.arrays, search.wanted))


def real(found: Found, seed: int) -> tuple[Found, np.ndarray]:
    """Scores of the controls, and real counts (cells) near those of `found`, that give all numbers or nearly so.

    First the numbers without controls, then counts and controls in turn.
    """
    cells, spread = found.counts.ravel().astype(float), _spread(found)
    for share, steps in ALONE:
        cells = _nearer(without_controls(found, EVEN), cells, spread, share, steps)
    shape = (found.pairs["recipient"].nunique(), CONTROLS)
    start = np.random.default_rng(seed).normal(size=shape).clip(-FAR_START, FAR_START)
    found = replace(found, scores=controls.solved(_columns(found, _grid(found, cells), {}), start, steps=20))
    for share in IN_TURN:
        cells = _nearer(search_of(found, EVEN), cells, spread, share, TURN_STEPS)
        columns = _columns(found, _grid(found, cells), {})
        shares = (max(share, NARROWEST), 0.0)
        found = _better(found, columns, columns.away, {"shares": shares, "pull": 0.01, "steps": 8})
    return found, steadied(found, _nearer(search_of(found, EVEN), cells, spread, 0.0, LAST))


def steadied(found: Found, cells: np.ndarray) -> np.ndarray:
    """Real counts that still give the numbers, and whose yearly totals of never-treated pairs follow a trend."""
    search, spread = search_of(found, EVEN), _spread(found)
    never, trend = (found.pairs["cohort"] == NEVER).to_numpy(), yearly(1.0, GROWTH)
    for _ in range(STEPS_TO_TREND):
        grid = _grid(found, cells).copy()
        total = grid[never].sum(axis=0)
        grid[never] *= 1 + TOWARDS_TREND * (np.clip(trend * total.sum() / total, *STEADY) - 1)
        cells = _nearer(search, grid.ravel(), spread, 0.0, STEADY_STEPS)
    return _nearer(search, cells, spread, 0.0, LAST)


def _spread(found: Found) -> np.ndarray:
    """How freely each cell may move: the deviation of a Poisson count."""
    return np.sqrt(search_of(found, EVEN).expected(found.counts.ravel()).ravel() + 0.05)


def _nearer(search: Search, cells: np.ndarray, spread: np.ndarray, share: float, steps: int) -> np.ndarray:
    return continuous.solved(search.arrays._replace(weight=search.tolerances(share)), cells, spread, steps)


def _grid(found: Found, cells: np.ndarray) -> np.ndarray:
    return cells.reshape(found.counts.shape)


def far(found: Found, cells: np.ndarray) -> float:
    """How far real cells are from all printed numbers, in half widths."""
    search = search_of(found, EVEN)
    values, _ = continuous.linearised(search.arrays, cells)
    return float(search.outside(values)[search.printed()].sum())


def whole(found: Found, cells: np.ndarray, moves: int, seed: int, tell: Callable) -> Found:
    """Whole counts near real `cells`: rounded in several ways, annealed, cold enough to stay near, and the best."""
    search, made = search_of(found, EVEN), []
    for batches in BATCHES:
        counts = continuous.rounded(search.arrays, cells, _spread(found), batches)
        counts, _ = search.anneal(counts, COOLED, moves, seed, unlikely=search.near(cells))
        tell(f"  in {batches} batches: {search.met(counts)}")
        made.append(replace(found, counts=_grid(found, counts)))
    return min(made, key=charge)


def charge(found: Found) -> float:
    """What a search for the last digits brings down."""
    return bursts.charge(search_of(found, FINE), found.counts.ravel())


def anew(found: Found) -> Found:
    """The same counts with the controls that bring most, from near the present ones, or unchanged."""
    columns = _columns(found, found.counts, {})
    return _better(found, columns, columns.away, ANEW)


def refitted(found: Found) -> Found:
    """The same counts with nearby controls that bring more, or unchanged."""
    columns = _columns(found, found.counts, FINE[1])
    return _better(found, columns, columns.score, REFIT)


def _better(found: Found, columns: controls.Columns, judge: Callable, how: dict) -> Found:
    scores = controls.solved(columns, found.scores, **how)
    return replace(found, scores=scores) if judge(scores) < judge(found.scores) else found


def settled(found: Found, seed: int, tries: int) -> Found:
    """Controls as whole raw figures, tuned by units."""
    rng, recipients = np.random.default_rng(seed), sorted(found.pairs["recipient"].unique())
    base = yearbook.first_year(found.scores, recipients, rng) if found.base is None else found.base
    columns = _columns(found, found.counts, FINE[1])
    base = controls.settled(columns, base, tries, rng)
    return replace(found, base=base, scores=controls.scores_of(base))


def other(found: Found, first: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, Search]:
    """Pairs, start and search of Table 5 from column `first` on: 1 for all industries, 5 for branches.

    `seed` is that of `drawn`, so that the same pairs attract each other.
    """
    every = process.pair_frame(found.pairs[found.pairs["cohort"] < NEVER])
    counts = process.families(every, np.random.default_rng(seed))["all_industry" if first == 1 else "branches"]
    keys = pd.MultiIndex.from_frame(every[process.PAIR])
    least = pd.DataFrame(found.counts, index=pd.MultiIndex.from_frame(found.pairs[process.PAIR])).reindex(keys)
    least = least.fillna(0).to_numpy(np.int64) * (first == 1)
    linked = (least + counts).sum(axis=1) > 0
    pairs = linked_pairs(
        found.pairs[found.pairs["cohort"] < NEVER][[*process.PAIR, "cohort"]], every.loc[linked, process.PAIR]
    )
    start = np.clip(np.maximum(counts, least)[linked], 0, OTHER_MOST - 1).astype(np.int64)
    return pairs, start, _other_search(pairs, found.scores, first, least[linked].ravel())


def _other_search(pairs: pd.DataFrame, scores: np.ndarray, first: int, least: np.ndarray) -> Search:
    city = controls.city_numbers(pairs)
    builder = problem.Builder(pairs, controls.spread(scores, city))
    builder.moments(None)
    builder.regressions(problem.table_5(first), {})
    builder.plausible(yearly(OTHER_TOTAL, OTHER_GROWTH), 0.5, rise=OTHER_RISE)
    first_years = pairs["cohort"].to_numpy()[builder.treated]
    return Search(builder.arrays(least), builder.wanted, city, first_years, most=OTHER_MOST, growth=OTHER_GROWTH)
