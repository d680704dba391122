"""The style of all tables: a title, the numbers, and a label that names the data.

Every table scrolls sideways inside its own box. It takes its colours from the page, so that it can be read on a dark
one. Its id is computed from its content: the same numbers give the same bytes. The style is part of the table, so that
it shows anywhere; the book takes it out of its pages and has one style sheet for all.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from enclave.base import sources
from enclave.base.arguments import in_short, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.stars import stars
from enclave.base.terms import CELL, CELL_LABELS
from enclave.exhibits import scorecard
from enclave.style import words

GRADE_SIGNS = {"exact": "●", "last digit": "◐", "close": "○", "differs": "✕", "not checkable": "-"}
TERMS = words.ROWS
# the class of the box around a table, by which a style sheet finds it
BOX = "enclave-table"
# the class is named twice: JupyterLab would else put all text to the right
STYLE = f"""<style>
.{BOX} {{ font-size: 0.9rem; margin: 1rem 0; }}
.{BOX} > div {{ overflow-x: auto; }}
.{BOX} table {{ border-collapse: collapse; color: inherit; background: none; }}
.{BOX}.{BOX} th, .{BOX}.{BOX} td {{ padding: 4px 8px 4px 0; text-align: left; vertical-align: top; }}
.{BOX} th, .{BOX} td {{ color: inherit; background: none; }}
.{BOX}.{BOX} .number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.{BOX} thead {{ border-top: 2px solid #888; border-bottom: 1px solid #888; }}
.{BOX} tbody {{ border-bottom: 2px solid #888; }}
.{BOX}.{BOX} .over {{ text-align: center; border-bottom: 1px solid #888; }}
.{BOX} .title {{ font-weight: bold; margin: 0 0 0.3rem; }}
.{BOX} .note {{ margin: 0.2rem 0 0; font-size: 0.8rem; }}
</style>
"""
# heads of Table 1, which are short so that its columns fit beside each other
SHORT = {"control": "Control", "treated": "Treated", "n": "n", "mean": "mean", "sd": "SD"}
PRINTED = (
    "Control: pairs that never had a park. Treated: pairs with a park at some time, in all their years. "
    "n: observations; SD: standard deviation. Our numbers, with the decimals of the printed ones."
)
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


@takes_tables
def frame(
    table: pd.DataFrame, title: str, source: str | None = None, note: str = "", *, decimals: int | None = None
) -> Table:
    """Any frame as a table: its columns in order, without its index; missing cells stay empty.

    Heads, and names of rows, are in words (`enclave.style.words`).
    `source` gives the data label (see `sources.data_label`), by default `table.attrs["source"]`. Columns of whole
    numbers are shown as they are. Other numbers have `decimals` decimals, by default so many that the largest has four
    digits; what rounds to zero has no sign. Raises EnclaveError if there is no source.
    """
    source = sources.source_of(table, source)
    # a table that was turned has numbers in columns for anything
    table = table.infer_objects()
    shown = table.astype(object).where(table.notna(), "")
    for column in table.select_dtypes("number"):
        shown[column] = _numbers(table[column], decimals)
    right = [words.head(column) for column in table.select_dtypes("number")]
    shown = shown.astype(str)
    for column in table.columns.difference(table.select_dtypes("number").columns):
        shown[column] = [words.cell(str(column), value) for value in shown[column]]
    return _dress(shown.rename(columns=words.head), title, source, note, right=right)


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
    terms : term -> label; by default those of `words.ROWS`; other terms are shown as they are named
    lines : label -> one text per column, printed below the numbers ("Controls": ["No", "Yes", ...])

    Raises
    ------
    EnclaveError if the columns have no headings, if there is no source, or if they come from different sources.
    """
    if not isinstance(columns, Mapping):
        raise EnclaveError(
            f"`columns` is {in_short(columns)}. Give each column of the table a heading, such as {{'(1)': estimates}}."
        )
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


@takes_tables
def printed_vs_obtained(
    scored: pd.DataFrame, title: str = "Printed and obtained", source: str | None = None, note: str = ""
) -> Table:
    """Printed numbers, our numbers and their grades: rows of `scorecard.compare`.

    Our numbers have two digits more than the printed ones. The column "Table" is left out if all rows are of one table.
    Raises EnclaveError if there is no source.
    """
    source = sources.source_of(scored, source)
    shown = in_words(scored[CELL])
    shown["Printed"] = scored["printed"].astype(str) + scored["stars"]
    cells = zip(scored["value"], scored["decimals"], strict=True)
    shown["Obtained"] = ["" if pd.isna(value) else f"{value:.{_digits(decimals)}f}" for value, decimals in cells]
    shown["Grade"] = [f"{GRADE_SIGNS[grade]} {grade}" for grade in scored["grade"]]
    shown = shown if shown["Table"].nunique() > 1 else shown.drop(columns="Table")
    return _dress(shown, title, source, note or _totals(scored), right=["Printed", "Obtained"])


@takes_tables
def descriptive(scored: pd.DataFrame, title: str, source: str | None = None, note: str = PRINTED) -> Table:
    """Table 1 in the layout of the paper: a row for each variable, and three columns for each group of pairs.

    `scored` are the rows of `scorecard.compare` for Table 1. Our numbers have as many decimals as the printed ones.
    Raises EnclaveError if there is no source.
    """
    source = sources.source_of(scored, source)
    digits = zip(scored["value"], scored["decimals"], strict=True)
    texts = ["" if pd.isna(value) else f"{value:,.{int(decimals)}f}" for value, decimals in digits]
    heads = [f"{SHORT[group]} {SHORT[key]}" for group, key in scored[["column", "statistic"]].to_numpy()]
    cells = pd.DataFrame({"Variable": scored["row"].map(words.row), "head": heads, "text": texts})
    order = {column: list(dict.fromkeys(cells[column])) for column in ("Variable", "head")}
    wide = cells.pivot(index="Variable", columns="head", values="text").loc[order["Variable"], order["head"]]
    return _dress(wide.reset_index(), title, source, note, right=order["head"])


@takes_tables
def in_words(keys: pd.DataFrame) -> pd.DataFrame:
    """Keys of printed numbers (some of `terms.CELL`) as readers see them: rows and statistics in words."""
    shown = keys.astype(str)
    for column, say in (("row", words.row), ("statistic", words.statistic)):
        if column in shown:
            shown[column] = shown[column].map(say)
    return shown.rename(columns=CELL_LABELS)


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
    digits = _decimals(values) if decimals is None or _counts(values) else decimals
    return values.astype(float).map(f"{{:z,.{digits}f}}".format, na_action="ignore").astype("string").fillna("")


def _counts(values: pd.Series) -> bool:
    """Whether a column of floats holds whole numbers alone, and not only zeros."""
    known = values.dropna().astype(float)
    return bool((known % 1 == 0).all() and (known != 0).any())


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
    numbers = [column in right for column in shown]
    parts = [
        f'<div class="{BOX}" id="{identity}">',
        f'<p class="title" id="{identity}-title">{escape(title)}</p>',
        f'<div><table aria-labelledby="{identity}-title">',
        f"<thead>{''.join(_head(shown, numbers, spanners or {}))}</thead>",
        f"<tbody>{''.join(_body(shown, numbers))}</tbody>",
        "</table></div>",
        *[f'<p class="note">{escape(line)}</p>' for line in filter(None, [note, label])],
        "</div>",
    ]
    return Table(title, STYLE + "\n".join(parts))


def _head(shown: pd.DataFrame, numbers: list[bool], spanners: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The rows of the head. Columns with long texts are wider, so that rows stay low."""
    if spanners:
        yield f"<tr>{''.join(_spanners(list(shown), spanners))}</tr>"
    cells = []
    for column, number in zip(shown, numbers, strict=True):
        longest = shown[column].str.len().max() if len(shown) else 0
        look = f' style="min-width: {min(20, 3 + longest // 5)}em"' + (' class="number"' if number else "")
        # a head without words is no head
        cells.append(f'<th scope="col"{look}>{escape(column)}</th>' if column else f"<td{look}></td>")
    yield f"<tr>{''.join(cells)}</tr>"


def _spanners(columns: list[str], spanners: Mapping[str, Sequence[str]]) -> Iterator[str]:
    over = {column: heading for heading, under in spanners.items() for column in under}
    done = 0
    while done < len(columns):
        heading = over.get(columns[done], "")
        wide = len(list(spanners[heading])) if heading else 1
        yield f'<th scope="colgroup" colspan="{wide}" class="over">{escape(heading)}</th>' if heading else "<td></td>"
        done += wide


def _body(shown: pd.DataFrame, numbers: list[bool]) -> Iterator[str]:
    looks = [' class="number"' if number else "" for number in numbers]
    for row in shown.itertuples(index=False, name=None):
        cells = [f"<td{look}>{escape(cell)}</td>" for cell, look in zip(row, looks, strict=True)]
        yield f"<tr>{''.join(cells)}</tr>"
