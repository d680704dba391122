"""Placebo draws by one projection, against regressions one by one."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import plain
import pytest
import simulated
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.estimators import did, event_study, placebo

SAME = 1e-10


def panel(n_units=12, n_years=7, treated=3, seed=0):
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame([(unit, year) for unit in range(n_units) for year in range(2000, 2000 + n_years)])
    rows.columns = ["unit", "year"]
    first = pd.Series({unit: 2002 + unit for unit in range(treated)}, dtype="Int64")
    return rows.assign(cohort=rows["unit"].map(first).astype("Int64"), count=generator.poisson(2, len(rows)))


def regression(data, treated, first, column="estimate"):
    """The same treatment in a regression with all dummies; `test_did` holds these numbers against `did.twfe`."""
    cohorts = dict(zip(treated.tolist(), (2000 + first).tolist(), strict=True))
    treat = data["year"] >= data["unit"].map(cohorts).fillna(9999)
    estimate, error, _ = plain.twfe(data["count"], [treat], data["unit"], data["year"])
    return estimate[0] if column == "estimate" else estimate[0] / error[0]


def test_each_estimate_is_the_one_that_a_regression_gives():
    data, generator = panel(), np.random.default_rng(1)
    wide, _ = placebo.balanced(data, "count", unit="unit")
    treated = np.array([generator.choice(12, 3, replace=False) for _ in range(20)])
    first = generator.integers(1, 7, (20, 3))
    one_by_one = [regression(data, *draw) for draw in zip(treated, first, strict=True)]
    np.testing.assert_allclose(placebo.estimates(wide, treated, first), one_by_one, atol=SAME)


def test_each_t_statistic_is_the_one_that_a_regression_gives():
    data, generator = panel(), np.random.default_rng(2)
    wide, _ = placebo.balanced(data, "count", unit="unit")
    treated = np.array([generator.choice(12, 3, replace=False) for _ in range(12)])
    first = generator.integers(1, 7, (12, 3))
    one_by_one = [regression(data, *draw, "statistic") for draw in zip(treated, first, strict=True)]
    np.testing.assert_allclose(placebo.t_statistics(wide, treated, first), one_by_one, atol=SAME)


def test_a_seed_draws_the_same_treatments_for_estimates_and_t_statistics():
    # one treated unit, one date: four possible treatments, and each estimate belongs to one t statistic
    data = panel(n_units=4, n_years=4, treated=1)
    slopes, ts = (
        placebo.draws(data, "count", 60, 5, dates="permuted", statistic=name, unit="unit") for name in ("estimate", "t")
    )
    both = {(round(slope, 8), round(t, 8)) for slope, t in zip(slopes, ts, strict=True)}
    every = [
        [regression(data, np.array([unit]), np.array([2]), name) for name in ("estimate", "statistic")]
        for unit in range(4)
    ]
    assert both == {(round(slope, 8), round(t, 8)) for slope, t in every}


def test_with_one_date_the_t_statistics_of_all_sets_rank_the_true_one_as_counting_by_hand_does():
    # 5 units, 2 of them treated, all from the same year: 10 sets. Counted one by one, and by many draws.
    data = panel(n_units=5, n_years=4, treated=1).assign(
        cohort=lambda rows: rows["unit"].map({0: 2002, 1: 2002}).astype("Int64")
    )
    sets = [np.array([one, two]) for one in range(5) for two in range(one)]
    every = np.array([abs(regression(data, chosen, np.array([2, 2]), "statistic")) for chosen in sets])
    true = did.twfe(data, "count", unit="unit")["statistic"].item()
    exact = (every >= abs(true) - 1e-8).mean()
    drawn = placebo.draws(data, "count", 20_000, 1, dates="permuted", statistic="t", unit="unit")
    assert placebo.p_value(drawn, true) == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-4)


def test_the_true_statistic_counts_as_one_of_the_draws():
    # |-3| and |2| reach 2, and so does a draw without a number: (1 + 3) / (1 + 5)
    assert placebo.p_value(np.array([-3.0, 2.0, 0.5, np.nan, 1.0]), -2.0) == pytest.approx(4 / 6)
    assert placebo.p_value(np.zeros(499), 1.0) == pytest.approx(1 / 500)


def test_the_mean_over_all_sets_of_units_is_zero_for_any_outcome():
    # with dates fixed, each unit takes each place in as many sets: the mean is zero, shock or no shock
    shocked = panel().assign(count=lambda rows: rows["count"] + 50 * ((rows["unit"] < 4) & (rows["year"] > 2003)))
    wide, _ = placebo.balanced(shocked, "count", unit="unit")
    pairs = np.array([(one, two) for one in range(12) for two in range(12) if one != two])
    found = placebo.estimates(wide, pairs, np.tile([2, 5], (len(pairs), 1)))
    assert abs(found.mean()) < SAME
    assert found.std() > 1


@pytest.mark.parametrize("with_controls", [False, True])
def test_each_joint_statistic_is_the_one_of_the_event_study(with_controls):
    # deal the cohorts by the same generator, and estimate each panel as usual
    data = simulated.panel(units=20, periods=9, treated=5)
    controls = simulated.controls(data) if with_controls else None
    drawn = placebo.pretrend_draws(data, "y", 4, 3, window=(-3, 4), controls=controls, order="names")
    keys = ["helper", "recipient"]
    pairs = data.drop_duplicates(keys).sort_values(keys)[[*keys, "cohort"]].reset_index(drop=True)
    real, generator = pairs["cohort"].dropna().to_numpy(), np.random.default_rng(3)
    sets = np.argpartition(generator.random((4, 20)), 5, axis=1)[:, :5]
    expected = []
    for chosen in sets:
        dealt = pairs.assign(cohort=pd.array([None] * 20, dtype="Int64"))
        dealt.loc[chosen, "cohort"] = real[generator.permutation(5)]
        placed = data.drop(columns="cohort").merge(dealt, on=keys)
        expected.append(event_study.pretrend_test(placed, "y", window=(-3, 4), controls=controls)["statistic"])
    np.testing.assert_allclose(drawn, expected, rtol=1e-7)


def test_with_many_treated_units_the_joint_test_has_about_its_nominal_size():
    data = simulated.panel(units=200, periods=8, treated=100)
    drawn = placebo.pretrend_draws(data, "y", 400, 1, window=(-3, 4))
    rejected = (stats.f.sf(drawn, 2, 199) < 0.05).mean()
    assert abs(rejected - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 400)


def test_the_panels_own_treatment_gives_its_own_estimate():
    data = panel()
    wide, positions = placebo.balanced(data, "log_count", unit="unit")
    treated = np.flatnonzero(positions < 7)
    own = placebo.estimates(wide, treated[None], positions[treated][None])
    np.testing.assert_allclose(own, did.twfe(data, "log_count", unit="unit")["estimate"], atol=SAME)


def test_two_units_and_two_periods_give_the_difference_in_differences():
    # treated unit rises from 1 to 4, the other from 2 to 3: (4 - 1) - (3 - 2) = 2
    np.testing.assert_allclose(
        placebo.estimates(np.array([[1.0, 4.0], [2.0, 3.0]]), np.array([[0]]), np.array([[1]])), [2], atol=SAME
    )


def test_a_treatment_that_the_fixed_effects_absorb_has_no_number():
    both_at_once = placebo.estimates(np.array([[1.0, 4.0], [2.0, 3.0]]), np.array([[0, 1]]), np.array([[1, 1]]))
    assert np.isnan(both_at_once).all()


def test_every_unit_is_chosen_alike_so_that_draws_centre_on_zero():
    found = placebo.draws(panel(40, 19, 6), "count", 4_000, 7, unit="unit")
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(len(found))


def test_permuted_dates_are_the_panels_own_cohorts():
    data = panel(n_units=4, n_years=3, treated=1).assign(count=np.arange(12.0) ** 2)
    every = {regression(data, np.array([unit]), np.array([2])) for unit in range(4)}
    found = placebo.draws(data, "count", 200, 3, dates="permuted", unit="unit")
    assert {round(value, 9) for value in found} == {round(value, 9) for value in every}


def test_a_seed_gives_the_same_draws_and_another_seed_others():
    data = panel()
    first, again, other = (placebo.draws(data, "count", 50, seed, unit="unit") for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()


def test_row_order_and_other_columns_do_not_matter_and_the_panel_is_left_as_it_is():
    data = panel()
    before = data.copy()
    shuffled = data.sample(frac=1, random_state=0).assign(other="x")
    first, again = (placebo.draws(each, "count", 9, 1, unit="unit") for each in (data, shuffled))
    assert (first == again).all()
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("order", ["data", "names"])
@pytest.mark.parametrize("dates", ["uniform", "permuted"])
def test_a_regression_on_each_treatment_that_was_drawn_gives_its_draw(order, dates):
    data = panel().sample(frac=1, random_state=2)
    how = {"dates": dates, "order": order, "unit": "unit"}
    drawn = placebo.treatments(data, "count", 5, 4, **how)
    expected = placebo.draws(data, "count", 5, 4, **how)
    assert list(drawn) == ["draw", "unit", "year"]
    assert (drawn.groupby("draw").size() == data.loc[data["cohort"].notna(), "unit"].nunique()).all()
    for number, one in drawn.groupby("draw"):
        first = data["unit"].map(one.set_index("unit")["year"])
        estimate = did.twfe(data.assign(cohort=first.astype("Int64")), "count", unit="unit")["estimate"].item()
        assert estimate == pytest.approx(expected[number - 1], abs=SAME)


def test_gaps_no_treated_unit_and_unknown_ways_of_dating_are_refused():
    data = panel()
    with pytest.raises(EnclaveError, match="balanced"):
        placebo.draws(data.drop(index=5), "count", 1, 1, unit="unit")
    with pytest.raises(EnclaveError, match="No unit of the panel is treated"):
        placebo.draws(data.assign(cohort=pd.NA), "count", 1, 1, unit="unit")
    with pytest.raises(EnclaveError, match="uniform, permuted"):
        placebo.draws(data, "count", 1, 1, dates="sometime", unit="unit")
    with pytest.raises(EnclaveError, match="estimate, t"):
        placebo.draws(data, "count", 1, 1, statistic="F", unit="unit")


def test_dealt_within_a_column_its_values_keep_their_cohorts():
    groups, cohorts = np.array([0, 0, 0, 1, 1, 2]), np.array([4, 9, 9, 5, 9, 9])
    dealt = placebo.deals_within(groups, cohorts, 300, np.random.default_rng(1))
    for group in range(3):
        assert (np.sort(dealt[:, groups == group], axis=1) == np.sort(cohorts[groups == group])).all()
    # three places for the first treatment and two for the second: six deals, each about as often
    counts = pd.Series(list(map(tuple, dealt))).value_counts()
    assert len(counts) == 6
    assert counts.min() > 300 / 6 * 0.6


def test_draws_within_a_column_by_force():
    data = simulated.panel(units=20, periods=5, treated=6)
    data["cohort"] = data["cohort"].where(data["cohort"].isna(), 2002)
    drawn = placebo.draws(data, "y", 200, 3, dates="permuted", within="helper")
    # every draw is one of the regressions in which each helper has as many treated pairs as it has
    pairs = data.drop_duplicates(["helper", "recipient"]).sort_values(["helper", "recipient"])
    number = pairs["cohort"].notna().groupby(pairs["helper"]).sum()
    choices = [
        list(combinations(pairs.index[pairs["helper"] == helper], count)) for helper, count in number.items() if count
    ]
    wide = data.pivot(index=["helper", "recipient"], columns="year", values="y")
    rows = {key: place for place, key in enumerate(wide.index)}
    places = {index: rows[tuple(pairs.loc[index, ["helper", "recipient"]])] for index in pairs.index}
    chosen = np.array([[places[one] for part in choice for one in part] for choice in product(*choices)])
    every = placebo.estimates(wide.to_numpy(), chosen, np.full(chosen.shape, 2))
    assert all(np.abs(every - value).min() < SAME for value in drawn)


def test_a_column_in_which_nothing_can_be_dealt_is_refused():
    data = simulated.panel(units=10, treated=5)
    data["cohort"] = data["cohort"].mask(data["recipient"] == "r0", 2004)
    with pytest.raises(EnclaveError, match="Nothing can be dealt"):
        placebo.draws(data, "y", 5, 1, dates="permuted", within="recipient")
    with pytest.raises(EnclaveError, match="permuted"):
        placebo.draws(data, "y", 5, 1, within="helper")
