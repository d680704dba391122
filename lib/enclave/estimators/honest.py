"""Intervals for a mean effect if trends were not parallel (Rambachan and Roth 2023).

The coefficient of event time s is the effect tau_s plus a difference in trends delta_s; before the base it is delta_s
alone, and at the base both are zero. The target is theta = sum l_s tau_s. Two restrictions on delta:

    relative magnitudes   |delta_s - delta_{s-1}| <= Mbar max_{r <= base} |delta_r - delta_{r-1}|     s > base
    smoothness            |(delta_{s+1} - delta_s) - (delta_s - delta_{s-1})| <= M                    all s

What l' delta can be follows from its changes: l' delta = sum_s w_s (delta_s - delta_{s-1}), w_s = sum_{t >= s} l_t.
"""

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from enclave.base.errors import EnclaveError
from enclave.estimators.event_paths import EventPath
from enclave.estimators.least_favorable import HybridTest

# the largest multiple that a search for a breakdown value tries, in units of what it begins with
LARGEST = 2.0**10
# points of a grid, and how often it is narrowed around an end of the interval
POINTS, ROUNDS = 200, 4


def changes_before(path: EventPath) -> tuple[np.ndarray, np.ndarray]:
    """Changes of the coefficients from each event time to the next, up to the base, and the matrix that makes them.

    The matrix has a row for each change and a column for each coefficient of the path.
    """
    matrix = np.zeros((path.before, len(path.times)))
    for place in range(path.before):
        matrix[place, place] = -1.0
        if place + 1 < path.before:
            matrix[place, place + 1] = 1.0
    return matrix @ path.estimates, matrix


def reach(weights: np.ndarray) -> np.ndarray:
    """How often each change after the base enters the target: the sum of the weights from its event time on."""
    return np.cumsum(np.asarray(weights, dtype=float)[::-1])[::-1]


def largest_bias(weights: np.ndarray) -> float:
    """The largest l' delta if no change of delta after the base exceeds one."""
    return float(np.abs(reach(weights)).sum())


def relative_set(path: EventPath, multiple: float, weights: np.ndarray) -> tuple[float, float]:
    """The identified set under relative magnitudes, coefficients taken as exact (equation 7 of the reference).

    Parameters
    ----------
    path : coefficients
    multiple : Mbar, not negative
    weights : l, one for each coefficient after the base

    Returns
    -------
    its two ends: the estimate, minus and plus Mbar times the largest change before times `largest_bias`
    """
    estimate, _ = _target(path, weights)
    wide = _not_negative(multiple) * np.abs(changes_before(path)[0]).max() * largest_bias(weights)
    return float(estimate - wide), float(estimate + wide)


def relative_breakdown(path: EventPath, weights: np.ndarray) -> float:
    """The Mbar from which on the identified set contains zero: |estimate| / (largest change before x largest bias)."""
    largest = np.abs(changes_before(path)[0]).max() * largest_bias(weights)
    return float(abs(_target(path, weights)[0]) / largest) if largest > 0 else np.inf


def relative_interval(
    path: EventPath, multiple: float, weights: np.ndarray, level: float = 0.95
) -> tuple[float, float]:
    """Confidence interval under relative magnitudes, by the conditional and least favourable hybrid test (C-LF).

    Arguments as `relative_set`. The interval contains each value that the test does not reject for at least one change
    before the base as the largest, with either sign. Raises EnclaveError for a multiple below zero.
    """
    tests = _tests(path, multiple, weights, level)
    estimate, error = _target(path, weights)
    low, high = relative_set(path, multiple, weights)
    noise = np.sqrt(np.diag(changes_before(path)[1] @ path.covariance @ changes_before(path)[1].T)).max()
    margin = 6 * (error + multiple * largest_bias(weights) * noise)

    def accepted(values: np.ndarray) -> np.ndarray:
        return np.any([test.accepts(values - estimate) for test in tests], axis=0)

    return _end(accepted, estimate, low - margin), _end(accepted, estimate, high + margin)


def relative_interval_breakdown(path: EventPath, weights: np.ndarray, level: float = 0.95) -> float:
    """The Mbar from which on the interval of `relative_interval` contains zero; 0 if it does with parallel trends."""
    estimate, _ = _target(path, weights)

    def holds_zero(multiple: float) -> bool:
        tests = _tests(path, multiple, weights, level)
        return any(bool(test.accepts(np.array([-estimate]))[0]) for test in tests)

    return _first(holds_zero, 1.0)


def smooth_set(path: EventPath, bound: float, weights: np.ndarray) -> tuple[float, float]:
    """The identified set under smoothness, coefficients taken as exact.

    bound : M, in units of the outcome per period squared. Returns two missing numbers if the changes before the base
    already bend by more than M. Other arguments as `relative_set`.
    """
    before = changes_before(path)[0]
    if np.abs(np.diff(before)).max(initial=0.0) > _not_negative(bound) * (1 + 1e-12):
        return np.nan, np.nan
    carried_on = _target(path, weights)[0] - before[-1] * reach(weights).sum()
    wide = bound * np.abs(reach(reach(weights))).sum()
    return float(carried_on - wide), float(carried_on + wide)


def smooth_interval(path: EventPath, bound: float, weights: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """The shortest confidence interval of fixed length under smoothness (FLCI, section 4.1 of the reference).

    Its centre is the estimate less a weighted sum of the changes before the base. The weights make the half length
    smallest; they sum to sum_s w_s, so that a straight line in delta leaves no bias. Arguments as `smooth_set`.
    """
    centre, half = _shortest(path, _not_negative(bound), weights, level)
    return centre - half, centre + half


def smooth_breakdown(path: EventPath, weights: np.ndarray, level: float = 0.95) -> float:
    """The M from which on the interval of `smooth_interval` contains zero; 0 if it does for a straight line."""

    def holds_zero(bound: float) -> bool:
        centre, half = _shortest(path, bound, weights, level)
        return abs(centre) <= half

    return _first(holds_zero, float(path.std_errors.max()) / 10)


def folded_quantile(bias: float, level: float = 0.95) -> tuple[float, float]:
    """The quantile of |N(bias, 1)| at `level`, and its derivative with respect to the bias (equation 18)."""

    def missing(value: float) -> float:
        return special.ndtr(value - bias) - special.ndtr(-value - bias) - level

    value = float(optimize.brentq(missing, 0.0, bias + 10.0, xtol=1e-13))
    # the densities at both ends, divided by their sum
    return value, float(np.tanh(value * bias))


def _target(path: EventPath, weights: np.ndarray) -> tuple[float, float]:
    """The estimate l' beta after the base, and its standard error."""
    whole = _whole(path, weights)
    return float(whole @ path.estimates), float(np.sqrt(whole @ path.covariance @ whole))


def _whole(path: EventPath, weights: np.ndarray) -> np.ndarray:
    if np.shape(weights) != (path.after,):
        raise EnclaveError(f"There are {path.after} coefficients after the base. Give one weight for each of them.")
    return np.concatenate([np.zeros(path.before), weights])


def _not_negative(bound: float) -> float:
    if not bound >= 0:
        raise EnclaveError(f"The bound is {bound}. Give a number that is not negative.")
    return bound


def _tests(path: EventPath, multiple: float, weights: np.ndarray, level: float) -> list[HybridTest]:
    """A test for each change before the base and each sign: this one is the largest."""
    changes, matrix = changes_before(path)
    after = np.eye(len(path.times))[path.before :]
    steps = after - np.vstack([np.zeros(len(path.times)), after[:-1]])
    rows = zip(changes, matrix, strict=True)
    given = [(sign * change, sign * row) for change, row in rows for sign in (1.0, -1.0)]
    whole, spread = _whole(path, weights), reach(weights)
    return [
        HybridTest.of(change, row, steps, spread, whole, path.covariance, _not_negative(multiple), 1 - level)
        for change, row in given
    ]


def _end(accepted: Callable[[np.ndarray], np.ndarray], inside: float, outside: float) -> float:
    """The accepted value that is farthest from `inside` towards `outside`, by a grid that is narrowed."""
    for _ in range(ROUNDS):
        grid = np.linspace(inside, outside, POINTS)
        kept = np.flatnonzero(accepted(grid))
        last = int(kept[-1]) if kept.size else 0
        inside, outside = float(grid[last]), float(grid[min(last + 1, POINTS - 1)])
    return inside


def _first(holds: Callable[[float], bool], step: float) -> float:
    """The smallest bound at which `holds` becomes true, by doubling and halving; infinite if it never does."""
    if holds(0.0):
        return 0.0
    low, high = 0.0, step
    while not holds(high):
        low, high = high, 2 * high
        if high > LARGEST * step:
            return np.inf
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _shortest(path: EventPath, bound: float, weights: np.ndarray, level: float) -> tuple[float, float]:
    """Centre and half length of the shortest interval.

    With u the cumulated weights of the changes before, the bias is M (sum |u| + a constant) and the variance is a
    quadratic form in u. The half length is convex in u; its last element is given, the others are p - n, both not
    negative.
    """
    spread, matrix = reach(weights), changes_before(path)[1]
    total, free = float(spread.sum()), path.before - 1
    constant = np.abs(reach(spread)).sum()
    # the estimator without free weights, and what each of them adds
    fixed = _whole(path, weights) - total * matrix[-1]
    moves = -(matrix[:-1] - matrix[1:])
    scale = np.sqrt(fixed @ path.covariance @ fixed)

    def half_length(parts: np.ndarray) -> tuple[float, np.ndarray]:
        u = parts[:free] - parts[free:]
        row = fixed + u @ moves
        error = np.sqrt(row @ path.covariance @ row)
        bias = bound * (parts.sum() + constant)
        quantile, slope = folded_quantile(bias / error, level)
        by_error = (quantile - slope * bias / error) * (moves @ path.covariance @ row) / error
        both = np.concatenate([by_error, -by_error]) + slope * bound
        return quantile * error / scale, both / scale

    if free == 0:
        return float(fixed @ path.estimates), half_length(np.zeros(0))[0] * scale
    found = optimize.minimize(
        half_length,
        np.zeros(2 * free),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * (2 * free),
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000},
    )
    u = found.x[:free] - found.x[free:]
    return float((fixed + u @ moves) @ path.estimates), float(found.fun * scale)
