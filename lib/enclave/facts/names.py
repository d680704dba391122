"""Names of the 21 cities, for tables and figures that have their codes."""

import pandas as pd

from enclave.base.errors import EnclaveError
from enclave.base.language import checked
from enclave.base.terms import PAIR
from enclave.facts.tables import cities


def city_names(language: str) -> pd.Series:
    """Names of the 21 cities by code: English ("en"), or Chinese without 市 ("zh"). Errors as `language.checked`."""
    table = cities().set_index("code")
    return table["name_zh"].str.removesuffix("市") if checked(language) == "zh" else table["name"]


def with_names(table: pd.DataFrame, language: str = "en", columns=tuple(PAIR)) -> pd.DataFrame:
    """A copy of `table` with names in place of city codes in `columns`. Raises EnclaveError for an unknown code."""
    names = city_names(language)
    unknown = sorted({code for column in columns for code in table[column]} - set(names.index))
    if unknown:
        raise EnclaveError(f"{unknown[0]!r} is not the code of one of the 21 cities. Use codes of facts.cities().")
    return table.assign(**{column: table[column].map(names) for column in columns})
