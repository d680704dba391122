"""A printed number is an interval: all values that print as it does, both ends included. Arithmetic on intervals.

The ends are fractions, so that a value on the border of an interval is never lost to floating point.

    [a, b] / [c, d] = [min(a/c, a/d, b/c, b/d), max(...)]        (Moore 1966, for c > 0 or d < 0)
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import product

from enclave.base.errors import EnclaveError


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, both included.

    >>> half = Interval(Fraction(1, 2), Fraction(1, 2))
    >>> (half + half).low
    Fraction(1, 1)
    """

    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise EnclaveError(f"An interval from {float(self.low):g} to {float(self.high):g} is empty. Swap its ends.")

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Interval") -> "Interval":
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Interval") -> "Interval":
        ends = [one * two for one, two in product((self.low, self.high), (other.low, other.high))]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: "Interval") -> "Interval":
        if other.low <= 0 <= other.high:
            raise EnclaveError(
                f"The divisor may be zero: it is printed as {float(other.low):g} to {float(other.high):g}. "
                "Print more digits of it."
            )
        return self * Interval(1 / other.high, 1 / other.low)

    def __abs__(self) -> "Interval":
        ends = abs(self.low), abs(self.high)
        return Interval(Fraction(0) if self.low <= 0 <= self.high else min(ends), max(ends))

    def meets(self, other: "Interval") -> bool:
        """Whether some number is in both."""
        return self.low <= other.high and other.low <= self.high

    def ends(self) -> tuple[float, float]:
        """Both ends as plain numbers."""
        return float(self.low), float(self.high)


def point(number: float | Fraction) -> Interval:
    """The interval of one number that is known exactly, such as a count."""
    return Interval(Fraction(number), Fraction(number))


def printed(text: str, *, cut: bool = False) -> Interval:
    """All values that print as `text`, such as "0.550" or "-0.011".

    By default from half a unit of the last digit below to half a unit above, because a paper does not say how it rounds
    a tie. With `cut` further digits were dropped: up to a whole unit away from zero.

    Raises EnclaveError if `text` is not a finite number.

    >>> printed("0.25").ends()
    (0.245, 0.255)
    """
    number, unit = _parsed(text)
    if not cut:
        return Interval(number - unit / 2, number + unit / 2)
    if number == 0:
        return Interval(-unit, unit)
    return Interval(number, number + unit) if number > 0 else Interval(number - unit, number)


def decimals(text: str) -> int:
    """Digits after the point. Raises EnclaveError as `printed`.

    >>> decimals("20.7")
    1
    """
    return max(0, -_exponent(text))


def _parsed(text: str) -> tuple[Fraction, Fraction]:
    """A printed number and one unit of its last digit."""
    return Fraction(Decimal(text)) if _exponent(text) <= 0 else Fraction(int(Decimal(text))), Fraction(
        Decimal(1).scaleb(min(0, _exponent(text)))
    )


def _exponent(text: str) -> int:
    try:
        exponent = Decimal(text).as_tuple().exponent
    except (InvalidOperation, TypeError, ValueError):
        exponent = None
    if not isinstance(exponent, int):
        raise EnclaveError(f"{text!r} is not a printed number. Write it as in the paper, for example '0.25'.")
    return exponent
