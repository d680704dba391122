"""Few treated clusters: slopes and signs by hand, a program with all dummies, and brute force over all signs."""

import warnings
from itertools import product

import numpy as np
import pandas as pd
import plain
import pytest
import simulated
from diff_diff.linalg import compute_robust_vcov
from diff_diff.utils import wild_bootstrap_se

from enclave.base.errors import EnclaveError
from enclave.estimators import did, few_clusters, other_standard_errors

TO_8 = 1e-8
PAIR = ["helper", "recipient"]


def two_periods(changes, treated):
    """Units that change by `changes` between two periods; the first `treated` of them are treated in the second."""
    rows = [(unit, 2000 + late, late * change) for unit, change in enumerate(changes) for late in (0, 1)]
    made = pd.DataFrame(rows, columns=["unit", "year", "y"])
    return made.assign(cohort=made["unit"].map(dict.fromkeys(range(treated), 2001)).astype("Int64"))


def slope(panel, distances, method):
    """The row of the interaction, with the distances of the treated units; never-treated units are at 9."""
    units = panel["unit"].unique()
    km = pd.Series([*distances, *[9.0] * (len(units) - len(distances))], index=pd.Index(units, name="unit"), name="km")
    found = few_clusters.errors(panel, "y", interaction=km, unit="unit").set_index(["term", "method"])
    return found.loc[("treat_x_km", method)]


def test_the_slope_of_three_treated_units_has_one_degree_of_freedom_by_hand():
    # Changes 4, 6, 11 at distances 9, 10, 11: slope 7 / 2, residuals 1/2, -1, 1/2, leverages 5/6, 1/3, 5/6. CR2 is
    # sum (d - 10)^2 e^2 / (1 - h) / (sum (d - 10)^2)^2 = (1/4 x 6 + 1/4 x 6) / 4. The residuals of three points on a
    # line have one direction, so their square has one degree of freedom.
    found = slope(two_periods([4.0, 6.0, 11.0, 1.0, 0.0, 3.0, 2.0, 4.0], 3), [9.0, 10.0, 11.0], "CR2")
    assert found["estimate"] == pytest.approx(3.5, abs=TO_8)
    assert found["std_error"] == pytest.approx(np.sqrt(3 / 4), abs=TO_8)
    assert found["df"] == pytest.approx(1, abs=TO_8)


def test_two_distances_with_two_units_each_have_two_degrees_of_freedom_by_hand():
    # Changes 1, 3 at 10 km and 4, 10 at 20 km: slope (7 - 2) / 10; the two deviations of a group are +-1 and +-3, its
    # leverages 1/2. CR2 is sum 25 e^2 / (1 - 1/2) / 100^2 = 25 x 2 x (1 + 1 + 9 + 9) / 10^4, as for two groups with
    # their own variances: (1 + 9) / 100. Two groups of two leave one degree of freedom each.
    found = slope(two_periods([1.0, 3.0, 4.0, 10.0, 0.0, 2.0, 5.0], 4), [10.0, 10.0, 20.0, 20.0], "CR2")
    assert found["estimate"] == pytest.approx(0.5, abs=TO_8)
    assert found["std_error"] == pytest.approx(np.sqrt(0.1), abs=TO_8)
    assert found["df"] == pytest.approx(2, abs=TO_8)


def test_the_slope_does_not_depend_on_never_treated_units_that_nothing_tells_from_zero():
    few, many = (two_periods([1.0, 3.0, 4.0, 10.0, *others], 4) for others in ([0.0, 2.0], [0.0, 2.0, 8.0, 7.0, 1.0]))
    distances = [10.0, 10.0, 20.0, 20.0]
    for column in ("estimate", "std_error", "df"):
        assert slope(few, distances, "CR2")[column] == pytest.approx(slope(many, distances, "CR2")[column], abs=TO_8)


def written_out(panel, *, km=None, controls=None):
    """The design with all dummies of units and years, the terms first, and the number of the unit in each row."""
    treat = (panel["year"] >= panel["cohort"].fillna(9999)).astype(float).to_numpy()
    terms = [treat]
    if km is not None:
        terms.append(treat * km.loc[pd.MultiIndex.from_frame(panel[PAIR])].to_numpy())
    unit = pd.factorize(panel["helper"] + panel["recipient"])[0]
    columns = [*terms, *plain.dummies(unit).T, *plain.dummies(panel["year"]).T[1:]]
    if controls is not None:
        values = controls.set_index("recipient").loc[panel["recipient"]]
        values = ((values - values.mean()) / values.std()).to_numpy()
        columns += plain.crossed(values, panel["year"])
    return np.column_stack(columns), unit


@pytest.mark.parametrize("with_controls", [False, True])
def test_a_second_program_with_all_dummies_gives_the_same_errors_and_degrees_of_freedom(with_controls):
    panel = simulated.panel(units=25, periods=6, treated=6, slope=1.0).drop(index=[9, 40]).reset_index(drop=True)
    km, controls = simulated.distances(panel), simulated.controls(panel) if with_controls else None
    design, unit = written_out(panel, km=km, controls=controls)
    residual = panel["y"] - design @ np.linalg.lstsq(design, panel["y"].to_numpy(), rcond=None)[0]
    with warnings.catch_warnings():
        # it says that the dummies of units, of which nothing is asked, have no degrees of freedom
        warnings.filterwarnings("ignore", message="Satterthwaite DOF")
        variance, df = compute_robust_vcov(design, residual.to_numpy(), unit, vcov_type="hc2_bm", return_dof=True)
    found = few_clusters.errors(panel, "y", interaction=km, controls=controls)
    cr2 = found[found["method"] == "CR2"]
    assert cr2["term"].tolist() == ["treat", "treat_x_distance"]
    np.testing.assert_allclose(cr2["std_error"], np.sqrt(np.diag(variance)[:2]), rtol=1e-7)
    np.testing.assert_allclose(cr2["df"], df[:2], rtol=1e-5)


def test_the_jackknife_of_a_slope_equals_regressions_without_one_unit_at_a_time():
    panel = simulated.panel(units=15, periods=6, treated=5, slope=1.0)
    km, controls = simulated.distances(panel), simulated.controls(panel).drop(columns="beds")

    def estimates(rows):
        return did.twfe(rows, "y", interaction=km, controls=controls)["estimate"].to_numpy()

    pairs = panel[PAIR].drop_duplicates().to_numpy().tolist()
    without = [estimates(panel[(panel["helper"] != i) | (panel["recipient"] != j)]) for i, j in pairs]
    expected = np.sqrt(14 / 15 * ((np.array(without) - estimates(panel)) ** 2).sum(axis=0))
    found = few_clusters.errors(panel, "y", interaction=km, controls=controls)
    np.testing.assert_allclose(found.loc[found["method"] == "CR3", "std_error"], expected, rtol=1e-7)


def test_the_first_row_of_each_term_is_the_error_of_the_regression_itself():
    panel = simulated.panel(slope=1.0).drop(index=[3, 77])
    options = {"interaction": simulated.distances(panel), "controls": simulated.controls(panel)}
    ours, theirs = few_clusters.errors(panel, "y", **options), did.twfe(panel, "y", **options)
    cr1 = ours[ours["method"] == "CR1"].reset_index(drop=True)
    columns = ["term", "clusters", "estimate", "std_error", "statistic", "p_value"]
    pd.testing.assert_frame_equal(cr1[columns], theirs[columns], rtol=1e-9)


def test_kilometres_and_metres_have_the_same_t_and_degrees_of_freedom():
    panel = simulated.panel(slope=1.0)
    km = simulated.distances(panel)
    one, other = (few_clusters.errors(panel, "y", interaction=by * km) for by in (1, 1e6))
    np.testing.assert_allclose(other[["statistic", "df", "p_value"]], one[["statistic", "df", "p_value"]], rtol=1e-7)
    slopes = one["term"] != "treat"
    np.testing.assert_allclose(1e6 * other.loc[slopes, "std_error"], one.loc[slopes, "std_error"], rtol=1e-7)


def test_no_more_treated_units_than_terms_are_refused():
    panel = two_periods([1.0, 3.0, 4.0, 10.0, 2.0], 2)
    km = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=pd.Index(range(5), name="unit"), name="km")
    with pytest.raises(EnclaveError, match="Only 2 units are treated, for 2 terms"):
        few_clusters.errors(panel, "y", interaction=km, unit="unit")


def test_two_of_sixteen_signs_reach_the_true_statistic_by_hand():
    # Changes 5, 7 of treated and 0, 2 of other units, with mean 3.5: restricted residuals 1.5, 3.5, -3.5, -1.5. Of the
    # vectors of signs and their mirrors, the true one gives the difference of means 5 with squares 2 + 2 around them.
    # All others give a smaller difference: 3.5 at most, with squares of 12.5 + 2.
    found = few_clusters.wild_bootstrap(two_periods([5.0, 7.0, 0.0, 2.0], 2), "y", cluster="unit", unit="unit")
    assert found["p_value"] == 2 / 16
    assert found[["clusters", "treated_clusters", "draws"]].tolist() == [4, 2, 16]


def by_force(panel, cluster, place, **options):
    """The p value over all signs, with a regression on all dummies for each."""
    design, _ = written_out(panel, **options)
    labels, y = pd.factorize(panel[cluster])[0], panel["y"].to_numpy()
    others, groups = np.delete(design, place, axis=1), labels.max() + 1
    fitted = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    inverse = np.linalg.pinv(design)

    def t_of(outcome):
        beta = inverse @ outcome
        left = outcome - design @ beta
        scores = [inverse[place, labels == group] @ left[labels == group] for group in range(groups)]
        return beta[place] / np.sqrt(np.square(scores).sum())

    true = abs(t_of(y))
    drawn = [abs(t_of(fitted + np.array(signs)[labels] * (y - fitted))) for signs in product([1, -1], repeat=groups)]
    return np.mean(np.array(drawn) > true * (1 - 1e-9))


@pytest.mark.parametrize(("term", "place"), [("treat", 0), ("treat_x_distance", 1)])
def test_all_signs_by_force_give_the_same_p_value(term, place):
    panel = simulated.panel(units=25, periods=6, treated=7, effect=0.4, slope=0.3).drop(index=[9, 40])
    options = {"controls": simulated.controls(panel)}
    km = simulated.distances(panel)
    for cluster in PAIR:
        found = few_clusters.wild_bootstrap(panel, "y", cluster=cluster, term=term, interaction=km, **options)
        expected = by_force(panel, cluster, place, km=km, **options)
        assert found["p_value"] == pytest.approx(expected, abs=1e-12), cluster
        assert 0.03 < expected < 1


def test_a_second_program_gives_the_same_p_value_by_helper_and_about_the_same_by_pair():
    panel = simulated.panel(units=40, periods=6, treated=8, effect=0.5)
    design, unit = written_out(panel)
    helpers = pd.factorize(panel["helper"])[0]
    theirs = wild_bootstrap_se(design, panel["y"].to_numpy(), np.zeros(len(panel)), helpers, 0, n_bootstrap=999)
    ours = few_clusters.wild_bootstrap(panel, "y", cluster="helper")
    # it counts what lies beyond the true statistic, and so neither the true signs nor their mirror
    assert ours["p_value"] == pytest.approx(theirs.p_value + 2 / 32, abs=1e-12)
    assert ours["draws"] == theirs.n_bootstrap == 32
    drawn = wild_bootstrap_se(design, panel["y"].to_numpy(), np.zeros(len(panel)), unit, 0, n_bootstrap=1999, seed=1)
    found = few_clusters.wild_bootstrap(panel, "y", cluster=PAIR, seed=1)
    # two sets of draws: four standard errors of the rougher share
    share = found["p_value"]
    assert abs(share - drawn.p_value) < 4 * np.sqrt(share * (1 - share) / 1999)
    assert 0.01 < share < 0.9


def test_its_statistic_is_that_of_the_error_by_the_same_cities():
    panel = simulated.panel(units=30, periods=6, treated=9)
    errors = other_standard_errors.compute(panel, "y").set_index("method")
    for cluster, method in [("helper", "by helper"), ("recipient", "by recipient"), (PAIR, "CR1")]:
        found = few_clusters.wild_bootstrap(panel, "y", cluster=cluster, draws=99)
        assert found["statistic"] == pytest.approx(errors.loc[method, "statistic"], rel=1e-9)


def test_with_many_clusters_on_both_sides_the_test_has_about_its_size():
    # 60 panels of independent errors without an effect: a p value is below a tenth in about six
    panels = (simulated.panel(units=40, periods=6, treated=20, effect=0.0, seed=seed) for seed in range(60))
    found = [few_clusters.wild_bootstrap(panel, "y", cluster=PAIR, draws=299)["p_value"] for panel in panels]
    assert 1 <= sum(p < 0.1 for p in found) <= 13
    assert np.mean(found) == pytest.approx(0.5, abs=0.15)


def test_order_and_names_of_rows_do_not_matter_and_the_input_stays():
    panel = simulated.panel(units=30, periods=6, treated=9)
    before = panel.copy()
    one = few_clusters.wild_bootstrap(panel, "y", cluster=PAIR, draws=199, seed=3)
    other = panel.sample(frac=1, random_state=1).assign(helper=lambda rows: "z" + rows["helper"].str[::-1], treat=7)
    pd.testing.assert_series_equal(few_clusters.wild_bootstrap(other, "y", cluster=PAIR, draws=199, seed=3), one)
    pd.testing.assert_frame_equal(panel, before)
    first = few_clusters.errors(panel, "y")
    pd.testing.assert_frame_equal(few_clusters.errors(other, "y"), first, rtol=1e-8)


def test_a_cluster_or_a_term_that_is_none_is_refused():
    panel = simulated.panel(units=30, periods=6, treated=9)
    for cluster in ("year", ["helper", "year"]):
        with pytest.raises(EnclaveError, match="are not among helper, recipient"):
            few_clusters.wild_bootstrap(panel, "y", cluster=cluster)
    with pytest.raises(EnclaveError, match="term"):
        few_clusters.wild_bootstrap(panel, "y", cluster="helper", term="treat_x_km")
    one = panel.assign(helper="h")
    one["recipient"] = panel["helper"] + panel["recipient"]
    with pytest.raises(EnclaveError, match="'helper' has a single value"):
        few_clusters.wild_bootstrap(one, "y", cluster="helper")


def brute_force(panel, cluster, with_sign, signs):
    """The t statistic with CR1 by `cluster` for each vector of signs, by regressions with all dummies."""
    design, _ = written_out(panel)
    y, others = panel["y"].to_numpy(), np.delete(design, 0, axis=1)
    fitted = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    codes, found = pd.factorize(panel[cluster])[0], []
    for vector in signs:
        made = fitted + vector[with_sign] * (y - fitted)
        slope, *_ = np.linalg.lstsq(design, made, rcond=None)
        variance = compute_robust_vcov(design, made - design @ slope, codes)
        found.append(slope[0] / np.sqrt(variance[0, 0]))
    return np.array(found)


@pytest.mark.parametrize("by", ["row", PAIR])
def test_signs_of_parts_of_clusters_equal_regressions_with_all_dummies(by):
    panel = simulated.panel(units=10, periods=4, treated=4).sort_values([*PAIR, "year"], ignore_index=True)
    panel["cohort"] = panel["cohort"].where(panel["cohort"].isna(), 2002)
    found = few_clusters.wild_bootstrap(panel, "y", cluster="helper", signs_by=by, draws=999)
    rows = np.arange(40) if by == "row" else np.arange(40) // 4
    generator = np.random.default_rng(1)
    signs = np.vstack([np.ones((1, rows.max() + 1)), generator.choice([1.0, -1.0], (400, rows.max() + 1))])
    t = np.abs(brute_force(panel, "helper", rows, signs))
    # our draws are others: the two shares differ by chance
    assert found["p_value"] == pytest.approx((t[1:] >= t[0] * (1 - 1e-9)).mean(), abs=0.1)


def test_a_sign_for_each_cluster_is_the_default_and_larger_groups_are_refused():
    panel = simulated.panel()
    one = few_clusters.wild_bootstrap(panel, "y", cluster="helper", signs_by="helper")
    pd.testing.assert_series_equal(one, few_clusters.wild_bootstrap(panel, "y", cluster="helper"))
    with pytest.raises(EnclaveError, match="part of the clusters"):
        few_clusters.wild_bootstrap(panel, "y", cluster=PAIR, signs_by="helper")
