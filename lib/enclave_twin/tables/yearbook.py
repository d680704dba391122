"""The synthetic yearbook table: the recipients' figures, and cities and years that cleaning must drop."""

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import facts
from enclave_twin.tables.sizes import SIZES
from enclave_twin.text.data_errors import Record, corrupt_text, pick

# how the city is written, with shares
CITY_FORMS = {"full name": 0.6, "short name": 0.2, "code": 0.2}
# years outside the period -> which year of the city's figures they repeat (first, last)
FURTHER_YEARS = {1999: 0, 2019: -1}
TABLE = "yearbook"
# figures of a helper city, relative to a recipient: 1 + PER_SIZE * its size
PER_SIZE = 0.5


def register(yearbook: pd.DataFrame, rng: np.random.Generator, record: Record) -> pd.DataFrame:
    """Rows of all 21 cities: those of the recipients, two further years of each, and helper cities scaled from them."""
    further = [_neighbour_year(yearbook, year, row) for year, row in FURTHER_YEARS.items()]
    helpers = _helpers(yearbook, rng)
    record.add(TABLE, "outside the period", sum(map(len, further)))
    record.add(TABLE, "helper cities", len(helpers))
    table = pd.concat([yearbook, *further, helpers], ignore_index=True)
    table["city"] = _written(table.pop("recipient"), rng, record)
    figures = table.columns.difference(["city", "year"])
    table[figures] = table[figures].astype("Float64").astype(float)
    for column in ("phones_10k", "hospital_beds", "freight_10k_tonnes"):
        record.add(TABLE, f"{column} missing", table[column].isna())
    return table.iloc[rng.permutation(len(table))].reset_index(drop=True)


def _neighbour_year(yearbook: pd.DataFrame, year: int, row: int) -> pd.DataFrame:
    """The figures of each city's first or last year under another year."""
    edge = yearbook.sort_values("year").groupby("recipient").nth(row)
    return edge.assign(year=year)


def _helpers(yearbook: pd.DataFrame, rng) -> pd.DataFrame:
    """Helper cities with the figures of a random recipient, larger by their size."""
    cities = facts.cities()
    codes = sorted(cities.loc[cities["role"] == "helper", "code"])
    models = rng.choice(yearbook["recipient"].unique().astype(object), len(codes))
    parts = []
    for code, model in zip(codes, models, strict=True):
        part = yearbook[yearbook["recipient"] == model].assign(recipient=code)
        figures = part.columns.difference(["recipient", "year"])
        part[figures] = (part[figures].astype("Float64") * (1 + PER_SIZE * SIZES[code])).round()
        parts.append(part)
    return pd.concat(parts)


def _written(codes: pd.Series, rng, record: Record) -> pd.Series:
    full = codes.map(facts.cities().set_index("code")["name_zh"])
    form = pick(rng, CITY_FORMS, len(codes))
    for kind in CITY_FORMS:
        record.add(TABLE, f"city by {kind}", form == kind)
    text = np.select([form == "code", form == "short name"], [codes, full.str.removesuffix("市")], full).astype(object)
    return corrupt_text(pa.array(text, pa.string()), rng, record, TABLE).to_pandas()
