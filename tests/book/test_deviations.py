"""The page of the ledger: empty, with an entry that holds, and with one whose number has moved."""

import pandas as pd
import pytest

from enclave import facts
from enclave.exhibits import results
from enclave_book.pages import deviations

CELL = {"table": "2", "column": "1", "row": "treat", "statistic": "estimate"}


@pytest.fixture
def page(monkeypatch):
    """The page for a scorecard of one close number, and the given entries of the ledger."""
    scored = pd.DataFrame([CELL | {"printed": "1.459", "decimals": 3, "stars": "", "value": 1.4650, "grade": "close"}])
    columns = [*CELL, "printed", "ours", "cause", "date", "reviewer"]

    def text(*entries):
        monkeypatch.setattr(results, "read", lambda exhibit, source: scored)
        monkeypatch.setattr(facts, "deviations", lambda: pd.DataFrame(list(entries), columns=columns, dtype=str))
        return deviations.page("twin")

    return text


def entry(ours):
    return CELL | {"printed": "1.459", "ours": ours, "cause": "another K", "date": "2026-11-24", "reviewer": "us"}


def test_an_empty_ledger_says_so_and_lists_close_cells_without_a_cause(page):
    text = page()
    assert "The ledger is empty" in text
    assert "without an entry:**\n\n| Table" in text
    assert "moved since:** none" in text


def test_an_empty_ledger_says_why_on_synthetic_registers_only(page):
    assert "no finding to explain" in page()
    assert "synthetic" not in deviations.page("licensed")


def test_an_entry_that_holds_is_shown_and_explains_its_cell(page):
    text = page(entry("1.465"))
    assert "another K" in text
    assert "without an entry:** none" in text
    assert "moved since:** none" in text


def test_an_entry_whose_number_moved_is_named(page):
    assert "moved since:**\n\n| Table" in page(entry("1.470"))
