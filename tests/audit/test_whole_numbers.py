from itertools import combinations_with_replacement
from math import sqrt

import numpy as np
import pytest

from enclave.audit import whole_numbers
from enclave.audit.verdicts import CONSISTENT, IMPOSSIBLE
from enclave.base.errors import EnclaveError


def test_a_mean_by_hand():
    # 145 / 28 = 5.1786 prints as 5.18, 146 / 28 = 5.2143 as 5.21: nothing prints as 5.19
    assert list(whole_numbers.totals("5.18", 28)) == [145]
    assert whole_numbers.grim("5.19", 28).word == IMPOSSIBLE
    # 2.5 with one digit: 2.45 x 247 = 605.15 and 2.55 x 247 = 629.85; with two digits 616.27 to 618.74
    assert whole_numbers.totals("2.5", 247) == range(606, 630)
    assert list(whole_numbers.totals("2.50", 247)) == [617, 618]


def test_a_tie_may_be_rounded_either_way():
    # 1.125 = 9 / 8
    assert list(whole_numbers.totals("1.12", 8)) == list(whole_numbers.totals("1.13", 8)) == [9]


def test_a_mean_of_several_items_and_a_share_in_per_cent():
    # five answers of two items each: tenths
    assert whole_numbers.grim("0.85", 5).word == IMPOSSIBLE
    assert list(whole_numbers.totals("0.80", 5, items=2)) == [8]
    # 157 of 2435 are 6.4476 per cent
    assert list(whole_numbers.totals("6.45", 2435, percent=True)) == [157]


@pytest.mark.parametrize(
    ("mean", "n", "options", "possible"),
    [
        # Wikipedia, "GRIM test": twenty rolls of a die with mean 3.48
        ("3.48", 20, {}, False),
        # The Economist, 18 June 2016: 49 participants and 5.93
        ("5.93", 49, {}, False),
        # vignette of the R package scrutiny, at commit e712643
        *[(mean, 28, {}, found) for mean, found in {"8.97": 0, "2.61": 1, "7.26": 0, "3.64": 1, "10.46": 1}.items()],
        *[(mean, 40, {}, found) for mean, found in {"5.90": 1, "5.71": 0, "3.50": 1, "3.82": 1, "4.61": 0}.items()],
        *[(mean, 40, {"items": 3}, 1) for mean in ("5.71", "4.61", "5.24")],
        ("32.5", 438, {"percent": True}, False),
        ("35.6", 455, {"percent": True}, True),
        ("21.7", 501, {"percent": True}, False),
        ("39.3", 516, {"percent": True}, True),
        ("5.27", 43, {}, False),
    ],
)
def test_published_examples_have_the_published_answer(mean, n, options, possible):
    assert (whole_numbers.grim(mean, n, **options).word == CONSISTENT) == bool(possible)


# grim 0.1.10, `consistency_check` with ROUND_HALF_UP or ROUND_HALF_DOWN: n, how many of 3.00 to 3.99 pass, the sum of
# their hundredths
GRIM_0_1_10 = [(7, 7, 300), (12, 12, 550), (19, 19, 900), (28, 28, 1350), (40, 60, 2950), (49, 49, 2400)]
GRIM_0_1_10 += [(64, 68, 3350), (79, 79, 3900), (96, 100, 4950)]


@pytest.mark.parametrize(("n", "count", "total"), GRIM_0_1_10)
def test_means_pass_as_in_a_second_program(n, count, total):
    passed = [hundredths for hundredths in range(100) if whole_numbers.totals(f"3.{hundredths:02}", n)]
    assert (len(passed), sum(passed)) == (count, total)


# bullshit-detector 0.3.0, `a_grimmer`: the deviations from 0.80 to 1.39 that pass, in hundredths
A_GRIMMER_0_3_0 = {
    ("3.44", 18): [86, 92, 98, 104, 110, 115, 120, 125, 129, 134, 138],
    ("3.20", 10): [92, 103, 114, 123, 132],
    ("2.75", 12): [87, 97, 106, 114, 122, 129, 136],
    ("3.12", 25): [83, 88, 93, 97, 101, 105, 109, 113, 117, 120, 124, 127, 130, 133, 136, 139],
}


@pytest.mark.parametrize(("mean", "n"), A_GRIMMER_0_3_0)
def test_deviations_pass_as_in_a_second_program(mean, n):
    passed = [sd for sd in range(80, 140) if whole_numbers.grimmer(mean, f"{sd / 100:.2f}", n).word == CONSISTENT]
    assert passed == A_GRIMMER_0_3_0[mean, n]


def test_the_deviation_of_the_pizza_paper_by_hand():
    # the sum is 62; Q = 17 s^2 + 62^2 / 18 is between 316.85 and 317.69, so 317, which is odd
    assert list(whole_numbers.totals("3.44", 18)) == [62]
    assert whole_numbers.grimmer("3.44", "2.47", 18).word == IMPOSSIBLE
    assert list(whole_numbers.squares("3.20", "1.48", 10)) == [(32, 122)]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_every_deviation_of_small_samples_is_judged_as_by_listing_them(n):
    listed = {}
    for sample in combinations_with_replacement(range(-3, 8), n):
        sd = sqrt(sum((one - sum(sample) / n) ** 2 for one in sample) / (n - 1))
        listed.setdefault(sum(sample), set()).add(round(sd, 6))
    # sums in the middle of the listed range, and deviations too small for a value outside of it
    for total in range(2 * n - 2, 2 * n + 3):
        mean = f"{total / n:.4f}"
        assert list(whole_numbers.totals(mean, n)) == [total]
        for hundredths in range(10, 200, 7):
            near = any(abs(sd - hundredths / 100) <= 0.005 + 1e-9 for sd in listed[total])
            assert (whole_numbers.grimmer(mean, f"{hundredths / 100:.2f}", n).word == CONSISTENT) == near, (
                mean,
                hundredths,
            )


def test_counts_have_no_deviation_that_needs_a_negative_number():
    # four counts with the sum 1 are 0, 0, 0, 1: deviation 0.5. With -1 allowed, -1, 0, 1, 1 has 0.957
    assert whole_numbers.grimmer("0.25", "0.50", 4, least=0).word == CONSISTENT
    assert whole_numbers.grimmer("0.25", "0.96", 4).word == CONSISTENT
    assert whole_numbers.grimmer("0.25", "0.96", 4, least=0).word == IMPOSSIBLE
    assert whole_numbers.grimmer("0.10", "0.80", 10, least=0).word == IMPOSSIBLE


def test_samples_of_counts_always_pass():
    rng = np.random.default_rng(8)
    for _ in range(300):
        sample = rng.poisson(rng.uniform(0.2, 4), rng.integers(3, 60))
        mean, sd = f"{sample.mean():.2f}", f"{sample.std(ddof=1):.2f}"
        assert whole_numbers.grim(mean, len(sample)).word == CONSISTENT
        assert whole_numbers.grimmer(mean, sd, len(sample), least=0).word == CONSISTENT


def test_a_share_of_numbers_passes_by_chance():
    assert whole_numbers.chance("0.55", 1425) == 1
    assert whole_numbers.chance("5.19", 28) == pytest.approx(0.28)
    assert whole_numbers.chance("44.3", 79, percent=True) == pytest.approx(0.079)
    passed = [number for number in range(1000) if whole_numbers.totals(f"{number / 10:.1f}", 79, percent=True)]
    assert len(passed) / 1000 == pytest.approx(0.079, abs=0.002)


@pytest.mark.parametrize(("n", "items"), [(0, 1), (-3, 1), (10, 0), (2.5, 1), (True, 1)])
def test_counts_below_one_are_refused(n, items):
    with pytest.raises(EnclaveError, match="Give a whole number of at least 1"):
        whole_numbers.totals("1.00", n, items=items)


def test_a_deviation_of_one_number_and_a_negative_one_are_refused():
    with pytest.raises(EnclaveError, match="is not defined"):
        whole_numbers.grimmer("1.00", "0.00", 1)
    with pytest.raises(EnclaveError, match="is negative"):
        whole_numbers.grimmer("1.00", "-0.50", 5)
