"""The makers of the chapter on counts: identities that hold whatever the counts are, and the coverage of intervals."""

import numpy as np
import pandas as pd
import pytest

from enclave.estimators import did, poisson_growth
from enclave.exhibits import counts, counts_land, counts_simulated, counts_unit
from enclave.panels import Panels, targets


@pytest.fixture(scope="module")
def twin():
    return targets.of("twin")


def test_the_derivative_in_the_unit_is_the_change_of_the_estimate_and_tends_to_the_margin(twin):
    units = (0.999, 1.0, 1.001, 1e7)
    found = counts_unit.path(twin.branches, units).set_index("k")
    slope = (found.loc[1.001, "estimate"] - found.loc[0.999, "estimate"]) / np.log(1.001 / 0.999)
    assert found.loc[1.0, "derivative"] == pytest.approx(slope, rel=1e-6)
    assert found.loc[1e7, "derivative"] == pytest.approx(found["margin"].iloc[0], abs=1e-6)
    any_count = twin.branches.assign(some=(twin.branches["count"] > 0).astype(int))
    assert found["margin"].iloc[0] == pytest.approx(did.twfe(any_count, "some")["estimate"].item())


def test_with_a_small_unit_the_estimate_is_that_on_numbers(twin):
    found = counts_unit.path(twin.manufacturing, (1e-7,)).iloc[0]
    assert found["estimate"] / 1e-7 == pytest.approx(did.twfe(twin.manufacturing, "count")["estimate"].item(), rel=1e-4)


def test_shares_of_zeros_by_hand():
    rows = [("a", 2000, 0, 2001), ("a", 2001, 3, 2001), ("b", 2000, 0, None), ("b", 2001, 0, None)]
    panel = pd.DataFrame(rows, columns=["helper", "year", "count", "cohort"]).assign(recipient="r")
    made = counts.zeros(Panels("twin", lambda name: panel))
    assert made.iloc[0, 1:].tolist() == [1.0, 1.0, 0.0]


def test_the_effect_per_row_over_what_was_expected_is_the_factor(twin):
    for name in ("manufacturing", "all_industry", "branches"):
        row = poisson_growth.effects(twin[name], "count").iloc[0]
        assert row["effect"] * row["rows"] / row["expected"] == pytest.approx(np.expm1(row["log_factor"]))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    made = counts_simulated.make(Panels("twin", None), draws=150, seed=8)
    covered = made["coverage"].dropna()
    # 95 per cent of 150 draws, less and plus four standard deviations, with the loss of leaving out empty pairs
    kept = made[made["estimator"] == "Poisson, untreated rows"]
    assert (kept["coverage"] > 0.87).all()
    assert len(covered) == 2 * made["design"].nunique()
    error = (kept["mean"] - kept["truth"]).abs() / (kept["spread"] / np.sqrt(150))
    assert (error < 5).all()


def test_where_effects_grow_the_regression_is_too_small_and_the_imputation_is_not():
    made = counts_simulated.make(Panels("twin", None), draws=60).set_index(["design", "estimator"])
    grown = made.loc["growing effect"]
    assert grown.loc["Poisson regression", "mean"] < grown.loc["Poisson, untreated rows", "mean"] - 0.05


def test_the_same_seed_gives_the_same_numbers():
    one, other = (counts_simulated.make(Panels("twin", None), draws=5) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_land_without_other_counties_has_the_comparison_within_alone(twin):
    empty = pd.DataFrame(
        {"county": pd.Series(dtype=str), "year": pd.Series(dtype=int), "area_ha": pd.Series(dtype=float)}
    )
    made = counts_land.make(Panels("twin", lambda name: empty if name == "land_elsewhere" else twin[name]))
    assert set(made["comparison"]) == {counts_land.WITHIN}
    assert len(made) == 2 * len(counts_land.CHANGES)


def test_counties_that_operate_early_have_an_area_inside_by_then():
    rows = [("a", 1, 2012, 2.0), ("a", 1, 2013, 0.0), ("b", 1, 2012, 0.0), ("b", 1, 2013, 4.0), ("b", 0, 2011, 4.0)]
    land = pd.DataFrame(rows, columns=["county", "park", "year", "area_ha"])
    assert set(counts_land.operating(land)["county"]) == {"a"}
