"""What a two-way estimate on selected pairs leaves open for all pairs, if those left out have zeros throughout.

Let D be the treatment of m pairs over T periods, b its two-way estimate, and y their outcome. With d further pairs
whose outcome is always zero, and which may be treated as well, the numerator of the estimate changes by

    m sum_t a_t ybar_t ,   a_t = (Dbar_t - Dbar) of the m pairs less the same of all m + d pairs,

because a residual of D loses other period means. ybar_t, the mean outcome of the m pairs in a period, is not printed.
Its mean over periods is, and so is a bound V on sum_t (ybar_t - ybar)^2. If ybar_t never falls, the sum lies between
-||P(-a)|| sqrt(V) and ||P(a)|| sqrt(V), P the projection on rising paths of mean zero (isotonic regression).
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

from enclave.audit.rounding import Interval
from enclave.base.errors import EnclaveError


class Kept(NamedTuple):
    """The estimate on the pairs that were kept.

    Attributes
    ----------
    estimate : coefficient of the treatment, as printed
    mean : mean outcome over pairs and periods
    between : upper bound on sum_t (ybar_t - ybar)^2
    starts : number of treated periods of each treated pair, counted from the end
    pairs : number of pairs
    periods : number of periods
    """

    estimate: Interval
    mean: Interval
    between: float
    starts: tuple[int, ...]
    pairs: int
    periods: int


def with_zeros(kept: Kept, dropped: int, parks: tuple[int, ...] = ()) -> tuple[float, float]:
    """The smallest and the largest two-way estimate with `dropped` further pairs whose outcome is always zero.

    `parks`: treated periods of those of them that are treated. The outcome of the kept pairs is assumed not to fall
    from one period to the next on average, and to be nowhere negative.

    Raises EnclaveError if more pairs are treated than there are, or treated periods are not between 1 and all but one.
    """
    for count, starts in ((kept.pairs, kept.starts), (dropped, parks)):
        if len(starts) > count or any(not 0 < start < kept.periods for start in starts):
            raise EnclaveError(
                f"{len(starts)} treated of {count} pairs over {kept.periods} periods: give each treated pair between 1 "
                f"and {kept.periods - 1} treated periods."
            )
    own, both = _path(kept.starts, kept), _path((*kept.starts, *parks), kept)
    shift = (own / kept.pairs - both / (kept.pairs + dropped)) * kept.pairs
    shift -= shift.mean()
    first, whole = _squares(own, kept.starts, kept.pairs), _squares(both, (*kept.starts, *parks), kept.pairs + dropped)
    low, high = kept.estimate.ends()
    down, up = -_rising(-shift, kept), _rising(shift, kept)
    ends = [end * first + moved for end in (low, high) for moved in (down, up)]
    return min(ends) / whole, max(ends) / whole


def _path(starts: tuple[int, ...], kept: Kept) -> np.ndarray:
    """Number of treated pairs in each period."""
    first = kept.periods - np.array(starts, dtype=int)
    return (np.arange(kept.periods)[:, None] >= first).sum(axis=1).astype(float)


def _squares(path: np.ndarray, starts: tuple[int, ...], pairs: int) -> float:
    """Sum of squares of the treatment after pair and period effects."""
    periods, each = len(path), np.array(starts, dtype=float)
    mean = path.sum() / (pairs * periods)
    within = path.sum() - (each**2).sum() / periods - (path**2).sum() / pairs
    return float(within + pairs * periods * mean**2)


def _rising(shift: np.ndarray, kept: Kept) -> float:
    """The largest sum of `shift` times a path that never falls, by both bounds on the path."""
    by_spread = np.linalg.norm(isotonic_regression(shift).x) * np.sqrt(kept.between)
    # a path that is nowhere negative is a mean of steps from zero to one height
    tails = shift[::-1].cumsum()[::-1] / np.arange(len(shift), 0, -1)
    by_steps = max(tails.max(), 0.0) * len(shift) * float(kept.mean.high)
    return float(min(by_spread, by_steps))
