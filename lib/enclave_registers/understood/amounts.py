"""Amounts beside the level of the country: the yearbook's per resident, and the areas of industrial plots.

Medians are taken for each year and for each delivered file, so that a unit that changes between years or files shows.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.terms import LAND_YEARS
from enclave_registers.cleaning import column_texts
from enclave_registers.understood import telephones
from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

# a median over cities is at most so many times the level of the country, and at least this part of it: units of the
# yearbook differ by a factor of 100 (million yuan) or more
FACTOR = 12
# the middle year of these medians: beyond this the unit may be a thousand (千元), which makes ten times as many
FACTOR_OF_THOUSANDS = 10**0.5
# the same for a median of plots, where units differ by a factor of 15 (mu) or more
FACTOR_OF_PLOTS = 8
# the value of one city may be so many times the level: Shenzhen counts few of its residents as registered
FACTOR_OF_A_CITY = 60
# largest share of such values that may be errors of the yearbook; a larger share shows a wrong unit
ERRORS = 0.02
# fewest cities of which a median is taken, and fewest such values that show a wrong unit
CITIES = 5
POPULATION = "population_10k"
AREA = "area_ha"
AMOUNTS = {
    POPULATION: "population of a city",
    "revenue_10k_yuan": "revenue per resident",
    "expenditure_10k_yuan": "expenditure per resident",
    "phones_10k": "telephones per resident",
    "hospital_beds": "beds per 10,000 residents",
    "freight_10k_tonnes": "freight per resident",
}
UNIT = "Say in the map, under {table}, units, {column}, in which unit it is delivered"


def all_amounts(tables: Tables, yearbook: pd.DataFrame) -> Iterator[Line]:
    """Lines on the amounts of the yearbook (the checked table) and on the areas of plots."""
    times = _times(tables, yearbook)
    beyond, medians = _beyond(times), times.groupby(["column", "year"])["times"].median()
    far = times.assign(far=~times["times"].between(1 / FACTOR_OF_A_CITY, FACTOR_OF_A_CITY)).groupby("column")["far"]
    for column, what in AMOUNTS.items():
        if column in medians.index:
            yield _of_yearbook(column, medians[column], beyond.get(column, ""), (far.sum()[column], far.size()[column]))
        else:
            yield Line("yearbook", what, "no cell")
        if column != POPULATION:
            yield _zeros(yearbook[column])
    yield _more_revenue(yearbook)
    yield telephones.growth(*_telephones(times))
    yield _areas(tables)


def _telephones(times: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """The median of telephones in each year with enough cities, and the levels of the country in these years."""
    cities = times[times["column"] == telephones.ALL].groupby("year")["times"]
    medians = cities.median()[cities.size() >= CITIES]
    years = medians.index.to_numpy()
    return medians, pd.DataFrame({name: _levels(name, years) for name in (telephones.ALL, telephones.FIXED)}, years)


def _times(tables: Tables, yearbook: pd.DataFrame) -> pd.DataFrame:
    """Each value of the yearbook beside the level of the country: column, file, city, year, times.

    Zero is left out: it may stand for a missing value, and has a line of its own.
    """
    files = np.repeat([name for name, _ in tables.files["yearbook"]], [n for _, n in tables.files["yearbook"]])
    people = yearbook[POPULATION].to_numpy()
    each = []
    for column in AMOUNTS:
        values = yearbook[column].to_numpy()
        level = _levels(column, yearbook["year"].to_numpy())
        times = (values if column == POPULATION else values / people) / level
        frame = {"column": column, "file": files, "city": yearbook["city"], "year": yearbook["year"], "times": times}
        each.append(pd.DataFrame(frame)[values > 0])
    return pd.concat(each, ignore_index=True)


def _of_yearbook(column: str, medians: pd.Series, beyond: str, far: tuple[int, int]) -> Line:
    """The medians of a column over cities, and the values that are far from the level of the country."""
    problem, warning = None, ""
    told = (
        f"{percent(*far)} of the values are over {FACTOR_OF_A_CITY} times the level of the country, or under that part"
    )
    if beyond:
        problem = fault("yearbook", f"the median over cities is {beyond}", _remedy("yearbook", column), column)
    elif far[0] >= max(ERRORS * far[1], CITIES):
        problem = fault("yearbook", told, _remedy("yearbook", column), column)
    elif far[0]:
        warning = f'column "{column}": {told}. Compare them with the yearbook.'
    elif medians.median() > FACTOR_OF_THOUSANDS:
        warning = (
            f'column "{column}": the median over cities is {_short(medians.median())} times the level of the country '
            f"in the middle year. If its unit is a thousand (千元, 千人, 千吨): {_remedy('yearbook', column)}"
        )
    found = f"{_short(medians.min())} to {_short(medians.max())} times the country"
    what = f"{AMOUNTS[column]}, median of a year"
    return Line("yearbook", what, found, f"1/{FACTOR} to {FACTOR} times", problem, warning)


def _beyond(times: pd.DataFrame) -> dict[str, str]:
    """For each column with a median beyond the limits, where that is: years, files, or years of one file."""
    told: dict[str, str] = {}
    groupings = [["year"], ["file"], ["file", "year"]] if times["file"].nunique() > 1 else [["year"]]
    for keys in groupings:
        groups = times.groupby(["column", *keys]).agg(times=("times", "median"), cities=("city", "nunique"))
        groups = groups[(groups["cities"] >= CITIES) & ~groups["times"].between(1 / FACTOR, FACTOR)]
        for column, found in groups.reset_index().groupby("column"):
            told.setdefault(str(column), _places(found, keys))
    return told


def _places(found: pd.DataFrame, keys: list[str]) -> str:
    places = [" of ".join(map(str, reversed(place))) for place in found[keys].itertuples(index=False)]
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    low, high = (_short(times) for times in (found["times"].min(), found["times"].max()))
    amount = low if low == high else f"{low} to {high}"
    return f"{amount} times the level of the country in {', '.join(places[:3])}{more}"


def _short(value: float) -> str:
    """Two significant digits, without a power of ten: 0.83, 12, 18,000."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 else f"{rounded:.12f}".rstrip("0").rstrip(".")


def _zeros(amounts: pd.Series) -> Line:
    zeros = int((amounts == 0).sum())
    warning = (
        f'column "{amounts.name}": {zeros} values are 0. If that stands for a missing value, leave the cell empty.'
    )
    share = percent(zeros, int(amounts.notna().sum()))
    return Line("yearbook", f"{amounts.name}: zeros", share, warning=warning if zeros else "")


def _more_revenue(yearbook: pd.DataFrame) -> Line:
    """The share of cities and years with more revenue than expenditure: since 1994 few, as transfers pay the rest."""
    more = int((yearbook["revenue_10k_yuan"] > yearbook["expenditure_10k_yuan"]).sum())
    given = int(yearbook[["revenue_10k_yuan", "expenditure_10k_yuan"]].notna().all(axis=1).sum())
    warning = (
        "more revenue than expenditure in most cities and years, while the country's cities spend more than they "
        "collect. Were the two columns exchanged?"
    )
    share = percent(more, given)
    return Line("yearbook", "more revenue than expenditure", share, warning=warning if 2 * more > given else "")


def _areas(tables: Tables) -> Line:
    """The medians of industrial plots, for each year and for each delivered file; a warning for those of a county."""
    uses = ", ".join(f"'{use}'" for use in sorted(column_texts.industrial_land_uses()))
    county = "coalesce(county_code, left(supervision_number, 6)) as county"
    plots = tables.with_part("land", f"year(signed_on) as year, {county}, {AREA}", f"land_use in ({uses})")
    every = tables.rows(
        f"with plots as ({plots}) select median({AREA}), count(*), county, year, part from plots "
        f"group by grouping sets ((county), (year), (part)) having count(*) >= {ENOUGH} order by 3, 4, 5"
    )
    found = [row for row in every if row[2] is None]
    if not found:
        return Line("land", "area of an industrial plot, median", "too few plots")
    level = float(_levels(AREA, np.array([LAND_YEARS[0]]))[0])
    counties = [row[0] for row in every if row[2] is not None]
    far = [area for area in counties if not level / FACTOR_OF_PLOTS <= area <= level * FACTOR_OF_PLOTS]
    low, high = (extreme(found, key=lambda row: row[0]) for extreme in (min, max))
    told = f"{_short(low[0])} to {_short(high[0])} hectares"
    limit = f"{_short(level / FACTOR_OF_PLOTS)} to {_short(level * FACTOR_OF_PLOTS)}"
    names = [name for name, _ in tables.files["land"]]
    problem = None
    if not (level / FACTOR_OF_PLOTS <= low[0] and high[0] <= level * FACTOR_OF_PLOTS):
        wrong = [row for row in found if not level / FACTOR_OF_PLOTS <= row[0] <= level * FACTOR_OF_PLOTS]
        where = ", ".join(_place(row, names) for row in wrong[:3])
        problem = fault(
            "land",
            f"the median of industrial plots is {told}, beyond {limit} hectares in {where}",
            _remedy("land", AREA),
            AREA,
        )
    elif high[0] > FACTOR_OF_PLOTS * low[0]:
        where = f"{high[0] / low[0]:.0f} times as large in {_place(high, names)} as in {_place(low, names)}"
        problem = fault("land", f"the median of industrial plots is {where}", _remedy("land", AREA), AREA)
    warning = (
        f'column "{AREA}": the median of industrial plots is beyond {limit} hectares in {len(far)} of {len(counties)} '
        "counties with enough plots. Do they have another unit?"
        if far and not problem
        else ""
    )
    return Line("land", "area of an industrial plot, medians of years and files", told, limit, problem, warning)


def _place(row: tuple, names: list[str]) -> str:
    *_, year, part = row
    return str(year) if year is not None else names[part]


def _remedy(table: str, column: str) -> str:
    alone = f" {telephones.PROPOSAL}" if column == telephones.ALL else ""
    unit = UNIT.format(table=table, column=column)
    return f"{unit}. If the unit differs between years or files, give it for each.{alone}"


def _levels(quantity: str, years: np.ndarray) -> np.ndarray:
    """The level of the country in each year: growth at a constant rate between the years of the facts."""
    known = facts.national_levels()
    known = known[known["quantity"] == quantity].sort_values("year")
    return np.exp(np.interp(years, known["year"], np.log(known["value"])))
