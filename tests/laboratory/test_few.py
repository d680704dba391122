import numpy as np
import pytest

from enclave.estimators import placebo
from enclave.laboratory import few, process, scores
from enclave.laboratory.process import PERIODS, UNITS, Dials


def test_permuted_statistics_are_those_of_the_estimator_but_for_one_factor():
    outcomes = process.draws(Dials(drift=0.05, noise=2.0), 2, seed=4)
    made = few.permuted(outcomes, 13)
    first = few._dealt(13)
    treated = np.array([np.flatnonzero(one < PERIODS) for one in first])
    starts = np.take_along_axis(first, treated, axis=1)
    # the factor of clustered errors, the same in every permutation
    rows = UNITS * PERIODS
    factor = np.sqrt(UNITS / (UNITS - 1) * (rows - 1) / (rows - 1 - PERIODS))
    for draw, outcome in enumerate(outcomes):
        assert made.slopes[:, draw] == pytest.approx(placebo.estimates(outcome, treated, starts), abs=1e-12)
        wanted = placebo.t_statistics(outcome, treated, starts) * factor
        assert made.slopes[:, draw] / scores.errors(made.scores[:, draw]) == pytest.approx(wanted)


def test_the_first_permutation_is_the_true_one_and_others_deal_the_same_cohorts():
    first = few._dealt(13)
    assert (first[0] == process.design(13).first).all()
    assert (np.sort(first, axis=1) == np.sort(first[0])).all()


def test_a_placebo_by_a_loop_over_treated_pairs():
    outcomes, pairs = process.draws(Dials(treated=4), 1, seed=6), process.design(4)
    left = placebo.doubly_demeaned(outcomes[0])
    treat = placebo.doubly_demeaned(pairs.treat.astype(float))
    slope = (left * treat).sum() / (treat**2).sum()
    lenders = (left - slope * treat)[~pairs.ever]
    total = 0.0
    for own, lender in zip(np.flatnonzero(pairs.ever), few._lenders(4)[7], strict=True):
        after = pairs.treat[own]
        total += (lenders[lender] * (after - after.mean())).sum()
    assert few.placebos(outcomes, 4)[0, 7] == pytest.approx(total / (treat**2).sum())


def test_tests_reject_a_large_distance_and_no_distance_of_zero():
    placebos = np.linspace(-1, 1, few.PLACEBOS)[None]
    assert few.placebo_rejects(np.array([5.0]), placebos).all()
    assert not few.placebo_rejects(np.array([0.0]), placebos).any()


def test_the_permutation_test_is_exact_where_treated_pairs_are_like_the_others():
    # independent errors, so that every deal of the cohorts is as likely as the true one: 5 of 100 statistics may be
    # beyond, and the share in 600 draws is within three standard errors of 5 per cent
    outcomes = process.draws(Dials(treated=4, effect=0.0, serial=0.9), 600, seed=8)
    images = few.permuted(outcomes, 4)
    nothing = few.permuted(0 * outcomes[:1], 4)
    share = few.permutation_rejects(images, nothing).mean()
    assert share == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 600))
