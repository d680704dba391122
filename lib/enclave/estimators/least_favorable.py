"""The conditional and least favourable hybrid test (C-LF) of relative magnitudes, in closed form.

Andrews, Roth and Pakes (2023) and Rambachan and Roth (2023, section 3) test that some effects with mean theta fit

    step_s - (tau_s - tau_{s-1}) - Mbar change <= 0    and    -step_s + (tau_s - tau_{s-1}) - Mbar change <= 0

for all s after the base, with `change` a change before it that is taken for the largest one. Their program solves a
linear programme for each value of theta. Here its corners are known: one sums the first or the second inequality of
each s with the weight |w_s|, one with the opposite choice, and one for each s adds its two inequalities. All corners
are linear in two normal variables, the estimate and the change. So the statistic is a maximum of a few numbers, and
the distribution of the maximum is an integral over directions of the plane.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

# directions of the plane over which the least favourable distribution is integrated
DIRECTIONS = 4096
# the share of the size that the first, least favourable stage gets, as in the reference
FIRST_STAGE = 0.1
TINY = 1e-12


@dataclass(frozen=True)
class HybridTest:
    """The test for one change before the base as the largest.

    corners : rows of weights on (estimate less theta, change), each divided by its size
    change : the change, with its sign
    covariance : of estimate and change, 2 x 2
    critical : critical value of the first stage, least favourable
    size : size of the second stage
    """

    corners: np.ndarray
    change: float
    covariance: np.ndarray
    critical: float
    size: float

    @classmethod
    def of(cls, change, row, steps, spread, whole, covariance, multiple, size) -> "HybridTest":
        """The test from the change and its row, the rows of steps after the base, and the weights of the target.

        Parameters
        ----------
        change : the change before the base, with its sign
        row : its weights on the coefficients
        steps : weights of each step after the base on the coefficients, one row each
        spread : how often each step enters the target (`honest.reach`)
        whole : weights of the target on the coefficients
        covariance : of the coefficients
        multiple : Mbar
        size : of the whole test, such as 0.05
        """
        corners = _corners(row, steps, spread, covariance, multiple)
        pair = np.vstack([whole, row])
        two = pair @ covariance @ pair.T
        first = FIRST_STAGE * size
        critical = least_favorable(corners @ _root(two), 1 - first)
        return cls(corners, float(change), two, critical, (size - first) / (1 - first))

    def accepts(self, theta: np.ndarray) -> np.ndarray:
        """Whether each value is not rejected; `theta` is given less the estimate."""
        theta = np.atleast_1d(np.asarray(theta, dtype=float))
        values = self.corners @ np.vstack([-theta, np.full(theta.size, self.change)])
        best, largest = values.argmax(axis=0), values.max(axis=0)
        cross = self.corners @ self.covariance @ self.corners.T
        limits = np.zeros(theta.size)
        for corner in np.unique(best):
            own = best == corner
            limits[own] = self._limits(values[:, own], cross, int(corner))
        return (largest <= self.critical) & (largest <= limits)

    def _limits(self, values: np.ndarray, cross: np.ndarray, best: int) -> np.ndarray:
        """Critical values of the second stage where corner `best` is the largest: given all that is independent of it.

        The statistic then lies between the largest and the smallest value at which another corner takes its place.
        """
        variance = cross[best, best]
        if variance <= TINY * max(float(cross.max()), TINY):
            return np.zeros(values.shape[1])
        slope = cross[:, best] / variance
        level = values - np.outer(slope, values[best])
        flat, steep = slope < 1 - TINY, slope > 1 + TINY
        low = (level[flat] / (1 - slope[flat, None])).max(axis=0, initial=-np.inf)
        high = (level[steep] / (1 - slope[steep, None])).min(axis=0, initial=self.critical)
        quantile = _truncated_quantile(1 - self.size, low, high, float(np.sqrt(variance)))
        return np.maximum(0.0, np.where(low < high, quantile, high))


def least_favorable(corners: np.ndarray, level: float) -> float:
    """The quantile of the largest of c'z over the rows c of `corners` (n x 2), z two independent standard normals."""
    angles = (np.arange(DIRECTIONS) + 0.5) * 2 * np.pi / DIRECTIONS
    height = (corners @ np.vstack([np.cos(angles), np.sin(angles)])).max(axis=0)
    positive = height[height > TINY]

    def missing(value: float) -> float:
        # the radius of z has the survival function exp(-r^2 / 2)
        return np.exp(-((value / positive) ** 2) / 2).sum() / DIRECTIONS - (1 - level)

    if missing(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(missing, 0.0, 12 * positive.max(), xtol=1e-12))


def _corners(row, steps, spread, covariance, multiple) -> np.ndarray:
    """Weights on (estimate less theta, change) of all corners, each divided by its sum of standard deviations."""
    up, down = steps - multiple * row, -steps - multiple * row
    above, below = (np.sqrt(np.einsum("ij,jk,ik->i", side, covariance, side)) for side in (up, down))
    rising = spread > 0
    reach = multiple * np.abs(spread).sum()
    first = np.abs(spread) @ np.where(rising, above, below)
    second = np.abs(spread) @ np.where(rising, below, above)
    sums = np.array([[1.0, -reach], [-1.0, -reach]]) / np.array([[first], [second]])
    both = np.column_stack([np.zeros(len(steps)), np.full(len(steps), -2 * multiple)]) / (above + below)[:, None]
    return np.vstack([sums, both])


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R R' = covariance, also for a covariance without full rank."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0.0, None))


def _truncated_quantile(level: float, low: np.ndarray, high: np.ndarray, error: float) -> np.ndarray:
    """Quantiles of a normal with mean zero that is known to lie between `low` and `high`."""
    # in the lower tail the logarithms of probabilities keep their digits, so an interval above zero is mirrored
    upper_tail = low > 0
    first = np.where(upper_tail, -high, low) / error
    last = np.where(upper_tail, -low, high) / error
    share = np.where(upper_tail, 1 - level, level)
    lower, upper = special.log_ndtr(first), special.log_ndtr(last)
    inside = special.ndtri_exp(upper + np.log(share + (1 - share) * np.exp(np.minimum(lower - upper, 0.0))))
    return np.where(upper_tail, -1.0, 1.0) * error * inside
