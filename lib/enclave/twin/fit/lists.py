"""Lists of treated pairs: which documented parks, from which years, agree with what the paper prints.

The coefficient of Table 2 is b1 + b2 delta, with b1 and b2 of Table 4 and delta a weighted mean distance of the treated
pairs. The gain in R2 from a distance is b2 squared times what of the distance the treatment leaves, over the total sum
of squares. Standard errors and the averages of Table 3 tell more. `reduced` puts it all together, without any count;
here lists are changed one pair at a time until little is missed.
"""

import numpy as np
import pandas as pd

from enclave import cohorts, facts
from enclave.twin import process
from enclave.twin.fit import forms, problem, reduced
from enclave.twin.fit.problem import DISTANCES

TREATED, PAIRS = 13, 88
EARLIEST, EARLIER, UNDATED, LATE_IN_THE_YEAR = 2005, 2, range(2008, 2014), 10
TRIALS, HOTTEST, COOLEST, TURNS, KEPT_PER_START = 3000, 8.0, 0.015, 8, 20
SPARED = (("4", "3", "treat_x_distance_centroid"),)
BASES = ["milestone", "first report", "before first report", "undated"]


def candidates() -> pd.DataFrame:
    """Documented pairs and the years from which they may count as treated: helper, recipient, cohort, park, basis.

    A milestone gives its year, and the next one if it lies in the last quarter. A first report is only an upper bound,
    so the two years before it are taken as well. The programme began in 2005, so no cohort is earlier. An undated park
    of two cities may have begun from 2008 to 2013. Where several parks of a pair give the same year, the firmest basis
    counts.
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
    table = table[table["cohort"].between(EARLIEST, forms.YEARS[-1])]
    table = table.sort_values([*process.PAIR, "cohort", "basis"], key=_firmness)
    return table.drop_duplicates([*process.PAIR, "cohort"]).reset_index(drop=True)


def _firmness(column: pd.Series) -> pd.Series:
    return column.map(BASES.index) if column.name == "basis" else column


def _years(date: str, basis: str) -> dict[int, str]:
    year, month = int(date[:4]), int(date[5:7] or 0)
    if basis == "first report":
        return {year: basis} | {year - back: "before first report" for back in range(1, EARLIER + 1)}
    return {year: basis} | ({year + 1: basis} if month >= LATE_IN_THE_YEAR else {})


def _interval(table: int, row: str, column: str, statistic: str) -> tuple[float, float]:
    cell = problem.printed().loc[(str(table), column, row, statistic)]
    half = 0.5 * 10.0 ** -int(cell["decimals"])
    return float(cell["printed"]) - half, float(cell["printed"]) + half


def total() -> float:
    """Total sum of squares of the counts: the middle of what Table 1 allows."""
    found = []
    for end in (0, 1):
        mean, spread = (
            np.array([_interval(1, "investments", group, statistic)[end] for group in ("control", "treated")])
            for statistic in ("mean", "sd")
        )
        rows = forms.T * np.array([PAIRS - TREATED, TREATED])
        between = rows.prod() / rows.sum() * (mean[1] - mean[0]) ** 2
        found.append(((rows - 1) * spread**2).sum() + between)
    return sum(found) / 2


Chosen = list[tuple[int, int]]


class Pool:
    """The candidates as arrays, for a search over lists. A list is thirteen of (pair, row of the table)."""

    def __init__(self, table: pd.DataFrame):
        self.table = table
        groups = table.groupby(process.PAIR).groups
        self.rows = [np.array(rows) for rows in groups.values()]
        keys = pd.DataFrame(list(groups), columns=process.PAIR)
        self.km = keys.merge(facts.distances(), on=process.PAIR, how="left")[DISTANCES].to_numpy()
        self.cohort = table["cohort"].to_numpy()
        self.wanted, self.total = reduced.intervals(SPARED), total()

    def solved(self, chosen: Chosen, turns=(0.0,)) -> tuple[float, np.ndarray]:
        """The least that a list misses, and the shapes of its pairs, from a start for each of `turns`."""
        cohort = self.cohort[[row for _, row in chosen]]
        km = self.km[[pair for pair, _ in chosen]]
        made = reduced.shapes(cohort, km)
        found = [reduced.solved(made, self.wanted, cohort, km, self.total, turn) for turn in turns]
        return min(found, key=lambda one: one[0])

    def drawn(self, rng: np.random.Generator) -> Chosen:
        """Thirteen pairs with a year each."""
        pairs = rng.choice(len(self.rows), TREATED, replace=False)
        return [(pair, rng.choice(self.rows[pair])) for pair in pairs]

    def changed(self, chosen: Chosen, rng: np.random.Generator) -> Chosen:
        """The list with another pair, or another year of a pair, in one place."""
        place, other = rng.integers(TREATED), list(chosen)
        pair = other[place][0]
        if rng.random() < 0.5:
            absent = sorted(set(range(len(self.rows))) - {one for one, _ in chosen})
            pair = absent[rng.integers(len(absent))]
        other[place] = (pair, rng.choice(self.rows[pair]))
        return other

    def annealed(self, rng: np.random.Generator) -> list[Chosen]:
        """The best lists on the way from a random start."""
        chosen = self.drawn(rng)
        now, seen = self.solved(chosen)[0], {}
        for trial in range(TRIALS):
            other = self.changed(chosen, rng)
            then = self.solved(other)[0]
            if then < now or rng.random() < np.exp((now - then) / (HOTTEST * COOLEST ** (trial / TRIALS))):
                chosen, now = other, then
                seen[tuple(sorted(chosen))] = now
        return [list(one) for one in sorted(seen, key=seen.get)[:KEPT_PER_START]]

    def frame(self, chosen: Chosen) -> pd.DataFrame:
        """A list as `missed`, helper, recipient, cohort, park, basis and `effect` (mean after less mean before)."""
        away, shapes = self.solved(chosen, np.arange(TURNS, dtype=float))
        rows = [row for _, row in chosen]
        made = self.table.loc[rows].assign(missed=away, effect=reduced.effects(self.cohort[rows], shapes))
        return made.sort_values(process.PAIR, ignore_index=True)


def searched(seed: int, starts: int, kept: int = 5) -> pd.DataFrame:
    """The best lists found from `starts` random ones, half a minute each: `number` and columns as `Pool.frame`."""
    rng, pool = np.random.default_rng(seed), Pool(candidates())
    found = [pool.frame(chosen) for _ in range(starts) for chosen in pool.annealed(rng)]
    found.sort(key=lambda one: one["missed"].iloc[0])
    return pd.concat([one.assign(number=number) for number, one in enumerate(found[:kept])], ignore_index=True)


def with_effects(treated: pd.DataFrame) -> pd.DataFrame:
    """A list of treated pairs with the effects that suit it best as a further column `effect`."""
    pool = Pool(treated.reset_index(drop=True))
    return pool.frame([(pair, rows[0]) for pair, rows in enumerate(pool.rows)]).drop(columns="missed")
