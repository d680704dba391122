"""Target counts: small tables of whole numbers from which the synthetic registers are written.

`data/twin/` holds one set, fitted to the printed numbers. Its subfolders hold further sets. Registers can be written
from any folder with the same files. A folder may have its own list of treated pairs, `treated.csv`.

`of` gives the panels of a set without any registers. The cleaning of the registers finds the same panels (a test holds
it to that).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import files, paths
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError, InputError, refuse_rows
from enclave.base.terms import CELL, CONTROLS, PAIR, PAIR_PANELS
from enclave.facts import treated_pairs
from enclave.panels import balance
from enclave.panels.balance import pairs
from enclave.panels.collection import Panels

COLUMNS = {
    "manufacturing": ["helper", "recipient", "year", "count"],
    "all_industry": ["helper", "recipient", "year", "count"],
    "branches": ["helper", "recipient", "year", "count"],
    "network": ["investor", "investee", "year", "count"],
    "yearbook": [
        *["recipient", "year", "population_10k", "revenue_10k_yuan", "expenditure_10k_yuan"],
        *["phones_10k", "hospital_beds", "freight_10k_tonnes"],
    ],
    "land": ["county", "park", "year", "plots", "area_m2"],
}
CODES = {"helper", "recipient", "investor", "investee", "county"}
REMEDY = "Restore the file with `git checkout`, write the set again with `enclave.panels.targets.write`, or correct it."
# area of the smallest plot that the cleaning keeps
SMALLEST_M2 = 100
M2_PER_HECTARE = 10_000
# columns of the first four control variables, which are divided by the population
NUMERATORS = ["revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds"]


def folder(source: str) -> Path:
    """Folder with the target counts of a committed twin. Raises EnclaveError for another source."""
    place = paths.target_counts(source)
    if place is None:
        raise EnclaveError(f"There is no committed twin {source!r}. {offered(source, paths.twins())}")
    return place


def of(source: str) -> Panels:
    """The panels of a committed twin, as `panels.of` gives them once the twin is built; no registers are needed.

    There is no panel `alternatives`: other readings need the registers. Raises EnclaveError for another source.
    """
    return of_folder(folder(source), treated_pairs.of_source(source), source)


def of_folder(place: Path, treated: pd.DataFrame, source: str) -> Panels:
    """The panels of any folder of target counts, with a list of treated pairs (helper, recipient, cohort, park).

    Errors as `read`; EnclaveError if a panel is requested that target counts do not give.
    """
    tables = read(place)

    def made(name: str) -> pd.DataFrame:
        panel = _panel(name, tables, pairs(treated))
        panel.attrs["source"] = source
        return panel

    return Panels(source, made)


def _panel(name: str, tables: dict[str, pd.DataFrame], pair_facts: pd.DataFrame) -> pd.DataFrame:
    if name in PAIR_PANELS:
        linked = balance.drop_pairs_never_linked(balance.fill_years_without_link(tables[name]))
        return linked.merge(pair_facts[[*PAIR, "cohort"]], on=PAIR)
    if name == "pairs":
        return pair_facts
    if name == "network":
        return balance.fill_directed_pairs(tables["network"])
    if name == "yearbook":
        return _controls(tables["yearbook"])
    if name == "land":
        return _areas(tables["land"])
    raise EnclaveError(f"Target counts give no panel {name!r}. Build the book and use `panels.of(source)`.")


def _controls(table: pd.DataFrame) -> pd.DataFrame:
    """The five controls of each recipient and year."""
    people = table["population_10k"].astype(float)
    made = {name: _number(table[column]) / people for name, column in zip(CONTROLS, NUMERATORS, strict=False)}
    made["freight_10k_tonnes"] = _number(table["freight_10k_tonnes"])
    return table[["recipient", "year"]].assign(**made)


def _areas(table: pd.DataFrame) -> pd.DataFrame:
    """Hectares of each county, side and year."""
    areas = table[["county", "park", "year"]].assign(area_ha=table["area_m2"] / M2_PER_HECTARE)
    return balance.fill_years_without_grant(areas)


def _number(column: pd.Series) -> np.ndarray:
    return column.astype("Float64").to_numpy(float, na_value=np.nan)


def write(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write tables as `read` returns them into `folder` as CSV, each in the order of its keys."""
    for name, columns in COLUMNS.items():
        keys = [column for column in columns[:3] if column != "population_10k"]
        files.write_csv(tables[name][columns].sort_values(keys), Path(folder) / f"{name}.csv")


def read(folder: Path = paths.TWIN) -> dict[str, pd.DataFrame]:
    """The six tables of a folder: codes as text, numbers as integers, missing where the yearbook has no figure.

    Raises InputError if a file or column is missing, a number is negative or not whole, or two tables contradict each
    other: fewer links in all industries than in manufacturing, a network that differs from manufacturing between helper
    and recipient, or an area too small for its number of plots.
    """
    tables = {name: _read(Path(folder) / f"{name}.csv", columns) for name, columns in COLUMNS.items()}
    fewer, other, land = _below_manufacturing(tables), _unlike_manufacturing(tables), tables["land"]
    refuse_rows(fewer, "all_industry.csv", "fewer links than manufacturing.csv has", REMEDY, column="count")
    refuse_rows(other, "network.csv", "not the count that manufacturing.csv has", REMEDY, column="count")
    small = land["area_m2"] < SMALLEST_M2 * land["plots"]
    refuse_rows(small, "land.csv", "less than 0.01 ha a plot", REMEDY, column="area_m2")
    refuse_rows(land["plots"] < 1, "land.csv", "an area without a plot", REMEDY, column="plots")
    return tables


def targeted_claims() -> pd.DataFrame:
    """The paper's statements in words, and whether the twin was fitted to agree: id, targeted (yes or no), how."""
    return pd.read_csv(paths.TARGETED_CLAIMS, dtype=str)


def relaxed_targets(folder: Path = paths.TWIN) -> frozenset[tuple[str, str, str, str]]:
    """Keys (table, column, row, statistic) of the printed numbers that a fit had to meet within one unit only.

    They are listed in `relaxed_targets.csv` in `folder`, each with the reason. Empty if there is no such file. Raises
    InputError if one of them is not a printed number.
    """
    path = Path(folder) / "relaxed_targets.csv"
    if not path.exists():
        return frozenset()
    listed = pd.read_csv(path, dtype=str)[CELL]
    known = listed.merge(facts.published()[CELL], how="left", indicator=True)["_merge"] == "both"
    remedy = "Name it as `published.csv` does."
    refuse_rows(~known, path.name, "not a printed number", remedy, column="row")
    return frozenset(listed.itertuples(index=False, name=None))


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    if not path.exists():
        raise InputError(path.name, "this table of target counts is missing", REMEDY)
    table = pd.read_csv(path, dtype=str)
    missing = [column for column in columns if column not in table]
    if missing:
        raise InputError(path.name, "the column is missing", REMEDY, column=missing[0], more=len(missing) - 1)
    for column in [name for name in columns if name not in CODES]:
        table[column] = _whole(path.name, column, table[column])
    return table[columns]


def _whole(name: str, column: str, text: pd.Series) -> pd.Series:
    number = pd.to_numeric(text, errors="coerce")
    wrong = text.notna() & ~((number >= 0) & (number % 1 == 0))
    refuse_rows(wrong, name, "not a whole number of zero or more", REMEDY, column=column)
    return number.astype("Int64") if number.isna().any() else number.astype("int64")


def _below_manufacturing(tables) -> pd.Series:
    keys = [*PAIR, "year"]
    both = tables["all_industry"].merge(tables["manufacturing"], on=keys, how="outer", suffixes=("", "_made"))
    return both["count"].fillna(0) < both["count_made"].fillna(0)


def _unlike_manufacturing(tables) -> pd.Series:
    made = tables["manufacturing"].set_axis(["investor", "investee", "year", "made"], axis=1)
    helpers, recipients = facts.city_codes("helper"), facts.city_codes("recipient")
    network = tables["network"]
    inside = network[network["investor"].isin(helpers) & network["investee"].isin(recipients)]
    both = inside.merge(made, on=["investor", "investee", "year"], how="outer")
    return both["count"].fillna(0) != both["made"].fillna(0)
