"""The style of all tables, made with great_tables: a title, the numbers, and a label that names the data.

Every table scrolls sideways inside its own box. It takes its colours from the page, so that it can be read on a dark
one. Its id is computed from its content: the same numbers give the same bytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from great_tables import GT, loc, style

from enclave.base import sources
from enclave.base.errors import EnclaveError
from enclave.base.stars import stars
from enclave.base.terms import CELL, CELL_LABELS
from enclave.exhibits import scorecard

GRADE_SIGNS = {"exact": "●", "last digit": "◐", "close": "○", "differs": "✕", "not checkable": "-"}
STATISTICS = {"estimate": "estimate", "std_error": "standard error", "n": "n", "r2": "R²", "mean": "mean", "sd": "sd"}
TERMS = {"treat": "Treat"}
COLOURS_OF_THE_PAGE = "color: inherit !important; background-color: transparent !important;"
LEVELS = "Standard errors in brackets, clustered by unit. *, ** and *** mark p below 10, 5 and 1 per cent."


@dataclass(frozen=True, repr=False)
class Table:
    """A finished table: HTML in a notebook, and its title where only text can be shown."""

    title: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"Table: {self.title}"


def frame(
    table: pd.DataFrame, title: str, source: str | None = None, note: str = "", *, decimals: int | None = None
) -> Table:
    """Any frame as a table: its columns in order, without its index; missing cells stay empty.

    `source` gives the data label (see `sources.data_label`), by default `table.attrs["source"]`. Whole numbers are
    shown as they are. Other numbers have `decimals` decimals, by default so many that the largest has four digits.
    Raises EnclaveError if there is no source.
    """
    source = sources.source_of(table, source)
    shown = table.astype(object).where(table.notna(), "")
    for column in table.select_dtypes("number"):
        shown[column] = _numbers(table[column], decimals)
    right = list(table.select_dtypes("number"))
    return _dress(shown.astype(str), title, source, note, right=right)


def regression(
    columns: Mapping[str, pd.DataFrame],
    title: str,
    source: str | None = None,
    note: str = LEVELS,
    *,
    spanners: Mapping[str, Sequence[str]] | None = None,
    terms: Mapping[str, str] = TERMS,
    lines: Mapping[str, Sequence[str]] | None = None,
) -> Table:
    """A regression table in the form of journals: estimates with stars, standard errors in brackets, n and R2.

    Parameters
    ----------
    columns : heading -> tidy estimates (as `did.twfe` returns them), one column of the table each
    spanners : heading over several columns -> their headings
    terms : term -> label; other terms are shown as they are named
    lines : label -> one text per column, printed below the numbers ("Controls": ["No", "Yes", ...])

    Raises
    ------
    EnclaveError if there is no source, or if the columns come from different sources.
    """
    for estimates in columns.values():
        source = sources.source_of(estimates, source)
    if source is None:
        raise EnclaveError("A table of regressions needs at least one column of estimates.")
    names = list(dict.fromkeys(term for estimates in columns.values() for term in estimates["term"]))
    body = {heading: _regression_column(estimates, names) for heading, estimates in columns.items()}
    label = [text for name in names for text in (terms.get(name, name), "")]
    shown = pd.DataFrame({"": [*label, "Observations", "R²"], **body})
    extra = pd.DataFrame([[label, *texts] for label, texts in (lines or {}).items()], columns=shown.columns)
    whole = pd.concat([shown, extra], ignore_index=True)
    return _dress(whole, title, source, note, right=list(columns), spanners=spanners or {})


def printed_vs_obtained(
    scored: pd.DataFrame, title: str = "Printed and obtained", source: str | None = None, note: str = ""
) -> Table:
    """Printed numbers, our numbers and their grades: rows of `scorecard.compare`.

    Our numbers have two digits more than the printed ones. The column "Table" is left out if all rows are of one table.
    Raises EnclaveError if there is no source.
    """
    source = sources.source_of(scored, source)
    shown = scored[CELL].astype(str).replace({"statistic": STATISTICS}).rename(columns=CELL_LABELS)
    shown["Printed"] = scored["printed"].astype(str) + scored["stars"]
    cells = zip(scored["value"], scored["decimals"], strict=True)
    shown["Obtained"] = ["" if pd.isna(value) else f"{value:.{_digits(decimals)}f}" for value, decimals in cells]
    shown["Grade"] = [f"{GRADE_SIGNS[grade]} {grade}" for grade in scored["grade"]]
    shown = shown if shown["Table"].nunique() > 1 else shown.drop(columns="Table")
    return _dress(shown, title, source, note or _totals(scored), right=["Printed", "Obtained"])


def _digits(decimals: float) -> int:
    return int(decimals) + 2 if decimals else 0


def _totals(scored: pd.DataFrame) -> str:
    counts = scorecard.summary(scored).set_index("table").loc["all"]
    parts = [f"{counts[grade]} {grade}" for grade in scorecard.GRADES if counts[grade]]
    return f"Of {counts['cells']} printed numbers: {', '.join(parts)}."


def _regression_column(estimates: pd.DataFrame, names: list[str]) -> list[str]:
    rows = estimates.set_index("term")
    cells = []
    for name in names:
        if name not in rows.index:
            cells += ["", ""]
            continue
        row = rows.loc[name]
        cells += [f"{row['estimate']:.3f}{stars(row['p_value'])}", f"({row['std_error']:.3f})"]
    first = estimates.iloc[0]
    return [*cells, f"{int(first['n']):,}", f"{first['r2']:.3f}"]


def _numbers(values: pd.Series, decimals: int | None) -> pd.Series:
    if pd.api.types.is_integer_dtype(values) and (values.dropna().abs() < 10_000).all():
        return values.astype("string").fillna("")
    if pd.api.types.is_integer_dtype(values):
        return values.map("{:,}".format, na_action="ignore").astype("string").fillna("")
    digits = _decimals(values) if decimals is None else decimals
    return values.astype(float).map(f"{{:,.{digits}f}}".format, na_action="ignore").astype("string").fillna("")


def _decimals(values: pd.Series) -> int:
    """Decimals that give the largest value four digits: three at most, none for whole numbers."""
    known = values.dropna().astype(float)
    if known.empty or (known % 1 == 0).all():
        return 0
    whole = len(str(int(known.abs().max())))
    return max(1, min(3, 4 - whole))


def _dress(shown: pd.DataFrame, title: str, source: str, note: str, right: list[str], spanners=None) -> Table:
    label = sources.data_label(source)
    content = "\n".join([title, note, label, str(spanners), shown.to_csv(index=False)])
    identity = "t" + hashlib.sha256(content.encode()).hexdigest()[:12]
    table = GT(shown, id=identity).tab_header(title=title)
    for heading, under in (spanners or {}).items():
        table = table.tab_spanner(heading, columns=list(under))
    for line in filter(None, [note, label]):
        table = table.tab_source_note(line)
    return Table(
        title, _with_widths(_with_numbers(table, right), shown).tab_options(**_options(identity)).as_raw_html()
    )


def _with_numbers(table: GT, right: list[str]) -> GT:
    """Numbers at the right, with digits of equal width."""
    table = table.cols_align("left")
    if not right:
        return table
    aligned = table.cols_align("right", columns=right)
    return aligned.tab_style(style.css("font-variant-numeric: tabular-nums;"), loc.body(columns=right))


def _with_widths(table: GT, shown: pd.DataFrame) -> GT:
    """Columns with long texts are wider, so that rows stay low."""
    for column in shown:
        longest = shown[column].str.len().max() if len(shown) else 0
        css = f"min-width: {min(20, 3 + longest // 5)}em; vertical-align: top;"
        table = table.tab_style(style.css(css), loc.body(columns=[column]))
    return table


def _options(identity: str) -> dict:
    return {
        "container_width": "100%",
        "container_overflow_x": "auto",
        "table_width": "auto",
        "table_margin_left": "0",
        "table_additional_css": [f"#{identity} * {{ {COLOURS_OF_THE_PAGE} }}"],
        "table_font_size": "0.9rem",
        "heading_align": "left",
        "heading_title_font_size": "1rem",
        "heading_title_font_weight": "bold",
        "data_row_padding": "4px",
    }
