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


def _read(name: str, columns: dict[str, str]) -> pd.DataFrame:
    """The columns as numbers in full precision."""
    path = paths.PUBLIC / name
    if not path.exists():
        raise InputError(name, "there is no such public panel", RESTORE)
    text = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column, kind in columns.items():
        if column not in text:
            raise InputError(name, "the column is missing", RESTORE, column=column)
        numbers = pd.to_numeric(text[column], errors="coerce")
        whole = kind.startswith("float") | (numbers % 1 == 0)
        _refuse(name, column, numbers.isna() | ~whole, "is not a number of the type of this column", text)
        text[column] = numbers
    return text[list(columns)]


def _refuse(name: str, column: str, wrong: pd.Series, problem: str, table: pd.DataFrame) -> None:
    refuse_values(table[column], wrong, name, problem, RESTORE, column=column)
