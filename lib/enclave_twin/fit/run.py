"""A whole fit. It is saved after each stage and each improvement, so that a stopped fit continues where it was.

The stages take from minutes to hours. One folder has the saved state (`counts.npz`) and at the end the six tables of
target counts with `treated.csv`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from enclave.base import files
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin.fit import linear_forms, pair_lists, stages, start, yearbook
from enclave_twin.fit.annealing import LADDER, Search
from enclave_twin.fit.solution import Solution, tables
from enclave_twin.fit.stages import Found, Phase

# trials of whole figures for the controls: at first, and after each cooling
UNITS = 2500
UNITS_AGAIN = 500
# most draws, and the distance of real counts from print (half widths) at which no further draw is made
STARTS = 10
ENOUGH = 1.0
# most roundings by the lattice
ROUNDINGS = 12
# penalty at which the first search for digits ends
NEAR = 5.0
# acceptance of worse coolings: factor on `Phase.warm` per turn, smallest value, and how many times `warm` the penalty
# may exceed the lowest one before the search returns to the best counts
SLOWER = 0.98
COLDEST = 0.02
BACK = 4.0
# counts of Table 5: moves per rung of the ladder, rungs, and further coolings at most
OTHER_MOVES = 1_000_000
OTHER_LADDER = [*LADDER[:-2], (0.0, 1, 3), (0.0, 3, 10)]
OTHER_TRIES = 6
# first and last inverse temperature of these coolings, and what is added to the seed
OTHER_HEAT = (0.5, 10.0)
OTHER_SEED = 900
# file with the saved state
SAVED = "counts.npz"
NOTHING = frozenset()


def fit(
    treated: pd.DataFrame, seed: int, turns: int, folder: Path, report: Callable = print, relaxed: frozenset = NOTHING
) -> Solution:
    """Counts, controls and tables for a list of treated pairs (helper, recipient, cohort, park).

    Parameters
    ----------
    seed : of all draws except neutral moves; a fit that is not stopped is the same for the same seed and turns
    turns : most coolings in each of the three searches for the last digits
    folder : receives the saved state and the tables
    relaxed : names (table, column, row, statistic) of printed numbers with an interval of about two units

    Raises EnclaveError if Table 5 cannot be met or the folder has the fit of another list.
    """
    found = _resumed(folder, treated, relaxed, report)
    if found is None:
        found = _keep(_started(treated, seed, relaxed, report), folder)
    if found.base is None:
        report("Last digits, with controls that are free")
        found = _digits(found, stages.ROUGH, turns, seed, folder, report, NEAR)
        found = _digits(found, stages.FINE, turns, seed, folder, report)
        found = _keep(stages.settled(found, seed, UNITS), folder)
    report("Last digits, with whole figures of the yearbook")
    found = _digits(found, stages.SETTLED, turns, seed, folder, report)
    solution = _solution(found, treated, seed, report)
    targets.write(tables(solution, seed), folder)
    files.write_csv(treated, folder / treated_pairs.LIST)
    return solution


def _started(treated: pd.DataFrame, seed: int, relaxed: frozenset, report: Callable) -> Found:
    """Whole counts near real ones that give the numbers, from the first draw that leads to such real counts."""
    own, tried = pair_lists.with_effects(treated), []
    for first in range(seed, seed + STARTS):
        drawn = stages.with_neutral_moves(start.drawn(own, first, relaxed))
        tried.append(start.real(drawn, first))
        report(f"Real counts from start {first}: {start.far(*tried[-1]):.2f} half widths away")
        if start.far(*tried[-1]) < ENOUGH:
            break
    best, cells = min(tried, key=lambda one: start.far(*one))
    return start.whole(best, cells, ROUNDINGS, seed, report)


def _digits(
    found: Found, phase: Phase, turns: int, seed: int, folder: Path, report: Callable, enough: float = 0.0
) -> Found:
    """The best result of coolings until everything holds or the penalty is `enough`.

    Worse results are accepted with a falling probability (simulated annealing).
    """
    rng = np.random.default_rng(seed)
    now = best = found
    penalty = lowest = stages.penalty(found, phase.importance)
    for turn in range(turns):
        if lowest <= enough or stages.content(best):
            break
        step = stages.paired if phase.pairs and turn % 2 else stages.cooled
        trial = _refitted(step(now, phase, int(rng.integers(2**31))), seed + turn)
        then = stages.penalty(trial, phase.importance)
        if then <= penalty or rng.random() < np.exp((penalty - then) / max(COLDEST, phase.warm * SLOWER**turn)):
            now, penalty = trial, then
        if penalty < lowest:
            best, lowest = _keep(now, folder), penalty
            report(f"  turn {turn + 1}: {stages.met(best)}, penalty {lowest:.2f}")
        elif penalty > lowest + BACK * phase.warm:
            now, penalty = best, lowest
    return best


def _refitted(found: Found, seed: int) -> Found:
    """The same with better whole figures of the controls, if they are whole already."""
    return found if found.base is None else stages.settled(found, seed, UNITS_AGAIN)


def _solution(found: Found, treated: pd.DataFrame, seed: int, report: Callable) -> Solution:
    """The fitted counts and those of Table 5, as frames."""
    made = {}
    for name, first in (("all_industry", 1), ("branches", 5)):
        report(f"Table 5: {name}")
        pairs, counts, search = stages.other(found, first, seed)
        made[name] = _frame(pairs, _exact(search, counts.ravel(), seed, report).reshape(counts.shape))
    manufacturing = _frame(found.pairs, found.counts)
    return Solution(manufacturing, made["all_industry"], made["branches"], found.known_base, treated)


def _exact(search: Search, counts: np.ndarray, seed: int, report: Callable) -> np.ndarray:
    """Counts that give every printed number, by the ladder and then by further coolings."""
    counts = search.ladder(counts, OTHER_MOVES, seed, OTHER_LADDER, report)
    for again in range(OTHER_TRIES):
        if search.missed(counts) == 0:
            return counts
        counts = search.anneal(counts, OTHER_HEAT, 2 * OTHER_MOVES, seed + OTHER_SEED + again)[1]
        report(f"  again: {search.met(counts)}")
    if search.missed(counts):
        raise EnclaveError("Table 5 was not met to the last digit. Try another seed.")
    return counts


def _frame(pairs: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(counts, index=pd.MultiIndex.from_frame(pairs[PAIR]), columns=linear_forms.YEARS)


def _keep(found: Found, folder: Path) -> Found:
    """Save what is known, in one atomic write; returns it."""
    keys = {name: found.pairs[name].to_numpy() for name in (*PAIR, "cohort")}
    given = {"counts": found.counts}
    if found.scores is not None:
        given["scores"] = found.scores
    if found.base is not None:
        given["base"] = found.base.iloc[:, 1:].to_numpy()
    given |= {name: value.astype("U6") if value.dtype == object else value for name, value in keys.items()}

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, allow_pickle=True, **given)

    files.write_atomically(folder / SAVED, write)
    return found


def _resumed(folder: Path, treated: pd.DataFrame, relaxed: frozenset, report: Callable) -> Found | None:
    """The saved state in `folder`, or None."""
    path = folder / SAVED
    if not path.exists():
        return None
    with np.load(path) as held:
        # read completely and close: Windows does not replace an open file
        kept = dict(held)
    own = stages.linked_pairs(pair_lists.with_effects(treated), pd.DataFrame({name: kept[name] for name in PAIR}))
    if not np.array_equal(own["cohort"], kept["cohort"]):
        raise EnclaveError(f"{path} belongs to another list of treated pairs. Remove it, or choose another folder.")
    report(f"Continuing from {path}")
    base = None
    if "base" in kept:
        names = ["population_10k", *(column for column, *_ in yearbook.VARIABLES.values())]
        base = pd.DataFrame(kept["base"], columns=names)
        base.insert(0, "recipient", sorted(own["recipient"].unique()))
    return stages.with_neutral_moves(Found(own, kept["counts"], kept.get("scores"), base, relaxed))
