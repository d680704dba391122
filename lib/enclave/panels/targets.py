"""The intended counts: small integer tables from which the synthetic registers are written.

`data/twin/` holds one set, fitted to the printed numbers, and further ones in folders of its own. Registers can be
written from any folder with the same files. If a folder also has `treated.csv`, its pairs and cohorts go with it.
"""

from pathlib import Path

import pandas as pd

from enclave import facts
from enclave.base import files, paths
from enclave.base.errors import InputError

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
SMALLEST_M2 = 100
NUMBER = ["table", "column", "row", "statistic"]


def write(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write tables as `read` returns them into `folder` as CSV, each in the order of its keys."""
    for name, columns in COLUMNS.items():
        keys = [column for column in columns[:3] if column != "population_10k"]
        files.write_csv(tables[name][columns].sort_values(keys), Path(folder) / f"{name}.csv")


def read(folder: Path = paths.TWIN) -> dict[str, pd.DataFrame]:
    """The six tables of a folder, codes as text, numbers as integers (gaps of the yearbook missing).

    Raises InputError if a file or column is missing, a number is not whole or negative, or the tables contradict each
    other: fewer links in all industries than in manufacturing, a network that differs from manufacturing between helper
    and recipient, or plots that are too small for their number.
    """
    tables = {name: _read(Path(folder) / f"{name}.csv", columns) for name, columns in COLUMNS.items()}
    _refuse("all_industry.csv", "count", _below_manufacturing(tables), "fewer links than manufacturing.csv has")
    _refuse("network.csv", "count", _unlike_manufacturing(tables), "not the count that manufacturing.csv has")
    land = tables["land"]
    _refuse("land.csv", "area_m2", land["area_m2"] < SMALLEST_M2 * land["plots"], "less than 0.01 ha a plot")
    _refuse("land.csv", "plots", land["plots"] < 1, "an area without a plot")
    return tables


def asked() -> pd.DataFrame:
    """Which of the paper's statements in words the twin was made to agree with: id, asked (yes or no), how."""
    return pd.read_csv(paths.ASKED, dtype=str)


def spared(folder: Path = paths.TWIN) -> frozenset[tuple[str, str, str, str]]:
    """Names (table, column, row, statistic) of the printed numbers that a fit wanted within a unit only.

    Those that `spared.csv` in `folder` lists, with the reason why; none if there is no such file. Raises InputError if
    one of them is not a printed number.
    """
    path = Path(folder) / "spared.csv"
    if not path.exists():
        return frozenset()
    listed = pd.read_csv(path, dtype=str)[NUMBER]
    known = listed.merge(facts.published()[NUMBER], how="left", indicator=True)["_merge"] == "both"
    _refuse(path.name, "row", ~known, "not a printed number", "Name it as `published.csv` of the facts does.")
    return frozenset(listed.itertuples(index=False, name=None))


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    if not path.exists():
        raise InputError(path.name, "there is no such table of counts", REMEDY)
    table = pd.read_csv(path, dtype=str)
    missing = [column for column in columns if column not in table]
    if missing:
        raise InputError(path.name, "the column is missing", REMEDY, column=missing[0], more=len(missing) - 1)
    for column in [name for name in columns if name not in CODES]:
        table[column] = _whole(path.name, column, table[column])
    return table[columns]


def _whole(name: str, column: str, text: pd.Series) -> pd.Series:
    number = pd.to_numeric(text, errors="coerce")
    _refuse(name, column, text.notna() & ~((number >= 0) & (number % 1 == 0)), "not a whole number of zero or more")
    return number.astype("Int64") if number.isna().any() else number.astype("int64")


def _below_manufacturing(tables) -> pd.Series:
    keys = ["helper", "recipient", "year"]
    both = tables["all_industry"].merge(tables["manufacturing"], on=keys, how="outer", suffixes=("", "_made"))
    return both["count"].fillna(0) < both["count_made"].fillna(0)


def _unlike_manufacturing(tables) -> pd.Series:
    made = tables["manufacturing"].set_axis(["investor", "investee", "year", "made"], axis=1)
    cities = facts.cities()
    helpers, recipients = (set(cities.loc[cities["role"] == role, "code"]) for role in ("helper", "recipient"))
    network = tables["network"]
    inside = network[network["investor"].isin(helpers) & network["investee"].isin(recipients)]
    both = inside.merge(made, on=["investor", "investee", "year"], how="outer")
    return both["count"].fillna(0) != both["made"].fillna(0)


def _refuse(name: str, column: str, wrong: pd.Series, problem: str, remedy: str = REMEDY) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 1
        raise InputError(name, problem, remedy, column=column, row=row, more=int(wrong.sum()) - 1)
