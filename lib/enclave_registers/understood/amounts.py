"""Amounts beside the level of the country: the yearbook's per resident, and the areas of industrial plots.

Medians are taken for each year and for each delivered file, so that a unit that changes between years or files shows.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from enclave import facts
from enclave_registers.cleaning import column_texts
from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

# a median over cities or plots is at most so many times the level of the country, and at least this part of it: a unit
# is another one from a factor of 15 (mu) or 100 (million yuan) on, and between cities a factor of 8 is rare
FACTOR = 8
# the value of one city may be so many times the level: Shenzhen counts few of its residents as registered
FACTOR_OF_A_CITY = 60
# of the values of all cities: more values beyond that are a unit, fewer are errors of the yearbook
ERRORS = 0.02
# so many cities make a median
CITIES = 5
PER_RESIDENT = {
    "revenue_10k_yuan": "revenue per resident",
    "expenditure_10k_yuan": "expenditure per resident",
    "phones_10k": "telephones per resident",
    "hospital_beds": "beds per 10,000 residents",
    "freight_10k_tonnes": "freight per resident",
}
AREA = "area_ha"
POPULATION = "population_10k"
UNIT = "Say in the map, under {table}, units, {column}, in which unit it is delivered"


def all_amounts(tables: Tables, yearbook: pd.DataFrame) -> Iterator[Line]:
    """Lines on the amounts of the yearbook (the checked table) and on the areas of plots."""
    files = [name for name, records in tables.files["yearbook"] for _ in range(records)]
    rows = yearbook.assign(file=files)
    for column in [POPULATION, *PER_RESIDENT]:
        yield _of_yearbook(rows, column)
        if column != POPULATION:
            yield _zeros(rows, column)
    yield _areas(tables)


def _of_yearbook(rows: pd.DataFrame, column: str) -> Line:
    """The medians of a column over cities, beside the level of the country in the same year."""
    values = rows[column] if column == POPULATION else rows[column] / rows[POPULATION]
    # zero may stand for a missing value; it has a line of its own
    times = rows.assign(times=(values / _levels(column, rows["year"])).where(values > 0))
    times = times[times["times"].notna()]
    what = PER_RESIDENT.get(column, "population of a city")
    if times.empty:
        return Line("yearbook", what, "no cell")
    beyond = _beyond(times)
    if beyond:
        problem = fault("yearbook", f"the median over cities is {beyond}", _remedy("yearbook", column), column)
        return _line(what, times, problem)
    far = ~times["times"].between(1 / FACTOR_OF_A_CITY, FACTOR_OF_A_CITY)
    told = f"{percent(far.sum(), len(far))} of the values are over {FACTOR_OF_A_CITY} times the level of the country, or "
    told += "under that part of it"
    if far.sum() > ERRORS * len(far):
        return _line(what, times, fault("yearbook", told, _remedy("yearbook", column), column))
    return _line(what, times, None, f'column "{column}": {told}. Compare them with the yearbook.' if far.any() else "")


def _line(what: str, times: pd.DataFrame, problem, warning: str = "") -> Line:
    medians = times.groupby("year")["times"].median()
    found = f"{medians.min():.2g} to {medians.max():.2g} times the country"
    return Line("yearbook", f"{what}, median of a year", found, f"1/{FACTOR} to {FACTOR} times", problem, warning)


def _beyond(times: pd.DataFrame) -> str:
    """Where the median is beyond the limits: years, files, or years of one file; empty if nowhere."""
    for keys in (["year"], ["file"], ["file", "year"]):
        groups = times.groupby(keys).agg(times=("times", "median"), cities=("city", "nunique")).reset_index()
        groups = groups[groups["cities"] >= CITIES]
        found = groups[~groups["times"].between(1 / FACTOR, FACTOR)]
        if len(found):
            places = [" of ".join(map(str, reversed(place))) for place in found[keys].itertuples(index=False)]
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            amount = f"{found['times'].min():.2g} to {found['times'].max():.2g}" if len(found) > 1 else ""
            amount = amount or f"{found['times'].iloc[0]:.2g}"
            return f"{amount} times the level of the country in {', '.join(places[:3])}{more}"
    return ""


def _zeros(rows: pd.DataFrame, column: str) -> Line:
    given = rows[column].notna().sum()
    zeros = int((rows[column] == 0).sum())
    warning = f'column "{column}": {zeros} values are 0. If that stands for a missing value, leave the cell empty.'
    return Line("yearbook", f"{column}: zeros", percent(zeros, given), warning=warning if zeros else "")


def _areas(tables: Tables) -> Line:
    """The medians of industrial plots, for each year and for each delivered file."""
    uses = ", ".join(f"'{use}'" for use in sorted(column_texts.industrial_land_uses()))
    plots = tables.with_part("land", f"year(signed_on) as year, {AREA}", f"land_use in ({uses})")
    medians = "select median({area}), count(*), year, part from plots group by grouping sets ((year), (part))"
    found = tables.rows(f"with plots as ({plots}) {medians.format(area=AREA)} having count(*) >= {ENOUGH} order by 3, 4")
    if not found:
        return Line("land", "area of an industrial plot, median", "too few plots")
    level = float(_levels(AREA, pd.Series([2011])).iloc[0])
    low, high = min(found), max(found)
    told = f"{low[0]:.2g} to {high[0]:.2g} hectares"
    limit = f"{level / FACTOR:.2g} to {level * FACTOR:.2g}"
    names = [name for name, _ in tables.files["land"]]
    problem = None
    if not (level / FACTOR <= low[0] and high[0] <= level * FACTOR):
        wrong = [row for row in found if not level / FACTOR <= row[0] <= level * FACTOR]
        where = ", ".join(_place(row, names) for row in wrong[:3])
        problem = fault(
            "land",
            f"the median of industrial plots is {told}, beyond {limit} hectares in {where}",
            _remedy("land", AREA),
            AREA,
        )
    elif high[0] > FACTOR * low[0]:
        where = f"{high[0] / low[0]:.0f} times as large in {_place(high, names)} as in {_place(low, names)}"
        problem = fault("land", f"the median of industrial plots is {where}", _remedy("land", AREA), AREA)
    return Line("land", "area of an industrial plot, medians of years and files", told, limit, problem)


def _place(row: tuple, names: list[str]) -> str:
    *_, year, part = row
    return str(year) if year is not None else names[part]


def _remedy(table: str, column: str) -> str:
    return f"{UNIT.format(table=table, column=column)}. If the unit differs between years or files, give it for each."


def _levels(quantity: str, years: pd.Series) -> pd.Series:
    """The level of the country in each year: growth at a constant rate between the years of the facts."""
    known = facts.national_levels()
    known = known[known["quantity"] == quantity].sort_values("year")
    logs = np.interp(years.astype(float), known["year"].astype(float), np.log(known["value"]))
    return pd.Series(np.exp(logs), index=years.index)
