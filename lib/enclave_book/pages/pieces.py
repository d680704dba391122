"""Pieces to play with: the panel in the page, a picture and a table for who has no scripts, and the script that plays.

The scripts are in `book/_static/pieces`. They compute in the page what `enclave.estimators` compute, from the same
counts; a test compares the two in a browser. A panel that is not synthetic may belong to somebody and is in no page.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import sources
from enclave.base.terms import PAIR
from enclave.panels import Panels
from enclave_book.pages import lab_piece

STATIC = "../_static/pieces"
# name -> title and what to do
WORDS = {
    "bacon": (
        "To play with: move a park's year",
        (
            "Give a park another first year, or none. Links stay as they are. Each mark is a comparison of two groups; "
            "the dashed line is their mean by weight, the two-way fixed-effects estimate."
        ),
    ),
    "counts": (
        "To play with: change the links of one pair",
        "Type other numbers of links. Which estimate moves more, and why: the pair's links before its park, or after?",
    ),
    "placebo": (
        "To play with: draw placebo treatments",
        (
            "Each draw gives parks to as many pairs as really have one. The page draws its own numbers, "
            "not those of the figure above; a seed gives the same draws each time."
        ),
    ),
    "network": (
        "To play with: move the threshold",
        "How many links make an arrow? Move the threshold and the year.",
    ),
    "laboratory": (
        "To play with: ask the laboratory",
        (
            "Choose how many pairs are treated and what goes wrong. One thing more comes with an effect that grows, no "
            "drift and the middle serial correlation. Every number is of the same draws as those of this page."
        ),
    ),
}
# pieces whose data are of no panel
INVENTED = {"laboratory"}
OFF = "This piece needs scripts, which are off. Picture and table show some of its states."
MOST, SHOWN = 20, (1, 3, 5, 10)
WIDTH, LABEL, ROW, LONGEST = 360, 150, 18, 150


def html(name: str, data: Panels, *, first: bool = True) -> str:
    """A piece as HTML without an empty line. `first`: it is the first of its page, and loads what all share."""
    title, words = WORDS[name]
    shared = f'<link rel="stylesheet" href="{STATIC}/pieces.css">' if first else ""
    code = f'<script src="{STATIC}/pieces.js"></script>' if first else ""
    block = json.dumps(CONTENT[name](data), ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return (
        f'<div class="piece" data-piece="{name}" role="group" aria-labelledby="piece-{name}">{shared}\n'
        f'<p class="piece-title" id="piece-{name}">{title}</p>\n'
        f"<p>{words} {sources.data_label('invented' if name in INVENTED else data.source)}.</p>\n"
        f'<div class="piece-still"><noscript><p>{OFF}</p></noscript>{STILL[name](data)}</div>\n'
        f'<script type="application/json">{block}</script>\n'
        f'{code}<script src="{STATIC}/{name}.js"></script>\n</div>'
    )


def offered(source: str) -> bool:
    """Whether pages of this source have pieces: the counts of a panel stand in them."""
    return sources.kind(source) == sources.SYNTHETIC


def pairs_in_page(data: Panels) -> dict:
    """The manufacturing panel as a page has it.

    years; pairs, their names; first, the place of each pair's first treated year (the number of years: never); counts,
    one list per pair.
    """
    panel = data.manufacturing.sort_values([*PAIR, "year"])
    units = facts.with_names(panel.drop_duplicates(PAIR).reset_index(drop=True))
    years = sorted(int(year) for year in panel["year"].unique())
    first = units["cohort"].map(lambda year: years.index(int(year)), na_action="ignore").fillna(len(years))
    counts = panel["count"].to_numpy().reshape(len(units), len(years))
    names = (units["helper"] + "–" + units["recipient"]).tolist()
    return {"years": years, "pairs": names, "first": first.astype(int).tolist(), "counts": counts.tolist()}


def network_in_page(data: Panels) -> dict:
    """The network as a page has it: years, cities, and the counts of each year, investors by investees, row by row."""
    network = data.network
    codes = facts.city_codes()
    index = pd.MultiIndex.from_product([codes, codes])
    years = sorted(int(year) for year in network["year"].unique())
    keyed = network.set_index(["year", "investor", "investee"])["count"]
    counts = [keyed.loc[year].reindex(index, fill_value=0).astype(int).tolist() for year in years]
    names = facts.city_names("en")
    return {"years": years, "cities": names[codes].tolist(), "counts": counts, "most": MOST, "threshold": 1}


def _still_bacon(data: Panels) -> str:
    from enclave.estimators import decomposition

    kinds = decomposition.by_kind(decomposition.goodman_bacon(data.manufacturing, "count"))
    rows = [
        (kind, str(number), f"{weight:.3f}", f"{estimate:.3f}")
        for kind, number, weight, estimate in kinds.itertuples(index=False)
    ]
    shown = table(["Comparison", "Number", "Weight", "Mean estimate"], rows)
    return bars(kinds["kind"].tolist(), kinds["weight"].tolist(), "Weight by kind of comparison") + shown


def _still_placebo(data: Panels) -> str:
    from enclave.estimators import did
    from enclave.exhibits import figure_2

    drawn = figure_2.make(data)["estimate"]
    true = float(did.twfe(data.manufacturing, figure_2.OUTCOME)["estimate"].iloc[0])
    numbers, edges = np.histogram(drawn, bins=10)
    labels = [f"{low:.3f} to {high:.3f}" for low, high in pairwise(edges)]
    rows = [
        ("Estimate of the real parks", f"{true:.4f}"),
        ("Mean of the draws", f"{drawn.mean():.4f}"),
        ("Standard deviation of the draws", f"{drawn.std(ddof=0):.4f}"),
    ]
    words = f"{len(drawn)} draws by their estimate"
    return bars(labels, [float(number) for number in numbers], words, digits=0) + table(["Measure", "Value"], rows)


def _still_counts(data: Panels) -> str:
    """Both estimates if the links of one treated pair double in the years with its park."""
    made = doubled(data)
    rows = [(pair, f"{twfe:.3f}", f"{simple:.3f}") for pair, twfe, simple in made.itertuples(index=False)]
    words = "Callaway and Sant'Anna's estimate if the links of a pair double in the years with its park"
    heads = ["Years with a park doubled", "Two-way fixed effects", "Callaway and Sant'Anna, simple"]
    return bars(made["pair"].tolist(), made["simple"].tolist(), words) + table(heads, rows)


def doubled(data: Panels) -> pd.DataFrame:
    """Both estimates as they are ("no pair"), and with the links of each treated pair doubled: pair, twfe, simple."""
    from enclave.estimators import batch, csdid, did

    panel = data.manufacturing.sort_values([*PAIR, "year"]).reset_index(drop=True)
    named = facts.with_names(panel)
    name, park = named["helper"] + "–" + named["recipient"], did.treated(panel, "year", "cohort") == 1
    changed = {"no pair": panel["count"]}
    for pair in name[park].unique():
        changed[pair] = panel["count"].where((name != pair) | ~park, 2 * panel["count"])
    outcomes = {f"count_{number}": column for number, column in enumerate(changed.values())}
    wide = panel.assign(**outcomes)
    twfe = batch.twfe(wide, list(outcomes))["estimate"]
    effects = [csdid.unit_effects(wide, outcome) for outcome in outcomes]
    simple = [one.loc[one["event_time"] >= 0, "effect"].mean() for one in effects]
    return pd.DataFrame({"pair": list(changed), "twfe": twfe, "simple": simple})


def _still_network(data: Panels) -> str:
    from enclave.estimators import network

    wide = network.density(data.network, SHOWN).pivot(index="year", columns="threshold", values="density")
    few = wide.iloc[[0, len(wide) // 2, -1]]
    rows = [
        (str(year), *(f"{value:.3f}" for value in row)) for year, row in zip(few.index, few.to_numpy(), strict=True)
    ]
    heads = ["Year", *(f"At least {threshold}" for threshold in SHOWN)]
    least = SHOWN[0]
    return bars([str(year) for year in wide.index], wide[least].tolist(), f"Density at threshold {least}") + table(
        heads, rows
    )


def _still_laboratory(data: Panels) -> str:
    """The cell with which the piece begins."""
    made = lab_piece.content()
    first = made["cells"]["_".join(map(str, lab_piece.BASE))]["results"]
    missed = [100 * one[2] for one in first]
    rows = [
        (test, f"{bias:.3f}", f"{spread:.3f}", f"{100 * truth:.1f}", f"{100 * zero:.1f}")
        for test, (bias, spread, truth, zero) in zip(made["judged"], first, strict=True)
    ]
    heads = ["Estimator and error", "Bias", "Std. deviation", "Rejects the truth, %", "Rejects zero, %"]
    words = "Draws in which the test rejects the true effect, per cent"
    return bars(made["short"], missed, words, digits=1) + table(heads, rows)


def table(heads: list[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in HTML; the first column names the rows, the others are numbers."""
    head = "".join(
        f'<th scope="col"{" class=number" if at else ""}>{escape(text)}</th>' for at, text in enumerate(heads)
    )
    cells = [(first, "".join(f"<td class=number>{escape(one)}</td>" for one in others)) for first, *others in rows]
    body = "".join(f'<tr><th scope="row">{escape(first)}</th>{others}</tr>' for first, others in cells)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def bars(labels: list[str], values: list[float], words: str, digits: int = 3) -> str:
    """A picture of numbers as bars, one below the other, each with its label and its number."""
    unit = LONGEST / (max(map(abs, values)) or 1.0)
    parts = [
        f'<text x="{LABEL - 6}" y="{ROW * at + 13}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="bar" x="{LABEL}" y="{ROW * at + 3}" width="{abs(value) * unit:.1f}" height="{ROW - 5}"/>'
        f'<text x="{LABEL + abs(value) * unit + 5:.1f}" y="{ROW * at + 13}">{value:.{digits}f}</text>'
        for at, (label, value) in enumerate(zip(labels, values, strict=True))
    ]
    box = f'viewBox="0 0 {WIDTH} {ROW * len(values) + 4}" role="img" aria-label="{escape(words)}"'
    return (
        f'<p class="piece-small">{escape(words)}</p><div class="piece-picture"><svg {box}>{"".join(parts)}</svg></div>'
    )


CONTENT: dict[str, Callable[[Panels], dict]] = {
    **dict.fromkeys(["bacon", "counts", "placebo"], pairs_in_page),
    "network": network_in_page,
    "laboratory": lambda data: lab_piece.content(),
}
STILL: dict[str, Callable[[Panels], str]] = {
    "bacon": _still_bacon,
    "counts": _still_counts,
    "placebo": _still_placebo,
    "network": _still_network,
    "laboratory": _still_laboratory,
}
