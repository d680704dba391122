"""Search over lists of treated pairs: which documented parks, from which years, agree with the printed numbers.

First `table_ratios` finds lists that agree with ratios of Tables 2 and 4. Then `thirteen_paths` judges a list by all
printed numbers without controls. Lists are changed one pair at a time while that lowers the distance from the printed
numbers (local search).
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import treated_pairs
from enclave_twin.counts.links import LINKED_PAIRS
from enclave_twin.fit import linear_forms, table_ratios, targets, thirteen_paths

# number of treated pairs (section 4.1)
TREATED = 13
# earliest cohort: the programme began in this year
EARLIEST = 2005
# years before a first report that may be the cohort
EARLIER = 2
# cohorts of a park without a date
UNDATED = range(2008, 2014)
# first month of a milestone from which the next year may be the cohort, too
LATE_IN_THE_YEAR = 10
# annealing of lists: trials, first and last temperature, lists that are kept
TRIALS = 150_000
HEAT = (2.0, 0.05)
KEPT_PER_START = 3000
# largest cost (see `table_ratios.cost`) of a list that is looked at further
BROKEN = 1.35
# lists of a start that are judged, and best lists whose neighbours are judged
JUDGED = 60
FRONT = 12
# starts from which the effects of a list are computed
TURNS = 8
# printed estimates that may be one unit off in a search over lists
RELAXED = frozenset([("4", "3", "treat_x_distance_centroid", "estimate")])
# sources of a cohort, the firmest first
BASES = ["milestone", "first report", "before first report", "undated"]


def candidates() -> pd.DataFrame:
    """Documented pairs and the years from which they may count as treated: helper, recipient, cohort, park, basis.

    A milestone gives its year, and the next year if it is in the last quarter. A first report is only an upper bound,
    so that the two years before it are taken as well. No cohort is earlier than the programme (2005). An undated park
    of two cities may have begun from 2008 to 2013. If several parks of a pair give the same year, the firmest basis is
    taken.
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
    """Total sum of squares of the counts: the middle of the values that Table 1 allows."""
    found = []
    for end in (0, 1):
        mean, spread = (
            np.array([targets.interval(1, group, "investments", statistic)[end] for group in ("control", "treated")])
            for statistic in ("mean", "sd")
        )
        rows = linear_forms.T * np.array([LINKED_PAIRS - TREATED, TREATED])
        between = rows.prod() / rows.sum() * (mean[1] - mean[0]) ** 2
        found.append(((rows - 1) * spread**2).sum() + between)
    return sum(found) / 2


# a list: (number of the pair, row of the table of candidates) per treated pair
Chosen = tuple[tuple[int, int], ...]


class Pool:
    """The candidates as arrays, for a search over lists."""

    def __init__(
        self, table: pd.DataFrame, relaxed: frozenset[tuple] = RELAXED, distances: pd.DataFrame | None = None
    ) -> None:
        """`table`: as `candidates` returns it; `relaxed`: names of printed numbers that may be one unit off.

        `distances`: those of the pairs in km, by default `facts.distances`.
        """
        self.table = table
        groups = table.groupby(PAIR).groups
        self.rows = [np.array(rows) for rows in groups.values()]
        keys = pd.DataFrame(list(groups), columns=PAIR)
        measured = facts.distances() if distances is None else distances
        self.km = keys.merge(measured, on=PAIR, how="left")[DISTANCES].to_numpy()
        self.cohort = table["cohort"].to_numpy()
        self.wanted, self.printed, self.total = thirteen_paths.intervals(relaxed), table_ratios.printed(), total()

    def solved(self, chosen: Chosen, turns=(0.0,)) -> tuple[float, np.ndarray]:
        """The smallest miss of a list and its shapes, over starts `turns` (see `thirteen_paths.solved`)."""
        cohort = self.cohort[[row for _, row in chosen]]
        km = self.km[[pair for pair, _ in chosen]]
        made = thirteen_paths.shapes(cohort, km)
        found = [thirteen_paths.solved(made, self.wanted, cohort, km, self.total, turn) for turn in turns]
        return min(found, key=lambda one: one[0])

    def few_broken(self, seed: int) -> list[Chosen]:
        """Lists that break few ratios (see `table_ratios`), by annealing from a random start."""
        most = max(map(len, self.rows))
        rows = np.array([np.pad(own, (0, most - len(own)), mode="edge") for own in self.rows])
        chances = np.array([len(own) for own in self.rows])
        given = (rows, chances, self.cohort, self.km, self.printed, self.total)
        pairs, chosen, costs = table_ratios.annealed(*given, TREATED, seed, TRIALS, HEAT, KEPT_PER_START)
        order = np.argsort(costs, kind="stable")
        found = [tuple(sorted(zip(pairs[one], chosen[one], strict=True))) for one in order if costs[one] < BROKEN]
        return list(dict.fromkeys(found))[:JUDGED]

    def neighbours(self, chosen: Chosen) -> list[Chosen]:
        """The lists that differ in one pair or one year and break few ratios."""
        found = []
        for place in range(TREATED):
            others = chosen[:place] + chosen[place + 1 :]
            absent = set(range(len(self.rows))) - {pair for pair, _ in others}
            found += [tuple(sorted([*others, (pair, row)])) for pair in sorted(absent) for row in self.rows[pair]]
        return [one for one in found if one != chosen and self.broken(one) < BROKEN]

    def broken(self, chosen: Chosen) -> float:
        """The cost of a list (see `table_ratios.cost`)."""
        pair, row = np.array(chosen).T
        return table_ratios.cost(pair, row, self.cohort, self.km, self.printed, self.total)

    def improved(self, judged: dict[Chosen, float]) -> dict[Chosen, float]:
        """The lists with their misses, and the neighbours of the best ones, until no neighbour is better."""
        best = []
        while best != (best := sorted(judged, key=judged.__getitem__)[:FRONT]):
            new = dict.fromkeys(other for one in best for other in self.neighbours(one) if other not in judged)
            judged |= {one: self.solved(one)[0] for one in new}
        return judged

    def frame(self, chosen: Chosen) -> pd.DataFrame:
        """A list: helper, recipient, cohort, park, basis, `missed`, `effect` (mean after minus mean before, links)."""
        away, shapes = self.solved(chosen, np.arange(TURNS, dtype=float))
        rows = [row for _, row in chosen]
        made = self.table.loc[rows].assign(missed=away, effect=thirteen_paths.effects(self.cohort[rows], shapes))
        return made.sort_values(PAIR, ignore_index=True)


def searched(seed: int, starts: int, kept: int = 5) -> pd.DataFrame:
    """The best lists from `starts` random starts, some seconds each: columns of `Pool.frame` and `number`."""
    pool = Pool(candidates())
    drawn = dict.fromkeys(one for start in range(starts) for one in pool.few_broken(seed * starts + start))
    judged = pool.improved({one: pool.solved(one)[0] for one in drawn})
    found = [pool.frame(one) for one in sorted(judged, key=judged.__getitem__)[:kept]]
    return pd.concat([one.assign(number=number) for number, one in enumerate(found)], ignore_index=True)


def with_effects(
    treated: pd.DataFrame, relaxed: frozenset[tuple] = RELAXED, distances: pd.DataFrame | None = None
) -> pd.DataFrame:
    """A list of treated pairs with a further column `effect`: the effects with which it misses least.

    relaxed : names (table, column, row, statistic) of printed numbers that may be one unit off
    distances : those of the pairs in km, by default `facts.distances`
    """
    pool = Pool(treated.reset_index(drop=True), relaxed, distances)
    return pool.frame(tuple((pair, rows[0]) for pair, rows in enumerate(pool.rows))).drop(columns="missed")
