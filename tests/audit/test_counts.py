import numpy as np
import pytest

from enclave.audit import counts
from enclave.audit.rounding import printed
from enclave.base.errors import EnclaveError


def moments_of(sample, digits=2):
    logs = np.log1p(sample)
    values = [sample.mean(), sample.std(ddof=1), logs.mean(), logs.std(ddof=1)]
    return counts.Moments(*(printed(f"{value:.{digits}f}") for value in values), len(sample))


def test_zeros_and_ones_by_hand():
    # 300 ones among 1000: mean 0.3, mean of logarithms 0.3 ln 2 = 0.2079. Jensen: only zeros and ones give both
    sample = np.repeat([0, 1], [700, 300])
    low, high = counts.zero_share(moments_of(sample, digits=6))
    assert (low, high) == pytest.approx((0.7, 0.7), abs=1e-4)


def test_the_true_share_of_zeros_is_between_the_bounds():
    rng = np.random.default_rng(6)
    for mean in (0.3, 0.8, 2.5):
        for size in (0.4, 1.0, 5.0):
            sample = rng.negative_binomial(size, size / (size + mean), 1425)
            low, high = counts.zero_share(moments_of(sample))
            assert low <= (sample == 0).mean() <= high
            assert high - low < 0.35


def test_more_digits_never_widen_the_bounds():
    sample = np.random.default_rng(7).negative_binomial(0.5, 0.3, 500)
    wide, narrow = (counts.zero_share(moments_of(sample, digits)) for digits in (2, 4))
    assert wide[0] <= narrow[0] + 1e-9
    assert narrow[1] <= wide[1] + 1e-9


@pytest.mark.parametrize(
    "texts",
    [
        # the mean of ln(1 + y) is at most ln(1 + 0.55) = 0.438
        ("0.55", "1.16", "0.45", "0.50"),
        # and at least mean x ln(1 + m) / m with the largest count m: 0.55 x ln(45) / 44 = 0.048
        ("0.55", "1.16", "0.03", "0.50"),
        # zeros and ones have no deviation of 1.16
        ("0.55", "0.30", "0.38", "0.34"),
        ("0.55", "1.16", "0.28", "0.90"),
    ],
)
def test_moments_that_no_counts_have_are_found(texts):
    assert counts.zero_share(counts.Moments(*map(printed, texts), 1425)) is None


def test_no_count_is_above_what_one_observation_can_be():
    # one 9 among ten zeros: mean 9/11, deviation 2.7136, and 0.8182 + 2.7136 x 10 / sqrt(11) = 9
    sample = np.array([9] + [0] * 10)
    assert counts.most(moments_of(sample, digits=6)) == 9


def test_one_count_and_a_negative_mean_are_refused():
    given = [printed(text) for text in ("0.55", "1.16", "0.28", "0.50")]
    with pytest.raises(EnclaveError, match="check n and the sign"):
        counts.zero_share(counts.Moments(*given, 1))
    with pytest.raises(EnclaveError, match="check n and the sign"):
        counts.zero_share(counts.Moments(printed("-0.55"), *given[1:], 100))
