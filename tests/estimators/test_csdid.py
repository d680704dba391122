"""Group-time effects and their averages: by hand, against printed output, three programs and plain NumPy."""

import diff_diff
import moderndid
import numpy as np
import pandas as pd
import plain
import pytest
import second_program
import simulated

from enclave.base.errors import EnclaveError
from enclave.estimators import csdid, event_study, group_time
from enclave.facts import public

TO_8 = 1e-8
AVERAGES = {"simple": "simple", "dynamic_post_avg": "dynamic", "calendar_avg": "calendar", "group_avg": "group"}


def by_hand():
    """Two units treated from 2002, three never; years 2000 to 2002."""
    return pd.DataFrame(
        {
            "unit": np.repeat(list("abcde"), 3),
            "year": [2000, 2001, 2002] * 5,
            "cohort": pd.array([2002] * 6 + [None] * 9, dtype="Int64"),
            "y": [0.0, 0, 4, 0, 2, 8, 0, 1, 1, 0, 0, 3, 0, 2, 2],
        }
    )


def without_noise():
    """Two units from 2001 with effects 1, 2, 3; one from 2002 with 10, 20; two never treated; years 2000 to 2003."""
    return pd.DataFrame(
        {
            "unit": np.repeat(list("abcde"), 4),
            "year": [2000, 2001, 2002, 2003] * 5,
            "cohort": pd.array([2001] * 8 + [2002] * 4 + [None] * 8, dtype="Int64"),
            "y": [0.0, 1, 2, 3, 5, 6, 7, 8, 0, 0, 10, 20, 0, 0, 0, 0, 1, 1, 1, 1],
        }
    )


@pytest.fixture(scope="module")
def counties():
    """Teen employment and minimum wages in American counties, the panel `mpdta` of R's did, as moderndid packs it."""
    panel = moderndid.load_mpdta().to_pandas()
    return panel.assign(cohort=panel["first.treat"].where(panel["first.treat"] > 0))


# --- By hand ----------------------------------------------------------------------------------------------------------


def test_effects_and_standard_errors_of_one_cohort_by_hand():
    # 2002 less 2001: treated 4, 6, mean 5, squares 2; never 0, 3, 0, mean 1, squares 6
    #   effect 5 - 1 = 4, variance 2 / 2^2 + 6 / 3^2 = 7/6
    # 2001 less 2000: treated 0, 2, mean 1, squares 2; never 1, 0, 2, mean 1, squares 2
    #   effect 0, variance 2 / 2^2 + 2 / 3^2 = 13/18
    made = csdid.att_gt(by_hand(), "y", unit="unit")
    assert made[["cohort", "year", "event_time", "n_treated"]].to_numpy().tolist() == [
        [2002, 2001, -1, 2],
        [2002, 2002, 0, 2],
    ]
    np.testing.assert_allclose(made["estimate"], [0, 4], atol=TO_8)
    np.testing.assert_allclose(made["std_error"], np.sqrt([13 / 18, 7 / 6]), atol=TO_8)
    np.testing.assert_allclose(made["conf_high"], [0, 4] + 1.959963984540054 * made["std_error"], atol=TO_8)


def test_all_averages_of_one_cohort_are_its_effect():
    made = csdid.aggregate(by_hand(), "y", unit="unit")
    assert made["term"].tolist() == ["simple", "dynamic_pre_avg", "dynamic_post_avg", "calendar_avg", "group_avg"]
    np.testing.assert_allclose(made["estimate"], [4, 0, 4, 4, 4], atol=TO_8)
    np.testing.assert_allclose(made["std_error"], np.sqrt([7 / 6, 13 / 18, 7 / 6, 7 / 6, 7 / 6]), atol=TO_8)


def test_averages_of_two_cohorts_by_hand():
    # simple: (2 (1 + 2 + 3) + 10 + 20) / (2 * 3 + 2) = 42 / 8
    # event times 0, 1, 2: (2 * 1 + 10) / 3 = 4, (2 * 2 + 20) / 3 = 8, 3, mean 5; before: the second cohort in 2001, 0
    # years: 1, (2 * 2 + 10) / 3, (2 * 3 + 20) / 3, mean 43 / 9; cohorts: 2 and 15, (2 * 2 + 15) / 3 = 19 / 3
    made = csdid.aggregate(without_noise(), "y", unit="unit")["estimate"]
    np.testing.assert_allclose(made, [42 / 8, 0, 5, 43 / 9, 19 / 3], atol=TO_8)


def test_estimating_the_shares_adds_its_own_error_to_the_group_average():
    # Without noise nothing else is left: each treated unit adds (effect of its cohort - 19/3) / share of treated
    #   = (-13/3, -13/3, 26/3) / (3/5); root of the sum of squares over 5 units: sqrt(1014) / 9
    estimated = csdid.aggregate(without_noise(), "y", unit="unit", shares="estimated")
    known = csdid.aggregate(without_noise(), "y", unit="unit", shares="known")
    assert estimated.loc["group_avg", "std_error"] == pytest.approx(np.sqrt(1014) / 9, abs=TO_8)
    assert np.isnan(known.loc["group_avg", "std_error"])
    # nothing but the shares is noisy here, so with known shares no average has an error, and in csdid the others have
    assert known["std_error"].isna().all()
    assert csdid.aggregate(without_noise(), "y", unit="unit")["std_error"].notna().tolist() == [1, 0, 1, 1, 0]


def test_the_error_of_known_and_that_of_estimated_shares_add_up_in_squares():
    # The part of outcomes deviates within cohorts and the part of shares between them, so the parts are orthogonal. In
    # the simple average each unit of cohort g adds to the second (effect - average) over the number of treated cells.
    panel = simulated.panel(units=40, periods=10, treated=11)
    known, whole = (csdid.aggregate(panel, "y", shares=way)["std_error"] for way in ("known", "estimated"))
    cells = csdid.att_gt(panel, "y").query("event_time >= 0")
    average, treated = csdid.aggregate(panel, "y").loc["simple", "estimate"], (cells["n_treated"]).sum()
    per_unit = (
        cells.assign(gap=cells["estimate"] - average)
        .groupby("cohort")
        .agg(n=("n_treated", "first"), gap=("gap", "sum"))
    )
    shares = (per_unit["n"] * (per_unit["gap"] / treated) ** 2).sum()
    assert whole["simple"] ** 2 == pytest.approx(known["simple"] ** 2 + shares, rel=1e-9)
    assert (whole > known).all()


def test_plain_numpy_gives_the_same_errors_with_known_shares():
    panel = simulated.panel(units=40, periods=10, treated=11, seed=4)
    wide = panel.pivot(index=["cohort", "helper", "recipient"], columns="year", values="y").reset_index("cohort")
    first = wide.pop("cohort").astype("Float64").to_numpy(float, na_value=np.inf)
    expected = plain.group_time_averages(wide.to_numpy(), first, wide.columns.to_numpy(), known=True)
    found = csdid.aggregate(panel, "y", shares="known")
    for name, (estimate, error) in expected.items():
        assert found.loc[name, ["estimate", "std_error"]].tolist() == pytest.approx([estimate, error], abs=TO_8)


def test_with_known_shares_the_error_of_the_group_average_is_that_of_means_of_changes():
    # The change of a unit is its mean from g on less its value in g - 1; treated units have one, never-treated units
    # the share-weighted sum of one per cohort. The variance adds the squares within groups over their sizes squared.
    panel = simulated.panel(units=40, periods=10, treated=11)
    wide = panel.pivot(index=["cohort", "helper", "recipient"], columns="year", values="y").reset_index("cohort")
    first = wide.pop("cohort")
    shares = first.value_counts(normalize=True).sort_index()
    changes = {g: wide.loc[:, g:].mean(axis=1) - wide[g - 1] for g in shares.index}
    never = sum(share * changes[g][first.isna()] for g, share in shares.items())
    own = [changes[g][(first == g).fillna(False)] for g in shares.index]
    variance = ((never - never.mean()) ** 2).sum() / len(never) ** 2
    variance += sum(w**2 * ((z - z.mean()) ** 2).sum() / len(z) ** 2 for w, z in zip(shares, own, strict=True))
    found = csdid.aggregate(panel, "y").loc["group_avg"]
    assert found["estimate"] == pytest.approx(sum(shares * [z.mean() for z in own]) - never.mean(), abs=TO_8)
    assert found["std_error"] == pytest.approx(np.sqrt(variance), abs=TO_8)


def test_against_the_universal_base_effects_before_treatment_are_measured_from_the_last_year_before_it():
    varying = csdid.att_gt(by_hand(), "y", unit="unit")
    universal = csdid.att_gt(by_hand(), "y", unit="unit", base_period="universal").set_index("year")
    # 2000 less 2001: treated 0, -2, never -1, 0, -2: -1 - (-1) = 0; the base itself is zero without an error
    np.testing.assert_allclose(universal["estimate"], [0, 0, 4], atol=TO_8)
    assert np.isnan(universal.loc[2001, "std_error"])
    assert universal.loc[2002, "std_error"] == pytest.approx(varying["std_error"].iloc[-1], abs=TO_8)


# --- Printed output ---------------------------------------------------------------------------------------------------

# R's did (version not recorded) prints for mpdta without covariates, in its vignette: effects by cohort and year;
PRINTED = {
    2004: {2004: -0.0105, 2005: -0.0704, 2006: -0.1373, 2007: -0.1008},
    2006: {2004: 0.0065, 2005: -0.0028, 2006: -0.0046, 2007: -0.0412},
    2007: {2004: 0.0305, 2005: -0.0027, 2006: -0.0311, 2007: -0.0261},
}
# by event time from -3 on; simple, dynamic and (with seven digits) group average. Its errors are bootstrapped.
PRINTED_EVENTS = [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008]
PRINTED_AVERAGES = {"simple": (-0.0400, 4), "dynamic_post_avg": (-0.0772, 4), "group_avg": (-0.0310183, 7)}


def test_county_employment_agrees_with_what_r_prints(counties):
    cells = csdid.att_gt(counties, "lemp", unit="countyreal")
    printed = [PRINTED[g][t] for g, t in zip(cells["cohort"], cells["year"], strict=True)]
    assert len(cells) == 12
    assert cells["estimate"].round(4).tolist() == printed
    assert csdid.event_time(counties, "lemp", unit="countyreal")["estimate"].round(4).tolist() == PRINTED_EVENTS
    averages = csdid.aggregate(counties, "lemp", unit="countyreal")["estimate"]
    for name, (value, digits) in PRINTED_AVERAGES.items():
        assert round(averages[name], digits) == value


def test_castle_doctrine_agrees_with_what_stata_and_r_give():
    # csdid, agg(simple), in Stata 18 MP, and did::aggte(type = "simple") in R, versions of the packages not recorded,
    # as in the test suite of StatsPAI (test_castle_stata_parity.py) to nine digits:
    # 0.110383035 from the first year with the law, 0.019402808 from the first full year
    states = public.castle()
    adopted = states["sid"].map(states[states["post"] == 1].groupby("sid")["year"].min())
    states = states[["sid", "year", "l_homicide"]].assign(cohort=adopted)
    from_full_year = csdid.aggregate(states, "l_homicide", unit="sid")
    from_first = csdid.aggregate(states.assign(cohort=adopted - 1), "l_homicide", unit="sid")
    # Stata keeps this column in single precision
    assert from_full_year.loc["simple", "estimate"] == pytest.approx(0.019402808, abs=1e-7)
    assert from_first.loc["simple", "estimate"] == pytest.approx(0.110383035, abs=1e-7)


# --- Other programs ---------------------------------------------------------------------------------------------------

CONTROLS = {"never_treated": "nevertreated", "not_yet_treated": "notyettreated"}


def second(panel, outcome, unit, control_group, base_period="varying"):
    """The same by moderndid, a port of R's did."""
    given = panel.assign(first=panel["cohort"].astype("Float64").fillna(0).astype(float))
    with second_program.quietly():
        return moderndid.att_gt(
            given[[unit, "year", "first", outcome]],
            yname=outcome,
            tname="year",
            idname=unit,
            gname="first",
            est_method="reg",
            control_group=CONTROLS[control_group],
            base_period=base_period,
            cband=False,
        )


@pytest.mark.parametrize("control_group", group_time.COMPARISONS)
@pytest.mark.parametrize("base_period", group_time.BASES)
def test_moderndid_finds_the_same_effects_and_errors(counties, control_group, base_period):
    options = {"control_group": control_group, "base_period": base_period}
    ours = csdid.att_gt(counties, "lemp", unit="countyreal", **options)
    theirs = second(counties, "lemp", "countyreal", **options)
    theirs = pd.DataFrame({"cohort": theirs.groups, "year": theirs.times, "att": theirs.att_gt, "se": theirs.se_gt})
    joined = ours.merge(theirs.astype({"cohort": int, "year": int}), on=["cohort", "year"])
    assert len(joined) == len(ours) == len(theirs)
    np.testing.assert_allclose(joined["estimate"], joined["att"], atol=TO_8)
    np.testing.assert_allclose(joined["std_error"], joined["se"].astype(float), atol=TO_8)


@pytest.mark.parametrize("control_group", group_time.COMPARISONS)
def test_moderndid_finds_the_same_averages_and_errors(counties, control_group):
    theirs = second(counties, "lemp", "countyreal", control_group)
    options = {"control_group": control_group, "unit": "countyreal"}
    ours = csdid.aggregate(counties, "lemp", shares="estimated", **options)
    for name, kind in AVERAGES.items():
        average = moderndid.aggte(theirs, type=kind)
        assert ours.loc[name, "estimate"] == pytest.approx(average.overall_att, abs=TO_8)
        assert ours.loc[name, "std_error"] == pytest.approx(average.overall_se, abs=TO_8)
    events = moderndid.aggte(theirs, type="dynamic")
    path = csdid.event_time(counties, "lemp", **options)
    np.testing.assert_allclose(path["estimate"], events.att_by_event, atol=TO_8)
    np.testing.assert_allclose(path["std_error"], events.se_by_event, atol=TO_8)
    before = np.asarray(events.event_times) < 0
    assert ours.loc["dynamic_pre_avg", "estimate"] == pytest.approx(events.att_by_event[before].mean(), abs=TO_8)


def test_diff_diff_finds_the_same_effects_and_errors(counties):
    given = counties.assign(first=counties["cohort"].fillna(0).astype(int))
    with second_program.quietly():
        model = diff_diff.CallawaySantAnna(estimation_method="reg")
        found = model.fit(given, outcome="lemp", unit="countyreal", time="year", first_treat="first")
    ours = csdid.att_gt(counties, "lemp", unit="countyreal").set_index(["cohort", "year"])
    for cell, effect in found.group_time_effects.items():
        assert ours.loc[cell, "estimate"] == pytest.approx(effect["effect"], abs=TO_8)
        assert ours.loc[cell, "std_error"] == pytest.approx(effect["se"], abs=TO_8)
    assert len(found.group_time_effects) == len(ours)


def test_against_the_universal_base_event_times_are_the_interaction_weighted_estimates():
    panel = simulated.panel(units=30, periods=12, treated=9)
    ours = csdid.event_time(panel, "y", base_period="universal").set_index("event_time")["estimate"]
    other = event_study.interaction_weighted(panel, "y", window=(-6, 7)).set_index("event_time")["estimate"]
    np.testing.assert_allclose(ours.loc[other.index], other, atol=TO_8)


# --- Known truth and bootstrap ----------------------------------------------------------------------------------------


def test_a_steady_drift_is_the_average_before_and_half_the_event_times_of_it_the_average_after():
    # Treated units gain 0.5 a year on the others, park or no park. A base that varies has 0.5 in each year before, and
    # s + 1 times 0.5 at event time s; the last event time is 9 here, and the mean of 1 to 10 is 5.5.
    panel = simulated.panel(units=20, periods=14, treated=6, effect=0.0, noise=0.0)
    drifting = panel.assign(y=panel["y"] + 0.5 * panel["cohort"].notna() * (panel["year"] - 2000))
    found = csdid.aggregate(drifting, "y")["estimate"]
    assert csdid.event_time(drifting, "y")["event_time"].max() == 9
    assert found["dynamic_pre_avg"] == pytest.approx(0.5, abs=TO_8)
    assert found["dynamic_post_avg"] == pytest.approx((9 + 2) / 2 * 0.5, abs=TO_8)


def test_a_constant_effect_is_found_by_every_average_and_none_before():
    panel = simulated.panel(units=600, periods=10, treated=300, effect=2.0, noise=0.5)
    made = csdid.aggregate(panel, "y")
    truth = np.where(made["term"] == "dynamic_pre_avg", 0, 2)
    assert (np.abs(made["estimate"] - truth) <= 4 * made["std_error"]).all()


def test_bootstrapped_errors_come_near_the_analytic_ones_and_follow_from_the_seed():
    panel = simulated.panel(units=200, periods=8, treated=60)
    analytic, drawn = (csdid.aggregate(panel, "y", bootstrap=draws, seed=4) for draws in (0, 2000))
    # the error of a standard error from the quartiles of 2000 draws is about 2.5 per cent
    np.testing.assert_allclose(drawn["std_error"], analytic["std_error"], rtol=0.1)
    np.testing.assert_allclose(drawn["estimate"], analytic["estimate"], atol=TO_8)
    pd.testing.assert_frame_equal(drawn, csdid.aggregate(panel, "y", bootstrap=2000, seed=4))
    assert (drawn["std_error"] != csdid.aggregate(panel, "y", bootstrap=2000, seed=5)["std_error"]).all()


# --- Leaving treated units out ----------------------------------------------------------------------------------------


def test_effects_of_units_by_hand():
    # 2002 less 2001: a 4, b 6, never treated 1 on average; 2001 less 2000: a 0, b 2, never treated 1
    made = csdid.unit_effects(by_hand(), "y", unit="unit")
    assert made[["unit", "year", "event_time"]].to_numpy().tolist() == [
        ["a", 2001, -1],
        ["a", 2002, 0],
        ["b", 2001, -1],
        ["b", 2002, 0],
    ]
    np.testing.assert_allclose(made["effect"], [-1, 3, 1, 5], atol=TO_8)


def test_means_of_unit_effects_are_the_group_time_effects():
    panel = simulated.panel()
    cells = csdid.unit_effects(panel, "y").groupby(["cohort", "year"])["effect"].mean()
    np.testing.assert_allclose(cells, csdid.att_gt(panel, "y")["estimate"], atol=TO_8)


def test_the_jackknife_equals_estimates_without_one_treated_unit_at_a_time():
    panel = simulated.panel(units=20, periods=8, treated=4)  # cohort 2004 twice, 2005 and 2006 once
    made = csdid.jackknife(panel, "y")
    treated = panel.dropna(subset="cohort")[["helper", "recipient"]].drop_duplicates().to_numpy().tolist()
    without = [
        csdid.aggregate(panel[(panel["helper"] != helper) | (panel["recipient"] != recipient)], "y")["estimate"]
        for helper, recipient in treated
    ]
    whole = csdid.aggregate(panel, "y")["estimate"]
    np.testing.assert_allclose(made["estimate"], whole, atol=TO_8)
    error = np.sqrt(3 / 4 * sum((one - whole) ** 2 for one in without))
    np.testing.assert_allclose(made["std_error"], error, atol=TO_8)
    np.testing.assert_allclose(made["lowest"], pd.DataFrame(without).min(), atol=TO_8)
    assert (made["df"] == 3).all()


def test_in_one_cohort_the_jackknife_is_the_error_of_a_mean():
    # three units treated at once: b_k moves by half a deviation, so se^2 = (2/3) sum (d_k / 2)^2, that of a mean of 3
    panel = pd.concat([by_hand(), by_hand().query("unit == 'a'").assign(unit="f", y=[0.0, 0, 11])])
    made = csdid.jackknife(panel, "y", unit="unit")
    change = np.array([4, 6, 11.0])
    assert made.loc["simple", "estimate"] == pytest.approx(7 - 1, abs=TO_8)
    assert made.loc["simple", "std_error"] == pytest.approx(change.std(ddof=1) / np.sqrt(3), abs=TO_8)


def test_two_treated_units_are_too_few_for_a_jackknife():
    with pytest.raises(EnclaveError, match="needs three"):
        csdid.jackknife(by_hand(), "y", unit="unit")


# --- Invariance and edges ---------------------------------------------------------------------------------------------


def test_the_order_of_rows_and_other_columns_do_not_matter_and_the_panel_is_left_as_it_is():
    panel = simulated.panel(units=15, periods=8, treated=6)
    panel.attrs["source"] = "demo"
    before = panel.copy()
    shuffled = panel.sample(frac=1, random_state=1).assign(other=1)
    for function in (csdid.att_gt, csdid.event_time, csdid.aggregate, csdid.unit_effects, csdid.jackknife):
        made = function(panel, "log_count")
        pd.testing.assert_frame_equal(made, function(shuffled, "log_count"))
        assert made.attrs == {"source": "demo"}
    pd.testing.assert_frame_equal(panel, before)


def test_a_panel_is_fitted_once_for_all_its_averages_and_again_if_one_number_is_another(monkeypatch):
    fits, fit = [], group_time.ATTgt.fit
    monkeypatch.setattr(group_time.ATTgt, "fit", lambda *given, **more: fits.append(1) or fit(*given, **more))
    group_time._fitted.cache_clear()
    panel = without_noise()
    first = csdid.aggregate(panel, "y", unit="unit")
    csdid.att_gt(panel, "y", unit="unit")
    csdid.event_time(panel.assign(other=1), "y", unit="unit")
    pd.testing.assert_frame_equal(csdid.aggregate(panel, "y", unit="unit"), first)
    assert len(fits) == 1
    more = panel.assign(y=panel["y"].where(panel.index != 10, 11))
    assert csdid.aggregate(more, "y", unit="unit").loc["simple", "estimate"] != first.loc["simple", "estimate"]
    csdid.aggregate(panel, "y", unit="unit", control_group="not_yet_treated")
    assert len(fits) == 3


def test_a_cohort_after_the_last_period_counts_as_never_treated():
    panel = by_hand().assign(cohort=by_hand()["cohort"].fillna(2030))
    pd.testing.assert_frame_equal(csdid.att_gt(panel, "y", unit="unit"), csdid.att_gt(by_hand(), "y", unit="unit"))


def test_without_never_treated_units_the_not_yet_treated_are_the_comparison():
    # the unit of 2002 stands in for the never treated until 2001: cohort 2001 in 2001 is 1 - 0
    panel = without_noise().iloc[:12]
    made = csdid.att_gt(panel, "y", unit="unit", control_group="not_yet_treated")
    assert made[["cohort", "year"]].to_numpy().tolist() == [[2001, 2001]]
    assert made["estimate"].item() == pytest.approx(1, abs=TO_8)


def test_a_cohort_of_one_unit_has_the_error_of_the_comparison_alone():
    # only unit a is treated: variance 6 / 3^2 from the never-treated units, nothing from a itself
    panel = by_hand()[by_hand()["unit"] != "b"]
    made = csdid.att_gt(panel, "y", unit="unit")
    assert made["std_error"].iloc[-1] == pytest.approx(np.sqrt(6) / 3, abs=TO_8)
    assert made["n_treated"].tolist() == [1, 1]


def test_one_treated_unit_has_no_averages():
    panel = by_hand()[by_hand()["unit"] != "b"]
    for function in (csdid.aggregate, csdid.event_time):
        with pytest.raises(EnclaveError, match="Only one unit is treated"):
            function(panel, "y", unit="unit")


def test_without_a_period_to_test_the_average_before_treatment_is_missing():
    panel = by_hand().query("year > 2000")
    made = csdid.aggregate(panel, "y", unit="unit")
    assert made.loc["dynamic_pre_avg", ["estimate", "std_error", "p_value"]].isna().all()
    assert made.loc["simple", "estimate"] == pytest.approx(4, abs=TO_8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda panel: panel.drop(index=4), "balanced panel"),
        (lambda panel: pd.concat([panel, panel.iloc[:1]]), "appears twice"),
        (lambda panel: panel.assign(y=0.0), "same in every row"),
        (lambda panel: panel.assign(cohort=pd.NA), "No unit is treated"),
        (lambda panel: panel.assign(cohort=2002), "no never-treated unit"),
        (lambda panel: panel.assign(cohort=panel["cohort"].fillna(2000)), "treated in 2000 or before"),
        (lambda panel: panel.assign(cohort=panel["cohort"].where(panel["year"] > 2000, 2001)), "changes its 'cohort'"),
    ],
)
def test_a_panel_that_allows_no_comparison_is_refused(change, message):
    for function in (csdid.att_gt, csdid.event_time, csdid.aggregate):
        with pytest.raises(EnclaveError, match=message):
            function(change(by_hand()), "y", unit="unit")


def test_unknown_options_are_refused_with_those_that_exist():
    for options, message in [
        ({"control_group": "all"}, "never_treated, not_yet_treated"),
        ({"shares": "guessed"}, "csdid, estimated, known"),
    ]:
        with pytest.raises(EnclaveError, match=message):
            csdid.aggregate(by_hand(), "y", unit="unit", **options)
    with pytest.raises(EnclaveError, match="varying, universal"):
        csdid.att_gt(by_hand(), "y", unit="unit", base_period="fixed")
    with pytest.raises(EnclaveError, match="no never-treated unit"):
        csdid.att_gt(by_hand().assign(cohort=2002), "y", unit="unit", control_group="not_yet_treated")


# --- Controls and weights; tests/estimators/test_compare.py has a second program --------------------------------------

# Stata's csdid with method(dripw) on mpdta and lpop: simple, calendar, group and event time, estimate and error, as its
# author printed them in a note on its first version (2021; version of the program not recorded)
WITH_LPOP = {"simple": (-0.0417518, 0.0115028)}
WITH_LPOP_EVENTS = {
    -3: (0.0267278, 0.0140657),
    -2: (-0.0036165, 0.0129283),
    -1: (-0.023244, 0.0144851),
    0: (-0.0210604, 0.0114942),
    1: (-0.0530032, 0.0163465),
    2: (-0.1404483, 0.0353782),
    3: (-0.1069039, 0.0328865),
}


def test_county_employment_with_a_control_agrees_with_what_stata_prints(counties):
    controls = counties.drop_duplicates("countyreal")[["countyreal", "lpop"]]
    options = {"method": "dr", "controls": controls, "unit": "countyreal"}
    simple = csdid.aggregate(counties, "lemp", **options).loc["simple"]
    assert simple[["estimate", "std_error"]].tolist() == pytest.approx(WITH_LPOP["simple"], abs=5e-6)
    events = csdid.event_time(counties, "lemp", **options).set_index("event_time")[["estimate", "std_error"]]
    np.testing.assert_allclose(events, [WITH_LPOP_EVENTS[time] for time in events.index], atol=5e-6)


def test_two_cells_with_a_control_by_hand():
    # The never-treated units change by 1, 2, 3 where the control is 0, 1, 2: by 1 + x. The treated units, with x = 3
    # and 4, would change by 4 and 5, and change by 6 and 9: the effects are 2 and 4, with mean 3.
    changes = {"a": (2, 3, 6), "b": (2, 4, 9), "c": (None, 0, 1), "d": (None, 1, 2), "e": (None, 2, 3)}
    rows = [(unit, year, first, (year - 1) * y) for unit, (first, _, y) in changes.items() for year in (1, 2)]
    panel = pd.DataFrame(rows, columns=["unit", "year", "cohort", "y"]).astype({"cohort": "Int64"})
    controls = pd.DataFrame([(unit, x) for unit, (_, x, _) in changes.items()], columns=["unit", "x"])
    made = csdid.att_gt(panel, "y", controls=controls, unit="unit")
    assert made["estimate"].tolist() == pytest.approx([3.0], abs=TO_8)
    # with weights 1 and 3 the mean of 2 and 4 is 3.5
    heavy = panel.assign(w=panel["unit"].map({"b": 3.0}).fillna(1.0))
    made = csdid.att_gt(heavy, "y", controls=controls, weights="w", unit="unit")
    assert made["estimate"].tolist() == pytest.approx([3.5], abs=TO_8)


def test_too_many_controls_for_the_never_treated_are_refused():
    made = simulated.panel(units=15, periods=8, treated=6)
    controls = simulated.controls(made).assign(same=lambda rows: rows["beds"])
    with pytest.raises(EnclaveError, match="too few or too alike for 3 controls"):
        csdid.att_gt(made, "y", controls=controls)


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
def test_moderndid_finds_the_same_effects_with_a_control(counties, method):
    controls = counties.drop_duplicates("countyreal")[["countyreal", "lpop"]]
    given = counties.assign(first=counties["cohort"].astype("Float64").fillna(0).astype(float))
    with second_program.quietly():
        theirs = moderndid.att_gt(
            given[["countyreal", "year", "first", "lemp", "lpop"]],
            yname="lemp",
            tname="year",
            idname="countyreal",
            gname="first",
            xformla="~ lpop",
            est_method=method,
            cband=False,
        )
    ours = csdid.att_gt(counties, "lemp", method=method, controls=controls, unit="countyreal")
    theirs = pd.DataFrame({"cohort": theirs.groups, "year": theirs.times, "att": theirs.att_gt, "se": theirs.se_gt})
    joined = ours.merge(theirs.astype({"cohort": int, "year": int}), on=["cohort", "year"])
    assert len(joined) == len(ours)
    np.testing.assert_allclose(joined["estimate"], joined["att"].astype(float), atol=1e-5)
    np.testing.assert_allclose(joined["std_error"], joined["se"].astype(float), atol=1e-4)
