"""Whether a list of treated pairs can give the printed numbers: thirteen paths with few parameters, not 1,672 cells.

The path of a treated pair is a level plus four shapes: a constant effect, a rising effect, a late effect, and a
deviation in the year before its cohort. Never-treated pairs are left out, because the columns without controls hardly
depend on them. Estimates are linear in the sizes of the shapes, and standard errors are norms of linear forms. So the
sizes that miss least (Levenberg-Marquardt) are found in about a millisecond.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from enclave_twin.counts.links import LINKED_PAIRS as PAIRS
from enclave_twin.counts.links import MANUFACTURING
from enclave_twin.fit import linear_forms, targets
from enclave_twin.fit.targets import TABLES_2_AND_4

# shapes of a pair: constant, rising, year before the cohort, late
SHAPES = 4
# Levenberg-Marquardt steps, and the share of the penalty that a step must remove after half of them
STEPS = 22
STALLED = 2e-3
# years over which the rising effect rises, and first year of the late effect
RISE = 8.0
LATE = 2015
# distances are in units of 100 km, so that all sizes are similar
HUNDRED_KM = 100.0
# factor on variances for the scores of never-treated pairs
OTHERS = 1.002
# smallest unit of a miss, as a share of the number
RELATIVE = 0.001
# largest value of an open interval
LARGE = 1e3
# averages of Table 3 that are used
AVERAGES = ("simple", "dynamic_post_avg", "calendar_avg", "group_avg")
# by how much never-treated pairs can change an average (links), and unit of its miss
MOVABLE = 0.04
AVERAGE_UNIT = 0.02
# share of the printed standard error that treated pairs explain, for each of `AVERAGES`
OWN_SHARE = ((0.3, 0.97), (0.3, 0.97), (0.3, 0.97), (0.75, 0.97))
# plausible effects, and plausible deviations in the year before the cohort, in links; unit of a miss
EFFECT = (-1.0, 22.0)
ODD_YEAR = (-1.0, 1.5)
ODD = 0.4
# smallest level of a treated pair, in links
LEAST_LEVEL = 0.3
# largest mean and mean square of treated cells that Table 1 allows, and units of their misses
MEAN = 2.4
MEAN_UNIT = 0.1
SQUARE = 20.0
SQUARE_UNIT = 2.0
# penalty on each of the shapes per link
PULLS = (0.0, 0.02, 0.05, 0.01)


class Intervals(NamedTuple):
    """The printed numbers of the columns without controls.

    `low`, `high`: interval; `unit`: unit of a miss; `averages`: estimates and standard errors of Table 3 (4 x 2).
    """

    low: np.ndarray
    high: np.ndarray
    unit: np.ndarray
    averages: np.ndarray


class Shapes(NamedTuple):
    """The linear forms of a list in the sizes of its S = 4 x pairs shapes.

    Attributes
    ----------
    linear : estimates (terms x S)
    scores : scores, scaled so that a squared standard error is their sum of squares (terms x groups x S)
    left : residual sum of squares of each distance, given the treatment
    averages : averages of Table 3 (4 x S)
    own : their scores (4 x pairs x S)
    paths : each shape as effects (S x years)
    """

    linear: np.ndarray
    scores: np.ndarray
    left: np.ndarray
    averages: np.ndarray
    own: np.ndarray
    paths: np.ndarray


def intervals(relaxed: frozenset[tuple] = frozenset()) -> Intervals:
    """The printed numbers as intervals; those named in `relaxed` may be one unit off.

    relaxed : (table, column, row, statistic) of each
    """
    wanted = targets.Wanted()
    targets.regressions_wanted(wanted, _columns(), PAIRS)
    low, high, half = (np.array(values) for values in (wanted.low, wanted.high, wanted.half))
    for place, name in enumerate(wanted.names):
        if name in relaxed:
            low[place], high[place] = low[place] - 2 * half[place], high[place] + 2 * half[place]
    size = np.abs(low + np.minimum(high, LARGE)) / 2
    unit = np.where(np.array([name[-1] == "t" for name in wanted.names]), half, np.maximum(half, RELATIVE * size))
    cells = targets.printed()
    places = list(zip("1234", AVERAGES, strict=True))
    averages = [
        [float(cells.loc[("3", *place, what), "printed"]) for what in ("estimate", "std_error")] for place in places
    ]
    return Intervals(low, np.minimum(high, LARGE), unit, np.array(averages))


def _columns() -> list:
    return [one for one in TABLES_2_AND_4 if not one.controls and not one.logarithm]


def shapes(cohort: np.ndarray, km: np.ndarray) -> Shapes:
    """The linear forms of a list: `cohort` (pairs), `km` (pairs x 4 distances)."""
    cells, paths = _paths(cohort)
    linear, scores, left = [], [], []
    for distance in (None, *km.T):
        terms = [np.ones(len(cohort))] if distance is None else [np.ones(len(cohort)), distance / HUNDRED_KM]
        found = _regression(np.array(terms), cells)
        linear.append(found[0])
        scores.append(found[1])
        if distance is not None:
            left.append(found[2] * HUNDRED_KM**2)
    averages, own = _averages(cohort, paths)
    parts = (np.concatenate(linear), np.concatenate(scores), np.array(left), averages, own, paths)
    return Shapes(*map(np.ascontiguousarray, parts))


def _paths(cohort: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shapes as cells (4 x pairs x years, pair means out) and as effects relative to the year before the cohort."""
    since = linear_forms.YEARS[None, :] - cohort[:, None]
    after = (since >= 0).astype(float)
    rising = after * np.minimum(since, RISE) / RISE
    late = after * np.clip((linear_forms.YEARS - LATE + 1) / (linear_forms.YEARS[-1] - LATE + 1), 0, 1)
    cells = np.array([after, rising, (since == -1).astype(float), late]) @ linear_forms.WITHIN
    effects = np.array([after, rising, -after, late])
    return cells, effects.reshape(-1, linear_forms.T)


def _regression(terms: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Forms of the estimates, scores of treated pairs and of all others, residual sum of squares of the distance."""
    count, pairs = terms.shape
    made = terms[:, :, None] * cells[0]
    common = made.sum(axis=1) / PAIRS
    mine = made - common[:, None]
    bread = np.einsum("kpt,mpt->km", mine, mine) + (PAIRS - pairs) * common @ common.T
    inverse = np.linalg.inv(bread)
    linear = inverse @ np.einsum("kpt,spt->ksp", mine, cells).reshape(count, -1)
    left = _of_pairs(cells) - np.einsum("ks,kpt->spt", linear, made)
    means = left.sum(axis=1) / PAIRS
    treated = np.einsum("kpt,spt->kps", mine, left - means[:, None])
    others = np.einsum("kt,st->ks", common, means) * np.sqrt(PAIRS - pairs)
    scores = np.einsum("km,mps->kps", inverse, np.concatenate([treated, others[:, None]], axis=1))
    scale = np.array([1.0, 1 / HUNDRED_KM])[:count]
    spread = np.sqrt(linear_forms.factor(PAIRS, count, 0) * OTHERS)
    kept = bread[-1, -1] - bread[0, -1] ** 2 / bread[0, 0]
    return linear * scale[:, None], spread * scale[:, None, None] * scores, float(kept)


def _of_pairs(cells: np.ndarray) -> np.ndarray:
    """Each shape as a panel of its own (S x pairs x years)."""
    shapes_, pairs, years = cells.shape
    made = np.zeros((shapes_, pairs, pairs, years))
    made[:, range(pairs), range(pairs)] = cells
    return made.reshape(shapes_ * pairs, pairs, years)


def _averages(cohort: np.ndarray, paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the shapes in the averages of Table 3, and in the scores of each pair."""
    pairs = len(cohort)
    after = linear_forms.YEARS[None, :] >= cohort[:, None]
    since = np.where(after, linear_forms.YEARS[None, :] - cohort[:, None], -1)
    sizes = np.bincount(since[after])
    by_time = np.where(after, 1 / sizes[since], 0.0) / len(sizes)
    started = after.sum(axis=0)
    by_year = np.where(after, 1 / np.maximum(started, 1), 0.0) / (started > 0).sum()
    even = after / after.sum()
    by_pair = after / after.sum(axis=1, keepdims=True) / pairs
    weights = np.array([even, by_time, by_year, by_pair])
    owner = np.tile(np.arange(pairs), SHAPES)
    averages = (weights[:, owner] * paths).sum(axis=2)
    same = cohort[:, None] == cohort[None, :]
    centred = np.eye(pairs) - same / same.sum(axis=1)
    own = centred[:, owner] * averages[:, None, :]
    # in the simple average the shares of cohorts are estimated, too
    shared = same / same.sum(axis=1) - after.sum(axis=1)[:, None] / after.sum()
    own[0] += shared[:, owner] * averages[0]
    return averages, own


def effects(cohort: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Mean after the cohort minus mean before, for each pair, from the sizes of its shapes (see `solved`)."""
    cells, _ = _paths(cohort)
    path = (x[:-1].reshape(SHAPES, -1, 1) * cells).sum(axis=0)
    after = linear_forms.YEARS[None, :] >= cohort[:, None]
    return (path * after).sum(axis=1) / after.sum(axis=1) - (path * ~after).sum(axis=1) / (~after).sum(axis=1)


def solved(made: Shapes, wanted: Intervals, cohort: np.ndarray, km: np.ndarray, total: float, turn: float = 0.0):
    """The sum of misses in their units, and the sizes (4 x pairs, then R2 of Table 2) that miss least.

    The start is an effect that falls with the distance; each `turn` has its own start.
    """
    pairs = len(cohort)
    start = np.zeros(SHAPES * pairs + 1)
    fall = np.maximum(0.0, MANUFACTURING.at_boundary - MANUFACTURING.per_km * km[:, 0])
    # any start that falls with the distance and differs between pairs and turns
    start[:pairs] = 0.6 * fall * (1 + 0.8 * np.sin(1 + turn + 2.3 * np.arange(pairs)))
    start[pairs : 2 * pairs] = start[:pairs]
    start[-1] = (wanted.low[3] + wanted.high[3]) / 2
    fixed = np.array(OWN_SHARE)
    return _steps(made, wanted, fixed, np.array(PULLS), cohort.astype(float), total, start)


@njit(cache=True)
def _steps(made, wanted, share, pulls, cohort, total, x):
    size = len(wanted.low) + 8 + 8 * len(cohort) + 2
    missed, slopes = np.zeros(size), np.zeros((size, len(x)))
    other, other_slopes = missed.copy(), slopes.copy()
    _missed(made, wanted, share, pulls, cohort, total, x, missed, slopes)
    damping, now = 1e-3, missed @ missed
    for step in range(4 * STEPS):
        gram, gradient, before = slopes.T @ slopes, slopes.T @ missed, now
        for _ in range(6):
            damped = gram + np.diag(damping * (np.diag(gram) + 1e-3))
            trial = x - np.linalg.solve(damped, gradient)
            _missed(made, wanted, share, pulls, cohort, total, trial, other, other_slopes)
            if other @ other < now:
                x, now, damping = trial, other @ other, max(damping / 5, 1e-9)
                missed[:], slopes[:] = other, other_slopes
                break
            damping *= 5
        if now < 1e-3 or now == before or (before - now < STALLED * before and step > STEPS // 2):
            break
    return np.abs(missed[: len(wanted.low) + 8]).sum() + np.abs(missed[-2:]).sum(), x


@njit(cache=True)
def _missed(made, wanted, share, pulls, cohort, total, x, missed, slopes):
    """Misses in their units and their derivatives: printed numbers, averages, plausible sizes, mean and mean square."""
    slopes[:] = 0.0
    last = len(x) - 1
    y, place = x[:last], 0
    for term in range(len(made.linear)):
        estimate, error = _tested(made.linear[term], made.scores[term], y, missed, slopes, place)
        missed[place + 2] = abs(estimate) / error
        rise = np.sign(estimate) * slopes[place] - missed[place + 2] * slopes[place + 1]
        slopes[place + 2] = rise / error
        place += 3
        if term % 2 == 0:
            left = 0.0 if term == 0 else made.left[term // 2 - 1] / total
            missed[place], slopes[place, last] = x[last] + estimate**2 * left, 1.0
            slopes[place, :last] = 2 * estimate * left * made.linear[term]
            place += 1
    for k in range(place):
        _outside(missed, slopes, k, wanted.low[k], wanted.high[k], wanted.unit[k])
    for k in range(len(made.averages)):
        _tested(made.averages[k], made.own[k], y, missed, slopes, place)
        middle, printed = wanted.averages[k]
        _outside(missed, slopes, place, middle - MOVABLE, middle + MOVABLE, AVERAGE_UNIT)
        _outside(missed, slopes, place + 1, share[k, 0] * printed, share[k, 1] * printed, AVERAGE_UNIT)
        place += 2
    _sizes(made, cohort, pulls, y, missed, slopes, place)


@njit(cache=True)
def _tested(linear, scores, y, missed, slopes, place):
    """Write an estimate and its standard error, with derivatives, to two places."""
    estimate, parts = linear @ y, scores @ y
    error = np.sqrt(parts @ parts) + 1e-12
    missed[place], missed[place + 1] = estimate, error
    slopes[place, : len(y)], slopes[place + 1, : len(y)] = linear, scores.T @ parts / error
    return estimate, error


@njit(cache=True)
def _outside(missed, slopes, k, low, high, unit):
    away = min(0.0, missed[k] - low) + max(0.0, missed[k] - high)
    slopes[k] = slopes[k] / unit if away != 0 else np.zeros(slopes.shape[1])
    missed[k] = away / unit


@njit(cache=True)
def _sizes(made, cohort, pulls, y, missed, slopes, place):
    """Misses of plausible effects, penalties on sizes, and misses of the mean and mean square that Table 1 allows."""
    pairs, last = len(cohort), len(missed) - 2
    missed[last:] = 0.0
    for p in range(pairs):
        ends = [y[p], y[p] + y[pairs + p], y[p] + y[pairs + p] + y[3 * pairs + p], y[2 * pairs + p]]
        for k in range(4):
            low, high = EFFECT if k < 3 else ODD_YEAR
            missed[place] = ends[k]
            slopes[place, p + (2 * pairs if k == 3 else 0)] = 1.0
            slopes[place, pairs + p] = 1.0 if k in (1, 2) else 0.0
            slopes[place, 3 * pairs + p] = 1.0 if k == 2 else 0.0
            _outside(missed, slopes, place, low, high, ODD)
            missed[place + 1] = pulls[k] * y[k * pairs + p]
            slopes[place + 1, k * pairs + p] = pulls[k]
            place += 2
        level = max(LEAST_LEVEL, LEAST_LEVEL - min(ends[0], ends[1], ends[2]), -ends[3])
        _moments(made.paths, p, pairs, level, y, missed, slopes)
    _outside(missed, slopes, last, 0.0, MEAN, MEAN_UNIT)
    _outside(missed, slopes, last + 1, 0.0, SQUARE, SQUARE_UNIT)


@njit(cache=True)
def _moments(paths, p, pairs, level, y, missed, slopes):
    """The part of one pair in the mean and the mean square of the cells."""
    years, last = paths.shape[1], len(missed) - 2
    for t in range(years):
        cell, share = level, 1 / (pairs * years)
        for k in (0, 1, 3):
            cell += y[k * pairs + p] * paths[k * pairs + p, t]
        missed[last] += cell * share
        missed[last + 1] += cell**2 * share
        for k in (0, 1, 3):
            slopes[last, k * pairs + p] += paths[k * pairs + p, t] * share
            slopes[last + 1, k * pairs + p] += 2 * cell * paths[k * pairs + p, t] * share
