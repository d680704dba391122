"""Many outcomes at the same time: each p value is that of the estimator for one panel, and exact tests are exact."""

import numpy as np
import pandas as pd
import pytest

from enclave.estimators import error_ladder, exact_t, few_clusters, few_treated, many_draws, placebo
from enclave.estimators.many_draws import Design

PAIR = ["helper", "recipient"]


def design(units=30, treated=6, periods=6):
    """Pairs of 5 helpers, treated from the third period on, in turn."""
    first = np.full(units, periods)
    first[:treated] = 2 + np.arange(treated) % 3
    return Design(first, np.arange(units) % 5, np.arange(units) // 5, periods)


def panel_of(given, outcome):
    """The same as a panel."""
    periods = given.periods
    units = pd.DataFrame({"helper": given.helper, "recipient": given.recipient, "first": given.first})
    rows = units.loc[units.index.repeat(periods)].reset_index(drop=True)
    rows["year"] = 2000 + np.tile(np.arange(periods), len(units))
    rows["cohort"] = (2000 + rows["first"]).where(rows["first"] < periods).astype("Int64")
    return rows.assign(y=outcome.ravel())


def test_p_values_are_those_of_the_estimators_for_one_panel(one):
    _, panel, found = one
    ladder = error_ladder.ladder(panel, "y").set_index("method")["p_value"].drop("dyadic")
    for method, p_value in ladder.items():
        assert found[method][0] == pytest.approx(p_value, abs=1e-9, nan_ok=True), method
    assert found["differences"][0] == pytest.approx(exact_t.differences(panel, "y")["p_value"], abs=1e-9)
    for key in PAIR:
        by_signs = few_clusters.wild_bootstrap(panel, "y", cluster=key, draws=512)["p_value"]
        assert found[f"signs by {key}"][0] == pytest.approx(by_signs, abs=1e-9)


def test_drawn_p_values_are_near_those_of_the_estimators_with_many_draws(one):
    given, panel, found = one
    draws, true = 1999, placebo.t_statistics(*shaped(given, panel))[0]
    expected = {
        "signs by unit": few_clusters.wild_bootstrap(panel, "y", cluster=PAIR, draws=draws),
        "signs by row": few_clusters.wild_bootstrap(panel, "y", cluster=PAIR, signs_by="row", draws=draws),
        "signs by unit, errors by helper": few_clusters.wild_bootstrap(
            panel, "y", cluster="helper", signs_by=PAIR, draws=draws
        ),
        "paths": few_treated.drawn_paths(panel, "y", draws=draws),
    }
    values = {name: row["p_value"] for name, row in expected.items()}
    for name, within in {"deals": None, "deals within helpers": "helper"}.items():
        drawn = placebo.draws(panel, "y", draws, 1, dates="permuted", statistic="t", within=within)
        values[name] = placebo.p_value(drawn, true)
    # four standard errors of a share of 199 draws
    for name, value in values.items():
        assert found[name][0] == pytest.approx(value, abs=4 * np.sqrt(0.25 / 199)), name


def shaped(given, panel):
    """The outcome, and the treated units with their first periods, as `placebo.t_statistics` takes them."""
    hit = np.flatnonzero(given.first < given.periods)
    return panel["y"].to_numpy().reshape(given.shape), hit[None], given.first[hit][None]


@pytest.fixture(scope="module")
def one():
    given = design()
    outcomes = np.random.default_rng(4).normal(size=(2, *given.shape))
    # some effect, so that p values are not all near one half
    outcomes += 0.6 * given.treat
    return given, panel_of(given, outcomes[0]), many_draws.p_values(given, outcomes, seed=1)


def test_differences_of_means_by_hand():
    # First treated in the third of four periods: (5 + 7) / 2 - (1 + 3) / 2 = 4. In the fourth: 10 - 6 / 3 = 8. A
    # never-treated unit with 0, 0, 3, 6 has 4.5 for the first date and 5 for the second: 4.75 on average.
    outcomes = np.array([[[1.0, 3, 5, 7], [1, 2, 3, 10], [0, 0, 3, 6]]])
    found = many_draws.differences(outcomes, np.array([2, 3, 4]))
    assert found[0].tolist() == [4, 8, 4.75]


def test_exact_tests_reject_one_in_twenty():
    given = design()
    outcomes = many_draws.independent(np.random.default_rng(5), given, 600)
    found = many_draws.p_values(given, outcomes, seed=2)
    # 600 draws: four standard errors of a share of .05 are .036
    for test in ("iid", "deals", "deals within helpers"):
        assert float((found[test] <= 0.05 + 1e-12).mean()) == pytest.approx(0.05, abs=0.036), test


def test_makers_have_the_variances_that_they_promise():
    given, generator = design(units=60, periods=10), np.random.default_rng(6)
    hit = given.first < given.periods
    series = many_draws.persistent(generator, given, 300)
    assert (series[..., 1:] * series[..., :-1]).mean() == pytest.approx(0.7, abs=0.03)
    assert series.var() == pytest.approx(1, abs=0.03)
    assert many_draws.by_city(generator, given, 300).var() == pytest.approx(2, abs=0.1)
    noisy = many_draws.noisy_treated(generator, given, 300)
    assert noisy[:, hit].std() / noisy[:, ~hit].std() == pytest.approx(2, abs=0.05)
    links = many_draws.counts(generator, given, 300)
    assert links[:, hit].mean() / links[:, ~hit].mean() == pytest.approx(2, abs=0.3)
    assert links[:, ~hit].mean() == pytest.approx(1, abs=0.05)
