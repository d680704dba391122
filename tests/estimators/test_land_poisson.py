"""Land in hectares: ratios by hand, a logit of shares in statsmodels, a known truth, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from enclave.base.errors import EnclaveError
from enclave.estimators import land_poisson

YEARS = range(2011, 2019)
AFTER, BEFORE = [2014, 2015], [2011, 2012]


def areas_of(cells):
    """A land panel from (county, park, year, area)."""
    return pd.DataFrame(cells, columns=["county", "park", "year", "area_ha"])


@pytest.fixture(scope="module")
def land():
    """Eight counties with two sides: inside falls to a half after 2012 and a fifth of the cells has no grant."""
    random = np.random.default_rng(6)
    keys = pd.MultiIndex.from_product([[f"c{n}" for n in range(8)], [0, 1], YEARS], names=["county", "park", "year"])
    cells = keys.to_frame(index=False)
    fall = np.where((cells["park"] == 1) & (cells["year"] > 2012), 0.5, 1.0)
    return cells.assign(area_ha=10 * fall * random.gamma(2, 0.5, len(cells)) * (random.random(len(cells)) > 0.2))


@pytest.fixture(scope="module")
def elsewhere():
    random = np.random.default_rng(7)
    keys = pd.MultiIndex.from_product([[f"e{n}" for n in range(10)], YEARS], names=["county", "year"])
    return keys.to_frame(index=False).assign(area_ha=random.gamma(2, 3, len(keys)))


def test_one_year_on_each_side_is_a_ratio_of_ratios_of_sums():
    # Inside 4 + 6 = 10 falls to 1 + 2 = 3; elsewhere 5 + 3 = 8 grows to 6 + 10 = 16: (3 / 10) / (16 / 8) = 0.15.
    # Outside 2 + 2 = 4 grows to 7 + 9 = 16: (16 / 4) / 2 = 2. Both sides: 14 become 19, so 19 / 28.
    cells = [("a", 1, 2012, 4), ("a", 1, 2014, 1), ("b", 1, 2012, 6), ("b", 1, 2014, 2)]
    cells += [("a", 0, 2012, 2), ("a", 0, 2014, 7), ("b", 0, 2012, 2), ("b", 0, 2014, 9)]
    others = pd.DataFrame({"county": list("xxyy"), "year": [2012, 2014] * 2, "area_ha": [5.0, 6, 3, 10]})
    for side, ratio in {"inside": 0.15, "outside": 2, "county": 19 / 28}.items():
        given = (areas_of(cells), others, [2014], [2012])
        assert np.exp(land_poisson.ratio_of_sums(*given, side=side)) == pytest.approx(ratio)
        assert np.exp(land_poisson.against(*given, side=side)["estimate"]) == pytest.approx(ratio, rel=1e-8)


@pytest.mark.parametrize("side", land_poisson.SIDES)
def test_with_several_years_the_regression_is_still_the_ratio_of_sums(land, elsewhere, side):
    given = (land, elsewhere, AFTER, BEFORE)
    found = land_poisson.against(*given, side=side)
    assert found["estimate"] == pytest.approx(land_poisson.ratio_of_sums(*given, side=side), abs=1e-8)
    assert found[["counties", "controls"]].tolist() == [8, 10]


def test_within_a_county_it_is_a_logit_of_the_share_inside(land):
    # Given the total of a county and year, the Poisson model is a logit of the share inside, weighted by the total.
    used = land[land["year"].isin([*AFTER, *BEFORE])]
    wide = used.pivot(index=["county", "year"], columns="park", values="area_ha")
    total = wide.sum(axis=1)
    wide, total = wide[total > 0], total[total > 0]
    design = pd.get_dummies(wide.index.get_level_values("county")).astype(float)
    design["later"] = wide.index.get_level_values("year").isin(AFTER).astype(float)
    share = (wide[1] / total).to_numpy()
    fit = sm.GLM(share, design.to_numpy(), sm.families.Binomial(), var_weights=total.to_numpy()).fit(
        tol=1e-13, maxiter=99
    )
    found = land_poisson.within(land, AFTER, BEFORE)
    assert found["estimate"] == pytest.approx(fit.params[-1], abs=1e-7)


def test_a_known_fall_is_found_exactly_where_nothing_else_happens(land):
    level = land["county"].map({f"c{n}": 1.0 + n for n in range(8)}) * (1 + land["park"])
    shock = 1 + (land["year"] - 2010) * land["county"].str[1].astype(int) / 10
    exact = land.assign(area_ha=level * shock * np.where((land["park"] == 1) & (land["year"] > 2012), 0.4, 1.0))
    assert np.exp(land_poisson.within(exact, AFTER, BEFORE)["estimate"]) == pytest.approx(0.4, rel=1e-8)


def test_the_unit_of_the_area_changes_nothing_but_other_years_may(land, elsewhere):
    metres = [frame.assign(area_ha=1e4 * frame["area_ha"]) for frame in (land, elsewhere)]
    one, other = land_poisson.within(land, AFTER, BEFORE), land_poisson.within(metres[0], AFTER, BEFORE)
    np.testing.assert_allclose(other.to_numpy(), one.to_numpy(), rtol=1e-7)
    one = land_poisson.against(land, elsewhere, AFTER, BEFORE)
    other = land_poisson.against(*metres, AFTER, BEFORE)
    np.testing.assert_allclose(other.to_numpy(), one.to_numpy(), rtol=1e-7)
    moved = land.assign(area_ha=land["area_ha"].where(land["year"] != 2018, 1000))
    pd.testing.assert_series_equal(land_poisson.within(moved, AFTER, BEFORE), land_poisson.within(land, AFTER, BEFORE))


def test_order_of_rows_and_names_of_counties_do_not_matter_and_input_stays_as_it_was(land, elsewhere):
    before = land.copy()
    named = land.assign(county=land["county"].str.replace("c", "e")).sample(frac=1, random_state=2)
    for one, other in (
        (land_poisson.within(land, AFTER, BEFORE), land_poisson.within(named, AFTER, BEFORE)),
        (land_poisson.against(land, elsewhere, AFTER, BEFORE), land_poisson.against(named, elsewhere, AFTER, BEFORE)),
    ):
        np.testing.assert_allclose(other.to_numpy(), one.to_numpy(), rtol=1e-9)
    pd.testing.assert_frame_equal(land, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda land, other: land_poisson.within(land, [2030], BEFORE), "no rows of the year 2030"),
        (lambda land, other: land_poisson.within(land, BEFORE, BEFORE), "no year may be in both"),
        (lambda land, other: land_poisson.within(land.assign(area_ha=land["area_ha"] - 9), AFTER, BEFORE), "negative"),
        (lambda land, other: land_poisson.within(land[land["county"] == "c1"], AFTER, BEFORE), "no finite estimate"),
        (lambda land, other: land_poisson.against(land, other[:0], AFTER, BEFORE), "Use `within`"),
        (lambda land, other: land_poisson.against(land, other, BEFORE, AFTER), "follow the base"),
        (lambda land, other: land_poisson.against(land, other, AFTER, BEFORE, side="in"), "no side 'in'"),
        (
            lambda land, other: land_poisson.ratio_of_sums(
                land, other.assign(area_ha=other["year"] * 0.0 + (other["year"] > 2012)), AFTER, BEFORE
            ),
            "no finite estimate",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(land, elsewhere, call, message):
    with pytest.raises(EnclaveError, match=message):
        call(land, elsewhere)
