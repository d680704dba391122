"""What the cleaning page shows of the registers: a few records, the rows each step leaves, and the scores of names.

Records of registers that nobody generated belong to their holder and are never shown: `records` then tells columns and
gaps only.
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
from enclave_registers import engine
from enclave_registers.cleaning import city_from_text, pipeline
from enclave_registers.schema import TABLES

SCORES = ["n", "placed", "precision", "recall"]


def register(table: str, source: str) -> Table:
    """A raw table of `source` as the door admitted it: one row per record, columns of the codebook.

    It stays on the disk, whatever its size: only what is asked of it comes into memory. Raises EnclaveError if the
    table has not been admitted.
    """
    return engine.on_disk(_path(table, source))


def _path(table: str, source: str) -> Path:
    path = paths.admitted(source) / f"{table}.parquet"
    if not path.exists():
        raise EnclaveError(f"No raw table {table!r} of source {source!r}. Run {command('book', SOURCE=source)} first.")
    return path


def sizes(source: str) -> pd.DataFrame:
    """One row per raw table: `table`, `title`, `records`, `columns`, `key`."""
    rows = []
    for name, schema in TABLES.items():
        raw = parquet.read_metadata(_path(name, source))
        key = ", ".join(schema.metadata["key"] or ["none"])
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
    told = pd.DataFrame({"type": found.limit(0).execute().dtypes.astype(str), "missing": missing.iloc[0].astype(float)})
    return told.rename_axis("column").reset_index()


def copies(found: Table) -> Table:
    """One row for each record that stood in `found` before, equal in all columns."""
    place = ibis.row_number().over(group_by=found.columns)
    return found.mutate(place=place).filter(ibis._.place > 0).drop("place")


def former_places() -> set[str]:
    """Names and codes of counties of Guangdong that no unit of 2020 bears any more."""
    counties = facts.counties()
    gone, standing = counties[counties["valid_to"].notna()], counties[counties["valid_to"].isna()]
    return {*gone["name_zh"], *gone["code"]} - {*standing["name_zh"], *standing["code"]}


def data_errors(source: str) -> pd.DataFrame:
    """What a generator planted in the registers: `table`, `kind`, `count`; no rows if nothing was planted."""
    if not sources.has_record(source):
        return pd.DataFrame(columns=["table", "kind", "count"])
    return pd.read_csv(paths.ground_truth(source) / "data_errors.csv")


def name_scores(source: str) -> pd.DataFrame:
    """How well cleaning finds the cities that a generator hid, one row per way of hiding (`hidden`): see `scores`.

    The ways are named as the generator names them. No rows without a record of the truth.
    """
    if not sources.has_record(source):
        return pd.DataFrame(columns=["hidden", *SCORES])
    truth = pd.read_parquet(paths.ground_truth(source) / "firms.parquet")
    seats = pipeline.seats(source)[["firm_id", "located"]].rename(columns={"located": "found"})
    return scores(truth.merge(seats, on="firm_id", how="left"), "hidden")


def scores(firms: pd.DataFrame, by: str) -> pd.DataFrame:
    """Scores of located firms, one row for all and one per value of `by`: that value, n, placed, precision, recall.

    `firms` has `city` (the true code, missing = none in Guangdong), `found` (the code told, or missing) and `by`. `n`
    are firms with a city, `placed` those that got one. Without any placed there is no precision, without any city no
    recall: both are then missing. See `city_from_text.score`.
    """
    rows = [_score(group) | {by: kind} for kind, group in [("all", firms), *firms.groupby(by)]]
    return pd.DataFrame(rows)[[by, *SCORES]]


def _score(firms: pd.DataFrame) -> dict:
    score = city_from_text.score(firms["found"], firms["city"]) | {"placed": int(firms["found"].notna().sum())}
    undefined = {"precision": score["placed"] == 0, "recall": score["n"] == 0}
    return score | {name: np.nan for name, holds in undefined.items() if holds}
