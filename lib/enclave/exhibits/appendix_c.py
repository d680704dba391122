"""Appendix C. Do the counts look like counts of investments? Rules of plausibility, and what was measured of each.

Each rule has a measure and an interval. The rules are judgements, and no test that a twin could fail: the fit of the
default twin targeted five of them (`enclave_twin.fit.plausibility`), others are in the fit under another name, and some
intervals were set as wide as earlier fitted counts needed. A licence holder can measure the same rules on the real
counts.

`made`, in all functions below, is a `Panels` or a dictionary of frames by the names of the panels.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave.base.terms import CONTROLS, PAIR, PAIR_PANELS
from enclave.estimators import did, event_study
from enclave.estimators.panel_checks import ever_treated
from enclave.panels import Panels

AROUND = ["panel", "before", "after", "growth_before", "growth_after", "never_growth"]
BENFORD = np.log10(1 + 1 / np.arange(1, 10))


class Rule(NamedTuple):
    """What should hold, how it is measured on the panels, the interval of the measure, and what the fit used of it.

    `in_the_fit` names the part of the fit that pulls the measure into its interval; "no" if there is none.
    """

    words: str
    measure: Callable[["Panels | Mapping[str, pd.DataFrame]"], float]
    low: float
    high: float
    in_the_fit: str


def make(panels: Panels) -> pd.DataFrame:
    """Every rule on the panels of a source, as `check` returns it."""
    made = check(panels)
    made.attrs["source"] = panels.source
    return made


def check(made: Panels | Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every rule on the panels: rule, low, high, measured, holds, room and in_the_fit.

    `room` is the distance from the measure to the nearer limit, as a share of the interval: zero at a limit, one half
    in the middle, negative outside.
    """
    rows = [(rule.words, rule.low, rule.high, float(rule.measure(made)), rule.in_the_fit) for rule in RULES]
    table = pd.DataFrame(rows, columns=["rule", "low", "high", "measured", "in_the_fit"])
    nearest = np.minimum(table["measured"] - table["low"], table["high"] - table["measured"])
    room = nearest / (table["high"] - table["low"])
    table = table.assign(holds=table["measured"].between(table["low"], table["high"]), room=room)
    return table[["rule", "low", "high", "measured", "holds", "room", "in_the_fit"]]


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


def grid(panel: pd.DataFrame) -> pd.DataFrame:
    """Counts as pairs x years."""
    return panel.pivot(index=PAIR, columns="year", values="count")


def never(panel: pd.DataFrame) -> pd.DataFrame:
    """Counts of never-treated pairs as pairs x years."""
    return grid(panel[~ever_treated(panel)])


def small_share(made) -> float:
    """Share of cells of never-treated pairs that are zero or one."""
    return float((never(made["manufacturing"]) <= 1).to_numpy().mean())


def growth(made) -> float:
    """Yearly growth of the total of never-treated pairs, by a log-linear trend."""
    total = np.log(never(made["manufacturing"]).sum())
    return float(np.expm1(np.polyfit(total.index, total, 1)[0]))


def odd_year(made) -> float:
    """Largest departure of a year's total from that trend, in logs."""
    total = np.log(never(made["manufacturing"]).sum())
    return float(np.abs(total - np.polyval(np.polyfit(total.index, total, 1), total.index)).max())


def loudest_year(made) -> tuple[int, float]:
    """The year whose treated total is largest relative to the mean of the years before and after, and the ratio.

    This is no rule.
    """
    panel = made["manufacturing"]
    total = panel[ever_treated(panel)].groupby("year")["count"].sum()
    times = total / (total.shift(1) + total.shift(-1)) * 2
    return int(times.idxmax()), float(times.max())


def dispersion(made) -> float:
    """Pearson's dispersion of never-treated pairs around pair level x year total: one if Poisson."""
    counts = never(made["manufacturing"]).to_numpy(float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(((counts - expected) ** 2 / expected).sum() / freedom)


def steady_pairs(made) -> float:
    """Rank correlation of the pairs' totals in even and in odd years."""
    counts = grid(made["manufacturing"])
    even = counts.columns % 2 == 0
    return float(counts.loc[:, even].sum(axis=1).corr(counts.loc[:, ~even].sum(axis=1), method="spearman"))


def autocorrelation(made) -> float:
    """Correlation of a cell of never-treated pairs with the year before, in logs."""
    counts = np.log1p(never(made["manufacturing"]).to_numpy())
    return float(np.corrcoef(counts[:, 1:].ravel(), counts[:, :-1].ravel())[0, 1])


def largest_cell(made) -> float:
    """Largest cell of a never-treated pair as a share of the total of these pairs."""
    counts = never(made["manufacturing"]).to_numpy()
    return float(counts.max() / counts.sum())


def largest_pair(made) -> float:
    """Largest treated pair's share in the total of treated pairs."""
    panel = made["manufacturing"]
    totals = grid(panel[ever_treated(panel)]).sum(axis=1)
    return float(totals.max() / totals.sum())


def spike(made) -> float:
    """Largest jump of a cell over both its neighbours in time, in units of the root of their mean plus one."""
    counts = grid(made["manufacturing"]).to_numpy(float)
    around = np.maximum(counts[:, :-2], counts[:, 2:])
    return float(((counts[:, 1:-1] - around) / np.sqrt(1 + (counts[:, :-2] + counts[:, 2:]) / 2)).max())


def single_cell(made) -> float:
    """Largest change of Table 2, column 1, when one cell is replaced by the mean of its neighbours, over its error."""
    moved = influence(made["manufacturing"])
    error = did.twfe(made["manufacturing"], "count")["std_error"].iloc[0]
    return float(moved["change"].abs().max() / error)


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


def benford(made) -> float:
    """Mean distance of the first digits of all-industry counts from Benford's shares."""
    return float(np.abs(first_digits(made["all_industry"]["count"]) - BENFORD).mean())


def rough_city(made) -> float:
    """Largest change of a city's yearbook figure from one year to the next, in logs."""
    values = made["yearbook"].sort_values(["recipient", "year"])
    steps = np.log(values[CONTROLS]).groupby(values["recipient"]).diff()
    return float(steps.abs().max().max())


RULES = [
    Rule("Most cells of never-treated pairs are zero or one", small_share, 0.7, 1.0, "its mean, by Table 1"),
    Rule("Their total grows, by a few per cent a year", growth, 0.02, 0.15, "yearly totals"),
    Rule("No year's total lies far from the trend", odd_year, 0.0, 0.35, "targeted (default); yearly totals"),
    Rule(
        "They are more spread than Poisson, but not wildly", dispersion, 1.0, 3.0, "targeted (default); law of counts"
    ),
    Rule(
        "Pairs that are big in even years are big in odd years",
        steady_pairs,
        0.7,
        1.0,
        "targeted (default); path of each pair",
    ),
    Rule("A cell resembles the year before", autocorrelation, 0.2, 0.9, "path of each pair"),
    Rule("No cell of a never-treated pair carries much of their total", largest_cell, 0.0, 0.03, "no"),
    Rule("No treated pair carries most of their total", largest_pair, 0.0, 0.3, "targeted (default)"),
    Rule("No cell towers over the years before and after it", spike, 0.0, 6.0, "targeted (default); law of counts"),
    Rule("No single cell moves Table 2 by half a standard error", single_cell, 0.0, 0.5, "no"),
    Rule("First digits of all-industry counts follow Benford roughly", benford, 0.0, 0.04, "no"),
    Rule("Yearbook figures change smoothly", rough_city, 0.0, 0.5, "smooth growth"),
]
