"""A whole fit, by one command. It is saved after each stage and each turn of a search (see `saved`).

Each stage and each turn draws from a generator of its own, made from the seed, the stage and the turn. So a fit that
was stopped and started again ends with the same bytes as one that was not.
"""

from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave.base import files
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin.counts import links
from enclave_twin.fit import linear_forms, nested_annealing, pair_lists, saved, stages, start, table_5, workers
from enclave_twin.fit.annealing import LADDER, NEVER_TREATED
from enclave_twin.fit.saved import Stages
from enclave_twin.fit.solution import Solution, tables
from enclave_twin.fit.stages import Found
from enclave_twin.fit.table_5 import Problem

# trials of whole figures for the controls: at first, and after each cooling
UNITS = 2500
UNITS_AGAIN = 500
# most draws, and the distance of real counts from print (half widths) at which no further draw is made
STARTS = 14
ENOUGH = 0.3
# weight of broken rules against half widths when real counts are compared
RULES = 3.0
# how many of the best real counts are rounded, roundings by the lattice at most, and the penalty that is small enough
# to stop trying
ROUNDED = 4
ROUNDINGS = 12
CLOSE = 2.0
# penalty at which the first and the second search for digits end
NEAR = 5.0
NEARER = 0.51
# acceptance of worse coolings: factor on `Phase.warm` per turn, smallest value, and how many times `warm` the penalty
# may exceed the lowest one before the search returns to the best counts
SLOWER = 0.98
COLDEST = 0.02
BACK = 4.0
# a search ends if its lowest penalty has not fallen by this share within `Phase.patience` turns
FALL = 0.01
# numbers of the stages, from which their seeds are made
STAGES = ("real", "whole", "rough", "fine", "settled", "last", "all_industry", "branches", "tables")
# counts of Table 5: moves per rung of the ladder, rungs, and further coolings at most
OTHER_MOVES = 600_000
OTHER_LADDER = [*LADDER[:-2], (0.0, 1, 3), (0.0, 3, 10)]
OTHER_TRIES = 12
# coolings that keep the rules; the first of them also moves the treated pairs
OTHER_COOLING = nested_annealing.Cooling(first=2.0, last=40.0, chains=3000, moves=300, weight=20.0)
NOTHING = frozenset()
# draws of a yearbook that are compared
YEARBOOKS = 10
# what the turns of a search do one after the other, if it changes treated pairs
STEPS = (stages.cooled, stages.paired, stages.rewalked)
# the searches for the last digits
PHASES = {"rough": stages.ROUGH, "fine": stages.FINE, "last": stages.SETTLED}


def fit(
    treated: pd.DataFrame,
    seed: int,
    turns: int,
    folder: Path,
    report: Callable = print,
    relaxed: frozenset = NOTHING,
    broken: Callable[[dict[str, pd.DataFrame]], int] = len,
) -> Solution:
    """Counts, controls and tables for a list of treated pairs (helper, recipient, cohort, park).

    Parameters
    ----------
    seed : of all draws
    turns : most coolings in each of the three searches for the last digits
    folder : receives the saved state and the tables
    relaxed : names (table, column, row, statistic) of printed numbers with an interval of about two units
    broken : number of rules of plausibility that tables break; of ten draws of a yearbook the first with the fewest is
        kept

    Raises EnclaveError if Table 5 cannot be met, if another fit runs in the folder, or if the fit in it began with
    other inputs.
    """
    with saved.alone(folder), workers.two() as pool:
        saved.begin(folder, treated, seed, turns, relaxed)
        kept = Stages(folder, pool.submit(_with_effects, folder, treated, relaxed).result(), relaxed)
        found = _started(kept, pool, seed, report)
        report("Last digits, with controls that are free")
        search = Turns(kept, pool, seed, turns, report)
        found = search.best(found, "rough", NEAR)
        found = search.best(found, "fine", NEARER)
        found = kept.once("settled", lambda: stages.settled(found, _seed(seed, "settled"), UNITS))
        report("Last digits, with whole figures of the yearbook")
        found = search.best(found, "last")
        solution = _solution(kept, found, treated, seed, report)
        targets.write(_tables(solution, seed, broken), folder)
        files.write_csv(treated, folder / treated_pairs.LIST)
        return solution


def _tables(solution: Solution, seed: int, broken: Callable) -> dict[str, pd.DataFrame]:
    """The tables of a solution, from the draw of a yearbook with its moments that breaks the fewest rules."""
    made: list[dict[str, pd.DataFrame]] = []
    for turn in range(YEARBOOKS):
        # a draw may have no whole figures with these moments
        with suppress(EnclaveError):
            made.append(tables(solution, _seed(seed, "tables", turn)))
    if not made:
        raise EnclaveError(f"None of {YEARBOOKS} yearbooks has the moments of Table 1. Try another seed.")
    return min(made, key=broken)


def _seed(seed: int, stage: str, turn: int = 0, slot: int = 0) -> int:
    """The seed of one task of a turn of a stage."""
    return int(np.random.SeedSequence([seed, STAGES.index(stage), turn, slot]).generate_state(1)[0])


def _with_effects(folder: Path, treated: pd.DataFrame, relaxed: frozenset) -> pd.DataFrame:
    """The list with the effects of its pairs, which take a while to compute."""
    path = folder / "effects.npz"
    if not path.exists():
        made = pair_lists.with_effects(treated, relaxed)

        def write(place: Path) -> None:
            with place.open("wb") as file:
                np.savez(file, **{name: made[name].to_numpy().astype("U6") for name in PAIR}, effect=made["effect"])

        files.write_atomically(path, write)
    with np.load(path) as held:
        effects = pd.DataFrame({name: held[name] for name in (*PAIR, "effect")})
    return treated.merge(effects, on=PAIR)


def _started(kept: Stages, pool: Executor, seed: int, report: Callable) -> Found:
    """Whole counts near real ones that give the numbers, from the draws that lead to the best real counts."""
    tried: list[float] = []
    for turn, found in enumerate(_side_by_side(kept, pool, _real, "real", STARTS, seed)):
        far, broken = start.far(found), start.rules_broken(found)
        tried.append(far + RULES * broken)
        report(f"Real counts from start {turn}: {far:.2f} half widths away, rules broken by {broken:.2f}")
        if far < ENOUGH and broken == 0:
            break
    kept.keep("best", turns=np.argsort(tried, kind="stable")[:ROUNDED])
    made: list[tuple[float, Found]] = []
    for turn, found in enumerate(_side_by_side(kept, pool, _rounding, "whole", ROUNDINGS, seed)):
        made.append((stages.penalty(found, stages.ROUGH.importance), found))
        report(f"  rounding {turn}: {stages.met(found)}, penalty {made[-1][0]:.2f}, {stages.rules_in_words(found)}")
        if made[-1][0] < CLOSE:
            break
    return min(made, key=lambda one: one[0])[1]


def _side_by_side(
    kept: Stages, pool: Executor, make: Callable, stage: str, number: int, seed: int
) -> Generator[Found, None, None]:
    """The results of the turns of a stage in order; as many at a time are made as there are processes."""
    for first in range(0, number, workers.NUMBER):
        turns = range(first, min(first + workers.NUMBER, number))
        for done in [pool.submit(make, kept, seed, turn) for turn in turns]:
            done.result()
        for turn in turns:
            if (found := kept.read(f"{stage}-{turn}")) is None:
                raise EnclaveError(f"{kept.folder} has lost {stage}-{turn}.npz. Remove the folder and start again.")
            yield kept.complete(found)


def _real(kept: Stages, seed: int, turn: int) -> None:
    """Keep the real counts of one draw."""
    own = _seed(seed, "real", turn)
    kept.once(f"real-{turn}", lambda: start.real(kept.complete(start.drawn(kept.treated, own, kept.relaxed)), own))


def _rounding(kept: Stages, seed: int, turn: int) -> None:
    """Keep one way to round one of the best real counts."""
    best = kept.arrays("best")
    real = None if best is None else kept.read(f"real-{best['turns'][turn % len(best['turns'])]}")
    if real is not None:
        kept.once(f"whole-{turn}", lambda: start.rounding(kept.complete(real), _seed(seed, "whole", turn)))


class At(NamedTuple):
    """Where a search is: its next turn, the turn after the last fall, the penalties now, lowest, and at that fall."""

    turn: int
    fell: int
    penalty: float
    lowest: float
    mark: float


@dataclass
class Turns:
    """A search for the last digits: turns of two coolings side by side, of which the better one may be accepted."""

    kept: Stages
    pool: Executor
    seed: int
    turns: int
    report: Callable

    def best(self, found: Found, name: str, enough: float = 0.0) -> Found:
        """The best result of coolings until all holds, the penalty is `enough`, or it falls no more. Turns are saved.

        Worse results are accepted with a falling probability (simulated annealing).
        """
        kept, phase = self.kept, PHASES[name]
        if (ended := kept.read(name)) is not None:
            return kept.complete(ended)
        now, best, at = self._continued(found, name)
        for turn in range(at.turn, self.turns):
            if at.lowest <= enough or turn - at.fell >= phase.patience or stages.content(best):
                break
            then, trial = self._trial(now, name, turn)
            lot = np.random.default_rng(_seed(self.seed, name, turn, workers.NUMBER)).random()
            if then <= at.penalty or lot < np.exp((at.penalty - then) / max(COLDEST, phase.warm * SLOWER**turn)):
                now, at = trial, at._replace(penalty=then)
            if at.penalty < at.lowest:
                best, at = now, at._replace(lowest=at.penalty)
                words = stages.rules_in_words(best)
                self.report(f"  turn {turn + 1}: {stages.met(best)}, penalty {at.lowest:.2f}, {words}")
            elif at.penalty > at.lowest + BACK * phase.warm:
                now, at = best, at._replace(penalty=at.lowest)
            if at.lowest < (1 - FALL) * at.mark:
                at = at._replace(mark=at.lowest, fell=turn + 1)
            at = at._replace(turn=turn + 1)
            kept.keep(f"{name}-turns", now, best, at=np.array(at))
        kept.keep(name, best)
        return best

    def _continued(self, found: Found, name: str) -> tuple[Found, Found, At]:
        """The current and the best state of a search, and where it is."""
        held = self.kept.arrays(f"{name}-turns")
        if held is None:
            penalty = stages.penalty(found, PHASES[name].importance, PHASES[name].missed)
            return found, found, At(0, 0, penalty, penalty, penalty)
        now, best = (self.kept.complete(self.kept.state(held, place)) for place in (0, 1))
        turn, fell, *penalties = held["at"].tolist()
        return now, best, At(int(turn), int(fell), *penalties)

    def _trial(self, now: Found, name: str, turn: int) -> tuple[float, Found]:
        """The better of the coolings of a turn, with its penalty."""
        seeds = [_seed(self.seed, name, turn, slot) for slot in range(workers.NUMBER)]
        given = (self.kept, stages.with_moves(now, None), name, turn)
        done = [self.pool.submit(_cooling, *given, seed) for seed in seeds]
        penalty, trial = min((one.result() for one in done), key=lambda one: one[0])
        return penalty, self.kept.complete(trial)


def _cooling(kept: Stages, now: Found, name: str, turn: int, seed: int) -> tuple[float, Found]:
    """One cooling, or a change of treated pairs with coolings after it, and the penalty of its result."""
    phase, rng = PHASES[name], np.random.default_rng(seed)
    step = STEPS[turn % len(STEPS)] if phase.treated else stages.cooled
    trial = _refitted(step(kept.complete(now), phase, int(rng.integers(2**31))), int(rng.integers(2**31)))
    return stages.penalty(trial, phase.importance, phase.missed), stages.with_moves(trial, None)


def _refitted(found: Found, seed: int) -> Found:
    """The same with better whole figures of the controls, if they are whole already."""
    return found if found.base is None else stages.settled(found, seed, UNITS_AGAIN)


def _solution(kept: Stages, found: Found, treated: pd.DataFrame, seed: int, report: Callable) -> Solution:
    """The fitted counts and those of Table 5, as frames."""
    made, tied = {}, ()
    for name, first in (("all_industry", 1), ("branches", 5)):
        report(f"Table 5: {name}")
        other = table_5.problem(found, first, _seed(seed, name), tied)
        held = kept.arrays(name)
        if held is None:
            counts = _exact(other, _seed(seed, name, 1), report).reshape(other.counts.shape)
            kept.keep(name, counts=counts)
        else:
            counts = held["counts"]
        report(f"  {other.search.met(counts.ravel())}, {other.rules.in_words(counts)}")
        made[name] = _frame(other.pairs, counts)
        keys = pd.MultiIndex.from_frame(links.pair_frame(treated)[PAIR])
        tied = (*tied, made[name].sum(axis=1).reindex(keys).to_numpy(float))
    manufacturing = _frame(found.pairs, found.counts)
    return Solution(manufacturing, made["all_industry"], made["branches"], found.known_base, treated)


def _exact(other: Problem, seed: int, report: Callable) -> np.ndarray:
    """Counts that give every printed number and keep the rules: by the ladder and then by further coolings."""
    search, rng = other.search, np.random.default_rng(seed)
    counts = search.ladder(other.counts.ravel(), OTHER_MOVES, int(rng.integers(2**31)), OTHER_LADDER, report)
    for turn in range(OTHER_TRIES):
        if search.content(counts):
            break
        how = OTHER_COOLING if turn % 3 == 0 or search.missed(counts) else OTHER_COOLING._replace(chances=NEVER_TREATED)
        made = nested_annealing.cooled(search, counts, search.unlikely(counts), how, int(rng.integers(2**31)))
        counts = min(counts, made, key=lambda one: nested_annealing.penalty(search, one, how.weight))
        report(f"  again: {search.met(counts)}, {other.rules.in_words(counts.reshape(other.counts.shape))}")
    if search.missed(counts):
        raise EnclaveError("Table 5 was not met to the last digit. Try another seed.")
    return counts


def _frame(pairs: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(counts, index=pd.MultiIndex.from_frame(pairs[PAIR]), columns=linear_forms.YEARS)
