"""Places that the cleaning cannot use: plots with the code of a city or of another one, counties in the yearbook."""

from collections.abc import Iterator

import pandas as pd

from enclave import facts
from enclave_registers.cleaning.column_texts import WHITE_SPACE, WHOLE_CITY, normalised
from enclave_registers.cleaning.land_plots import PARK_WORD
from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

# of the plots in Guangdong: a plot with the code of a city has no county, and drops out. A city grants some itself
CITY_CODES_SEEN, CITY_CODES = 0.01, 0.50
# of the plots with a county code: their numbers begin with the code of a county, most often of the same one
OTHER_CITY = 0.10


def all_levels(tables: Tables, yearbook: pd.DataFrame) -> Iterator[Line]:
    """Lines on the plots, and one on the yearbook."""
    yield _plots(tables)
    yield _codes_apart(tables)
    yield _parks(tables)
    yield _counties(yearbook)


def _plots(tables: Tables) -> Line:
    ends = ", ".join(f"'{end}'" for end in WHOLE_CITY)
    whole = f"(substr(county_code, 5, 2) in ({ends}) and left(county_code, 4) = left(supervision_number, 4))"
    # the number decides where the column has no county, as in the cleaning
    code = f"if(county_code is null or {whole}, left(supervision_number, 6), county_code)"
    plots, of_city = tables.row(
        f"select count(*), count(*) filter (substr(code, 5, 2) in ({ends})) "
        f"from (select {code} as code from land) where code like '44%'"
    )
    share, problem, warning = percent(of_city, plots), None, ""
    if of_city > CITY_CODES * plots:
        remedy = "Give the code of the county, or leave the cell empty where the supervision number begins with it."
        problem = fault("land", f"{share} of the plots have the code of a city and so drop out", remedy, "county_code")
    elif of_city > CITY_CODES_SEEN * plots:
        warning = (
            f'column "county_code": {share} of the plots have the code of a city. They have no county and drop out.'
        )
    return Line("land", "plots with the code of a city", share, f"at most {100 * CITY_CODES:.0f} %", problem, warning)


def _codes_apart(tables: Tables) -> Line:
    plots, apart = tables.row(
        "select count(*), count(*) filter (left(county_code, 4) <> left(supervision_number, 4)) from land "
        "where county_code is not null and regexp_matches(supervision_number, '^[0-9]{6}')"
    )
    share, problem = percent(apart, plots), None
    if plots >= ENOUGH and apart > OTHER_CITY * plots:
        told = f"{share} of the plots have the code of another city than their supervision number"
        remedy = "Check whether the column belongs to these records, and export it again."
        problem = fault("land", told, remedy, "county_code")
    limit = f"at most {100 * OTHER_CITY:.0f} %"
    return Line("land", "plots with the code of another city than their number", share, limit, problem)


def _parks(tables: Tables) -> Line:
    """Addresses that name a co-built park; without one no plot is inside, and nothing is left of the panel."""
    given, parks = tables.row(
        f"select count(location), count(*) filter (contains(translate(location, '{WHITE_SPACE}', ''), '{PARK_WORD}')) "
        "from land"
    )
    problem = None
    if given >= ENOUGH and not parks:
        remedy = f"Deliver the column with the address or the name of the project: it must say {PARK_WORD}."
        problem = fault("land", "no cell names a co-built park", remedy, "location")
    return Line("land", "location: in a co-built park", percent(parks, given), "some", problem)


def _counties(yearbook: pd.DataFrame) -> Line:
    places = facts.places()
    counties = {*facts.counties()["code"], *places.loc[places["level"] == "county", "name"]}
    counties -= {*facts.cities()["code"], *places.loc[places["level"] == "city", "name"]}
    rows = int(yearbook["city"].map(normalised).str.removeprefix("广东省").isin(counties).sum())
    warning = f'column "city": rows of counties and county-level cities are left out: {rows}.' if rows else ""
    return Line("yearbook", "rows of counties", str(rows), warning=warning)
