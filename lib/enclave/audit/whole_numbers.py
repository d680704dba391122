"""Means and deviations of whole numbers: the integers behind them (GRIM and GRIMMER).

A mean of n whole numbers is a whole number divided by n (Brown and Heathers 2017). With sum S the sum of squares Q is
whole as well, it is odd if and only if S is odd, and it is at least that of n numbers as close together as possible
(Anaya 2016; Allard 2018). The printed deviation s says that

    Q = (n - 1) s^2 + S^2 / n .
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor, isqrt

from enclave.audit.rounding import decimals, printed
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE, Verdict
from enclave.base.errors import EnclaveError

# with fewer numbers not every sum of squares of the right parity can be reached
FREE_FROM = 5


def totals(mean: str, n: int, *, items: int = 1, percent: bool = False) -> range:
    """The whole totals of n x `items` whole numbers whose mean prints as `mean`; an empty range if there is none.

    `items`: how many whole numbers each of the n observations is the mean of. `percent`: the mean is in per cent. Means
    may be rounded up or down at a tie. Raises EnclaveError for counts below 1 or a text that is no number.

    >>> list(totals("5.19", 28)), list(totals("5.18", 28))
    ([], [145])
    """
    _refuse_count("n", n)
    _refuse_count("items", items)
    scale = Fraction(n * items, 100 if percent else 1)
    shown = printed(mean)
    return range(ceil(shown.low * scale), floor(shown.high * scale) + 1)


def chance(mean: str, n: int, *, items: int = 1, percent: bool = False) -> float:
    """The share of all numbers with as many digits as `mean` that GRIM would pass: 1 means that it can find nothing.

    >>> chance("0.55", 1425)
    1.0
    """
    digits = decimals(mean) + (2 if percent else 0)
    return min(1.0, n * items / 10**digits)


def grim(mean: str, n: int, *, items: int = 1, percent: bool = False) -> Verdict:
    """Whether n whole numbers can have a mean that prints as `mean`. Arguments and errors as `totals`."""
    found = totals(mean, n, items=items, percent=percent)
    if found:
        return Verdict(CONSISTENT, f"{_named(found)} / {n * items}")
    near = ceil(printed(mean).low * Fraction(n * items, 100 if percent else 1))
    return Verdict(IMPOSSIBLE, f"no whole number over {n * items} prints as {mean}: {near - 1} and {near} do not")


def grimmer(mean: str, sd: str, n: int, *, least: int | None = None) -> Verdict:
    """Whether n whole numbers can have a mean and a sample deviation that print so.

    `least`: the smallest value that a number can have, 0 for counts. Raises EnclaveError as `totals`, for a negative
    deviation, and for n below 2.
    """
    found = next(squares(mean, sd, n, least=least), None)
    if found is None:
        return Verdict(IMPOSSIBLE, f"no {n} whole numbers have the mean {mean} and the deviation {sd}")
    return Verdict(CONSISTENT, f"for example with the sum {found[0]} and the sum of squares {found[1]}")


def squares(mean: str, sd: str, n: int, *, least: int | None = None) -> Iterator[tuple[int, int]]:
    """The sums and sums of squares of n whole numbers that print as `mean` and `sd`. Arguments as `grimmer`."""
    if n < 2:
        raise EnclaveError(f"A deviation of n = {n} numbers is not defined. Give n of at least 2.")
    shown = printed(sd)
    if shown.high < 0:
        raise EnclaveError(f"The deviation {sd} is negative. Check the sign.")
    low, high = max(shown.low, Fraction(0)), shown.high
    for total in totals(mean, n):
        base = Fraction(total * total, n)
        for squared in range(ceil((n - 1) * low**2 + base), floor((n - 1) * high**2 + base) + 1):
            if _reached(n, total, squared, least):
                yield total, squared


def _reached(n: int, total: int, squared: int, least: int | None) -> bool:
    """Whether n whole numbers of at least `least` can have this sum and this sum of squares."""
    if (total - squared) % 2:
        return False
    whole, rest = divmod(total, n)
    if squared < (n - rest) * whole**2 + rest * (whole + 1) ** 2:
        return False
    if least is not None:
        top = total - (n - 1) * least
        if top < least or squared > (n - 1) * least**2 + top**2:
            return False
    return n >= FREE_FROM or _by_trial(n, total, squared, least)


def _by_trial(n: int, total: int, squared: int, least: int | None) -> bool:
    """The same for a few numbers, by trying each value of the first."""
    if n == 1:
        return total * total == squared and (least is None or total >= least)
    root = isqrt(squared)
    start = -root if least is None else max(-root, least)
    return any(_by_trial(n - 1, total - one, squared - one * one, least) for one in range(start, root + 1))


def _named(found: range) -> str:
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _refuse_count(name: str, count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise EnclaveError(f"{name} is {count!r}. Give a whole number of at least 1.")
