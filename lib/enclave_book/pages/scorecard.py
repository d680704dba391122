"""Generated parts of the scorecard page: totals, every printed number with its grade, and the stars."""

import pandas as pd

from enclave import facts
from enclave.base import paths, sources
from enclave.exhibits import results, scorecard
from enclave.panels import targets
from enclave.style import tables as style
from enclave_book.pages.markdown import table

COLUMNS = ["column", "row", "statistic"]


SAID = {
    "exact": "{} of ours round to the same digits",
    "last digit": "{} are one unit of the last digit away",
    "close": "{} are within two per cent",
    "differs": "{} are further away",
    "not checkable": "{} are not computed yet",
}


def line(source: str) -> str:
    """How far the printed numbers are met, and how many statements in words hold, in plain words."""
    totals = scorecard.summary(results.read("scorecard", source)).iloc[-1]
    counts = ", ".join(words.format(totals[grade]) for grade, words in SAID.items() if totals[grade])
    return (
        f"**Scorecard** ({sources.data_label(source).lower()}). The paper prints {totals['cells']} numbers in Tables 1 "
        f"to 5: {counts}. {_claims_line(source)} {{doc}}`Every number and statement </book/scorecard>`.\n"
    )


def _claims_line(source: str) -> str:
    claims = results.read("claims", source)
    text = f"Of {len(claims)} statements that it makes in words, {claims['holds'].sum()} hold in these data"
    if paths.target_counts(source) != paths.TWIN:
        return f"{text}."
    targeted = targets.targeted_claims().query("targeted == 'yes'")["id"]
    fitted = claims.loc[claims["id"].isin(targeted), "holds"].sum()
    return f"{text}. The synthetic registers were made to meet the numbers, and {fitted} of these statements as well."


def tables(source: str) -> str:
    """Totals, then the cells of each table of the paper: printed, obtained, grade."""
    scored = results.read("scorecard", source)
    blocks = [table(scorecard.summary(scored))]
    for number, cells in scored.groupby("table"):
        blocks.append(f'### Table {number}\n\n<span id="{anchor(number)}"></span>\n\n{table(graded(cells))}')
    return f"{sources.data_label(source)}.\n\n" + "\n\n".join(blocks) + "\n"


def anchor(number: str) -> str:
    """Where the numbers of a table begin on the page. The filter of the page reads it from the address."""
    return f"table={number}"


def stars(source: str) -> str:
    """Printed stars that ours differ from, and printed stars that their own numbers do not support."""
    published = facts.published()
    compared = scorecard.compare_stars(results.read_tables(source), published)
    support = scorecard.supported_stars(published)
    words = f"{compared['agree'].sum()} of {len(compared)} printed estimates have the stars of our p values."
    other = listed("Estimates with other stars", compared[~compared["agree"].fillna(False)].drop(columns="agree"))
    alone = listed("Stars that the printed estimate and standard error do not support", support[~support["supported"]])
    return f"{sources.data_label(source)}. {words}\n\n{other}\n\n{alone}\n"


def listed(what: str, cells: pd.DataFrame) -> str:
    """A table under a bold line; "none" if it is empty."""
    if cells.empty:
        return f"**{what}:** none."
    return f"**{what}:**\n\n{table(cells)}"


def graded(cells: pd.DataFrame, keys: list[str] = COLUMNS) -> pd.DataFrame:
    """Cells of the scorecard as a page shows them: keys, Printed, Obtained, Away, Grade."""
    obtained = [_rounded(value, decimals) for value, decimals in zip(cells["value"], cells["decimals"], strict=True)]
    return style.in_words(cells[keys]).assign(
        Printed=cells["printed"] + cells["stars"], Obtained=obtained, Away=_away(cells), Grade=cells["grade"]
    )


def _away(cells: pd.DataFrame) -> list[str]:
    """Distance from the printed number as a share of it, for numbers that are not exact."""
    printed = cells["printed"].astype(float)
    shares = 100 * ((cells["value"] - printed) / printed.abs().where(printed != 0)).abs()
    near = (cells["grade"] == "exact") | shares.isna()
    return ["" if exact else f"{share:.1f} %" for exact, share in zip(near, shares, strict=True)]


def _rounded(value: float, decimals: int) -> str:
    """Two digits more than the paper prints, so that a near miss can be seen."""
    return "" if pd.isna(value) else f"{value:,.{decimals + 2 if decimals else 0}f}"
