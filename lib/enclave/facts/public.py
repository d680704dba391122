"""Public panels that others have analysed, one loader per file of `data/public`.

The book runs its functions on them and compares the results with printed output of other programs. Source, licence and
columns of each file are in `data/public/README.md`. A loader raises InputError, with file, column and row, if the file,
a column or a row is missing, or if a value is impossible.
"""

import numpy as np
import pandas as pd

from enclave.base import paths
from enclave.base.errors import InputError, refuse_values

RESTORE = "The public panels are part of the repository: restore the file with `git checkout`."
# the types of the columns in the source; other types would change the last digits of a result
CASTLE = {
    "sid": "int8",
    "year": "int16",
    "post": "int8",
    "homicide": "float32",
    "l_homicide": "float32",
    "popwt": "float32",
}
COUNTIES = {
    "countyreal": "int64",
    "year": "int64",
    "first_treat": "int64",
    "lemp": "float64",
    "lpop": "float64",
}
MEDICAID = {
    "stfips": "int64",
    "year": "int64",
    "yexp2": "float64",
    "dins": "float64",
    "W": "float64",
}
CARRY = {
    "state": "str",
    "year": "int64",
    "law": "int64",
    "violent": "float64",
    "prisoners": "int64",
    "afam": "float64",
    "cauc": "float64",
    "male": "float64",
    "population": "float64",
    "income": "float64",
    "density": "float64",
}
COLUMNS = {"castle": CASTLE, "counties": COUNTIES, "medicaid": MEDICAID, "carry": CARRY}
STATES, YEARS = 50, (2000, 2010)
# largest error of a logarithm in single precision
SINGLE = 1e-6


def castle() -> pd.DataFrame:
    """Castle-doctrine laws and homicides, one row per American state and year, 50 states, 2000 to 2010.

    `sid` (number of the state), `year`, `post` (1 from the first full year under the law on), `homicide` (per 100,000
    residents), `l_homicide` (its natural logarithm), `popwt` (mean population of the state, a weight).
    """
    table = _read("castle.csv", CASTLE)
    logarithm = np.log(table["homicide"].where(table["homicide"] > 0))
    before = table.sort_values(["sid", "year"]).groupby("sid")["post"].shift().reindex(table.index)
    for column, wrong, problem in (
        ("year", ~table["year"].between(*YEARS), f"is outside {YEARS[0]} to {YEARS[1]}"),
        ("year", table.duplicated(["sid", "year"]), "is a duplicate for its state"),
        ("post", ~table["post"].isin([0, 1]), "is neither 0 nor 1"),
        ("post", table["post"] < before, "ends a law that the year before had"),
        ("homicide", logarithm.isna(), "is not positive"),
        ("l_homicide", (table["l_homicide"] - logarithm).abs() > SINGLE, "is not the logarithm of homicide"),
        ("popwt", ~(table["popwt"] > 0), "is not positive"),
    ):
        _refuse("castle.csv", column, wrong, problem, table)
    expected = STATES * (YEARS[1] - YEARS[0] + 1)
    if len(table) != expected:
        raise InputError("castle.csv", f"there are {len(table)} rows instead of {expected}", RESTORE)
    return table.astype(CASTLE)


def counties() -> pd.DataFrame:
    """Minimum wages and the employment of teenagers, one row per American county and year, 500 counties, 2003 to 2007.

    `countyreal` (number of the county), `year`, `first_treat` (year in which the minimum wage of its state first rose;
    0 if it did not), `lemp` (logarithm of the number of employed teenagers), `lpop` (logarithm of the population in
    thousands), `cohort` (`first_treat`, missing for never).
    """
    table = _read("counties.csv", COUNTIES)
    first = table.groupby("countyreal")["first_treat"].transform("first")
    _refuse("counties.csv", "first_treat", table["first_treat"] != first, "changes within its county", table)
    _refuse_shape("counties.csv", table, "countyreal", 500, (2003, 2007))
    cohort = table["first_treat"].where(table["first_treat"] > 0)
    return table.astype(COUNTIES).assign(cohort=cohort.astype("Int64"))


def medicaid() -> pd.DataFrame:
    """Medicaid and health insurance, one row per American state and year, 46 states, 2008 to 2019.

    `stfips` (number of the state), `year`, `yexp2` (year of the expansion; missing if there was none), `dins` (share of
    childless adults with low income who are insured), `W` (sum of weights of persons), `cohort` (`yexp2`).
    """
    table = _read("medicaid.csv", MEDICAID, may_be_empty="yexp2")
    first = table.groupby("stfips")["yexp2"].transform("first")
    changes = table["yexp2"].fillna(0) != first.fillna(0)
    _refuse("medicaid.csv", "yexp2", changes, "changes within its state", table)
    _refuse("medicaid.csv", "dins", ~table["dins"].between(0, 1), "is no share", table)
    _refuse_shape("medicaid.csv", table, "stfips", 46, (2008, 2019))
    return table.astype(MEDICAID).assign(cohort=table["yexp2"].astype("Int64"))


def carry() -> pd.DataFrame:
    """Laws on carrying guns and crime, one row per American state and year, 51 states, 1977 to 1999.

    `state` (name; the District of Columbia is one), `year`, `law` (1 while the state must issue permits to carry a
    gun), `violent` (violent crimes per 100,000 residents), `prisoners` (per 100,000 residents, the year before),
    `afam`, `cauc` and `male` (shares of residents in per cent: African American and Caucasian from 10 to 64 years,
    male from 10 to 29), `population` (millions), `income` (real, dollars per head), `density` (thousand residents per
    square mile), `cohort` (first year of the panel with the law, missing for never).
    """
    table = _read("carry.csv", CARRY)
    before = table.sort_values(["state", "year"]).groupby("state")["law"].shift().reindex(table.index)
    for column, wrong, problem in (
        ("law", ~table["law"].isin([0, 1]), "is neither 0 nor 1"),
        ("law", table["law"] < before, "ends a law that the year before had"),
        ("violent", ~(table["violent"] > 0), "is not positive"),
    ):
        _refuse("carry.csv", column, wrong, problem, table)
    _refuse_shape("carry.csv", table, "state", 51, (1977, 1999))
    first = table[table["law"] == 1].groupby("state")["year"].min()
    return table.astype(CARRY).assign(cohort=table["state"].map(first).astype("Int64"))


def _refuse_shape(name: str, table: pd.DataFrame, unit: str, units: int, years: tuple[int, int]) -> None:
    """Raise InputError unless each of so many units has each year once."""
    _refuse(name, "year", ~table["year"].between(*years), f"is outside {years[0]} to {years[1]}", table)
    _refuse(name, "year", table.duplicated([unit, "year"]), f"is a duplicate for its {unit}", table)
    expected = units * (years[1] - years[0] + 1)
    if len(table) != expected:
        raise InputError(name, f"there are {len(table)} rows instead of {expected}", RESTORE)


def _read(name: str, columns: dict[str, str], may_be_empty: str = "") -> pd.DataFrame:
    """The columns as numbers in full precision, and those of type `str` as they are; one of them may have gaps."""
    path = paths.PUBLIC / name
    if not path.exists():
        raise InputError(name, "there is no such public panel", RESTORE)
    text = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column, kind in columns.items():
        if column not in text:
            raise InputError(name, "the column is missing", RESTORE, column=column)
        if kind == "str":
            continue
        numbers = pd.to_numeric(text[column], errors="coerce")
        empty = (text[column] == "") & (column == may_be_empty)
        whole = kind.startswith("float") | (numbers % 1 == 0)
        wrong = (numbers.isna() | ~whole) & ~empty
        _refuse(name, column, wrong, "is not a number of the type of this column", text)
        text[column] = numbers
    return text[list(columns)]


def _refuse(name: str, column: str, wrong: pd.Series, problem: str, table: pd.DataFrame) -> None:
    refuse_values(table[column], wrong, name, problem, RESTORE, column=column)
