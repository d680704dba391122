"""The door of the project: raw tables enter checked and typed, all six of them or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from enclave.base import files, paths, sources
from enclave.base.errors import EnclaveError
from enclave_registers.intake import checksums, delivery_map, input_files, space_needed, unassigned
from enclave_registers.intake.chunk_cache import Workshop
from enclave_registers.intake.convert import Report, convert, silent
from enclave_registers.schema import TABLES

Outcome = tuple[str, Path | None, EnclaveError | None]


def check(source: str, report: Report = silent) -> list[str]:
    """Read and check the raw tables of a source; one message for each faulty one, none if all may enter.

    `report` is told each table as it passes (name, records), and of long ones how far they are. Nothing is validated.
    """
    with workshop(source) as shop:
        return [str(fault) for _, _, fault in tables(source, shop, report) if fault]


def store(source: str, report: Report = silent) -> None:
    """Write the raw tables of `paths.registers(source)`, checked and typed, to `paths.validated(source)`.

    One Parquet file per table; `repeated_firms.parquet` with the firms that stand in the master more than once;
    `checksums.csv`, by which the cleaning sees that all of them belong together; and `registers.csv` with the files they
    came from (table, file, bytes, sha256), where a map of the delivery stands without a table. The bytes of a Parquet
    file depend on the content of the table alone, not on the format it came in nor on its parts. The set is written as
    a whole: unless all six tables pass, what was validated before stays. Raises InputError for a single faulty table,
    EnclaveError with one message per table for several, and room.FullError if the disk has no room.
    """
    with workshop(source) as shop:
        faults = [fault for _, _, fault in tables(source, shop, report) if fault]
        if len(faults) == 1:
            raise faults[0]
        if faults:
            raise EnclaveError("\n".join(map(str, faults)))
        with space_needed.told(shop.folder):
            files.write_csv(_fingerprints(source), shop.finished / "registers.csv")
            checksums.write(shop.finished)
        files.swap_folder(shop.finished, paths.validated(source))


@contextmanager
def workshop(source: str) -> Iterator[Workshop]:
    """The place in which the tables of a source are made, cleared at the end.

    What a killed run has made stays there for the next one, and so does what is large (see `Workshop.clear`).
    """
    shop = Workshop(paths.intake_cache(source))
    try:
        yield shop
    except space_needed.FullError:
        raise
    except EnclaveError:
        shop.clear()
        raise
    else:
        shop.clear()


def tables(source: str, shop: Workshop, report: Report = silent) -> Iterator[Outcome]:
    """Each raw table of a source: its name, and either the path of its checked records (Parquet) or its fault.

    Faults of the map as a whole and of the set of files come first, under the name `delivery`. Of private registers no
    fault quotes a value. Raises room.FullError if the disk has no room.
    """
    folder = paths.registers(source)
    try:
        unassigned.check(folder)
    except EnclaveError as fault:
        yield "delivery", None, fault
    names = _readable(folder)
    space_needed.check(dict(_found(names, folder)), shop)
    for table in names:
        yield _converted(table, source, shop, report)


def _converted(table: str, source: str, shop: Workshop, report: Report) -> Outcome:
    try:
        with space_needed.told(shop.folder):
            quoting = not sources.is_private(source)
            path = convert(table, paths.registers(source), shop, quoting=quoting, report=report)
    except space_needed.FullError:
        raise
    except EnclaveError as fault:
        return table, None, fault
    report(f"{table}: {parquet.read_metadata(path).num_rows:,} records")
    return table, path, None


def _readable(folder: Path) -> list[str]:
    """All tables, or none if the map cannot be read: each would only say so again."""
    try:
        delivery_map.sections(folder)
    except EnclaveError:
        return []
    return list(TABLES)


def _found(names: list[str], folder: Path) -> Iterator[tuple[str, list[input_files.Part]]]:
    """The parts of the tables of which files can be found."""
    for table in names:
        try:
            yield table, input_files.find(table, folder)
        except EnclaveError:
            continue


def _fingerprints(source: str) -> pd.DataFrame:
    folder = paths.registers(source)
    found = [(table, part.name, part.path) for table in TABLES for part in input_files.find(table, folder)]
    if delivery_map.exists(folder):
        found.append(("", paths.DELIVERY_MAP, paths.delivery_map(folder)))
    rows = [(table, name, path.stat().st_size, input_files.digest(path)) for table, name, path in found]
    return pd.DataFrame(rows, columns=["table", "file", "bytes", "sha256"])
