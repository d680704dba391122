"""All lists of a class, one by one: how many meet the conditions under each convention.

A list is a choice of 13 pairs and a year for each. The inner products of two treatments depend on their years only, so
the weighted mean distances of a list need a sum over its pairs. Some hundred million lists take minutes.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from enclave.base.terms import DISTANCES, PAIR
from enclave_twin.counts.links import LINKED_PAIRS
from enclave_twin.fit.linear_forms import T
from enclave_twin.lists import ratios
from enclave_twin.lists.options import LOWER, TREATED, Class
from enclave_twin.lists.ratios import Asked, misses, one_r2, overlap

# what a list meets: the four slopes without controls; all eight without controls, also with one R2 of Table 2 for all
# four distances; all sixteen, also with one R2
STAGES = ["four_slopes", "eight", "eight_one_r2", "sixteen", "sixteen_one_r2"]
FOUR, EIGHT, EIGHT_ONE, SIXTEEN, SIXTEEN_ONE = range(len(STAGES))


class Pool(NamedTuple):
    """The options of a class as arrays.

    Attributes
    ----------
    start : first option of each pair, and the number of options (pairs + 1)
    years : treated years of each option until 2018
    lower : whether an option needs a park below two cities (options)
    km : pairs x distances x conventions
    """

    start: np.ndarray
    years: np.ndarray
    lower: np.ndarray
    km: np.ndarray


class Found(NamedTuple):
    """What a count gives: `tried` lists by lower parks (0 to 13), `meeting` by convention, lower parks and stage."""

    tried: np.ndarray
    meeting: np.ndarray


def pool(table: pd.DataFrame, measured: dict[str, pd.DataFrame]) -> Pool:
    """Arrays of the rows of `options.in_class`; `measured`: distances of the 108 pairs by convention."""
    sizes = table.groupby(PAIR, sort=True).size()
    keys = sizes.index.to_frame(index=False)
    km = np.array([keys.merge(each, on=PAIR, how="left")[DISTANCES].to_numpy() for each in measured.values()])
    years, lower = (T + 2000 - table["cohort"]).to_numpy(), (table["level"] == LOWER).to_numpy()
    return Pool(np.concatenate([[0], sizes.cumsum()]), years, lower, np.ascontiguousarray(km.transpose(1, 2, 0)))


def prefixes(given: Pool, pairs: int = 2) -> list[tuple[int, ...]]:
    """All choices for the first pairs: an option of each or -1, for none. A count of each is a part of the whole."""
    made: list[tuple[int, ...]] = [()]
    for pair in range(pairs):
        made = [(*one, option) for one in made for option in [-1, *range(given.start[pair], given.start[pair + 1])]]
    return made


def together(parts: list[Found]) -> Found:
    """The sum of the counts of parts."""
    return Found(*(np.sum(each, axis=0) for each in zip(*parts, strict=True)))


def counted(given: Pool, asked: Asked, most_lower: int, prefix: tuple[int, ...] = ()) -> Found:
    """All lists with at most `most_lower` lower parks that begin with a prefix (see `prefixes`)."""
    shape = (given.km.shape[2], TREATED + 1, len(STAGES))
    found = Found(np.zeros(TREATED + 1, np.int64), np.zeros(shape, np.int64))
    edges = np.array([ratios.mean_distance(column, asked) for column in range(0, 8, 2)])
    _count(given, asked, edges, most_lower, np.array(prefix, dtype=np.int64), found)
    return found


@njit(cache=True)
def _count(given, asked, edges, most_lower, prefix, found):
    """Go through all choices: for each pair no option, then each of its options, and so on with the pairs after it."""
    pairs = len(given.start) - 1
    # of each pair: its present option (start - 1 for none), and how many pairs before it have one
    at, before = np.zeros(pairs, np.int64), np.zeros(pairs, np.int64)
    # of each place of the list: pair, option; then weights and lower parks by the number of places filled
    pair_of, option_of = np.zeros(TREATED, np.int64), np.zeros(TREATED, np.int64)
    weight, lower = np.zeros((TREATED + 1, TREATED)), np.zeros(TREATED + 1, np.int64)
    cross, broken = np.zeros(given.km.shape[1:]), np.zeros(given.km.shape[2], np.bool_)
    pair = 0
    at[0] = given.start[0] - 2
    while pair >= 0:
        at[pair] += 1
        option, depth = at[pair], before[pair]
        if option == given.start[pair + 1]:
            pair -= 1
            continue
        some = option >= given.start[pair]
        if pair < len(prefix) and prefix[pair] != (option if some else -1):
            continue
        if some:
            lower[depth + 1] = lower[depth] + given.lower[option]
            if lower[depth + 1] > most_lower:
                continue
            pair_of[depth], option_of[depth] = pair, option
            _weights(given.years, option_of, depth, weight)
            depth += 1
        if depth == TREATED:
            _judge(given, asked, edges, cross, broken, pair_of, option_of, weight[depth], lower[depth], found)
        elif TREATED - depth <= pairs - pair - 1:
            pair += 1
            before[pair], at[pair] = depth, given.start[pair] - 2


@njit(cache=True)
def _weights(years, option_of, depth, weight):
    """The weights of a list with the option at place `depth`: what it takes from those before it, and its own."""
    new, own = years[option_of[depth]], 0.0
    for place in range(depth):
        step = -overlap(years[option_of[place]], new) / LINKED_PAIRS
        weight[depth + 1, place] = weight[depth, place] + step
        own += step
    weight[depth + 1, depth] = own + overlap(new, new) * (1 - 1 / LINKED_PAIRS)


@njit(cache=True)
def _judge(given, asked, edges, cross, broken, pair_of, option_of, weight, lower, found):
    """Count one list under each convention. Its weighted mean distances show at once that it is far from print."""
    found.tried[lower] += 1
    whole = _crossed(given.km, pair_of, weight, cross)
    _compare(cross, whole, edges, broken)
    for convention in range(len(broken)):
        if not broken[convention]:
            km = np.ascontiguousarray(given.km[pair_of, :, convention])
            _weigh(given.years[option_of], km, asked, found.meeting[convention, lower])


@njit(cache=True)
def _crossed(km, pair_of, weight, cross):
    """Fill `cross` with the weighted sums of distances of a list; return the sum of its weights."""
    whole = 0.0
    for number in range(cross.shape[0]):
        for convention in range(cross.shape[1]):
            cross[number, convention] = 0.0
    for place in range(TREATED):
        own, pair = weight[place], pair_of[place]
        whole += own
        for number in range(cross.shape[0]):
            for convention in range(cross.shape[1]):
                cross[number, convention] += own * km[pair, number, convention]
    return whole


@njit(cache=True)
def _compare(cross, whole, edges, broken):
    """Whether one of the four slopes without controls is broken under each convention."""
    for convention in range(cross.shape[1]):
        broken[convention] = False
    for number in range(cross.shape[0]):
        low, high = edges[number, 0] * whole, edges[number, 1] * whole
        for convention in range(cross.shape[1]):
            far = cross[number, convention]
            broken[convention] |= (far < low) | (far > high)


@njit(cache=True)
def _weigh(years, km, asked, meeting):
    """Judge a list that meets the four slopes by the other conditions."""
    delta, left = ratios.shape(years, km)
    away = misses(delta, left, asked)
    meeting[FOUR] += 1
    if away[0:8:2].sum() > 0:
        return
    one = one_r2(delta, left, asked, 0)
    meeting[EIGHT] += 1
    meeting[EIGHT_ONE] += one
    if away[1:8:2].sum() == 0:
        meeting[SIXTEEN] += 1
        meeting[SIXTEEN_ONE] += one and one_r2(delta, left, asked, 1)


def by_lower(found: Found, names: list[str], one: Class) -> pd.DataFrame:
    """A count as a table: `class`, `convention`, `lower` (parks), `lists`, and lists that meet each of `STAGES`."""
    rows = [
        (one.name, name, lower, found.tried[lower], *found.meeting[convention, lower])
        for convention, name in enumerate(names)
        for lower in range(one.lower + 1)
    ]
    return pd.DataFrame(rows, columns=["class", "convention", "lower", "lists", *STAGES])
