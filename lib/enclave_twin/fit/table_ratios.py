"""What a list of treated pairs decides before there is any count: ratios between columns of Tables 2 and 4.

Never-treated pairs have neither treatment nor treatment times distance, so both regressors, after pair and year
effects, follow from the list alone. The coefficient of Table 2 is b1 + b2 delta, with b1 and b2 of Table 4; the gain in
R2 is b2 squared times what of the distance the treatment leaves, over the total sum of squares. Controls hardly change
either, so both are asked of the columns with controls too.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from enclave_twin.fit import targets

PAIRS, FIRST, T = 88, 2000, 19


class Printed(NamedTuple):
    """Of each column of Table 4 (distance, then controls), with its column of Table 2, as intervals (columns x 2).

    `short`: the coefficient of Table 2; `treat` and `slope`: those of Table 4; `gain`: in R2. `distance`: its number.
    """

    short: np.ndarray
    treat: np.ndarray
    slope: np.ndarray
    gain: np.ndarray
    distance: np.ndarray


def printed() -> Printed:
    """The intervals that the printed numbers leave."""
    four = [one for one in targets.TABLES_2_AND_4 if one.table == 4]
    rows, gain = {"short": [], "treat": [], "slope": []}, []
    for one in four:
        two = 1 + one.controls
        rows["short"].append(targets.interval(2, two, "treat", "estimate"))
        rows["treat"].append(targets.interval(4, one.column, "treat", "estimate"))
        name = one.distance.replace("dist", "treat_x_distance")[:-3]
        rows["slope"].append(targets.interval(4, one.column, name, "estimate"))
        (long_low, long_high), (low, high) = (
            targets.interval(*place, "model", "r2") for place in ((4, one.column), (2, two))
        )
        gain.append((long_low - high, long_high - low))
    which = [targets.DISTANCES.index(one.distance) for one in four]
    return Printed(
        **{name: np.array(found) for name, found in rows.items()}, gain=np.array(gain), distance=np.array(which)
    )


@njit(cache=True)
def distances(cohort: np.ndarray, km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean of each distance, and what of treatment times distance the treatment leaves (km squared).

    `cohort`: first treated year of each treated pair; `km`: treated pairs x distances.
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
    """How many of the ratios a list cannot meet, and by how many half intervals in all.

    The arguments after `km` are those of `Printed`, and the total sum of squares of the counts.
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
    """The broken ratios of a list, and half of how far they are broken."""
    count, away = broken(
        cohort[row], km[pair], given.short, given.treat, given.slope, given.gain, given.distance, total
    )
    return count + away / 2


@njit(cache=True)
def annealed(rows, chances, cohort, km, given, total, size, seed, trials, heat, kept):
    """The last lists on the way from a random one to few broken ratios: pairs (kept x size), rows, and their costs.

    `rows` (pairs x most): the rows of `cohort` that each documented pair has, of which the first `chances` count; `km`:
    pairs x distances; `given`: what `printed` returns; `heat`: first and last temperature.
    """
    np.random.seed(seed)
    pair = np.random.permutation(len(rows))[:size].copy()
    row = np.array([rows[one, np.random.randint(chances[one])] for one in pair])
    pairs, chosen, costs = np.zeros((kept, size), np.int64), np.zeros((kept, size), np.int64), np.full(kept, np.inf)
    now, found = np.inf, 0
    for trial in range(trials):
        place = np.random.randint(size)
        before = pair[place], row[place]
        other = np.random.randint(len(rows)) if np.random.random() < 0.6 else pair[place]
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
