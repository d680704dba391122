"""What mean and deviation of a count and of its logarithm, together, say of the share of zeros.

Let p_k be the share of observations with count k. Mean and sum of squares of the count and of ln(1 + count) are linear
in p, so the smallest and the largest p_0 under four printed intervals are two linear programmes. If there is no p, the
four numbers cannot be true together.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from enclave.audit.rounding import Interval
from enclave.base.errors import EnclaveError


class Moments(NamedTuple):
    """Printed mean and sample deviation of a count and of ln(1 + count), of n observations."""

    mean: Interval
    sd: Interval
    log_mean: Interval
    log_sd: Interval
    n: int


def zero_share(given: Moments) -> tuple[float, float] | None:
    """The smallest and the largest share of zeros that the four moments allow; None if they cannot be true together.

    The bounds are outer bounds: counts are whole, but the shares p_k need not be multiples of 1 / n. No count is above
    what the deviation allows for a single observation. Raises EnclaveError if n is below 2 or the mean is negative.
    """
    if given.n < 2 or given.mean.high < 0:
        raise EnclaveError(f"{given.n} counts with a mean of at most {float(given.mean.high):g}: check n and the sign.")
    counts = np.arange(most(given) + 1)
    logs = np.log1p(counts)
    powers = np.array([counts, counts**2, logs, logs**2], dtype=float)
    low, high = np.array([*_raw(given.mean, given.sd, given.n), *_raw(given.log_mean, given.log_sd, given.n)]).T
    scale = np.maximum(high, 1e-9)
    above, below = powers / scale[:, None], -powers / scale[:, None]
    limits = np.concatenate([high / scale, -low / scale])
    found = []
    for sign in (1, -1):
        aim = np.zeros(len(counts))
        aim[0] = sign
        solved = linprog(aim, np.vstack([above, below]), limits, np.ones((1, len(counts))), [1.0], method="highs")
        if not solved.success:
            return None
        found.append(sign * solved.fun)
    return max(0.0, found[0]), min(1.0, found[1])


def most(given: Moments) -> int:
    """The largest count that one of n observations can have: its own square is part of the sum of squares."""
    mean, sd = given.mean.ends(), given.sd.ends()
    return int(np.floor(max(mean) + max(sd) * (given.n - 1) / np.sqrt(given.n) + 1e-9))


def _raw(mean: Interval, sd: Interval, n: int) -> list[tuple[float, float]]:
    """The intervals of the mean and of the mean square."""
    (low, high), (least, greatest) = mean.ends(), sd.ends()
    low, least, part = max(low, 0.0), max(least, 0.0), (n - 1) / n
    return [(low, high), (part * least**2 + low**2, part * greatest**2 + high**2)]
