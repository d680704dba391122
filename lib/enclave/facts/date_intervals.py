"""From which years a treated pair may count: what the reports of its park allow.

The park of each pair is that of `data/facts/treated.csv`. The rule is that of `data/lists`: a dated act allows its
year, and the next one if it is from the last quarter; a first report allows its year and the years up to `EARLIER`
before it, not before the programme; a note of `parks.csv` allows its year; a park without a date may be from any of
`UNDATED`.
"""

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR, YEARS

ACTS = ("agreement_date", "recognition_date", "demonstration_date")
# the programme began in this year
PROGRAMME = 2005
# years before a first report from which a park may be
EARLIER = 3
# years from which a park without any date may be
UNDATED = range(2008, 2014)
# first month of a date from which the next year counts, too
LATE_IN_THE_YEAR = 10
BOUNDS = ("before first report", "undated")


@takes_tables
def defensible_years(treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The years from which each treated pair may count.

    Parameters
    ----------
    treated : rows as `facts.treated` returns them, which is the default

    Returns
    -------
    helper, recipient (codes), cohort (a year that is possible), listed (the year of the list), basis (of the listed
    year); one row per pair and possible year, sorted
    """
    rows = facts.treated() if treated is None else treated
    parks = facts.parks().drop_duplicates(["park_zh", *PAIR]).set_index(["park_zh", *PAIR])
    notes = pd.read_csv(paths.LISTS / "other_dates.csv", dtype={"cohort": "int64"}).groupby("park_zh")["cohort"]
    noted = {park: set(years) for park, years in notes}
    found = []
    for row in rows.itertuples():
        years = of_park(parks.loc[(row.park_zh, row.helper, row.recipient)]) | noted.get(row.park_zh, set())
        found += [(row.helper, row.recipient, year, row.cohort, row.basis) for year in years | {row.cohort}]
    made = pd.DataFrame(found, columns=[*PAIR, "cohort", "listed", "basis"])
    return made.sort_values([*PAIR, "cohort"], ignore_index=True)


def of_park(park: pd.Series) -> set[int]:
    """The years that the dates of one park (a row of `facts.parks`) allow, within the panels."""
    years = {year for act in ACTS if park[act] for year in _near(park[act])}
    if park["operating_by"]:
        first = int(park["operating_by"][:4])
        before = park["precision"] == "before"
        years |= set(range(first - EARLIER, first + 1)) if before else _near(park["operating_by"])
    possible = years or set(UNDATED)
    return {year for year in possible if PROGRAMME <= year <= YEARS[-1]}


def _near(date: str) -> set[int]:
    """The year of a date, and the next one if the date is from the last quarter."""
    year, month = int(date[:4]), int(date[5:7] or 0)
    return {year, year + 1} if month >= LATE_IN_THE_YEAR else {year}
