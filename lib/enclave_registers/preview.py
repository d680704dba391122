"""What chapter 01 shows of the registers: a few records, the rows after each step, and the scores of names.

Records of registers that are not synthetic are never shown: `records` then returns columns and missing shares only.
"""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table
from pyarrow import parquet

from enclave import facts
from enclave.base import paths, sources
from enclave.base.errors import EnclaveError, command
from enclave_registers.cleaning import city_from_text, pipeline
from enclave_registers.schema import TABLES, key_of
from enclave_registers.validated import on_disk

SCORES = ["n", "placed", "precision", "recall"]


def register(table: str, source: str) -> Table:
    """A validated raw table of `source`: one row per record, columns of the codebook.

    It stays on the disk: only what a query returns comes into memory. Raises EnclaveError if the table is not
    validated.
    """
    return on_disk(_path(table, source))


def _path(table: str, source: str) -> Path:
    path = paths.validated(source) / f"{table}.parquet"
    if not path.exists():
        raise EnclaveError(f"No raw table {table!r} of source {source!r}. Run {command('book', SOURCE=source)} first.")
    return path


def sizes(source: str) -> pd.DataFrame:
    """One row per raw table: `table`, `title`, `records`, `columns`, `key`."""
    rows = []
    for name, schema in TABLES.items():
        raw = parquet.read_metadata(_path(name, source))
        key = ", ".join(key_of(schema) or ["none"])
        rows.append((name, schema.title, raw.num_rows, raw.num_columns, key))
    return pd.DataFrame(rows, columns=["table", "title", "records", "columns", "key"])


def records(found: Table, source: str, rows: int = 5) -> pd.DataFrame:
    """The first `rows` records, dates as days, if they are synthetic; else one row per column of the register.

    Such a row has `column`, `type` and `missing` (the share of records without a value).
    """
    if not sources.is_private(source):
        first = found.limit(rows).execute()
        return first.assign(**{name: first[name].dt.strftime("%Y-%m-%d") for name in first.select_dtypes("datetime")})
    missing = found.aggregate(**{name: found[name].isnull().mean() for name in found.columns}).execute()
    described = pd.DataFrame(
        {"type": found.limit(0).execute().dtypes.astype(str), "missing": missing.iloc[0].astype(float)}
    )
    return described.rename_axis("column").reset_index()


def copies(found: Table) -> Table:
    """The duplicates in `found`: of records that are equal in all columns, all but the first."""
    number = ibis.row_number().over(group_by=found.columns)
    return found.mutate(number=number).filter(ibis._.number > 0).drop("number")


def former_places() -> set[str]:
    """Names and codes of former counties of Guangdong that no unit of 2020 has."""
    counties = facts.counties()
    former, current = counties[counties["valid_to"].notna()], counties[counties["valid_to"].isna()]
    return {*former["name_zh"], *former["code"]} - {*current["name_zh"], *current["code"]}


def data_errors(source: str) -> pd.DataFrame:
    """The data errors that a generator put into the registers: `table`, `kind`, `count`; no rows if there are none."""
    if not sources.has_record(source):
        return pd.DataFrame(columns=["table", "kind", "count"])
    return pd.read_csv(paths.ground_truth(source) / "data_errors.csv")


def name_scores(source: str) -> pd.DataFrame:
    """How well cleaning finds the cities of generated firms, one row per way of hiding them (`hidden`): see `scores`.

    The ways are named as the generator names them. No rows without a record of the truth.
    """
    if not sources.has_record(source):
        return pd.DataFrame(columns=["hidden", *SCORES])
    truth = pd.read_parquet(paths.ground_truth(source) / "firms.parquet")
    seats = pipeline.seats(source)[["firm_id", "located"]].rename(columns={"located": "found"})
    return scores(truth.merge(seats, on="firm_id", how="left"), "hidden")


def scores(firms: pd.DataFrame, by: str) -> pd.DataFrame:
    """Scores of located firms, one row for all and one per value of `by`: that value, n, placed, precision, recall.

    `firms` has `city` (the true code, missing = none in Guangdong), `found` (the code found, or missing) and `by`. `n`
    is the number of firms with a city, `placed` of those that got one. Precision is missing if none is placed, recall
    if none has a city. See `city_from_text.score`.
    """
    rows = [_score(group) | {by: kind} for kind, group in [("all", firms), *firms.groupby(by)]]
    return pd.DataFrame(rows)[[by, *SCORES]]


def _score(firms: pd.DataFrame) -> dict:
    score = city_from_text.score(firms["found"], firms["city"]) | {"placed": int(firms["found"].notna().sum())}
    undefined = {"precision": score["placed"] == 0, "recall": score["n"] == 0}
    return score | {name: np.nan for name, holds in undefined.items() if holds}
