"""What two-way fixed effects average: by hand, against the coefficient itself, printed output and a second program."""

import diff_diff
import numpy as np
import pandas as pd
import pytest
import second_program
import simulated

from enclave.base.errors import EnclaveError
from enclave.estimators import decomposition, did, event_study
from enclave.facts import public

TO_8 = 1e-8


def by_hand():
    """Units a from 2001, b from 2002, c never; years 2000 to 2002; effects 2 for a, 6 for b."""
    return pd.DataFrame(
        {
            "unit": list("aaabbbccc"),
            "year": [2000, 2001, 2002] * 3,
            "cohort": pd.array([2001] * 3 + [2002] * 3 + [None] * 3, dtype="Int64"),
            "y": [1.0, 3, 3, 5, 5, 11, 0, 0, 0],
        }
    )


@pytest.fixture(scope="module")
def laws():
    """The castle-doctrine panel; `cohort` is the first full year under the law, `began` the year before."""
    states = public.castle()
    adopted = states[states["post"] == 1].groupby("sid")["year"].min()
    states = states.assign(cohort=states["sid"].map(adopted))
    return states.assign(began=states["cohort"] - 1)[["sid", "year", "l_homicide", "cohort", "began"]]


# --- Goodman-Bacon ----------------------------------------------------------------------------------------------------


def test_comparisons_and_weights_by_hand():
    # d is 2/3 for a and 1/3 for b, each cohort one unit; weights before scaling:
    #   a never  2/3 * 1/3 = 2/9     b never  1/3 * 2/3 = 2/9
    #   a b      (2/3 - 1/3) * (1 - 2/3) = 1/9     b a  (2/3 - 1/3) * 1/3 = 1/9;     sum 6/9
    # estimates: a never 2; b never 6; a b, 2000 to 2001: 2 - 0; b a, 2001 to 2002: 6 - 0
    made = decomposition.goodman_bacon(by_hand(), "y", unit="unit").set_index(["treated", "comparison"])
    expected = {
        (2001, pd.NA): (2, 1 / 3),
        (2002, pd.NA): (6, 1 / 3),
        (2001, 2002): (2, 1 / 6),
        (2002, 2001): (6, 1 / 6),
    }
    assert len(made) == 4
    for cells, numbers in expected.items():
        np.testing.assert_allclose(made.loc[cells, ["estimate", "weight"]].astype(float).to_numpy(), numbers, atol=TO_8)


def test_the_weighted_mean_of_all_comparisons_is_the_two_way_estimate():
    panel = simulated.panel(units=30, periods=12, treated=9)
    made = decomposition.goodman_bacon(panel, "y")
    expected = did.twfe(panel, "y")["estimate"].item()
    assert made["weight"].sum() == pytest.approx(1, abs=TO_8)
    assert (made["weight"] * made["estimate"]).sum() == pytest.approx(expected, abs=TO_8)


def test_the_weighted_mean_is_the_estimate_without_never_treated_and_with_always_treated_units():
    panel = simulated.panel(units=30, periods=12, treated=9)
    some = panel[panel["cohort"].notna()]
    always = panel.assign(cohort=panel["cohort"].where(panel["helper"] != "h1", 2000))
    for given in (some, always):
        made = decomposition.goodman_bacon(given, "y")
        expected = did.twfe(given, "y")["estimate"].item()
        assert (made["weight"] * made["estimate"]).sum() == pytest.approx(expected, abs=TO_8)


# R's bacondecomp (version not recorded) prints for these laws and log homicides, the first year with the law treated:
#   Earlier vs Later Treated 0.05976 -0.00554; Later vs Earlier Treated 0.03190 0.07032; Treated vs Untreated 0.90834
#   0.08796; weighted sum 0.08181162
BACONDECOMP = {
    "earlier vs later": (0.05976, -0.00554),
    "later vs earlier": (0.03190, 0.07032),
    "treated vs never": (0.90834, 0.08796),
}


def test_castle_doctrine_agrees_with_printed_output_of_bacondecomp(laws):
    made = decomposition.goodman_bacon(laws, "l_homicide", unit="sid", cohort="began")
    found = decomposition.by_kind(made).set_index("kind")
    for kind, printed in BACONDECOMP.items():
        assert tuple(found.loc[kind, ["weight", "estimate"]].astype(float).round(5)) == printed
    assert round((made["weight"] * made["estimate"]).sum(), 8) == 0.08181162


def test_castle_doctrine_agrees_with_stata_on_the_weight_of_never_treated_states(laws):
    # bacondecomp in Stata 18 MP, as recorded in the test suite of StatsPAI: weight 0.8988088336, 25 comparisons
    made = decomposition.goodman_bacon(laws, "l_homicide", unit="sid")
    found = decomposition.by_kind(made).set_index("kind")
    assert len(made) == 25
    assert found.loc["treated vs never", "weight"] == pytest.approx(0.8988088336, abs=TO_8)


def test_a_second_program_finds_the_same_comparisons(laws):
    given = laws.assign(first=laws["cohort"].fillna(0).astype(int))
    with second_program.quietly():
        second = diff_diff.BaconDecomposition(weights="exact").fit(
            given, outcome="l_homicide", unit="sid", time="year", first_treat="first"
        )
    ours = decomposition.goodman_bacon(laws, "l_homicide", unit="sid")
    theirs = sorted((round(c.weight, 10), c.estimate) for c in second.comparisons)
    ours = sorted(zip(ours["weight"].round(10), ours["estimate"], strict=True))
    np.testing.assert_allclose(ours, theirs, atol=TO_8)


# --- Weights of cells -------------------------------------------------------------------------------------------------


def test_weights_of_treated_cells_by_hand():
    # treat: a 0 1 1, b 0 0 1, c 0 0 0; unit means 2/3, 1/3, 0; year means 0, 1/3, 2/3; grand mean 1/3
    # left: a -1/3 1/3 0, b 0 -1/3 1/3, c 1/3 0 -1/3; treated: 1/3, 0 and 1/3, so the weights are 1/2, 0 and 1/2
    made = decomposition.cell_weights(by_hand(), unit="unit")
    np.testing.assert_allclose(made["weight"], np.array([-1, 1, 0, 0, -1, 1, 1, 0, -1]) / 2, atol=TO_8)
    assert made.loc[made["treat"] == 1, "event_time"].tolist() == [0, 1, 0]


def test_weights_times_outcomes_are_the_two_way_estimate():
    panel = simulated.panel(units=30, periods=12, treated=9)
    made = decomposition.cell_weights(panel)
    joined = made.merge(panel[["helper", "recipient", "year", "y"]])
    assert (joined["weight"] * joined["y"]).sum() == pytest.approx(did.twfe(panel, "y")["estimate"].item(), abs=TO_8)
    sums = made.groupby("treat")["weight"].sum()
    np.testing.assert_allclose(sums, [-1, 1], atol=TO_8)


def test_a_late_year_of_an_early_unit_counts_negatively_when_nobody_is_left_untreated():
    # a from 2001, b from 2002, nobody else, years 2000 to 2002. unit means 2/3, 1/3; year means 0, 1/2, 1; grand 1/2
    # left: a in 2002: 1 - 2/3 - 1 + 1/2 = -1/6; treated: 1/3, -1/6, 1/6, their sum 1/3
    made = decomposition.cell_weights(by_hand().iloc[:6], unit="unit")
    np.testing.assert_allclose(made.loc[made["treat"] == 1, "weight"], [1, -0.5, 0.5], atol=TO_8)


def test_a_second_program_finds_the_same_weights(laws):
    given = laws.assign(post=(laws["year"] >= laws["cohort"]).astype(float))
    with second_program.quietly():
        second = diff_diff.twowayfeweights(given, outcome="l_homicide", group="sid", time="year", treatment="post")
    ours = decomposition.cell_weights(laws, unit="sid")
    ours = ours[ours["treat"] == 1]
    assert second.fraction_negative == pytest.approx((ours["weight"] < 0).mean(), abs=TO_8)
    theirs = second.weights.rename(columns={"group": "sid", "time": "year", "weight": "other"})
    joined = ours.merge(theirs, on=["sid", "year"])
    np.testing.assert_allclose(joined["weight"], joined["other"], atol=TO_8)


# --- Contamination ----------------------------------------------------------------------------------------------------


def test_weights_of_an_event_study_add_up_as_sun_and_abraham_prove():
    made = decomposition.contamination(simulated.panel(units=30, periods=12, treated=9), window=(-3, 4))
    sums = made.groupby(["coefficient", "event_time"])["weight"].sum().unstack()
    coefficients = sums.index.tolist()
    np.testing.assert_allclose(sums[coefficients], np.eye(len(coefficients)), atol=TO_8)
    np.testing.assert_allclose(sums.drop(columns=coefficients).sum(axis=1), -1, atol=TO_8)


def test_weights_outside_the_window_and_at_the_base_add_up_to_minus_one():
    panel = simulated.panel(units=30, periods=12, treated=9)  # cohorts 2004 to 2006: event times -6 to 7
    mixing = decomposition.contamination(panel, window=(-3, 4))
    found = decomposition.contamination_summary(mixing, window=(-3, 4)).set_index("coefficient")
    np.testing.assert_allclose(found[["base", "before", "after"]].sum(axis=1), -1, atol=TO_8)
    by_hand = mixing.query("coefficient == 2")
    late = by_hand.loc[by_hand["event_time"].isin([5, 6, 7]), "weight"].sum()
    other = by_hand.loc[by_hand["event_time"].isin([-3, -2, 0, 1, 3, 4]), "weight"].abs().sum()
    np.testing.assert_allclose(found.loc[2, ["after", "others"]].astype(float), [late, other], atol=TO_8)


def test_an_effect_after_the_window_alone_lowers_coefficients_by_the_weight_there():
    panel = simulated.panel(units=30, periods=12, treated=9)
    late = event_study.event_time(panel).gt(4).fillna(False).astype(float)  # the same for all cohorts
    path = event_study.estimate(panel.assign(y=late), "y", window=(-3, 4)).set_index("event_time")["estimate"]
    leak = decomposition.contamination_summary(decomposition.contamination(panel, window=(-3, 4)), window=(-3, 4))
    np.testing.assert_allclose(path[leak["coefficient"]], leak["after"], atol=TO_8)
    assert (leak["after"] < -0.01).any()


def test_weights_times_effects_of_cells_are_the_coefficients_of_the_event_study():
    panel = simulated.panel(units=30, periods=12, treated=9)
    since = event_study.event_time(panel)
    effect = (panel["cohort"].astype(float) - 2003) * (since.astype(float) + 1) ** 2
    panel = panel.assign(y=effect.where(since >= 0, 0.0).fillna(0))
    cells = panel.assign(event_time=since).dropna(subset="cohort").groupby(["cohort", "event_time"])["y"].first()
    made = decomposition.contamination(panel, window=(-3, 4)).merge(cells.reset_index())
    sums = (made["weight"] * made["y"]).groupby(made["coefficient"]).sum()
    expected = event_study.estimate(panel, "y", window=(-3, 4)).set_index("event_time")["estimate"].drop(-1)
    np.testing.assert_allclose(sums, expected, atol=1e-7)
    assert abs(expected[-2]) > 0.1  # an effect after treatment shows before it


# --- Invariance and bad input -----------------------------------------------------------------------------------------


def test_the_order_of_rows_and_other_columns_do_not_matter_and_the_panel_is_left_as_it_is():
    panel = simulated.panel()
    panel.attrs["source"] = "demo"
    before = panel.copy()
    shuffled = panel.sample(frac=1, random_state=1).assign(other=1)
    for function, given in [
        (decomposition.goodman_bacon, ("y",)),
        (decomposition.cell_weights, ()),
        (decomposition.contamination, ()),
    ]:
        made = function(panel, *given)
        pd.testing.assert_frame_equal(made, function(shuffled, *given))
        assert made.attrs == {"source": "demo"}
    pd.testing.assert_frame_equal(panel, before)


def test_a_cohort_after_the_last_period_counts_as_never_treated():
    later = by_hand().assign(cohort=by_hand()["cohort"].fillna(2050))
    made = decomposition.goodman_bacon(later, "y", unit="unit")
    pd.testing.assert_frame_equal(made, decomposition.goodman_bacon(by_hand(), "y", unit="unit"))


def test_gaps_and_designs_without_a_comparison_are_refused():
    panel = by_hand()
    with pytest.raises(EnclaveError, match="balanced panel"):
        decomposition.goodman_bacon(panel.drop(index=4), "y", unit="unit")
    with pytest.raises(EnclaveError, match="balanced panel"):
        decomposition.cell_weights(panel.drop(index=4), unit="unit")
    with pytest.raises(EnclaveError, match="no groups to compare"):
        decomposition.goodman_bacon(panel.iloc[:3], "y", unit="unit")
    with pytest.raises(EnclaveError, match="no row has a weight"):
        decomposition.cell_weights(panel.iloc[:3], unit="unit")
    with pytest.raises(EnclaveError, match="explain an event time"):
        decomposition.contamination(panel.iloc[:6], unit="unit")
    with pytest.raises(EnclaveError, match="has no base"):
        decomposition.contamination(panel, window=(0, 2), unit="unit")
