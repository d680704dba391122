"""What a test for trends before the treatment can find, and what passing it does to estimates (Roth 2022).

The common test looks at each coefficient before the base: it passes if none is significant. Under a straight line in
the difference of trends the coefficients are normal with mean slope x (event time - base), so the test passes with the
probability of a box. Box probabilities and means inside the box come from Genz' (1992) transformation on a fixed
lattice, so that the same path always gives the same numbers.
"""

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from enclave.base.arguments import refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.estimators.event_paths import EventPath

TESTS = ("each", "joint")
# points of the lattice
POINTS = 2**14


def line(path: EventPath, slope: float) -> np.ndarray:
    """A straight line through zero at the base: slope x (event time - base), one value per coefficient."""
    return slope * (np.array(path.times, dtype=float) - path.base)


def power(path: EventPath, slope: float, test: str = "each", level: float = 0.05) -> float:
    """The probability that the test rejects if the difference of trends is a straight line.

    Parameters
    ----------
    path : coefficients with their covariance
    slope : units of the outcome per period
    test : "each": some coefficient before the base is significant; "joint": their Wald statistic is, by chi-squared
    level : size of the test of one coefficient, or of the joint test

    Raises
    ------
    EnclaveError for another test.
    """
    refuse_unknown("test", test, TESTS)
    mean, covariance = _before(path, slope)
    if test == "joint":
        limit = stats.chi2.isf(level, len(mean))
        shift = float(mean @ np.linalg.solve(covariance, mean))
        return float(stats.ncx2.sf(limit, len(mean), shift)) if shift > 0 else level
    return 1 - box(mean, covariance, level)[0]


def slope_found(path: EventPath, target: float, test: str = "each", level: float = 0.05) -> float:
    """The slope, in units of the outcome per period, that the test finds with probability `target`.

    Raises EnclaveError if the test rejects as often without any slope.
    """
    if not power(path, 0.0, test, level) < target < 1:
        raise EnclaveError(f"The test rejects with probability {target} at no slope. Choose a number between both.")

    def missing(slope: float) -> float:
        return power(path, slope, test, level) - target

    high = float(path.std_errors.max())
    while missing(high) < 0:
        high *= 2
    return float(optimize.brentq(missing, 0.0, high, xtol=1e-10 * high))


def after_passing(path: EventPath, slope: float, level: float = 0.05) -> pd.DataFrame:
    """What coefficients are on average if trends differ by a straight line, and if the test "each" has passed.

    The effect is taken as zero, so both columns are bias. Returns event_time, line, mean_after_passing.
    """
    mean, covariance = _before(path, slope)
    inside = box(mean, covariance, level)[1]
    whole, count = line(path, slope), path.before
    moved = path.covariance[count:, :count] @ np.linalg.solve(covariance, inside - mean)
    after = np.concatenate([inside, whole[count:] + moved])
    return pd.DataFrame({"event_time": path.times, "line": whole, "mean_after_passing": after})


def box(mean: np.ndarray, covariance: np.ndarray, level: float = 0.05) -> tuple[float, np.ndarray]:
    """The probability that no element of a normal vector is significant, and its mean if none is.

    mean : n; covariance : n x n, of full rank; level : size of the test of each element. The mean is missing if the
    probability is zero. Raises EnclaveError for a covariance of lower rank.
    """
    limit = special.ndtri(1 - level / 2) * np.sqrt(np.diag(covariance))
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise EnclaveError("The covariance before the base has no full rank. Leave event times out.") from None
    normals, weight = np.zeros((len(mean), POINTS)), np.ones(POINTS)
    for place, uniform in enumerate(_lattice(len(mean))):
        so_far = mean[place] + root[place, :place] @ normals[:place]
        low, high = (special.ndtr((end - so_far) / root[place, place]) for end in (-limit[place], limit[place]))
        weight = weight * (high - low)
        normals[place] = special.ndtri(np.clip(low + uniform * (high - low), 1e-300, 1 - 1e-16))
    total = float(weight.sum())
    inside = mean + root @ (normals @ weight) / total if total > 0 else np.full(len(mean), np.nan)
    return total / POINTS, inside


def _before(path: EventPath, slope: float) -> tuple[np.ndarray, np.ndarray]:
    count = path.before
    return line(path, slope)[:count], path.covariance[:count, :count]


def _lattice(dimensions: int) -> np.ndarray:
    """Points that fill the unit cube evenly, dimensions x POINTS: multiples of powers of a generalised golden ratio."""
    golden = optimize.brentq(lambda value: value ** (dimensions + 1) - value - 1, 1.0, 2.0)
    steps = golden ** -np.arange(1.0, dimensions + 1)
    places = (0.5 + np.outer(steps, np.arange(1, POINTS + 1))) % 1
    return 1 - np.abs(2 * places - 1)
