"""Printed regressions: stars against t, sums and ratios of coefficients, and the errors of sums.

Of an estimate b and its standard error s only the rounded values are known, so t = b / s is an interval. For an omitted
regressor D x d with coefficient b2, the coefficient of D alone is b1 + b2 delta, where delta is a weighted mean of d
(Angrist and Pischke 2009, section 3.2.2):

    delta = (b_short - b1) / b2 .
"""

import numpy as np
from scipy import stats

from enclave.audit.rounding import Interval
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE, ONLY_IF, Verdict
from enclave.base.errors import EnclaveError
from enclave.base.stars import stars as star_marks

LEVELS = {1: 0.10, 2: 0.05, 3: 0.01}


def t_values(estimate: Interval, error: Interval) -> tuple[float, float]:
    """The smallest and the largest |estimate| / error. The largest is infinite if the error may be zero.

    Raises EnclaveError if the error can only be negative or zero.
    """
    if error.high <= 0:
        raise EnclaveError(f"A standard error of at most {float(error.high):g} is none. Check the sign.")
    size = abs(estimate)
    return float(size.low / error.high), float(size.high / error.low) if error.low > 0 else np.inf


def p_values(estimate: Interval, error: Interval, df: float = np.inf) -> tuple[float, float]:
    """The smallest and the largest two-sided p value, by t with `df` degrees of freedom (by default normal)."""
    low, high = t_values(estimate, error)
    return float(2 * stats.t.sf(high, df)), float(2 * stats.t.sf(low, df))


def star_range(estimate: Interval, error: Interval, df: float = np.inf) -> tuple[str, str]:
    """The fewest and the most stars that printed numbers allow, by t with `df` degrees of freedom."""
    smallest, largest = p_values(estimate, error, df)
    return star_marks(largest), star_marks(smallest)


def star_verdict(estimate: Interval, error: Interval, shown: str, df: float = np.inf) -> Verdict:
    """Whether printed stars follow from a printed estimate and its printed error.

    Consistent if all values that print so have these stars, consistent only if for some of them, with the t that it
    takes. `df`: degrees of freedom of t, by default normal.
    """
    low, high = t_values(estimate, error)
    fewest, most = star_range(estimate, error, df)
    between = f"|t| is between {low:.2f} and {high:.2f}"
    if not len(fewest) <= len(shown) <= len(most):
        return Verdict(IMPOSSIBLE, f"{between}, which gives {_words(fewest, most)}")
    if fewest == most:
        return Verdict(CONSISTENT, between)
    wanted = [f"at least {_quantile(len(shown), df):.3f}"] if len(fewest) < len(shown) else []
    wanted += [f"below {_quantile(len(shown) + 1, df):.3f}"] if len(most) > len(shown) else []
    return Verdict(ONLY_IF, f"|t| is {' and '.join(wanted)}; print leaves {low:.2f} to {high:.2f}")


def mean_distance(short: Interval, treat: Interval, slope: Interval) -> Interval:
    """The weighted mean of the second variable that a short and a long regression imply: (short - treat) / slope.

    Raises EnclaveError if the printed slope may be zero.
    """
    return (short - treat) / slope


def share_per_unit(treat: Interval, slope: Interval) -> Interval:
    """By which share of the effect at zero one unit of the second variable reduces it: -slope / treat."""
    return Interval(-slope.high, -slope.low) / treat


def zero_at(treat: Interval, slope: Interval) -> Interval:
    """Where the effect is zero: -treat / slope."""
    return Interval(-treat.high, -treat.low) / slope


def error_of_difference(one: Interval, other: Interval) -> tuple[float, float]:
    """The smallest and the largest standard error of a difference of two independent estimates."""
    ends = [np.hypot(*pair) for pair in zip(one.ends(), other.ends(), strict=True)]
    return float(ends[0]), float(ends[1])


def difference_verdict(difference: Interval, one: Interval, other: Interval) -> Verdict:
    """Whether a printed difference can be that of two printed numbers: `one` less `other`."""
    low, high = (one - other).ends()
    word = CONSISTENT if difference.meets(one - other) else IMPOSSIBLE
    return Verdict(word, f"the difference is between {low:g} and {high:g}")


def error_verdict(error: Interval, one: Interval, other: Interval) -> Verdict:
    """Whether a printed error can be that of a difference of two independent estimates with these printed errors."""
    low, high = error_of_difference(one, other)
    inside = error.low <= high and low <= error.high
    return Verdict(CONSISTENT if inside else IMPOSSIBLE, f"for independent estimates between {low:.4f} and {high:.4f}")


def nested_verdict(short: Interval, long: Interval) -> Verdict:
    """Whether R2 can rise from `short` to `long` when regressors are added: it never falls."""
    low, high = (long - short).ends()
    if high < 0:
        return Verdict(IMPOSSIBLE, f"R2 falls by at least {-high:.4f}, although regressors are added")
    return Verdict(CONSISTENT, f"R2 rises by {max(low, 0.0):.4f} to {high:.4f}")


def _quantile(stars: int, df: float) -> float:
    return float(stats.t.isf(LEVELS[stars] / 2, df))


def _words(fewest: str, most: str) -> str:
    names = [marks or "no star" for marks in (fewest, most)]
    return names[0] if fewest == most else f"{names[0]} to {names[1]}"
