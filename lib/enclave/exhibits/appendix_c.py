"""Appendix C. Do the counts look like counts of investments? Rules of plausibility, and what was measured of each.

Each rule has a measure, an interval and the reason for it. Most limits are judgements. They were set before the fit
that aims at them (`enclave_twin.fit.plausibility`), but after earlier fits had been seen. A licence holder can measure
the same rules on the real counts.

`made`, in all functions below, is a `Panels` or a dictionary of frames by the names of the panels.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR, PAIR_PANELS
from enclave.estimators import did, event_study
from enclave.estimators.panel_checks import ever_treated
from enclave.exhibits import plausibility, plausible_levels
from enclave.exhibits.plausibility import grid, never
from enclave.panels import Panels

Made = Panels | Mapping[str, pd.DataFrame]
AROUND = ["panel", "before", "after", "growth_before", "growth_after", "never_growth"]
BENFORD = np.log10(1 + 1 / np.arange(1, 10))


class Rule(NamedTuple):
    """What should hold, how it is measured on the panels, the interval of the measure, and what the fit used of it.

    `in_the_fit` names the part of the fit that pulls the measure into its interval; "no" if there is none. `panel` has
    the counts, `why` the reason for the limits: a public source, or a judgement.
    """

    words: str
    measure: Callable[[Made], float]
    low: float
    high: float
    in_the_fit: str
    panel: str = "manufacturing"
    why: str = "judgement"


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """Every rule on the panels of a source, as `check` returns it."""
    made = check(panels)
    made.attrs["source"] = panels.source
    return made


def check(made: Made) -> pd.DataFrame:
    """Every rule on the panels: panel, rule, low, high, measured, holds, room, in_the_fit and why.

    `room` is the distance from the measure to the nearer limit, as a share of the interval: zero at a limit, one half
    in the middle, negative outside.
    """
    rows = [
        (rule.panel, rule.words, rule.low, rule.high, float(rule.measure(made)), rule.in_the_fit, rule.why)
        for rule in RULES
    ]
    table = pd.DataFrame(rows, columns=["panel", "rule", "low", "high", "measured", "in_the_fit", "why"])
    nearest = np.minimum(table["measured"] - table["low"], table["high"] - table["measured"])
    room = nearest / (table["high"] - table["low"])
    table = table.assign(holds=table["measured"].between(table["low"], table["high"]), room=room)
    return table[["panel", "rule", "low", "high", "measured", "holds", "room", "in_the_fit", "why"]]


@takes_tables
def before_and_after(made: Panels | Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Level and growth of treated pairs around their cohort, for each panel of pairs: a description without limits.

    Returns
    -------
    panel; before and after, means of treated pairs before their cohort and from it on; growth_before and growth_after,
    yearly growth of their mean by a log-linear trend over the event times that every treated pair has (missing where
    these are fewer than two years, or a year has no count); never_growth, that of the never treated over all years
    """
    return pd.DataFrame([_around_the_cohort(made[name]) | {"panel": name} for name in PAIR_PANELS])[AROUND]


def _around_the_cohort(panel: pd.DataFrame) -> dict[str, float]:
    treated = panel[ever_treated(panel)]
    since = event_study.event_time(panel)[ever_treated(panel)].astype(int)
    level = treated["count"].groupby(since >= 0).mean()
    pairs = since.value_counts()
    mean = treated["count"].groupby(since).mean()[pairs.sort_index() == pairs.max()]
    return {
        "before": float(level.get(False, np.nan)),
        "after": float(level.get(True, np.nan)),
        "growth_before": _trend(mean[mean.index < 0]),
        "growth_after": _trend(mean[mean.index >= 0]),
        "never_growth": _trend(never(panel).mean()),
    }


def _trend(means: pd.Series) -> float:
    """Yearly growth by a log-linear trend; missing with fewer than two years or a mean of zero."""
    if len(means) < 2 or (means <= 0).any():
        return float("nan")
    return float(np.expm1(np.polyfit(means.index.to_numpy(float), np.log(means), 1)[0]))


def small_share(made: Made) -> float:
    """Share of cells of never-treated pairs that are zero or one."""
    return float((never(made["manufacturing"]) <= 1).to_numpy().mean())


def loudest_year(made: Made) -> tuple[int, float]:
    """The year whose treated total is largest relative to the mean of the years before and after, and the ratio.

    This is no rule.
    """
    panel = made["manufacturing"]
    total = panel[ever_treated(panel)].groupby("year")["count"].sum()
    times = total / (total.shift(1) + total.shift(-1)) * 2
    return int(times.idxmax()), float(times.max())


def dispersion(made: Made) -> float:
    """Pearson's dispersion of never-treated pairs around pair level x year total: one if Poisson."""
    return plausibility.dispersion(made["manufacturing"])


def growth(panel: pd.DataFrame) -> float:
    """Yearly growth of the total of never-treated pairs, by a log-linear trend."""
    total = np.log(plausibility.yearly(panel))
    return float(np.expm1(np.polyfit(total.index, total, 1)[0]))


def autocorrelation(panel: pd.DataFrame) -> float:
    """Correlation of a cell of never-treated pairs with the year before, in logs."""
    counts = np.log1p(never(panel).to_numpy())
    return float(np.corrcoef(counts[:, 1:].ravel(), counts[:, :-1].ravel())[0, 1])


def largest_cell(panel: pd.DataFrame) -> float:
    """Largest cell of a never-treated pair as a share of the total of these pairs."""
    counts = never(panel).to_numpy()
    return float(counts.max() / counts.sum())


def largest_pair(panel: pd.DataFrame) -> float:
    """Largest treated pair's share in the total of treated pairs."""
    totals = plausibility.treated(panel).sum(axis=1)
    return float(totals.max() / totals.sum())


def spike(panel: pd.DataFrame) -> float:
    """Largest jump of a cell over both its neighbours in time, in units of the root of their mean plus one."""
    counts = grid(panel).to_numpy(float)
    around = np.maximum(counts[:, :-2], counts[:, 2:])
    return float(((counts[:, 1:-1] - around) / np.sqrt(1 + (counts[:, :-2] + counts[:, 2:]) / 2)).max())


def single_cell(panel: pd.DataFrame) -> float:
    """Largest change of the estimate without controls when one cell is smoothed, over its standard error."""
    moved = influence(panel)
    error = did.twfe(panel, "count")["std_error"].iloc[0]
    return float(moved["change"].abs().max() / error)


@takes_tables
def influence(panel: pd.DataFrame, outcome: str = "count") -> pd.DataFrame:
    """For each cell, what the estimate of equation (1) without controls changes by if the cell is smoothed.

    A cell is smoothed by putting the mean of the neighbouring years in its place. Returns helper, recipient, year,
    count, `smoothed` and `change`, sorted by keys. The estimate is linear in the cells, so each change is exact.
    """
    rows = panel.sort_values([*PAIR, "year"], ignore_index=True)
    count = rows.pivot(index=PAIR, columns="year", values="count").to_numpy(float)
    padded = np.pad(count, ((0, 0), (1, 1)), constant_values=np.nan)
    smoothed = np.nanmean(np.stack([padded[:, :-2], padded[:, 2:]]), axis=0)
    weight = _weights(rows)
    wanted = (np.log1p(smoothed) - np.log1p(count)) if outcome == "log_count" else smoothed - count
    shown = rows[[*PAIR, "year", "count"]].assign(smoothed=smoothed.ravel())
    return shown.assign(change=(weight * wanted).ravel())


def _weights(rows: pd.DataFrame) -> np.ndarray:
    """Weights (pairs x years) of the cells in the estimate of equation (1)."""
    treat = did.treated(rows, "year", "cohort").to_numpy().reshape(-1, rows["year"].nunique())
    left = treat - treat.mean(axis=1, keepdims=True) - treat.mean(axis=0) + treat.mean()
    return left / (left**2).sum()


def first_digits(counts: pd.Series) -> np.ndarray:
    """Shares of the first digits 1 to 9 of positive counts."""
    first = counts[counts > 0].astype(int).astype(str).str[0].astype(int)
    return np.bincount(first, minlength=10)[1:] / len(first)


def benford(made: Made) -> float:
    """Mean distance of the first digits of all-industry counts from Benford's shares."""
    return float(np.abs(first_digits(made["all_industry"]["count"]) - BENFORD).mean())


def same_ranks(made: Made) -> float:
    """Smallest rank correlation of two of the three counts over pairs (see `plausibility.same_ranks`)."""
    return plausibility.same_ranks(*(made[name] for name in PAIR_PANELS))


def manufacturing_share(made: Made, side: int) -> float:
    """Share of manufacturing in the links of never-treated (`side` 0) or treated (1) pairs."""
    return plausibility.manufacturing_shares(made["manufacturing"], made["all_industry"])[side]


def _on(name: str, measure: Callable[[pd.DataFrame], float], made: Made) -> float:
    return measure(made[name])


# measure, words, limits for manufacturing, limits for all industries and branches (None: no rule), reason
ON_EACH = [
    (growth, "The total of never-treated pairs grows, by a few per cent a year", (0.02, 0.15), (0.02, 0.15), None),
    (
        plausibility.odd_year,
        "No year's total of never-treated pairs lies far from the path of new firms",
        (0.0, 0.35),
        (0.0, 0.35),
        "judgement: a departure of two fifths",
    ),
    (
        plausibility.dispersion,
        "Never-treated pairs are more spread than Poisson, but not wildly",
        (1.3, 3.0),
        (1.3, 8.0),
        "judgement: projects come in bundles",
    ),
    (
        plausibility.dispersion_by_size,
        "The small, the middle and the large ones of them are, too",
        (1.3, 3.0),
        (1.3, 8.0),
        "judgement: projects come in bundles",
    ),
    (
        plausibility.uneven_growth,
        "Small, middle and large ones grow alike",
        (0.0, 0.5),
        (0.0, 0.5),
        "judgement: elasticity to the common path from 0.5 to 1.5",
    ),
    (
        plausibility.uneven_pair,
        "No large one is flat or grows twice as fast",
        (0.0, 1.0),
        (0.0, 1.0),
        "judgement: elasticity from 0 to 2",
    ),
    (plausibility.largest_control, "No never-treated pair is giant", (0.0, 0.08), (0.0, 0.08), None),
    (
        plausibility.distance_elasticity,
        "Totals of never-treated pairs fall with distance as trade does",
        (-1.5, -0.5),
        (-1.5, -0.5),
        "Disdier and Head (2008): mean elasticity 0.9 of 1,467 estimates of trade, most from 0.28 to 1.55",
    ),
    (
        plausibility.helper_shares,
        "Helpers have shares near those of their economies",
        (0.0, 0.1),
        (0.0, 0.1),
        "judgement: ten percentage points",
    ),
    (
        plausibility.treated_year,
        "No year in which treated pairs have far more, or far fewer, than in the years beside it",
        (1.0, 1.5),
        (1.0, 1.5),
        None,
    ),
    (
        plausibility.treated_path,
        "Over five years treated pairs have no wave of their own",
        (1.0, 1.6),
        (1.0, 1.6),
        "judgement: 1.6 times, or less than 1 / 1.6 of, their mean share of new firms in the years around",
    ),
    (
        plausibility.common_year,
        "No year in which treated pairs jump together",
        (0.0, 2.0),
        (0.0, 2.0),
        "judgement: two standard errors",
    ),
    (
        plausibility.growth_before,
        "Before their park treated pairs grow like new firms",
        (0.5, 1.5),
        (0.5, 1.5),
        "judgement: as the classes of size",
    ),
    (
        plausibility.level_before,
        "Before their park treated pairs are larger, but not by an order of magnitude",
        (1.0, 6.0),
        (1.0, 4.0),
        None,
    ),
    (plausibility.steady_pairs, "Pairs that are big in even years are big in odd years", (0.5, 1.0), (0.5, 1.0), None),
    (autocorrelation, "A cell resembles the year before", (0.1, 0.9), (0.3, 0.99), None),
    (largest_cell, "No cell of a never-treated pair carries much of their total", (0.0, 0.03), (0.0, 0.03), None),
    (largest_pair, "No treated pair carries most of their total", (0.0, 0.3), (0.0, 0.3), None),
    (
        spike,
        "No cell towers over the years before and after it",
        (0.0, 7.0),
        (0.0, 8.0),
        "judgement: the largest of a draw from the count process is 7 to 8",
    ),
    (
        single_cell,
        "No single cell moves the estimate by half a standard error",
        (0.0, 0.5),
        (0.0, 0.5),
        None,
    ),
    (
        plausibility.without_a_pair,
        "Without any one treated pair half of the estimate remains",
        (0.5, 2.0),
        (0.5, 2.0),
        None,
    ),
    (plausibility.post_without_a_pair, "So does half of the average effect of Table 3", (0.5, 2.0), None, None),
    (
        plausibility.late_start,
        "No pair has a dozen after ten years with one link at most",
        (0.0, 11.0),
        (0.0, 11.0),
        None,
    ),
]
# what the fit does about a measure
AIMED_AT = "targeted"
RULES = [
    Rule("Most cells of never-treated pairs are zero or one", small_share, 0.7, 1.0, "its mean, by Table 1"),
    *(
        Rule(words, partial(_on, name, measure), *limits, AIMED_AT, name, why or "judgement")
        for name in PAIR_PANELS
        for measure, words, first, others, why in ON_EACH
        if (limits := first if name == "manufacturing" else others) is not None
    ),
    Rule("The same pairs are large in all three counts", same_ranks, 0.6, 1.0, AIMED_AT, "branches"),
    *(
        Rule(
            f"Manufacturing is a small part of the links of {whose} pairs",
            partial(manufacturing_share, side=side),
            0.05,
            0.25,
            AIMED_AT,
            "all_industry",
        )
        for side, whose in enumerate(("never-treated", "treated"))
    ),
    Rule("First digits of all-industry counts follow Benford roughly", benford, 0.0, 0.04, "no", "all_industry"),
    Rule("Yearbook figures change smoothly", plausible_levels.rough_city, 0.0, 0.5, "smooth growth", "yearbook"),
    Rule(
        "No recipient has more revenue or expenditure per head than the province",
        plausible_levels.richest,
        0.0,
        1.0,
        "no",
        "yearbook",
        "the province's figures of 2018 (`data/facts/recipient_levels.csv`); recipients are its poorer cities",
    ),
    Rule(
        "No recipient has four times the revenue per head of another",
        plausible_levels.city_gap,
        1.0,
        4.0,
        "small deviations",
        "yearbook",
    ),
    Rule(
        "Nothing is granted inside a park long before documents name it",
        plausible_levels.before_park,
        0.0,
        0.05,
        "by its process",
        "land",
        "`data/facts/parks.csv`; a first report may be two years late",
    ),
    Rule("In each year some parks grant nothing", plausible_levels.busy_parks, 0.3, 0.95, "by its process", "land"),
    Rule(
        "No year inside parks is more than twice an ordinary one",
        plausible_levels.park_jump,
        1.0,
        2.0,
        "by its process",
        "land",
    ),
]
