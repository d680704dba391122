"""What a delivery needs beyond valid tables, so that the book can be built from it.

Texts, identifiers, dates and amounts that the cleaning will understand (`understood`), years without gaps, the
base-year values of every recipient, and a list of treated pairs of the source itself. All of it is checked before
anything is built: the notebooks would stop at one gap after the other, and a table that is misread gives wrong panels.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError, InputError
from enclave.base.terms import LAND_YEARS, YEARS
from enclave.facts import city_codes, treated_pairs
from enclave_registers.intake import validate
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import Delivery
from enclave_registers.intake.progress import Report, no_report
from enclave_registers.intake.validate import Outcome
from enclave_registers.intake.values import duplicates
from enclave_registers.intake.values.places import city_keys
from enclave_registers.understood import lines, not_understood, tables
from enclave_registers.understood.table import understood_as

DATED = {
    ("shareholders", "invested_on"): YEARS,
    ("branches", "established"): YEARS,
    ("land", "signed_on"): LAND_YEARS,
}
CONTROLS = ["revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds", "freight_10k_tonnes"]
LOOK = "Check whether a part of the delivery is missing."


def check(source: str, report: Report = no_report) -> list[str]:
    """Validate the raw tables of a source, then check them together. Returns one message per problem.

    Nothing is stored. `report` is called with one line per valid table and, if all are valid, with the lines of the
    table of what was understood. Tables are checked together only if all are valid. Texts that were not understood are
    written to `paths.not_understood(source)`.
    """
    with validate.intake_cache(source) as cache:
        return list(map(str, _problems(source, validate.delivered(source), cache, report)))


def store(source: str, report: Report = no_report) -> None:
    """Check the raw tables of a source as `check` does and, if there is no problem, store them (see `validate.store`).

    Raises InputError for a single problem, EnclaveError with one message per problem for several, and
    disk_space.FullError if the disk is full. The tables stored before are then kept.
    """
    with validate.intake_cache(source) as cache:
        delivery = validate.delivered(source)
        problems = _problems(source, delivery, cache, report)
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise EnclaveError("\n".join(map(str, problems)))
        validate.put(delivery, cache, source)


def _problems(source: str, delivery: Delivery, cache: IntakeCache, report: Report) -> list[EnclaveError]:
    """What is wrong with the tables one by one and with the list of treated pairs; if nothing, with all together."""
    outcomes = list(validate.outcomes(delivery, cache, report))
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    problems += _wrong_treated_pairs(source, report)
    return problems or _check_together(source, outcomes, cache.spill, report)


def _wrong_treated_pairs(source: str, report: Report) -> list[EnclaveError]:
    try:
        listed = treated_pairs.listed(source)
    except EnclaveError as error:
        return [error]
    if listed is not None:
        years = listed["cohort"]
        report(
            f"{treated_pairs.LIST}: {len(listed)} pairs, first treated in {years.nunique()} different years from "
            f"{years.min()} to {years.max()}"
        )
    return []


def _check_together(source: str, outcomes: list[Outcome], spill: Path, report: Report) -> list[EnclaveError]:
    """The problems of valid tables as a set, from their Parquet files."""
    with duplicates.database(spill) as connection:
        opened = tables.opened(connection, outcomes, paths.not_understood(source))
        yearbook = pd.concat([pd.read_parquet(outcome.path) for outcome in outcomes if outcome.table == "yearbook"])
        understood = understood_as(opened, yearbook)
        for line in lines.shown(understood.lines):
            report(line)
        if listed := not_understood.write(source, understood.texts):
            report(f"Texts that were not understood: {len(understood.texts)} different ones, listed in {listed}")
        alone = [*_years_without_record(connection), *_missing_controls(yearbook)]
        return [*lines.problems(understood.lines), *alone]


def _years_without_record(connection: duckdb.DuckDBPyConnection) -> Iterator[InputError]:
    for (table, column), period in DATED.items():
        years = connection.execute(f"select distinct year({column}) from {table}").fetchall()
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
