"""The generated parts of pages: name of the file that a page includes -> function of the source that gives its text."""

from collections.abc import Callable

import pandas as pd

from enclave import bench, codebook, facts, results, scorecard
from enclave.tasks import exhibits, status
from enclave.tasks.markdown import table

CLAIM_COLUMNS = ["Claim", "Where", "What the paper says", "Holds", "Evidence"]
COLUMNS = {"column": "Column", "row": "Row", "statistic": "Statistic"}


def scorecard_line(source: str) -> str:
    """One line: how many of the printed numbers came out how."""
    totals = scorecard.summary(results.read("scorecard", source)).iloc[-1]
    claims = results.read("claims", source)["holds"]
    counts = ", ".join(f"{totals[grade]} {grade}" for grade in scorecard.GRADES if totals[grade])
    return (
        f"**Scorecard** ({results.mark(source).lower()}): of {totals['cells']} printed numbers {counts}. "
        f"{claims.sum()} of the {len(claims)} statements in words hold. {{doc}}`All of them </book/scorecard>`.\n"
    )


def scorecard_table(source: str) -> str:
    """Totals, then the cells of each table of the paper: printed, obtained, grade."""
    scored = results.read("scorecard", source)
    pieces = [table(scorecard.summary(scored))]
    for number, cells in scored.groupby("table"):
        place = f'<span id="{exhibits.on_scorecard(number)}"></span>'
        pieces.append(f"### Table {number}\n\n{place}\n\n{table(_cells(cells))}")
    return f"{results.mark(source)}.\n\n" + "\n\n".join(pieces) + "\n"


def benchmarks_table(source: str) -> str:
    """Every measured figure with its limit, and the machine that each benchmark ran on."""
    rows = bench.read()
    shown = rows.assign(
        value=[f"{value:,.3g}" for value in rows["value"]], kept=rows["kept"].map({True: "yes", False: "no"})
    )
    machines = [f"- `{name}`: {words}" for name, words in bench.machines().items()]
    return f"{table(shown)}\n\nMeasured on:\n\n" + "\n".join(machines) + "\n"


def deviations_table(source: str) -> str:
    """The ledger of deviations, entries that moved, and close cells that have no entry."""
    scored, ledger = results.read("scorecard", source), facts.deviations()
    pieces = [table(ledger) if len(ledger) else "The ledger is empty: no deviation has been accepted so far."]
    moved, unstated = scorecard.moved(scored, ledger), scorecard.unstated(scored, ledger)
    pieces.append(_listed("Entries whose number has moved since", moved))
    pieces.append(_listed("Cells graded `close` without an entry", unstated))
    return f"{results.mark(source)}.\n\n" + "\n\n".join(pieces) + "\n"


def _listed(what: str, cells: pd.DataFrame) -> str:
    if cells.empty:
        return f"**{what}:** none."
    return f"**{what}:**\n\n{table(cells[[*scorecard.KEYS, 'printed', 'value']])}"


def claims_table(source: str) -> str:
    """How many of the paper's statements hold, then each with its place, verdict and evidence."""
    found = results.read("claims", source)
    shown = (
        facts.claims().merge(found, on="id").assign(holds=lambda rows: rows["holds"].map({True: "yes", False: "no"}))
    )
    shown = shown[["id", "where", "claim", "holds", "evidence"]].set_axis(CLAIM_COLUMNS, axis=1)
    return f"{results.mark(source)}. {found['holds'].sum()} of {len(found)} statements hold.\n\n{table(shown)}\n"


def _cells(cells: pd.DataFrame) -> pd.DataFrame:
    obtained = [_rounded(value, decimals) for value, decimals in zip(cells["value"], cells["decimals"], strict=True)]
    shown = cells[list(COLUMNS)].rename(columns=COLUMNS)
    return shown.assign(Printed=cells["printed"] + cells["stars"], Obtained=obtained, Grade=cells["grade"])


def _rounded(value: float, decimals: int) -> str:
    """Two digits more than the paper prints, so that a near miss can be seen."""
    return "" if pd.isna(value) else f"{value:,.{decimals + 2 if decimals else 0}f}"


PARTS: dict[str, Callable[[str], str]] = {
    "benchmarks.md": benchmarks_table,
    "claims.md": claims_table,
    "deviations.md": deviations_table,
    "codebook.md": lambda source: codebook.markdown(),
    "exhibits.md": lambda source: exhibits.for_book(),
    "scorecard.md": scorecard_table,
    "scorecard_line.md": scorecard_line,
    "status.md": status.page,
}
