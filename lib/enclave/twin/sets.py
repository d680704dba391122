"""The committed twins side by side: panels straight from their intended counts.

Cleaning finds the intended counts again, cell by cell (the tests hold it to that), so that comparing twins needs no
registers.
"""

import numpy as np
import pandas as pd

from enclave import cohorts, engine, panels, paths, yearbook
from enclave.errors import EnclaveError
from enclave.twin import counts


def every() -> list[str]:
    """Names of the committed twins as sources, the default one first."""
    return paths.twins()


def panel(name: str, source: str) -> pd.DataFrame:
    """The panel `name` of a committed twin, as `panels.read` gives it once the twin is built.

    `name` is manufacturing, all_industry, branches, network or yearbook. Raises EnclaveError for another source.
    """
    folder = paths.intended(source)
    if folder is None:
        raise EnclaveError(f"There is no committed twin {source!r}. Choose one of {', '.join(every())}.")
    made = _panel(name, counts.read(folder), cohorts.of(source))
    made.attrs["source"] = source
    return made


def _panel(name: str, tables: dict[str, pd.DataFrame], treated: pd.DataFrame) -> pd.DataFrame:
    if name == "yearbook":
        return _controls(tables["yearbook"])
    if name == "network":
        cities = engine.city_codes()
        filled = panels.balanced(tables[name], investor=cities, investee=cities, year=panels.YEARS)
        return filled[filled["investor"] != filled["investee"]].reset_index(drop=True)
    filled = panels.fill_years_without_link(tables[name], None)
    linked = panels.drop_pairs_never_linked(filled, None)
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
