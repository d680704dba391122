"""What the cleaning page shows of the registers: a few records, the rows each step leaves, and the scores of names.

Records of registers that nobody generated belong to their holder and are never shown: `records` then tells columns and
gaps only.
"""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table
from matplotlib.figure import Figure
from pyarrow import parquet

from enclave import facts
from enclave.base import paths, sources
from enclave.base.errors import EnclaveError, command
from enclave.style import figures
from enclave_registers import engine
from enclave_registers.cleaning import city_from_text, pipeline
from enclave_registers.schema import TABLES

CELL_STEPS = [
    step.__name__.replace("_", " ") for step in [*pipeline.PAIR_STEPS, *pipeline.NETWORK_STEPS, *pipeline.LAND_STEPS]
]
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


def flow(source: str) -> pd.DataFrame:
    """The flow table of `source` with `dropped` added: one row per table and step, in the order of the run.

    `dropped` is missing in the steps of a panel, whose rows are cells and no longer records.
    Raises EnclaveError if the panels have not been built.
    """
    path = paths.panels(source) / "flow.csv"
    if not path.exists():
        raise EnclaveError(f"No flow table of source {source!r}. Run {command('book', SOURCE=source)} first.")
    steps = pd.read_csv(path)
    lost = (steps["rows_in"] - steps["rows_out"]).astype("Int64")
    return steps.assign(dropped=lost.mask(steps["step"].isin(CELL_STEPS)))


def chain(steps: pd.DataFrame, tables: list[str]) -> pd.DataFrame:
    """The steps of `tables` that drop or keep records, one table after the other, in the order of `tables`."""
    kept = steps[steps["dropped"].notna()]
    return pd.concat([kept[kept["table"] == table] for table in tables], ignore_index=True)


def rows_left(steps: pd.DataFrame) -> Figure:
    """Bars of the rows that each step lets out, the first bar being what came in; `steps` as `chain` returns them."""
    labels = ["records delivered", *steps["step"]]
    rows = [steps["rows_in"].iloc[0], *steps["rows_out"]]
    fig, ax = figures.canvas((figures.WIDTH, 0.36 * len(rows) + 0.7))
    bars = ax.barh(range(len(rows)), rows, color=figures.COLOURS["control"])
    ax.bar_label(bars, [f"{n:,}" for n in rows], padding=3)
    ax.set_yticks(range(len(rows)), labels)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlim=(0, max(rows) * 1.15), xlabel="Rows")
    return fig


def counts_chart(panel: pd.DataFrame, most: int = 6) -> Figure:
    """Share of pair-years with 0, 1, 2 ... links, ever-treated pairs beside the others; `most` and more in one bar."""
    group = panel["cohort"].notna().map({True: "treated", False: "control"})
    shares = pd.crosstab(panel["count"].clip(upper=most), group, normalize="columns")
    shares = shares.reindex(range(most + 1), fill_value=0)
    fig, ax = figures.canvas((figures.WIDTH, 3.2))
    for side, name in ((-0.2, "control"), (0.2, "treated")):
        ax.bar(shares.index + side, shares[name], width=0.4, color=figures.COLOURS[name], label=name)
    ax.set_xticks(shares.index, [*map(str, range(most)), f"{most}+"])
    ax.set(xlabel="Links of a pair in a year", ylabel="Share of pair-years")
    ax.legend(frameon=False)
    return fig


def dirt(source: str) -> pd.DataFrame:
    """What a generator planted in the registers: `table`, `kind`, `count`; no rows if nothing was planted."""
    if not sources.has_record(source):
        return pd.DataFrame(columns=["table", "kind", "count"])
    return pd.read_csv(paths.planted(source) / "dirt.csv")


def name_scores(source: str) -> pd.DataFrame:
    """How well cleaning finds the cities that a generator hid, one row per way of hiding (`hidden`): see `scores`.

    The ways are named as the generator names them. No rows if nothing was planted.
    """
    if not sources.has_record(source):
        return pd.DataFrame(columns=["hidden", *SCORES])
    planted = pd.read_parquet(paths.planted(source) / "firms.parquet")
    seats = pipeline.seats(source)[["firm_id", "located"]].rename(columns={"located": "found"})
    return scores(planted.merge(seats, on="firm_id", how="left"), "hidden")


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
