"""When parks were set up and when revenue was shared: the dates of the facts on one time axis."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR
from enclave.facts import policy_dates
from enclave.facts.names import city_names
from enclave.style import figures

FIRST_YEAR, LAST_YEAR = 2000, 2019
MARKERS = {"agreement_date": "o", "recognition_date": "s", "demonstration_date": "D", "operating_by": "^"}
# Height of a marker in its row, so that milestones of one month do not hide each other.
HEIGHTS = {"agreement_date": -0.27, "recognition_date": -0.09, "demonstration_date": 0.09, "operating_by": 0.27}
WORDS = {
    "en": {
        "shared": "Revenue shared",
        "treated": "Treated",
        "agreement_date": "Agreement",
        "recognition_date": "Recognition",
        "demonstration_date": "Demonstration park",
        "operating_by": "First report at work",
    },
    "zh": {
        "shared": "利益分享",
        "treated": "处理期",
        "agreement_date": "签订协议",
        "recognition_date": "省认定",
        "demonstration_date": "示范园区",
        "operating_by": "最早报道",
    },
}


@takes_tables
def park_timeline(pairs: pd.DataFrame, parks: pd.DataFrame, policy: pd.DataFrame, *, language: str = "en") -> Figure:
    """One row per treated pair: milestones of its parks, a line while it is treated; shaded while revenue was shared.

    `pairs` as `treated_pairs.by_rule` returns it, `parks` and `policy` as `facts` returns them.
    """
    pairs = pairs.sort_values(["cohort", *PAIR], ignore_index=True)
    fig, ax = figures.canvas((figures.WIDTH, 5.0))
    _shade(ax, policy_dates.sharing(policy))
    ax.hlines(pairs.index, pairs["cohort"], LAST_YEAR, color=figures.COLOURS["treated"], linewidth=2.5, zorder=2)
    rows = pairs.reset_index(names="row")[["row", *PAIR]]
    _mark_milestones(ax, policy_dates.pair_milestones(pairs, parks).merge(rows, on=PAIR))
    names = city_names(language)
    ax.set_yticks(pairs.index, pairs["helper"].map(names) + "-" + pairs["recipient"].map(names))
    ax.set(xlim=(FIRST_YEAR, LAST_YEAR), ylim=(len(pairs) - 0.4, -0.6), xticks=range(FIRST_YEAR, LAST_YEAR, 5))
    ax.legend(handles=_keys(language), loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    return fig


def _shade(ax: Axes, when: dict[str, float]) -> None:
    for start, end in ((when["begins"], when["ends"]), (when["restored"], LAST_YEAR)):
        ax.axvspan(start, end, color=figures.COLOURS["recipient"], alpha=0.25, linewidth=0, zorder=0)


def _mark_milestones(ax: Axes, dated: pd.DataFrame) -> None:
    for milestone, marker in MARKERS.items():
        chosen = dated[dated["milestone"] == milestone]
        height = chosen["row"] + HEIGHTS[milestone]
        ax.scatter(
            chosen["at"], height, marker=marker, s=34, color=figures.COLOURS["mark"], edgecolors="white", zorder=3
        )


def _keys(language: str) -> list:
    words = WORDS[language]
    dots = [
        Line2D([], [], marker=mark, linestyle="", color=figures.COLOURS["mark"], label=words[key])
        for key, mark in MARKERS.items()
    ]
    line = Line2D([], [], color=figures.COLOURS["treated"], linewidth=2.5, label=words["treated"])
    return [Patch(facecolor=figures.COLOURS["recipient"], alpha=0.25, label=words["shared"]), line, *dots]
