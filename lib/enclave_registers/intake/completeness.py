"""What a delivery must hold beyond sound tables, so that the book can be built from it.

Identifiers that meet, years without holes, and the starting values of every recipient: all of it is read before
anything is built, since the notebooks would stumble over one gap after the other.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from enclave import facts
from enclave.base.errors import InputError
from enclave.base.terms import LAND_YEARS, YEARS
from enclave.facts import city_codes
from enclave_registers.intake import sql, validate
from enclave_registers.intake.place_codes import city_keys

DATED = {
    ("shareholders", "invested_on"): YEARS,
    ("branches", "established"): YEARS,
    ("land", "signed_on"): LAND_YEARS,
}
MEETING = {
    ("shareholders", "firm_id"): ("firms", "firm_id"),
    ("firms", "industry_id"): ("industries", "industry_id"),
}
CONTROLS = ["revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds", "freight_10k_tonnes"]
LOOK = "Look for a part of the delivery that is missing."


def check(source: str, report: validate.Report = validate.silent) -> list[str]:
    """Check the raw tables of a source, then what they hold together; one message for each fault, none if all is there.

    Nothing is validated. `report` is told each table as it passes. Tables are held together only if each is sound.
    """
    with validate.workshop(source) as shop:
        outcomes = list(validate.tables(source, shop, report))
        faults = [fault for _, _, fault in outcomes if fault]
        return list(map(str, faults or _together({table: str(path) for table, path, _ in outcomes}, shop.spill)))


def _together(tables: dict[str, str], spill: Path) -> list[InputError]:
    """What is wrong with the sound tables, told by their Parquet files."""
    with sql.session(spill) as connection:
        for table, path in tables.items():
            connection.read_parquet(path).create_view(table)
        yearbook = pd.read_parquet(tables["yearbook"])
        return [*_strangers(connection), *_empty_years(connection), *_lost_recipients(yearbook)]


def _strangers(tables: duckdb.DuckDBPyConnection) -> Iterator[InputError]:
    """Identifiers of which not a single one is known where it leads."""
    for (table, column), (other, key) in MEETING.items():
        given = f"select {column} as key from {table} where {column} is not null"
        met = f"select 1 from ({given}) semi join (select {key} as key from {other}) using (key)"
        if _any(tables, given) and not _any(tables, met):
            problem = f'none of its values stands in {other}, column "{key}"'
            remedy = "Deliver both with the same identifiers; look for lost zeros or a prefix in one of them."
            yield InputError(table, problem, remedy, column=column)


def _any(tables: duckdb.DuckDBPyConnection, query: str) -> bool:
    return tables.execute(f"{query} limit 1").fetchone() is not None


def _empty_years(tables: duckdb.DuckDBPyConnection) -> Iterator[InputError]:
    for (table, column), period in DATED.items():
        years = tables.execute(f"select distinct year({column}) from {table}").fetchall()
        missing = sorted(set(period) - {year for (year,) in years})
        if missing:
            remedy = f"The book needs every year from {period[0]} to {period[-1]}. {LOOK}"
            yield InputError(table, f"no record is dated {_listed(missing)}", remedy, column=column)


def _lost_recipients(yearbook: pd.DataFrame) -> Iterator[InputError]:
    """Recipients without the values of the first year, which the controls of equation (1) are."""
    start = yearbook[yearbook["year"] == YEARS[0]]
    start = start.set_index(city_keys(start["city"])).reindex(city_codes("recipient"))
    names = facts.cities().set_index("code")["name_zh"]
    remedy = f"The controls are the values of {YEARS[0]}, and all 12 recipients need them. {LOOK}"
    gone = start["year"].isna()
    for column in ["year", *CONTROLS]:
        empty = start.index[start[column].isna() & (gone if column == "year" else ~gone)]
        if len(empty):
            problem = f"{YEARS[0]} is empty for {_listed(names[empty])}"
            yield InputError("yearbook", problem, remedy, column=column)


def _listed(items: Iterable) -> str:
    return ", ".join(map(str, items))
