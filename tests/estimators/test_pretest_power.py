import numpy as np
import pytest
from diff_diff import pretrends
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.estimators import pretest_power
from enclave.estimators.event_paths import EventPath

SE = np.array([0.050, 0.045, 0.040, 0.100, 0.110, 0.120])
PLACES = np.arange(6)
AR = 0.5 ** np.abs(PLACES[:, None] - PLACES) * np.outer(SE, SE)
GIVEN = EventPath((-4, -3, -2, 0, 1, 2), np.zeros(6), AR)
EQUAL = EventPath((-3, -2, -1, 1, 2, 3), np.zeros(6), 0.028 * np.eye(6) + 0.012, base=0)


def test_one_coefficient_by_the_normal_distribution():
    # event time -2 is one from the base; standard error 1, slope 1: |N(1, 1)| > 1.96 has probability .1700
    one = EventPath((-2, 0), np.zeros(2), np.eye(2))
    right = stats.norm.sf(1.959964 - 1) + stats.norm.cdf(-1.959964 - 1)
    assert pretest_power.power(one, 1.0) == pytest.approx(right, abs=1e-6)
    assert pretest_power.power(one, 1.0, "joint") == pytest.approx(right, abs=1e-6)


def test_independent_coefficients_multiply():
    # five per cent each: 1 - .95^3
    three = EventPath((-4, -3, -2, 0), np.zeros(4), np.eye(4))
    assert pretest_power.power(three, 0.0) == pytest.approx(1 - 0.95**3, abs=1e-9)


def test_one_truncated_mean_by_the_normal_distribution():
    one = EventPath((-2, 0), np.zeros(2), np.array([[1.0, 0.6], [0.6, 1.0]]))
    # the slope 1 puts event time -2 at -1; passing cuts it to (-1.96, 1.96)
    inside = stats.truncnorm.mean(-0.959964, 2.959964, loc=-1)
    found = pretest_power.after_passing(one, 1.0)["mean_after_passing"]
    assert found.to_numpy() == pytest.approx([inside, 1 + 0.6 * (inside + 1)], abs=1e-4)


# R's pretrends 0.1.0 at commit 122731d082 under R 4.5.2, as recorded by diff-diff
# (benchmarks/data/r_pretrends_golden.json at commit 08b6a66)
def test_power_and_slopes_agree_with_r():
    found = [pretest_power.power(EQUAL, slope) for slope in (0, 0.2, 0.5)]
    assert found == pytest.approx([0.136261192117481, 0.905586670498965, 0.999999998817154], abs=2e-4)
    slopes = [pretest_power.slope_found(EQUAL, target) for target in (0.5, 0.8)]
    assert slopes == pytest.approx([0.11085490751343, 0.168538720656777], abs=2e-4)


# R's pretrends 0.1.0 under R 4.5.2, as recorded by StatsPAI (its test of pretrends_power); R draws random points
def test_power_and_slopes_agree_with_r_where_coefficients_are_correlated():
    found = [pretest_power.power(GIVEN, slope) for slope in (0.02, 0.05)]
    assert found == pytest.approx([0.331636386010325, 0.901493717618343], abs=1e-3)
    slopes = [pretest_power.slope_found(GIVEN, target) for target in (0.5, 0.8)]
    assert slopes == pytest.approx([0.027901593818477, 0.0424249541097126], rel=2e-3)


@pytest.mark.parametrize("slope", [0.0, 0.02, 0.05])
def test_power_agrees_with_diff_diff(slope):
    weights = np.array([-3.0, -2.0, -1.0])
    theirs = 1 - pretrends._compute_nis_acceptance_prob(slope, weights, AR[:3, :3], stats.norm.ppf(0.975))
    assert pretest_power.power(GIVEN, slope) == pytest.approx(theirs, abs=2e-4)


def test_simulated_paths_pass_as_often_and_have_the_mean_that_is_said():
    draws = np.random.default_rng(5).multivariate_normal(pretest_power.line(GIVEN, 0.03), AR, size=200_000)
    passed = (np.abs(draws[:, :3]) <= 1.959964 * SE[:3]).all(axis=1)
    assert 1 - passed.mean() == pytest.approx(pretest_power.power(GIVEN, 0.03), abs=0.005)
    found = pretest_power.after_passing(GIVEN, 0.03)["mean_after_passing"]
    assert draws[passed].mean(axis=0) == pytest.approx(found.to_numpy(), abs=0.002)


def test_power_rises_with_the_slope_and_not_with_its_sign():
    found = [pretest_power.power(GIVEN, slope) for slope in (0.0, 0.01, 0.02, 0.04)]
    assert found == sorted(found)
    assert pretest_power.power(GIVEN, -0.02) == pytest.approx(found[2], abs=2e-4)


def test_the_unit_of_the_outcome_only_rescales_the_slope():
    large = EventPath(GIVEN.times, GIVEN.estimates, 1e6 * AR)
    own = pretest_power.slope_found(GIVEN, 0.5)
    assert pretest_power.slope_found(large, 0.5) == pytest.approx(1000 * own, rel=1e-6)


def test_the_slope_has_the_power_that_was_asked_for():
    for test in pretest_power.TESTS:
        slope = pretest_power.slope_found(GIVEN, 0.8, test)
        assert pretest_power.power(GIVEN, slope, test) == pytest.approx(0.8, abs=1e-6)


def test_an_unknown_test_and_a_power_below_the_size_are_refused():
    with pytest.raises(EnclaveError, match="no test 'wald'"):
        pretest_power.power(GIVEN, 0.1, "wald")
    with pytest.raises(EnclaveError, match=r"rejects with probability 0\.05"):
        pretest_power.slope_found(GIVEN, 0.05)
