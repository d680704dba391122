"""Drawn paths of never-treated units: by hand, their size with equal and unequal variances, what does not matter."""

import numpy as np
import pandas as pd
import pytest
import simulated

from enclave.base.errors import EnclaveError
from enclave.estimators import did, few_treated, many_draws
from enclave.estimators.many_draws import Design

PAIR = ["helper", "recipient"]


def changes(never, treated):
    """Units that change by these numbers between two years; `treated` ones are treated in the second."""
    rows = [(unit, 2000 + late, late * change) for unit, change in enumerate([*treated, *never]) for late in (0, 1)]
    panel = pd.DataFrame(rows, columns=["unit", "year", "y"])
    return panel.assign(cohort=panel["unit"].map(dict.fromkeys(range(len(treated)), 2001)).astype("Int64"))


def test_the_error_of_one_treated_unit_by_hand():
    # Ten never-treated units change by +1 or -1. The estimate for one treated unit is its change less their mean, 7.
    # Residuals are +-1, times the root of 10 / 9. A draw has the variance (1 + 1 / 10) 10 / 9 = 11 / 9, and no draw is
    # larger than (1 + 1) root(10 / 9) = 2.1.
    found = few_treated.drawn_paths(changes([1.0, -1.0] * 5, [7.0]), "y", draws=20_000, unit="unit")
    assert found["estimate"] == pytest.approx(7)
    assert found["never_treated"] == 10
    assert found["p_value"] == pytest.approx(1 / 20_001)
    noise = np.sqrt(10 / 9) * np.array([np.tile([1.0, -1.0], 5), *[np.tile([-0.1, 0.1], 5)] * 10])
    drawn = few_treated.errors_of_paths(noise, np.arange(11), 20_000, 1)
    assert drawn.var() == pytest.approx(11 / 9, rel=0.03)
    assert 7 - found["conf_low"] < 2.11
    assert found["conf_high"] - 7 < 2.11


def test_paths_are_brought_to_the_level_of_the_unit_that_gets_them_by_hand():
    # squares 1, 1, 4, 4 at levels 1, 1, 4, 4 lie on the line 0 + 1 z
    noise = np.array([[1.0, -1.0, 2.0, -2.0]])
    z = np.array([1.0, 1.0, 4.0, 4.0])
    assert few_treated.rescaled(noise, np.array([1.0]), z)[0] == pytest.approx([1, -1, 1, -1])
    assert few_treated.rescaled(noise, np.array([16.0]), z)[0] == pytest.approx([4, -4, 4, -4])
    # a variance that would fall with the level counts as constant
    assert few_treated.rescaled(noise, np.array([1.0]), z[::-1])[0] == pytest.approx(noise[0])


def design(units=60, treated=6, periods=8):
    first = np.full(units, periods)
    first[:treated] = 3 + np.arange(treated) % 3
    return Design(first, np.arange(units) % 5, np.arange(units) // 5, periods)


def share(p_values):
    return float((p_values <= 0.05 + 1e-12).mean())


def test_under_equal_variances_one_test_in_twenty_rejects():
    given, generator = design(), np.random.default_rng(11)
    outcomes = generator.normal(size=(800, *given.shape))
    slope = many_draws.slopes(given, outcomes)
    found = many_draws.by_paths(given, outcomes, slope, 3)
    # 800 draws: four standard errors of a share of .05 are .031
    assert share(found["paths"]) == pytest.approx(0.05, abs=0.031)
    assert share(found["paths rescaled"]) == pytest.approx(0.05, abs=0.035)


def test_if_the_variance_grows_with_the_level_only_rescaled_paths_keep_their_word():
    given, generator = design(), np.random.default_rng(12)
    level = np.where(given.first < given.periods, 9.0, generator.uniform(1, 9, len(given.first)))
    outcomes = level[:, None] + np.sqrt(level)[:, None] * generator.normal(size=(800, *given.shape))
    found = many_draws.by_paths(given, outcomes, many_draws.slopes(given, outcomes), 3)
    assert share(found["paths"]) > 0.09
    assert share(found["paths rescaled"]) == pytest.approx(0.05, abs=0.04)


def test_the_interval_holds_the_effect_that_was_planted():
    hits = []
    for seed in range(40):
        panel = simulated.panel(units=40, periods=6, treated=5, effect=2.0, seed=seed)
        found = few_treated.drawn_paths(panel, "y", draws=199, seed=seed)
        hits.append(found["conf_low"] <= 2.0 <= found["conf_high"])
    # 40 intervals of 95 per cent: fewer than 33 have a probability below one in a thousand
    assert sum(hits) >= 33


def test_the_estimate_is_that_of_the_regression_with_controls_and_distance():
    panel = simulated.panel(slope=1.0)
    options = {"interaction": simulated.distances(panel), "controls": simulated.controls(panel)}
    rows = did.twfe(panel, "y", **options).set_index("term")
    for term in rows.index:
        found = few_treated.drawn_paths(panel, "y", term=term, draws=19, **options)
        assert found["estimate"] == pytest.approx(rows.loc[term, "estimate"], rel=1e-9)


def test_the_level_is_the_mean_before_anybody_is_treated():
    panel = simulated.panel()
    before = panel[panel["year"] < 2004].groupby(PAIR)["count"].mean()
    np.testing.assert_allclose(few_treated.level_before(panel, "count"), before)


def test_what_cannot_be_drawn_is_refused():
    panel = simulated.panel(units=40, treated=10)
    with pytest.raises(EnclaveError, match="balanced"):
        few_treated.drawn_paths(panel.drop(index=3), "y")
    few = panel[panel["cohort"].notna() | panel["recipient"].isin(["r2"])]
    with pytest.raises(EnclaveError, match="5 units are never treated"):
        few_treated.drawn_paths(few, "y")
    level = few_treated.level_before(panel, "count")
    with pytest.raises(EnclaveError, match="variance_by"):
        few_treated.drawn_paths(panel, "y", variance_by=level * 0)
    with pytest.raises(EnclaveError, match="no period before"):
        few_treated.level_before(panel[panel["year"] > 2005], "count")
