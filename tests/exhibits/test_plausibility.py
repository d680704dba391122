"""The measures behind the rules of Appendix C, by hand or on data with a known truth."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base import terms
from enclave.base.terms import PAIR
from enclave.estimators import csdid, did
from enclave.exhibits import appendix_c, plausibility
from enclave.facts import weights


def panel_of(*pairs):
    """A panel from (cohort, counts), one row per year from 2000 on; the pairs are those of the facts."""
    keys = facts.distances()[PAIR].to_numpy()
    rows = [
        (*keys[place], 2000 + year, count, cohort)
        for place, (cohort, counts) in enumerate(pairs)
        for year, count in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=[*PAIR, "year", "count", "cohort"]).astype({"cohort": "Int64"})


def drawn(seed, shape=(40, 19), level=3.0):
    """A panel of never-treated pairs with Poisson counts and a few treated ones."""
    rng = np.random.default_rng(seed)
    cohorts = [2008, 2011, 2014, *[pd.NA] * (shape[0] - 3)]
    return panel_of(*((cohort, rng.poisson(level, shape[1])) for cohort in cohorts))


def test_the_odd_year_is_measured_from_the_path_of_new_firms():
    path = weights.new_firms().to_numpy()
    # one year has e times as many links: its log lies 1 above, less its share in the mean of nineteen logs
    counts = path * np.where(np.arange(19) == 7, np.e, 1.0)
    assert plausibility.odd_year(panel_of((pd.NA, counts), (pd.NA, 2 * counts))) == pytest.approx(18 / 19)


def test_a_year_of_treated_pairs_far_above_or_below_its_neighbours():
    never = (pd.NA, [1] * 5)
    # totals 2 9 4 4 4: nine over the mean of two and four
    assert plausibility.treated_year(panel_of((2002, [1, 5, 2, 2, 2]), (2003, [1, 4, 2, 2, 2]), never)) == 3.0
    # totals 8 2 8 8 8: eight over two
    assert plausibility.treated_year(panel_of((2002, [8, 2, 8, 8, 8]), never)) == 4.0


def test_a_wave_of_treated_pairs_is_their_share_of_new_firms_beside_that_of_five_years():
    firms = 100 * weights.new_firms().loc[2000:2004].to_numpy()
    # in step with new firms there is no wave, whatever the level
    assert plausibility.treated_path(panel_of((2002, (3 * firms).tolist()))) == pytest.approx(1)
    # shares 1 1 4 1 1: in the middle the mean is 8 / 5; at the ends the mean is over three years
    shares = np.array([1, 1, 4, 1, 1])
    assert plausibility.treated_path(panel_of((2002, (shares * firms).tolist()))) == pytest.approx(4 / (8 / 5))
    # a hole is a wave too: shares 4 4 1 4 4 are 17 / 5 around the middle
    assert plausibility.treated_path(panel_of((2002, ((5 - shares) * firms).tolist()))) == pytest.approx(17 / 5)


def test_treated_pairs_that_jump_together_are_far_from_zero_in_standard_errors():
    # never-treated pairs with a dispersion of exactly 1: pair by year counts 2 0 2 0, 0 2 0 2 have chi2 8 on 3
    never = [(pd.NA, [2, 0, 2, 0]), (pd.NA, [0, 2, 0, 2])]
    panel = panel_of((2002, [1, 4, 1, 3]), (2003, [1, 4, 1, 3]), *never)
    spread = 8 / 3
    assert plausibility.dispersion(panel) == pytest.approx(spread)
    # jumps: 4 less 1, and 1 less 3.5; means of the three years 2 and 8/3; two pairs
    expected = max(3 / np.sqrt(1.5 * spread * 2), 2.5 / np.sqrt(1.5 * spread * 8 / 3)) * np.sqrt(2)
    assert plausibility.common_year(panel) == pytest.approx(expected)


def test_poisson_counts_have_a_dispersion_of_one_and_bundles_of_two_have_two():
    plain = drawn(1, (100, 19))
    bundles = plain.assign(count=2 * plain["count"])
    assert plausibility.dispersion(plain) == pytest.approx(1, abs=0.1)
    assert plausibility.dispersion(bundles) == pytest.approx(2 * plausibility.dispersion(plain))


def test_the_class_with_the_least_dispersion_is_found():
    rng = np.random.default_rng(7)
    small, large = ([(pd.NA, k * rng.poisson(level, 19)) for _ in range(60)] for level, k in ((3, 2), (60, 1)))
    panel = panel_of(*small[:30], *large[:30], *[(pd.NA, 2 * rng.poisson(8, 19)) for _ in range(30)])
    assert plausibility.dispersion_by_size(panel) == pytest.approx(1, abs=0.15)
    assert plausibility.dispersion(panel) > 1.2


def test_classes_of_size_hold_every_never_treated_pair_once():
    panel = drawn(3)
    classes = plausibility.by_size(panel)
    assert [len(one) for one in classes] == [13, 12, 12]
    assert not pd.concat(classes).index.duplicated().any()
    totals = [one.sum(axis=1) for one in classes]
    assert totals[0].max() <= totals[1].min()
    assert totals[1].max() <= totals[2].min()


def test_flat_large_pairs_beside_growing_small_ones_grow_unevenly():
    growing, flat = np.arange(1, 20), np.full(19, 40)
    even = panel_of(*[(pd.NA, k * growing) for k in (1, 2, 3, 4, 5, 6)])
    assert plausibility.uneven_growth(even) == pytest.approx(0, abs=1e-9)
    assert plausibility.uneven_pair(even) == pytest.approx(0, abs=1e-9)
    mixed = panel_of(*[(pd.NA, growing)] * 4, *[(pd.NA, flat)] * 2)
    assert plausibility.uneven_pair(mixed) >= 1 - 1e-9
    assert plausibility.uneven_growth(mixed) > 0.5


def test_growth_before_the_park_is_the_elasticity_to_new_firms():
    path = 50 * weights.new_firms().to_numpy()
    pairs = [(2010, path**2 / 50), (2014, path**2 / 20), (pd.NA, path)]
    assert plausibility.growth_before(panel_of(*pairs)) == pytest.approx(2, abs=1e-6)
    after = [(2010, np.where(np.arange(19) >= 10, 999, path)), (pd.NA, path)]
    assert plausibility.growth_before(panel_of(*after)) == pytest.approx(1, abs=1e-6)


def test_a_known_distance_elasticity_is_found():
    pairs = facts.distances()
    size = weights.economies()
    level = pairs["helper"].map(size) * pairs["recipient"].map(size) ** 0.5 * pairs["dist_centroid_km"] ** -1.2
    rows = pairs[PAIR].assign(count=level, year=2000, cohort=pd.NA).astype({"cohort": "Int64"})
    assert plausibility.distance_elasticity(rows) == pytest.approx(-1.2, abs=1e-6)


def test_a_poisson_regression_gives_its_true_coefficients_to_noise_free_means():
    design = np.column_stack([np.ones(50), np.linspace(-2, 3, 50)])
    np.testing.assert_allclose(plausibility.poisson(np.exp(design @ [0.5, -1.5]), design), [0.5, -1.5], atol=1e-8)


def test_shares_of_helpers_as_large_as_their_economies_differ_by_nothing():
    pairs = facts.distances()
    size = pairs["helper"].map(weights.economies())
    rows = pairs[PAIR].assign(count=size, year=2000, cohort=pd.NA).astype({"cohort": "Int64"})
    assert plausibility.helper_shares(rows) == pytest.approx(0, abs=1e-12)
    one = rows["helper"].iloc[0]
    others = size[rows["helper"] != one].sum()
    alone = rows.assign(count=rows["count"].where(rows["helper"] == one, 0))
    assert plausibility.helper_shares(alone) == pytest.approx(others / size.sum())


def test_the_largest_never_treated_pair_has_its_share():
    assert plausibility.largest_control(panel_of((2001, [50, 50]), (pd.NA, [1, 2]), (pd.NA, [0, 7]))) == 0.7


def test_estimates_without_a_pair_are_those_of_the_estimators():
    panel = drawn(4)
    panel.loc[panel["year"] >= panel["cohort"].fillna(9999), "count"] += 5
    every = did.twfe(panel, "count")["estimate"].iloc[0]
    post = csdid.aggregate(panel, "count").loc["dynamic_post_avg", "estimate"]
    ratios, averages = [], []
    for pair, _ in panel[panel["cohort"].notna()].groupby(PAIR):
        less = panel[(panel[PAIR] != list(pair)).any(axis=1)]
        ratios.append(did.twfe(less, "count")["estimate"].iloc[0] / every)
        averages.append(csdid.aggregate(less, "count").loc["dynamic_post_avg", "estimate"] / post)
    assert plausibility.without_a_pair(panel) == pytest.approx(min(ratios))
    assert plausibility.post_without_a_pair(panel) == pytest.approx(min(averages))


def test_a_late_start_is_a_count_after_ten_years_with_one_link_at_most():
    quiet, busy = [0] * 4 + [1] + [0] * 6, [2] + [0] * 9
    assert plausibility.late_start(panel_of((pd.NA, [*quiet, 7]), (pd.NA, [3] * 12))) == 7
    assert plausibility.late_start(panel_of((pd.NA, [*busy, 0, 0]), (pd.NA, [3] * 12))) == 0


def test_the_level_before_the_park_is_compared_in_the_same_years():
    # treated: 4 and 6 before 2002; never treated: 1 and 3 on average in these two years
    panel = panel_of((2002, [4, 6, 90]), (pd.NA, [1, 3, 50]), (pd.NA, [1, 3, 50]))
    assert plausibility.level_before(panel) == pytest.approx(10 / 4)


def test_ranks_are_compared_over_never_treated_pairs_that_all_three_have():
    one = panel_of((2001, [90, 90]), (pd.NA, [1, 1]), (pd.NA, [2, 2]), (pd.NA, [3, 3]))
    assert plausibility.same_ranks(one, one, one) == pytest.approx(1)
    turned = panel_of((2001, [90, 90]), (pd.NA, [3, 3]), (pd.NA, [2, 2]), (pd.NA, [1, 1]))
    assert plausibility.same_ranks(one, one, turned) == pytest.approx(-1)


def test_shares_of_manufacturing_by_side():
    made, every = panel_of((2001, [1, 3]), (pd.NA, [2, 2])), panel_of((2001, [8, 8]), (pd.NA, [10, 30]))
    assert plausibility.manufacturing_shares(made, every) == (0.1, 0.25)


def test_every_limit_is_wider_than_nothing_and_has_a_reason():
    assert all(rule.low < rule.high and rule.why for rule in appendix_c.RULES)
    keys = [(rule.panel, rule.words) for rule in appendix_c.RULES]
    assert len(set(keys)) == len(keys)


def test_the_path_of_new_firms_rises_most_with_the_reform_of_2014():
    path = weights.new_firms()
    assert list(path.index) == list(terms.YEARS)
    assert path.mean() == pytest.approx(1)
    growth = path.pct_change().dropna()
    assert growth.idxmax() == 2014
    # 365 new firms in 2014 for 250.27 in 2013 (10,000), to the power of a half
    assert growth[2014] == pytest.approx(np.sqrt(365.0 / 250.27) - 1)
    assert growth.loc[2007:2009].max() < growth.loc[2001:2003].min()


def test_sizes_of_economies_are_those_of_one_year_for_all_cities():
    sizes = weights.economies()
    assert set(facts.cities()["code"]) <= set(sizes.index)
    assert sizes["440100"] == 12380
