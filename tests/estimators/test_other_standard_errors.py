"""Errors for few treated clusters: two periods by hand, jackknife and CR2 by force, and three other programs."""

import warnings

import numpy as np
import pandas as pd
import plain
import pyfixest
import pytest
import simulated
import statsmodels.api as sm
from diff_diff.linalg import compute_robust_vcov

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did, other_standard_errors

TO_8 = 1e-8
TREATED, OTHERS = [4.0, 6.0, 11.0], [1.0, 0.0, 3.0, 2.0, 4.0]


def two_periods():
    """Units that change by TREATED and OTHERS between two periods."""
    changes = TREATED + OTHERS
    rows = [(unit, 2000 + late, late * change) for unit, change in enumerate(changes) for late in (0, 1)]
    made = pd.DataFrame(rows, columns=["unit", "year", "y"])
    return made.assign(cohort=made["unit"].map(dict.fromkeys(range(3), 2001)).astype("Int64"))


def by_method(*args, **options):
    return other_standard_errors.compute(*args, **options).set_index("method")


def test_two_periods_give_the_unequal_variances_of_a_comparison_of_means():
    # With two periods the effect is a difference of two means of changes, 7 - 2. CR2 is then s1^2 / 3 + s0^2 / 5: the
    # squares are 26 and 10, so 26 / 2 / 3 + 10 / 4 / 5. Its degrees of freedom under equal variances, twice its squared
    # mean over its variance, are (1/3 + 1/5)^2 / (1 / (9 x 2) + 1 / (25 x 4)).
    found = by_method(two_periods(), "y", unit="unit").loc["CR2"]
    assert found["std_error"] == pytest.approx(np.sqrt(26 / 6 + 10 / 20), abs=TO_8)
    assert found["df"] == pytest.approx((1 / 3 + 1 / 5) ** 2 / (1 / 18 + 1 / 100), abs=TO_8)
    assert found["statistic"] == pytest.approx(5 / np.sqrt(26 / 6 + 10 / 20), abs=TO_8)


def test_two_periods_give_the_jackknife_of_a_comparison_of_means():
    # without a treated unit the mean moves by its deviation over 2, without another by its deviation over 4
    found = by_method(two_periods(), "y", unit="unit").loc["CR3"]
    assert found["std_error"] == pytest.approx(np.sqrt(7 / 8 * (26 / 4 + 10 / 16)), abs=TO_8)
    assert found["df"] == 7


def test_the_jackknife_equals_regressions_without_one_unit_at_a_time():
    panel = simulated.panel(units=12, periods=6, treated=4)
    whole = did.twfe(panel, "y")["estimate"].item()
    pairs = panel[["helper", "recipient"]].drop_duplicates().to_numpy().tolist()
    moves = [
        did.twfe(panel[(panel["helper"] != i) | (panel["recipient"] != j)], "y")["estimate"].item() - whole
        for i, j in pairs
    ]
    error = by_method(panel, "y").loc["CR3", "std_error"]
    assert error == pytest.approx(np.sqrt(11 / 12 * np.sum(np.square(moves))), abs=TO_8)


def test_the_first_row_is_the_error_of_the_regression_itself():
    panel = simulated.panel().drop(index=[3, 77])
    ours, theirs = by_method(panel, "y").loc["CR1"], did.twfe(panel, "y").iloc[0]
    for column in ("clusters", "std_error", "statistic", "p_value"):
        assert ours[column] == pytest.approx(theirs[column], abs=TO_8)


def dummies(panel):
    """Treatment, unit dummies and period dummies but one."""
    treat = (panel["year"] >= panel["cohort"].fillna(9999)).astype(float)
    unit = panel["helper"] + panel["recipient"]
    return np.column_stack([treat, plain.dummies(unit), plain.dummies(panel["year"])[:, 1:]]), pd.factorize(unit)[0]


def test_a_second_program_with_all_dummies_gives_the_same_cr2_and_degrees_of_freedom():
    panel = simulated.panel(units=15, periods=7, treated=4).drop(index=[9, 40])
    design, unit = dummies(panel)
    residual = panel["y"] - design @ np.linalg.lstsq(design, panel["y"].to_numpy(), rcond=None)[0]
    with warnings.catch_warnings():
        # it says that the dummies of units, of which nothing is asked, have no degrees of freedom
        warnings.filterwarnings("ignore", message="Satterthwaite DOF")
        variance, df = compute_robust_vcov(design, residual.to_numpy(), unit, vcov_type="hc2_bm", return_dof=True)
    found = by_method(panel, "y").loc["CR2"]
    assert found["std_error"] == pytest.approx(np.sqrt(variance[0, 0]), abs=TO_8)
    assert found["df"] == pytest.approx(df[0], rel=1e-6)


def test_for_independent_errors_cr2_is_unbiased_and_cr1_is_not():
    # expected value of each variance under errors of variance 1, exactly: the sum over errors of one at a time
    panel = simulated.panel(units=8, periods=4, treated=2).sort_values(["helper", "recipient", "year"])
    panel = panel.assign(cohort=panel["cohort"].where(panel["cohort"].isna(), 2002), pair=panel.groupby(PAIR).ngroup())
    design, _ = dummies(panel)
    true = np.linalg.inv(design.T @ design)[0, 0]
    total = {"CR1": 0.0, "CR2": 0.0}
    for row in range(len(panel)):
        found = by_method(panel.assign(y=np.eye(len(panel))[row]), "y", unit="pair")
        total = {name: value + found.loc[name, "std_error"] ** 2 for name, value in total.items()}
    assert total["CR2"] == pytest.approx(true, rel=1e-6)
    assert total["CR1"] < 0.9 * true


def by_pyfixest(panel, cluster):
    """The clustered error with units absorbed and periods as dummies."""
    design, unit = dummies(panel)
    names = [f"x{number}" for number in range(6)]
    kept = np.column_stack([design[:, 0], design[:, -5:]])  # the treatment and five of six periods
    data = pd.DataFrame(kept, columns=names).assign(y=panel["y"].to_numpy(), unit=unit)
    data = data.assign(helper=panel["helper"].to_numpy(), recipient=panel["recipient"].to_numpy())
    options = pyfixest.ssc(k_adj=True, k_fixef="nonnested", G_adj=True, G_df="min")
    with warnings.catch_warnings():
        # pyfixest calls pandas in a way that pandas is about to retire
        warnings.filterwarnings("ignore", message="The inplace keyword")
        return pyfixest.feols(f"y ~ {' + '.join(names)} | unit", data, vcov={"CRV1": cluster}, ssc=options).se()["x0"]


def test_pyfixest_gives_the_same_errors_by_helper_by_recipient_and_by_either():
    panel = simulated.panel(units=30, periods=6, treated=9)
    found = by_method(panel, "y")
    clusters = {"by helper": "helper", "by recipient": "recipient", "by helper or recipient": "helper + recipient"}
    for method, cluster in clusters.items():
        assert found.loc[method, "std_error"] == pytest.approx(by_pyfixest(panel, cluster), abs=TO_8), method
    assert found.loc[list(clusters), "df"].tolist() == [4, 5, 4]


def test_without_a_positive_variance_by_either_city_there_is_no_error():
    # the outcome is 1 in one row: the two variances by city are smaller than that by pair
    panel = simulated.panel(units=8, periods=4, treated=2).sort_values([*PAIR, "year"], ignore_index=True)
    panel["cohort"] = panel["cohort"].where(panel["cohort"].isna(), 2002)
    found = by_method(panel.assign(y=np.eye(len(panel))[0]), "y")
    assert found.loc["by helper or recipient", ["std_error", "statistic", "p_value"]].isna().all()
    assert found.loc["by helper", "std_error"] > 0


def test_a_unit_with_a_single_row_is_left_out_of_every_error():
    panel = simulated.panel(units=20, periods=6, treated=6)
    last = (panel[PAIR] == panel[PAIR].iloc[-1]).all(axis=1)
    expected = other_standard_errors.compute(panel[~last], "y")
    single = pd.concat([panel[~last], panel[last].iloc[:1]])
    pd.testing.assert_frame_equal(other_standard_errors.compute(single, "y"), expected)


def test_pyfixest_gives_the_same_jackknife_up_to_its_own_factor():
    panel = simulated.panel(units=12, periods=6, treated=4)
    design, unit = dummies(panel)
    kept = pd.DataFrame(np.column_stack([design[:, 0], design[:, -5:]]), columns=[f"x{number}" for number in range(6)])
    data = kept.assign(y=panel["y"].to_numpy(), unit=unit)
    with did.quiet_pyfixest():
        plain_sum = pyfixest.ssc(k_adj=False, G_adj=False)
        model = pyfixest.feols("y ~ x0 + x1 + x2 + x3 + x4 + x5 | unit", data, vcov={"CRV3": "unit"}, ssc=plain_sum)
    assert by_method(panel, "y").loc["CR3", "std_error"] == pytest.approx(np.sqrt(11 / 12) * model.se()["x0"], abs=TO_8)


def test_statsmodels_gives_the_same_error_by_helper_up_to_its_own_factor():
    panel = simulated.panel(units=30, periods=6, treated=9)
    design, _ = dummies(panel)
    groups = pd.factorize(panel["helper"])[0]
    fitted = sm.OLS(panel["y"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    rows, groups = len(panel), 5
    factor = groups / (groups - 1) * (rows - 1) / (rows - 1 - 6)
    assert by_method(panel, "y").loc["by helper", "std_error"] == pytest.approx(fitted.bse[0] * factor**0.5, abs=TO_8)


def test_more_treated_units_bring_more_degrees_of_freedom():
    few, many = (by_method(simulated.panel(treated=treated), "y").loc["CR2", "df"] for treated in (3, 20))
    assert few < 5
    assert many > 20


def test_one_name_for_the_unit_has_no_rows_by_part_and_order_and_input_do_not_matter():
    panel = simulated.panel()
    panel.attrs["source"] = "demo"
    before = panel.copy()
    made = other_standard_errors.compute(panel, "log_count")
    shuffled = panel.sample(frac=1, random_state=1).assign(other=1)
    pd.testing.assert_frame_equal(other_standard_errors.compute(shuffled, "log_count"), made)
    pd.testing.assert_frame_equal(panel, before)
    assert made.attrs == {"source": "demo"}
    one = other_standard_errors.compute(
        panel.assign(pair=panel["helper"] + panel["recipient"]), "log_count", unit="pair"
    )
    assert one["method"].tolist() == ["CR1", "CR2", "CR3"]
    np.testing.assert_allclose(one["std_error"], made["std_error"].iloc[:3], atol=TO_8)


def test_one_treated_unit_is_refused():
    panel = two_periods()
    panel["cohort"] = panel["cohort"].where(panel["unit"] == 0)
    with pytest.raises(EnclaveError, match="Only one unit is treated"):
        other_standard_errors.compute(panel, "y", unit="unit")
