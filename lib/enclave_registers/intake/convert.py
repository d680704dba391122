"""One raw table of a delivery to one Parquet file: each input file is read, typed and checked, then joined."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as arrow

from enclave_registers.intake.cache import IntakeCache, arrow_schema, write_records
from enclave_registers.intake.delivery.read import Delivery
from enclave_registers.intake.formats import csv_files, stata_parquet
from enclave_registers.intake.formats.compressed import OPENERS
from enclave_registers.intake.progress import Progress, Report, no_report
from enclave_registers.intake.values import adjustments, duplicates, industry_codes, records
from enclave_registers.intake.values.problems import Problems, Reading
from enclave_registers.schema import TABLES


def _read_workbook(reading: Reading) -> Iterator[pd.DataFrame]:
    """The records of a workbook. What reads it takes longer to load than the other tables need."""
    from enclave_registers.intake.formats import excel

    return excel.read(reading)


READERS: dict[str, Callable[[Reading], Iterator[pd.DataFrame]]] = {
    ".csv": csv_files.read,
    **dict.fromkeys(OPENERS, csv_files.read),
    ".zip": csv_files.read,
    ".xlsx": _read_workbook,
    ".dta": stata_parquet.read_stata,
    ".parquet": stata_parquet.read_parquet,
}


def convert(table: str, delivery: Delivery, cache: IntakeCache, report: Report = no_report) -> Path:
    """A raw table of `schema.TABLES` as a Parquet file in `cache`, made from its input files in `delivery`.

    Input files that were converted before and have not changed since are not read again. With the firm master comes the
    list of firms that occur in it more than once. `report` gets a line for each kind of cells that were read as
    something else than what is written (see `values.adjustments`), and the progress of a long table.

    Returns the path of the table: the columns of the schema in its order and types, rows in the order of the files.
    Text is large_string, dates are in seconds, missing values are missing. The same content gives the same bytes in
    every format. Raises InputError with file, column, first data row, number of further rows and remedy.
    """
    files, table_map, problems = delivery.files_of(table), delivery.maps[table], Problems(quoting=delivery.quoting)
    chunks = [cache.chunk(table, file, table_map) for file in files]
    counts = [cache.adjustments(chunk) for chunk in chunks]
    if not cache.is_finished(table, chunks):
        cache.remove_other_chunks(table, chunks)
        progress = Progress(table, files, report)
        for file, chunk in zip(files, chunks, strict=True):
            if not (chunk.exists() and cache.adjustments(chunk).exists()):
                reading = Reading(table, file, table_map, problems, watch=progress.watch)
                _write_chunk(reading, chunk, progress)
                reading.adjustments.write(cache.adjustments(chunk))
            progress.end(file)
        problems.raise_first()
        progress.next("looking for duplicate keys")
        cache.remove_table(table)
        list_of_keys = cache.duplicate_firms if table == "firms" else None
        duplicates.check(TABLES[table], chunks, files, cache.spill, problems, list_of_keys)
        found = adjustments.read(counts)
        if table == "industries":
            found.add("code", adjustments.NO_DIVISION, industry_codes.check(chunks, files, problems))
        problems.raise_first()
        progress.next("joining its files")
        found.write(cache.adjustments(cache.table(table)))
        cache.finish(table, chunks)
    for line in adjustments.read([cache.adjustments(cache.table(table))]).lines(table):
        report(line)
    return cache.table(table)


class _ProblemsError(Exception):
    """The records of a file have problems, which are noted."""


def _write_chunk(reading: Reading, chunk: Path, progress: Progress) -> None:
    """Write the checked records of one file, or nothing if they have a problem."""
    columns = arrow_schema(reading.schema)
    with suppress(_ProblemsError):
        write_records(_checked(reading, columns, progress), columns, chunk)


def _checked(reading: Reading, columns: arrow.Schema, progress: Progress) -> Iterator[arrow.Table]:
    """The checked records of one file; ends with _ProblemsError if any has a problem."""
    rows, before = 0, reading.problems.count
    for raw in READERS[reading.file.format](reading):
        frame = records.typed(reading, raw)
        rows += len(raw)
        progress.add(len(raw))
        if reading.problems.count == before:
            yield arrow.Table.from_pandas(frame, columns, preserve_index=False)
    if not rows and not reading.problems.count:
        raise reading.error("has a header and no records", "Export the table again, with its records.")
    if not rows or reading.problems.count > before:
        raise _ProblemsError
