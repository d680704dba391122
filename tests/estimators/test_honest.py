from dataclasses import replace
from functools import lru_cache

import moderndid
import numpy as np
import pandas as pd
import pytest
from diff_diff import honest_did

from enclave.base.errors import EnclaveError
from enclave.estimators import event_paths, honest
from enclave.estimators.event_paths import EventPath
from enclave.estimators.least_favorable import HybridTest, least_favorable

FIRST = np.array([1.0, 0.0])
MEAN = np.array([0.5, 0.5])


@lru_cache
def insurance():
    """Share of low-income adults with insurance by state, until 2015; states that expanded Medicaid in 2014."""
    table = pd.DataFrame(moderndid.load_ehec().to_dict(as_series=False))
    table = table[(table["year"] < 2016) & (table["yexp2"] != 2015)]
    panel = table.assign(cohort=table["yexp2"].where(table["yexp2"] == 2014))
    options = {"window": (-6, 1), "outside": "free", "unit": "stfips"}
    return event_paths.two_way(panel, "dins", **options)


def path(estimates, covariance, before, base=-1):
    after = len(estimates) - before
    times = (*range(base - before, base), *range(base + 1, base + 1 + after))
    return EventPath(times, np.array(estimates, float), np.array(covariance, float), base)


def drawn(seed, before=4, after=5):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(before + after, before + after)) / 5
    return path(rng.normal(size=before + after), root @ root.T + 0.02 * np.eye(before + after), before)


# --- by hand

# Coefficients .1 and -.2 before the base, 1 and 2 after it. Changes before: -.2 - .1 = -.3 and 0 - -.2 = .2.
HAND = path([0.1, -0.2, 1.0, 2.0], 0.01 * np.eye(4), 2)


def test_changes_before_the_base_by_hand():
    assert honest.changes_before(HAND)[0] == pytest.approx([-0.3, 0.2])


def test_the_set_of_relative_magnitudes_by_hand():
    # the mean is 1.5; the first change after the base enters both periods, the second one half: 1 + .5 = 1.5
    assert honest.largest_bias(MEAN) == 1.5
    # half of .3, one and a half times: .225
    assert honest.relative_set(HAND, 0.5, MEAN) == pytest.approx((1.275, 1.725))
    # 1.5 / (.3 x 1.5)
    assert honest.relative_breakdown(HAND, MEAN) == pytest.approx(10 / 3)


def test_the_set_of_smoothness_by_hand():
    # the slope .2 carried on: .2 and .4, on average .3. It may bend by .5 at the base and by .5 after it: steps of .7
    # and 1.2 at most, so .7 and 1.9, on average 1.3, which is 1 more
    low, high = honest.smooth_set(HAND, 0.5, MEAN)
    assert (low, high) == pytest.approx((1.5 - 0.3 - 1.0, 1.5 - 0.3 + 1.0))
    # the changes before bend by .5
    assert np.isnan(honest.smooth_set(HAND, 0.4, MEAN)).all()


def test_with_one_period_before_and_after_the_smooth_interval_has_a_closed_form():
    # theta: 1 + .4 (the slope -.4 is taken off); variance .01 + .01; no weight is free and the bias is M
    one = path([0.4, 1.0], 0.01 * np.eye(2), 1)
    quantile = honest.folded_quantile(0.3 / np.sqrt(0.02))[0]
    low, high = honest.smooth_interval(one, 0.3, np.array([1.0]))
    assert (low + high) / 2 == pytest.approx(1.4)
    assert (high - low) / 2 == pytest.approx(quantile * np.sqrt(0.02))


def test_without_violations_the_interval_is_the_usual_one_up_to_the_two_stages():
    low, high = honest.relative_interval(HAND, 0.0, MEAN)
    assert low < 1.5 - 1.96 * np.sqrt(0.005) + 0.01
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(0.005), rel=0.01)


def test_the_least_favourable_value_of_one_corner_is_a_normal_quantile():
    assert least_favorable(np.array([[0.6, 0.8]]), 0.995) == pytest.approx(2.5758293, abs=1e-4)
    assert least_favorable(np.array([[1.0, 0.0], [-1.0, 0.0]]), 0.95) == pytest.approx(1.9599640, abs=1e-4)


# --- published: README of HonestDiD for R at commit 02b541b; Stata's honestdid 0.5.3 prints the same numbers


@pytest.mark.parametrize(
    ("multiple", "low", "high"),
    [(0.5, 0.0240, 0.0672), (1.0, 0.0170, 0.0720), (1.5, 0.00824, 0.0797), (2.0, -0.000916, 0.0881)],
)
def test_medicaid_relative_magnitudes_agree_with_what_r_prints(multiple, low, high):
    # R reports points of a grid with a distance of 40 standard errors / 999, and draws its first stage
    step = 40 * insurance().std_errors[5] / 999
    assert honest.relative_interval(insurance(), multiple, FIRST) == pytest.approx((low, high), abs=step)


# Stata's honestdid 0.5.3, three decimals
@pytest.mark.parametrize(
    ("multiple", "low", "high"), [(0.5, 0.033, 0.080), (1.0, 0.020, 0.090), (1.5, 0.006, 0.103), (2.0, -0.008, 0.117)]
)
def test_medicaid_mean_effect_agrees_with_what_stata_prints(multiple, low, high):
    step = 40 * insurance().mean()[1] / 999
    assert honest.relative_interval(insurance(), multiple, MEAN) == pytest.approx((low, high), abs=step + 0.0005)


@pytest.mark.parametrize(
    ("bound", "low", "high"),
    [(0, 0.0259, 0.0607), (0.01, 0.0132, 0.0787), (0.02, 0.00286, 0.0907), (0.03, -0.00714, 0.101)],
)
def test_medicaid_smoothness_agrees_with_what_r_prints(bound, low, high):
    # R draws the folded normal
    assert honest.smooth_interval(insurance(), bound, FIRST) == pytest.approx((low, high), abs=3e-4)


# HonestDiD for R with the quantile of the folded normal in closed form, as recorded by diff-diff
# (benchmarks/data/honest_flci_golden.json at commit 365e485)
@pytest.mark.parametrize(
    ("bound", "half"),
    [(0, 0.163563493960891), (0.05, 0.476585989561021), (0.1, 0.793333920385725), (0.5, 2.91935703682469)],
)
def test_half_lengths_agree_with_r(bound, half):
    given = path([1, 0, 1, 1.2, 1.36666666666667, 1.53333333333333, 1.7], 0.01 * np.eye(7), 3)
    low, high = honest.smooth_interval(given, bound, np.full(4, 0.25))
    assert (high - low) / 2 == pytest.approx(half, abs=1e-6)


# --- second program


@pytest.mark.parametrize("seed", range(5))
def test_identified_sets_agree_with_the_linear_programmes_of_diff_diff(seed):
    given = drawn(seed)
    weights = np.full(5, 0.2)
    before, after = given.estimates[:4], given.estimates[4:]
    theirs = honest_did._solve_rm_bounds_union(before, after, weights, 4, 0.7)
    assert honest.relative_set(given, 0.7, weights) == pytest.approx(theirs)
    rows, limits = honest_did._construct_constraints_sd(4, 5, 3.0)
    theirs = honest_did._solve_bounds_lp(before, after, weights, rows, limits, 4)
    assert honest.smooth_set(given, 3.0, weights) == pytest.approx(theirs, nan_ok=True)


def test_shortest_intervals_agree_with_diff_diff():
    given, weights = drawn(0, before=3, after=3), np.full(3, 1 / 3)
    before, after = given.estimates[:3], given.estimates[3:]
    theirs = honest_did._compute_optimal_flci(before, after, given.covariance, weights, 3, 3, 0.2)
    ours = honest.smooth_interval(given, 0.2, weights)
    assert ours[1] - ours[0] <= theirs[1] - theirs[0] + 1e-6
    assert ours == pytest.approx(theirs, abs=5e-3)


# --- known truth


@pytest.mark.parametrize("worst", [1.0, -1.0])
def test_the_hybrid_test_rejects_a_true_value_no_more_often_than_it_may(worst):
    # trends differ by .1 in one change before, and by Mbar times that in each change after: the end of the set
    rng = np.random.default_rng(6)
    truth = np.array([-0.1, -0.1, *(worst * 0.1 * np.arange(1, 4))])
    covariance = 0.002 * (np.eye(5) + 1)
    weights = np.full(3, 1 / 3)
    # corners and critical values depend on the covariance alone; changes are listed with either sign
    tests = honest._tests(path(truth, covariance, 2), 1.0, weights, 0.95)
    draws, rejected = 1000, 0
    for estimates in rng.multivariate_normal(truth, covariance, size=draws):
        changes = np.repeat(honest.changes_before(path(estimates, covariance, 2))[0], 2) * [1, -1, 1, -1]
        theta = np.array([-weights @ estimates[2:]])
        own = [replace(test, change=change) for test, change in zip(tests, changes, strict=True)]
        rejected += not any(test.accepts(theta)[0] for test in own)
    # five per cent and three standard errors
    assert rejected <= 0.05 * draws + 3 * np.sqrt(draws * 0.05 * 0.95)


def test_the_smooth_interval_contains_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(8)
    truth = np.array([-0.4, -0.2, 0.2, 0.5, 0.9])
    covariance = 0.02 * (np.eye(5) + 1)
    given = path(truth, covariance, 2)
    # slope .2 until the base, then bends of at most .1: the effect is zero, and the bound is .1
    centre, half = honest._shortest(given, 0.1, np.full(3, 1 / 3), 0.95)
    parts = [honest._shortest(path(row, covariance, 2), 0.1, np.full(3, 1 / 3), 0.95)[0] for row in np.eye(5)]
    draws = rng.multivariate_normal(truth, covariance, size=20_000) @ parts
    assert draws.mean() == pytest.approx(centre, abs=0.01)
    assert (np.abs(draws) <= half).mean() >= 0.945


# --- invariances


def test_intervals_grow_with_the_bound_and_contain_the_set():
    given, weights = drawn(3), np.full(5, 0.2)
    wide = [honest.relative_interval(given, multiple, weights) for multiple in (0.0, 0.5, 1.0)]
    assert wide[0][0] > wide[1][0] > wide[2][0]
    assert wide[0][1] < wide[1][1] < wide[2][1]
    low, high = honest.relative_set(given, 0.5, weights)
    assert wide[1][0] < low < high < wide[1][1]


def test_the_unit_of_the_outcome_and_its_sign_only_rescale():
    given, weights = drawn(4), np.full(5, 0.2)
    turned = EventPath(given.times, -1000 * given.estimates, 1e6 * given.covariance)
    for call, bound in ((honest.relative_interval, 0.3), (honest.smooth_interval, 0.1)):
        own, other = call(given, bound, weights), call(turned, bound * (1000 if bound == 0.1 else 1), weights)
        assert other == pytest.approx((-1000 * own[1], -1000 * own[0]), rel=1e-4)


def test_the_breakdown_value_is_where_zero_enters():
    given = path([0.05, 0.1, -0.1, 1.0, 1.2], 0.01 * np.eye(5), 3)
    multiple = honest.relative_interval_breakdown(given, MEAN)
    assert honest.relative_interval(given, 0.99 * multiple, MEAN)[0] > 0
    assert honest.relative_interval(given, 1.01 * multiple, MEAN)[0] < 0
    assert multiple < honest.relative_breakdown(given, MEAN)
    bound = honest.smooth_breakdown(given, MEAN)
    assert honest.smooth_interval(given, bound, MEAN)[0] == pytest.approx(0, abs=1e-4)


def test_faulty_bounds_weights_and_paths_are_refused():
    with pytest.raises(EnclaveError, match="not negative"):
        honest.relative_interval(HAND, -1.0, MEAN)
    with pytest.raises(EnclaveError, match="2 coefficients after the base"):
        honest.smooth_interval(HAND, 1.0, np.ones(3))
    with pytest.raises(EnclaveError, match="leave a gap"):
        EventPath((-3, 0), np.zeros(2), np.eye(2))
    with pytest.raises(EnclaveError, match="no coefficient on one side"):
        EventPath((0, 1), np.zeros(2), np.eye(2))


def test_the_hybrid_test_is_a_value_of_its_inputs():
    made = [honest._tests(HAND, 0.5, MEAN, 0.95)[0] for _ in range(2)]
    assert isinstance(made[0], HybridTest)
    assert np.array_equal(made[0].corners, made[1].corners)
    assert made[0].critical == made[1].critical


def test_the_order_of_rows_does_not_matter_to_a_path():
    rng = np.random.default_rng(1)
    years, units = np.tile(range(8), 20), np.repeat(range(20), 8)
    cohort = np.where(units < 6, 4.0 + units % 2, np.nan)
    panel = pd.DataFrame({"unit": units, "year": years, "cohort": cohort, "y": rng.normal(size=160)})
    for make in (event_paths.two_way, event_paths.group_time):
        one = make(panel, "y", window=(-3, 2), unit="unit")
        other = make(panel.sample(frac=1, random_state=2), "y", window=(-3, 2), unit="unit")
        assert other.estimates == pytest.approx(one.estimates)
        assert other.covariance == pytest.approx(one.covariance)
