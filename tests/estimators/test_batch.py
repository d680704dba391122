"""Many regressions at once: against `did.twfe` one at a time, against plain NumPy, and under changes of no meaning."""

import numpy as np
import pandas as pd
import plain
import pytest
import simulated

from enclave.base.errors import EnclaveError
from enclave.estimators import batch, did

SAME = 1e-10
OUTCOMES = ["y", "count", "log_count"]
COHORTS = ["cohort", "later", "others"]
NUMBERS = ["estimate", "std_error", "statistic", "conf_low", "conf_high", "n", "clusters", "r2"]


def panel(**options):
    """A simulated panel with three cohort columns: its own, two years later, and other pairs."""
    made = simulated.panel(**options)
    unit = made.groupby(["helper", "recipient"]).ngroup()
    others = pd.Series(np.where(unit % 4 == 1, 2003 + unit % 5, 0), dtype="Int64")
    return made.assign(later=made["cohort"] + 2, others=others.mask(others == 0))


def with_gaps(made):
    """A tenth of the rows missing, and one pair with a single row."""
    kept = made.sample(frac=0.9, random_state=2)
    first = kept[["helper", "recipient"]].iloc[0]
    single = (kept[["helper", "recipient"]] == first).all(axis=1)
    return pd.concat([kept[~single], kept[single].iloc[:1]])


def one_by_one(made, **options):
    rows = [
        did.twfe(made, outcome, cohort=cohort, **options).assign(outcome=outcome, cohort=cohort)
        for outcome in OUTCOMES
        for cohort in COHORTS
    ]
    return pd.concat(rows, ignore_index=True)


def assert_same(found, expected):
    pd.testing.assert_frame_equal(found[["outcome", "cohort"]], expected[["outcome", "cohort"]])
    np.testing.assert_allclose(found[NUMBERS].to_numpy(float), expected[NUMBERS].to_numpy(float), rtol=SAME)
    # pyfixest takes one less a probability, so that a tiny p value has few right digits
    np.testing.assert_allclose(found["p_value"], expected["p_value"], atol=SAME)


@pytest.mark.parametrize("gaps", [False, True], ids=["balanced", "gaps"])
@pytest.mark.parametrize("with_controls", [False, True], ids=["bare", "controls"])
def test_all_regressions_at_once_are_those_of_pyfixest_one_at_a_time(gaps, with_controls):
    made = panel(units=25, periods=9, treated=8, seed=7)
    made = with_gaps(made) if gaps else made
    controls = simulated.controls(made) if with_controls else None
    assert_same(batch.twfe(made, OUTCOMES, COHORTS, controls=controls), one_by_one(made, controls=controls))


@pytest.mark.parametrize("ssc", list(did.CONVENTIONS))
def test_each_convention_for_small_samples_is_that_of_pyfixest(ssc):
    made = with_gaps(panel(units=25, periods=9, treated=8, seed=3))
    controls = simulated.controls(made)
    found = batch.twfe(made, ["y"], controls=controls, ssc=ssc)
    one = did.twfe(made, "y", controls=controls, ssc=ssc).assign(outcome="y", cohort="cohort")
    assert_same(found, one)


def test_a_pair_with_a_single_row_is_left_out_and_not_counted():
    made = with_gaps(panel(units=25, periods=9, treated=8, seed=7))
    found = batch.twfe(made, ["y"]).iloc[0]
    assert (found["n"], found["clusters"]) == (len(made) - 1, 24)


def test_plain_numpy_gives_the_same_numbers_with_controls_and_gaps():
    made = panel(units=25, periods=9, treated=8).drop(index=[17, 30, 31]).reset_index(drop=True)
    base = simulated.controls(made)
    found = batch.twfe(made, ["count"], COHORTS, controls=base).set_index("cohort")
    crossed = plain.crossed(made[["recipient"]].merge(base, on="recipient")[simulated.CONTROLS], made["year"])
    for cohort in COHORTS:
        treat = made["year"] >= made[cohort].fillna(9999)
        unit = made["helper"] + made["recipient"]
        estimate, error, r2 = plain.twfe(made["count"], [treat, *crossed], unit, made["year"])
        expected = [estimate[0], error[0], r2]
        np.testing.assert_allclose(
            found.loc[cohort, ["estimate", "std_error", "r2"]].astype(float), expected, rtol=1e-8
        )


def test_a_repeated_control_and_its_scale_change_nothing():
    made = panel()
    base = simulated.controls(made)
    doubled = base.assign(revenue=base["revenue"] * 1e6 + 5, again=base["beds"] * 2, constant=1.0)
    expected = batch.twfe(made, OUTCOMES, COHORTS, controls=base)
    assert_same(batch.twfe(made, OUTCOMES, COHORTS, controls=doubled), expected)


def test_neither_row_order_nor_the_other_regressions_matter_and_the_panel_is_left_as_it_is():
    made = panel()
    made.attrs["source"] = "demo"
    before = made.copy()
    expected = batch.twfe(made, OUTCOMES, COHORTS)
    assert expected.attrs == {"source": "demo"}
    shuffled = made.sample(frac=1, random_state=4).assign(noise=1.0, treat=7, outcome=3)
    assert_same(batch.twfe(shuffled, OUTCOMES, COHORTS), expected)
    for row in expected.index:
        outcome, cohort = expected.loc[row, ["outcome", "cohort"]]
        alone = batch.twfe(made, [outcome], [cohort])
        assert_same(alone, expected.loc[[row]].reset_index(drop=True))
    pd.testing.assert_frame_equal(made, before)


def test_a_factor_on_the_outcome_is_a_factor_on_estimate_and_error():
    made = panel()
    found = batch.twfe(made.assign(twice=2 * made["y"] + 7), ["y", "twice"]).set_index("outcome")
    np.testing.assert_allclose(
        found.loc["twice", ["estimate", "std_error"]].astype(float),
        2 * found.loc["y", ["estimate", "std_error"]].astype(float),
        rtol=SAME,
    )
    assert found.loc["twice", "p_value"] == pytest.approx(found.loc["y", "p_value"], rel=1e-9)


def test_an_outcome_that_never_changes_is_refused_among_others():
    with pytest.raises(EnclaveError, match="The outcome 'y' is the same in every row"):
        batch.twfe(panel().assign(y=3.0), ["count", "y"])


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (lambda made: pd.concat([made, made.iloc[[5]]]), {}),
        (lambda made: made.assign(cohort=made["cohort"].where(made["year"] != 2003, 2010)), {}),
        (lambda made: made.assign(recipient=made["recipient"].where(made["year"] != 2003)), {}),
        (lambda made: made.assign(cohort=pd.array([None] * len(made), dtype="Int64")), {}),
        (lambda made: made.assign(cohort=2005), {}),
        (lambda made: made.assign(cohort=2005), {"controls": simulated.controls(simulated.panel())}),
        (lambda made: made.assign(y=made["y"].where(made["year"] != 2003)), {}),
        (lambda made: made.drop(columns="y"), {}),
        (lambda made: made.drop(columns="year"), {}),
        (lambda made: made[(made["helper"] == "h0") & (made["recipient"] == "r0")], {}),
        (lambda made: made, {"controls": simulated.controls(simulated.panel()).iloc[1:]}),
        (lambda made: made, {"controls": simulated.controls(simulated.panel()).drop(columns="recipient")}),
        (lambda made: made, {"ssc": "stata"}),
    ],
)
def test_what_one_regression_refuses_many_refuse_with_the_same_words(change, options):
    faulty = change(simulated.panel())
    with pytest.raises(EnclaveError) as one:
        did.twfe(faulty, "y", **options)
    with pytest.raises(EnclaveError) as many:
        batch.twfe(faulty, ["y"], **options)
    assert str(many.value).replace("'cohort'", "'treat'") == str(one.value).replace("'cohort'", "'treat'")


def test_a_negative_count_has_no_logarithm_and_a_treatment_without_rows_is_named():
    made = panel()
    with pytest.raises(EnclaveError, match="has a negative 'y'"):
        batch.twfe(made.assign(y=-1.0), ["count", "log_y"])
    with pytest.raises(EnclaveError, match=r"No row of the panel is treated.*'later'"):
        batch.twfe(made.assign(later=pd.NA), ["y"], COHORTS)
