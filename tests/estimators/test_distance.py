"""The effect over distance: against the two slopes of equation (4), a known truth, and plain NumPy.

Table 4 has equation (4) itself, which is `did.twfe` with an interaction: `test_did.py` tests it.
"""

import numpy as np
import pandas as pd
import plain
import pytest

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did, distance


@pytest.fixture
def km():
    index = pd.MultiIndex.from_product([["a", "b", "c", "d"], ["x", "y", "z"]], names=PAIR)
    return pd.Series(np.arange(20.0, 260.0, 20.0), index=index, name="distance_boundary")


@pytest.fixture
def panel(km):
    """12 pairs over 10 years; the six at even places are treated from 2004 or 2006 on; the effect is 3 - 0.01 d."""
    rows = km.reset_index().merge(pd.DataFrame({"year": range(2000, 2010)}), how="cross")
    place = rows.groupby(PAIR).ngroup()
    rows["cohort"] = pd.array(np.where(place % 2 == 0, np.where(place % 4 == 0, 2004, 2006), 0), dtype="Int64")
    rows["cohort"] = rows["cohort"].mask(rows["cohort"] == 0)
    treat = did.treated(rows, "year", "cohort")
    rows["truth"] = place + 0.3 * (rows["year"] - 2000) + treat * (3 - 0.01 * rows["distance_boundary"])
    rows["noisy"] = rows["truth"] + np.random.default_rng(7).normal(size=len(rows))
    return rows


def test_the_effect_at_each_distance_is_the_true_line(panel, km):
    found = distance.effect_over_distance(panel, "truth", km, [0, 100, 250])
    np.testing.assert_allclose(found["estimate"], [3, 2, 0.5], atol=1e-9)


def test_effect_and_error_at_a_distance_follow_from_slopes_and_covariance(panel, km):
    at = 90.0
    found = distance.effect_over_distance(panel, "noisy", km, [at]).iloc[0]
    treat = did.treated(panel, "year", "cohort")
    moved = [treat, treat * (panel["distance_boundary"] - at)]
    unit = panel[PAIR].agg("-".join, axis=1)
    slopes, errors, _ = plain.twfe(panel["noisy"], moved, unit, panel["year"])
    np.testing.assert_allclose([found["estimate"], found["std_error"]], [slopes[0], errors[0]], atol=1e-8)
    two = did.twfe(panel, "noisy", interaction=km).set_index("term")["estimate"]
    assert found["estimate"] == pytest.approx(two["treat"] + at * two["treat_x_distance_boundary"], abs=1e-9)


def test_classes_of_distance_agree_with_plain_numpy(panel, km):
    found = distance.effect_by_bin(panel, "noisy", km, [100, 180])
    treat = did.treated(panel, "year", "cohort")
    apart = panel["distance_boundary"]
    terms = [treat * (apart < 100), treat * ((apart >= 100) & (apart < 180)), treat * (apart >= 180)]
    unit = panel[PAIR].agg("-".join, axis=1)
    slopes, errors, _ = plain.twfe(panel["noisy"], terms, unit, panel["year"])
    assert found["term"].tolist() == ["below 100 km", "100 to 180 km", "from 180 km"]
    np.testing.assert_allclose(found["estimate"], slopes, atol=1e-8)
    np.testing.assert_allclose(found["std_error"], errors, atol=1e-8)
    # treated distances: 20, 60, 100, 140, 180, 220
    assert found["n_treated"].tolist() == [2, 2, 2]


def test_a_class_without_treated_pair_has_no_row(panel, km):
    found = distance.effect_by_bin(panel, "noisy", km, [100, 225])
    assert found["term"].tolist() == ["below 100 km", "100 to 225 km"]


def test_order_of_rows_does_not_matter_and_input_stays_as_it_was(panel, km):
    before = panel.copy()
    shuffled = panel.sample(frac=1, random_state=1)
    one = distance.effect_by_bin(panel, "noisy", km, [100])
    other = distance.effect_by_bin(shuffled, "noisy", km, [100])
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(panel, before)


def test_a_pair_without_distance_is_named(panel, km):
    with pytest.raises(EnclaveError, match="a, x has no 'distance_boundary'"):
        distance.effect_by_bin(panel, "noisy", km.iloc[1:], [100])
    pairs = km.rename("dist_boundary_km").reset_index()
    pairs.loc[0, "dist_boundary_km"] = np.nan
    with pytest.raises(EnclaveError, match="The pair a, x has no distance 'boundary'"):
        distance.km(pairs, "boundary")


def test_an_unknown_measure_of_distance_is_refused(km):
    with pytest.raises(EnclaveError, match="Choose one of boundary"):
        distance.km(km.reset_index(), "road")


def test_a_class_with_one_treated_pair_has_no_error_and_small_ones_a_warning(panel, km):
    # treated distances: 20, 60, 100, 140, 180, 220
    found = distance.effect_by_bin(panel, "noisy", km, [50]).set_index("n_treated")
    assert found.loc[1, ["std_error", "conf_low", "conf_high"]].isna().all()
    assert np.isfinite(found.loc[1, "estimate"])
    assert found.loc[5, ["std_error", "conf_low", "conf_high"]].notna().all()
    assert found["warning"].to_dict() == {1: "one pair: no error", 5: ""}
    two = distance.effect_by_bin(panel, "noisy", km, [100])
    assert two["warning"].tolist() == ["few pairs: error too small"] * 2
