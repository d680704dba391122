"""The stages of a fit, from a drawn start to whole numbers. Each takes a `Found` and returns a better one.

Counts are first brought to the numbers without controls, then the controls are solved for, then both are wanted
together, and at last copies at several temperatures look for the last digits, first with free controls and then with
those of whole yearbook figures.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from enclave.twin import process
from enclave.twin.fit import controls, forms, problem, unfilled, yearbook
from enclave.twin.fit.problem import TABLES_2_AND_4, Regressions
from enclave.twin.fit.search import Search

NEVER, LARGEST_START = 9999, 60
CONTROL_TOTAL, GROWTH = 784.0, 1.07
BROAD = (8.0, {2: 1.5, 3: 1.3, 4: 0.8})
JOINT = (8.0, {2: 1.5, 3: 1.3, 4: 0.8})
EVEN = (1.0, {})
APART = ((3.0, 0.12, 0.8, 2), (1.5, 0.8, 5.0, 2), (1.0, 2.5, 20.0, 1))
ANEW = {"shares": (0.01, 0.003, 0.001, 0.0003, 0.0, 0.0), "pull": 0.001, "steps": 10}
FINE = (5.0, {2: 3.0, 3: 2.0, 4: 0.7})
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
    """

    pairs: pd.DataFrame
    counts: np.ndarray
    scores: np.ndarray | None = None
    base: pd.DataFrame | None = None
    spared: frozenset[tuple] = frozenset()


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
    treat = builder.treat
    return Search(
        builder.arrays(),
        builder.wanted,
        city,
        found.pairs["cohort"].to_numpy()[builder.treated],
        extra=lambda counts: unfilled.shortfall(counts.reshape(treat.shape), treat),
    )


def without_controls(found: Found, importance: tuple[float, dict]) -> Search:
    """The search problem of the numbers without controls."""
    return search_of(replace(found, scores=None), importance)


def _columns(found: Found, counts: np.ndarray, importance: dict[int, float]) -> controls.Columns:
    return controls.Columns(found.pairs, counts, TABLES_2_AND_4, importance, found.spared)


def yearly(total: float, growth: float) -> np.ndarray:
    """Totals of control pairs by year, with a steady growth."""
    made = growth ** (forms.YEARS - forms.YEARS.mean())
    return made / made.sum() * total


def broad(found: Found, moves: int, seed: int, tell: Callable) -> Found:
    """Down the ladder of tolerances, for the numbers without controls."""
    counts = search_of(found, BROAD).ladder(found.counts.ravel(), moves, seed, tell=tell)
    return replace(found, counts=counts.reshape(found.counts.shape))


def with_controls(found: Found, seed: int, starts: int = 4) -> Found:
    """Scores of the controls for the counts."""
    columns = _columns(found, found.counts, JOINT[1])
    rng = np.random.default_rng(seed)
    return replace(found, scores=controls.best_of(columns, found.pairs["recipient"].nunique(), CONTROLS, starts, rng))


def apart(found: Found, moves: int, seed: int, tell: Callable) -> Found:
    """The numbers without controls, alone: first deviations, errors and R2 with estimates loose, then all.

    Hot enough at the start that little of the former counts is left but their shape.
    """
    search, counts = without_controls(found, EVEN), found.counts.ravel()
    for rung, (halves, first, last, times) in enumerate(APART):
        weight = search.apart(halves)
        counts, _ = search.anneal(counts, (first, last), times * moves, seed + rung, weight=weight)
    tell(f"  apart: {search.met(counts)}")
    return replace(found, counts=counts.reshape(found.counts.shape))


def nearest(tried: list[Found]) -> Found:
    """The one whose numbers without controls are nearest to print."""
    return min(tried, key=lambda found: without_controls(found, EVEN).score(found.counts.ravel()))


def anew(found: Found) -> Found:
    """The same counts with the controls that bring most, from near the present ones, or unchanged."""
    columns = _columns(found, found.counts, {})
    scores = controls.solved(columns, found.scores, **ANEW)
    return replace(found, scores=scores) if columns.away(scores) < columns.away(found.scores) else found


def refitted(found: Found, importance: tuple[float, dict]) -> Found:
    """The same counts with nearby controls that bring more, or unchanged."""
    columns = _columns(found, found.counts, importance[1])
    scores = controls.solved(columns, found.scores, **REFIT)
    return replace(found, scores=scores) if columns.score(scores) < columns.score(found.scores) else found


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
