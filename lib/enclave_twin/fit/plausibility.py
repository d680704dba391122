"""Rules of plausibility as a penalty on counts, fast enough for a search.

The measures and limits are those of Appendix C (`enclave.exhibits.appendix_c`, `enclave.exhibits.plausibility`). This
package does not import these modules; a test compares the two.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from enclave.facts import weights
from enclave_twin.fit import linear_forms

# measure -> lowest and highest plausible value: of manufacturing counts, and of those of Table 5 where they differ
LIMITS = {
    "growth": (0.02, 0.15),
    "odd_year": (0.0, 0.35),
    "dispersion": (1.3, 3.0),
    "dispersion_by_size": (1.3, 3.0),
    "uneven_growth": (0.0, 0.5),
    "uneven_pair": (0.0, 1.0),
    "largest_control": (0.0, 0.08),
    "distance_elasticity": (-1.5, -0.5),
    "helper_shares": (0.0, 0.1),
    "treated_year": (1.0, 1.5),
    "treated_path": (1.0, 1.6),
    "common_year": (0.0, 2.0),
    "growth_before": (0.5, 1.5),
    "level_before": (1.0, 6.0),
    "steady_pairs": (0.5, 1.0),
    "autocorrelation": (0.1, 0.9),
    "largest_cell": (0.0, 0.03),
    "largest_pair": (0.0, 0.3),
    "spike": (0.0, 7.0),
    "single_cell": (0.0, 0.5),
    "without_a_pair": (0.5, 2.0),
    "post_without_a_pair": (0.5, 2.0),
    "late_start": (0.0, 11.0),
}
OTHER_LIMITS = {
    "dispersion": (1.3, 8.0),
    "dispersion_by_size": (1.3, 8.0),
    "level_before": (1.0, 4.0),
    "autocorrelation": (0.3, 0.99),
    "spike": (0.0, 8.0),
}
# measures that cannot be below their lowest value, or above their highest
NOT_BELOW = {
    *("odd_year", "uneven_growth", "uneven_pair", "largest_control", "helper_shares", "treated_year", "treated_path"),
    *("common_year", "largest_cell", "largest_pair", "spike", "single_cell", "late_start"),
}
NOT_ABOVE = {"steady_pairs", "ranks"}
# rules that concern two counts: rank correlation of their pairs, and share of manufacturing in all links
RANKS, SHARE = (0.6, 1.0), (0.05, 0.25)
# share of each interval that a fit leaves free at either limit, so that no measure lies exactly on one
INSIDE = 0.03
# as in `enclave.exhibits.plausibility`
CLASSES, LARGE, LEAST_MEAN, JUMP, EMPTY = 3, 0.04, 1 / 3, 1.5, 10
# years on either side that a yearly total of treated pairs is compared with
AROUND = 2
# steps of Newton's method for Poisson regressions on one and on four variables, and the largest change of a
# coefficient in a step
STEPS = 8
GRAVITY_STEPS = 14
LARGEST_STEP = 1.0
EVEN = linear_forms.YEARS % 2 == 0
TREND = linear_forms.YEARS - linear_forms.YEARS.mean()


@dataclass
class Rules:
    """The rules for the counts of some pairs.

    Attributes
    ----------
    pairs : helper, recipient, cohort (9999 = never), distances, sorted
    treated : whether a pair is treated
    limits : lowest and highest value of each measure
    others : totals of the pairs in other counts, missing where a pair has none, whose ranks should be similar
    manufacturing : links in manufacturing of never-treated and of treated pairs, if these counts include them
    """

    pairs: pd.DataFrame
    limits: dict[str, tuple[float, float]] = field(default_factory=lambda: LIMITS)
    others: tuple[np.ndarray, ...] = ()
    manufacturing: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        cohort, years = self.pairs["cohort"].to_numpy(), linear_forms.YEARS
        self.treated = cohort <= years[-1]
        own, never = self.pairs[self.treated], self.pairs[~self.treated]
        sizes = weights.economies()
        logs = [np.log(never[city].map(sizes).to_numpy(float)) for city in ("helper", "recipient")]
        self.gravity = np.column_stack([np.ones(len(never)), *logs, np.log(never["dist_centroid_km"].to_numpy(float))])
        names, self.helper = np.unique(never["helper"].to_numpy(str), return_inverse=True)
        economies = np.bincount(self.helper, never["helper"].map(sizes).to_numpy(float), len(names))
        self.shares = economies / economies.sum()
        self.path = np.log(weights.new_firms().loc[years].to_numpy())
        self.before = years[None, :] < own["cohort"].to_numpy()[:, None]
        treat = (years[None, :] >= cohort[:, None]).astype(float)
        made = linear_forms.regression(treat)
        # coefficient of column 1, its scores, and the same without each treated pair
        self.weight, self.scores, self.factor = made.weights[0], made.scores[:, 0, :], made.factor
        pairs = np.flatnonzero(self.treated).tolist()
        self.without = np.array([_without(treat, pair) for pair in pairs]).reshape(len(pairs), -1)
        if "post_without_a_pair" in self.limits:
            self.post = post_average(cohort)
            self.post_without = np.array([post_average(cohort, pair) for pair in pairs])

    def broken(self, counts: np.ndarray, leave_out: frozenset[str] = frozenset()) -> float:
        """By how much counts (pairs x years) break the rules, as a share of the interval of each rule.

        Every year, cell and pair that breaks a rule counts, so that each can be corrected alone. `leave_out`: names of
        rules that do not count.
        """
        found = self.measures(counts.astype(float))
        return float(sum(self._outside(name, value).sum() for name, value in found.items() if name not in leave_out))

    def _outside(self, name: str, value: np.ndarray) -> np.ndarray:
        low, high = self.limits_of(name)
        inset = INSIDE * (high - low)
        nothing = np.zeros_like(value, dtype=float)
        under = nothing if name in NOT_BELOW else np.maximum(0.0, low + inset - value)
        over = nothing if name in NOT_ABOVE else np.maximum(0.0, value - high + inset)
        return (under + over) / (high - low)

    def held(self, counts: np.ndarray) -> dict[str, bool]:
        """Whether each rule holds."""
        found = self.measures(counts.astype(float))
        return {
            name: bool(((value >= self.limits_of(name)[0]) & (value <= self.limits_of(name)[1])).all())
            for name, value in found.items()
        }

    def in_words(self, counts: np.ndarray) -> str:
        """How many rules hold, and the names of those that do not."""
        held = self.held(counts)
        broken = [name for name, holds in held.items() if not holds]
        return f"{sum(held.values())} of {len(held)} rules hold" + (f" (not {', '.join(broken)})" if broken else "")

    def limits_of(self, name: str) -> tuple[float, float]:
        """The interval of a measure."""
        return {"ranks": RANKS, "share": SHARE}.get(name) or self.limits[name]

    def measures(self, counts: np.ndarray) -> dict[str, np.ndarray]:
        """Every measure of counts (pairs x years, real), as an array: one or more values, all of which should hold."""
        never, own = counts[~self.treated], counts[self.treated]
        found = self._of_never(never) | self._of_treated(own, never) | self._of_cells(counts)
        if self.others:
            each = np.stack([counts.sum(axis=1), *self.others])[:, ~self.treated]
            first, *others = (stats.rankdata(one) for one in each[:, np.isfinite(each).all(axis=0)])
            found["ranks"] = np.array([_correlation(first, other) for other in others])
        if self.manufacturing is not None:
            found["share"] = np.array(self.manufacturing) / (never.sum(), own.sum())
        return found

    def _of_never(self, never: np.ndarray) -> dict[str, np.ndarray]:
        """Years, sizes and places of the never-treated pairs."""
        yearly, totals = never.sum(axis=0), never.sum(axis=1)
        everything, log_yearly = totals.sum(), np.log(np.maximum(yearly, 0.5))
        away = log_yearly - self.path
        classes = np.array_split(np.argsort(totals, kind="stable"), CLASSES)
        sums = np.concatenate([[never[part].sum(axis=0) for part in classes], never[totals >= LARGE * everything]])
        growth = np.abs(elasticities(sums, log_yearly) - 1)
        shares = np.bincount(self.helper, totals, len(self.shares)) / everything
        logs = np.log1p(never)
        return {
            "growth": np.array([np.expm1(TREND @ log_yearly / (TREND @ TREND))]),
            "odd_year": np.abs(away - away.mean()),
            "dispersion": np.array([pearson(never)]),
            "dispersion_by_size": np.array([pearson(never[part]) for part in classes]),
            "uneven_growth": growth[:CLASSES],
            "uneven_pair": growth[CLASSES:],
            "largest_control": totals / everything,
            "distance_elasticity": self._poisson(totals)[-1:],
            "helper_shares": np.abs(shares - self.shares),
            "autocorrelation": np.array([_correlation(logs[:, 1:].ravel(), logs[:, :-1].ravel())]),
            "largest_cell": np.array([never.max() / everything]),
        }

    def _of_treated(self, own: np.ndarray, never: np.ndarray) -> dict[str, np.ndarray]:
        """Years and levels of the treated pairs."""
        expected = (self.before.sum(axis=0) * never.mean(axis=0)).sum()
        return {
            "treated_year": beside(own.sum(axis=0)),
            "treated_path": self._around(own.sum(axis=0)),
            "common_year": np.abs(together(own, pearson(never))),
            "growth_before": np.array([growth_before(own, self.before, self.path)]),
            "level_before": np.array([own[self.before].sum() / max(expected, 1e-9)]),
            "largest_pair": own.sum(axis=1) / own.sum(),
        }

    def _around(self, total: np.ndarray) -> np.ndarray:
        """Ratio of each year's total, as a share of new firms, to its mean in the years around it, or the reverse."""
        share = np.maximum(total, 0.5) / np.exp(self.path)
        ratio = share / (around() @ share)
        return np.maximum(ratio, 1 / ratio)

    def _of_cells(self, counts: np.ndarray) -> dict[str, np.ndarray]:
        """What single cells and pairs do."""
        even, odd = (stats.rankdata(counts[:, years].sum(axis=1)) for years in (EVEN, ~EVEN))
        flat = counts.ravel()
        found = {
            "steady_pairs": np.array([_correlation(even, odd)]),
            "spike": spikes(counts),
            "single_cell": self._single_cell(counts),
            "without_a_pair": self.without @ flat / (self.weight * counts).sum(),
            "late_start": late_starts(counts),
        }
        if "post_without_a_pair" in self.limits:
            found["post_without_a_pair"] = self.post_without @ flat / (self.post @ flat)
        return found

    def _poisson(self, totals: np.ndarray) -> np.ndarray:
        design = self.gravity
        found = np.linalg.lstsq(design, np.log((totals + totals.mean()) / 2), rcond=None)[0]
        for _ in range(GRAVITY_STEPS):
            expected = np.exp(design @ found)
            step = np.linalg.solve(design.T @ (expected[:, None] * design), design.T @ (totals - expected))
            found = found + np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        return found

    def _single_cell(self, counts: np.ndarray) -> np.ndarray:
        """Change of the coefficient if a cell is smoothed, in standard errors, for each cell."""
        smoothed = np.empty_like(counts)
        smoothed[:, 1:-1] = (counts[:, :-2] + counts[:, 2:]) / 2
        smoothed[:, 0], smoothed[:, -1] = counts[:, 1], counts[:, -2]
        error = np.sqrt(self.factor * ((counts.ravel() @ self.scores) ** 2).sum())
        return np.abs(self.weight * (smoothed - counts)) / error


def of_other(pairs: pd.DataFrame, others: tuple[np.ndarray, ...], manufacturing: tuple[float, float] | None) -> Rules:
    """The rules for counts of Table 5, which has no averages as in Table 3."""
    limits = {name: limit for name, limit in (LIMITS | OTHER_LIMITS).items() if name != "post_without_a_pair"}
    return Rules(pairs, limits, others, manufacturing)


def _without(treat: np.ndarray, pair: int) -> np.ndarray:
    """Weights (cells) of the coefficient without a pair, zero for that pair."""
    made = np.zeros_like(treat)
    rest = np.arange(len(treat)) != pair
    own = linear_forms.residual_maker(len(treat) - 1) @ treat[rest] @ linear_forms.WITHIN
    made[rest] = own / (own**2).sum()
    return made


def post_average(cohort: np.ndarray, without: int | None = None) -> np.ndarray:
    """Weights (cells) of Post_avg of Table 3, without one pair if `without` is its row number.

    It is the mean over event times of the treated pairs' mean rise since the year before their park, less the rise of
    the never-treated pairs.
    """
    made = np.zeros((len(cohort), linear_forms.T))
    kept = np.arange(len(cohort)) != (-1 if without is None else without)
    treated = np.flatnonzero(kept & (cohort <= linear_forms.YEARS[-1]))
    first = cohort[treated] - linear_forms.YEARS[0]
    times = range(linear_forms.T - first.min())
    for time in times:
        there = first + time < linear_forms.T
        share = 1 / there.sum() / len(times)
        np.add.at(made, (treated[there], first[there] + time), share)
        np.add.at(made, (treated[there], first[there] - 1), -share)
    never = cohort > linear_forms.YEARS[-1]
    made[never] = -made[treated].sum(axis=0) / never.sum()
    return made.ravel()


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def pearson(counts: np.ndarray) -> float:
    """Pearson's dispersion around pair total x year total (1 for Poisson counts)."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(rows, columns) / rows.sum()
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(((counts**2 / np.maximum(expected, 1e-9)).sum() - counts.sum()) / freedom)


def elasticities(sums: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Poisson elasticity of each row (rows x years) to a path in logs."""
    found, total = np.ones(len(sums)), sums.sum(axis=1, keepdims=True)
    for _ in range(STEPS):
        shares = np.exp(found[:, None] * (path - path.max()))
        shares /= shares.sum(axis=1, keepdims=True)
        mean = shares @ path
        variance = shares @ path**2 - mean**2
        step = (sums @ path - total[:, 0] * mean) / np.maximum(total[:, 0] * variance, 1e-9)
        found = found + np.clip(step, -LARGEST_STEP, LARGEST_STEP)
    return found


def growth_before(own: np.ndarray, before: np.ndarray, path: np.ndarray) -> float:
    """Elasticity of treated pairs' counts before their park to a path in logs, with pair effects (Poisson)."""
    counts, found = own * before, 1.0
    total = counts.sum(axis=1)
    for _ in range(STEPS):
        shares = np.exp(found * (path - path.max())) * before
        shares /= shares.sum(axis=1, keepdims=True)
        mean = shares @ path
        step = (counts @ path - total * mean).sum() / max((total * (shares @ path**2 - mean**2)).sum(), 1e-9)
        found += min(max(step, -LARGEST_STEP), LARGEST_STEP)
    return found


def beside(total: np.ndarray) -> np.ndarray:
    """Ratio of each total to the mean of the years beside it, or of that mean to the total, whichever is larger."""
    now, around = np.maximum(total[1:-1], 0.5), np.maximum((total[:-2] + total[2:]) / 2, 0.5)
    return np.maximum(now / around, around / now)


def around() -> np.ndarray:
    """Weights (years x years) of the mean over a year and the two years on either side of it."""
    near = np.abs(np.subtract.outer(linear_forms.YEARS, linear_forms.YEARS)) <= AROUND
    return near / near.sum(axis=1, keepdims=True)


def together(own: np.ndarray, dispersion: float) -> np.ndarray:
    """Mean jump of treated pairs in each year, in its standard errors."""
    before, now, after = own[:, :-2], own[:, 1:-1], own[:, 2:]
    variance = JUMP * dispersion * np.maximum((before + now + after) / 3, LEAST_MEAN)
    return ((now - (before + after) / 2) / np.sqrt(variance)).mean(axis=0) * np.sqrt(len(own))


def spikes(counts: np.ndarray) -> np.ndarray:
    """Excess of each cell over both its neighbours in time, divided by the root of one plus their mean."""
    before, now, after = counts[:, :-2], counts[:, 1:-1], counts[:, 2:]
    return np.maximum(0.0, (now - np.maximum(before, after)) / np.sqrt(1 + (before + after) / 2))


def late_starts(counts: np.ndarray) -> np.ndarray:
    """Counts of pairs that had one link or none in the `EMPTY` years before, and 0 elsewhere."""
    sums = np.cumsum(counts, axis=1)
    before = sums[:, EMPTY - 1 : -1].copy()
    before[:, 1:] -= sums[:, : -EMPTY - 1]
    return counts[:, EMPTY:] * (before <= 1)
