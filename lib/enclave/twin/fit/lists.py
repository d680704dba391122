"""Lists of treated pairs: which documented parks, from which years, agree with the ratios that the paper prints.

The coefficient of Table 2 is b1 + b2 delta, with b1 and b2 of Table 4 and delta a weighted mean distance of the treated
pairs. The gain in R2 from a distance is b2 squared times what of the distance the treatment leaves, over the total sum
of squares. So four printed columns tell eight numbers of the list, before any count is known. A second look solves for
thirteen effects that also give the printed standard errors.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from enclave import cohorts, facts
from enclave.twin import process
from enclave.twin.fit import forms, problem
from enclave.twin.fit.problem import DISTANCES, TABLES_2_AND_4

TREATED, PAIRS = 13, 88
EARLIER, UNDATED, LATE_IN_THE_YEAR = 2, range(2008, 2014), 10
TRIALS, COOLEST = 1500, 0.02
EFFECTS = (-0.5, 9.0)
BASES = ["milestone", "first report", "before first report", "undated"]


def candidates() -> pd.DataFrame:
    """Documented pairs and the years from which they may count as treated: helper, recipient, cohort, park, basis.

    A milestone gives its year, and the next one if it lies in the last quarter. A first report is only an upper bound,
    so the two years before it are taken as well. An undated park of two cities may have begun from 2008 to 2013. Where
    several parks of a pair give the same year, the firmest basis counts.
    """
    found = []
    for park in facts.parks().itertuples():
        years = {}
        for milestone in cohorts.MILESTONES:
            date = getattr(park, milestone)
            if date:
                years |= _years(date, "first report" if milestone == "operating_by" else "milestone") | years
        if not years and park.helper_level == park.recipient_level == "city":
            years = dict.fromkeys(UNDATED, "undated")
        found += [(park.helper, park.recipient, year, park.park_zh, basis) for year, basis in years.items()]
    table = pd.DataFrame(found, columns=[*process.PAIR, "cohort", "park", "basis"])
    table = table[table["cohort"].between(forms.YEARS[0] + 1, forms.YEARS[-1])]
    table = table.sort_values([*process.PAIR, "cohort", "basis"], key=_firmness)
    return table.drop_duplicates([*process.PAIR, "cohort"]).reset_index(drop=True)


def _firmness(column: pd.Series) -> pd.Series:
    return column.map(BASES.index) if column.name == "basis" else column


def _years(date: str, basis: str) -> dict[int, str]:
    year, month = int(date[:4]), int(date[5:7] or 0)
    if basis == "first report":
        return {year: basis} | {year - back: "before first report" for back in range(1, EARLIER + 1)}
    return {year: basis} | ({year + 1: basis} if month >= LATE_IN_THE_YEAR else {})


@dataclass(frozen=True)
class Ratios:
    """What Tables 1, 2 and 4 print of a list: intervals of the coefficients, of the gains in R2, of the total."""

    short: tuple[float, float]
    level: np.ndarray
    slope: np.ndarray
    gain: np.ndarray
    total: np.ndarray

    @classmethod
    def printed(cls) -> "Ratios":
        """From the paper's numbers; intervals are arrays (4 x 2)."""
        rows = [name.replace("dist", "treat_x_distance")[:-3] for name in DISTANCES]
        columns = [2 * place + 1 for place in range(len(DISTANCES))]
        level = np.array([_interval(4, column, "treat", "estimate") for column in columns])
        slope = np.array([_interval(4, column, row, "estimate") for column, row in zip(columns, rows, strict=True)])
        base = np.array(_interval(2, 1, "model", "r2"))
        gain = np.array([_interval(4, column, "model", "r2") for column in columns]) - base[::-1]
        return cls(_interval(2, 1, "treat", "estimate"), level, slope, gain, _total())

    def missed(self, treat: np.ndarray, km: np.ndarray) -> float:
        """By how much a list misses, in half widths: `treat` is treated pairs x years, `km` treated pairs x 4."""
        away = 0.0
        for place in range(len(DISTANCES)):
            delta, left = _delta(treat, km[:, place])
            implied = ((self.short[0] - self.level[place, 1]) / delta, (self.short[1] - self.level[place, 0]) / delta)
            low, high = max(implied[0], self.slope[place, 0]), min(implied[1], self.slope[place, 1])
            away += 2 * max(0.0, low - high) / np.ptp(self.slope[place])
            gains = ((low + high) / 2) ** 2 * left / self.total
            away += 2 * max(0.0, self.gain[place, 0] - gains.max(), gains.min() - self.gain[place, 1]) / 0.001
        return away


def _interval(table: int, column: int, row: str, statistic: str) -> tuple[float, float]:
    cell = problem.printed().loc[(str(table), str(column), row, statistic)]
    half = 0.5 * 10.0 ** -int(cell["decimals"])
    return float(cell["printed"]) - half, float(cell["printed"]) + half


def _total() -> np.ndarray:
    """Least and greatest total sum of squares of the counts that Table 1 allows."""
    found = []
    for end in (0, 1):
        mean, spread = (
            np.array([_interval(1, group, "investments", statistic)[end] for group in ("control", "treated")])
            for statistic in ("mean", "sd")
        )
        rows = forms.T * np.array([PAIRS - TREATED, TREATED])
        between = rows.prod() / rows.sum() * (mean[1] - mean[0]) ** 2
        found.append(((rows - 1) * spread**2).sum() + between)
    return np.array(found)


def _delta(treat: np.ndarray, km: np.ndarray) -> tuple[float, float]:
    """x'z / x'x, and z'z less what x explains; x the treatment, z its product with distance, pairs and years out."""
    far = treat * km[:, None]
    xx, xz, zz = _inner(treat, treat), _inner(treat, far), _inner(far, far)
    return xz / xx, zz - xz * xz / xx


def _inner(a: np.ndarray, b: np.ndarray) -> float:
    """Inner product after pair and year effects over all pairs, of which only the treated rows are given."""
    means = forms.T * (a.mean(axis=1) * b.mean(axis=1)).sum() + (a.sum(axis=0) * b.sum(axis=0)).sum() / PAIRS
    return (a * b).sum() - means + a.sum() * b.sum() / (PAIRS * forms.T)


class Pool:
    """The candidates as arrays, for a search over lists."""

    def __init__(self, table: pd.DataFrame):
        self.table = table
        groups = table.groupby(process.PAIR).groups
        self.rows = [np.array(rows) for rows in groups.values()]
        keys = pd.DataFrame(list(groups), columns=process.PAIR)
        self.km = keys.merge(facts.distances(), on=process.PAIR, how="left")[DISTANCES].to_numpy()
        self.cohort = table["cohort"].to_numpy()
        self.ratios = Ratios.printed()

    def missed(self, chosen: list[tuple[int, int]]) -> float:
        """Misses of a list of (pair, row of the table)."""
        treat = forms.YEARS[None, :] >= self.cohort[[row for _, row in chosen]][:, None]
        return self.ratios.missed(treat.astype(float), self.km[[pair for pair, _ in chosen]])

    def drawn(self, rng: np.random.Generator) -> list[tuple[int, int]]:
        """Thirteen pairs with a year each."""
        pairs = rng.choice(len(self.rows), TREATED, replace=False)
        return [(pair, rng.choice(self.rows[pair])) for pair in pairs]

    def changed(self, chosen: list[tuple[int, int]], rng: np.random.Generator) -> list[tuple[int, int]]:
        """The list with another pair, or another year of a pair, in one place."""
        place, other = rng.integers(TREATED), list(chosen)
        pair = other[place][0]
        if rng.random() < 0.5:
            absent = sorted(set(range(len(self.rows))) - {one for one, _ in chosen})
            pair = absent[rng.integers(len(absent))]
        other[place] = (pair, rng.choice(self.rows[pair]))
        return other

    def annealed(self, rng: np.random.Generator) -> tuple[float, list[tuple[int, int]]]:
        """A good list from a random start."""
        chosen = self.drawn(rng)
        now = self.missed(chosen)
        for trial in range(TRIALS):
            other = self.changed(chosen, rng)
            then = self.missed(other)
            if then < now or rng.random() < np.exp((now - then) / COOLEST ** (trial / TRIALS)):
                chosen, now = other, then
        return now, chosen


def searched(seed: int, starts: int, kept: int = 5) -> pd.DataFrame:
    """The best lists found: `number`, `missed`, helper, recipient, cohort, park, basis and `effect` (links a year)."""
    rng, pool = np.random.default_rng(seed), Pool(candidates())
    found = sorted((pool.annealed(rng) for _ in range(starts)), key=lambda one: one[0])
    frames = []
    for number, (missed, chosen) in enumerate(found[: 4 * kept]):
        treated = pool.table.loc[[row for _, row in chosen]].sort_values(process.PAIR, ignore_index=True)
        away, effects = reduced(treated, seed)
        frames.append(treated.assign(number=number, missed=missed + away, effect=effects))
    best = pd.concat(frames, ignore_index=True)
    order = best.groupby("number")["missed"].first().nsmallest(kept).index
    return pd.concat([best[best["number"] == number] for number in order], ignore_index=True)


def reduced(treated: pd.DataFrame, seed: int) -> tuple[float, np.ndarray]:
    """Thirteen constant effects that come nearest to the estimates and errors of columns without controls.

    Control pairs are drawn from the count process; treated pairs have their effect and nothing else. Returns the sum of
    misses, in thousandths of the printed numbers or half widths, and the effects.
    """
    from enclave.twin.fit import stages

    start = stages.drawn(treated[[*process.PAIR, "cohort"]], seed)
    own = start.pairs["cohort"].to_numpy() < stages.NEVER
    counts = start.counts.astype(float) * ~own[:, None]
    treat = (forms.YEARS[None, :] >= start.pairs["cohort"].to_numpy()[:, None]).astype(float)
    which = [one for one in TABLES_2_AND_4 if not one.controls and not one.logarithm]
    parts = [_linear(one, start.pairs, treat, counts, own) for one in which]
    wanted = problem.Wanted()
    problem.regressions_wanted(wanted, which, PAIRS, {})
    keep = np.array([name[-1] != "r2" for name in wanted.names])
    low, high, half = (np.array(values)[keep] for values in (wanted.low, wanted.high, wanted.half))
    unit = np.maximum(half, 0.001 * np.abs(low + np.minimum(high, low + 1e3)) / 2)

    def away(effects: np.ndarray) -> np.ndarray:
        values = np.concatenate([_tested(part, effects) for part in parts])
        outside = np.minimum(0, values - low) + np.maximum(0, values - high)
        return np.append(outside / unit, 0.02 * (effects - np.clip(effects, *EFFECTS)))

    first = np.full(own.sum(), np.mean(_interval(2, 1, "treat", "estimate")))
    found = optimize.least_squares(away, first, max_nfev=40).x
    return float(np.abs(away(found)).sum()), found


def _linear(one, pairs: pd.DataFrame, treat: np.ndarray, counts: np.ndarray, own: np.ndarray):
    """Estimates and scores as linear in the effects: constant and slope of each, and the correction of the variance."""
    form = forms.regression(treat, None if one.distance is None else pairs[one.distance].to_numpy())
    scores = form.scores.reshape(*treat.shape, len(form.weights), -1)
    rising = np.einsum("pt,kpt->kp", treat[own], form.weights[:, own])
    moved = np.einsum("pt,ptkg->kgp", treat[own], scores[own])
    return np.tensordot(form.weights, counts, 2), rising, np.einsum("pt,ptkg->kg", counts, scores), moved, form.factor


def _tested(part, effects: np.ndarray) -> np.ndarray:
    """Estimate, standard error and ratio of each term."""
    constant, rising, scores, moved, factor = part
    estimate = constant + rising @ effects
    error = np.sqrt(factor * ((scores + moved @ effects) ** 2).sum(axis=1))
    return np.column_stack([estimate, error, np.abs(estimate / error)]).ravel()
