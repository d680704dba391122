"""Poisson with pair and year effects: against Newton's method in plain NumPy, a ratio by hand, and bad input."""

import numpy as np
import pandas as pd
import plain
import pytest
import statsmodels.api as sm

from enclave.base.errors import EnclaveError
from enclave.estimators import poisson


def panel_of(counts, cohorts):
    """A panel from rows of counts, one row per unit, beginning in 2000."""
    rows = [
        (str(unit), "r", 2000 + place, value, cohorts[unit])
        for unit, values in enumerate(counts)
        for place, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["helper", "recipient", "year", "count", "cohort"])
    return frame.astype({"cohort": "Int64"})


@pytest.fixture
def panel():
    random = np.random.default_rng(3)
    cohorts = [2003, 2004, 2003] + [pd.NA] * 9
    base = random.uniform(1, 5, 12)
    return panel_of([random.poisson(level, 7) for level in base], cohorts)


def newton(panel):
    """The slope of the treatment and its clustered error, with all dummies written out."""
    treat = ((panel["year"] >= panel["cohort"].fillna(9999)).astype(float)).to_numpy()
    design = np.column_stack([treat, plain.dummies(panel["helper"]), plain.dummies(panel["year"])[:, 1:]])
    y, slopes = panel["count"].to_numpy(float), np.zeros(design.shape[1])
    slopes[1:] = np.log(y.mean()) * (np.arange(1, design.shape[1]) <= panel["helper"].nunique())
    for _ in range(50):
        mean = np.exp(design @ slopes)
        bread = np.linalg.inv(design.T @ (design * mean[:, None]))
        slopes = slopes + bread @ design.T @ (y - mean)
    scores = plain.dummies(panel["helper"]).T @ (design * (y - np.exp(design @ slopes))[:, None])
    groups, n, counted = len(scores), len(y), design.shape[1] - len(scores) + 1
    factor = groups / (groups - 1) * (n - 1) / (n - counted)
    return slopes[0], np.sqrt((bread @ scores.T @ scores @ bread)[0, 0] * factor)


def test_estimate_and_clustered_error_equal_newtons_method(panel):
    row = poisson.twfe(panel, "count").iloc[0]
    slope, error = newton(panel)
    assert row["estimate"] == pytest.approx(slope, abs=1e-8)
    assert row["std_error"] == pytest.approx(error, abs=1e-8)


def test_two_units_and_two_years_give_the_ratio_of_ratios():
    # Treated 2 -> 9, control 4 -> 6: exp(beta) = (9 / 2) / (6 / 4) = 3.
    row = poisson.twfe(panel_of([[2, 9], [4, 6]], [2001, pd.NA]), "count").iloc[0]
    assert np.exp(row["estimate"]) == pytest.approx(3, abs=1e-8)


def test_units_without_any_count_are_left_out_and_counted(panel):
    empty = panel.loc[panel["helper"] == "11"].assign(helper="12", count=0)
    with_empty = poisson.twfe(pd.concat([panel, empty]), "count").iloc[0]
    without = poisson.twfe(panel, "count").iloc[0]
    assert with_empty["estimate"] == pytest.approx(without["estimate"], abs=1e-12)
    assert (with_empty["dropped"], with_empty["clusters"]) == (7, 12)


def test_order_of_rows_does_not_matter_and_input_stays_as_it_was(panel):
    before = panel.copy()
    one, other = poisson.twfe(panel, "count"), poisson.twfe(panel.sample(frac=1, random_state=1), "count")
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(panel, before)


def test_a_negative_outcome_is_refused(panel):
    with pytest.raises(EnclaveError, match="has negative values"):
        poisson.twfe(panel.assign(count=panel["count"] - 9), "count")


def test_a_treatment_without_any_count_has_no_finite_estimate(panel):
    none = panel.assign(count=panel["count"].where(panel["cohort"].isna() | (panel["year"] < panel["cohort"]), 0))
    with pytest.raises(EnclaveError, match="no finite estimate"):
        poisson.twfe(none, "count")


def test_a_factor_for_treated_units_moves_nothing_only_where_the_model_fits_exactly(panel):
    exact = panel_of([[1, 2, 8, 16], [3, 6, 12, 24], [5, 10, 20, 40]], [2002, pd.NA, pd.NA])
    change = [
        poisson.log_factor(rows.assign(count=rows["count"] * (1 + rows["cohort"].notna()))) - poisson.log_factor(rows)
        for rows in (exact, panel)
    ]
    assert poisson.log_factor(exact) == pytest.approx(np.log(2), abs=1e-8)
    assert change[0] == pytest.approx(0, abs=1e-8)
    assert abs(change[1]) > 1e-3


def test_one_factor_for_all_units_moves_nothing(panel):
    assert poisson.log_factor(panel.assign(count=3 * panel["count"])) == pytest.approx(poisson.log_factor(panel))


def test_the_linear_factor_by_hand_where_all_grow_in_proportion():
    # Treated 4 -> 8, control 1 -> 2: the linear effect is 4 - 1 = 3, so that 8 stands against 5; Poisson finds nothing.
    rows = panel_of([[4, 8], [1, 2]], [2001, pd.NA])
    assert poisson.linear_log_factor(rows) == pytest.approx(np.log(8 / 5))
    assert poisson.log_factor(rows) == pytest.approx(0, abs=1e-8)


def test_where_groups_start_alike_growth_in_proportion_is_growth_in_parallel():
    # Both start at 2 and grow to 6, and the treated one by 3 more: 9 / 6 in either model.
    rows = panel_of([[2, 9], [2, 6]], [2001, pd.NA])
    assert [poisson.linear_log_factor(rows), poisson.log_factor(rows)] == pytest.approx([np.log(1.5)] * 2)


def test_a_linear_model_that_expects_less_than_nothing_has_no_factor():
    # The control falls by 5, so that the linear model expects 1 - 5 without treatment.
    assert np.isnan(poisson.linear_log_factor(panel_of([[1, 3], [9, 4]], [2001, pd.NA])))


def test_growth_by_hand():
    rows = panel_of([[1, 3, 9], [2, 2, 4], [0, 2, 2]], [2001, pd.NA, pd.NA])
    made = poisson.growth(rows, years=1).set_index("pairs")
    assert made.loc["ever treated"].tolist() == [1, 9, 8, 9]
    assert made.loc["never treated"].tolist() == [1, 3, 2, 3]


def test_what_untreated_rows_predict_by_hand():
    # Unit 0 is treated in the last year, unit 1 never: 2, 4 and 3, 6 double, and unit 1 ends at 9, thrice its first
    # year. So 6 are expected of unit 0, which has 15. A third unit has no count before its park and is left out.
    made = panel_of([[2, 4, 15], [3, 6, 9], [0, 0, 7]], [2002, pd.NA, 2002])
    found = poisson.imputed(made, "count")
    assert found[["observed", "expected", "units_used", "units_left_out"]].tolist() == pytest.approx([15, 6, 1, 1])
    assert found["log_factor"] == pytest.approx(np.log(15 / 6), abs=1e-9)


def test_a_poisson_regression_on_untreated_rows_predicts_the_same():
    random = np.random.default_rng(8)
    starts = [2003, 2005, 2004, *[pd.NA] * 12]
    base = random.uniform(2, 6, len(starts))
    made = panel_of([random.poisson(level * 1.1 ** np.arange(8)) for level in base], starts).drop(index=[60, 75])
    treat = (made["year"] >= made["cohort"].fillna(9999)).to_numpy()
    design = np.column_stack([plain.dummies(made["helper"]), plain.dummies(made["year"])[:, 1:]])
    y = made["count"].to_numpy(float)
    fitted = sm.GLM(y[~treat], design[~treat], family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    expected = np.exp(design[treat] @ fitted.params).sum()
    found = poisson.imputed(made, "count")
    assert found["expected"] == pytest.approx(expected, rel=1e-8)
    assert found["observed"] == y[treat].sum()
    assert found["units_left_out"] == 0


def test_a_factor_of_parks_is_found_where_effects_grow_and_the_regression_finds_another():
    # levels 4 to 12 grow by a tenth a year; a park multiplies by 1.5 in its first year and by 2.5 from the fourth on
    made = panel_of([[level * 1.1**year for year in range(12)] for level in range(4, 13)], [2003, 2006, *[pd.NA] * 7])
    since = (made["year"] - made["cohort"]).astype("Float64").fillna(-1)
    factor = np.where(since >= 3, 2.5, np.where(since >= 0, 1.5, 1.0))
    treated = made.assign(count=made["count"] * factor)
    true = np.log(treated.loc[since >= 0, "count"].sum() / made.loc[since >= 0, "count"].sum())
    assert poisson.imputed(treated, "count")["log_factor"] == pytest.approx(true, abs=1e-9)
    assert abs(poisson.log_factor(treated) - true) > 0.01


def test_treated_units_without_a_count_before_predict_nothing():
    with pytest.raises(EnclaveError, match="No treated unit has a positive 'count' before"):
        poisson.imputed(panel_of([[0, 9], [4, 6]], [2001, pd.NA]), "count")
    with pytest.raises(EnclaveError, match="'year' = 2001 no untreated row has a positive"):
        poisson.imputed(panel_of([[3, 9], [4, 0]], [2001, pd.NA]), "count")
