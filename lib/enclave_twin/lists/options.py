"""What the documents allow: for each pair the years from which it may count as treated, and how good the evidence is.

The rule of the lists, in order of importance:

1. A pair that the paper names as one with a co-built park is treated in every list (`named`).
2. A documented park of two cities comes before a park of districts, counties or towns (`CITY`, `LOWER`).
3. A documented year comes before a year that is only a bound (`DOCUMENTED`, `BOUNDS`). A first report shows that a park
   exists, so the park may be up to `EARLIER` years older. No year is before the programme.
4. Agreement with the printed ratios comes last: it chooses among lists with the same evidence.

A class of lists states how far a list may go down: at most so many pairs by lower parks, with or without bounds.
"""

from typing import NamedTuple

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.terms import PAIR, YEARS

# number of treated pairs among the pairs with a link (Table 1: 247 / 19)
TREATED = 13
# earliest cohort: the programme began in this year
EARLIEST = 2005
# years before a first report that may be the cohort
EARLIER = 3
# cohorts of a park of two cities without a date
UNDATED = range(2008, 2014)
# first month of a milestone from which the next year may be the cohort, too
LATE_IN_THE_YEAR = 10
ACTS = ["agreement_date", "recognition_date", "demonstration_date"]
CITY, LOWER = "city", "lower"
MILESTONE, OTHER, REPORT, BEFORE, NO_DATE = "milestone", "other date", "first report", "before first report", "undated"
# sources of a year, the firmest first
DOCUMENTED, BOUNDS = [MILESTONE, OTHER, REPORT], [BEFORE, NO_DATE]
BASES = [*DOCUMENTED, *BOUNDS]


class Class(NamedTuple):
    """A class of lists: at most `lower` pairs that count by a park below two cities; `bounds`: years may be bounds."""

    lower: int
    bounds: bool

    @property
    def name(self) -> str:
        """Its name in the result files, as `1 lower, bounds`."""
        return f"{self.lower} lower, {'bounds' if self.bounds else 'documented'}"


def named() -> pd.DataFrame:
    """Pairs that the paper names: helper, recipient (codes), `named_as`, `where`, `passage`."""
    table = pd.read_csv(paths.LISTS / "named_in_the_paper.csv", dtype=str)
    codes = facts.cities().set_index("name")["code"]
    return table.assign(helper=table["helper_city"].map(codes), recipient=table["recipient_city"].map(codes))


def options() -> pd.DataFrame:
    """Pairs and years that documents allow: helper, recipient, cohort, park, level, basis; one row per park and year.

    Sorted by pair and year, the best evidence first: a park of two cities before a lower one, then the firmest basis.
    """
    found = [row for park in facts.parks().itertuples() for row in _of_park(park)]
    table = pd.concat([pd.DataFrame(found, columns=[*PAIR, "cohort", "park", "level", "basis"]), _other_dates()])
    table = table[table["cohort"].between(EARLIEST, YEARS[-1])]
    order = table.assign(lower=table["level"] == LOWER, firmness=table["basis"].map(BASES.index))
    order = order.sort_values([*PAIR, "cohort", "lower", "firmness", "park"])
    return order.drop(columns=["lower", "firmness"]).reset_index(drop=True)


def in_class(table: pd.DataFrame, one: Class) -> pd.DataFrame:
    """The rows of `options` that a list of the class may use: one per pair and year, with its best evidence."""
    if one.lower == 0:
        table = table[table["level"] == CITY]
    if not one.bounds:
        table = table[table["basis"].isin(DOCUMENTED)]
    return table.drop_duplicates([*PAIR, "cohort"]).reset_index(drop=True)


def by_cities(table: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """The options without lower parks of some pairs (codes): these count from the year of a park of two cities."""
    keys = pd.Series(list(zip(table["helper"], table["recipient"], strict=True)), index=table.index)
    return table[(table["level"] == CITY) | ~keys.isin(pairs)].reset_index(drop=True)


def _of_park(park) -> list[tuple]:
    """The years of one park with their basis."""
    level = CITY if park.helper_level == park.recipient_level == CITY else LOWER
    years: dict[int, str] = {}
    for date in (getattr(park, act) for act in ACTS):
        if date:
            years |= dict.fromkeys(_near(date), MILESTONE)
    if park.operating_by:
        first = int(park.operating_by[:4])
        if park.precision == "before":
            years = {first - back: BEFORE for back in range(1, EARLIER + 1)} | {first: REPORT} | years
        else:
            years |= dict.fromkeys(_near(park.operating_by), MILESTONE)
    if not years and level == CITY:
        years = dict.fromkeys(UNDATED, NO_DATE)
    return [(park.helper, park.recipient, year, park.park_zh, level, basis) for year, basis in years.items()]


def _near(date: str) -> list[int]:
    """The year of a date, and the next one if the date is in the last quarter."""
    year, month = int(date[:4]), int(date[5:7] or 0)
    return [year, year + 1] if month >= LATE_IN_THE_YEAR else [year]


def _other_dates() -> pd.DataFrame:
    """Years that a note of `parks.csv` gives beside the milestones, from `other_dates.csv`."""
    table = pd.read_csv(paths.LISTS / "other_dates.csv", dtype={"cohort": "int64"})
    own = facts.parks().drop_duplicates("park_zh").set_index("park_zh")
    table = table.assign(helper=table["park_zh"].map(own["helper"]), recipient=table["park_zh"].map(own["recipient"]))
    table = table.rename(columns={"park_zh": "park"}).assign(level=CITY, basis=OTHER)
    return table[[*PAIR, "cohort", "park", "level", "basis"]]
