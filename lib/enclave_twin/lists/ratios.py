"""The sixteen conditions of Tables 2 and 4 on a list of treated pairs, with the interval that print leaves to each.

`enclave_twin.fit.table_ratios` has the argument: for each of the eight columns of Table 4 a list gives a weighted mean
distance (slope condition) and a gain in R2 (gain condition). The eight conditions of the columns without controls are
exact. Those of the columns with controls hold as far as controls do not change the two regressors.

The total sum of squares of the counts is known from Table 1 up to rounding. A gain condition is broken only if no total
in that interval meets it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from enclave.base.terms import DISTANCES
from enclave_twin.counts.links import LINKED_PAIRS as PAIRS
from enclave_twin.fit import table_ratios, targets
from enclave_twin.fit.linear_forms import T
from enclave_twin.lists.options import TREATED

# columns of Table 4 without and with controls, as places in the arrays below
PLAIN, CONTROLLED = slice(0, 8, 2), slice(1, 8, 2)
SLOPE, GAIN = "slope", "gain"


class Asked(NamedTuple):
    """The printed intervals of each column of Table 4 and its column of Table 2 (8 x 2).

    Attributes
    ----------
    short, treat, slope, gain, distance : as in `table_ratios.Printed`
    r2_short, r2_long : R2 of Table 2 and of Table 4
    total : total sum of squares of the counts (2)
    """

    short: np.ndarray
    treat: np.ndarray
    slope: np.ndarray
    gain: np.ndarray
    distance: np.ndarray
    r2_short: np.ndarray
    r2_long: np.ndarray
    total: np.ndarray


def asked() -> Asked:
    """What print asks of a list. The tables of print are read once; each call returns arrays of its own."""
    return Asked(*map(np.copy, _asked()))


@cache
def _asked() -> Asked:
    given = table_ratios.printed()
    four = [one for one in targets.TABLES_2_AND_4 if one.distance is not None]
    short = np.array([targets.interval(2, 1 + one.controls, "model", "r2") for one in four])
    long = np.array([targets.interval(4, one.column, "model", "r2") for one in four])
    return Asked(given.short, given.treat, given.slope, given.gain, given.distance, short, long, total())


def total() -> np.ndarray:
    """The smallest and the largest total sum of squares of the counts that Table 1 allows."""
    (low_c, high_c), (low_t, high_t) = (targets.interval(1, g, "investments", "mean") for g in ("control", "treated"))
    sds = np.array([targets.interval(1, group, "investments", "sd") for group in ("control", "treated")])
    rows = T * np.array([PAIRS - TREATED, TREATED])
    gaps = np.array([low_t - high_c, high_t - low_c])
    return (rows - 1) @ sds**2 + rows.prod() / rows.sum() * gaps**2


@njit(cache=True)
def overlap(one: int, other: int) -> float:
    """Inner product over years of two treatments of `one` and `other` years until the last year, means taken out."""
    return min(one, other) - one * other / T


@njit(cache=True)
def shape(years: np.ndarray, km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean distances (km) and residual sums of squares (km2) of a list, one of each per distance.

    `years`: treated years of each pair until 2018; `km`: pairs x distances. Both regressors are sums over pairs, so all
    follow from the inner products of the pairs' treatments after pair and year effects.
    """
    size = len(years)
    inner = np.zeros((size, size))
    for one in range(size):
        for other in range(size):
            inner[one, other] = -overlap(years[one], years[other]) / PAIRS
        inner[one, one] += overlap(years[one], years[one])
    delta, left = np.zeros(km.shape[1]), np.zeros(km.shape[1])
    for number in range(km.shape[1]):
        far, cross, squares = km[:, number], 0.0, 0.0
        for one in range(size):
            row = 0.0
            for other in range(size):
                row += inner[one, other] * far[other]
            cross, squares = cross + row, squares + row * far[one]
        delta[number], left[number] = cross / inner.sum(), squares - cross**2 / inner.sum()
    return delta, left


@njit(cache=True)
def slopes(delta: float, column: int, asked: Asked) -> tuple[float, float]:
    """The slopes of a column that both its tables allow: lowest, highest. The lowest is higher if there is none."""
    low = max((asked.short[column, 0] - asked.treat[column, 1]) / delta, asked.slope[column, 0])
    high = min((asked.short[column, 1] - asked.treat[column, 0]) / delta, asked.slope[column, 1])
    return low, high


@njit(cache=True)
def gains(low: float, high: float, left: float, asked: Asked) -> tuple[float, float]:
    """The gains in R2 that slopes between `low` and `high` give: smallest, largest."""
    least, most = min(abs(low), abs(high)), max(abs(low), abs(high))
    return least**2 * left / asked.total[1], most**2 * left / asked.total[0]


@njit(cache=True)
def misses(delta: np.ndarray, left: np.ndarray, asked: Asked) -> np.ndarray:
    """By how many half intervals a list misses each condition (8 columns x slope, gain); 0 if it meets it."""
    found = np.zeros((8, 2))
    for column in range(8):
        low, high = slopes(delta[asked.distance[column]], column, asked)
        width = asked.slope[column, 1] - asked.slope[column, 0]
        found[column, 0] = max(0.0, 2 * (low - high) / width)
        least, most = gains(low, high, left[asked.distance[column]], asked)
        width = asked.gain[column, 1] - asked.gain[column, 0]
        found[column, 1] = max(
            0.0, 2 * (least - asked.gain[column, 1]) / width, 2 * (asked.gain[column, 0] - most) / width
        )
    return found


@njit(cache=True)
def one_r2(delta: np.ndarray, left: np.ndarray, asked: Asked, controlled: int) -> bool:
    """Whether one R2 of Table 2 can go with all four columns without (0) or with controls (1).

    The R2 of Table 2 is the same number for the four distances, so the four gains may not use its interval each alone.
    """
    low, high = asked.r2_short[controlled]
    for column in range(controlled, 8, 2):
        lowest, highest = slopes(delta[asked.distance[column]], column, asked)
        least, most = gains(lowest, highest, left[asked.distance[column]], asked)
        low, high = max(low, asked.r2_long[column, 0] - most), min(high, asked.r2_long[column, 1] - least)
    return low <= high


def conditions(cohort: np.ndarray, km: np.ndarray) -> pd.DataFrame:
    """Each of the sixteen conditions of a list: what print asks, what the list gives.

    Returns
    -------
    `column` (of Table 4), `distance`, `controls` (0 or 1), `condition`: slope or gain; `asked_low`, `asked_high`,
    `given_low`, `given_high`: a weighted mean distance in km (slope), or a gain in R2 (gain); `missed` (half intervals)
    """
    print_asks = asked()
    delta, left = shape(T + 2000 - np.asarray(cohort), np.asarray(km, dtype=float))
    away, rows = misses(delta, left, print_asks), []
    for column in range(8):
        distance = print_asks.distance[column]
        own = (column + 1, DISTANCES[distance], column % 2)
        wanted = mean_distance(column, print_asks)
        rows.append((*own, SLOPE, *wanted, delta[distance], delta[distance], away[column, 0]))
        given = gains(*slopes(delta[distance], column, print_asks), left[distance], print_asks)
        rows.append((*own, GAIN, *print_asks.gain[column], *given, away[column, 1]))
    names = [
        "column",
        "distance",
        "controls",
        "condition",
        "asked_low",
        "asked_high",
        "given_low",
        "given_high",
        "missed",
    ]
    return pd.DataFrame(rows, columns=names)


def mean_distance(column: int, asked: Asked) -> tuple[float, float]:
    """The weighted mean distances (km) that a column of Table 4 and its column of Table 2 allow: smallest, largest."""
    falls = np.array([asked.treat[column, 0] - asked.short[column, 1], asked.treat[column, 1] - asked.short[column, 0]])
    return float(falls[0] / -asked.slope[column, 0]), float(falls[1] / -asked.slope[column, 1])
