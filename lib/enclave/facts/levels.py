"""Levels of real cities and firms, beside which the synthetic registers can be held: one loader per file.

No estimate of the paper uses them. `data/facts/README.md` says what they count and how far each kind of source can be
trusted. All loaders raise InputError, with file, column and row, if a file, a column, a number or the title of a source
is missing, or if a code or a word is unknown.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from enclave.facts.tables import _read, _refuse, cities

# Code of the province in files that have it beside its cities
PROVINCE = "440000"
# The nine helpers together, in `recipient_levels`
HELPERS = "helpers"
# Columns that say where a figure is from, and the kinds of places
SOURCE = ("origin", "source_url", "source_title", "source_date", "note")
ORIGINS = ("official", "mirror", "press", "list", "dataset")
FIRM_COUNTS = (
    *("new enterprises", "registered enterprises", "private enterprises", "legal entities", "legal entities, census"),
    *("corporate enterprises", "corporate enterprises, census"),
)
# Columns of the raw yearbook, with their units
YEARBOOK_UNITS = {
    "population_10k": "10,000 persons",
    "revenue_10k_yuan": "10,000 yuan",
    "expenditure_10k_yuan": "10,000 yuan",
    "phones_10k": "10,000 users",
    "hospital_beds": "beds",
    "freight_10k_tonnes": "10,000 tonnes",
}


def city_economies() -> pd.DataFrame:
    """Gross domestic product of the 21 cities and the province (`PROVINCE`): `code`, `year`, `gdp_100m_yuan`, `SOURCE`.

    Current prices. 2011 and 2016 have all cities and the province, other years have some.
    """
    table = _sourced("city_economies.csv", "code", "year", "gdp_100m_yuan", numbers=("year", "gdp_100m_yuan"))
    return _refuse_places("city_economies.csv", table, PROVINCE)


def industrial_enterprises() -> pd.DataFrame:
    """Industrial enterprises above the designated size, 21 cities by 5 years: `code`, `year`, `enterprises`, `SOURCE`.

    From 2011 on the designated size is 20 million yuan of sales, before it was 5 million.
    """
    table = _sourced("industrial_enterprises.csv", "code", "year", "enterprises", numbers=("year", "enterprises"))
    return _refuse_places("industrial_enterprises.csv", table)


def new_firms() -> pd.DataFrame:
    """New enterprises and stocks of enterprises: `region`, `year`, `month`, `kind`, `count_10k`, `basis`, `SOURCE`.

    `region` is China or Guangdong. `kind` is one of `FIRM_COUNTS`. New enterprises are those of January to `month`; the
    others are a stock at the end of `month` (nullable int, missing = unknown). `count_10k` is in 10,000. `basis` is
    printed, or derived as `note` says.
    """
    columns = ["region", "year", "month", "kind", "count_10k", "basis"]
    table = _sourced("new_firms.csv", *columns, numbers=("year", "count_10k"), nullable=("month",))
    known = {"region": ("China", "Guangdong"), "kind": FIRM_COUNTS, "basis": ("printed", "derived")}
    return _refuse_words("new_firms.csv", table, known).astype({"month": "Int64"})


def recipient_levels() -> pd.DataFrame:
    """Levels of what the yearbook counts: `code`, `year`, `measure`, `value`, `unit`, `SOURCE`.

    `code` is a recipient, `PROVINCE` or `HELPERS`, `measure` a column of the raw table. A cell without a source has no
    row.
    """
    columns = ["code", "year", "measure", "value", "unit"]
    table = _sourced("recipient_levels.csv", *columns, numbers=("year", "value"))
    _refuse_words("recipient_levels.csv", table, {"measure": tuple(YEARBOOK_UNITS)})
    wrong = table["unit"] != table["measure"].map(YEARBOOK_UNITS)
    _refuse("recipient_levels.csv", table, "unit", wrong, "is not the unit of its measure")
    return _refuse_places("recipient_levels.csv", table, PROVINCE, HELPERS)


def _sourced(name: str, *columns: str, numbers: tuple[str, ...], nullable: tuple[str, ...] = ()) -> pd.DataFrame:
    """The columns and those of `SOURCE`, refused where a number or a title is missing or the origin is unknown."""
    table = _read(name, *columns, *SOURCE, numbers=(*numbers, *nullable))
    for column in numbers:
        _refuse(name, table, column, table[column].isna(), "is in a cell that needs a number")
    _refuse(name, table, "source_title", table["source_title"] == "", "is no title of a source")
    return _refuse_words(name, table, {"origin": ORIGINS}).astype({"year": "int64"})


def _refuse_words(name: str, table: pd.DataFrame, known: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    for column, words in known.items():
        _refuse(name, table, column, ~table[column].isin(words), f"is not one of: {'; '.join(words)}")
    return table


def _refuse_places(name: str, table: pd.DataFrame, *others: str) -> pd.DataFrame:
    known: Iterable[str] = [*cities()["code"], *others]
    _refuse(name, table, "code", ~table["code"].isin(known), "is not one of the 21 cities")
    return table
