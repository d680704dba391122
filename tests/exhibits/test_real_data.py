"""The numbers of R and Stata on public panels beside ours: what agrees, what does not, and why."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.terms import CELL
from enclave.estimators import csdid, decomposition
from enclave.exhibits import real_data, scorecard
from enclave.facts import public
from enclave.panels import Panels

NEAR = ["exact", "last digit"]
# printed to more digits than single precision has
SINGLE = 2.0**-24


@pytest.fixture(scope="module")
def made():
    return real_data.make(Panels("twin", None))


def of(made, table, column, statistic="estimate"):
    return made[(made["table"] == table) & (made["column"] == column) & (made["statistic"] == statistic)]


def test_every_printed_number_has_a_value_and_a_row(made):
    assert made[CELL].values.tolist() == facts.real_data()[CELL].values.tolist()
    assert made["value"].notna().all()
    assert made.attrs["source"] == "twin"


def test_four_panels_have_printed_numbers_of_both_programs(made):
    assert set(made["table"]) == {"castle", "counties", "medicaid", "carry"}
    assert made["program"].str.contains(r"\(R\)").any()
    assert made["program"].str.contains(r"\(Stata\)").any()


def test_every_printout_with_a_difference_has_a_cause_and_no_other_has_one(made):
    sources = facts.real_data_sources().set_index(["table", "column"])["cause"]
    missed = made[~made["grade"].isin(NEAR)].groupby(["table", "column"]).size()
    assert set(sources[sources != ""].index) - set(missed.index) <= {("counties", "3"), ("medicaid", "5")}
    assert set(missed.index) <= set(sources[sources != ""].index)


def test_every_printout_names_its_program_version_and_source():
    sources = facts.real_data_sources()
    assert not sources.duplicated(["table", "column"]).any()
    assert (sources[["program", "version", "source"]] != "").all(axis=None)
    printed = facts.real_data()
    assert set(zip(printed["table"], printed["column"], strict=True)) == set(
        zip(sources["table"], sources["column"], strict=True)
    )


def test_estimates_that_r_prints_are_exact(made):
    ours = made[made["program"].str.endswith("(R)") & made["statistic"].isin(["estimate", "weight"])]
    assert len(ours) > 50
    assert ours["grade"].isin(NEAR).all()


def test_standard_errors_of_two_way_effects_are_exact_in_both_programs(made):
    for column in ("1", "2", "10"):
        assert (of(made, "medicaid", column, "std_error")["grade"] == "exact").all()
    assert (of(made, "castle", "1", "std_error")["grade"] == "exact").all()


def test_standard_errors_of_stata_with_the_same_comparison_are_exact(made):
    for column in ("8", "9"):
        assert (of(made, "medicaid", column, "std_error")["grade"] == "exact").all()
    printed = made[(made["table"] == "medicaid") & (made["column"] == "4")]
    assert (printed["grade_theirs"] == "exact").all()


def test_only_effects_before_treatment_depend_on_who_is_not_yet_treated(made):
    printed = of(made, "medicaid", "4")
    cohort, year = printed["row"].str.extract(r"(\d+) in (\d+)").astype(int).to_numpy().T
    differs = (printed["grade"] != "exact").to_numpy()
    assert (year[differs] < cohort[differs]).all()
    assert set(cohort[differs]) == {2015}


def test_numbers_printed_beyond_single_precision_agree_to_single_precision(made):
    rows = made[(made["decimals"] == 10) & ~made["grade"].isin(NEAR)]
    value = rows["theirs"].fillna(rows["value"])
    assert len(rows) >= 4
    assert ((value / rows["printed"].astype(float) - 1).abs() < SINGLE).all()


def test_a_cohort_is_compared_with_units_untreated_in_its_year_by_hand():
    # Three copies of a (treated from 2014), b (from 2015) and two units c (never):
    #        2012 2013 2014 2015
    #   a       0    2    7    8
    #   b       0    1    4    9
    #   c       0    0    1    3
    # b in 2013: only c is untreated in 2015, 1 - 0 = 1; with a among the compared it would be 1 - 2/3
    # b in 2014: 3 - 1 = 2; in 2015: 5 - 2 = 3; a in 2014: b and c are untreated, 5 - (3 + 1 + 1) / 3
    panel = pd.DataFrame(
        {
            "stfips": np.repeat(range(12), 4),
            "year": [2012, 2013, 2014, 2015] * 12,
            "cohort": pd.array(([2014] * 4 + [2015] * 4 + [None] * 8) * 3, dtype="Int64"),
            "dins": [0.0, 2, 7, 8, 0, 1, 4, 9, 0, 0, 1, 3, 0, 0, 1, 3] * 3,
        }
    )
    found = real_data.against_untreated_at_the_start(panel).set_index(["cohort", "year"])["estimate"]
    assert found[2015, 2013] == pytest.approx(1)
    assert found[2015, 2014] == pytest.approx(2)
    assert found[2015, 2015] == pytest.approx(3)
    assert found[2014, 2014] == pytest.approx(5 - 5 / 3)


def test_the_average_of_stata_without_never_treated_states_is_that_of_the_first_cohort(made):
    rows = made[(made["table"] == "medicaid") & (made["column"] == "12")]
    assert sorted(rows["statistic"]) == ["estimate", "std_error"]
    assert (rows["grade_theirs"] == "exact").all()
    # the course adds a hundredth for each year since the expansion, and Stata then prints .0961381 in the place of
    # .0761381: its mean of years since the expansion is 2, which is that of 0 to 4, the years of the first cohort
    late = public.medicaid().dropna(subset="cohort")
    since = (late["year"] - late["cohort"]).astype(float)
    risen = real_data.mean_of_first_cohort(late.assign(dins=late["dins"] + 0.01 * since.clip(lower=0)))
    assert risen["estimate"].item() == pytest.approx(0.0961381, abs=5e-8)


def test_the_mean_effect_on_the_first_cohort_by_hand():
    # a, from 2013 on, rises by 3 and 5 since 2012; b, from 2014 on, by 1 in 2013; c, from 2015 on, by 2 and 4.
    # In 2013 b and c are untreated: 3 - 1.5 = 1.5; in 2014 c alone: 5 - 4 = 1
    panel = pd.DataFrame(
        {
            "stfips": np.repeat(range(6), 4),
            "year": [2012, 2013, 2014, 2015] * 6,
            "cohort": pd.array(([2013] * 4 + [2014] * 4 + [2015] * 4) * 2, dtype="Int64"),
            "dins": [0.0, 3, 5, 9, 0, 1, 7, 9, 0, 2, 4, 9] * 2,
        }
    )
    assert real_data.mean_of_first_cohort(panel)["estimate"].item() == pytest.approx((1.5 + 1) / 2)


def test_left_out_comparisons_are_those_of_the_last_cohort_as_late_by_hand():
    kinds = ["earlier vs later", "later vs earlier", "later vs earlier", "treated vs never"]
    given = pd.DataFrame(
        {
            "kind": kinds,
            "treated": pd.array([1, 2, 3, 3], dtype="Int64"),
            "comparison": pd.array([2, 1, 1, None], dtype="Int64"),
            "weight": [0.3, 0.2, 0.4, 0.1],
        }
    )
    kept = real_data.without_last_as_late(given)
    assert kept.index.tolist() == [0, 1, 3]
    assert kept["weight"].tolist() == pytest.approx([0.5, 1 / 3, 1 / 6])


def test_weights_of_r_and_ours_agree_where_stata_leaves_comparisons_out(made):
    late = public.medicaid().dropna(subset="cohort")
    comparisons = decomposition.goodman_bacon(late, "dins", unit="stfips")
    assert len(comparisons) == 20
    kept = real_data.without_last_as_late(comparisons)
    # 22 states from 2014, one cohort of 3, 2, 1 and 2 each; R prints 0.0520340587, 0.0056764428, 0.0028382214 and
    # 0.0009460738 for the last cohort as late
    left = 0.0520340587 + 0.0056764428 + 0.0028382214 + 0.0009460738
    assert 1 - comparisons["weight"][kept.index].sum() == pytest.approx(left, abs=1e-9)


def test_order_of_rows_does_not_matter():
    panel = public.counties()
    shuffled = panel.sample(frac=1, random_state=1)
    one, other = (csdid.att_gt(given, "lemp", unit="countyreal")["estimate"] for given in (panel, shuffled))
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_grades_are_those_of_the_scorecard(made):
    rows = made.iloc[::10]
    assert [scorecard.grade(row.value, row.printed, row.decimals) for row in rows.itertuples()] == rows[
        "grade"
    ].tolist()
