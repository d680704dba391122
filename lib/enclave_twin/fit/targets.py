"""What is wanted of a set of counts: each printed number as an interval, and the forms that it follows from."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from enclave import facts
from enclave_twin.fit import linear_forms

DISTANCES = ["dist_boundary_km", "dist_centroid_km", "dist_prd_centroid_km", "dist_prd_boundary_km"]
LEVELS = (0.10, 0.05, 0.01)
SMALLEST_P_GAP = 0.002
EARLY, LATE_START, LATE_RISE, LATE_WIDTH = 0.55, 0.4, 0.36, 1.3
YEARLY_WIDTH = 0.25
EFFECT_WIDTH, EFFECT_HALF = 0.4, 0.1
TOTAL_HALF = 1.0
# how much further from print, in units of its last digit, a number that is spared may lie
SPARED_BY = 0.98


class Arrays(NamedTuple):
    """The problem as the search reads it; C cells, n pairs, F scores of the count and G of its logarithm.

    `sums` (C x .) and `log_sums` give weighted sums; `scores` (C x F x n) and `log_scores` what clustered variances
    are made of; `makers` (2 x n x n) the residual makers without and with controls; `models` (m x 5) whether of the
    logarithm, with controls, number of terms, place of its estimates and of its scores; `bread` and `factor` as in
    `linear_forms.Regression`; `places` where the averages of Table 3 begin among sums and scores, how many they are,
    and where the free sums begin. `low`, `high`, `weight` and `slow` (needs a variance) have one entry per
    wanted number. `quiet` (moves x 4): cells as `neutral_moves.moves` gives them.
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
    quiet: np.ndarray


@dataclass
class Wanted:
    """Intervals in the order in which the search computes the numbers; those of `spared` numbers are a unit wider."""

    spared: frozenset[tuple] = frozenset()
    names: list[tuple] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    half: list[float] = field(default_factory=list)
    slow: list[bool] = field(default_factory=list)

    def add(self, name: tuple, low: float, high: float, half: float, *, importance: float = 1.0, slow: bool = False):
        """One number: it may lie from `low` to `high`, and a distance of `half` outside counts `importance`."""
        room = 2 * half * SPARED_BY if name in self.spared else 0.0
        low, high = low - room, high + room
        self.names.append(name)
        self.low.append(low)
        self.high.append(high)
        self.weight.append(importance / half)
        self.half.append(half)
        self.slow.append(slow)

    def printed(self, table: int, column, row: str, statistic: str, *, importance: float = 1.0) -> str:
        """A printed number with its rounding interval; returns its stars."""
        cell = printed().loc[(str(table), str(column), row, statistic)]
        half = 0.5 * 10.0 ** -int(cell["decimals"])
        value, slow = float(cell["printed"]), statistic == "std_error"
        name = (str(table), str(column), row, statistic)
        self.add(name, value - half, value + half, half, importance=importance, slow=slow)
        return cell["stars"]

    def estimate(self, table: int, column: int, row: str, critical: np.ndarray, importance: float = 1.0) -> None:
        """An estimate, its standard error, and a ratio of the two that earns the printed stars."""
        stars = len(self.printed(table, column, row, "estimate", importance=importance))
        self.printed(table, column, row, "std_error", importance=importance)
        edges = [0.0, *critical, np.inf]
        low = edges[stars] + SMALLEST_P_GAP if stars else 0.0
        name = (str(table), str(column), row, "t")
        self.add(name, low, edges[stars + 1] - SMALLEST_P_GAP, 0.02, importance=0.5, slow=True)


def printed() -> pd.DataFrame:
    """The printed numbers by table, column, row and statistic."""
    return facts.published().set_index(["table", "column", "row", "statistic"])


def interval(table: int, column: int | str, row: str, statistic: str) -> tuple[float, float]:
    """From where to where a number is printed as it is."""
    cell = printed().loc[(str(table), str(column), row, statistic)]
    value, half = float(cell["printed"]), 0.5 * 10.0 ** -int(cell["decimals"])
    return value - half, value + half


@dataclass(frozen=True)
class Regressions:
    """The regressions of a problem, in the order of `Arrays.models`."""

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
    """Columns 1 to 4 (all industries) or 5 to 8 (branches) of Table 5, from the `first` on."""
    return [Regressions(5, first + place, place > 1, None, place % 2 == 1) for place in range(4)]


def regressions_wanted(wanted: Wanted, which: list[Regressions], pairs: int, controlled: float = 1.0) -> None:
    """Estimates, standard errors, stars and R2 of regressions, in the order of their terms.

    `controlled`: the importance of columns with controls.
    """
    critical = stats.t.ppf(1 - np.array(LEVELS) / 2, pairs - 1)
    for one in which:
        rows = ["treat"] + ([] if one.distance is None else [one.distance.replace("dist", "treat_x_distance")[:-3]])
        weight = controlled if one.controls else 1.0
        for row in rows:
            wanted.estimate(one.table, one.column, row, critical, weight)
        wanted.printed(one.table, one.column, "model", "r2", importance=weight)


class Builder:
    """Puts the arrays of a problem together, in the order that `annealing_moves.values` expects."""

    def __init__(self, pairs: pd.DataFrame, controls: np.ndarray, spared: frozenset[tuple] = frozenset()):
        """`pairs`: helper, recipient, cohort (9999 = never), distances, sorted; `controls`: pairs x K, standardised.

        `spared`: names (table, column, row, statistic) of printed numbers that are wanted within a unit only.
        """
        self.pairs, self.controls = pairs, controls
        self.cohort = pairs["cohort"].to_numpy()
        self.treated = self.cohort <= linear_forms.YEARS[-1]
        self.treat = (linear_forms.YEARS[None, :] >= self.cohort[:, None]).astype(float)
        sides = [
            np.repeat(side / side.sum() / linear_forms.T, linear_forms.T) for side in (~self.treated, self.treated)
        ]
        self.wanted, self.sums, self.log_sums = Wanted(spared), [*sides], [*sides]
        self.scores, self.log_scores, self.models, self.bread, self.factor = [], [], [], [], []

    def moments(self, asked: bool = True) -> None:
        """Means and deviations of Table 1, whether they are asked for or not."""
        for row in ("investments", "log_investments"):
            for column in ("control", "treated"):
                for statistic in ("mean", "sd"):
                    if asked:
                        self.wanted.printed(1, column, row, statistic)
                    else:
                        self.wanted.add(("1", column, row, statistic), -np.inf, np.inf, 1.0)

    def regressions(self, which: list[Regressions], controlled: float = 1.0) -> None:
        """Forms and intervals of regressions; columns with controls have the importance `controlled`."""
        regressions_wanted(self.wanted, which, len(self.pairs), controlled)
        for one in which:
            distance = None if one.distance is None else self.pairs[one.distance].to_numpy()
            self._add(one, linear_forms.regression(self.treat, distance, self.controls if one.controls else None))

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
        """Forms and intervals of Table 3."""
        critical = stats.norm.ppf(1 - np.array(LEVELS) / 2)
        weights, influence = linear_forms.GroupTime(self.cohort).averages()
        self.averaged = [len(self.sums), sum(part.shape[1] for part in self.scores), len(weights)]
        self.sums.extend(weights)
        self.scores.append(np.transpose(influence, (2, 0, 1)))
        for column, row in zip([1, 2, 2, 3, 4], linear_forms.GroupTime.NAMES, strict=True):
            self.wanted.estimate(3, column, row, critical)

    def plausible(
        self, yearly: np.ndarray, importance: float, yearly_importance: float = 1.0, rise: float = 1.0
    ) -> None:
        """Free sums with wide intervals: the path of the event study, and the yearly totals of control pairs."""
        self.free = len(self.sums)
        times, weights = linear_forms.event_study(self.cohort)
        self.sums.extend(weights)
        for time in times:
            middle, width = (0.0, EARLY) if time < 0 else (LATE_START + LATE_RISE * time, LATE_WIDTH)
            self._soft(("path", time), rise * middle, rise * width, 0.05 * rise, importance)
        for year, total in enumerate(yearly):
            weight = np.zeros_like(self.treat)
            weight[~self.treated, year] = 1.0
            self.sums.append(weight.ravel())
            self._soft(
                ("year", int(linear_forms.YEARS[year])), total, YEARLY_WIDTH * total, 0.05 * total, yearly_importance
            )

    def effects(self, wanted: np.ndarray, importance: float) -> None:
        """Further free sums: each treated pair's rise over the mean rise of control pairs, near that of the design."""
        for pair, effect in zip(np.flatnonzero(self.treated), wanted, strict=True):
            after = self.treat[pair] == 1
            rise = np.where(after, 1 / after.sum(), -1 / (~after).sum())
            weight = np.outer(~self.treated, -rise) / (~self.treated).sum()
            weight[pair] = rise
            self.sums.append(weight.ravel())
            self._soft(("effect", int(pair)), effect, EFFECT_WIDTH, EFFECT_HALF, importance)

    def totals(self, share: float, importance: float) -> None:
        """Further free sums: each treated pair's total, of which none is to be more than `share` of theirs together."""
        most = share * self.treated.sum() * linear_forms.T * sum(interval(1, "treated", "investments", "mean")) / 2
        for pair in np.flatnonzero(self.treated):
            weight = np.zeros_like(self.treat)
            weight[pair] = 1.0
            self.sums.append(weight.ravel())
            self._soft(("total", int(pair)), most / 2, most / 2, TOTAL_HALF, importance)

    def _soft(self, name: tuple, middle: float, width: float, half: float, importance: float) -> None:
        self.wanted.add(name, middle - width, middle + width, half, importance=importance)

    def arrays(self, least: np.ndarray | None = None) -> Arrays:
        """Everything, with the fewest counts that each cell may have (none by default)."""
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
