"""The targets of a fit: each printed number as an interval, and the forms of the counts that give it.

The half width of an interval is half a unit of the last printed digit. Distances from an interval are measured in half
widths.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from enclave import facts
from enclave.base.terms import CELL, DISTANCES
from enclave_twin.fit import linear_forms, plausibility
from enclave_twin.fit.plausibility import Rules

# significance levels of one, two and three stars
LEVELS = (0.10, 0.05, 0.01)
# distance of a t ratio from the critical values between which its stars place it
T_MARGIN = 0.002
# half width and importance of the interval of a t ratio
T_HALF = 0.02
T_IMPORTANCE = 0.5
# importance of the moments of Table 1
MOMENT_IMPORTANCE = 3.0
# path of the event study, in links: before treatment within +-EARLY; in event time e >= 0 within +-LATE_WIDTH of
# LATE_START + LATE_RISE * e
EARLY = 0.55
LATE_START = 0.4
LATE_RISE = 0.36
LATE_WIDTH = 1.3
# half width of a point of the path, in links
PATH_HALF = 0.05
# yearly totals of control pairs: they may differ by this share from the trend, and half width as a share of it
YEARLY_WIDTH = 0.25
YEARLY_HALF = 0.05
# rise of a treated pair: by how many links it may differ from that of the design, and half width
EFFECT_WIDTH = 0.4
EFFECT_HALF = 0.1
# half width of the total of a treated pair, in links
TOTAL_HALF = 1.0
# rules of plausibility: share of an interval that is used, half widths of a yearly total of treated pairs (links) and
# of Post_avg, and the end of an open interval
RULE_ROOM = 0.8
BESIDE_HALF = 1.0
POST_HALF = 0.05
LARGE = 1e4
# by how many units of its last digit the interval of a relaxed number is wider at either end
RELAXED_BY = 0.98


class Arrays(NamedTuple):
    """The problem as arrays for the compiled search.

    C: cells, n: pairs, F: scores of the count, G: scores of its logarithm, m: regressions, W: wanted numbers.

    Attributes
    ----------
    sums, log_sums : weights of the sums of counts, and of log(1 + count) (C x number of sums)
    scores, log_scores : weights of the scores in clustered variances (C x F x n, C x G x n)
    makers : residual makers without and with controls (2 x n x n)
    models : per regression: is it of the logarithm, has it controls, number of terms, first sum, first score (m x 5)
    bread, factor : as in `linear_forms.Regression` (m x 2 x 2, m)
    places : first sum and first score of the averages of Table 3, their number, first of the further sums (4)
    low, high : interval of each wanted number (W)
    weight : penalty per unit outside the interval (W)
    slow : whether a wanted number needs a variance, which is slow to compute (W)
    treated : whether a pair is treated (n)
    least : smallest count of each cell (C)
    neutral : cells of moves that hardly change an estimate, as `neutral_moves.moves` returns them (moves x 4)
    """

    sums: np.ndarray
    log_sums: np.ndarray
    scores: np.ndarray
    log_scores: np.ndarray
    makers: np.ndarray
    models: np.ndarray
    bread: np.ndarray
    factor: np.ndarray
    places: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray
    slow: np.ndarray
    treated: np.ndarray
    least: np.ndarray
    neutral: np.ndarray


@dataclass
class Wanted:
    """The wanted numbers in the order in which the search computes them.

    names : (table, column, row, statistic) of a printed number, or (kind, number) of another
    relaxed : names of printed numbers whose interval is wider by `RELAXED_BY` units at either end
    """

    relaxed: frozenset[tuple] = frozenset()
    names: list[tuple] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    half: list[float] = field(default_factory=list)
    slow: list[bool] = field(default_factory=list)

    def add(self, name: tuple, low: float, high: float, half: float, *, importance: float = 1.0, slow: bool = False):
        """Add a number with its interval. A distance of `half` outside the interval costs `importance`."""
        wider = 2 * half * RELAXED_BY if name in self.relaxed else 0.0
        low, high = low - wider, high + wider
        self.names.append(name)
        self.low.append(low)
        self.high.append(high)
        self.weight.append(importance / half)
        self.half.append(half)
        self.slow.append(slow)

    def printed(self, table: int, column, row: str, statistic: str, *, importance: float = 1.0) -> str:
        """Add a printed number with its rounding interval; returns its stars."""
        cell = printed().loc[(str(table), str(column), row, statistic)]
        half = 0.5 * 10.0 ** -int(cell["decimals"])
        value, slow = float(cell["printed"]), statistic == "std_error"
        name = (str(table), str(column), row, statistic)
        self.add(name, value - half, value + half, half, importance=importance, slow=slow)
        return cell["stars"]

    def estimate(self, table: int, column: int, row: str, critical: np.ndarray, importance: float = 1.0) -> None:
        """Add an estimate, its standard error, and the absolute t ratio that the printed stars mean."""
        stars = len(self.printed(table, column, row, "estimate", importance=importance))
        self.printed(table, column, row, "std_error", importance=importance)
        edges = [0.0, *critical, np.inf]
        low = edges[stars] + T_MARGIN if stars else 0.0
        name = (str(table), str(column), row, "t")
        self.add(name, low, edges[stars + 1] - T_MARGIN, T_HALF, importance=T_IMPORTANCE, slow=True)


def printed() -> pd.DataFrame:
    """The printed numbers by table, column, row and statistic."""
    return facts.published().set_index(CELL)


def interval(table: int, column: int | str, row: str, statistic: str) -> tuple[float, float]:
    """All values that round to a printed number: low and high end."""
    cell = printed().loc[(str(table), str(column), row, statistic)]
    value, half = float(cell["printed"]), 0.5 * 10.0 ** -int(cell["decimals"])
    return value - half, value + half


@dataclass(frozen=True)
class Regressions:
    """One regression of the paper.

    `distance` is the column of the distance that treatment is crossed with, or None.
    """

    table: int
    column: int
    logarithm: bool
    distance: str | None
    controls: bool


TABLES_2_AND_4 = [
    *(Regressions(2, column, column > 2, None, column % 2 == 0) for column in range(1, 5)),
    *(
        Regressions(4, 2 * place + 1 + controls, False, name, bool(controls))
        for place, name in enumerate(DISTANCES)
        for controls in (0, 1)
    ),
]


def table_5(first: int) -> list[Regressions]:
    """Columns 1 to 4 (all industries, `first` = 1) or 5 to 8 (branches, `first` = 5) of Table 5."""
    return [Regressions(5, first + place, place > 1, None, place % 2 == 1) for place in range(4)]


def regressions_wanted(wanted: Wanted, which: list[Regressions], pairs: int, controlled: float = 1.0) -> None:
    """Add estimates, standard errors, stars and R2 of regressions, in the order of their terms.

    controlled : importance of columns with controls; others have 1
    """
    critical = stats.t.ppf(1 - np.array(LEVELS) / 2, pairs - 1)
    for one in which:
        rows = ["treat"] + ([] if one.distance is None else [one.distance.replace("dist", "treat_x_distance")[:-3]])
        weight = controlled if one.controls else 1.0
        for row in rows:
            wanted.estimate(one.table, one.column, row, critical, weight)
        wanted.printed(one.table, one.column, "model", "r2", importance=weight)


# What depends on the list alone is computed once: a search builds the same problem many times
@lru_cache(maxsize=16)
def _regression(cohort: tuple[int, ...], distance: tuple[float, ...] | None) -> linear_forms.Regression:
    treat = (linear_forms.YEARS[None, :] >= np.array(cohort)[:, None]).astype(float)
    return linear_forms.regression(treat, None if distance is None else np.array(distance))


@lru_cache(maxsize=2)
def _averages(cohort: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    return linear_forms.GroupTime(np.array(cohort)).averages()


@lru_cache(maxsize=4)
def _event_study(cohort: tuple[int, ...]) -> tuple[list[int], np.ndarray]:
    return linear_forms.event_study(np.array(cohort))


class Builder:
    """Builds the arrays of a problem, in the order that `annealing_moves.values` expects."""

    def __init__(self, pairs: pd.DataFrame, controls: np.ndarray, relaxed: frozenset[tuple] = frozenset()) -> None:
        """`pairs`: helper, recipient, cohort (9999 = never), distances, sorted; `controls`: pairs x K, standardised.

        `relaxed`: as in `Wanted`.
        """
        self.pairs, self.controls = pairs, controls
        self.cohort = pairs["cohort"].to_numpy()
        self.treated = self.cohort <= linear_forms.YEARS[-1]
        self.treat = (linear_forms.YEARS[None, :] >= self.cohort[:, None]).astype(float)
        sides = [
            np.repeat(side / side.sum() / linear_forms.T, linear_forms.T) for side in (~self.treated, self.treated)
        ]
        self.wanted, self.sums, self.log_sums = Wanted(relaxed), [*sides], [*sides]
        self.scores, self.log_scores, self.models, self.bread, self.factor = [], [], [], [], []

    def moments(self, wanted: bool = True) -> None:
        """Add means and deviations of Table 1, as targets or (not `wanted`) only as values."""
        for row in ("investments", "log_investments"):
            for column in ("control", "treated"):
                for statistic in ("mean", "sd"):
                    if wanted:
                        self.wanted.printed(1, column, row, statistic, importance=MOMENT_IMPORTANCE)
                    else:
                        self.wanted.add(("1", column, row, statistic), -np.inf, np.inf, 1.0)

    def regressions(self, which: list[Regressions], controlled: float = 1.0) -> None:
        """Add forms and intervals of regressions; columns with controls have the importance `controlled`."""
        regressions_wanted(self.wanted, which, len(self.pairs), controlled)
        for one in which:
            distance = None if one.distance is None else self.pairs[one.distance].to_numpy()
            if one.controls:
                self._add(one, linear_forms.regression(self.treat, distance, self.controls))
            else:
                own = None if distance is None else tuple(distance.tolist())
                self._add(one, _regression(tuple(self.cohort.tolist()), own))

    def _add(self, one: Regressions, made: linear_forms.Regression) -> None:
        sums, scores = (self.log_sums, self.log_scores) if one.logarithm else (self.sums, self.scores)
        place = sum(part.shape[1] for part in scores)
        self.models.append([one.logarithm, one.controls, len(made.bread), len(sums), place])
        sums.extend(made.weights.reshape(len(made.bread), -1))
        scores.append(made.scores)
        bread = np.zeros((2, 2))
        bread[: len(made.bread), : len(made.bread)] = made.bread
        self.bread.append(bread)
        self.factor.append(made.factor)

    def averages(self) -> None:
        """Add forms and intervals of Table 3."""
        critical = stats.norm.ppf(1 - np.array(LEVELS) / 2)
        weights, influence = _averages(tuple(self.cohort.tolist()))
        self.averaged = [len(self.sums), sum(part.shape[1] for part in self.scores), len(weights)]
        self.sums.extend(weights)
        self.scores.append(np.transpose(influence, (2, 0, 1)))
        for column, row in zip([1, 2, 2, 3, 4], linear_forms.GroupTime.NAMES, strict=True):
            self.wanted.estimate(3, column, row, critical)

    def plausible(
        self, yearly: np.ndarray, importance: float, yearly_importance: float = 1.0, rise: float = 1.0
    ) -> None:
        """Add further sums with wide intervals: the path of the event study, and the yearly totals of control pairs.

        yearly : wanted total of each year
        rise : factor on the path of the event study and its intervals
        """
        self.free = len(self.sums)
        times, weights = _event_study(tuple(self.cohort.tolist()))
        self.sums.extend(weights)
        for time in times:
            middle, width = (0.0, EARLY) if time < 0 else (LATE_START + LATE_RISE * time, LATE_WIDTH)
            self._soft(("path", time), rise * middle, rise * width, PATH_HALF * rise, importance)
        for year, total in enumerate(yearly):
            weight = np.zeros_like(self.treat)
            weight[~self.treated, year] = 1.0
            self.sums.append(weight.ravel())
            self._soft(
                ("year", int(linear_forms.YEARS[year])),
                total,
                YEARLY_WIDTH * total,
                YEARLY_HALF * total,
                yearly_importance,
            )

    def effects(self, wanted: np.ndarray, importance: float) -> None:
        """Add further sums: each treated pair's rise minus the mean rise of control pairs, near its `wanted` value."""
        for pair, effect in zip(np.flatnonzero(self.treated), wanted, strict=True):
            after = self.treat[pair] == 1
            rise = np.where(after, 1 / after.sum(), -1 / (~after).sum())
            weight = np.outer(~self.treated, -rise) / (~self.treated).sum()
            weight[pair] = rise
            self.sums.append(weight.ravel())
            self._soft(("effect", int(pair)), effect, EFFECT_WIDTH, EFFECT_HALF, importance)

    def totals(self, share: float, importance: float) -> None:
        """Add further sums: each treated pair's total, at most `share` of the total of all treated pairs."""
        most = share * self.treated.sum() * linear_forms.T * sum(interval(1, "treated", "investments", "mean")) / 2
        for pair in np.flatnonzero(self.treated):
            weight = np.zeros_like(self.treat)
            weight[pair] = 1.0
            self.sums.append(weight.ravel())
            self._soft(("total", int(pair)), most / 2, most / 2, TOTAL_HALF, importance)

    def at_least(self, name: tuple, weight: np.ndarray, least: float, half: float, importance: float) -> None:
        """Add a further sum of counts with weights (pairs x years) that should be `least` or more."""
        self.sums.append(weight.ravel())
        self._soft(name, least + LARGE, LARGE, half, importance)

    def linear_rules(self, rules: Rules, importance: float) -> None:
        """Add further sums for rules of plausibility that are linear in the counts.

        Each year's treated total is between two shares of the mean of the years beside it, and of that around it. Half
        of Post_avg of Table 3 remains without any treated pair. No never-treated pair has more than a share of their
        links, and each helper's share is near that of its economy.
        """
        most = 1 + (rules.limits["treated_year"][1] - 1) * RULE_ROOM
        own = np.zeros((linear_forms.T, *self.treat.shape))
        own[:, self.treated, :] = np.eye(linear_forms.T)[:, None, :]
        for year in range(1, linear_forms.T - 1):
            around = (own[year - 1] + own[year + 1]) / 2
            for name, weight in (("high", most * around - own[year]), ("low", most * own[year] - around)):
                self.sums.append(weight.ravel())
                self._soft(("beside", name, year), LARGE, LARGE, BESIDE_HALF, importance)
        most, firms = 1 + (rules.limits["treated_path"][1] - 1) * RULE_ROOM, np.exp(rules.path)
        for year, near in enumerate(plausibility.around()):
            mean = np.tensordot(near / firms, own, 1) * firms[year]
            for name, weight in (("path high", most * mean - own[year]), ("path low", most * own[year] - mean)):
                self.sums.append(weight.ravel())
                self._soft(("beside", name, year), LARGE, LARGE, BESIDE_HALF, importance)
        least = 1 - (1 - rules.limits["post_without_a_pair"][0]) * RULE_ROOM
        post = sum(interval(3, 2, "dynamic_post_avg", "estimate")) / 2
        for pair, weight in enumerate(rules.post_without):
            self.sums.append(weight)
            self._soft(("post", pair), least * post + LARGE, LARGE, POST_HALF, importance)
        total = linear_forms.T * (~self.treated).sum() * sum(interval(1, "control", "investments", "mean")) / 2
        most = rules.limits["largest_control"][1] * RULE_ROOM * total
        never = np.flatnonzero(~self.treated)
        for pair in never:
            weight = np.zeros_like(self.treat)
            weight[pair] = 1.0
            self.sums.append(weight.ravel())
            self._soft(("control", int(pair)), most / 2, most / 2, TOTAL_HALF, importance)
        width = rules.limits["helper_shares"][1] * RULE_ROOM * total
        for helper, share in enumerate(rules.shares):
            weight = np.zeros_like(self.treat)
            weight[never[rules.helper == helper]] = 1.0
            self.sums.append(weight.ravel())
            self._soft(("helper", helper), share * total, width, TOTAL_HALF, importance)

    def _soft(self, name: tuple, middle: float, width: float, half: float, importance: float) -> None:
        self.wanted.add(name, middle - width, middle + width, half, importance=importance)

    def arrays(self, least: np.ndarray | None = None) -> Arrays:
        """All arrays. `least` is the smallest count of each cell (0 by default)."""
        averaged = getattr(self, "averaged", [0, 0, 0])
        count = len(self.pairs)
        plain, with_controls = linear_forms.residual_maker(count), linear_forms.residual_maker(count, self.controls)
        return Arrays(
            np.array(self.sums).T.copy(),
            np.array(self.log_sums).T.copy(),
            np.concatenate(self.scores, axis=1),
            np.concatenate(self.log_scores, axis=1),
            np.stack([plain, with_controls]),
            np.array(self.models, dtype=np.int64),
            np.array(self.bread),
            np.array(self.factor),
            np.array([*averaged, self.free], dtype=np.int64),
            np.array(self.wanted.low),
            np.array(self.wanted.high),
            np.array(self.wanted.weight),
            np.array(self.wanted.slow),
            self.treated,
            np.zeros(count * linear_forms.T, dtype=np.int64) if least is None else least.astype(np.int64),
            np.zeros((0, 4), dtype=np.int64),
        )
