"""From target counts to the six raw tables, with the data errors of real registers and a record of the truth."""

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave.base import disk_space, files, paths, sources
from enclave.base.disk_space import GIGABYTE
from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs
from enclave.panels.targets import read
from enclave_registers.schema import TABLES
from enclave_twin import blocks, formats
from enclave_twin.tables import land
from enclave_twin.tables.firms import COLUMN_FORMS, NAME_FORMS, Master
from enclave_twin.text import city_in_text
from enclave_twin.text.data_errors import Record

# firms and seed of the registers of the book
FIRMS = 50_000
SEED = 2024
LINK_PANELS = ("manufacturing", "all_industry", "branches", "network")
# most firms in the record of the truth
MOST_RECORDED = 1_000_000
# called with the firms written so far and with all
Progress = Callable[[int, int], None]
KEPT = "No registers were written, and former ones are unchanged. Free some disk space."


def no_progress(done: int, firms: int) -> None:
    """Report nothing."""


def registers(
    source: str,
    *,
    firms: int = FIRMS,
    seed: int = SEED,
    format: str = "parquet",
    counts: Path | str = paths.TWIN,
    block: int = blocks.BLOCK,
    report: Progress = no_progress,
) -> None:
    """Write synthetic registers from a folder of target counts.

    The cleaning rules count every link, branch and plot of the counts once. All other records are noise that they
    drop. The same arguments give the same bytes. Another seed gives other firms and data errors, but the same counts.
    Up to `block` firms each table is one file. With more, firms, shareholders and branches are folders of parts, and
    memory use does not grow. The registers are replaced as a whole: a run that stops leaves the former ones.

    Parameters
    ----------
    source : name of the register set; files go to `paths.registers(source)`, the truth to `paths.ground_truth(source)`
    firms : number of firms in the firm master without repeated records
    seed : seed of everything but the counts
    format : parquet, csv (UTF-8), csv-gb18030, xlsx or dta; the last two hold at most `block` firms
    counts : folder with the tables of `enclave.panels.targets`
    block : most firms of a part; another number gives other bytes
    report : called after each block with the firms written so far and with `firms`

    Raises
    ------
    EnclaveError if `firms` is below what the counts need or above what the format holds, if the format is unknown, if
    `source` is licensed or has files that this function did not write, or if the disk has too little space.
    """
    formats.writer(format)
    _check_may_replace(source)
    made = blocks.plan(read(Path(counts)), firms, seed, block)
    formats.check_parts(format, firms, len(made.sizes), block)
    folder = paths.registers(source)
    _check_disk(firms, format, folder)
    with (
        disk_space.as_full_disk_error(folder, KEPT),
        files.new_folder(folder) as fresh,
        files.new_folder(paths.ground_truth(source)) as truth,
    ):
        _copy_list(Path(counts), fresh)
        _write(made, format, fresh, truth, report)


def compose(counts: dict[str, pd.DataFrame], firms: int, seed: int) -> dict[str, pd.DataFrame]:
    """The six raw tables in the types of the schema. Raises EnclaveError if there are too many firms for one block."""
    made = blocks.plan(counts, firms, seed)
    formats.check_parts("delivery", firms, len(made.sizes), blocks.BLOCK)
    return {name: _typed(table, name) for name, table in blocks.first(made, Record())[0].items()}


def _check_may_replace(source: str) -> None:
    """Raise EnclaveError if synthetic registers would replace files that `registers` did not write."""
    if source == sources.LICENSED:
        raise EnclaveError("Synthetic registers never replace licensed ones. Choose another name than 'licensed'.")
    folder, ours = paths.registers(source), sources.kind(source) == sources.SYNTHETIC
    if not ours and folder.is_dir() and any(folder.iterdir()):
        raise EnclaveError(f"{folder} has files that were not written here. Choose another name, or remove them.")


def _check_disk(firms: int, format: str, folder: Path) -> None:
    """Raise EnclaveError if the disk of `folder` has too little space. Former registers stay until the end."""
    needed, free = formats.disk_bytes(firms, format), disk_space.free(folder)
    if needed > free:
        none, one = formats.disk_bytes(0, format), formats.disk_bytes(1, format)
        most = max(int((free - none) / (one - none)), 0)
        raise EnclaveError(
            f"{firms:,} firms need about {needed / GIGABYTE:.1f} GB as {format}, but {free / GIGABYTE:.1f} GB are free "
            f"at {folder}. Free some disk space, or choose at most {most:,} firms."
        )


def _write(made: blocks.Plan, format: str, folder: Path, truth_folder: Path, report: Progress) -> None:
    record, truth, done, firms = Record(), [], 0, sum(made.sizes)
    for number, (tables, master) in enumerate(blocks.blocks(made, record)):
        for name, table in tables.items():
            part = number if len(made.sizes) > 1 and name in blocks.LARGE else None
            formats.write(_typed(table, name), folder, name, format, part)
        truth.append(_true(master, every=ceil(firms / MOST_RECORDED)))
        done += master.size
        report(done, firms)
    _record(truth_folder, made.counts, pd.concat(truth), record)


def _typed(table: pa.Table | pd.DataFrame, name: str) -> pd.DataFrame:
    """The schema's columns in its order and types."""
    columns = TABLES[name].columns
    frame = table.to_pandas() if isinstance(table, pa.Table) else table
    kinds = {name: "str" if column.dtype.type is str else str(column.dtype) for name, column in columns.items()}
    return frame[list(columns)].astype(kinds)


def _copy_list(counts: Path, folder: Path) -> None:
    """Copy the list of treated pairs to the registers, if the counts have their own list."""
    if (counts / treated_pairs.LIST).exists():
        files.write_bytes((counts / treated_pairs.LIST).read_bytes(), folder / treated_pairs.LIST)


def _record(folder: Path, counts, truth: pd.DataFrame, record: Record) -> None:
    """Write the truth: firms.parquet (of very many firms an even sample), data_errors.csv and the target panels."""
    files.write_parquet(truth.sort_values("firm_id", ignore_index=True), folder / "firms.parquet")
    files.write_csv(record.frame(), folder / "data_errors.csv")
    for name in LINK_PANELS:
        files.write_parquet(counts[name], folder / f"{name}.parquet")
    files.write_parquet(land.areas(counts["land"]), folder / "land.parquet")


def _true(firms: Master, every: int) -> pd.DataFrame:
    """The truth about each `every`th firm of a block: firm_id, city (code or missing), hidden (how it is written)."""
    rows = np.arange(0, firms.size, every)
    truth, seat = firms.truth.iloc[rows], firms.seat[rows]
    city = np.where(seat >= 0, firms.places.codes[seat], None)
    column = np.array(COLUMN_FORMS, object)[truth["form_column"]]
    name = np.array(NAME_FORMS, object)[truth["form_name"]]
    hidden = np.where(np.isin(column, city_in_text.WITHOUT_CITY), name, column)
    return pd.DataFrame({"firm_id": firms.identifiers(rows).to_pandas(), "city": city, "hidden": hidden}).astype("str")
