"""Charts that several pages draw: coefficients, the specification curve, rows left by cleaning, counts of links."""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.style import figures
from enclave.style.figures import COLOURS, WIDTH, Picture


@takes_tables
def coefficient_plot(estimates: pd.DataFrame, *, labels: str, xlabel: str, size=(WIDTH, 3.0)) -> Picture:
    """Estimates with their 95 per cent intervals, one row each from the top down, and a line at zero.

    `estimates` has estimate, conf_low, conf_high and the column `labels`, which names the rows. If it also has a column
    `printed`, the printed number is drawn next to each estimate.
    """
    fig, ax = figures.canvas(size)
    rows = range(len(estimates))
    ax.axvline(0, color=COLOURS["line"], linewidth=0.8)
    ax.hlines(rows, estimates["conf_low"], estimates["conf_high"], color=COLOURS["estimate"], linewidth=2)
    ax.plot(estimates["estimate"], rows, "o", color=COLOURS["estimate"], label="obtained, with 95% interval")
    if "printed" in estimates:
        ax.plot(
            estimates["printed"].astype(float),
            rows,
            "D",
            markersize=7,
            mfc="none",
            mec=figures.COLOURS["printed"],
            label="printed",
        )
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.set_yticks(rows, estimates[labels])
    ax.set(ylim=(len(estimates) - 0.5, -0.5), xlabel=xlabel)
    return fig


@takes_tables
def specification_curve(estimates: pd.DataFrame, choices: list[str], *, ours: pd.Series, ylabel: str) -> Picture:
    """Upper panel: estimates in rising order with their 95 per cent intervals. Lower panel: a dot for each choice.

    `estimates` has estimate, conf_low, conf_high and the columns `choices`, whose values are the rows of the lower
    panel. `ours` is true for the rows that the book reports, which get another colour.
    """
    order = estimates["estimate"].sort_values(kind="stable").index
    rows, ours = estimates.loc[order].reset_index(drop=True), ours.loc[order].reset_index(drop=True)
    fig = figures.canvas((WIDTH, 6.0))[0]
    fig.clear()
    above, below = fig.subplots(2, sharex=True, height_ratios=[1, 1.3])
    colours = ours.map({True: COLOURS["treated"], False: COLOURS["control"]})
    above.axhline(0, color=COLOURS["line"], linewidth=0.8)
    above.vlines(rows.index, rows["conf_low"], rows["conf_high"], color=colours, linewidth=1.2)
    above.scatter(rows.index, rows["estimate"], color=colours, s=14, zorder=3)
    above.set(ylabel=ylabel)
    levels = [(choice, value) for choice in choices for value in estimates[choice].unique()]
    for row, (choice, value) in enumerate(levels):
        at = rows.index[rows[choice] == value]
        below.scatter(at, [row] * len(at), color=colours[at], s=8)
    below.set_yticks(range(len(levels)), [str(value) for _, value in levels])
    below.set(ylim=(len(levels) - 0.5, -0.5), xlabel="Specifications, in order of their estimates", xticks=[])
    return fig


@takes_tables
def rows_left(steps: pd.DataFrame) -> Picture:
    """Bars of the records after each cleaning step; the first bar has the records delivered.

    `steps` as `flow.record_steps` returns them.
    """
    labels = ["records delivered", *steps["step"]]
    rows = [steps["rows_in"].iloc[0], *steps["rows_out"]]
    fig, ax = figures.canvas((WIDTH, 0.36 * len(rows) + 0.7))
    bars = ax.barh(range(len(rows)), rows, color=COLOURS["control"])
    ax.bar_label(bars, [f"{n:,}" for n in rows], padding=3)
    ax.set_yticks(range(len(rows)), labels)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlim=(0, max(rows) * 1.15), xlabel="Rows")
    return fig


@takes_tables
def counts_chart(panel: pd.DataFrame, most: int = 6) -> Picture:
    """Share of pair-years with 0, 1, 2 ... links, for treated and never treated pairs; `most` and more in one bar.

    `panel` has `count` and `cohort` (missing = never treated).
    """
    group = panel["cohort"].notna().map({True: "treated", False: "control"})
    shares = pd.crosstab(panel["count"].clip(upper=most), group, normalize="columns")
    shares = shares.reindex(range(most + 1), fill_value=0)
    fig, ax = figures.canvas((WIDTH, 3.2))
    for side, name in ((-0.2, "control"), (0.2, "treated")):
        ax.bar(shares.index + side, shares[name], width=0.4, color=COLOURS[name], label=name)
    ax.set_xticks(shares.index, [*map(str, range(most)), f"{most}+"])
    ax.set(xlabel="Links of a pair in a year", ylabel="Share of pair-years")
    ax.legend(frameon=False)
    return fig


@takes_tables
def t_intervals(rows: pd.DataFrame, limits: dict[str, float]) -> Picture:
    """What rounding leaves to each t statistic, one row each from the top down, with lines where stars begin.

    `rows` has label, t_low, t_high, `open` (whether the printed stars hold for a part of the interval only) and
    `few` (the t that the printed stars need with few degrees of freedom; missing if unknown). `limits`: label of a
    line -> its t.
    """
    fig, ax = figures.canvas((WIDTH, 0.2 * len(rows) + 1.1))
    for (label, t), style in zip(limits.items(), (":", "--", "-"), strict=False):
        ax.axvline(t, color="0.45", linewidth=0.9, linestyle=style, label=label)
    for some, colour, label in ((False, "estimate", "stars follow"), (True, "treated", "stars follow for a part")):
        part = rows[rows["open"] == some]
        place = rows.index.get_indexer(part.index)
        ax.hlines(place, part["t_low"], part["t_high"], color=COLOURS[colour], linewidth=3, label=label)
        ax.plot((part["t_low"] + part["t_high"]) / 2, place, "o", color=COLOURS[colour], markersize=3.5)
    known = rows[rows["few"].notna()]
    ax.plot(
        known["few"],
        rows.index.get_indexer(known.index),
        "d",
        mfc="none",
        mec=COLOURS["printed"],
        markersize=5,
        label="needed, few degrees",
    )
    ax.set_yticks(range(len(rows)), rows["label"])
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel="|t| of the printed numbers")
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    return fig
