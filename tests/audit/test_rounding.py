from fractions import Fraction

import numpy as np
import pytest

from enclave.audit.rounding import Interval, decimals, point, printed
from enclave.base.errors import EnclaveError


def test_a_printed_number_is_every_value_that_rounds_to_it():
    assert printed("0.55") == Interval(Fraction(545, 1000), Fraction(555, 1000))
    assert printed("-0.011") == Interval(Fraction(-115, 10000), Fraction(-105, 10000))
    assert printed("2417") == Interval(Fraction(4833, 2), Fraction(4835, 2))


def test_trailing_zeros_are_digits():
    assert printed("2.5").ends() == (2.45, 2.55)
    assert printed("2.50").ends() == (2.495, 2.505)
    assert (decimals("2.5"), decimals("2.50"), decimals("2417")) == (1, 2, 0)


def test_digits_that_were_cut_lie_away_from_zero():
    assert printed("244", cut=True).ends() == (244, 245)
    assert printed("-0.3", cut=True).ends() == (-0.4, -0.3)
    assert printed("0", cut=True).ends() == (-1, 1)


@pytest.mark.parametrize("text", ["", "about 5", "nan", "inf", None, "1,425"])
def test_a_text_that_is_no_number_is_refused(text):
    with pytest.raises(EnclaveError, match=r"is not a printed number\. Write it as in the paper"):
        printed(text)


def test_the_ratio_of_the_distance_table_by_hand():
    # 2.6905 / 0.0115 = 233.957 and 2.6915 / 0.0105 = 256.333
    low, high = (printed("2.691") / printed("0.011")).ends()
    assert low == pytest.approx(233.956522, abs=1e-6)
    assert high == pytest.approx(256.333333, abs=1e-6)


def test_a_divisor_that_may_be_zero_is_refused():
    with pytest.raises(EnclaveError, match="The divisor may be zero"):
        point(1) / printed("0.00")


def test_an_interval_with_swapped_ends_is_refused():
    with pytest.raises(EnclaveError, match="is empty"):
        Interval(Fraction(2), Fraction(1))


def test_numbers_drawn_from_intervals_never_leave_the_result():
    rng = np.random.default_rng(3)
    for _ in range(200):
        texts = [f"{value:.{rng.integers(0, 4)}f}" for value in rng.normal(0, 3, 2)]
        one, other = map(printed, texts)
        a, b = (float(rng.uniform(*each.ends())) for each in (one, other))
        results = {"+": (one + other, a + b), "-": (one - other, a - b), "*": (one * other, a * b)}
        results["abs"] = (abs(one), abs(a))
        if not other.low <= 0 <= other.high:
            results["/"] = (one / other, a / b)
        for name, (found, value) in results.items():
            assert float(found.low) - 1e-9 <= value <= float(found.high) + 1e-9, (name, texts)


def test_the_order_of_summands_and_of_factors_does_not_matter():
    one, other = printed("-0.5"), printed("2.25")
    assert one + other == other + one
    assert one * other == other * one
    assert one - other == (other - one) * point(-1)
