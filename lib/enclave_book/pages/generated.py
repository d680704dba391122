"""The generated parts of pages: name of the file that a page includes -> function of the source that gives its text."""

from collections.abc import Callable

import pandas as pd

from enclave import facts
from enclave.base import paths, sources
from enclave.base.terms import CELL
from enclave.exhibits import results, scorecard
from enclave.panels import targets
from enclave_book import bench, large
from enclave_book.pages import codebook, downloads, exhibit_map, status
from enclave_book.pages.markdown import table

CLAIM_COLUMNS = {
    **{"id": "Claim", "where": "Where", "claim": "What the paper says", "holds": "Holds", "evidence": "Evidence"},
    "targeted": "Target of the twin",
}
NAMES = {"table": "Table", "column": "Column", "row": "Row", "statistic": "Statistic"}
COLUMNS = ["column", "row", "statistic"]


def scorecard_line(source: str) -> str:
    """One line: how many of the printed numbers came out how."""
    totals = scorecard.summary(results.read("scorecard", source)).iloc[-1]
    counts = ", ".join(f"{totals[grade]} {grade}" for grade in scorecard.GRADES if totals[grade])
    return (
        f"**Scorecard** ({sources.data_label(source).lower()}): of {totals['cells']} printed numbers {counts}. "
        f"{_claims_line(source)} {{doc}}`Every number and statement </book/scorecard>`.\n"
    )


def _claims_line(source: str) -> str:
    claims = results.read("claims", source)
    line = f"{claims['holds'].sum()} of the {len(claims)} statements in words hold"
    if sources.kind(source) != sources.SYNTHETIC:
        return f"{line}."
    targeted = (targets.targeted_claims()["targeted"] == "yes").sum()
    return f"{line}; {targeted} of these were targets, like the numbers, when the registers were made."


def scorecard_table(source: str) -> str:
    """Totals, then the cells of each table of the paper: printed, obtained, grade."""
    scored = results.read("scorecard", source)
    pieces = [table(scorecard.summary(scored))]
    for number, cells in scored.groupby("table"):
        place = f'<span id="{exhibit_map.on_scorecard(number)}"></span>'
        pieces.append(f"### Table {number}\n\n{place}\n\n{table(_cells(cells))}")
    return f"{sources.data_label(source)}.\n\n" + "\n\n".join(pieces) + "\n"


def stars_check(source: str) -> str:
    """Printed stars that ours differ from, and printed stars that their own numbers do not support."""
    published = facts.published()
    compared = scorecard.compare_stars(results.read_tables(source), published)
    support = scorecard.supported_stars(published)
    words = f"{compared['agree'].sum()} of {len(compared)} printed estimates have the stars of our p values."
    other = _listed("Estimates with other stars", compared[~compared["agree"].fillna(False)].drop(columns="agree"))
    alone = _listed("Stars that the printed estimate and standard error do not support", support[~support["supported"]])
    return f"{sources.data_label(source)}. {words}\n\n{other}\n\n{alone}\n"


def benchmarks_table(source: str) -> str:
    """Every measured figure with its limit, and the machine that each benchmark ran on."""
    rows = bench.read()
    shown = rows.assign(
        value=[f"{value:,.3g}" for value in rows["value"]], kept=rows["kept"].map({True: "yes", False: "no"})
    )
    machines = [f"- `{name}`: {words}" for name, words in bench.machines().items()]
    return f"{table(shown)}\n\nMeasured on:\n\n" + "\n".join(machines) + "\n"


def cleaning_table(source: str) -> str:
    """What each size took by number of firms and engine, the promises with their limits, and what to choose."""
    rows = bench.read().query("benchmark == 'cleaning'")
    if rows.empty:
        return "Nothing has been measured yet: run `python run.py bench`.\n"
    words = f"{_not_measured()} {_when_spark_pays(rows)}"
    machine = f"Measured on: {bench.machines()['cleaning']}."
    return "\n\n".join([table(_by_size(rows)), words, table(_promised(rows)), machine]) + "\n"


def _by_size(rows: pd.DataFrame) -> pd.DataFrame:
    """A column for each number of firms, a row for each figure of which there is one for every size."""
    named = rows["what"].str.extract(r"^(?P<firms>[\d,]+) firms, (?P<what>.*)$")
    shown = named.assign(value=[_figure(*pair) for pair in zip(rows["value"], rows["unit"], strict=True)]).dropna()
    wide = shown.pivot(index="what", columns="firms", values="value").reindex(shown["what"].unique()).fillna("")
    return wide[shown["firms"].unique()].rename_axis(None, axis=1).reset_index(names="Firms")


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}".strip() if abs(value) >= 1000 else f"{value:.3g} {unit}".strip()


def _promised(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a limit: Promise, Measured, Limit, Kept."""
    limited = rows[rows["limit"] != ""]
    figures = [_figure(*pair) for pair in zip(limited["value"], limited["unit"], strict=True)]
    kept = limited["kept"].map({True: "kept", False: "not kept"})
    return pd.DataFrame({"Promise": limited["what"], "Measured": figures, "Limit": limited["limit"], "Kept": kept})


def _not_measured() -> str:
    return (
        f"Spark is measured up to {large.LARGEST_SPARK:,} firms and pandas up to {large.LARGEST_PLAIN:,}: beyond, one "
        f"machine is too slow or too small for them. DuckDB may use {large.MEMORY} of memory. The time over the floor "
        f"is promised for {large.AIMED:,} firms, the peak of memory for the largest size."
    )


def _when_spark_pays(rows: pd.DataFrame) -> str:
    """From how many of the measured firms on Spark was the faster one."""
    seconds = rows[rows["unit"] == "s"].set_index("what")["value"]
    firms = [what.removesuffix(", spark") for what in seconds.index if what.endswith(", spark")]
    if not firms:
        return ""
    paid = [size for size in firms if seconds[f"{size}, spark"] < seconds[f"{size}, duckdb"]]
    if paid:
        return f"On this one machine Spark was faster than DuckDB from {paid[0]} on."
    return f"On this one machine Spark was slower than DuckDB at every such size, up to {firms[-1]}."


def deviations_table(source: str) -> str:
    """The ledger of deviations, entries that moved, and close cells that have no entry."""
    scored, ledger = results.read("scorecard", source), facts.deviations()
    pieces = [table(ledger) if len(ledger) else _why_empty(source)]
    moved = scorecard.stale_deviations(scored, ledger)[[*CELL, "printed", "ours", "value"]]
    unstated = _cells(scorecard.close_without_cause(scored, ledger), ["table", *COLUMNS])
    pieces.append(_listed("Entries whose number has moved since", moved))
    pieces.append(_listed("Cells graded `close` without an entry", unstated))
    return f"{sources.data_label(source)}.\n\n" + "\n\n".join(pieces) + "\n"


def _why_empty(source: str) -> str:
    empty = "The ledger is empty: no deviation has been accepted so far."
    if sources.kind(source) != sources.SYNTHETIC:
        return empty
    made = "how near they come to the printed numbers was settled when they were made, and is no finding to explain"
    return f"{empty} None is due on synthetic registers: {made}."


def _listed(what: str, cells: pd.DataFrame) -> str:
    if cells.empty:
        return f"**{what}:** none."
    return f"**{what}:**\n\n{table(cells)}"


def claims_table(source: str) -> str:
    """How many of the paper's statements hold, then each with its place, verdict and evidence."""
    found = results.read("claims", source)
    shown = facts.claims().merge(found, on="id")
    shown["holds"] = shown["holds"].map({True: "yes", False: "no"})
    if sources.kind(source) == sources.SYNTHETIC:
        claims = targets.targeted_claims().set_index("id")
        shown["targeted"] = shown["id"].map(claims["targeted"] + ": " + claims["how"])
    shown = shown[[name for name in CLAIM_COLUMNS if name in shown]].rename(columns=CLAIM_COLUMNS)
    return f"{sources.data_label(source)}. {found['holds'].sum()} of {len(found)} statements hold.\n\n{table(shown)}\n"


def _cells(cells: pd.DataFrame, keys: list[str] = COLUMNS) -> pd.DataFrame:
    obtained = [_rounded(value, decimals) for value, decimals in zip(cells["value"], cells["decimals"], strict=True)]
    shown = cells[keys].rename(columns=NAMES)
    return shown.assign(
        Printed=cells["printed"] + cells["stars"], Obtained=obtained, Away=_away(cells), Grade=cells["grade"]
    )


def _away(cells: pd.DataFrame) -> list[str]:
    """How far a number that is not exact lies from the printed one, as a share of it."""
    printed = cells["printed"].astype(float)
    shares = 100 * ((cells["value"] - printed) / printed.abs().where(printed != 0)).abs()
    near = (cells["grade"] == "exact") | shares.isna()
    return ["" if exact else f"{share:.1f} %" for exact, share in zip(near, shares, strict=True)]


def _rounded(value: float, decimals: int) -> str:
    """Two digits more than the paper prints, so that a near miss can be seen."""
    return "" if pd.isna(value) else f"{value:,.{decimals + 2 if decimals else 0}f}"


PARTS: dict[str, Callable[[str], str]] = {
    "benchmarks.md": benchmarks_table,
    "claims.md": claims_table,
    "cleaning.md": cleaning_table,
    "deviations.md": deviations_table,
    "codebook.md": lambda source: codebook.markdown(),
    "downloads.md": lambda source: downloads.offer(paths.SCORECARD.stem, source),
    "exhibits.md": lambda source: exhibit_map.for_book(),
    "scorecard.md": scorecard_table,
    "scorecard_line.md": scorecard_line,
    "stars.md": stars_check,
    "status.md": status.page,
}
