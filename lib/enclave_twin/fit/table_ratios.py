"""Ratios between columns of Tables 2 and 4 that a list of treated pairs decides for any counts.

Never-treated pairs have zeros in treatment and in treatment times distance. So both regressors, after pair and year
effects, follow from the list alone. By the formula of omitted variables the coefficient of Table 2 is b1 + b2 * delta,
with b1 and b2 of Table 4 and delta the coefficient of a regression of treatment times distance on treatment. The gain
in R2 is b2 ** 2 times the residual sum of squares of that regression, divided by the total sum of squares. Controls
hardly change this, so that columns with controls are used too.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from enclave.base.terms import DISTANCES, YEARS
from enclave_twin.counts.links import LINKED_PAIRS as PAIRS
from enclave_twin.fit import targets
from enclave_twin.fit.linear_forms import T

FIRST = YEARS[0]
# probability that a change of a list is of a pair, and not only of the year of a pair
OTHER_PAIR = 0.6


class Printed(NamedTuple):
    """The printed numbers of each column of Table 4 and its column of Table 2, as intervals (columns x 2).

    Attributes
    ----------
    short : coefficient of Table 2
    treat, slope : coefficients of Table 4: of treatment, of treatment times distance
    gain : R2 of Table 4 minus that of Table 2
    distance : number of the distance, in the order of `DISTANCES` (columns)
    """

    short: np.ndarray
    treat: np.ndarray
    slope: np.ndarray
    gain: np.ndarray
    distance: np.ndarray


def printed() -> Printed:
    """The intervals of the printed numbers."""
    four = [(one, one.distance) for one in targets.TABLES_2_AND_4 if one.distance is not None]
    rows, gain = {"short": [], "treat": [], "slope": []}, []
    for one, distance in four:
        two = 1 + one.controls
        rows["short"].append(targets.interval(2, two, "treat", "estimate"))
        rows["treat"].append(targets.interval(4, one.column, "treat", "estimate"))
        name = distance.replace("dist", "treat_x_distance")[:-3]
        rows["slope"].append(targets.interval(4, one.column, name, "estimate"))
        (long_low, long_high), (low, high) = (
            targets.interval(*place, "model", "r2") for place in ((4, one.column), (2, two))
        )
        gain.append((long_low - high, long_high - low))
    which = [DISTANCES.index(distance) for _, distance in four]
    return Printed(
        **{name: np.array(found) for name, found in rows.items()}, gain=np.array(gain), distance=np.array(which)
    )


@njit(cache=True)
def distances(cohort: np.ndarray, km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The regression of treatment times distance on treatment: its coefficient and residual sum of squares.

    `cohort`: first treated year of each treated pair; `km`: treated pairs x distances. Returns km and squared km, one
    of each per distance.
    """
    years = FIRST + T - cohort
    yearly, total = np.zeros(T), years.sum()
    for first in cohort:
        yearly[first - FIRST :] += 1
    weight = np.zeros(len(cohort))
    for pair, first in enumerate(cohort):
        own = (1 - years[pair] / T + total / (PAIRS * T)) * years[pair]
        weight[pair] = own - yearly[first - FIRST :].sum() / PAIRS
    delta, left = np.zeros(km.shape[1]), np.zeros(km.shape[1])
    for number in range(km.shape[1]):
        far = km[:, number]
        by_year = np.zeros(T)
        for pair, first in enumerate(cohort):
            by_year[first - FIRST :] += far[pair]
        within = (far**2 * years * (1 - years / T)).sum() - (by_year**2).sum() / PAIRS
        squares, cross = within + by_year.sum() ** 2 / (PAIRS * T), (weight * far).sum()
        delta[number], left[number] = cross / weight.sum(), squares - cross**2 / weight.sum()
    return delta, left


@njit(cache=True)
def broken(cohort, km, short, treat, slope, gain, distance, total) -> tuple[int, float]:
    """Number of ratios that a list cannot give, and the sum of their distances in half intervals.

    The arguments after `km` are those of `Printed`, then the total sum of squares of the counts.
    """
    delta, left = distances(cohort, km)
    count, away = 0, 0.0
    for column in range(len(short)):
        far, rest = delta[distance[column]], left[distance[column]] / total
        low = max((short[column, 0] - treat[column, 1]) / far, slope[column, 0])
        high = min((short[column, 1] - treat[column, 0]) / far, slope[column, 1])
        if low > high:
            count, away = count + 1, away + 2 * (low - high) / (slope[column, 1] - slope[column, 0])
        least, most = min(abs(low), abs(high)) ** 2 * rest, max(abs(low), abs(high)) ** 2 * rest
        miss = max(least - gain[column, 1], gain[column, 0] - most)
        if miss > 0:
            count, away = count + 1, away + 2 * miss / (gain[column, 1] - gain[column, 0])
    return count, away


@njit(cache=True)
def cost(pair, row, cohort, km, given, total) -> float:
    """Number of broken ratios of a list plus half their distances: what the search lowers."""
    count, away = broken(
        cohort[row], km[pair], given.short, given.treat, given.slope, given.gain, given.distance, total
    )
    return count + away / 2


@njit(cache=True)
def annealed(rows, chances, cohort, km, given, total, size, seed, trials, heat, kept):
    """Simulated annealing of lists from a random one: the last lists (pairs and rows, kept x size) and their costs.

    rows : the rows of `cohort` that each documented pair has (pairs x most rows of a pair)
    chances : how many of these rows are real, the others fill up (pairs)
    km : pairs x distances
    given : what `printed` returns
    size : number of pairs of a list
    heat : first and last temperature
    kept : most lists returned
    """
    np.random.seed(seed)
    pair = np.random.permutation(len(rows))[:size].copy()
    row = np.array([rows[one, np.random.randint(chances[one])] for one in pair])
    pairs, chosen, costs = np.zeros((kept, size), np.int64), np.zeros((kept, size), np.int64), np.full(kept, np.inf)
    now, found = np.inf, 0
    for trial in range(trials):
        place = np.random.randint(size)
        before = pair[place], row[place]
        other = np.random.randint(len(rows)) if np.random.random() < OTHER_PAIR else pair[place]
        if other != pair[place] and (pair == other).any():
            continue
        pair[place], row[place] = other, rows[other, np.random.randint(chances[other])]
        then = cost(pair, row, cohort, km, given, total)
        heated = heat[0] * (heat[1] / heat[0]) ** (trial / trials)
        if then > now and np.random.random() >= np.exp((now - then) / heated):
            pair[place], row[place] = before
        elif then != now:
            now = then
            pairs[found % kept], chosen[found % kept], costs[found % kept] = pair, row, now
            found += 1
    return pairs, chosen, costs
