"""Fitting the twin: forms against the package's own estimators, yearbooks that meet moments, moves that add up."""

import numpy as np
import pandas as pd
import pytest

from enclave import cohorts, csdid, did, event_study, facts
from enclave.twin import counts
from enclave.twin.fit import forms, problem, tables, yearbook

PAIR = ["helper", "recipient"]
NEVER = 9999


@pytest.fixture(scope="module")
def panel():
    """A made-up panel of the paper's shape: 88 pairs, of which 13 are treated."""
    rng = np.random.default_rng(4)
    every = facts.distances().merge(cohorts.derive()[[*PAIR, "cohort"]], on=PAIR, how="left")
    kept = pd.concat([every[every["cohort"].notna()], every[every["cohort"].isna()].head(75)]).sort_values(PAIR)
    cells = kept[[*PAIR, "cohort"]].merge(pd.DataFrame({"year": forms.YEARS}), how="cross")
    cells["count"] = rng.poisson(0.5 + 2.0 * (cells["year"] >= cells["cohort"]))
    return cells.astype({"cohort": "Int64"})


@pytest.fixture(scope="module")
def pairs(panel):
    found = panel.drop_duplicates(PAIR)[[*PAIR, "cohort"]].merge(facts.distances(), on=PAIR)
    return found.assign(cohort=found["cohort"].fillna(NEVER).astype(int))


@pytest.fixture(scope="module")
def grid(panel):
    return panel["count"].to_numpy(float).reshape(-1, forms.T)


@pytest.fixture(scope="module")
def controls(pairs):
    """Five made-up values of each recipient, and the same as the rows of pairs, standardised."""
    rng = np.random.default_rng(5)
    cities = pd.DataFrame({"recipient": sorted(pairs["recipient"].unique())})
    for name in "abcde":
        cities[name] = rng.normal(size=len(cities))
    rows = pairs[["recipient"]].merge(cities, on="recipient").iloc[:, 1:].to_numpy()
    return cities, (rows - rows.mean(axis=0)) / rows.std(axis=0)


@pytest.mark.parametrize("distance", [None, "dist_boundary_km", "dist_prd_boundary_km"])
@pytest.mark.parametrize("controlled", [False, True])
def test_forms_give_the_estimates_and_errors_of_the_package(panel, pairs, grid, controls, distance, controlled):
    treat = (forms.YEARS[None, :] >= pairs["cohort"].to_numpy()[:, None]).astype(float)
    given = None if distance is None else pairs[distance].to_numpy()
    made = forms.regression(treat, given, controls[1] if controlled else None)
    interaction = None if distance is None else pairs.set_index(PAIR)[distance]
    own = did.twfe(panel, "count", controls=controls[0] if controlled else None, interaction=interaction)
    scores = np.tensordot(made.scores, grid.ravel(), ((0,), (0,)))
    np.testing.assert_allclose(np.tensordot(made.weights, grid, 2), own["estimate"], atol=1e-9)
    np.testing.assert_allclose(np.sqrt(made.factor * (scores**2).sum(axis=1)), own["std_error"], atol=1e-9)


def test_forms_give_the_averages_of_table_3_and_their_errors(panel, pairs, grid):
    weights, influence = forms.GroupTime(pairs["cohort"].to_numpy()).averages()
    own = csdid.aggregate(panel, "count").loc[list(forms.GroupTime.NAMES)]
    np.testing.assert_allclose(weights @ grid.ravel(), own["estimate"], atol=1e-9)
    np.testing.assert_allclose(np.sqrt(((influence @ grid.ravel()) ** 2).sum(axis=1)), own["std_error"], atol=1e-9)


def test_forms_give_the_path_of_the_event_study(panel, pairs, grid):
    times, weights = forms.event_study(pairs["cohort"].to_numpy())
    own = event_study.estimate(panel, "count").query("event_time != -1")
    assert times == own["event_time"].tolist()
    np.testing.assert_allclose(weights @ grid.ravel(), own["estimate"], atol=1e-9)


@pytest.fixture(scope="module")
def search(pairs, controls):
    pytest.importorskip("numba")
    from enclave.twin.fit import search

    builder = problem.Builder(pairs, controls[1])
    builder.moments(1.0)
    builder.regressions(problem.TABLES_2_AND_4, {})
    builder.averages(1.0)
    builder.plausible(np.full(forms.T, 40.0), 0.1)
    recipients = pairs["recipient"].astype("category").cat.codes.to_numpy()
    first = pairs.loc[pairs["cohort"] < NEVER, "cohort"].to_numpy()
    return search.Search(builder.arrays(), builder.wanted, recipients, first)
