"""A whole fit, kept after every stage and every few turns, so that a stopped one goes on where it was.

The stages take from minutes to hours; `turns` says how long the last two look for digits. What is kept lies in one
folder: `counts.npz` as the search left it, and the six tables of target counts with `treated.csv` once it is done.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from enclave.base import files
from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin.fit import linear_forms, pair_lists, stages, start, yearbook
from enclave_twin.fit import solution as tables
from enclave_twin.fit.annealing import LADDER, Search
from enclave_twin.fit.stages import Found, Phase

UNITS, UNITS_AGAIN = 2500, 500
STARTS, ENOUGH, ROUNDINGS, NEAR = 10, 1.0, 12, 5.0
SLOWER, COLDEST, BACK = 0.98, 0.02, 4.0
OTHER_MOVES, OTHER_TRIES = 1_000_000, 6
OTHER_LADDER = [*LADDER[:-2], (0.0, 1, 3), (0.0, 3, 10)]
KEPT = "counts.npz"
NOTHING = frozenset()


def fit(
    treated: pd.DataFrame, seed: int, turns: int, folder: Path, tell: Callable = print, spared: frozenset = NOTHING
) -> tables.Solution:
    """Counts, controls and tables for a list of treated pairs (helper, recipient, cohort, park).

    Parameters
    ----------
    seed : of all draws but that of quiet moves; without a stop, the same seed and turns give the same counts
    turns : most coolings that look for the last digits: roughly, finely, and with whole figures
    folder : where the stages are kept and the tables are written
    spared : names (table, column, row, statistic) of printed numbers that are wanted within a unit only

    Raises EnclaveError if Table 5 cannot be met or the folder holds the fit of another list.
    """
    found = _resumed(folder, treated, spared, tell)
    if found is None:
        found = _keep(_started(treated, seed, spared, tell), folder)
    if found.base is None:
        tell("Last digits, with controls that are free")
        found = _digits(found, stages.ROUGH, turns, seed, folder, tell, NEAR)
        found = _digits(found, stages.FINE, turns, seed, folder, tell)
        found = _keep(stages.settled(found, seed, UNITS), folder)
    tell("Last digits, with whole figures of the yearbook")
    found = _digits(found, stages.SETTLED, turns, seed, folder, tell)
    solution = _solution(found, treated, seed, tell)
    targets.write(tables.tables(solution, seed), folder)
    files.write_csv(treated, folder / treated_pairs.LIST)
    return solution


def _started(treated: pd.DataFrame, seed: int, spared: frozenset, tell: Callable) -> Found:
    """Whole counts near real ones that give the numbers, from the first start that leads to such."""
    own, tried = pair_lists.with_effects(treated), []
    for first in range(seed, seed + STARTS):
        drawn = stages.with_quiet(start.drawn(own, first, spared))
        tried.append(start.real(drawn, first))
        tell(f"Real counts from start {first}: {start.far(*tried[-1]):.2f} half widths away")
        if start.far(*tried[-1]) < ENOUGH:
            break
    return start.whole(*min(tried, key=lambda one: start.far(*one)), ROUNDINGS, seed, tell)


def _digits(
    found: Found, phase: Phase, turns: int, seed: int, folder: Path, tell: Callable, enough: float = 0.0
) -> Found:
    """Coolings until all is met or the charge is `enough`; worse ones are kept for a while, the best is returned."""
    rng = np.random.default_rng(seed)
    now = best = found
    charge = lowest = stages.charge(found, phase.importance)
    for turn in range(turns):
        if lowest <= enough or stages.content(best):
            break
        step = stages.paired if phase.pairs and turn % 2 else stages.cooled
        trial = _refitted(step(now, phase, int(rng.integers(2**31))), seed + turn)
        then = stages.charge(trial, phase.importance)
        if then <= charge or rng.random() < np.exp((charge - then) / max(COLDEST, phase.warm * SLOWER**turn)):
            now, charge = trial, then
        if charge < lowest:
            best, lowest = _keep(now, folder), charge
            tell(f"  turn {turn + 1}: {stages.met(best)}, charge {lowest:.2f}")
        elif charge > lowest + BACK * phase.warm:
            now, charge = best, lowest
    return best


def _refitted(found: Found, seed: int) -> Found:
    """Better whole figures for the counts, once there are such."""
    return found if found.base is None else stages.settled(found, seed, UNITS_AGAIN)


def _solution(found: Found, treated: pd.DataFrame, seed: int, tell: Callable) -> tables.Solution:
    """The counts of Table 5 on top of the fitted ones, and all as frames."""
    made = {"manufacturing": _frame(found.pairs, found.counts)}
    for name, first in (("all_industry", 1), ("branches", 5)):
        tell(f"Table 5: {name}")
        pairs, counts, search = stages.other(found, first, seed)
        made[name] = _frame(pairs, _exact(search, counts.ravel(), seed, tell).reshape(counts.shape))
    return tables.Solution(**made, base=found.base, treated=treated)


def _exact(search: Search, counts: np.ndarray, seed: int, tell: Callable) -> np.ndarray:
    """Counts that meet every printed number, by the ladder and then by repeated cooling."""
    counts = search.ladder(counts, OTHER_MOVES, seed, OTHER_LADDER, tell)
    for again in range(OTHER_TRIES):
        if search.missed(counts) == 0:
            return counts
        counts = search.anneal(counts, (0.5, 10.0), 2 * OTHER_MOVES, seed + 900 + again)[1]
        tell(f"  again: {search.met(counts)}")
    if search.missed(counts):
        raise EnclaveError("Table 5 was not met to the last digit. Try another seed.")
    return counts


def _frame(pairs: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(counts, index=pd.MultiIndex.from_frame(pairs[tables.PAIR]), columns=linear_forms.YEARS)


def _keep(found: Found, folder: Path) -> Found:
    """Write what is known, whole or not at all; returns it."""
    keys = {name: found.pairs[name].to_numpy() for name in (*tables.PAIR, "cohort")}
    given = {"counts": found.counts}
    if found.scores is not None:
        given["scores"] = found.scores
    if found.base is not None:
        given["base"] = found.base.iloc[:, 1:].to_numpy()
    given |= {name: value.astype("U6") if value.dtype == object else value for name, value in keys.items()}

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **given)

    files.write_atomically(folder / KEPT, write)
    return found


def _resumed(folder: Path, treated: pd.DataFrame, spared: frozenset, tell: Callable) -> Found | None:
    """What an earlier run left in `folder`."""
    path = folder / KEPT
    if not path.exists():
        return None
    with np.load(path) as held:
        # all is read, and the file closed: while it is open, Windows would not let another one take its place
        kept = dict(held)
    own = stages.linked_pairs(
        pair_lists.with_effects(treated), pd.DataFrame({name: kept[name] for name in tables.PAIR})
    )
    if not np.array_equal(own["cohort"], kept["cohort"]):
        raise EnclaveError(f"{path} belongs to another list of treated pairs. Remove it, or name another folder.")
    tell(f"Going on from {path}")
    base = None
    if "base" in kept:
        names = ["population_10k", *(column for column, *_ in yearbook.VARIABLES.values())]
        base = pd.DataFrame(kept["base"], columns=names)
        base.insert(0, "recipient", sorted(own["recipient"].unique()))
    return stages.with_quiet(Found(own, kept["counts"], kept.get("scores"), base, spared))
