"""The committed twins side by side: panels straight from their intended counts, and their printed numbers with grades.

Cleaning finds the intended counts again, cell by cell (the tests hold it to that), so that comparing twins needs no
registers. The estimates are those of the chapters.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from enclave import facts, panels
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.estimators import csdid, did, distance
from enclave.exhibits import results, scorecard, table_1
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_registers.cleaning import pipeline, yearbook

NAMES = [*panels.PAIR_PANELS, "yearbook"]
COLUMNS_OF_TABLE_3 = {
    "1": ["simple"],
    "2": ["dynamic_pre_avg", "dynamic_post_avg"],
    "3": ["calendar_avg"],
    "4": ["group_avg"],
}


def every() -> list[str]:
    """Names of the committed twins as sources, the default one first."""
    return paths.twins()


def folder(source: str) -> Path:
    """Where the intended counts of a committed twin lie. Raises EnclaveError for another source."""
    place = paths.intended(source)
    if place is None:
        raise EnclaveError(f"There is no committed twin {source!r}. Choose one of {', '.join(every())}.")
    return place


def panel(name: str, source: str) -> pd.DataFrame:
    """The panel `name` of a committed twin, as `panels.read` gives it once the twin is built.

    `name` is manufacturing, all_industry, branches, network or yearbook. Raises EnclaveError for another source.
    """
    made = of_tables(name, targets.read(folder(source)), treated_pairs.of(source))
    made.attrs["source"] = source
    return made


def of_tables(name: str, tables: dict[str, pd.DataFrame], treated: pd.DataFrame) -> pd.DataFrame:
    """The panel `name` from tables of intended counts and a list of treated pairs."""
    if name == "yearbook":
        return _controls(tables["yearbook"])
    if name == "network":
        cities = facts.city_codes()
        filled = panels.balanced(tables[name], investor=cities, investee=cities, year=panels.YEARS)
        return filled[filled["investor"] != filled["investee"]].reset_index(drop=True)
    filled = pipeline.fill_years_without_link(tables[name], None)
    linked = pipeline.drop_pairs_never_linked(filled, None)
    return linked.merge(panels.pairs(treated)[[*panels.PAIR, "cohort"]], on=panels.PAIR)


def _controls(table: pd.DataFrame) -> pd.DataFrame:
    """The five controls of each recipient and year."""
    people = table["population_10k"].astype(float)
    raw = ["revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds"]
    made = {name: _number(table[column]) / people for name, column in zip(yearbook.CONTROLS, raw, strict=False)}
    made["freight_10k_tonnes"] = _number(table["freight_10k_tonnes"])
    return table[["recipient", "year"]].assign(**made)


def _number(column: pd.Series) -> np.ndarray:
    return column.astype("Float64").to_numpy(float, na_value=np.nan)


def report(source: str) -> pd.DataFrame:
    """The scorecard of a twin without its registers; columns as `scorecard.compare`."""
    return scored({name: panel(name, source) for name in NAMES})


def of_folder(place: Path, treated: pd.DataFrame) -> pd.DataFrame:
    """The same of any folder of intended counts, with a list of treated pairs."""
    tables = targets.read(place)
    return scored({name: of_tables(name, tables, treated) for name in NAMES})


def adopt(place: Path, source: str, tell: Callable[[str], None]) -> pd.DataFrame:
    """Put newly fitted counts of `place` in the place of a committed twin, if more printed numbers are exact.

    Returns the report of the new counts, whichever stay.
    """
    new, old = of_folder(place, treated_pairs.of(source)), report(source)
    exact = [int((one["grade"] == "exact").sum()) for one in (new, old)]
    tell(f"{exact[0]} printed numbers exact; the committed twin has {exact[1]}.")
    if exact[0] > exact[1]:
        targets.write(targets.read(place), folder(source))
        tell(f"Put into {folder(source)}.")
    return new


def scored(made: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The scorecard of the panels `NAMES`."""
    return scorecard.compare(cells(made), facts.published())


def cells(made: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The cells of Tables 1 to 5, in the order of the paper."""
    controls = did.base_year_controls(made["yearbook"])
    manufacturing = made["manufacturing"]
    averages = csdid.aggregate(manufacturing, "count")
    tables = [
        table_1.table_1(manufacturing, made["yearbook"]),
        results.cells(2, _four_columns(manufacturing, controls, 1)),
        results.cells(3, {column: averages.loc[rows] for column, rows in COLUMNS_OF_TABLE_3.items()}),
        results.cells(4, _with_distance(manufacturing, controls, panels.pairs())),
        results.cells(
            5, _four_columns(made["all_industry"], controls, 1) | _four_columns(made["branches"], controls, 5)
        ),
    ]
    return pd.concat(tables, ignore_index=True)


def _four_columns(panel: pd.DataFrame, controls: pd.DataFrame, first: int) -> dict[str, pd.DataFrame]:
    """Counts and logs, each without and with controls."""
    models = [(outcome, given) for outcome in ("count", "log_count") for given in (None, controls)]
    return {
        str(first + place): did.twfe(panel, outcome, controls=given) for place, (outcome, given) in enumerate(models)
    }


def _with_distance(panel: pd.DataFrame, controls: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The eight columns of Table 4."""
    columns = {}
    for place, measure in enumerate(distance.MEASURES):
        km = distance.distance(pairs, measure)
        columns[str(2 * place + 1)] = did.twfe(panel, "count", interaction=km)
        columns[str(2 * place + 2)] = did.twfe(panel, "count", interaction=km, controls=controls)
    return columns
