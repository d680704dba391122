"""Event study by two-way fixed effects: by hand, against plain NumPy, at the edges of the window."""

import numpy as np
import pandas as pd
import plain
import pytest
import simulated

from enclave.base.errors import EnclaveError
from enclave.estimators import event_study

TO_8 = 1e-8


def by_hand():
    """Unit a is treated from 2002, unit b never; only a moves: 1, 1, 4, 6 against 0."""
    return pd.DataFrame(
        {
            "unit": list("aaaabbbb"),
            "year": [2000, 2001, 2002, 2003] * 2,
            "cohort": pd.array([2002] * 4 + [None] * 4, dtype="Int64"),
            "y": [1.0, 1, 4, 6, 0, 0, 0, 0],
        }
    )


def test_coefficients_are_differences_to_the_base_between_treated_and_never_treated():
    # event times -2..1 of a minus b, relative to -1: 1-1, 0, 4-1, 6-1
    made = event_study.estimate(by_hand(), "y", window=(-2, 1), unit="unit")
    assert made["event_time"].tolist() == [-2, -1, 0, 1]
    np.testing.assert_allclose(made["estimate"], [0, 0, 3, 5], atol=TO_8)


def test_rows_outside_the_window_stand_at_the_base_as_in_the_paper_or_join_the_end_or_stand_alone():
    # window (-1, 0): event times -2 and 1 are outside.
    # base: a's mean over -2, -1 and 1 is (1 + 1 + 6) / 3 = 8/3, so the coefficient of 0 is 4 - 8/3
    # binned: -2 joins -1 and 1 joins 0: (4 + 6) / 2 - (1 + 1) / 2 = 4; free: 4 - 1 = 3
    for outside, expected in {"base": 4 - 8 / 3, "binned": 4, "free": 3}.items():
        made = event_study.estimate(by_hand(), "y", window=(-1, 0), unit="unit", outside=outside)
        assert made.set_index("event_time")["estimate"][0] == pytest.approx(expected, abs=TO_8), outside


@pytest.mark.parametrize("with_controls", [False, True])
def test_estimates_and_standard_errors_agree_with_plain_numpy(with_controls):
    panel = simulated.panel(units=30, periods=12, treated=9)
    controls = simulated.controls(panel) if with_controls else None
    made = event_study.estimate(panel, "y", window=(-3, 5), controls=controls).set_index("event_time")
    since = (panel["year"] - panel["cohort"].astype("Float64")).astype("Float64").fillna(-99).astype(float)
    times = [-3, -2, 0, 1, 2, 3, 4, 5]
    terms = [since == time for time in times]
    if with_controls:
        values = panel[["recipient"]].merge(controls, on="recipient")[simulated.CONTROLS]
        terms += plain.crossed((values - values.mean()) / values.std(), panel["year"])
    estimate, error, _ = plain.twfe(panel["y"], terms, panel["helper"] + panel["recipient"], panel["year"])
    np.testing.assert_allclose(made.loc[times, "estimate"], estimate[: len(times)], atol=TO_8)
    np.testing.assert_allclose(made.loc[times, "std_error"], error[: len(times)], atol=TO_8)


def test_a_constant_effect_is_recovered_at_every_event_time_and_none_before():
    panel = simulated.panel(units=600, periods=10, treated=300, effect=2.0, noise=0.5)
    made = event_study.estimate(panel, "y", window=(-4, 5), outside="binned")
    truth = np.where(made["event_time"] >= 0, 2.0, 0.0)
    assert (np.abs(made["estimate"] - truth) <= 4 * made["std_error"].fillna(0)).all()


def test_the_order_of_rows_and_other_columns_do_not_matter_and_the_panel_is_left_as_it_is():
    panel = simulated.panel()
    before = panel.copy()
    made = event_study.estimate(panel, "y")
    shuffled = event_study.estimate(panel.sample(frac=1, random_state=1).assign(other=1), "y")
    pd.testing.assert_frame_equal(made, shuffled)
    pd.testing.assert_frame_equal(panel, before)


def test_event_times_that_no_unit_reaches_have_no_row():
    made = event_study.estimate(by_hand(), "y", window=(-5, 10), unit="unit")
    assert made["event_time"].tolist() == [-2, -1, 0, 1]


def test_an_empty_window_a_base_outside_it_and_unknown_ways_are_refused():
    for options, message in [
        ({"window": (3, -3)}, "is empty"),
        ({"window": (0, 3)}, "base -1 is outside"),
        ({"outside": "dropped"}, "base, binned, free"),
        ({"window": (-9, -8), "base": -8}, "No treated row is in the window"),
    ]:
        with pytest.raises(EnclaveError, match=message):
            event_study.estimate(by_hand(), "y", unit="unit", **options)


# --- joint test and interaction weights -------------------------------------------------------------------------------


@pytest.fixture
def staggered():
    """14 units over 10 years; cohorts 2004 and 2007 of three and two units; the effect of a cohort is its own."""
    random = np.random.default_rng(11)
    rows = pd.MultiIndex.from_product([range(14), range(2000, 2010)], names=["unit", "year"]).to_frame(index=False)
    rows["cohort"] = rows["unit"].map(dict.fromkeys(range(3), 2004) | dict.fromkeys(range(3, 5), 2007)).astype("Int64")
    since = event_study.event_time(rows)
    slope = rows["cohort"].map({2004: 1.0, 2007: 2.0}).astype(float)
    rows["truth"] = rows["unit"] + 0.5 * rows["year"] + (slope * (since + 1)).where(since >= 0, 0).astype(float)
    rows["noisy"] = rows["truth"] + random.normal(size=len(rows))
    return rows


def test_interaction_weights_give_the_true_average_of_the_cohorts_that_are_there(staggered):
    path = event_study.interaction_weighted(staggered, "truth", window=(-4, 5), unit="unit").set_index("event_time")
    # at 0 to 2 three units with slope 1 and two with slope 2: 1.4 (s + 1); from 3 on the first cohort alone
    expected = {-4: 0, -1: 0, 0: 1.4, 1: 2.8, 2: 4.2, 3: 4, 5: 6}
    np.testing.assert_allclose(path.loc[list(expected), "estimate"], list(expected.values()), atol=1e-8)


def test_interaction_weighted_errors_follow_from_the_saturated_regression(staggered):
    path = event_study.interaction_weighted(staggered, "noisy", window=(-4, 5), unit="unit").set_index("event_time")
    since = event_study.event_time(staggered)
    # averaged within the cell of the event time by hand: one column whose slope is the average itself
    early, late = ((staggered["cohort"] == g) & (since == 1) for g in (2004, 2007))
    others = [
        ((staggered["cohort"] == g) & (since == s)).fillna(False)
        for g in (2004, 2007)
        for s in range(-7, 6)
        if s not in (-1, 1) and ((staggered["cohort"] == g) & (since == s)).fillna(False).any()
    ]
    # b_early E + b_late L = m (E + L) + d (2 E - 3 L) / 5 with m = (3 b_early + 2 b_late) / 5
    early, late = early.fillna(False).astype(float), late.fillna(False).astype(float)
    terms = [early + late, (2 * early - 3 * late) / 5, *others]
    slopes, errors, _ = plain.twfe(staggered["noisy"], terms, staggered["unit"], staggered["year"])
    assert path.loc[1, "estimate"] == pytest.approx(slopes[0], abs=1e-8)
    assert path.loc[1, "std_error"] == pytest.approx(errors[0], abs=1e-8)


def test_with_one_restriction_the_joint_test_is_the_squared_t_statistic(staggered):
    found = event_study.pretrend_test(staggered, "noisy", window=(-2, 2), unit="unit")
    row = event_study.estimate(staggered, "noisy", window=(-2, 2), unit="unit").set_index("event_time").loc[-2]
    assert found["restrictions"] == 1
    assert found["statistic"] == pytest.approx((row["estimate"] / row["std_error"]) ** 2, rel=1e-9)


def test_the_joint_test_does_not_depend_on_which_period_is_the_base(staggered):
    # with a coefficient for every other event time, another base is the same model with the same restrictions
    one = event_study.pretrend_test(staggered, "noisy", window=(-3, 5), base=-1, outside="binned", unit="unit")
    other = event_study.pretrend_test(staggered, "noisy", window=(-3, 5), base=-2, outside="binned", unit="unit")
    assert one["statistic"] == pytest.approx(other["statistic"], rel=1e-8)


def test_a_window_without_time_before_the_treatment_has_nothing_to_test(staggered):
    with pytest.raises(EnclaveError, match="No coefficient before the treatment"):
        event_study.pretrend_test(staggered, "noisy", window=(-1, 3), unit="unit")


def test_without_never_treated_units_interaction_weights_are_refused(staggered):
    with pytest.raises(EnclaveError, match="there is no never-treated control group"):
        event_study.interaction_weighted(staggered[staggered["cohort"].notna()], "noisy", unit="unit")
