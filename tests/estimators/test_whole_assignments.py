"""Exchanges of cities: all of them by force, the regression of the book, and the size of the test."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import placebo, spillovers, whole_assignments

TERMS = ["treat", "same_helper", "same_recipient"]


def rectangle(helpers, recipients, years, parks, seed=1):
    """Every pair of cities; `parks` has the first treated year of some (helper, recipient)."""
    names = pd.MultiIndex.from_product([range(helpers), range(recipients), range(1, years + 1)], names=[*PAIR, "year"])
    panel = names.to_frame(index=False)
    first = [parks.get(pair) for pair in zip(panel["helper"], panel["recipient"], strict=True)]
    panel["cohort"] = pd.array(first, dtype="Int64")
    return panel.assign(y=np.random.default_rng(seed).normal(size=len(panel)))


@pytest.fixture
def small():
    return rectangle(3, 3, 4, {(0, 0): 2, (0, 1): 3, (1, 1): 3})


def moved(panel, helpers, recipients):
    """The panel after cities have changed places: the outcome of a pair is that of the pair in its place."""
    back = panel.set_index([*PAIR, "year"])["y"]
    keys = [(helpers[row.helper], recipients[row.recipient], row.year) for row in panel[[*PAIR, "year"]].itertuples()]
    return panel.assign(y=back.loc[keys].to_numpy())


@pytest.mark.parametrize("statistic", ["t", "estimate"])
def test_all_exchanges_of_three_and_three_cities_are_those_that_regressions_give(small, statistic):
    found = whole_assignments.draws(small, "y", 35, 0, statistic=statistic)
    assert len(found) == 36
    column = "statistic" if statistic == "t" else "estimate"
    real = spillovers.regression(small, "y")
    assert found[TERMS].iloc[0].tolist() == pytest.approx(real[column].tolist(), abs=1e-9)
    # every sixth exchange by a regression of its own: one place of the recipients for each of the helpers
    expected = [
        spillovers.regression(moved(small, helpers, (1, 0, 2)), "y")[column].tolist()
        for helpers in permutations(range(3))
    ]
    rows = found[TERMS].to_numpy()
    for one in expected:
        assert np.isclose(rows, one, rtol=1e-8, atol=1e-9).all(axis=1).any()


def test_the_share_of_all_exchanges_is_the_p_value(small):
    found = whole_assignments.draws(small, "y", 35, 0)
    reached = (found["treat"].abs() >= abs(found["treat"].iloc[0]) - 1e-9).mean()
    assert whole_assignments.p_values(found).set_index("term").loc["treat", "p_value"] == pytest.approx(reached)


def test_drawn_exchanges_are_among_all_of_them(small):
    every = whole_assignments.draws(small, "y", 35, 0)[TERMS].to_numpy()
    drawn = whole_assignments.draws(small, "y", 34, 5)[TERMS].to_numpy()
    assert len(drawn) == 35
    assert all(np.isclose(every, one, atol=1e-9).all(axis=1).any() for one in drawn)


def test_without_any_effect_the_test_rejects_as_often_as_it_should():
    """At 10 per cent with all 36 exchanges: 3 of 36 may be as far out, so at most 0.083 are rejected."""
    panel = rectangle(3, 3, 4, {(0, 0): 2, (0, 1): 3, (1, 1): 3})
    terms = spillovers.exposure(panel)[TERMS].to_numpy().T.reshape(3, 9, 4)
    rng, count = np.random.default_rng(4), 600
    city = rng.normal(size=(count, 3, 1, 1)) * np.arange(4)  # pairs of a helper have a trend in common
    y = city + rng.normal(size=(count, 3, 3, 4))
    t = [
        whole_assignments.fits(terms, y[:, helpers][:, :, recipients].reshape(count, 9, 4))[1]
        for helpers in permutations(range(3))
        for recipients in permutations(range(3))
    ]
    p = (np.abs(t) >= np.abs(t[0]) - 1e-9).mean(axis=0)
    rejected = (p <= 0.1).mean(axis=0)
    # three standard deviations of a share of 0.083 among 600 are 0.034
    assert (rejected < 0.083 + 0.034).all()
    assert (rejected > 0.02).all()
    # single pairs that change places do not keep the trend of a helper together
    assert placebo.p_value(np.array([0.0, 1.0]), 0.5) == pytest.approx(2 / 3)


def test_slopes_and_t_statistics_for_many_outcomes_are_those_of_single_regressions(small):
    terms = spillovers.exposure(small)[TERMS].to_numpy().T.reshape(3, 9, 4)
    other = small.assign(y=np.random.default_rng(9).normal(size=len(small)))
    outcomes = np.array([panel["y"].to_numpy().reshape(9, 4) for panel in (small, other)])
    slopes, t = whole_assignments.fits(terms, outcomes)
    for place, panel in enumerate((small, other)):
        rows = spillovers.regression(panel, "y")
        np.testing.assert_allclose(slopes[place], rows["estimate"], atol=1e-9)
        np.testing.assert_allclose(t[place], rows["statistic"], atol=1e-8)


def test_a_term_that_the_effects_explain_is_refused(small):
    terms = np.ones((1, 9, 4))
    with pytest.raises(EnclaveError, match="explain one of the terms"):
        whole_assignments.fits(terms, np.zeros((1, 9, 4)))


def test_absent_pairs_become_pairs_without_links(small):
    fewer = small[~((small["helper"] == 2) & (small["recipient"] == 0))]
    with pytest.raises(EnclaveError, match="32 rows, and 3 x 3 pairs in 4 periods have 36"):
        whole_assignments.draws(fewer, "y", 9, 1)
    filled = whole_assignments.every_pair(fewer, "y")
    added = filled.query("helper == 2 and recipient == 0")
    assert added["y"].tolist() == [0.0] * 4
    assert added["cohort"].isna().all()
    kept = filled.drop(index=added.index)
    pd.testing.assert_frame_equal(kept.reset_index(drop=True), fewer[list(kept)].reset_index(drop=True))


def test_names_and_order_do_not_matter_and_a_seed_gives_the_same_draws():
    panel = rectangle(5, 6, 4, {(0, 0): 2, (0, 1): 3, (1, 1): 3, (3, 4): 2})
    one = whole_assignments.draws(panel, "y", 40, 7)
    other = panel.assign(helper=9 - panel["helper"], recipient=(panel["recipient"] * 5) % 7)
    pd.testing.assert_frame_equal(one, whole_assignments.draws(other.sample(frac=1, random_state=2), "y", 40, 7))
    assert not one.equals(whole_assignments.draws(panel, "y", 40, 8))
