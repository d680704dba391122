"""The estimates of chapter 14 against the counts themselves, and simulated links against algebra."""

import numpy as np
import pandas as pd
import plain
import pytest

from enclave.base.terms import PAIR
from enclave.exhibits import diversion, diversion_simulated, table_2
from enclave.panels import targets


@pytest.fixture(scope="module")
def twin():
    return targets.of("twin")


@pytest.fixture(scope="module")
def made(twin):
    return diversion.make(twin)


def of(made, model):
    return made[made["model"] == model].set_index("term")


def by_counting(panel):
    """Treatment and the number of other treated pairs with the same helper and recipient, row by row."""
    parks = panel.drop_duplicates(PAIR).dropna()[[*PAIR, "cohort"]].itertuples(index=False)
    parks = list(parks)
    rows = []
    for row in panel.itertuples():
        on = [(park.helper, park.recipient) for park in parks if park.cohort <= row.year]
        own = (row.helper, row.recipient) in on
        rows.append(
            (own, *(sum(one[side] == (row.helper, row.recipient)[side] for one in on) - own for side in (0, 1)))
        )
    return np.array(rows, dtype=float)


def test_exposure_counted_row_by_row_gives_the_same_estimates_in_plain_numpy(twin, made):
    panel = twin.manufacturing
    unit = panel[PAIR].agg("-".join, axis=1)
    slopes, errors, _ = plain.twfe(panel["count"], by_counting(panel).T, unit, panel["year"])
    found = of(made, "with exposure")
    np.testing.assert_allclose(found["estimate"], slopes, atol=1e-8)
    np.testing.assert_allclose(found["std_error"], errors, atol=1e-8)


def test_city_totals_in_plain_numpy_are_the_same(twin, made):
    panel = twin.manufacturing.assign(treat=by_counting(twin.manufacturing)[:, 0])
    for city in PAIR:
        sums = panel.groupby([city, "year"])[["count", "treat"]].sum().reset_index()
        slopes, errors, _ = plain.twfe(sums["count"], [sums["treat"]], sums[city], sums["year"])
        found = of(made, f"total of the {city}").iloc[0]
        np.testing.assert_allclose([found["estimate"], found["std_error"]], [slopes[0], errors[0]], atol=1e-8)


def test_the_first_row_is_column_1_of_table_2(twin, made):
    first = table_2.make(twin).query("column == '1' and statistic == 'estimate'")["value"].item()
    assert made["estimate"].iloc[0] == pytest.approx(first, abs=1e-10)


def test_each_model_and_term_has_one_row_and_exchanges_belong_to_all_combinations(made):
    assert not made.duplicated(["model", "term"]).any()
    assert set(made.loc[made["p_exchanges"].notna(), "model"]) == {diversion.ALL}
    assert made.loc[made["model"] == diversion.ALL, "n"].iloc[0] == 9 * 12 * 19


def test_without_noise_each_estimator_finds_what_algebra_says(twin):
    found = diversion_simulated.expected(twin.manufacturing, [0.0, 0.6, 1.0])
    park = diversion_simulated.PARK
    np.testing.assert_allclose(found["with exposure"], park, atol=1e-9)
    # a helper has twelve pairs: it gains a park and loses the diverted share among the eleven others
    np.testing.assert_allclose(found["city total"], park * np.array([1.0, 0.4, 0.0]), atol=1e-9)
    # the plain estimate adds the slope of exposure on treatment times what one park takes
    given = diversion_simulated.design(twin.manufacturing)
    from_d, from_h = (
        part - part.mean(axis=0) - part.mean(axis=1)[:, None] + part.mean() for part in (given.treat, given.same_helper)
    )
    slope = (from_d * from_h).sum() / (from_d**2).sum()
    off = -np.array([0.0, 0.6, 1.0]) * park / 11 * slope
    np.testing.assert_allclose(found["treatment alone"], park + off, atol=1e-9)


def test_the_two_parts_of_the_bias_have_opposite_signs_and_add_up(twin):
    parts = diversion_simulated.bias(twin.manufacturing, 1.0)
    found = diversion_simulated.expected(twin.manufacturing, [1.0])["treatment alone"].item()
    assert parts.sum() == pytest.approx(found - diversion_simulated.PARK, abs=1e-9)
    assert parts["comparison"] > 0 > parts["treated"]


def test_simulated_links_are_estimated_without_bias_where_exposure_is_right(twin):
    found = diversion_simulated.table(twin.manufacturing, draws=150, seed=5).set_index("estimator")
    right = found.loc[["with exposure", "city total"]]
    # four standard errors of a mean of 150 draws
    assert ((right["mean"] - right["truth"]).abs() < 4 * right["sd"] / np.sqrt(150)).all()
    assert found["covered"].between(0, 100).all()


def test_a_seed_gives_the_same_table_whatever_the_order_of_rows(twin):
    one = diversion_simulated.table(twin.manufacturing, draws=20, seed=3)
    other = diversion_simulated.table(twin.manufacturing.sample(frac=1, random_state=1), draws=20, seed=3)
    pd.testing.assert_frame_equal(one, other)


def test_words_for_an_estimate_follow_from_its_number():
    row = {"estimate": -1.0, "p_value": 0.01, "conf_low": -2.0, "conf_high": 0.5}
    assert diversion.in_words(pd.Series(row), "falls", "rises") == "falls"
    assert diversion.in_words(pd.Series(row | {"estimate": 1.0}), "falls", "rises") == "rises"
    assert "cannot be told" in diversion.in_words(pd.Series(row | {"p_value": 0.05}), "falls", "rises")
    assert (
        diversion.compatible(pd.Series(row), {"none": 0.0, "half": 0.5, "all": 1.0})
        == "compatible with none and with half"
    )
    assert diversion.compatible(pd.Series(row), {"all": 1.0}) == "compatible with neither"
