"""Search over lists of classes that are too large to count: simulated annealing, and walks among lists that meet all.

Annealing keeps the best list that it met for each number of lower parks and of years that are bounds. A search finds
lists; that it finds none is no proof that there is none.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from enclave.base.terms import PAIR
from enclave_twin.fit.linear_forms import T
from enclave_twin.lists import ratios
from enclave_twin.lists.options import DOCUMENTED, LOWER, TREATED, by_cities
from enclave_twin.lists.ratios import Asked

# probability that a change of a list is of a pair, and not only of the year of a pair
OTHER_PAIR = 0.5
# first and last temperature
HEAT = (1.5, 0.03)
# what a lower park and a year that is a bound cost in one annealing of three: evidence counts nothing, little, much
WEIGHTS = ((0.0, 0.0), (0.15, 0.03), (0.4, 0.1))
# distance from print, in half intervals, that ranks as none
MET = 1e-9
# what a search tries to meet: the eight conditions without controls, or all sixteen
AIMS = {"eight": 2, "sixteen": 1}


class Space(NamedTuple):
    """Options as arrays: `start` (first option of each pair, pairs + 1), `years`, `lower`, `bound` (options), `km`.

    `km`: pairs x distances. Required pairs come first.
    """

    start: np.ndarray
    years: np.ndarray
    lower: np.ndarray
    bound: np.ndarray
    km: np.ndarray
    required: int


class Archive(NamedTuple):
    """The best list for each number of lower parks and bounds: `away` (14 x 14), `options` (14 x 14 x 13).

    `away` is the sum of misses in half intervals over the conditions that the search tries to meet.
    """

    away: np.ndarray
    options: np.ndarray


def space(table: pd.DataFrame, km: pd.DataFrame, required: list[tuple[str, str]]) -> tuple[pd.DataFrame, Space]:
    """The options of a class in the order of the arrays, and the arrays.

    table : rows of `options.in_class`
    km : distances of the pairs (helper, recipient, four distances)
    required : pairs (codes) that are in every list, by a park of two cities
    """
    table = by_cities(table, required)
    keys = list(zip(table["helper"], table["recipient"], strict=True))
    order = table.assign(first=[key not in required for key in keys]).sort_values(["first", *PAIR, "cohort"])
    order = order.drop(columns="first").reset_index(drop=True)
    sizes = order.groupby(PAIR, sort=False).size()
    far = sizes.index.to_frame(index=False).merge(km, on=PAIR, how="left").drop(columns=PAIR).to_numpy()
    made = Space(
        np.concatenate([[0], sizes.cumsum()]),
        (T + 2000 - order["cohort"]).to_numpy(),
        (order["level"] == LOWER).to_numpy().astype(np.int64),
        (~order["basis"].isin(DOCUMENTED)).to_numpy().astype(np.int64),
        np.ascontiguousarray(far),
        len(required),
    )
    return order, made


def annealed(given: Space, asked: Asked, aim: str, seed: int, starts: int, trials: int) -> Archive:
    """The best lists by an aim of `AIMS`, from `starts` random starts for each of `WEIGHTS`, `trials` changes each."""
    size = TREATED + 1
    kept = Archive(np.full((size, size), np.inf), np.full((size, size, TREATED), -1, np.int64))
    for start in range(starts):
        for number, weights in enumerate(WEIGHTS):
            own = (seed * starts + start) * len(WEIGHTS) + number
            _anneal(given, asked, AIMS[aim], np.array(weights), own, trials, kept)
    return kept


@njit(cache=True)
def _judged(given, asked, each, pair, option):
    """Misses in half intervals, number of lower parks and number of bounds of a list."""
    delta, left = ratios.shape(given.years[option], given.km[pair])
    away = ratios.misses(delta, left, asked)[::each].sum()
    return away, given.lower[option].sum(), given.bound[option].sum()


@njit(cache=True)
def _change(given, pair, option):
    """Change one pair, or one year, of a list at random; returns the place and what was there. -1: nothing changed."""
    place = np.random.randint(len(pair))
    before = pair[place], option[place]
    other = pair[place]
    if np.random.random() < OTHER_PAIR:
        other = np.random.randint(len(given.start) - 1)
        if pair[place] < given.required or (other != pair[place] and (pair == other).any()):
            return -1, before
    pair[place] = other
    option[place] = np.random.randint(given.start[other], given.start[other + 1])
    return place, before


@njit(cache=True)
def _random(given):
    """A random list with all required pairs."""
    others = given.required + np.random.permutation(len(given.start) - 1 - given.required)
    pair = np.concatenate((np.arange(given.required), others[: TREATED - given.required]))
    return pair, np.array([np.random.randint(given.start[one], given.start[one + 1]) for one in pair])


@njit(cache=True)
def _anneal(given, asked, each, weights, seed, trials, kept):
    np.random.seed(seed)
    pair, option = _random(given)
    now = np.inf
    for trial in range(trials):
        place, before = _change(given, pair, option)
        if place < 0:
            continue
        away, lower, bound = _judged(given, asked, each, pair, option)
        if away < kept.away[lower, bound] - MET:
            kept.away[lower, bound] = away
            kept.options[lower, bound] = np.sort(option)
        then = away + weights[0] * lower + weights[1] * bound
        heat = HEAT[0] * (HEAT[1] / HEAT[0]) ** (trial / trials)
        if then <= now or np.random.random() < np.exp((now - then) / heat):
            now = then
        else:
            pair[place], option[place] = before


@njit(cache=True)
def walked(given: Space, asked: Asked, each: int, start: np.ndarray, seed: int, steps: int) -> np.ndarray:
    """How often each option is in a list of a walk among lists that meet an aim, as a share of the steps.

    The walk is symmetric, so in the long run each list that it can reach counts the same. `start`: options of a list;
    `each`: a value of `AIMS`.
    """
    np.random.seed(seed)
    option, pair = start.copy(), np.zeros(len(start), np.int64)
    for place in range(len(start)):
        pair[place] = np.searchsorted(given.start, option[place], side="right") - 1
    seen = np.zeros(len(given.years))
    for _ in range(steps):
        place, before = _change(given, pair, option)
        if place >= 0 and _judged(given, asked, each, pair, option)[0] > MET:
            pair[place], option[place] = before
        for one in option:
            seen[one] += 1
    return seen / steps
