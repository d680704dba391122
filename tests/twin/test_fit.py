"""Parts of the fit: forms against the estimators, yearbooks that meet moments, moves that add up."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.terms import DISTANCES, PAIR
from enclave.estimators import csdid, did, event_study
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin.fit import linear_forms, solution, yearbook
from enclave_twin.fit import targets as problem

pytestmark = pytest.mark.fit
NEVER = 9999


@pytest.fixture(scope="module")
def panel():
    """A made-up panel of the paper's shape: 88 pairs, of which 13 are treated."""
    rng = np.random.default_rng(4)
    every = facts.distances().merge(treated_pairs.by_rule()[[*PAIR, "cohort"]], on=PAIR, how="left")
    kept = pd.concat([every[every["cohort"].notna()], every[every["cohort"].isna()].head(75)]).sort_values(PAIR)
    cells = kept[[*PAIR, "cohort"]].merge(pd.DataFrame({"year": linear_forms.YEARS}), how="cross")
    cells["count"] = rng.poisson(0.5 + 2.0 * (cells["year"] >= cells["cohort"]))
    return cells.astype({"cohort": "Int64"})


@pytest.fixture(scope="module")
def pairs(panel):
    found = panel.drop_duplicates(PAIR)[[*PAIR, "cohort"]].merge(facts.distances(), on=PAIR)
    return found.assign(cohort=found["cohort"].fillna(NEVER).astype(int))


@pytest.fixture(scope="module")
def grid(panel):
    return panel["count"].to_numpy(float).reshape(-1, linear_forms.T)


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
    treat = (linear_forms.YEARS[None, :] >= pairs["cohort"].to_numpy()[:, None]).astype(float)
    given = None if distance is None else pairs[distance].to_numpy()
    made = linear_forms.regression(treat, given, controls[1] if controlled else None)
    interaction = None if distance is None else pairs.set_index(PAIR)[distance]
    own = did.twfe(panel, "count", controls=controls[0] if controlled else None, interaction=interaction)
    scores = np.tensordot(made.scores, grid.ravel(), ((0,), (0,)))
    np.testing.assert_allclose(np.tensordot(made.weights, grid, 2), own["estimate"], atol=1e-9)
    np.testing.assert_allclose(np.sqrt(made.factor * (scores**2).sum(axis=1)), own["std_error"], atol=1e-9)


def test_forms_give_the_averages_of_table_3_and_their_errors(panel, pairs, grid):
    weights, influence = linear_forms.GroupTime(pairs["cohort"].to_numpy()).averages()
    own = csdid.aggregate(panel, "count").loc[list(linear_forms.GroupTime.NAMES)]
    np.testing.assert_allclose(weights @ grid.ravel(), own["estimate"], atol=1e-9)
    np.testing.assert_allclose(np.sqrt(((influence @ grid.ravel()) ** 2).sum(axis=1)), own["std_error"], atol=1e-9)


def test_forms_give_the_path_of_the_event_study(panel, pairs, grid):
    times, weights = linear_forms.event_study(pairs["cohort"].to_numpy())
    own = event_study.estimate(panel, "count").query("event_time != -1")
    assert times == own["event_time"].tolist()
    np.testing.assert_allclose(weights @ grid.ravel(), own["estimate"], atol=1e-9)


@pytest.fixture(scope="module")
def search(pairs, controls):
    pytest.importorskip("numba")
    from enclave_twin.fit import annealing as module

    builder = problem.Builder(pairs, controls[1])
    builder.moments()
    builder.regressions(problem.TABLES_2_AND_4)
    builder.averages()
    builder.plausible(np.full(linear_forms.T, 40.0), 0.1)
    recipients = pairs["recipient"].astype("category").cat.codes.to_numpy()
    first = pairs.loc[pairs["cohort"] < NEVER, "cohort"].to_numpy()
    return module.Search(builder.arrays(), builder.wanted, recipients, first)


@pytest.fixture
def start(grid):
    return np.minimum(grid, 60).astype(np.int64).ravel()


def test_what_a_search_computes_is_what_the_package_estimates(search, panel, controls, start):
    found = dict(zip(search.wanted.names, search.values(start), strict=True))
    own = did.twfe(panel, "log_count", controls=controls[0]).iloc[0]
    assert found["2", "4", "treat", "estimate"] == pytest.approx(own["estimate"], abs=1e-9)
    assert found["2", "4", "treat", "std_error"] == pytest.approx(own["std_error"], abs=1e-9)
    assert found["2", "4", "model", "r2"] == pytest.approx(own["r2"], abs=1e-9)
    never = panel[panel["cohort"].isna()]["count"]
    assert found["1", "control", "investments", "mean"] == pytest.approx(never.mean(), abs=1e-12)
    assert found["1", "control", "investments", "sd"] == pytest.approx(never.std(), abs=1e-12)


def test_moves_leave_a_state_that_a_fresh_count_confirms(search, start):
    from enclave_twin.fit import annealing as module
    from enclave_twin.fit import annealing_moves

    state, new = search.state(start), search.state(start)
    given = (search.arrays.weight, search.log, search.unlikely(start), search.recipients, search.treated)
    annealing_moves.anneal(search.arrays, state, new, *given, module.CHANCES, (0.05, 0.1), 2000, 3, start.copy())
    fresh = search.state(state.counts)
    assert (state.counts != start).sum() > 50
    for name in state._fields:
        np.testing.assert_allclose(getattr(state, name), getattr(fresh, name), atol=1e-7, err_msg=name)


def test_annealing_comes_nearer_and_the_same_seed_gives_the_same_counts(search, start):
    first, best = search.anneal(start, (0.1, 1.0), 4000, 11)
    again, _ = search.anneal(start, (0.1, 1.0), 4000, 11)
    assert search.away(best).sum() < 0.9 * search.away(start).sum()
    assert (first == again).all()
    assert (best >= 0).all()
    assert (best.reshape(-1, linear_forms.T).sum(axis=1) > 0).all()


@pytest.fixture(scope="module")
def shaped(panel, pairs):
    """Made-up shapes of the treated pairs, what they make of a panel that is zero elsewhere, and their forms."""
    pytest.importorskip("numba")
    from enclave_twin.fit import thirteen_paths

    own = pairs[pairs["cohort"] < NEVER]
    cohort, km = own["cohort"].to_numpy(), own[DISTANCES].to_numpy()
    x = np.random.default_rng(6).normal(1.0, 0.5, (thirteen_paths.SHAPES, len(own)))
    since = linear_forms.YEARS[None, :] - cohort[:, None]
    after = since >= 0
    rising, late = np.clip(since, 0, 8) / 8, np.clip((linear_forms.YEARS - 2014) / 4, 0, 1) * after
    path = x[0][:, None] * after + x[1][:, None] * rising + x[2][:, None] * (since == -1) + x[3][:, None] * late
    made = panel.sort_values([*PAIR, "year"], ignore_index=True)
    made["count"] = 0.0
    made.loc[made["cohort"].notna(), "count"] = path.ravel()
    return made, x.ravel(), thirteen_paths.shapes(cohort, km)


def test_linear_forms_are_the_regressions_of_a_panel_of_nothing_but_shapes(shaped, pairs):
    panel, x, made = shaped
    plain = did.twfe(panel, "count")
    km = pairs.set_index(PAIR)["dist_centroid_km"]
    own = did.twfe(panel, "count", interaction=km)
    errors = np.sqrt(((made.scores @ x) ** 2).sum(axis=1) / 1.002)
    places = [0, 3, 4]
    np.testing.assert_allclose((made.linear @ x)[places], [*plain["estimate"], *own["estimate"]], atol=1e-9)
    np.testing.assert_allclose(errors[places], [*plain["std_error"], *own["std_error"]], atol=1e-9)
    total = ((panel["count"] - panel["count"].mean()) ** 2).sum()
    gain = own["r2"].iloc[0] - plain["r2"].iloc[0]
    assert (made.linear @ x)[4] ** 2 * made.left[1] / total == pytest.approx(gain, abs=1e-9)


def test_linear_averages_are_those_of_table_3(shaped):
    panel, x, made = shaped
    own = csdid.aggregate(panel, "count").loc[["simple", "dynamic_post_avg", "calendar_avg", "group_avg"], "estimate"]
    np.testing.assert_allclose(made.averages @ x, own, atol=1e-9)


def test_documented_lists_name_a_pair_and_year_once_and_begin_with_the_programme():
    pytest.importorskip("numba")
    from enclave_twin.fit import pair_lists

    found = pair_lists.candidates()
    assert not found.duplicated([*PAIR, "cohort"]).any()
    assert found["cohort"].between(2005, 2018).all()
    assert set(found["park"]) <= set(facts.parks()["park_zh"])


def test_a_fitted_yearbook_has_the_printed_moments_and_keeps_its_first_year(panel):
    rng = np.random.default_rng(8)
    kept = panel.drop_duplicates(PAIR)[["recipient"]].assign(treated=panel.drop_duplicates(PAIR)["cohort"].notna())
    base = yearbook.first_year(rng.normal(size=(12, 5)).clip(-1.5, 1.5), sorted(kept["recipient"].unique()))
    made = yearbook.figures(base, kept, solution.table_1(), rng)
    first = made[made["year"] == 2000].reset_index(drop=True)
    assert (first[base.columns].astype(dict.fromkeys(base.columns[1:], int)) == base).all(axis=None)
    control = kept.loc[~kept["treated"], ["recipient"]].merge(made, on="recipient")
    beds = (control["hospital_beds"] / control["population_10k"]).dropna().astype(float)
    low, high = solution.table_1()["hospital_beds_per_10k"][0]
    assert low <= beds.mean() <= high


def test_tables_of_a_solution_are_a_set_that_registers_can_be_written_from(tmp_path):
    committed = targets.read()
    wide = {
        name: committed[name].pivot(index=PAIR, columns="year", values="count").fillna(0).astype(int)
        for name in ("manufacturing", "all_industry", "branches")
    }
    base = committed["yearbook"].query("year == 2000").drop(columns="year").reset_index(drop=True)
    found = solution.Solution(
        **wide, base=base.astype(dict.fromkeys(base.columns[1:], int)), treated=treated_pairs.by_rule()
    )
    targets.write(solution.tables(found, seed=2), tmp_path)
    again = targets.read(tmp_path)
    for name in wide:
        assert again[name].equals(committed[name]), name
