"""Generated part of the page on deviations: the accepted deviations and what is wrong with the list."""

from enclave import facts
from enclave.base import sources
from enclave.base.terms import CELL
from enclave.exhibits import results, scorecard
from enclave_book.pages.markdown import table
from enclave_book.pages.scorecard import COLUMNS, graded, listed


def page(source: str) -> str:
    """All entries, entries whose number has changed since, and cells graded `close` that have no entry."""
    scored, ledger = results.read("scorecard", source), facts.deviations()
    moved = scorecard.stale_deviations(scored, ledger)[[*CELL, "printed", "ours", "value"]]
    unstated = graded(scorecard.close_without_cause(scored, ledger), ["table", *COLUMNS])
    blocks = [
        table(ledger) if len(ledger) else _why_empty(source),
        listed("Entries whose number has moved since", moved),
        listed("Cells graded `close` without an entry", unstated),
    ]
    return f"{sources.data_label(source)}.\n\n" + "\n\n".join(blocks) + "\n"


def _why_empty(source: str) -> str:
    empty = "The ledger is empty: no deviation has been accepted so far."
    if sources.kind(source) != sources.SYNTHETIC:
        return empty
    made = "how near they come to the printed numbers was settled when they were made, and is no finding to explain"
    return f"{empty} None is due on synthetic registers: {made}."
