import numpy as np
import plain
import pytest

from enclave.audit import selection
from enclave.audit.rounding import Interval, printed
from enclave.base.errors import EnclaveError

PERIODS = 12


def made(rng, kept, starts, growth):
    """Outcomes of pairs that rise on average from period to period, and which pairs are treated since when."""
    first = [PERIODS - start for start in starts] + [None] * (kept - len(starts))
    base = rng.poisson(2, (kept, 1)) + growth * np.arange(PERIODS)
    y = (
        base
        + rng.normal(0, 0.2, (kept, PERIODS))
        + 1.5 * (np.arange(PERIODS) >= [[PERIODS if f is None else f] for f in first])
    )
    # no mean over pairs falls
    y += (np.maximum.accumulate(y.mean(axis=0)) - y.mean(axis=0))[None, :]
    return y, first


def estimate(y, first):
    """The two-way estimate by dummies."""
    start = np.array([PERIODS if one is None else one for one in first])
    treat = np.arange(PERIODS) >= start[:, None]
    unit, time = np.repeat(np.arange(len(y)), PERIODS), np.tile(np.arange(PERIODS), len(y))
    return plain.twfe(y.ravel(), [treat.ravel()], unit, time)[0][0]


def told(y, first, value):
    shown = printed(f"{value:.3f}")
    mean = y.mean(axis=0)
    starts = tuple(PERIODS - one for one in first if one is not None)
    between = ((mean - mean.mean()) ** 2).sum()
    return selection.Kept(shown, printed(f"{mean.mean():.3f}"), float(between), starts, len(y), PERIODS)


@pytest.mark.parametrize("parks", [(), (5,), (11, 6, 2)])
def test_the_estimate_on_all_pairs_is_between_the_bounds(parks):
    rng = np.random.default_rng(9)
    for growth in (0.0, 0.1, 0.5):
        y, first = made(rng, 20, (9, 7, 4, 2), growth)
        low, high = selection.with_zeros(told(y, first, estimate(y, first)), 6, parks)
        whole = np.vstack([y, np.zeros((6, PERIODS))])
        own = [PERIODS - park for park in parks]
        true = estimate(whole, first + own + [None] * (6 - len(own)))
        assert low <= true <= high


def test_without_further_pairs_the_estimate_is_the_printed_one():
    given = selection.Kept(printed("1.459"), printed("0.84"), 40.0, (10, 5), 88, 19)
    assert selection.with_zeros(given, 0) == pytest.approx((1.4585, 1.4595), abs=1e-9)


def test_two_periods_by_hand():
    # 2 of 4 pairs treated in the second of two periods; outcomes are level, so the mean does not rise: b is exact.
    # With two zero pairs that are treated as well: 4 of 6 treated, and the effect is spread over twice as many
    flat = Interval(printed("1.000").low, printed("1.000").high)
    given = selection.Kept(flat, printed("3.000"), 0.0, (1, 1), 4, 2)
    # sums of squares: N p (1 - p) / 2 with N pairs and share p: 4 x 0.25 / 2 = 0.5 and 6 x (2/9) / 2 = 2/3
    assert selection.with_zeros(given, 2, (1, 1)) == pytest.approx((0.9995 * 0.75, 1.0005 * 0.75), abs=1e-9)


def test_a_wider_bound_on_the_path_never_narrows_the_result():
    given = selection.Kept(printed("1.459"), printed("0.84"), 5.0, (10, 5), 88, 19)
    low, high = selection.with_zeros(given, 20, (3,))
    wider = selection.with_zeros(given._replace(between=50.0), 20, (3,))
    assert wider[0] <= low <= high <= wider[1]


@pytest.mark.parametrize(("starts", "parks"), [((19,), ()), ((0,), ()), ((3,) * 90, ()), ((3,), (4,) * 21)])
def test_treatments_that_no_pairs_can_have_are_refused(starts, parks):
    given = selection.Kept(printed("1.459"), printed("0.84"), 40.0, starts, 88, 19)
    with pytest.raises(EnclaveError, match="give each treated pair between 1 and 18 treated periods"):
        selection.with_zeros(given, 20, parks)
