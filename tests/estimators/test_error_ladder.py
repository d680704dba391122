"""The ladder of standard errors: two periods by hand, three other programs, and what does not matter."""

import warnings

import numpy as np
import pandas as pd
import plain
import pyfixest as pf
import pytest
import simulated
from diff_diff.linalg import compute_robust_vcov
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.estimators import did, error_ladder, few_clusters, other_standard_errors

TO_8 = 1e-8
PAIR = ["helper", "recipient"]


def four_pairs(changes, treated):
    """Two helpers with two recipients each in two years; the pairs named in `treated` are treated in the second."""
    pairs = [("h0", "r0"), ("h0", "r1"), ("h1", "r0"), ("h1", "r1")]
    rows = [(*pair, year, late * change) for pair, change in zip(pairs, changes, strict=True) for late, year in YEARS]
    made = pd.DataFrame(rows, columns=[*PAIR, "year", "y"])
    hit = [tuple(pair) in treated for pair in made[PAIR].to_numpy()]
    return made.assign(cohort=pd.array([2001 if one else None for one in hit], dtype="Int64"))


YEARS = [(0, 2000), (1, 2001)]


def error(rows, method):
    return rows.set_index("method").loc[method, "std_error"]


def test_pairs_that_share_a_city_by_hand():
    # Treated: h0-r0 changes by 4 and h1-r1 by 0; others: h0-r1 by 3 and h1-r0 by 1. Means 2 and 2, residuals +-2, +-1.
    # Each enters the estimate with half of itself: 1, -1 and, with the other sign, -1/2, 1/2. Only h0-r0 and h1-r1, and
    # the two others, share no city. All products are the squared sum, 0; less twice (1 x -1) and twice (-1/2 x 1/2).
    found = error_ladder.ladder(four_pairs([4.0, 3.0, 1.0, 0.0], [("h0", "r0"), ("h1", "r1")]), "y")
    assert error(found, "dyadic") == pytest.approx(np.sqrt(2.5), abs=TO_8)
    # helpers: (1 - 1/2)^2 + (1/2 - 1)^2 = 1/2; G / (G - 1) is 2, (N - 1) / (N - K) is 7 / 5
    assert error(found, "helper CR1") == pytest.approx(np.sqrt(0.5 * 2 * 7 / 5), abs=TO_8)
    assert error(found, "recipient CR1") == pytest.approx(np.sqrt(4.5 * 2 * 7 / 5), abs=TO_8)
    assert error(found, "either") == pytest.approx(np.sqrt(2.5 * 2 * 7 / 5), abs=TO_8)


def test_with_two_periods_the_first_rung_is_the_t_test_of_two_means():
    generator = np.random.default_rng(5)
    panel = simulated.panel(units=20, periods=2, treated=6).assign(cohort=lambda frame: frame["cohort"] * 0 + 2001)
    panel["y"] = generator.normal(size=len(panel))
    change = panel.pivot(index=PAIR, columns="year", values="y").diff(axis=1)[2001]
    hit = panel.drop_duplicates(PAIR).set_index(PAIR)["cohort"].notna().reindex(change.index)
    second = stats.ttest_ind(change[hit], change[~hit])
    found = error_ladder.ladder(panel, "y").iloc[0]
    assert found["df"] == 18
    assert [found["statistic"], found["p_value"]] == pytest.approx([second.statistic, second.pvalue], abs=TO_8)


@pytest.mark.parametrize(("method", "vcov"), [("iid", "iid"), ("robust", "hetero")])
def test_pyfixest_gives_the_same_errors_of_independent_rows(method, vcov):
    panel = simulated.panel(units=25, treated=6)
    panel["treat"] = did.treated(panel, "year", "cohort")
    panel["unit"] = panel["helper"] + panel["recipient"]
    with did.quiet_pyfixest():
        second = pf.feols("y ~ treat + C(year) | unit", panel, vcov=vcov, ssc=pf.ssc(k_fixef="full"))
    assert error(error_ladder.ladder(panel, "y"), method) == pytest.approx(second.se()["treat"], rel=1e-8)


def test_the_rungs_by_pair_and_city_are_those_of_the_baseline_chapter():
    panel = simulated.panel(units=25, treated=6).drop(index=[3, 50])
    ours, theirs = (function(panel, "y").set_index("method") for function in (error_ladder.ladder, OTHER))
    names = {"unit CR1": "CR1", "unit CR2": "CR2", "unit CR3": "CR3", "either": "by helper or recipient"}
    names |= {f"{key} CR1": f"by {key}" for key in PAIR}
    for one, other in names.items():
        columns = ["clusters", "std_error", "df", "p_value"]
        np.testing.assert_allclose(ours.loc[one, columns], theirs.loc[other, columns].astype(float), rtol=1e-8)


OTHER = other_standard_errors.compute


@pytest.mark.parametrize("key", PAIR)
def test_diff_diff_gives_the_same_cr2_by_city_and_its_degrees_of_freedom(key):
    panel = simulated.panel(units=25, periods=6, treated=6)
    columns = pd.DataFrame(plain.dummies(panel["year"])[:, 1:]).assign(treat=did.treated(panel, "year", "cohort"))
    design = (columns - columns.groupby([panel[name] for name in PAIR]).transform("mean")).to_numpy()
    y = (panel["y"] - panel.groupby(PAIR)["y"].transform("mean")).to_numpy()
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    codes = pd.factorize(panel[key])[0]
    with warnings.catch_warnings():
        # with five recipients it gives no degrees of freedom
        warnings.filterwarnings("ignore", message="Satterthwaite DOF")
        variance, df = compute_robust_vcov(design, residual, codes, vcov_type="hc2_bm", return_dof=True)
    found = error_ladder.ladder(panel, "y").set_index("method").loc[f"{key} CR2"]
    assert found["std_error"] == pytest.approx(np.sqrt(variance[-1, -1]), rel=1e-6)
    if key == "helper":
        assert found["df"] == pytest.approx(df[-1], rel=1e-4)


def test_dyads_and_two_way_clusters_differ_by_the_factor_alone():
    panel = simulated.panel()
    found = error_ladder.ladder(panel, "y")
    rows, used, count = len(panel), 12 + 1, 5
    factor = count / (count - 1) * (rows - 1) / (rows - used)
    assert error(found, "either") / error(found, "dyadic") == pytest.approx(np.sqrt(factor), rel=1e-9)


def test_a_slope_has_its_own_ladder_with_controls():
    panel = simulated.panel(slope=1.0)
    options = {"interaction": simulated.distances(panel), "controls": simulated.controls(panel)}
    found = error_ladder.ladder(panel, "y", term="treat_x_distance", **options)
    theirs = few_clusters.errors(panel, "y", **options).query("term == 'treat_x_distance'")
    ours = found[found["method"].isin(["unit CR1", "unit CR2", "unit CR3"])]
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-8)
    with pytest.raises(EnclaveError, match="'slope'"):
        error_ladder.ladder(panel, "y", term="slope", **options)


def test_a_unit_of_one_column_has_no_rungs_by_city():
    panel = simulated.panel().assign(unit=lambda frame: frame["helper"] + frame["recipient"])
    found = error_ladder.ladder(panel, "y", unit="unit")
    assert found["method"].tolist() == ["iid", "robust", "unit CR1", "unit CR2", "unit CR3", "unit CR1, few"]
    assert found["df"].iloc[-1] == 9
