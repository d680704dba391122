"""Grades by the rounding interval, the totals, the stars and the ledger."""

import pandas as pd
import pytest

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave.exhibits import scorecard

KEYS = ["table", "column", "row", "statistic"]
PUBLISHED = pd.DataFrame(
    [
        ("2", "1", "treat", "estimate", "1.459", 3, "***"),
        ("2", "1", "treat", "std_error", "0.544", 3, ""),
        ("2", "1", "model", "n", "1672", 0, ""),
        ("3", "1", "simple", "estimate", "1.906", 3, "**"),
    ],
    columns=[*KEYS, "printed", "decimals", "stars"],
)


def obtained(*rows):
    return pd.DataFrame(rows, columns=[*KEYS, "value", "stars"])


OURS = obtained(
    ("2", "1", "treat", "estimate", 1.4587, "***"),
    ("2", "1", "treat", "std_error", 0.5453, ""),
    ("2", "1", "model", "n", 1672.0, ""),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.459, "exact"),
        (1.4585, "exact"),  # a tie: half up gives 1.459, half to even 1.458
        (1.4595, "exact"),  # a tie: half to even gives 1.460, half down 1.459
        (1.45949999, "exact"),
        (1.45951, "last digit"),
        (1.4605, "last digit"),
        (1.4575, "last digit"),
        (1.46051, "close"),
        (1.459 * 1.02, "close"),
        (1.459 * 1.0201, "differs"),
        (1.459 * 0.9799, "differs"),
        (-1.459, "differs"),
        (float("nan"), "not checkable"),
    ],
)
def test_a_value_is_graded_by_the_rounding_interval(value, expected):
    assert scorecard.grade(value, "1.459", 3) == expected


@pytest.mark.parametrize(
    ("value", "printed", "decimals", "expected"),
    [
        (-0.0114, "-0.011", 3, "exact"),
        (-0.0117, "-0.011", 3, "last digit"),
        (0.011, "-0.011", 3, "differs"),
        (1671.0, "1672", 0, "last digit"),
        (1672.0, "1672", 0, "exact"),
        (985.84, "985.8", 1, "exact"),
        (985.96, "985.8", 1, "close"),
        (2417.4, "2417", 0, "exact"),
        (0.0, "0.000", 3, "exact"),
        (0.0016, "0.000", 3, "differs"),
        (0.285, "0.28", 2, "exact"),  # stored a little below the tie, meant as the tie
    ],
)
def test_sign_and_printed_digits_count(value, printed, decimals, expected):
    assert scorecard.grade(value, printed, decimals) == expected


def test_every_printed_number_keeps_its_row_and_columns():
    scored = scorecard.compare(OURS, PUBLISHED)
    assert scored.columns.tolist() == [*PUBLISHED.columns, "value", "grade"]
    assert scored["grade"].tolist() == ["exact", "last digit", "exact", "not checkable"]
    pd.testing.assert_frame_equal(scored[PUBLISHED.columns], PUBLISHED)


def test_the_order_of_the_results_does_not_matter():
    pd.testing.assert_frame_equal(scorecard.compare(OURS.iloc[::-1], PUBLISHED), scorecard.compare(OURS, PUBLISHED))


def test_all_148_printed_numbers_are_graded():
    published = facts.published()
    scored = scorecard.compare(OURS, published)
    assert len(scored) == 148
    assert (scored["grade"] == "not checkable").sum() == 145
    as_printed = published.assign(value=published["printed"].astype(float))
    assert (scorecard.compare(as_printed, published)["grade"] == "exact").all()


def test_the_scorecard_knows_its_source():
    ours = OURS.copy()
    ours.attrs["source"] = "twin"
    assert scorecard.compare(ours, PUBLISHED).attrs == {"source": "twin"}


def test_a_duplicate_cell_is_refused():
    with pytest.raises(EnclaveError, match="results have a duplicate cell 2, 1, treat, estimate"):
        scorecard.compare(pd.concat([OURS, OURS.iloc[:1]]), PUBLISHED)
    with pytest.raises(EnclaveError, match="published numbers have a duplicate cell 3, 1, simple, estimate"):
        scorecard.compare(OURS, pd.concat([PUBLISHED, PUBLISHED.iloc[3:]]))


def test_a_result_that_the_paper_does_not_print_is_refused():
    with pytest.raises(EnclaveError, match="prints no cell 2, 1, tread, estimate"):
        scorecard.compare(obtained(("2", "1", "tread", "estimate", 1.0, "")), PUBLISHED)


def test_results_of_a_table_that_is_not_compared_are_ignored():
    others = obtained(("5", "1", "treat", "estimate", 1.0, ""))
    assert (scorecard.compare(others, PUBLISHED)["grade"] == "not checkable").all()


def test_totals_count_each_grade_by_table():
    totals = scorecard.summary(scorecard.compare(OURS, PUBLISHED)).set_index("table")
    assert totals.columns.tolist() == [*scorecard.GRADES, "cells"]
    assert totals.loc["2"].tolist() == [2, 1, 0, 0, 0, 3]
    assert totals.loc["3"].tolist() == [0, 0, 0, 0, 1, 1]
    assert totals.loc["all"].tolist() == [2, 1, 0, 0, 1, 4]


def test_stars_are_compared_where_there_is_an_estimate():
    ours = OURS.assign(stars=["**", "", ""])
    found = scorecard.compare_stars(ours, PUBLISHED)
    assert found[[*KEYS[:3], "printed"]].to_numpy().tolist() == [["2", "1", "treat", "***"], ["3", "1", "simple", "**"]]
    assert found.loc[0, "obtained"] == "**"
    assert found["agree"].tolist() == [False, pd.NA]


def ledger(ours, cause="another yearbook"):
    row = ("2", "1", "treat", "std_error", "0.544", ours, cause, "2024-01-01", "A. Reader")
    return pd.DataFrame([row], columns=[*KEYS, "printed", "ours", "cause", "date", "reviewer"])


def close():
    return scorecard.compare(obtained(("2", "1", "treat", "std_error", 0.5501, "")), PUBLISHED)


def test_a_close_value_needs_a_stated_cause():
    assert scorecard.close_without_cause(close(), ledger("0.550")).empty
    assert len(scorecard.close_without_cause(close(), ledger("0.550", cause=""))) == 1
    assert scorecard.close_without_cause(close(), ledger("0.550").iloc[:0])["statistic"].tolist() == ["std_error"]
    assert scorecard.close_without_cause(scorecard.compare(OURS, PUBLISHED), ledger("0.550").iloc[:0]).empty


def test_an_entry_of_the_ledger_whose_number_moved_is_found():
    assert scorecard.stale_deviations(close(), ledger("0.550")).empty
    assert scorecard.stale_deviations(close(), ledger("0.551"))["value"].tolist() == [0.5501]
    assert len(scorecard.stale_deviations(scorecard.compare(OURS.iloc[:1], PUBLISHED), ledger("0.550"))) == 1


def test_the_committed_ledger_can_be_read():
    scored = scorecard.compare(OURS, facts.published())
    assert scorecard.stale_deviations(scored).columns.tolist()[-1] == "value"
    assert scorecard.close_without_cause(scored).empty


def printed_pair(table, estimate, error, stars, decimals=3):
    """An estimate with its standard error and 88 x 19 observations, as the paper prints them."""
    rows = [
        (table, "1", "treat", "estimate", estimate, decimals, stars),
        (table, "1", "treat", "std_error", error, decimals, ""),
        (table, "1", "model", "n", "1672", 0, ""),
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "printed", "decimals", "stars"])


# two-sided critical values of t with 87 degrees: 1.663 (10 per cent), 1.988 (5), 2.634 (1); of the normal law: 2.576
@pytest.mark.parametrize(
    ("table", "estimate", "error", "stars", "ends"),
    [
        # 1.4585 / 0.5445 = 2.679 and 1.4595 / 0.5435 = 2.685: both above 2.634
        ("2", "1.459", "0.544", "***", ("***", "***")),
        # 0.0085 / 0.0045 = 1.889 and 0.0095 / 0.0035 = 2.714: from one star to three
        ("4", "-0.009", "0.004", "**", ("*", "***")),
        # 2.6095 / 1.0005 = 2.608 and 2.6105 / 0.9995 = 2.612: between the normal and the t value of one per cent
        ("3", "2.610", "1.000", "***", ("***", "***")),
        ("2", "2.610", "1.000", "**", ("**", "**")),
        # an error of 0.000 may be as small as one likes, an estimate of 0.000 is never significant by its lower end
        ("2", "0.000", "0.000", "", ("", "***")),
    ],
)
def test_printed_stars_are_held_against_both_rounding_intervals(table, estimate, error, stars, ends):
    found = scorecard.supported_stars(printed_pair(table, estimate, error, stars)).iloc[0]
    assert (found["fewest"], found["most"]) == ends
    assert found["supported"]


@pytest.mark.parametrize("stars", ["", "*", "**"])
def test_stars_that_no_rounding_allows_are_reported(stars):
    assert not scorecard.supported_stars(printed_pair("2", "1.459", "0.544", stars))["supported"].item()
