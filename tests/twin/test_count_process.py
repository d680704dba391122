"""The processes that draw counts: their moments, gravity, years and parks."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base import terms
from enclave.facts import park_counties, weights
from enclave_twin.counts import land, links


@pytest.mark.parametrize("mean", [0.1, 1.0, 20.0])
def test_bundled_counts_have_the_wanted_mean_and_a_variance_that_is_a_multiple_of_it(mean):
    made = links.bundled(np.full(200_000, mean), 2.5, np.random.default_rng(1))
    assert made.mean() == pytest.approx(mean, rel=0.03)
    assert made.var() / made.mean() == pytest.approx(2.5, rel=0.05)


def test_gravity_halves_when_the_distance_doubles_and_rises_with_both_economies():
    sizes = weights.economies()
    made = links.gravity(
        pd.Series(["440100", "440100", "440400"]),
        pd.Series(["440200", "440200", "440200"]),
        pd.Series([100.0, 200.0, 100.0]),
    )
    assert made[0] / made[1] == pytest.approx(2.0)
    assert made[0] / made[2] == pytest.approx((sizes["440100"] / sizes["440400"]) ** links.OF_HELPER)


@pytest.fixture(scope="module")
def draws():
    """Twelve draws of the three counts of the 108 pairs."""
    pairs = links.pair_frame()
    return pairs, [links.families(pairs, np.random.default_rng(seed)) for seed in range(12)]


def test_means_and_deviations_of_a_draw_are_near_those_of_table_1(draws):
    pairs, made = draws
    treated = pairs["cohort"].notna().to_numpy()
    never, own = [], []
    for one in made:
        counts = one["manufacturing"]
        never.append(counts[~treated & (counts.sum(axis=1) > 0)])
        own.append(counts[treated])
    # Table 1: 0.55 and 1.16, 0.28 and 0.50 in logs; 2.5 and 4.12, 0.81 and 0.87
    for counts, wanted in ((never, (0.55, 1.16, 0.28, 0.50)), (own, (2.5, 4.12, 0.81, 0.87))):
        moments = [(one.mean(), one.std(), np.log1p(one).mean(), np.log1p(one).std()) for one in counts]
        assert np.mean(moments, axis=0) == pytest.approx(wanted, rel=0.2)


def test_coefficients_of_draws_are_on_average_those_of_column_1(draws):
    pairs, made = draws
    treat = (links.YEARS[None, :] >= pairs["cohort"].to_numpy()[:, None]).astype(float)
    for name, wanted in (("branches", 10.98), ("all_industry", 12.728)):
        found = np.mean([links._coefficient(one[name], treat) for one in made])
        assert found == pytest.approx(wanted, rel=0.25), name


def test_treated_pairs_grow_like_new_firms_before_their_park(draws):
    pairs, made = draws
    own = pairs[pairs["cohort"].notna()]
    path = weights.new_firms().to_numpy()
    early, late = [], []
    for place, cohort in zip(own.index, own["cohort"], strict=True):
        first = int(cohort) - terms.YEARS[0]
        half = first // 2
        for one in made:
            counts = one["manufacturing"][place]
            early.append((counts[:half].sum(), path[:half].sum()))
            late.append((counts[half:first].sum(), path[half:first].sum()))
    rates = [np.sum([count for count, _ in part]) / np.sum([new for _, new in part]) for part in (early, late)]
    assert rates[1] / rates[0] == pytest.approx(1, abs=0.25)


def test_the_same_pairs_are_large_in_all_three_counts(draws):
    pairs, made = draws
    never = pairs["cohort"].isna().to_numpy()
    for one in made:
        linked = never & (one["manufacturing"].sum(axis=1) > 0)
        ranks = pd.DataFrame({name: counts[linked].sum(axis=1) for name, counts in one.items()}).corr("spearman")
        assert ranks.to_numpy().min() > 0.5


def test_nothing_is_granted_inside_a_park_before_documents_name_it():
    table = land.grants(np.random.default_rng(3))
    inside = table[table["park"] == 1]
    first = inside["county"].map(park_counties.first_years())
    assert (inside["year"] >= first).all()
    # some parks are younger than the first year of the panel
    assert (first > terms.LAND_YEARS[0]).any()
    assert set(facts.counties()["code"]) >= set(inside["county"])


def test_in_every_year_some_parks_grant_nothing():
    born = park_counties.first_years()
    for seed in range(3):
        table = land.grants(np.random.default_rng(seed)).query("park == 1")
        assert table.groupby("year").size().max() < len(born)
