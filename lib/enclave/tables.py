"""The house style of all tables, set with great_tables: a title, the numbers, and a line that names the data.

Every table scrolls sideways inside its own box, takes its colours from the page (so that it can be read on a dark
one), and has an id that follows from its content: the same numbers give the same bytes.
"""

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd
from great_tables import GT, loc, style

from enclave import did, results, scorecard

GRADE_SIGNS = {"exact": "●", "last digit": "◐", "close": "○", "differs": "✕", "not checkable": "-"}
KEYS = {"table": "Table", "column": "Column", "row": "Row", "statistic": "Statistic"}
STATISTICS = {"estimate": "estimate", "std_error": "standard error", "n": "n", "r2": "R²", "mean": "mean", "sd": "sd"}
TERMS = {"treat": "Treat"}
COLOURS_OF_THE_PAGE = "color: inherit !important; background-color: transparent !important;"
LEVELS = "Standard errors in brackets, clustered by unit. *, ** and *** mark p below 10, 5 and 1 per cent."


def frame(
    table: pd.DataFrame, title: str, source: str | None = None, note: str = "", *, decimals: int | None = None
) -> GT:
    """Any frame as a table: its columns in order, without its index; missing cells stay empty.

    `source` names the data (see `results.mark`); without it the frame's own `attrs["source"]` counts. Whole numbers are
    shown as they are, others with `decimals`, or else with as many as four digits tell apart. Raises EnclaveError if
    nothing names the data.
    """
    source = results.source_of(table, source)
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
) -> GT:
    """A regression table as journals print it: estimates with stars, standard errors in brackets, n and R2.

    Parameters
    ----------
    columns : heading -> tidy estimates (as `did.twfe` returns them), one column of the table each
    spanners : heading over several columns -> their headings
    terms : term -> label; other terms are shown as they are named
    lines : label -> one text per column, printed below the numbers ("Controls": ["No", "Yes", ...])

    Raises EnclaveError if nothing names the data, or the columns come from different data.
    """
    for estimates in columns.values():
        source = results.source_of(estimates, source)
    names = list(dict.fromkeys(term for estimates in columns.values() for term in estimates["term"]))
    body = {heading: _regression_column(estimates, names) for heading, estimates in columns.items()}
    label = [text for name in names for text in (terms.get(name, name), "")]
    shown = pd.DataFrame({"": [*label, "Observations", "R²"], **body})
    extra = pd.DataFrame([[label, *texts] for label, texts in (lines or {}).items()], columns=shown.columns)
    table = _dress(pd.concat([shown, extra], ignore_index=True), title, source, note, right=list(columns))
    for heading, under in (spanners or {}).items():
        table = table.tab_spanner(heading, columns=list(under))
    return table


def beside(scored: pd.DataFrame, title: str = "Printed and obtained", source: str | None = None, note: str = "") -> GT:
    """Printed numbers beside ours with the grade of each: rows of `scorecard.compare`.

    Ours is shown with the printed digits and one more; the number of a table that stands alone is left out. Raises
    EnclaveError if nothing names the data.
    """
    source = results.source_of(scored, source)
    shown = scored[list(KEYS)].astype(str).replace({"statistic": STATISTICS}).rename(columns=KEYS)
    shown["Printed"] = scored["printed"].astype(str) + scored["stars"]
    cells = zip(scored["value"], scored["decimals"], strict=True)
    shown["Obtained"] = ["" if pd.isna(value) else f"{value:.{_digits(decimals)}f}" for value, decimals in cells]
    shown["Grade"] = [f"{GRADE_SIGNS[grade]} {grade}" for grade in scored["grade"]]
    shown = shown if shown["Table"].nunique() > 1 else shown.drop(columns="Table")
    return _dress(shown, title, source, note or _totals(scored), right=["Printed", "Obtained"])


def _digits(decimals: int) -> int:
    return int(decimals) + 1 if decimals else 0


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
        cells += [f"{row['estimate']:.3f}{did.stars(row['p_value'])}", f"({row['std_error']:.3f})"]
    first = estimates.iloc[0]
    return [*cells, f"{int(first['n']):,}", f"{first['r2']:.3f}"]


def _numbers(values: pd.Series, decimals: int | None) -> pd.Series:
    if pd.api.types.is_integer_dtype(values) and values.abs().max() < 10_000:
        return values.astype("string").fillna("")
    if pd.api.types.is_integer_dtype(values):
        return values.map("{:,}".format, na_action="ignore").astype("string").fillna("")
    digits = _decimals(values) if decimals is None else decimals
    return values.astype(float).map(f"{{:,.{digits}f}}".format, na_action="ignore").astype("string").fillna("")


def _decimals(values: pd.Series) -> int:
    """Enough for four digits in the largest value, at most three, none for whole numbers."""
    known = values.dropna().astype(float)
    if known.empty or (known % 1 == 0).all():
        return 0
    whole = len(str(int(known.abs().max())))
    return max(1, min(3, 4 - whole))


def _dress(shown: pd.DataFrame, title: str, source: str, note: str, right: list[str]) -> GT:
    mark = results.mark(source)
    content = "\n".join([title, note, mark, shown.to_csv(index=False)])
    identity = "t" + hashlib.sha256(content.encode()).hexdigest()[:12]
    table = GT(shown, id=identity).tab_header(title=title)
    table = table.cols_align("left").cols_align("right", columns=right) if right else table.cols_align("left")
    for line in filter(None, [note, mark]):
        table = table.tab_source_note(line)
    if right:
        table = table.tab_style(style.css("font-variant-numeric: tabular-nums;"), loc.body(columns=right))
    for column in shown:
        width = min(20, 3 + shown[column].str.len().max() // 5)
        table = table.tab_style(style.css(f"min-width: {width}em; vertical-align: top;"), loc.body(columns=[column]))
    return table.tab_options(
        container_width="100%",
        container_overflow_x="auto",
        table_width="auto",
        table_margin_left="0",
        table_additional_css=[f"#{identity} * {{ {COLOURS_OF_THE_PAGE} }}"],
        table_font_size="0.9rem",
        heading_align="left",
        heading_title_font_size="1rem",
        heading_title_font_weight="bold",
        data_row_padding="4px",
    )
