"""Spillovers between pairs: by hand, with known truths, and against plain NumPy and diff-diff."""

import diff_diff
import numpy as np
import pandas as pd
import plain
import pytest

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import city_totals, did, spillovers, two_stages

TO_8 = 1e-8


@pytest.fixture
def four():
    """Two helpers, two recipients, two years. Only (a, x) has a park, in the second year.

    Changes: (a, x) 5, (a, y) -1, (b, x) 2, (b, y) 1. The last pair shares no city with the park, so the change of a
    year is 1. Diversion by the helper is -1 - 1 = -2, the spillover in the recipient 2 - 1 = 1, the park 5 - 1 = 4.
    """
    rows = {"helper": list("aaaabbbb"), "recipient": list("xxyyxxyy"), "year": [1, 2] * 4}
    cohort = pd.array([2, 2, *[None] * 6], dtype="Int64")
    return pd.DataFrame({**rows, "cohort": cohort, "y": [0.0, 5.0, 3.0, 2.0, 1.0, 3.0, 7.0, 8.0]})


def many(*, helpers=6, recipients=8, years=10, parks=10, seed=3, one_date=False, reach=None):
    """A rectangle of pairs; parks in `parks` of those with the first `reach` helpers and all but one recipient."""
    rng = np.random.default_rng(seed)
    names = pd.MultiIndex.from_product([[f"h{n}" for n in range(helpers)], [f"r{n}" for n in range(recipients)]])
    panel = names.to_frame(index=False, name=PAIR)
    open_to = panel.index[
        panel["helper"].isin([f"h{n}" for n in range(reach or helpers - 1)]) & (panel["recipient"] != "r0")
    ]
    chosen = rng.choice(open_to, parks, replace=False)
    panel["cohort"] = pd.array([None] * len(panel), dtype="Int64")
    panel.loc[chosen, "cohort"] = 2005 if one_date else rng.integers(2003, 2000 + years, parks)
    panel["pair"] = rng.normal(0, 3, len(panel))
    panel = panel.merge(pd.DataFrame({"year": range(2000, 2000 + years)}), how="cross")
    panel["noise"] = rng.normal(size=len(panel))
    return panel


def outcome(panel, park=0.0, by_helper=0.0, by_recipient=0.0, noise=0.0):
    """Links with known effects; pair and year effects are part of them."""
    found = spillovers.exposure(panel)
    rows = panel.sort_values([*PAIR, "year"], ignore_index=True)
    y = rows["pair"] + 0.4 * (rows["year"] - 2000) + noise * rows["noise"] + park * found["treat"]
    return rows.assign(y=y + by_helper * found["same_helper"] + by_recipient * found["same_recipient"])


def estimates(rows):
    return rows.set_index("term")["estimate"].to_dict()


def test_four_pairs_and_two_years_by_hand(four):
    found = estimates(spillovers.regression(four, "y"))
    assert found == pytest.approx({"treat": 4, "same_helper": -2, "same_recipient": 1}, abs=TO_8)
    # without exposure the other three are the comparison: 5 - (-1 + 2 + 1) / 3
    assert estimates(did.twfe(four, "y"))["treat"] == pytest.approx(5 - 2 / 3, abs=TO_8)


def test_the_donut_by_hand(four):
    # (b, y) alone is left beside the park: 5 - 1
    kept = spillovers.donut(four)
    assert kept.groupby(PAIR).ngroups == 2
    assert estimates(did.twfe(kept, "y"))["treat"] == pytest.approx(4, abs=TO_8)
    # pairs of another helper: (b, x) and (b, y), 5 - 1.5; pairs with another recipient: (a, y) and (b, y), 5 - 0
    assert estimates(did.twfe(spillovers.donut(four, by=["helper"]), "y"))["treat"] == pytest.approx(3.5, abs=TO_8)
    assert estimates(did.twfe(spillovers.donut(four, by=["recipient"]), "y"))["treat"] == pytest.approx(5, abs=TO_8)


def test_the_two_stages_by_hand(four):
    # the clean rows give the change 1; the exposed pairs are off by -2 and 1
    found = estimates(two_stages.estimate(four, "y"))
    assert found == pytest.approx({"treat": 4, "shares_a_city": -0.5}, abs=TO_8)


def test_city_totals_by_hand(four):
    rows = city_totals.totals(four, "y", "helper")
    assert rows[["total", "parks"]].values.tolist() == [[3, 0], [7, 1], [8, 0], [11, 0]]
    # helper a gains 4, helper b 3; recipient x gains 7, recipient y 0
    assert city_totals.per_park(four, "y", "helper")["estimate"].item() == pytest.approx(1, abs=TO_8)
    assert city_totals.per_park(four, "y", "recipient")["estimate"].item() == pytest.approx(7, abs=TO_8)


def test_pairs_without_a_park_by_hand(four):
    # (a, y) and (b, x) against (b, y): -1 - 1 and 2 - 1
    found = estimates(spillovers.untreated(four, "y"))
    assert found == pytest.approx({"same_helper": -2, "same_recipient": 1}, abs=TO_8)


def test_exposure_counts_the_parks_of_others_and_never_ones_own():
    panel = many()
    found = spillovers.exposure(panel).set_index([*PAIR, "year"])
    treated = panel[panel["cohort"].notna()].drop_duplicates(PAIR)
    parks = dict(zip(map(tuple, treated[PAIR].to_numpy()), treated["cohort"], strict=True))
    for (helper, recipient, year), row in found.iloc[::7].iterrows():
        others = [pair for pair, first in parks.items() if first <= year and pair != (helper, recipient)]
        assert row["same_helper"] == sum(pair[0] == helper for pair in others)
        assert row["same_recipient"] == sum(pair[1] == recipient for pair in others)
        # eight recipients and six helpers, less the pair itself
        assert row["share_helper"] == pytest.approx(row["same_helper"] / 7)
        assert row["share_recipient"] == pytest.approx(row["same_recipient"] / 5)


def test_the_truth_is_found_with_exposure_and_missed_without():
    panel = outcome(many(), park=2.0, by_helper=-0.3, by_recipient=0.1)
    found = estimates(spillovers.regression(panel, "y"))
    assert found == pytest.approx({"treat": 2, "same_helper": -0.3, "same_recipient": 0.1}, abs=TO_8)
    assert abs(estimates(did.twfe(panel, "y"))["treat"] - 2) > 0.01
    both = estimates(spillovers.regression(panel, "y", apart=True))
    assert both["same_helper_untreated"] == pytest.approx(-0.3, abs=TO_8)
    assert both["same_helper_treated"] == pytest.approx(-0.3, abs=TO_8)
    assert estimates(spillovers.untreated(panel, "y"))["same_recipient"] == pytest.approx(0.1, abs=TO_8)


def test_the_bias_without_exposure_is_what_least_squares_makes_of_the_spillovers():
    panel = many()
    rows = outcome(panel, by_helper=-0.3, by_recipient=0.1)
    off = estimates(did.twfe(outcome(panel, park=2.0, by_helper=-0.3, by_recipient=0.1), "y"))["treat"] - 2
    assert off == pytest.approx(estimates(did.twfe(rows, "y"))["treat"], abs=TO_8)


def test_diversion_between_the_pairs_of_a_helper_leaves_its_total():
    # each park takes from the seven other pairs of its helper what it brings: 2 = 7 * 2 / 7
    panel = outcome(many(), park=2.0, by_helper=-2 / 7)
    assert city_totals.per_park(panel, "y", "helper")["estimate"].item() == pytest.approx(0, abs=TO_8)
    half = outcome(many(), park=2.0, by_helper=-1 / 7)
    assert city_totals.per_park(half, "y", "helper")["estimate"].item() == pytest.approx(1, abs=TO_8)
    # five other pairs share the recipient: 2 + 5 * 0.2
    joined = outcome(many(), park=2.0, by_recipient=0.2)
    assert city_totals.per_park(joined, "y", "recipient")["estimate"].item() == pytest.approx(3, abs=TO_8)


def test_plain_numpy_gives_the_same_slopes_and_errors():
    panel = outcome(many(), park=2.0, by_helper=-0.3, noise=1.0)
    found, terms = spillovers.regression(panel, "y"), spillovers.exposure(panel)
    columns = [terms["treat"], terms["same_helper"], terms["same_recipient"]]
    slopes, errors, r2 = plain.twfe(panel["y"], columns, panel[PAIR].agg("-".join, axis=1), panel["year"])
    np.testing.assert_allclose(found["estimate"], slopes, atol=TO_8)
    np.testing.assert_allclose(found["std_error"], errors, atol=TO_8)
    assert found["r2"].iloc[0] == pytest.approx(r2, abs=TO_8)


def by_city(panel, cluster):
    """CR1 by any column, with dummies; the factor counts slopes and years."""
    terms = spillovers.exposure(panel)[["treat", "same_helper", "same_recipient"]].to_numpy()
    pairs = panel[PAIR].agg("-".join, axis=1)
    design = np.column_stack([terms, plain.dummies(pairs), plain.dummies(panel["year"])])
    inverse = np.linalg.pinv(design)
    residual = panel["y"] - design @ (inverse @ panel["y"])
    scores = plain.dummies(cluster).T @ (inverse.T * residual.to_numpy()[:, None])
    n, count = len(panel), 3 + panel["year"].nunique()
    return (scores.T @ scores)[:3, :3].diagonal() * (n - 1) / (n - count)


def test_errors_by_city_are_those_of_plain_numpy():
    panel = outcome(many(), park=2.0, by_helper=-0.3, noise=1.0)
    found = spillovers.errors(panel, "y").set_index(["method", "term"])["std_error"]
    pair, helper, recipient = (
        by_city(panel, one) for one in (panel[PAIR].agg("-".join, axis=1), *map(panel.get, PAIR))
    )
    expected = {"by pair": pair * 48 / 47, "by helper": helper * 6 / 5, "by recipient": recipient * 8 / 7}
    expected["by helper or recipient"] = (helper + recipient - pair) * 6 / 5
    for method, variance in expected.items():
        np.testing.assert_allclose(found[method] ** 2, np.where(variance > 0, variance, np.nan), rtol=1e-7)
    assert found["by pair"].tolist() == pytest.approx(spillovers.regression(panel, "y")["std_error"].tolist(), abs=TO_8)


def test_plain_numpy_gives_the_same_two_stages_with_staggered_parks():
    panel = outcome(many(reach=3), park=2.0, by_helper=-0.3, by_recipient=0.1, noise=1.0)
    terms = spillovers.exposure(panel)
    exposed = (terms["same_helper"] + terms["same_recipient"] > 0) & (terms["treat"] == 0)
    clean = (terms["treat"] == 0) & ~exposed
    design = np.column_stack([plain.dummies(panel[PAIR].agg("-".join, axis=1)), plain.dummies(panel["year"])])
    left = panel["y"] - design @ np.linalg.lstsq(design[clean], panel["y"][clean], rcond=None)[0]
    found = estimates(two_stages.estimate(panel, "y"))
    expected = {"treat": left[terms["treat"] == 1].mean(), "shares_a_city": left[exposed].mean()}
    assert found == pytest.approx(expected, abs=1e-6)


def test_with_one_date_the_two_stages_are_a_regression_on_whether_a_city_is_shared():
    panel = outcome(many(one_date=True, reach=3), park=2.0, by_helper=-0.3, noise=1.0)
    terms = spillovers.exposure(panel)
    shares = (terms["same_helper"] + terms["same_recipient"] > 0) * (1 - terms["treat"])
    once = did.fit(panel["y"], terms[["treat"]].assign(shares_a_city=shares), panel[PAIR], panel["year"])
    assert estimates(two_stages.estimate(panel, "y")) == pytest.approx(estimates(once), abs=1e-6)


def test_a_ring_of_distance_gives_the_same_as_a_shared_city_where_cities_are_places():
    """If no two pairs share a recipient, places in a plane say which share a helper: diff-diff without our metric."""
    panel = outcome(many(recipients=4, parks=4, reach=3), park=2.0, by_helper=-0.3, noise=1.0)
    # the recipient is a part of the helper's place: parks expose pairs of their helper alone
    alone = panel.assign(recipient=panel["helper"] + panel["recipient"])
    codes = pd.factorize(alone["helper"])[0] * 1000.0
    first = alone["cohort"].astype("Float64").to_numpy(float, na_value=np.inf)
    unit = pd.factorize(alone["recipient"])[0]
    rows = alone.assign(east=codes, north=unit * 1.0, unit=unit, first=first)[
        ["unit", "year", "y", "first", "east", "north"]
    ]
    program = diff_diff.SpilloverDiD(
        rings=[0.0, 500.0], conley_coords=("east", "north"), conley_metric="euclidean", cluster="unit"
    )
    found = program.fit(rows, outcome="y", unit="unit", time="year", first_treat="first")
    ours = two_stages.estimate(alone, "y")
    assert ours["estimate"].tolist() == pytest.approx([found.att, found.spillover_effects["coef"].iloc[0]], abs=TO_8)
    assert ours["std_error"].tolist() == pytest.approx([found.se, found.spillover_effects["se"].iloc[0]], abs=TO_8)


def test_order_names_and_further_columns_do_not_matter_and_the_input_stays():
    panel = outcome(many(reach=3), park=2.0, by_helper=-0.3, noise=1.0)
    before, calls = panel.copy(), [spillovers.regression, spillovers.errors, two_stages.estimate, spillovers.untreated]
    other = panel.sample(frac=1, random_state=1).assign(
        helper=lambda rows: "z" + rows["helper"], treat=1, same_helper=2
    )
    for call in calls:
        one, two = call(panel, "y"), call(other, "y")
        np.testing.assert_allclose(one.select_dtypes("number"), two.select_dtypes("number"), rtol=1e-8)
    pd.testing.assert_frame_equal(panel, before)


def test_what_cannot_be_computed_is_refused_with_a_remedy(four):
    with pytest.raises(EnclaveError, match="two columns of cities, not 1"):
        spillovers.exposure(four, unit="helper")
    with pytest.raises(EnclaveError, match="Choose one of number, share"):
        spillovers.regression(four, "y", measure="numbers")
    with pytest.raises(EnclaveError, match="Choose one of helper, recipient"):
        city_totals.totals(four, "y", "park")
    with pytest.raises(EnclaveError, match="sum of logarithms"):
        city_totals.totals(four, "log_y", "helper")
    with pytest.raises(EnclaveError, match="City totals need a balanced panel"):
        city_totals.totals(four.iloc[1:], "y", "helper")
    with pytest.raises(EnclaveError, match="Name fewer columns in `by`"):
        spillovers.donut(four[(four["helper"] != "b") | (four["recipient"] != "y")])
    with pytest.raises(EnclaveError, match="rows that are neither treated nor exposed"):
        two_stages.estimate(four[(four["helper"] != "b") | (four["recipient"] != "y")], "y")
    with pytest.raises(EnclaveError, match="No pair without a park"):
        spillovers.untreated(four[(four["helper"] == four["recipient"].map({"x": "a", "y": "b"}))], "y")
