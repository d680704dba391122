"""The later stages of a fit, from whole counts (`start` finds them) to the last digits. Each returns a new `Found`.

Many coolings, and pairs of neutral moves between them, lower the distances from all printed numbers, the shortfall from
claim C13 and the violations of the rules of plausibility. The controls are fitted again after each. At first columns
with controls have little weight, because changed controls can still correct them. Last, the controls become whole
figures of a yearbook.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave_twin.counts import links
from enclave_twin.fit import (
    continuous,
    controls,
    lattice,
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

T = TypeVar("T")
# cohort of a never-treated pair
NEVER = 9999
# largest share of one treated pair in the total of all treated pairs
LARGEST_SHARE = 0.29
# manufacturing links of the never-treated pairs over all years (Table 1: 75 pairs, 19 years, mean 0.55)
CONTROL_TOTAL = 784.0
# importance of the path of the event study, and of the effects of single pairs
SMOOTH = 0.05
EFFECT_IMPORTANCE = 0.1
# importance of the largest share of a pair, and of the rules that are linear in the counts
TOTAL_IMPORTANCE = 1.0
RULE_IMPORTANCE = 1.0
# by how much the t ratios of claim C13 should exceed what is wanted while counts are real
T_ROOM = 0.1
# a cooling draws from these: number of short chains, moves of each, weight of the further penalty, kinds of moves
CHAINS = (500, 1000, 2000, 4000)
MOVES = (100, 200, 400)
WEIGHTS = (5.0, 10.0, 20.0)
KINDS = (NEVER_TREATED, FEW_TREATED, CHANCES)
# probability that counts are near smooth paths, and not near those at the start of the cooling; variance in that case
SMOOTH_PATHS = 0.5
VARIANCES = (0.3, 0.6, 1.2)
# pairs of neutral moves: number that is computed exactly, number that is tried
LOOKED_AT = 3000
TRIED = 3
# walks on the lattice from whole counts: number, and range of the noise on their starts (links)
WALKS = 200
JITTERS = (0.15, 0.28)
# coolings after each pair of moves, and the variance of a count around a real number of 0
AFTER_PAIRS = tuple(
    nested_annealing.Cooling(first=first, last=60.0, chains=1500, moves=300, weight=10.0, chances=NEVER_TREATED)
    for first in (2.0, 5.0)
)
VARIANCE = 1.0
# weight of the further penalty in the penalty that a fit lowers
REST = 15.0
# how the controls are fitted again (see `controls.solved`)
REFIT = {"shares": (0.001, 0.0003, 0.0, 0.0), "pull": 0.003, "steps": 10, "slack": 0.02}
# number of controls
CONTROLS = len(yearbook.VARIABLES)


class Importance(NamedTuple):
    """Penalty per half width, relative to printed numbers without controls.

    Attributes
    ----------
    controlled : printed numbers of columns with controls
    wishes : factor on the path of the event study and the effects of single pairs
    yearly : yearly totals of control pairs
    """

    controlled: float = 1.0
    wishes: float = 1.0
    yearly: float = 0.3


class Phase(NamedTuple):
    """How to search for the last digits.

    Attributes
    ----------
    importance : see `Importance`
    first, last : inverse temperatures from which those of a cooling are drawn
    warm : a cooling that raises the penalty by this is accepted with probability 1/e at first
    treated : whether two of three steps begin with a change of treated pairs
    missed : penalty for each printed number that is missed, however little
    patience : turns without a lower penalty after which the search ends
    """

    importance: Importance
    first: tuple[float, ...]
    last: tuple[float, ...]
    warm: float
    treated: bool = True
    missed: float = 0.0
    patience: int = 12


EVEN = Importance()
ROUGH = Phase(
    Importance(controlled=0.3, wishes=0.2, yearly=0.3),
    first=(2.0, 3.0, 4.0, 6.0, 10.0),
    last=(20.0, 40.0),
    warm=1.0,
    treated=False,
    patience=15,
)
FINE = Phase(
    Importance(controlled=0.3, wishes=0.02, yearly=0.02),
    first=(3.0, 4.0, 6.0, 10.0, 20.0),
    last=(40.0, 80.0),
    warm=0.1,
)
SETTLED = Phase(
    Importance(controlled=1.0, wishes=0.02, yearly=0.01),
    first=FINE.first,
    last=FINE.last,
    warm=0.1,
    missed=0.1,
    patience=14,
)


@dataclass(frozen=True)
class Found:
    """What a fit has found so far.

    Attributes
    ----------
    pairs : helper, recipient, cohort (9999 = never), distances: the pairs with a manufacturing link, sorted
    counts : manufacturing, pairs x years
    scores : standardised controls of 2000, recipients x controls, or None before they are known
    base : whole raw figures of 2000 (see `yearbook.first_year`), or None before they are known
    relaxed : names of the printed numbers with a wider interval (see `targets.Wanted`)
    neutral : moves that hardly change an estimate (see `neutral_moves.moves`), or None before they are known
    cells : real counts (C) near `counts` that give the printed numbers, or None before they are known
    """

    pairs: pd.DataFrame
    counts: np.ndarray
    scores: np.ndarray | None = None
    base: pd.DataFrame | None = None
    relaxed: frozenset[tuple] = frozenset()
    neutral: np.ndarray | None = None
    cells: np.ndarray | None = None

    @property
    def known_scores(self) -> np.ndarray:
        """`scores`. Raises EnclaveError before they are known."""
        return _known(self.scores, "scores")

    @property
    def known_base(self) -> pd.DataFrame:
        """`base`. Raises EnclaveError before it is known."""
        return _known(self.base, "base")

    @property
    def known_cells(self) -> np.ndarray:
        """`cells`. Raises EnclaveError before they are known."""
        return _known(self.cells, "cells")

    @property
    def known_neutral(self) -> np.ndarray:
        """`neutral`. Raises EnclaveError before they are known."""
        return _known(self.neutral, "neutral")


def _known(value: T | None, name: str) -> T:
    if value is None:
        raise EnclaveError(f"`{name}` is not known at this stage of the fit. Run the stage that finds it first.")
    return value


def linked_pairs(treated: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The pairs named in `keys` (helper, recipient) with cohort and distances, sorted; `effect` if `treated` has it."""
    every = links.pair_frame(treated)
    made = every.assign(cohort=every["cohort"].fillna(NEVER).astype(int))
    if "effect" in treated:
        made = made.merge(treated[[*PAIR, "effect"]], on=PAIR, how="left")
    return made.merge(keys, on=PAIR).reset_index(drop=True)


def search_of(
    found: Found,
    importance: Importance = EVEN,
    which: list[Regressions] = TABLES_2_AND_4,
    *,
    linear_rules: bool = False,
) -> Search:
    """The search problem of the paper's Tables 1 to 4; before controls are known, of the columns without them.

    linear_rules : whether rules of plausibility that are linear in the counts are wanted numbers, as real counts need
    """
    city = controls.city_numbers(found.pairs)
    blank = np.zeros((len(city), 0)) if found.scores is None else controls.spread(found.scores, city)
    builder = targets.Builder(found.pairs, blank, found.relaxed)
    builder.moments()
    builder.regressions([one for one in which if found.scores is not None or not one.controls], importance.controlled)
    builder.averages()
    builder.plausible(yearly(CONTROL_TOTAL), SMOOTH * importance.wishes, importance.yearly)
    if "effect" in found.pairs:
        builder.effects(found.pairs["effect"].dropna().to_numpy(), EFFECT_IMPORTANCE * importance.wishes)
    builder.totals(LARGEST_SHARE, TOTAL_IMPORTANCE)
    rules = rules_of(found.pairs)
    if linear_rules:
        builder.linear_rules(rules, RULE_IMPORTANCE)
    treat, arrays = builder.treat, builder.arrays()
    return Search(
        arrays if found.neutral is None else arrays._replace(neutral=found.neutral),
        builder.wanted,
        city,
        found.pairs["cohort"].to_numpy()[builder.treated],
        extra=lambda counts: _further_penalty(counts.reshape(treat.shape), treat, rules),
        further=continuous.Further(
            without_zeros.wanted() + T_ROOM,
            targets.T_IMPORTANCE / targets.T_HALF,
            partial(without_zeros.expected, treat=treat),
        ),
    )


def rules_of(pairs: pd.DataFrame) -> plausibility.Rules:
    """The rules of plausibility for manufacturing counts; computed once for the same pairs."""
    key = tuple(map(tuple, pairs[[*PAIR, "cohort"]].itertuples(index=False)))
    if key not in _RULES:
        _RULES.clear()
        _RULES[key] = plausibility.Rules(pairs)
    return _RULES[key]


_RULES: dict[tuple, plausibility.Rules] = {}


def rules_broken(found: Found, counts: np.ndarray) -> float:
    """By how much counts (pairs x years, real or whole) break the rules of plausibility."""
    return rules_of(found.pairs).broken(counts)


def rules_in_words(found: Found) -> str:
    """How many rules of plausibility hold."""
    return rules_of(found.pairs).in_words(found.counts)


def _further_penalty(counts: np.ndarray, treat: np.ndarray, rules: plausibility.Rules) -> float:
    """The shortfall from claim C13 plus the violations of the rules of plausibility."""
    return without_zeros.shortfall(counts, treat) + rules.broken(counts)


def without_controls(found: Found, importance: Importance = EVEN) -> Search:
    """The search problem of the numbers without controls."""
    return search_of(replace(found, scores=None), importance)


def columns_of(found: Found, counts: np.ndarray) -> controls.Columns:
    """The columns with controls, for counts that are whole or real."""
    return controls.Columns(found.pairs, counts, TABLES_2_AND_4, found.relaxed)


def yearly(total: float) -> np.ndarray:
    """Totals of control pairs by year that follow the path of new firms and add up to `total`."""
    return links.new_firms() / linear_forms.T * total


def with_neutral_moves(found: Found) -> Found:
    """The same with the moves that hardly change an estimate."""
    search = without_controls(found)
    return with_moves(found, neutral_moves.moves(search.arrays, search.wanted))


def with_moves(found: Found, neutral: np.ndarray | None) -> Found:
    """The same with these neutral moves."""
    return replace(found, neutral=neutral)


def grid_of(found: Found, cells: np.ndarray) -> np.ndarray:
    """Cells as pairs x years."""
    return cells.reshape(found.counts.shape)


def penalty(found: Found, importance: Importance, missed: float = 0.0) -> float:
    """The penalty that the search for the last digits lowers; `missed` as in `Phase`."""
    search, counts = search_of(found, importance), found.counts.ravel()
    return nested_annealing.penalty(search, counts, REST) + missed * search.missed(counts)


def met(found: Found) -> str:
    """How many printed numbers are in their interval, in words."""
    return search_of(found).met(found.counts.ravel())


def content(found: Found) -> bool:
    """Whether all printed numbers are in their intervals and there is no further penalty."""
    return search_of(found).content(found.counts.ravel())


def cooled(found: Found, phase: Phase, seed: int) -> Found:
    """The result of one more cooling, with length and temperatures drawn by `seed`, and controls fitted again."""
    rng, search, counts = np.random.default_rng(seed), search_of(found, phase.importance), found.counts.ravel()
    heats = float(rng.choice(phase.first)), float(rng.choice(phase.last))
    length, weight = (int(rng.choice(CHAINS)), int(rng.choice(MOVES))), float(rng.choice(WEIGHTS))
    how = nested_annealing.Cooling(*heats, *length, weight, KINDS[int(rng.integers(len(KINDS)))])
    likely = rng.random() < SMOOTH_PATHS
    unlikely = search.unlikely(counts) if likely else search.near(counts.astype(float), float(rng.choice(VARIANCES)))
    made = replace(
        found, counts=grid_of(found, nested_annealing.cooled(search, counts, unlikely, how, int(rng.integers(2**31))))
    )
    return _refitted_if_free(made)


def paired(found: Found, phase: Phase, seed: int) -> Found:
    """The best result of two neutral moves at once, each followed by coolings of never-treated pairs."""
    rng, search, counts = np.random.default_rng(seed), search_of(found, phase.importance), found.counts.ravel()
    changes = neutral_moves.pairs(without_controls(found), counts, found.known_neutral, rng)
    trials = [
        _mended(replace(found, counts=grid_of(found, one)), phase, rng) for one in _promising(search, counts, changes)
    ]
    return min(trials, key=lambda one: penalty(one, phase.importance, phase.missed), default=found)


def rewalked(found: Found, phase: Phase, seed: int) -> Found:
    """The best of other points of the lattice near the counts, followed by coolings of never-treated pairs."""
    rng, search = np.random.default_rng(seed), search_of(found, phase.importance)
    made = lattice.another(search, found.counts.ravel(), WALKS, float(rng.uniform(*JITTERS)), rng)
    return _mended(replace(found, counts=grid_of(found, made)), phase, rng)


def _promising(search: Search, counts: np.ndarray, changes: np.ndarray) -> list[np.ndarray]:
    """Counts after those changes (L x 8 cells, from and to) that leave the least for never-treated pairs to correct."""
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
    """The same after coolings of never-treated pairs; those that raise the penalty are undone."""
    for how in AFTER_PAIRS:
        search, counts = search_of(found, phase.importance), found.counts.ravel()
        unlikely = search.near(counts.astype(float), VARIANCE)
        made = nested_annealing.cooled(search, counts, unlikely, how, int(rng.integers(2**31)))
        trial = _refitted_if_free(replace(found, counts=grid_of(found, made)))
        found = min(found, trial, key=lambda one: penalty(one, phase.importance, phase.missed))
    return found


def refitted(found: Found) -> Found:
    """The same counts with nearby controls that are closer to the printed numbers, or unchanged."""
    return better(found, columns_of(found, found.counts), REFIT)


def _refitted_if_free(found: Found) -> Found:
    """Refitted, unless the controls are whole figures already."""
    return found if found.base is not None else refitted(found)


def better(found: Found, columns: controls.Columns, how: dict) -> Found:
    """The controls that `controls.solved` finds with the options `how`, if they are closer to the printed numbers."""
    scores = controls.solved(columns, found.known_scores, **how)
    return replace(found, scores=scores) if columns.away(scores) < columns.away(found.known_scores) else found


def settled(found: Found, seed: int, tries: int) -> Found:
    """The same with controls that are whole raw figures, after `tries` trials of changes."""
    rng, recipients = np.random.default_rng(seed), sorted(found.pairs["recipient"].unique())
    base = yearbook.first_year(found.known_scores, recipients) if found.base is None else found.base
    columns = columns_of(found, found.counts)
    base = controls.settled(columns, base, tries, rng)
    return replace(found, base=base, scores=controls.scores_of(base))
