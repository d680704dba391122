"""What a delivery needs beyond valid tables, so that the book can be built from it.

Identifiers that match between tables, years without gaps, and the base-year values of every recipient. All of it is
checked before anything is built, since the notebooks would stop at one gap after the other.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from enclave import facts
from enclave.base.errors import InputError
from enclave.base.terms import LAND_YEARS, YEARS
from enclave.facts import city_codes
from enclave_registers.intake import validate
from enclave_registers.intake.progress import Report, no_report
from enclave_registers.intake.values import duplicates
from enclave_registers.intake.values.places import city_keys

DATED = {
    ("shareholders", "invested_on"): YEARS,
    ("branches", "established"): YEARS,
    ("land", "signed_on"): LAND_YEARS,
}
REFERENCES = {
    ("shareholders", "firm_id"): ("firms", "firm_id"),
    ("firms", "industry_id"): ("industries", "industry_id"),
}
CONTROLS = ["revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds", "freight_10k_tonnes"]
LOOK = "Check whether a part of the delivery is missing."


def check(source: str, report: Report = no_report) -> list[str]:
    """Validate the raw tables of a source, then check them together. Returns one message per problem.

    Nothing is stored. `report` is called with one line per valid table. Tables are checked together only if all are
    valid.
    """
    with validate.intake_cache(source) as cache:
        outcomes = list(validate.outcomes(validate.delivered(source), cache, report))
        problems = [outcome.problem for outcome in outcomes if outcome.problem]
        if not problems:
            problems = _check_together({outcome.table: str(outcome.path) for outcome in outcomes}, cache.spill)
        return list(map(str, problems))


def _check_together(tables: dict[str, str], spill: Path) -> list[InputError]:
    """The problems of valid tables as a set, from their Parquet files."""
    with duplicates.database(spill) as connection:
        for table, path in tables.items():
            connection.read_parquet(path).create_view(table)
        yearbook = pd.read_parquet(tables["yearbook"])
        return [*_unmatched(connection), *_years_without_record(connection), *_missing_controls(yearbook)]


def _unmatched(tables: duckdb.DuckDBPyConnection) -> Iterator[InputError]:
    """Columns of identifiers that have no single match in the table that they refer to."""
    for (table, column), (other, key) in REFERENCES.items():
        given = f"select {column} as key from {table} where {column} is not null"
        matched = f"select 1 from ({given}) semi join (select {key} as key from {other}) using (key)"
        if _any(tables, given) and not _any(tables, matched):
            problem = f'none of its values is in {other}, column "{key}"'
            remedy = "Deliver both tables with the same identifiers. Check one of them for lost zeros or a prefix."
            yield InputError(table, problem, remedy, column=column)


def _any(tables: duckdb.DuckDBPyConnection, query: str) -> bool:
    return tables.execute(f"{query} limit 1").fetchone() is not None


def _years_without_record(tables: duckdb.DuckDBPyConnection) -> Iterator[InputError]:
    for (table, column), period in DATED.items():
        years = tables.execute(f"select distinct year({column}) from {table}").fetchall()
        missing = sorted(set(period) - {year for (year,) in years})
        if missing:
            remedy = f"The book needs every year from {period[0]} to {period[-1]}. {LOOK}"
            yield InputError(table, f"no record is dated {_listed(missing)}", remedy, column=column)


def _missing_controls(yearbook: pd.DataFrame) -> Iterator[InputError]:
    """Recipients without the values of the first year, which are the controls of equation (1)."""
    start = yearbook[yearbook["year"] == YEARS[0]]
    start = start.set_index(city_keys(start["city"])).reindex(city_codes("recipient"))
    names = facts.cities().set_index("code")["name_zh"]
    remedy = f"The controls are the values of {YEARS[0]}, and all 12 recipients need them. {LOOK}"
    gone = start["year"].isna()
    for column in ["year", *CONTROLS]:
        empty = start.index[start[column].isna() & (gone if column == "year" else ~gone)]
        if len(empty):
            problem = f"{YEARS[0]} is missing for {_listed(names[empty])}"
            yield InputError("yearbook", problem, remedy, column=column)


def _listed(items: Iterable) -> str:
    return ", ".join(map(str, items))
