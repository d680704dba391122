"""A difference before treatment, carried on after it.

`csdid` and `did` compare years before treatment with the year before each of them, unless told otherwise. So their
average before treatment is a difference per year. If it went on at this pace, s years after treatment began it would
have added s + 1 times as much, and to the mean over s = 0, ..., S

    (S + 2) / 2 times as much.
"""

from fractions import Fraction

from scipy import stats

from enclave.audit.rounding import Interval, point
from enclave.base.errors import EnclaveError


def carried_on(yearly: Interval, last: int) -> Interval:
    """What a yearly difference adds to the mean effect over event times 0 to `last`, if it goes on.

    Raises EnclaveError if `last` is negative.
    """
    if last < 0:
        raise EnclaveError(f"The last event time is {last}. Give 0 or more.")
    return yearly * point(Fraction(last + 2, 2))


def enough(after: Interval, last: int) -> Interval:
    """The yearly difference that alone would give the mean effect `after` over event times 0 to `last`."""
    return after / carried_on(point(1), last)


def confidence(estimate: Interval, error: Interval, level: float = 0.95) -> tuple[float, float]:
    """The widest normal interval of an estimate under rounding: both ends."""
    reach = stats.norm.ppf((1 + level) / 2) * float(error.high)
    low, high = estimate.ends()
    return low - reach, high + reach
