"""Validation of a source: its six raw tables are checked and typed, and stored all together or not at all."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout
from pyarrow import parquet

from enclave.base import disk_space, files, paths, sources
from enclave.base.disk_space import GIGABYTE, FullError
from enclave.base.errors import EnclaveError
from enclave_registers.intake import checksums
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.convert import convert
from enclave_registers.intake.delivery.find_files import digest
from enclave_registers.intake.delivery.read import WHOLE, Delivery, read
from enclave_registers.intake.progress import Report, no_report
from enclave_registers.schema import TABLES

# Parquet bytes per delivered byte, by format. The values are low on purpose: a run that fits on the disk is not refused
PARQUET_BYTES = {".csv": 0.25, ".parquet": 0.7, ".dta": 0.1, ".zip": 0.7, ".xlsx": 0.5}
PARQUET_BYTES_OF_COMPRESSED = 0.7
REMEDY = "Free some space, or set ENCLAVE_BUILD to a folder on another disk. The next run continues from here."


@dataclass(frozen=True)
class Outcome:
    """The result for one table: the Parquet file of its checked records, or what is wrong with it.

    `files` are its delivered files in the order of the records: name and number of records. If `table` is `delivery`,
    `problem` is an error in the map or in the set of files, not in one table.
    """

    table: str
    path: Path | None = None
    problem: EnclaveError | None = None
    files: tuple[tuple[str, int], ...] = ()


def check(source: str, report: Report = no_report) -> list[str]:
    """Validate the raw tables of a source. Returns one message per invalid table, none if all are valid.

    `report` is called with one line per valid table, and with the progress of long ones. Nothing is stored.
    """
    with intake_cache(source) as cache:
        found = outcomes(delivered(source), cache, report)
        return [str(outcome.problem) for outcome in found if outcome.problem]


def store(source: str, report: Report = no_report) -> None:
    """Validate the raw tables of `paths.registers(source)` and store them in `paths.validated(source)`.

    Each table is checked by itself; `completeness.store` also checks them together, as a build does. Written are one
    Parquet file per table; `repeated_firms.parquet`, the firms that occur more than once in the firm master;
    `checksums.csv`, with which the cleaning checks that the tables belong together; and `registers.csv`, the files they
    came from (table, file, bytes, sha256; the map of the delivery has no table). The bytes of a Parquet file depend on
    the content of the table alone, not on the format or the number of its files. If any table is invalid, the tables
    stored before are kept.

    Raises InputError for a single invalid table, EnclaveError with one message per table for several, and
    disk_space.FullError if the disk is full.
    """
    with intake_cache(source) as cache:
        delivery = delivered(source)
        problems = [outcome.problem for outcome in outcomes(delivery, cache, report) if outcome.problem]
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise EnclaveError("\n".join(map(str, problems)))
        put(delivery, cache, source)


def put(delivery: Delivery, cache: IntakeCache, source: str) -> None:
    """Move the checked tables of a delivery from the cache to `paths.validated(source)` (see `store`)."""
    with full_disk_as_error(cache.folder):
        files.write_csv(_input_files(delivery), cache.finished / "registers.csv")
        checksums.write(cache.finished)
    files.swap_folder(cache.finished, paths.validated(source))


def delivered(source: str) -> Delivery:
    """The delivery of a source, read once. No message about private registers quotes a value."""
    return read(paths.registers(source), quoting=not sources.is_private(source))


@contextmanager
def intake_cache(source: str) -> Generator[IntakeCache]:
    """The cache in which the tables of a source are made. It is cleared at the end (see `IntakeCache.clear`).

    After a kill or on a full disk it is kept for the next run. Only its owner can open that of private registers.
    Raises EnclaveError if another process uses it.
    """
    with _only_user(source):
        cache = IntakeCache(paths.intake_cache(source))
        if sources.is_private(source):
            files.private_folder(cache.folder)
        try:
            yield cache
        except FullError:
            raise
        except EnclaveError:
            cache.clear()
            raise
        else:
            cache.clear()


@contextmanager
def _only_user(source: str) -> Generator[None]:
    """Lock the cache of a source against another process. The lock ends with the process, even if it is killed."""
    file = paths.intake_cache(source).with_name(f"{source}.lock")
    files.make_folder(file.parent)
    lock = FileLock(file, is_singleton=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        problem = f"Another check or build of source {source!r} runs in {paths.BUILD}"
        raise EnclaveError(f"{problem}. Wait for it to end.") from None
    try:
        yield
    finally:
        # whoever waits for the removed file sees that it is gone, and makes a new one
        if lock.lock_counter == 1:
            with suppress(OSError):
                file.unlink()
        lock.release()
        with suppress(OSError):
            file.parent.rmdir()
            file.parent.parent.rmdir()


def outcomes(delivery: Delivery, cache: IntakeCache, report: Report = no_report) -> Iterator[Outcome]:
    """The result for each raw table of a delivery, after what is wrong with the delivery as a whole.

    Raises disk_space.FullError if the disk is full.
    """
    if WHOLE in delivery.problems:
        yield Outcome(WHOLE, problem=delivery.problems[WHOLE])
    _check_disk_space(delivery, cache)
    for table in delivery.tables:
        yield _outcome(table, delivery, cache, report)


def _outcome(table: str, delivery: Delivery, cache: IntakeCache, report: Report) -> Outcome:
    try:
        with full_disk_as_error(cache.folder):
            path = convert(table, delivery, cache, report)
    except FullError:
        raise
    except EnclaveError as error:
        return Outcome(table, problem=error)
    report(f"{table}: {parquet.read_metadata(path).num_rows:,} records")
    # a table that is made from another one has no file of its own
    names = [file.name for file in delivery.files_of(table)] or [table]
    return Outcome(table, path, files=tuple(zip(names, cache.records(table), strict=True)))


def _check_disk_space(delivery: Delivery, cache: IntakeCache) -> None:
    """Raise FullError if the disk of the cache has surely too little space for the tables that are not made yet.

    A table of several files is there twice while they are joined.
    """
    sizes = {
        table: sum(file.bytes * PARQUET_BYTES.get(file.format, PARQUET_BYTES_OF_COMPRESSED) for file in its_files)
        for table, its_files in delivery.files.items()
    }
    joined = max((sizes[table] for table, its_files in delivery.files.items() if len(its_files) > 1), default=0)
    needed, free = sum(sizes.values()) + joined - cache.bytes(), disk_space.free(cache.folder)
    if needed > free:
        space = f"at least {needed / GIGABYTE:.2f} GB are needed, and {free / GIGABYTE:.2f} GB are free"
        raise FullError(f"{cache.folder}: the disk has too little space: {space}. {REMEDY}")


def full_disk_as_error(folder: Path):
    """Turn the error of a full disk into FullError, which names the folder."""
    return disk_space.as_full_disk_error(folder, f"The tables stored before are kept. {REMEDY}")


def _input_files(delivery: Delivery) -> pd.DataFrame:
    """Table, name, size and checksum of each delivered file, and of the map."""
    found = [(table, file.name, file.path) for table in TABLES for file in delivery.files[table]]
    map_of_delivery = paths.delivery_map(delivery.folder)
    if map_of_delivery.is_file():
        found.append(("", paths.DELIVERY_MAP, map_of_delivery))
    rows = [(table, name, path.stat().st_size, digest(path)) for table, name, path in found]
    return pd.DataFrame(rows, columns=["table", "file", "bytes", "sha256"])
