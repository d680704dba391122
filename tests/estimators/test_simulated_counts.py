"""Simulated counts: their means are the truth, and the quick estimators are those of the book."""

import numpy as np
import pandas as pd
import pytest

from enclave.estimators import did, poisson, poisson_growth, simulated_counts
from enclave.estimators.simulated_counts import DESIGNS, PERIODS, firsts


def drawn(name, draws, seed=3):
    """True log factor, means without and with parks, and counts of a design."""
    levels, counts = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    without, mean = simulated_counts.means(DESIGNS[name], levels)
    return without, mean, simulated_counts.counts(DESIGNS[name], mean, draws, counts)


def panel_of(values):
    """One draw as a panel of pairs."""
    pairs, cohorts = len(values), np.where(firsts() < PERIODS, 2000 + firsts(), 9999)
    rows = {
        "unit": np.repeat([f"p{n:02}" for n in range(pairs)], PERIODS),
        "year": np.tile(2000 + np.arange(PERIODS), pairs),
    }
    return pd.DataFrame({**rows, "count": values.ravel(), "cohort": np.repeat(cohorts, PERIODS)})


@pytest.mark.parametrize("name", ["half of the years idle", "fewer idle years"])
def test_the_mean_of_the_counts_is_the_mean_of_the_design_whatever_share_is_idle(name):
    _, mean, values = drawn(name, 2000)
    assert values.mean() == pytest.approx(mean.mean(), rel=0.01)
    after = np.arange(PERIODS) >= firsts()[:, None]
    assert values[:, after].mean() == pytest.approx(mean[after].mean(), rel=0.02)


def test_the_truth_is_the_factor_where_there_is_one():
    without, mean, _ = drawn("few counts", 1)
    assert simulated_counts.true_log_factor(without, mean) == pytest.approx(np.log(DESIGNS["few counts"].factor))


def test_quick_estimators_are_those_of_the_book():
    _, _, values = drawn("fewer idle years", 2)
    for place in range(2):
        panel = panel_of(values[place])
        assert simulated_counts.twfe(values)[place] == pytest.approx(
            did.twfe(panel, "count", unit="unit")["estimate"].item(), rel=1e-9
        )
        assert simulated_counts.poisson_twfe(values)[place] == pytest.approx(
            poisson.twfe(panel, "count", unit="unit")["estimate"].item(), abs=1e-8
        )
        for left_out in (False, True):
            row = poisson_growth.effects(panel, "count", unit="unit", leave_out_empty=left_out).iloc[0]
            found = simulated_counts.growth(values, left_out)[place]
            assert found.tolist() == pytest.approx(row[["log_factor", "conf_low", "conf_high"]].tolist(), rel=1e-9)


def test_the_linear_factor_is_missing_where_the_model_expects_nothing():
    after = np.arange(PERIODS) >= firsts()[:, None]
    values = (
        np.zeros((1, *after.shape))
        + after * (firsts() < PERIODS)[:, None]
        + ~after * (firsts() == PERIODS)[:, None] * 5
    )
    assert np.isnan(simulated_counts.linear_log_factor(values)).all() == (
        values[:, after].mean() <= simulated_counts.twfe(values)[0]
    )
