"""When parks were set up and when revenue was shared: the dates of the facts on one time axis."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs
from enclave.style import figures
from enclave.style.maps import city_names

PAIR = ["helper", "recipient"]
FIRST_YEAR, LAST_YEAR = 2000, 2019
EVENTS = {"begins": "sharing begins", "ends": "sharing ends", "restored": "sharing restored"}
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


def moment(dates: pd.Series) -> pd.Series:
    """Dates written as 2008, 2008-05 or 2008-05-01 as a point on the axis in years; missing where empty.

    A date without a day counts as the middle of its month, one without a month as the middle of its year.
    """
    parts = dates.str.extract(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?").astype(float)
    days = (parts[2].fillna(15.5) - 0.5) / 31
    return parts[0] + ((parts[1] - 1 + days) / 12).fillna(0.5)


def sharing(policy: pd.DataFrame) -> dict[str, float]:
    """When revenue sharing began, ended and was restored, in years: the first document that says so.

    `policy` has `date` and `what_changed`, as `facts.policy` returns it. A document dated by year only counts if no
    other is dated better. Raises EnclaveError if no dated document tells one of the three.
    """
    return {event: _first_moment(policy, words) for event, words in EVENTS.items()}


def _first_moment(policy: pd.DataFrame, words: str) -> float:
    dates = policy.loc[policy["what_changed"].str.contains(words, regex=False) & (policy["date"] != ""), "date"]
    if dates.empty:
        raise EnclaveError(f"No dated document of data/facts/policy.csv says {words!r}. Restore the row, or date it.")
    exact = dates[dates.str.len() > 4]
    return float(moment(dates if exact.empty else exact).min())


def regime(years: pd.Series, when: dict[str, float]) -> pd.Series:
    """What a year was for the sharing of revenue, for each of `years`; `when` as `sharing` returns it.

    Sharing ended within a year, so that this year is of both kinds and has a name of its own. The years in which
    sharing began and was restored count as what they mostly were: shared since spring, not shared until the last weeks.
    Returns ordered categories: "before sharing", "shared", "sharing ended", "not shared", "shared again".
    """
    edges = [-float("inf"), int(when["begins"]), int(when["ends"]), int(when["ends"]) + 1, round(when["restored"])]
    names = ["before sharing", "shared", "sharing ended", "not shared", "shared again"]
    return pd.cut(years.astype(float), [*edges, float("inf")], right=False, labels=names)


def pair_milestones(pairs: pd.DataFrame, parks: pd.DataFrame) -> pd.DataFrame:
    """Dated milestones of the city-with-city parks of `pairs`: helper, recipient, park, milestone, date, at (in years).

    `pairs` has `helper` and `recipient`; `parks` the rows of `facts.parks`. Sorted by pair and time.
    """
    dated = treated_pairs.milestones(parks)
    both = (dated["helper_level"] == "city") & (dated["recipient_level"] == "city")
    dated = dated[both].merge(pairs[PAIR], on=PAIR).assign(at=lambda rows: moment(rows["date"]))
    return dated[[*PAIR, "park", "milestone", "date", "at"]].sort_values([*PAIR, "at"], ignore_index=True)


def park_timeline(pairs: pd.DataFrame, parks: pd.DataFrame, policy: pd.DataFrame, *, language: str = "en") -> Figure:
    """One row per treated pair: milestones of its parks, a line while it is treated; shaded while revenue was shared.

    `pairs` as `treated_pairs.derive` returns it, `parks` and `policy` as `facts` returns them.
    """
    pairs = pairs.sort_values(["cohort", *PAIR], ignore_index=True)
    fig, ax = figures.canvas((figures.WIDTH, 5.0))
    _shade(ax, sharing(policy))
    ax.hlines(pairs.index, pairs["cohort"], LAST_YEAR, color=figures.COLOURS["treated"], linewidth=2.5, zorder=2)
    rows = pairs.reset_index(names="row")[["row", *PAIR]]
    _mark_milestones(ax, pair_milestones(pairs, parks).merge(rows, on=PAIR))
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
        ax.scatter(chosen["at"], height, marker=marker, s=34, color="black", edgecolors="white", zorder=3)


def _keys(language: str) -> list:
    words = WORDS[language]
    dots = [Line2D([], [], marker=mark, linestyle="", color="black", label=words[key]) for key, mark in MARKERS.items()]
    line = Line2D([], [], color=figures.COLOURS["treated"], linewidth=2.5, label=words["treated"])
    return [Patch(facecolor=figures.COLOURS["recipient"], alpha=0.25, label=words["shared"]), line, *dots]


def rules_beside_each_other() -> pd.DataFrame:
    """First treated year of each pair under each rule of `treated_pairs.RULES`, one column a rule.

    Index: helper and recipient (codes). Missing (nullable int) where a rule leaves the pair untreated.
    """
    years = {rule: treated_pairs.derive(rule).set_index(PAIR)["cohort"] for rule in treated_pairs.RULES}
    return pd.DataFrame(years).astype("Int64").sort_index()
