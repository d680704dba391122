"""The door of the project: raw tables enter checked and typed, all six of them or none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from enclave import files, paths, privacy
from enclave.errors import EnclaveError
from enclave.reading import claims, mapping, parts, read_table
from enclave.schema import TABLES

Report = Callable[[str], None]


def silent(line: str) -> None:
    """Report nothing."""


def check(source: str, report: Report = silent) -> list[str]:
    """Read and check the raw tables of a source; one message for each faulty one, none if all may enter.

    `report` is told each table as it passes (name, records, files). Nothing is written.
    """
    return [str(fault) for _, _, fault in tables(source, report) if fault]


def admit(source: str, report: Report = silent) -> None:
    """Write the raw tables of `paths.registers(source)`, checked and typed, to `paths.admitted(source)`.

    One Parquet file per table, and `registers.csv` with the files they came from (table, file, bytes, sha256); a map
    of the delivery stands there without a table. The bytes of a Parquet file depend on the content of the table alone,
    not on the format it came in. The set is written as a whole: unless all six tables pass, what was admitted before
    stays. Raises InputError for a single faulty table, EnclaveError with one message per table for several.
    """
    folder = paths.admitted(source)
    fresh = folder.with_name(f".{os.getpid()}.{folder.name}")
    try:
        _fill(fresh, source, report)
        _exchange(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fill(fresh: Path, source: str, report: Report) -> None:
    fresh.mkdir(parents=True)
    faults = []
    for table, frame, fault in tables(source, report):
        if fault:
            faults.append(fault)
        else:
            parquet.write_table(arrow.Table.from_pandas(frame), fresh / f"{table}.parquet")
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise EnclaveError("\n".join(map(str, faults)))
    files.write_csv(_fingerprints(source), fresh / "registers.csv")


def tables(source: str, report: Report = silent) -> Iterator[tuple[str, pd.DataFrame | None, EnclaveError | None]]:
    """Each raw table of a source: its name, and either its checked frame or its fault.

    Faults of the map as a whole and of the set of files come first, under the name `delivery`. Of private registers no
    fault quotes a value.
    """
    folder, quoting = paths.registers(source), not privacy.is_private(source)
    try:
        claims.check(folder)
    except EnclaveError as fault:
        yield "delivery", None, fault
    for table in _readable(folder):
        try:
            frame = read_table(table, folder, quoting=quoting)
        except EnclaveError as fault:
            yield table, None, fault
        else:
            report(f"{table}: {len(frame):,} records")
            yield table, frame, None


def _readable(folder: Path) -> list[str]:
    """All tables, or none if the map cannot be read: each would only say so again."""
    try:
        mapping.sections(folder)
    except EnclaveError:
        return []
    return list(TABLES)


def _fingerprints(source: str) -> pd.DataFrame:
    folder = paths.registers(source)
    found = [(table, part.name, part.path) for table in TABLES for part in parts.find(table, folder)]
    if mapping.exists(folder):
        found.append(("", paths.DELIVERY_MAP, paths.delivery_map(folder)))
    rows = [(table, name, path.stat().st_size, parts.digest(path)) for table, name, path in found]
    return pd.DataFrame(rows, columns=["table", "file", "bytes", "sha256"])


def _exchange(fresh: Path, folder: Path) -> None:
    """Put `fresh` in the place of `folder`; if that fails the former one is put back."""
    former = folder.with_name(f".former.{folder.name}")
    shutil.rmtree(former, ignore_errors=True)
    if folder.exists():
        folder.rename(former)
    try:
        fresh.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)
