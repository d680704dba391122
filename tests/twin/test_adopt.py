"""Newly fitted counts against the committed ones: which are kept, and how many rules a set of counts breaks."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from enclave.base import paths
from enclave.exhibits import appendix_c
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin.fit import adopt


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A committed twin and newly fitted counts in folders of the test: copies, in one of which a cell is one higher."""
    committed, fitted = tmp_path / "committed", tmp_path / "fitted"
    for folder in (committed, fitted):
        folder.mkdir()
        for name in targets.COLUMNS:
            shutil.copy(paths.TWIN / f"{name}.csv", folder)
    tables = targets.read(fitted)
    tables["branches"].loc[0, "count"] += 1
    targets.write(tables, fitted)
    monkeypatch.setattr(targets, "folder", lambda source: committed)
    monkeypatch.setattr(targets, "of", lambda source: ("committed", committed))
    monkeypatch.setattr(targets, "of_folder", lambda place, treated, source: ("fitted", place))
    return committed, fitted


def graded(monkeypatch, exact, held):
    """Let the two sets of counts have so many exact numbers and rules that hold: (fitted, committed)."""
    place = {"fitted": 0, "committed": 1}

    def report(one):
        number = exact[place[one[0]]]
        return pd.DataFrame({"grade": ["exact"] * number + ["close"] * (10 - number)})

    def check(one):
        number = held[place[one[0]]]
        return pd.DataFrame({"holds": [True] * number + [False] * (10 - number)})

    monkeypatch.setattr(adopt.appendix_d, "report", report)
    monkeypatch.setattr(adopt.appendix_c, "check", check)


def content(folder):
    return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}


@pytest.mark.parametrize(
    ("exact", "held", "taken"),
    [
        ((9, 8), (3, 7), True),
        ((8, 8), (7, 6), True),
        ((8, 8), (7, 7), False),
        ((7, 8), (9, 6), False),
    ],
    ids=["more exact numbers", "as many, and more rules", "as many of both", "fewer exact numbers"],
)
def test_counts_are_taken_if_more_numbers_are_exact_or_as_many_and_more_rules_hold(
    folders, monkeypatch, exact, held, taken
):
    committed, fitted = folders
    before, new = content(committed), content(fitted)
    graded(monkeypatch, exact, held)
    told = []
    scorecard = adopt.adopt(fitted, "twin", told.append)
    assert (scorecard["grade"] == "exact").sum() == exact[0]
    assert content(committed) == (new if taken else before)
    assert any("The new counts are now in" in line for line in told) == taken


def test_the_same_counts_are_told_and_nothing_is_written(folders, monkeypatch):
    committed, fitted = folders
    shutil.copy(committed / "branches.csv", fitted)
    graded(monkeypatch, (9, 8), (9, 8))
    before, told = content(committed), []
    adopt.adopt(fitted, "twin", told.append)
    assert told == ["The new counts are those of the committed twin to the byte."]
    assert content(committed) == before


def test_counts_that_break_more_rules_are_told_from_those_that_break_fewer():
    treated = treated_pairs.of_source("twin")
    tables = targets.read(paths.TWIN)
    own = adopt.broken(tables, treated, "twin")
    assert own == (~appendix_c.check(targets.of("twin"))["holds"]).sum()
    # a pair that was small has a thousand branches in a single year
    planted = {name: table.copy() for name, table in tables.items()}
    smallest = planted["branches"].groupby(["helper", "recipient"])["count"].transform("sum").idxmin()
    planted["branches"].loc[smallest, "count"] = 1000
    assert adopt.broken(planted, treated, "twin") > own
