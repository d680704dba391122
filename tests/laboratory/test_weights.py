import numpy as np
import pandas as pd
import pyfixest
import pytest
import second_program
from diff_diff import ImputationDiD

from enclave.estimators import csdid, did, event_study, few_clusters
from enclave.laboratory import process, scores, weights
from enclave.laboratory.process import Dials

# much that should be found: an effect that grows and differs, a drift, noisy treated pairs
FULL = Dials(treated=13, effect=0.3, growth=0.1, spread=0.5, drift=0.05, noise=2.0)


@pytest.fixture(scope="module")
def panel():
    return process.panel(FULL, seed=3)


@pytest.fixture(scope="module")
def ours():
    """Estimate and standard error of the same panel, by estimator and error."""
    outcome = process.draws(FULL, 1, seed=3)
    estimates = weights.estimates(outcome, 13)
    return {
        key: (float(estimates[key[0]][0]), float(scores.errors(own)[0])) for key, own in scores.of(outcome, 13).items()
    }


def test_two_way_fixed_effects_are_those_of_the_estimator_with_its_error(panel, ours):
    row = did.twfe(panel, "outcome").iloc[0]
    assert ours["twfe", "CR1"] == pytest.approx((row["estimate"], row["std_error"]), rel=1e-9)


def test_the_small_sample_error_and_its_degrees_are_those_of_the_estimator(panel, ours):
    row = few_clusters.errors(panel, "outcome").set_index("method").loc["CR2"]
    assert ours["twfe", "CR2"][1] == pytest.approx(row["std_error"], rel=1e-9)
    assert scores.cr2_degrees(13) == pytest.approx(row["df"], rel=1e-9)


@pytest.mark.parametrize(("name", "control"), [("never", "never_treated"), ("not_yet", "not_yet_treated")])
def test_group_time_averages_are_those_of_the_estimator_with_their_error(panel, ours, name, control):
    row = csdid.aggregate(panel, "outcome", control_group=control).loc["simple"]
    assert ours[name, "influence"] == pytest.approx((row["estimate"], row["std_error"]), rel=1e-9)


def test_interaction_weighted_effects_average_to_the_comparison_with_pairs_never_treated(panel, ours):
    path = event_study.interaction_weighted(panel, "outcome", window=(-13, 13)).query("event_time >= 0")
    first = process.design(13).first
    rows = [(first + since < process.PERIODS)[first < process.PERIODS].sum() for since in path["event_time"]]
    assert np.average(path["estimate"], weights=rows) == pytest.approx(ours["never", "influence"][0], rel=1e-9)


def test_imputed_effects_and_their_error_are_those_of_a_second_program(panel, ours):
    coded = panel.assign(pair=panel["helper"] * 10 + panel["recipient"], first=panel["cohort"].fillna(0).astype(int))
    with second_program.quietly():
        made = ImputationDiD().fit(coded, outcome="outcome", unit="pair", time="year", first_treat="first")
    assert ours["imputation", "imputation"] == pytest.approx((made.overall_att, made.overall_se), rel=1e-7)


def test_the_stacked_regression_and_its_error_are_those_of_a_second_program(panel, ours):
    pair = panel["helper"] * 10 + panel["recipient"]
    never, stacks = panel["cohort"].isna(), []
    for start in sorted(panel["cohort"].dropna().unique()):
        own = (panel["cohort"] == start).fillna(False).astype(bool)
        treat = (own & (panel["year"] >= start)).astype(float)
        stacks.append(panel.assign(pair=pair, stack=str(start), treat=treat)[own | never])
    rows = pd.concat(stacks, ignore_index=True)
    rows["pair_of_stack"] = rows["stack"] + "_" + rows["pair"].astype(str)
    rows["year_of_stack"] = rows["stack"] + "_" + rows["year"].astype(str)
    with did.quiet_pyfixest():
        fit = pyfixest.feols("outcome ~ treat | pair_of_stack + year_of_stack", rows, vcov={"CRV1": "pair"})
    assert ours["stacked", "CR1"] == pytest.approx((fit.coef()["treat"], fit.se()["treat"]), rel=1e-7)


@pytest.mark.parametrize("treated", [2, 4, 30])
def test_weights_add_up_to_zero_by_pair_and_year_and_to_one_with_the_treatment(treated):
    pairs = process.design(treated)
    for name, made in weights.of(treated).items():
        assert np.abs(made.sum(axis=0)).max() < 1e-12, name
        assert np.abs(made.sum(axis=1)).max() < 1e-12, name
        assert made[pairs.treat].sum() == pytest.approx(1), name


def test_with_equal_effects_no_estimator_is_biased_and_with_growth_only_some_are():
    pairs = process.design(13)
    equal, grown = process.means(Dials(effect=0.7)), process.means(Dials(effect=0.0, growth=1.0))
    truth = process.truth(Dials(effect=0.0, growth=1.0))
    for name, made in weights.of(13).items():
        assert (made * equal).sum() == pytest.approx(0.7), name
        found = (made * grown).sum()
        assert (abs(found - truth) < 1e-9) == (name in {"never", "not_yet", "imputation"}), name
    assert pairs.ever.sum() == 13


def test_a_drift_enters_group_time_averages_with_the_years_since_their_base():
    # a drift of 1 adds s + 1 to a pair that is treated for s years; the mean of s is that of an effect that grows by 1
    since = process.truth(Dials(effect=0.0, growth=1.0))
    found = weights.estimates(process.means(Dials(effect=0.0, drift=1.0))[None], 13)
    assert found["never"][0] == pytest.approx(since + 1)


def test_scores_of_a_sum_are_sums_of_scores_whatever_is_added():
    generator = np.random.default_rng(1)
    one, other = generator.standard_normal((2, 1, process.UNITS, process.PERIODS))
    both, first, second = (scores.of(made, 4) for made in (one + 2 * other, one, other))
    for key, own in both.items():
        assert own == pytest.approx(first[key] + 2 * second[key], abs=1e-12), key
