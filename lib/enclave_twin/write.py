"""From target counts to six raw tables as dirty as real registers, with a record of what was hidden."""

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave.base import files, paths
from enclave.panels.targets import read
from enclave_registers.schema import TABLES
from enclave_twin import blocks, formats, space_needed
from enclave_twin.tables import land
from enclave_twin.tables.firms import COLUMN_FORMS, NAME_FORMS, Master
from enclave_twin.text import city_in_text
from enclave_twin.text.data_errors import Record

FIRMS = 50_000
SEED = 2024
LIST = "treated.csv"
LINK_PANELS = ("manufacturing", "all_industry", "branches", "network")
MOST_RECORDED = 1_000_000

Tell = Callable[[int, int], None]


def silent(done: int, firms: int) -> None:
    """Tell nothing of how far the writing is."""


def registers(
    source: str,
    *,
    firms: int = FIRMS,
    seed: int = SEED,
    format: str = "parquet",
    counts: Path | str = paths.TWIN,
    block: int = blocks.BLOCK,
    tell: Tell = silent,
) -> None:
    """Write synthetic registers from a folder of target counts.

    Every link, branch and plot of the counts stands in the registers so that the cleaning rules count it once; all
    else is noise that they drop. Same arguments, same bytes. Another seed gives other firms and dirt, but the same
    counts. Up to `block` firms each table is one file; beyond, firms, shareholders and branches are folders of parts,
    and memory stays flat. The registers are replaced as a whole: a run that stops leaves the former ones.

    Parameters
    ----------
    source : name of the register set: files go to `paths.registers(source)`, the record to `paths.ground_truth(source)`
    firms : number of firms in the firm master before repeats
    seed : seed of everything but the counts
    format : parquet, csv (UTF-8), csv-gb18030, xlsx or dta; the last two come in one piece only
    counts : folder with the tables of `enclave.panels.targets`
    block : most firms of a part; another number gives other bytes
    tell : called with the firms written so far and those asked for, after each block

    Raises
    ------
    EnclaveError if `firms` is below what the counts need or above what the format holds, if the format is unknown, if
    `source` is licensed or holds files that no generator wrote, or if the disk has no room.
    """
    formats.writer(format)
    space_needed.check_owner(source)
    made = blocks.plan(read(Path(counts)), firms, seed, block)
    formats.check_pieces(format, firms, len(made.sizes), block)
    folder = paths.registers(source)
    space_needed.check_disk(firms, format, folder)
    with (
        space_needed.told(folder),
        files.new_folder(folder) as fresh,
        files.new_folder(paths.ground_truth(source)) as planted,
    ):
        _copy_list(Path(counts), fresh)
        _write(made, format, fresh, planted, tell)


def compose(intended: dict[str, pd.DataFrame], firms: int, seed: int) -> dict[str, pd.DataFrame]:
    """The six raw tables in the types of the schema. Raises EnclaveError if they are too many firms for one piece."""
    made = blocks.plan(intended, firms, seed)
    formats.check_pieces("delivery", firms, len(made.sizes), blocks.BLOCK)
    return {name: _typed(table, name) for name, table in blocks.first(made, Record())[0].items()}


def _write(made: blocks.Plan, format: str, folder: Path, planted: Path, tell: Tell) -> None:
    record, truth, done, firms = Record(), [], 0, sum(made.sizes)
    for number, (tables, master) in enumerate(blocks.blocks(made, record)):
        for name, table in tables.items():
            part = number if len(made.sizes) > 1 and name in blocks.LARGE else None
            formats.write(_typed(table, name), folder, name, format, part)
        truth.append(_true(master, every=ceil(firms / MOST_RECORDED)))
        done += master.size
        tell(done, firms)
    _record(planted, made.intended, pd.concat(truth), record)


def _typed(table: pa.Table | pd.DataFrame, name: str) -> pd.DataFrame:
    """The schema's columns in its order and types."""
    columns = TABLES[name].columns
    frame = table.to_pandas() if isinstance(table, pa.Table) else table
    kinds = {name: "str" if column.dtype.type is str else str(column.dtype) for name, column in columns.items()}
    return frame[list(columns)].astype(kinds)


def _copy_list(counts: Path, folder: Path) -> None:
    """The list of treated pairs goes with the registers, if the counts have one of their own."""
    if (counts / LIST).exists():
        files.write_bytes((counts / LIST).read_bytes(), folder / LIST)


def _record(folder: Path, intended, truth: pd.DataFrame, record: Record) -> None:
    """What was hidden: firms.parquet (of very many firms an even sample), data_errors.csv and the panel of targets."""
    files.write_parquet(truth.sort_values("firm_id", ignore_index=True), folder / "firms.parquet")
    files.write_csv(record.frame(), folder / "data_errors.csv")
    for name in LINK_PANELS:
        files.write_parquet(intended[name], folder / f"{name}.parquet")
    files.write_parquet(land.areas(intended["land"]), folder / "land.parquet")


def _true(firms: Master, every: int) -> pd.DataFrame:
    """What is true of each `every`th firm of a block: firm_id, city (code or missing), hidden (how it is written)."""
    rows = np.arange(0, firms.size, every)
    truth, seat = firms.truth.iloc[rows], firms.seat[rows]
    city = np.where(seat >= 0, firms.places.codes[seat], None)
    column = np.array(COLUMN_FORMS, object)[truth["form_column"]]
    name = np.array(NAME_FORMS, object)[truth["form_name"]]
    hidden = np.where(np.isin(column, city_in_text.SILENT), name, column)
    return pd.DataFrame({"firm_id": firms.identifiers(rows).to_pandas(), "city": city, "hidden": hidden}).astype("str")
