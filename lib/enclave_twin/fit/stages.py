"""The stages of a fit once whole counts are known (`start` finds them). Each takes a `Found`, returns another.

Last digits come from many coolings, and from pairs of moves in treated pairs between them. Each obeys all numbers,
claim C13 and the rules of plausibility, and the controls are refitted after each. Columns with controls count less at
first, as free controls can mend them; last come the controls of whole yearbook figures.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave_twin.counts import links
from enclave_twin.fit import (
    continuous,
    controls,
    linear_forms,
    nested_annealing,
    neutral_moves,
    plausibility,
    targets,
    without_zeros,
    yearbook,
)
from enclave_twin.fit.annealing import CHANCES, FEW_TREATED, NEVER_TREATED, Search
from enclave_twin.fit.targets import TABLES_2_AND_4, Regressions

NEVER, LARGEST_SHARE = 9999, 0.29
CONTROL_TOTAL, GROWTH = 784.0, 1.07
SMOOTH, EFFECT_IMPORTANCE = 0.05, 0.1
OTHER_TOTAL, OTHER_GROWTH, OTHER_MOST, OTHER_RISE = 94 * linear_forms.T * 5.0, 1.12, 900, 7.0
# coolings: chains, moves in each, what claim and rules weigh, and variances about the counts that they start from
CHAINS, MOVES, WEIGHTS, VARIANCES = (500, 1000, 2000, 4000), (100, 200, 400), (5.0, 10.0, 20.0), (0.3, 0.6, 1.2)
KINDS = (NEVER_TREATED, FEW_TREATED, CHANCES)
# pairs of quiet moves: how many are looked at closely, how many are tried, and the coolings that follow
LOOKED_AT, TRIED, VARIANCE = 3000, 3, 1.0
AFTER_PAIRS = tuple(nested_annealing.Cooling(first, 60.0, 1500, 300, 10.0, NEVER_TREATED) for first in (2.0, 5.0))
REST = 15.0
REFIT = {"shares": (0.001, 0.0003, 0.0, 0.0), "pull": 0.003, "steps": 10, "slack": 0.02}
CONTROLS = len(yearbook.VARIABLES)


class Importance(NamedTuple):
    """What a half width counts: in columns with controls, of wishes (path, effects), of yearly totals; 1 elsewhere."""

    controlled: float = 1.0
    wishes: float = 1.0
    yearly: float = 0.3


class Phase(NamedTuple):
    """How last digits are sought: importance, inverse temperatures at first and at last, and how warm it begins.

    A cooling that brings more is kept, and one that brings less by `warm` is with chance 1/e. `pairs`: whether every
    second step is one of `paired`.
    """

    importance: Importance
    first: tuple[float, ...]
    last: tuple[float, ...]
    warm: float
    pairs: bool = True


EVEN = Importance()
ROUGH = Phase(Importance(0.3, 0.2, 0.3), (2.0, 3.0, 4.0, 6.0, 10.0), (20.0, 40.0), 1.0, pairs=False)
FINE = Phase(Importance(0.3, 0.02, 0.02), (3.0, 4.0, 6.0, 10.0, 20.0), (40.0, 80.0), 0.1)
SETTLED = Phase(Importance(1.0, 0.02, 0.02), FINE.first, FINE.last, 0.1)


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
    quiet : moves that hardly change an estimate (see `neutral_moves.moves`), or None before they are known
    """

    pairs: pd.DataFrame
    counts: np.ndarray
    scores: np.ndarray | None = None
    base: pd.DataFrame | None = None
    spared: frozenset[tuple] = frozenset()
    quiet: np.ndarray | None = None


def linked_pairs(treated: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The pairs named in `keys` (helper, recipient) with cohort and distances, sorted; `effect` if `treated` has it."""
    every = links.pair_frame(treated)
    made = every.assign(cohort=every["cohort"].fillna(NEVER).astype(int))
    if "effect" in treated:
        made = made.merge(treated[[*PAIR, "effect"]], on=PAIR, how="left")
    return made.merge(keys, on=PAIR).reset_index(drop=True)


def search_of(found: Found, importance: Importance = EVEN, which: list[Regressions] = TABLES_2_AND_4) -> Search:
    """The search problem of the paper's Tables 1 to 4; before controls are known, of the columns without them."""
    city = controls.city_numbers(found.pairs)
    blank = np.zeros((len(city), 0)) if found.scores is None else controls.spread(found.scores, city)
    builder = targets.Builder(found.pairs, blank, found.spared)
    builder.moments()
    builder.regressions([one for one in which if found.scores is not None or not one.controls], importance.controlled)
    builder.averages()
    builder.plausible(yearly(CONTROL_TOTAL, GROWTH), SMOOTH * importance.wishes, importance.yearly)
    if "effect" in found.pairs:
        builder.effects(found.pairs["effect"].dropna().to_numpy(), EFFECT_IMPORTANCE * importance.wishes)
    builder.totals(LARGEST_SHARE, 1.0)
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
    return without_zeros.shortfall(counts, treat) + plausibility.broken(counts, treat.any(axis=1))


def without_controls(found: Found, importance: Importance = EVEN) -> Search:
    """The search problem of the numbers without controls."""
    return search_of(replace(found, scores=None), importance)


def columns_of(found: Found, counts: np.ndarray) -> controls.Columns:
    """The columns with controls, for counts that are whole or real."""
    return controls.Columns(found.pairs, counts, TABLES_2_AND_4, found.spared)


def yearly(total: float, growth: float) -> np.ndarray:
    """Totals of control pairs by year, with a steady growth."""
    made = growth ** (linear_forms.YEARS - linear_forms.YEARS.mean())
    return made / made.sum() * total


def with_quiet(found: Found) -> Found:
    """The same with the moves that hardly change an estimate."""
    search = without_controls(found)
    return replace(found, quiet=neutral_moves.moves(search.arrays, search.wanted))


def grid_of(found: Found, cells: np.ndarray) -> np.ndarray:
    """Cells as pairs x years."""
    return cells.reshape(found.counts.shape)


def charge(found: Found, importance: Importance) -> float:
    """What a search for the last digits brings down."""
    return nested_annealing.charge(search_of(found, importance), found.counts.ravel(), REST)


def met(found: Found) -> str:
    """How many printed numbers are met, in words."""
    return search_of(found).met(found.counts.ravel())


def content(found: Found) -> bool:
    """Whether everything that is asked for holds."""
    return search_of(found).content(found.counts.ravel())


def cooled(found: Found, phase: Phase, seed: int) -> Found:
    """One more cooling, of a length and from a temperature drawn with `seed`, and the controls refitted."""
    rng, search, counts = np.random.default_rng(seed), search_of(found, phase.importance), found.counts.ravel()
    heats = float(rng.choice(phase.first)), float(rng.choice(phase.last))
    length, weight = (int(rng.choice(CHAINS)), int(rng.choice(MOVES))), float(rng.choice(WEIGHTS))
    how = nested_annealing.Cooling(*heats, *length, weight, KINDS[int(rng.integers(len(KINDS)))])
    likely = rng.random() < 0.5
    unlikely = search.unlikely(counts) if likely else search.near(counts.astype(float), float(rng.choice(VARIANCES)))
    made = replace(
        found, counts=grid_of(found, nested_annealing.cooled(search, counts, unlikely, how, int(rng.integers(2**31))))
    )
    return _refitted_if_free(made)


def paired(found: Found, phase: Phase, seed: int) -> Found:
    """Two quiet moves at once in treated pairs, of many the most promising, and what never-treated pairs can mend."""
    rng, search, counts = np.random.default_rng(seed), search_of(found, phase.importance), found.counts.ravel()
    changes = neutral_moves.pairs(without_controls(found), counts, found.quiet, rng)
    trials = [
        _mended(replace(found, counts=grid_of(found, one)), phase, rng) for one in _promising(search, counts, changes)
    ]
    return min(trials, key=lambda one: charge(one, phase.importance), default=found)


def _promising(search: Search, counts: np.ndarray, changes: np.ndarray) -> list[np.ndarray]:
    """Counts after those changes (L x 8 cells, from and to) that leave least for never-treated pairs to mend."""
    values, slopes = continuous.linearised(search.arrays, counts.astype(float))
    weight, moved = search.stiffness(counts), slopes[:, changes[:, 1::2]].sum(axis=2)
    expected = values[:, None] + moved - slopes[:, changes[:, ::2]].sum(axis=2)
    away = [search.outside(column) @ weight for column in expected.T]
    made = [_changed(counts, cells) for cells in changes[np.argsort(away, kind="stable")[:LOOKED_AT]]]
    return sorted(filter(search.allows, made), key=lambda one: search.away(one) @ weight)[:TRIED]


def _changed(counts: np.ndarray, cells: np.ndarray) -> np.ndarray:
    made = counts.copy()
    made[cells] += np.tile([-1, 1], len(cells) // 2)
    return made


def _mended(found: Found, phase: Phase, rng: np.random.Generator) -> Found:
    """The same after coolings of never-treated pairs, as far as each brings more."""
    for how in AFTER_PAIRS:
        search, counts = search_of(found, phase.importance), found.counts.ravel()
        unlikely = search.near(counts.astype(float), VARIANCE)
        made = nested_annealing.cooled(search, counts, unlikely, how, int(rng.integers(2**31)))
        trial = _refitted_if_free(replace(found, counts=grid_of(found, made)))
        found = min(found, trial, key=lambda one: charge(one, phase.importance))
    return found


def refitted(found: Found) -> Found:
    """The same counts with nearby controls that bring more, or unchanged."""
    return better(found, columns_of(found, found.counts), REFIT)


def _refitted_if_free(found: Found) -> Found:
    """Refitted, unless the controls are whole figures by now."""
    return found if found.base is not None else refitted(found)


def better(found: Found, columns: controls.Columns, how: dict) -> Found:
    """The controls that `columns` leads to (`how`: see `controls.solved`) if they are nearer to print."""
    scores = controls.solved(columns, found.scores, **how)
    return replace(found, scores=scores) if columns.away(scores) < columns.away(found.scores) else found


def settled(found: Found, seed: int, tries: int) -> Found:
    """Controls as whole raw figures, tuned by units."""
    rng, recipients = np.random.default_rng(seed), sorted(found.pairs["recipient"].unique())
    base = yearbook.first_year(found.scores, recipients, rng) if found.base is None else found.base
    columns = columns_of(found, found.counts)
    base = controls.settled(columns, base, tries, rng)
    return replace(found, base=base, scores=controls.scores_of(base))


def other(found: Found, first: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, Search]:
    """Pairs, start and search of Table 5 from column `first` on: 1 for all industries, 5 for branches.

    `seed` is that of `drawn`, so that the same pairs attract each other.
    """
    every = links.pair_frame(found.pairs[found.pairs["cohort"] < NEVER])
    counts = links.families(every, np.random.default_rng(seed))["all_industry" if first == 1 else "branches"]
    keys = pd.MultiIndex.from_frame(every[PAIR])
    least = pd.DataFrame(found.counts, index=pd.MultiIndex.from_frame(found.pairs[PAIR])).reindex(keys)
    least = least.fillna(0).to_numpy(np.int64) * (first == 1)
    linked = (least + counts).sum(axis=1) > 0
    pairs = linked_pairs(
        found.pairs[found.pairs["cohort"] < NEVER][[*PAIR, "cohort"]], every.loc[linked, PAIR]
    )
    start = np.clip(np.maximum(counts, least)[linked], 0, OTHER_MOST - 1).astype(np.int64)
    return pairs, start, _other_search(pairs, found.scores, first, least[linked].ravel())


def _other_search(pairs: pd.DataFrame, scores: np.ndarray, first: int, least: np.ndarray) -> Search:
    city = controls.city_numbers(pairs)
    builder = targets.Builder(pairs, controls.spread(scores, city))
    builder.moments(asked=False)
    builder.regressions(targets.table_5(first))
    builder.plausible(yearly(OTHER_TOTAL, OTHER_GROWTH), 0.5, rise=OTHER_RISE)
    first_years = pairs["cohort"].to_numpy()[builder.treated]
    return Search(builder.arrays(least), builder.wanted, city, first_years, most=OTHER_MOST, growth=OTHER_GROWTH)
