"""Lists of treated pairs: which documented parks, from which years, agree with what the paper prints.

The coefficient of Table 2 is b1 + b2 delta, with b1 and b2 of Table 4 and delta a weighted mean distance of the treated
pairs. The gain in R2 from a distance is b2 squared times what of the distance the treatment leaves, over the total sum
of squares. Standard errors and the averages of Table 3 tell more. `reduced` puts it all together, without any count;
here lists are changed one pair at a time until little is missed.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.facts import treated_pairs
from enclave_twin.counts import links
from enclave_twin.fit import linear_forms, table_ratios, targets, thirteen_paths
from enclave_twin.fit.targets import DISTANCES

TREATED, PAIRS = 13, 88
EARLIEST, EARLIER, UNDATED, LATE_IN_THE_YEAR = 2005, 2, range(2008, 2014), 10
TRIALS, HEAT, KEPT_PER_START = 150_000, (2.0, 0.05), 3000
BROKEN, JUDGED, FRONT, TURNS = 1.35, 60, 12, 8
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
        for milestone in treated_pairs.MILESTONES:
            date = getattr(park, milestone)
            if date:
                years |= _years(date, "first report" if milestone == "operating_by" else "milestone") | years
        if not years and park.helper_level == park.recipient_level == "city":
            years = dict.fromkeys(UNDATED, "undated")
        found += [(park.helper, park.recipient, year, park.park_zh, basis) for year, basis in years.items()]
    table = pd.DataFrame(found, columns=[*PAIR, "cohort", "park", "basis"])
    table = table[table["cohort"].between(EARLIEST, linear_forms.YEARS[-1])]
    table = table.sort_values([*PAIR, "cohort", "basis"], key=_firmness)
    return table.drop_duplicates([*PAIR, "cohort"]).reset_index(drop=True)


def _firmness(column: pd.Series) -> pd.Series:
    return column.map(BASES.index) if column.name == "basis" else column


def _years(date: str, basis: str) -> dict[int, str]:
    year, month = int(date[:4]), int(date[5:7] or 0)
    if basis == "first report":
        return {year: basis} | {year - back: "before first report" for back in range(1, EARLIER + 1)}
    return {year: basis} | ({year + 1: basis} if month >= LATE_IN_THE_YEAR else {})


def total() -> float:
    """Total sum of squares of the counts: the middle of what Table 1 allows."""
    found = []
    for end in (0, 1):
        mean, spread = (
            np.array([targets.interval(1, group, "investments", statistic)[end] for group in ("control", "treated")])
            for statistic in ("mean", "sd")
        )
        rows = linear_forms.T * np.array([PAIRS - TREATED, TREATED])
        between = rows.prod() / rows.sum() * (mean[1] - mean[0]) ** 2
        found.append(((rows - 1) * spread**2).sum() + between)
    return sum(found) / 2


Chosen = tuple[tuple[int, int], ...]


class Pool:
    """The candidates as arrays, for a search over lists. A list is thirteen of (pair, row of the table)."""

    def __init__(self, table: pd.DataFrame):
        self.table = table
        groups = table.groupby(PAIR).groups
        self.rows = [np.array(rows) for rows in groups.values()]
        keys = pd.DataFrame(list(groups), columns=PAIR)
        self.km = keys.merge(facts.distances(), on=PAIR, how="left")[DISTANCES].to_numpy()
        self.cohort = table["cohort"].to_numpy()
        self.wanted, self.printed, self.total = thirteen_paths.intervals(SPARED), table_ratios.printed(), total()

    def solved(self, chosen: Chosen, turns=(0.0,)) -> tuple[float, np.ndarray]:
        """The least that a list misses, and the shapes of its pairs, from a start for each of `turns`."""
        cohort = self.cohort[[row for _, row in chosen]]
        km = self.km[[pair for pair, _ in chosen]]
        made = thirteen_paths.shapes(cohort, km)
        found = [thirteen_paths.solved(made, self.wanted, cohort, km, self.total, turn) for turn in turns]
        return min(found, key=lambda one: one[0])

    def few_broken(self, seed: int) -> list[Chosen]:
        """Lists that break few of the ratios that a list decides, from a random start."""
        most = max(map(len, self.rows))
        rows = np.array([np.pad(own, (0, most - len(own)), mode="edge") for own in self.rows])
        chances = np.array([len(own) for own in self.rows])
        given = (rows, chances, self.cohort, self.km, self.printed, self.total)
        pairs, chosen, costs = table_ratios.annealed(*given, TREATED, seed, TRIALS, HEAT, KEPT_PER_START)
        order = np.argsort(costs, kind="stable")
        found = [tuple(sorted(zip(pairs[one], chosen[one], strict=True))) for one in order if costs[one] < BROKEN]
        return list(dict.fromkeys(found))[:JUDGED]

    def neighbours(self, chosen: Chosen) -> list[Chosen]:
        """The lists with another pair, or another year, in one place that break few ratios, too."""
        found = []
        for place in range(TREATED):
            others = chosen[:place] + chosen[place + 1 :]
            absent = set(range(len(self.rows))) - {pair for pair, _ in others}
            found += [tuple(sorted([*others, (pair, row)])) for pair in sorted(absent) for row in self.rows[pair]]
        return [one for one in found if one != chosen and self.broken(one) < BROKEN]

    def broken(self, chosen: Chosen) -> float:
        """What a list breaks (see `table_ratios.cost`)."""
        pair, row = np.array(chosen).T
        return table_ratios.cost(pair, row, self.cohort, self.km, self.printed, self.total)

    def improved(self, judged: dict[Chosen, float]) -> dict[Chosen, float]:
        """The same lists and the neighbours of the best, as long as that brings better ones: list -> what it misses."""
        best = []
        while best != (best := sorted(judged, key=judged.get)[:FRONT]):
            new = dict.fromkeys(other for one in best for other in self.neighbours(one) if other not in judged)
            judged |= {one: self.solved(one)[0] for one in new}
        return judged

    def frame(self, chosen: Chosen) -> pd.DataFrame:
        """A list as `missed`, helper, recipient, cohort, park, basis and `effect` (mean after less mean before)."""
        away, shapes = self.solved(chosen, np.arange(TURNS, dtype=float))
        rows = [row for _, row in chosen]
        made = self.table.loc[rows].assign(missed=away, effect=thirteen_paths.effects(self.cohort[rows], shapes))
        return made.sort_values(PAIR, ignore_index=True)


def searched(seed: int, starts: int, kept: int = 5) -> pd.DataFrame:
    """The best lists found from `starts` random ones, some seconds each: `number` and columns as `Pool.frame`."""
    pool = Pool(candidates())
    drawn = dict.fromkeys(one for start in range(starts) for one in pool.few_broken(seed * starts + start))
    judged = pool.improved({one: pool.solved(one)[0] for one in drawn})
    found = [pool.frame(one) for one in sorted(judged, key=judged.get)[:kept]]
    return pd.concat([one.assign(number=number) for number, one in enumerate(found)], ignore_index=True)


def with_effects(treated: pd.DataFrame) -> pd.DataFrame:
    """A list of treated pairs with the effects that suit it best as a further column `effect`."""
    pool = Pool(treated.reset_index(drop=True))
    return pool.frame(tuple((pair, rows[0]) for pair, rows in enumerate(pool.rows))).drop(columns="missed")
