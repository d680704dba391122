"""What untreated rows predict in closed form: by hand, a published reserve, diff-diff, statsmodels and pyfixest."""

import numpy as np
import pandas as pd
import pytest
import second_program
import statsmodels.api as sm
from diff_diff import WooldridgeDiD

from enclave.base.errors import EnclaveError
from enclave.estimators import poisson, poisson_growth
from enclave.panels import targets

UNIT = {"unit": "unit"}
# claims paid by the end of each year of development, one row per year of origin: Taylor and Ashe (1983), as printed in
# Mack (1993), table 1
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]


def panel_of(counts, cohorts):
    """A panel from rows of counts, one row per unit, beginning in 2000."""
    rows = [
        (f"u{unit:02}", 2000 + place, value, cohorts[unit])
        for unit, values in enumerate(counts)
        for place, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["unit", "year", "count", "cohort"]).astype({"cohort": "Int64"})


@pytest.fixture(scope="module")
def drawn():
    """Thirty units, nine treated in three years, no cell of a treated cohort without a count."""
    random = np.random.default_rng(4)
    cohorts = [*[2003] * 3, *[2004] * 3, *[2006] * 3, *[pd.NA] * 21]
    level = random.gamma(4, 1.5, len(cohorts))
    return panel_of([random.poisson(each * 1.08 ** np.arange(9)) for each in level], cohorts)


def test_a_panel_by_hand():
    # Two never treated: up to the years 4, 12, 24. Unit 0 is treated last, unit 1 second, unit 2 had nothing.
    # Up to 2001 unit 0 still counts: (2 + 4 + 4 + 8) / (2 + 4) = 3. Up to 2002: 24 / 12 = 2.
    # Unit 0 has 6 before, so 6 (2 - 1) = 6. Unit 1 has 5, so 5 (3 - 1) = 10, then 5 (3 x 2 - 3) = 15.
    made = panel_of([[2, 4, 9], [5, 7, 20], [0, 3, 4], [1, 3, 8], [3, 5, 4]], [2002, 2001, 2001, pd.NA, pd.NA])
    found = poisson_growth.effects(made, "count", **UNIT).iloc[0]
    assert found[["observed", "expected", "rows", "units", "empty"]].tolist() == pytest.approx([43, 31, 5, 3, 1])
    assert found["effect"] == pytest.approx(12 / 5)
    assert found["log_factor"] == pytest.approx(np.log(43 / 31))
    without = poisson_growth.effects(made, "count", leave_out_empty=True, **UNIT).iloc[0]
    assert without[["observed", "expected", "empty"]].tolist() == pytest.approx([36, 31, 0])
    times = poisson_growth.effects(made, "count", by_event_time=True, **UNIT)
    assert times[["event_time", "observed", "expected"]].to_numpy(float).tolist() == [[0, 19, 16], [1, 24, 15]]
    assert poisson_growth.empty_before(made, "count", **UNIT).to_numpy().tolist() == [["u02", 2001, 7]]


def test_a_known_truth_without_noise_is_found_at_each_event_time():
    factor, path = np.array([1.0, 1.5, 2.5]), np.array([1.0, 1.3, 1.1, 2.0, 2.4])
    cohorts = [2, 3, 3, 9, 9]
    counts = [
        level * path * factor[np.clip(np.arange(5) - first + 1, 0, 2)]
        for level, first in zip([2.0, 3.0, 0.5, 1.0, 4.0], cohorts, strict=True)
    ]
    made = panel_of(counts, [2002, 2003, 2003, pd.NA, pd.NA])
    found = poisson_growth.effects(made, "count", by_event_time=True, **UNIT)
    assert np.exp(found["log_factor"]).tolist() == pytest.approx([1.5, 2.5, 2.5])
    assert poisson_growth.effects(made, "count", **UNIT)["effect"].item() > 0


def test_a_triangle_of_claims_gives_the_reserve_that_the_program_apc_prints():
    # R package apc (Nielsen), help page of apc.forecast.ac: data.loss.TA, over-dispersed Poisson, design "AC",
    # forecast of all 18680856; the page states no version. Years of origin are units; what is not yet paid is treated.
    paid = [np.diff([0, *row, *[np.nan] * (10 - len(row))]) for row in TAYLOR_ASHE]
    cohorts = [2000 + len(row) if len(row) < 10 else pd.NA for row in TAYLOR_ASHE]
    made = panel_of(np.nan_to_num(paid, nan=7.0), cohorts)
    assert round(poisson_growth.effects(made, "count", **UNIT)["expected"].item()) == 18680856


def test_iteration_finds_the_same(drawn):
    for panel in (drawn, drawn.assign(count=drawn["count"].where(drawn["unit"] != "u01", 0))):
        closed = poisson_growth.effects(panel, "count", leave_out_empty=True, **UNIT).iloc[0]
        found = poisson.imputed(panel, "count", **UNIT)
        assert closed[["observed", "expected"]].tolist() == pytest.approx(found[["observed", "expected"]].tolist())
        assert closed["units"] == found["units_used"]


@pytest.mark.parametrize("name", ["manufacturing", "all_industry", "branches"])
def test_iteration_finds_the_same_on_the_panels_of_the_book(name):
    panel = targets.of("twin")[name]
    closed = poisson_growth.effects(panel, "count", leave_out_empty=True)
    assert closed["log_factor"].item() == pytest.approx(poisson.imputed(panel, "count")["log_factor"], abs=1e-10)


def test_diff_diff_finds_the_same_effect_and_the_same_cells(drawn):
    coded = drawn.assign(
        first=drawn["cohort"].astype("Int64").fillna(0).astype(int), id=drawn["unit"].str[1:].astype(int)
    )
    with second_program.quietly():
        theirs = WooldridgeDiD(method="poisson").fit(coded, "count", "id", "year", first_treat="first")
    ours = poisson_growth.effects(drawn, "count", **UNIT)
    assert ours["effect"].item() == pytest.approx(theirs.overall_att, rel=1e-8)
    cells = poisson_growth.saturated(drawn, "count", **UNIT)
    expected = cells["observed"] / np.exp(cells["log_factor"])
    found = [3 * theirs.group_time_effects[key]["att"] for key in zip(cells["cohort"], cells["year"], strict=True)]
    assert (cells["observed"] - expected).tolist() == pytest.approx(found, rel=1e-6)


def test_the_saturated_regression_expects_the_same_at_each_event_time(drawn):
    cells = poisson_growth.saturated(drawn, "count", **UNIT)
    expected = (cells["observed"] / np.exp(cells["log_factor"])).groupby(cells["year"] - cells["cohort"]).sum()
    closed = poisson_growth.effects(drawn, "count", by_event_time=True, **UNIT)
    assert expected.tolist() == pytest.approx(closed["expected"].tolist(), rel=1e-8)
    assert (cells["std_error"] > 0).all()


def test_a_cell_without_a_count_is_minus_infinity_and_moves_no_other(drawn):
    gone = drawn.assign(count=drawn["count"].where((drawn["cohort"].fillna(0) != 2006) | (drawn["year"] != 2007), 0))
    cells = poisson_growth.saturated(gone, "count", **UNIT)
    assert cells.loc[cells["observed"] == 0, ["cohort", "year", "log_factor"]].to_numpy().tolist() == [
        [2006, 2007, -np.inf]
    ]
    closed = poisson_growth.effects(gone, "count", **UNIT)
    shown = cells[cells["observed"] > 0]
    lost = closed["expected"].item() - (shown["observed"] / np.exp(shown["log_factor"])).sum()
    full = poisson_growth.saturated(drawn, "count", **UNIT).query("cohort == 2006 and year == 2007")
    assert lost == pytest.approx((full["observed"] / np.exp(full["log_factor"])).item(), rel=1e-6)


def test_errors_are_those_of_weights_moved_in_a_second_program(drawn):
    ever, after = drawn["cohort"].notna(), (drawn["year"] >= drawn["cohort"].fillna(9999)).to_numpy(bool)
    design = pd.get_dummies(drawn[["unit", "year"]].astype(str)).drop(columns="year_2000").astype(float)

    def log_factor(weight):
        fit = sm.GLM(drawn["count"][~after], design[~after], sm.families.Poisson(), freq_weights=weight[~after]).fit(
            tol=1e-13, maxiter=200
        )
        expected = np.exp(design[after] @ fit.params)
        return np.log((weight * drawn["count"])[after].sum() / (weight[after] * expected).sum())

    def moved(unit, step=1e-4):
        weights = [1 + sign * step * (drawn["unit"] == unit) for sign in (1, -1)]
        return (log_factor(weights[0]) - log_factor(weights[1])) / (2 * step)

    found = poisson_growth.effects(drawn, "count", **UNIT).iloc[0]
    slopes = np.array([moved(unit) for unit in drawn["unit"].unique()])
    assert ever.any()
    assert found["std_error"] == pytest.approx(np.sqrt(30 / 29 * (slopes**2).sum()), rel=1e-5)


def test_the_unit_of_the_outcome_moves_the_effect_and_not_the_factor(drawn):
    one = poisson_growth.effects(drawn, "count", **UNIT).iloc[0]
    many = poisson_growth.effects(drawn.assign(count=1e9 * drawn["count"]), "count", **UNIT).iloc[0]
    for name, times in (("effect", 1e9), ("effect_error", 1e9), ("log_factor", 1), ("std_error", 1)):
        assert many[name] == pytest.approx(times * one[name], rel=1e-9)


def test_order_of_rows_and_further_columns_do_not_matter_and_input_stays_as_it_was(drawn):
    before = drawn.copy()
    for call in (poisson_growth.effects, poisson_growth.saturated, poisson_growth.empty_before):
        one, other = (
            call(drawn, "count", **UNIT),
            call(drawn.sample(frac=1, random_state=1).assign(cell0=1), "count", **UNIT),
        )
        pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(drawn, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.iloc[1:], "Growth factors of sums need a balanced panel"),
        (lambda rows: rows.assign(count=rows["count"] - 99), "negative values"),
        (lambda rows: rows.assign(cohort=rows["cohort"].fillna(2000)), "has no base period"),
        (lambda rows: rows.assign(count=rows["count"].where(rows["cohort"].isna(), 0)), "positive 'count' before"),
        (lambda rows: rows.assign(count=rows["count"].where(rows["year"] != 2007, 0)), "In 'year' = 2007 no untreated"),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_name(drawn, change, message):
    with pytest.raises(EnclaveError, match=message):
        poisson_growth.effects(change(drawn), "count", **UNIT)
