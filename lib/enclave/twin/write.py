"""From intended counts to six raw tables as dirty as real registers, with a record of what was hidden."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import files, paths
from enclave.errors import EnclaveError
from enclave.intended import read
from enclave.schema import TABLES
from enclave.twin import almanac, dictionary, formats, links, offices, plots, seats, stakes
from enclave.twin import firms as firms_module
from enclave.twin.dirt import Record

FIRMS = 50_000
SEED = 2024
LIST = "treated.csv"
FORMS = {"form_column": firms_module.COLUMN_FORMS, "form_name": firms_module.NAME_FORMS}
LINK_PANELS = ("manufacturing", "all_industry", "branches", "network")


def registers(
    source: str,
    *,
    firms: int = FIRMS,
    seed: int = SEED,
    format: str = "parquet",
    counts: Path | str = paths.TWIN,
) -> None:
    """Write synthetic registers from a folder of intended counts.

    Every link, branch and plot of the counts stands in the registers so that the cleaning rules count it once; all
    else is noise that they drop. Same arguments, same bytes. Another seed gives other firms and dirt, but the same
    counts.

    Parameters
    ----------
    source : name of the register set: files go to `paths.registers(source)`, the record to `paths.planted(source)`
    firms : number of firms in the firm master before repeats
    seed : seed of everything but the counts
    format : parquet, csv (UTF-8), csv-gb18030, xlsx or dta
    counts : folder with the tables of `enclave.intended`

    Raises
    ------
    EnclaveError if `firms` is below what the counts need, if the format is unknown, or if `source` is licensed.
    """
    if source == "licensed":
        raise EnclaveError("Synthetic registers never replace licensed ones. Choose another name than 'licensed'.")
    formats.writer(format)
    intended = read(Path(counts))
    tables, all_firms, record = compose(intended, firms, seed)
    folder = paths.registers(source)
    _copy_list(Path(counts), folder)
    written = {formats.write(frame, folder, name, format) for name, frame in tables.items()}
    _remove_others(folder, written)
    _record(paths.planted(source), intended, all_firms, record)


def compose(intended: dict[str, pd.DataFrame], n_firms: int, seed: int):
    """The six raw tables in the types of the schema, the firms with what is true of them, and the record of dirt."""
    rng = {name: np.random.default_rng(child) for name, child in zip(STREAMS, _seeds(seed), strict=True)}
    record, all_links = Record(), links.links(intended)
    links.check_room(n_firms, firms_module.needed(all_links))
    all_firms = firms_module.master(all_links, n_firms, rng["master"], record)
    tables = {
        "firms": firms_module.register(all_firms, rng["firms"], record),
        "shareholders": stakes.register(all_links, all_firms, rng["shareholders"], record),
        "industries": dictionary.register(record),
        "branches": offices.register(links.branches(intended), all_firms, rng["branches"], record),
        "yearbook": almanac.register(intended["yearbook"], rng["yearbook"], record),
        "land": plots.register(intended["land"], rng["land"], record),
    }
    return {name: _typed(frame, name) for name, frame in tables.items()}, all_firms, record


STREAMS = ("master", "firms", "shareholders", "branches", "yearbook", "land")


def _seeds(seed: int):
    return np.random.SeedSequence(seed).spawn(len(STREAMS))


def _typed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The schema's columns in its order and types."""
    columns = TABLES[table].columns
    frame = frame.to_pandas() if isinstance(frame, pa.Table) else frame
    kinds = {name: "str" if column.dtype.type is str else str(column.dtype) for name, column in columns.items()}
    return frame[list(columns)].astype(kinds)


def _copy_list(counts: Path, folder: Path) -> None:
    """The list of treated pairs goes with the registers, if the counts have one of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    if (counts / LIST).exists():
        files.write_bytes((counts / LIST).read_bytes(), folder / LIST)
    else:
        (folder / LIST).unlink(missing_ok=True)


def _remove_others(folder: Path, written: set[Path]) -> None:
    """Remove the same tables in other formats, so that each table has one file."""
    suffixes = {suffix for suffix, _ in formats.FORMATS.values()}
    for path in {folder / f"{name}.{suffix}" for name in TABLES for suffix in suffixes} - written:
        path.unlink(missing_ok=True)


def _record(folder: Path, intended, all_firms: firms_module.Master, record: Record) -> None:
    """What was hidden: firms.parquet, dirt.csv and the intended panels."""
    truth = _true(all_firms)
    files.write_parquet(truth.sort_values("firm_id", ignore_index=True), folder / "firms.parquet")
    files.write_csv(record.frame(), folder / "dirt.csv")
    for name in LINK_PANELS:
        files.write_parquet(intended[name], folder / f"{name}.parquet")
    files.write_parquet(plots.areas(intended["land"]), folder / "land.parquet")


def _true(firms: firms_module.Master) -> pd.DataFrame:
    """What is true of each firm: firm_id, city (code or missing), hidden (how the city is written)."""
    truth = firms.truth.iloc[: firms.size]
    seat = truth["seat"].to_numpy()
    city = np.where(seat >= 0, firms.places.codes[seat], None)
    column, name = (np.array(forms, object)[truth[at]] for at, forms in FORMS.items())
    hidden = np.where(np.isin(column, seats.SILENT), name, column)
    return pd.DataFrame({"firm_id": firms.raw["firm_id"].to_pandas(), "city": city, "hidden": hidden}).astype("str")
