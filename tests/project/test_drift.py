"""The report on a renewed lock tells every digit that moved, and none that did not."""

import numpy as np
import pandas as pd
import pytest

from tools import drift

CARD = pd.DataFrame(
    {
        "table": ["2", "2", "3"],
        "column": ["1", "1", "2"],
        "row": ["treat", "treat", "simple"],
        "statistic": ["estimate", "std_error", "estimate"],
        "printed": ["1.503", "0.561", "1.906"],
        "decimals": [3, 3, 3],
        "value": [1.50312, 0.56049, 1.90601],
        "grade": ["exact", "last digit", "exact"],
    }
)


def build(folder, card=CARD, counts=(1, 2, 3)):
    """What a build leaves, as far as the report looks at it."""
    results, panels = folder / "results" / "twin", folder / "panels" / "twin"
    results.mkdir(parents=True)
    panels.mkdir(parents=True)
    card.to_csv(results / "scorecard.csv", index=False)
    pd.DataFrame({"helper": ["a", "b", "c"], "count": counts}).to_parquet(panels / "manufacturing.parquet")
    return folder


def test_two_equal_builds_move_nothing(tmp_path):
    before, after = build(tmp_path / "one"), build(tmp_path / "two")
    assert drift.moved_digits(before, after) == []
    report = "\n".join(drift.compared(before, after))
    assert "3 of 3 numbers of the scorecard keep every printed digit; 0 moved." in report
    assert "| panels/twin/manufacturing.parquet | same | same |" in report


@pytest.mark.parametrize(
    ("value", "moved"),
    [(1.50349, []), (1.5036, ["Table 2, column 1, treat, estimate: 1.503 (exact), renewed 1.504 (exact)"])],
)
def test_a_number_counts_as_moved_only_if_a_printed_digit_of_it_did(tmp_path, value, moved):
    card = CARD.assign(value=CARD["value"].replace(1.50312, value))
    assert drift.moved_digits(build(tmp_path / "one"), build(tmp_path / "two", card)) == moved


def test_another_grade_and_a_number_that_is_gone_are_told(tmp_path):
    card = CARD.assign(grade=["exact", "exact", "exact"]).head(2)
    lines = drift.moved_digits(build(tmp_path / "one"), build(tmp_path / "two", card))
    assert lines == [
        "Table 2, column 1, treat, std_error: 0.560 (last digit), renewed 0.560 (exact)",
        "Table 3, column 2, simple, estimate: no longer there",
    ]


def test_a_panel_with_another_count_is_told_with_the_number_of_cells_and_the_size(tmp_path):
    before, after = build(tmp_path / "one"), build(tmp_path / "two", counts=(1, 2, 6))
    rows = [line for line in drift.compared(before, after) if "manufacturing" in line]
    assert rows == [
        "| panels/twin/manufacturing.parquet | other | 1 of 6 cells differ, by 1.0e+00 of themselves at most |"
    ]


def test_the_same_content_in_other_bytes_is_called_so(tmp_path):
    before, after = build(tmp_path / "one"), build(tmp_path / "two")
    file = after / "panels" / "twin" / "manufacturing.parquet"
    pd.read_parquet(file).to_parquet(file, compression="gzip")
    assert [line for line in drift.compared(before, after) if "manufacturing" in line] == [
        "| panels/twin/manufacturing.parquet | other | same |"
    ]


def test_a_file_that_only_one_build_has_is_told(tmp_path):
    before, after = build(tmp_path / "one"), build(tmp_path / "two")
    (after / "results" / "twin" / "more.csv").write_text("a\n1\n", encoding="utf-8")
    assert any(line == "| results/twin/more.csv | other | only renewed |" for line in drift.compared(before, after))


def test_a_text_or_a_gap_that_differs_is_no_small_difference():
    old = pd.DataFrame({"text": ["a", "b"], "number": [1.0, np.nan]})
    assert drift._largest(old, old.assign(text=["a", "c"])) == np.inf
    assert drift._largest(old, old.assign(number=[1.0, 2.0])) == np.inf
    assert drift._largest(old, old.assign(number=[1.1, np.nan])) == pytest.approx(0.1)


def test_packages_that_changed_came_or_went_are_listed(tmp_path):
    digest = "    --hash=sha256:" + "a" * 64 + "\n"
    locks = {
        "one": f"same==1 \\\n{digest}gone==1 \\\n{digest}moved==1 \\\n{digest}",
        "two": f"same==1 \\\n{digest}moved==2 \\\n{digest}new==3 \\\n{digest}",
    }
    for name, text in locks.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.lock").write_text(text, encoding="utf-8")
    lines = drift.packages(tmp_path / "one", tmp_path / "two")
    assert lines[0] == "3 of 4 packages have another version."
    assert lines[-3:] == ["| gone | 1 | none |", "| moved | 1 | 2 |", "| new | none | 3 |"]
