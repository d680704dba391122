"""Equation (2): the land event study by hand, against plain NumPy, and on faulty panels."""

import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.estimators import land


@pytest.fixture
def panel():
    """12 counties, inside and outside a park, 2011 to 2020, outcomes drawn at random."""
    counties = [f"4402{number:02d}" for number in range(12)]
    rows = pd.MultiIndex.from_product([counties, [0, 1], range(2011, 2021)], names=land.KEYS).to_frame(index=False)
    return rows.assign(log_area=np.random.default_rng(5).normal(3, 1, len(rows)), noise=1.0)


def gaps(panel):
    """Counties x years: inside less outside."""
    sides = [panel[panel["park"] == side].pivot(index="county", columns="year", values="log_area") for side in (1, 0)]
    return sides[0] - sides[1]


def test_each_estimate_is_the_change_of_the_mean_gap_since_the_base_year(panel):
    found = land.event_study(panel).set_index("event_time")["estimate"]
    mean = gaps(panel).mean()
    expected = {year - 2014: mean[year] - mean[2013] for year in range(2011, 2021)}
    np.testing.assert_allclose(found[list(expected)], list(expected.values()), atol=1e-9)


def test_clustered_errors_equal_the_sandwich_of_the_gaps(panel):
    # The equation in gaps: d_ct = a_c + sum_s beta_s L^s_t + e. For balanced counties beta_s is the mean over counties
    # of d_cs - d_c,2013, and its clustered variance is the sum of squared deviations by G squared, times the factor
    # G / (G - 1) (N - 1) / (N - K) with N = 240 rows and K = 9 slopes and the constant.
    change = gaps(panel).sub(gaps(panel)[2013], axis=0).drop(columns=2013)
    groups, n, k = 12, 240, 10
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    expected = np.sqrt(((change - change.mean()) ** 2).sum() / groups**2 * factor)
    found = land.event_study(panel).set_index("event_time")["std_error"].drop(-1)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_county_years_and_county_sides_of_any_size_do_not_matter(panel):
    before = land.event_study(panel)
    year = panel["county"].astype(int) * panel["year"] / 1e6
    side = panel["county"].astype(int) * panel["park"] / 1e5
    after = land.event_study(panel.assign(log_area=panel["log_area"] + year + side))
    np.testing.assert_allclose(before["estimate"], after["estimate"], atol=1e-6)


def test_a_known_fall_is_found_in_its_years(panel):
    without = panel["year"].between(2014, 2016) & (panel["park"] == 1)
    fallen = panel.assign(log_area=panel["log_area"] - 0.7 * without)
    change = land.event_study(fallen)["estimate"] - land.event_study(panel)["estimate"]
    np.testing.assert_allclose(change, [0, 0, 0, -0.7, -0.7, -0.7, 0, 0, 0, 0], atol=1e-9)


def test_weights_of_one_change_nothing_and_weights_are_used(panel):
    equal = land.event_study(panel)
    pd.testing.assert_frame_equal(land.event_study(panel, weights="noise"), equal)
    heavy = panel.assign(weight=np.where(panel["county"] == "440200", 1e9, 1.0))
    found = land.event_study(heavy, weights="weight").set_index("event_time")["estimate"]
    alone = gaps(panel).loc["440200"]
    assert found[0] == pytest.approx(alone[2014] - alone[2013], abs=1e-4)


def test_means_by_hand():
    rows = [("a", 1, 2011, 1.0), ("b", 1, 2011, 3.0), ("a", 0, 2011, 5.0), ("b", 0, 2011, 6.0)]
    made = land.means(pd.DataFrame(rows, columns=[*land.KEYS, "log_area"]))
    assert made.to_dict("records") == [{"year": 2011, "inside": 2.0, "outside": 5.5}]


def test_order_of_rows_does_not_matter_and_input_stays_as_it_was(panel):
    before = panel.copy()
    one, other = land.event_study(panel), land.event_study(panel.sample(frac=1, random_state=2).assign(more=1))
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(panel, before)


def test_the_source_of_the_panel_is_carried_over(panel):
    panel.attrs["source"] = "demo"
    assert land.event_study(panel).attrs == land.means(panel).attrs == {"source": "demo"}


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda p: pd.concat([p, p.iloc[:1]]), {}, "appears twice"),
        (lambda p: p.assign(park=p["park"] * 2), {}, "1 inside and 0 outside"),
        (lambda p: p.assign(log_area=np.nan), {}, "has no number in 'log_area'"),
        (lambda p: p.drop(columns="park"), {}, "no column 'park'"),
        (lambda p: p[p["county"] == "440200"], {}, "fewer than two counties"),
        (lambda p: p, {"base_year": 2025}, "No year of the panel"),
        (lambda p: p[p["year"] != 2013], {}, "no rows of the base year 2013"),
        (lambda p: p, {"window": (0, 6)}, "does not contain the base"),
        (lambda p: p[(p["year"] != 2016) | (p["park"] == 0)], {}, "no county with an inside"),
    ],
)
def test_a_faulty_panel_or_window_is_refused_with_its_remedy(panel, change, options, words):
    with pytest.raises(EnclaveError, match=words):
        land.event_study(change(panel), **options)


def test_a_contrast_of_years_is_the_mean_over_counties_with_its_own_error(panel):
    # Each county gives one number: its mean gap of 2014 to 2016 less that of 2011 and 2012. The estimate is their mean;
    # the clustered variance is the sum of squared deviations by G squared, times the factor above.
    gap = gaps(panel)
    each = gap[[2014, 2015, 2016]].mean(axis=1) - gap[[2011, 2012]].mean(axis=1)
    groups, n, k = 12, 240, 10
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    found = land.contrast(panel, [2014, 2015, 2016], [2011, 2012])
    assert found["estimate"] == pytest.approx(each.mean(), abs=1e-9)
    assert found["std_error"] == pytest.approx(
        np.sqrt(((each - each.mean()) ** 2).sum() / groups**2 * factor), abs=1e-9
    )


def test_a_contrast_with_one_year_and_one_base_is_the_coefficient_of_the_year(panel):
    row = land.event_study(panel).set_index("event_time").loc[3, ["estimate", "std_error", "conf_low", "conf_high"]]
    found = land.contrast(panel, [2017], [2013])
    np.testing.assert_allclose(found[row.index].astype(float), row.astype(float), atol=1e-9)


@pytest.mark.parametrize(
    ("years", "base", "words"),
    [
        ([2014], [2014], "no year may be on both"),
        ([], [2013], "need years"),
        ([2014], [2003], "no rows of the year 2003"),
    ],
)
def test_a_contrast_of_years_that_cannot_be_compared_is_refused(panel, years, base, words):
    with pytest.raises(EnclaveError, match=words):
        land.contrast(panel, years, base)
