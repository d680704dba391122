"""One door to ten estimators: by hand, known truths, published numbers, second programs, and invariances."""

import diff_diff
import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import second_program
import simulated

from enclave import estimators
from enclave.base.errors import EnclaveError
from enclave.estimators import csdid
from enclave.estimators.compare import METHODS, compare, paths
from enclave.facts import public

TO_6 = 1e-6
TO_8 = 1e-8
BY_WEIGHT = [name for name, method in METHODS.items() if "weights" in method.takes]
BY_LEAD = [name for name, method in METHODS.items() if "anticipation" in method.takes]


@pytest.fixture(scope="module")
def panel():
    """30 pairs over 10 years, nine of them treated in 2004, 2005 and 2006."""
    return simulated.panel(units=30, periods=10, treated=9)


@pytest.fixture(scope="module")
def coded(panel):
    return in_codes(panel)


def in_codes(panel):
    """The same as other programs want it: a number for each unit, 0 for never treated, and the treatment itself."""
    unit, first = (
        panel.groupby(["helper", "recipient"]).ngroup(),
        panel["cohort"].astype("Float64").fillna(0).astype(int),
    )
    treat = ((panel["year"] >= first) & (first > 0)).astype(int)
    return panel.assign(unit=unit, first=first, treat=treat, weight=1.0 + unit % 3)


@pytest.fixture(scope="module")
def found(panel):
    return compare(panel, "y")


def quietly(call, *given, **options):
    with second_program.quietly():
        return call(*given, **options)


def diffdiff(model, coded, *, treatment="first_treat", **options):
    columns = {"first_treat": "first"} if treatment == "first_treat" else {"treatment": "treat"}
    return quietly(model.fit, coded, outcome="y", unit="unit", time="year", **columns, **options)


# --- By hand ----------------------------------------------------------------------------------------------------------


def by_hand():
    """Unit a treated in year 2, b in year 3, c and d never; only treated units ever move."""
    outcomes = {"a": (2, [0, 1, 5]), "b": (3, [0, 0, 3]), "c": (None, [0, 0, 0]), "d": (None, [0, 0, 0])}
    rows = [(unit, year, first, y) for unit, (first, ys) in outcomes.items() for year, y in enumerate(ys, start=1)]
    return pd.DataFrame(rows, columns=["unit", "year", "cohort", "y"]).astype({"cohort": "Int64"})


def test_three_treated_rows_by_hand():
    # Treated rows: a in 2 and 3, b in 3; effects 1, 5, 3, whose mean is 3. Both cohorts reach event time 0 only: 1 and
    # 3, mean 2. Local projections weight cohorts by n1 n0 / (n1 + n0): a has three clean controls (b, c, d), b has two,
    # so the weights are 3/4 and 2/3, and the mean is (3/4 + 2) / (17/12) = 33/17.
    # Two-way fixed effects: D less its means of unit and year is (-5, 4, 1)/12 for a and (-1, -4, 5)/12 for b, so the
    # slope is (4 * 1 + 1 * 5 + 5 * 3) / (4 + 1 + 5) = 2.4.
    made = compare(by_hand(), "y", unit="unit")["estimate"]
    expected = dict.fromkeys(METHODS, 3.0) | {"stacked": 2.0, "lpdid": 33 / 17, "twfe": 2.4}
    assert list(made.index) == list(METHODS)
    for name, value in expected.items():
        assert made[name] == pytest.approx(value, abs=TO_8), name


def test_paths_by_hand_and_the_two_bases():
    made = paths(by_hand(), "y", unit="unit").set_index(["method", "event_time"])["estimate"]
    for name in set(METHODS) - {"twfe", "lpdid"}:
        assert made[name, 0] == pytest.approx(2.0, abs=TO_8)
    assert made["cs_never", 1] == pytest.approx(5.0, abs=TO_8)
    # b moves from 3 to 0 between years 1 and 2: two periods before its treatment it was 3 above its base, and it fell
    # by 3 in the period before
    fallen = by_hand()
    fallen.loc[(fallen["unit"] == "b") & (fallen["year"] == 1), "y"] = 3
    first = {"methods": ["cs_never"], "unit": "unit"}
    universal, varying = (
        paths(fallen, "y", base=base, **first).set_index("event_time") for base in ("universal", "varying")
    )
    assert universal["estimate"].round(6).to_dict() == {-2: 3.0, -1: 0.0, 0: 2.0, 1: 5.0}
    assert varying["estimate"].round(6).to_dict() == {-1: -3.0, 0: 2.0, 1: 5.0}


# --- Known truth ------------------------------------------------------------------------------------------------------


def test_a_constant_effect_without_noise_is_found_by_all():
    made = compare(simulated.panel(units=20, periods=9, treated=6, noise=0.0), "y")
    np.testing.assert_allclose(made["estimate"], 2.0, atol=TO_6)


def test_an_effect_in_an_anticipated_period_is_left_out():
    panel = simulated.panel(units=20, periods=9, treated=6, noise=0.0)
    ahead = panel.assign(y=panel["y"] + 5.0 * (panel["year"] == panel["cohort"] - 1).fillna(value=False).astype(float))
    np.testing.assert_allclose(compare(ahead, "y", anticipation=1)["estimate"], 2.0, atol=TO_6)
    assert list(compare(ahead, "y", anticipation=1).index) == BY_LEAD
    path = paths(ahead, "y", anticipation=1).set_index(["method", "event_time"])["estimate"]
    assert path["sun_abraham", -1] == pytest.approx(5.0, abs=TO_6)
    assert path["sun_abraham", -2] == 0
    assert compare(ahead, "y", methods=["cs_never"])["estimate"].item() == pytest.approx(-3.0, abs=TO_6)


# --- Published numbers ------------------------------------------------------------------------------------------------


def test_castle_doctrine_agrees_with_what_stata_and_r_give():
    # csdid in Stata 18 MP and R's did, as in test_csdid
    states = public.castle()
    adopted = states["sid"].map(states[states["post"] == 1].groupby("sid")["year"].min())
    states = states[["sid", "year", "l_homicide"]].assign(cohort=adopted)
    made = compare(states, "l_homicide", methods=["cs_never", "sun_abraham"], unit="sid")
    assert made["estimate"].tolist() == pytest.approx([0.019402808] * 2, abs=1e-7)


# --- Second programs --------------------------------------------------------------------------------------------------


def test_imputation_is_the_first_stage_of_did2s_and_the_extended_regression(found, coded):
    fitted = quietly(
        pf.did2s,
        coded,
        yname="y",
        first_stage="~ 0 | unit + year",
        second_stage="~ treat",
        treatment="treat",
        cluster="unit",
    )
    for name in ("imputation", "two_stage", "etwfe"):
        assert found.loc[name, "estimate"] == pytest.approx(fitted.coef()["treat"], abs=TO_6)
    # the package corrects for few clusters, by the root of G / (G - 1) at most
    assert found.loc["two_stage", "std_error"] == pytest.approx(fitted.se()["treat"], rel=0.02)


def test_diff_diff_has_the_same_regressions_by_cohort(found, coded):
    for name, model in {"sun_abraham": diff_diff.SunAbraham(), "etwfe": diff_diff.WooldridgeDiD()}.items():
        theirs = diffdiff(model, coded)
        assert found.loc[name, "estimate"] == pytest.approx(theirs.overall_att, abs=TO_8)
        assert found.loc[name, "std_error"] == pytest.approx(theirs.overall_se, rel=1e-3)


def test_without_controls_never_treated_comparisons_are_those_of_sun_and_abraham(found):
    assert found.loc["cs_never", "estimate"] == pytest.approx(found.loc["sun_abraham", "estimate"], abs=TO_8)


def test_diff_diff_has_the_same_effects_of_switchers(panel, found, coded):
    theirs = diffdiff(diff_diff.ChaisemartinDHaultfoeuille(), coded, treatment="treatment", L_max=6)
    effects = quietly(theirs.aggregate, "event_study").to_dataframe().set_index("event_time")
    ours = paths(panel, "y", methods=["dcdh"]).set_index("event_time")
    # their first effect is that of the first treated period, and their first difference before is one period longer
    np.testing.assert_allclose(ours.loc[0:5, "estimate"], effects.loc[1:6, "att"], atol=TO_8)
    # their error takes the mean of each cohort as fixed, so it is not above ours, which is that of group-time effects
    assert (effects.loc[1:6, "se"].to_numpy() <= ours.loc[0:5, "std_error"].to_numpy() + TO_8).all()
    assert found.loc["dcdh", "estimate"] == pytest.approx(theirs.overall_att, abs=TO_8)


def test_pyfixest_has_the_same_local_projections(panel, coded):
    ours = paths(panel, "y", methods=["lpdid"]).set_index("event_time")
    fitted = quietly(
        pf.lpdid, coded, yname="y", idname="unit", tname="year", gname="first", pre_window=-4, post_window=3, att=False
    )
    theirs = fitted._coeftable
    theirs = theirs.set_axis(theirs.index.str.extract(r"(-?\d+)", expand=False).astype(int))
    shared = theirs.index.intersection(ours.index[ours["std_error"].notna()])
    assert len(shared) == 7
    np.testing.assert_allclose(ours.loc[shared, "estimate"], theirs.loc[shared, "Estimate"], atol=TO_8)
    np.testing.assert_allclose(ours.loc[shared, "std_error"], theirs.loc[shared, "Std. Error"], rtol=1e-3)


def test_a_stack_made_by_hand_gives_the_stacked_regression(found, coded):
    # One experiment for each cohort: it and the units untreated until the end of its window, four periods before the
    # treatment and three from it on. A mean over cohorts is weighted by treated units, here all alike.
    stack = pd.concat([_experiment(coded, first) for first in (2004, 2005, 2006)])
    means = stack.groupby(["experiment", "treated", "since"])["y"].mean().unstack("treated")
    gap = (means[True] - means[False]).unstack("experiment")
    assert found.loc["stacked", "n_obs"] == len(stack)
    assert found.loc["stacked", "estimate"] == pytest.approx((gap.loc[0:] - gap.loc[-1]).mean().mean(), abs=TO_8)


def _experiment(coded, first):
    last = first + 3
    kept = coded[(coded["first"] == first) | (coded["first"] == 0) | (coded["first"] > last)]
    kept = kept[kept["year"].between(first - 4, last)]
    return kept.assign(experiment=first, treated=kept["first"] == first, since=kept["year"] - first)


@pytest.mark.parametrize("weights", [None, "weight"])
def test_diff_diff_has_the_same_group_time_effects_with_controls_and_weights(coded, weights):
    controls = simulated.controls(coded)
    given = coded.merge(controls, on="recipient")
    design = diff_diff.SurveyDesign(weights="weight", psu="unit") if weights else None
    model = diff_diff.CallawaySantAnna(estimation_method="reg")
    theirs = diffdiff(model, given, covariates=simulated.CONTROLS, survey_design=design)
    ours = csdid.att_gt(coded, "y", controls=controls, weights=weights).set_index(["cohort", "year"])
    # their survey error has the root of G / (G - 1)
    scale = np.sqrt(30 / 29) if weights else 1.0
    for cell, effect in theirs.group_time_effects.items():
        assert ours.loc[cell, "estimate"] == pytest.approx(effect["effect"], abs=TO_6)
        assert ours.loc[cell, "std_error"] * scale == pytest.approx(effect["se"], rel=2e-2)


# --- Invariance -------------------------------------------------------------------------------------------------------


def test_a_unit_of_weight_two_counts_like_two_units(coded):
    twice = coded["unit"] % 4 == 0
    more = pd.concat([coded, coded[twice].assign(unit=coded["unit"] + 1000)])
    weighted = compare(coded.assign(heavy=1 + twice), "y", weights="heavy", unit="unit")["estimate"]
    doubled = compare(more, "y", methods=BY_WEIGHT, unit="unit")["estimate"]
    assert list(weighted.index) == BY_WEIGHT
    # a stack and its projections also weight experiments, by the numbers of their units
    same = [name for name in BY_WEIGHT if name not in ("stacked", "lpdid")]
    np.testing.assert_allclose(weighted[same], doubled[same], atol=TO_6)


def test_equal_weights_are_no_weights(panel, found):
    made = compare(panel.assign(one=7.5), "y", weights="one")
    np.testing.assert_allclose(made["estimate"], found["estimate"], atol=TO_6)
    np.testing.assert_allclose(made["std_error"], found["std_error"], rtol=0.05)


def test_rows_in_another_order_and_further_columns_change_nothing(panel, found):
    panel.attrs["source"] = "demo"
    before = panel.copy()
    made = compare(panel.sample(frac=1, random_state=2).assign(unit=1, first=2, weight=3), "y")
    pd.testing.assert_frame_equal(made, found)
    assert made.attrs == {"source": "demo"}
    pd.testing.assert_frame_equal(panel, before)


# --- Edges ------------------------------------------------------------------------------------------------------------


def test_the_package_offers_the_same_function():
    assert estimators.compare is compare


def test_methods_are_chosen_by_name_and_by_what_is_given(panel):
    assert list(compare(panel, "y", methods=["etwfe", "twfe"]).index) == ["etwfe", "twfe"]
    controls = simulated.controls(panel)
    assert list(compare(panel, "y", controls=controls, methods=None).index) == BY_LEAD
    for wrong, message in {
        "methods": "is 'twfe'. Give a list",
        "unknown": "no method 'saturated'",
        "controls": "'stacked' takes no `controls`",
    }.items():
        methods = {"methods": "twfe", "unknown": ["saturated"], "controls": ["stacked"]}[wrong]
        with pytest.raises(EnclaveError, match=message):
            compare(panel, "y", methods=methods, controls=controls)


def test_designs_that_some_methods_cannot_read_are_refused(panel):
    with pytest.raises(EnclaveError, match=r"do not follow one another.*'year'"):
        compare(panel[panel["year"] != 2003], "y")
    with pytest.raises(EnclaveError, match=r"no never-treated unit.*'cohort'"):
        compare(panel[panel["cohort"].notna()], "y")
    with pytest.raises(EnclaveError, match=r"One unit is treated by 'cohort'"):
        compare(panel[panel["cohort"].isna() | (panel["helper"] + panel["recipient"] == "h0r0")], "y")
    with pytest.raises(EnclaveError, match=r"less the 4 of `anticipation`"):
        compare(panel, "y", anticipation=4)
    with pytest.raises(EnclaveError, match=r"changes its weight in 'year'"):
        compare(panel, "y", weights="year")
