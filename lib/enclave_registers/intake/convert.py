"""One raw table of a delivery to one Parquet file: each input file is read, typed and checked, then joined."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as arrow

from enclave.base.errors import InputError
from enclave_registers.intake.cache import IntakeCache, arrow_schema, write_records
from enclave_registers.intake.delivery import map_use
from enclave_registers.intake.delivery.find_files import InputFile
from enclave_registers.intake.delivery.read import Delivery
from enclave_registers.intake.delivery.table_map import TableMap
from enclave_registers.intake.formats import codes_of_firms, csv_files, stata_parquet
from enclave_registers.intake.formats.compressed import OPENERS
from enclave_registers.intake.progress import Progress, Report, no_report
from enclave_registers.intake.values import adjustments, duplicates, industry_codes, records
from enclave_registers.intake.values.problems import Problems, Reading
from enclave_registers.schema import TABLES

# last row of a sheet in the new and in the old format of Excel
LAST_ROWS_OF_SHEETS = (1_048_576, 65_536)


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
    codes_of_firms.FORMAT: codes_of_firms.read,
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
    table_map, problems = delivery.maps_of(table), Problems(quoting=delivery.quoting)
    files = _files(table, delivery, cache)
    maps = [table_map.of_file(file.name, dict(file.partitions)) for file in files]
    chunks = [cache.chunk(table, file, of_file) for file, of_file in zip(files, maps, strict=True)]
    counts = [cache.adjustments(chunk) for chunk in chunks]
    if not cache.is_finished(table, chunks):
        cache.remove_other_chunks(table, chunks)
        progress = Progress(table, files, report)
        for file, of_file, chunk in zip(files, maps, chunks, strict=True):
            if not cache.has(chunk):
                reading = Reading(table, file, of_file, problems, watch=progress.watch)
                _write_chunk(reading, chunk, progress, alone=len(files) == 1)
                reading.adjustments.write(cache.adjustments(chunk))
                _report_full(reading, report)
            progress.end(file)
        problems.raise_first()
        uses = [map_use.read(cache.use_of_map(chunk)) for chunk in chunks]
        _refuse_unmet(table, table_map, uses)
        progress.next("looking for duplicate keys")
        cache.remove_table(table)
        list_of_keys = cache.duplicate_firms if table == "firms" else None
        duplicates.check(TABLES[table], chunks, files, cache.spill, problems, list_of_keys, uses)
        found = adjustments.read(counts)
        if table == "industries":
            found.add("code", adjustments.NO_DIVISION, industry_codes.check(chunks, files, problems))
        problems.raise_first()
        if dropped := map_use.dropped(uses):
            report(f"{table}: {dropped:,} records left out, as drop_rows says")
        for name in map_use.without_end([file.name for file in files], uses):
            report(f"{name}: no row begins as stop_at says, unlike in other files. Was the end of the file cut off?")
        progress.next("joining its files")
        found.write(cache.adjustments(cache.table(table)))
        cache.finish(table, chunks)
    for line in adjustments.read([cache.adjustments(cache.table(table))]).lines(table):
        report(line)
    return cache.table(table)


def _files(table: str, delivery: Delivery, cache: IntakeCache) -> tuple[InputFile, ...]:
    """The input files of a table. Without an industry dictionary its codes come from the firm master."""
    if delivery.maps_of(table).standard is None:
        return delivery.files_of(table)
    firms = cache.table("firms")
    if not firms.exists():
        remedy = "Correct the firm master first."
        raise InputError(table, "is made from the firm master, which is invalid", remedy)
    return (InputFile(firms, "firms, column industry_id", codes_of_firms.FORMAT, 1),)


def _report_full(reading: Reading, report: Report) -> None:
    """Say that other sheets are not read, and that a text file is as long as a sheet can be: it may be cut off."""
    if sheets := reading.used.like_sheets:
        further = f"{sheets} further sheet{'s have' if sheets > 1 else ' has'} headers of this table, too"
        report(
            f"{reading.file.name}: only the sheet that the map names is read. {further}: is that another part of it?"
        )
    rows = reading.used.made + reading.map.header_row
    if rows in LAST_ROWS_OF_SHEETS and reading.file.format not in (".parquet", ".dta"):
        report(f"{reading.file.name}: has {rows:,} rows, as many as a sheet can have. Were records cut off?")


def _refuse_unmet(table: str, table_map: TableMap, uses: list[map_use.MapUse]) -> None:
    unmet = map_use.unmet(table, table_map, uses)
    if unmet:
        raise unmet


class _ProblemsError(Exception):
    """The records of a file have problems, which are noted."""


def _write_chunk(reading: Reading, chunk: Path, progress: Progress, *, alone: bool) -> None:
    """Write the checked records of one file, or nothing if they have a problem.

    alone : whether it is the only file of its table
    """
    columns = arrow_schema(reading.schema)
    with suppress(_ProblemsError):
        write_records(_checked(reading, columns, progress, alone=alone), columns, chunk)
        reading.used.write(IntakeCache.use_of_map(chunk))


def _checked(reading: Reading, columns: arrow.Schema, progress: Progress, *, alone: bool) -> Iterator[arrow.Table]:
    """The checked records of one file; ends with _ProblemsError if any has a problem."""
    rows, before = 0, reading.problems.count
    for raw in READERS[reading.file.format](reading):
        frame = records.typed(reading, raw)
        reading.used.add_rows(frame.index.to_numpy())
        rows += len(frame)
        progress.add(len(frame))
        if reading.problems.count == before:
            yield arrow.Table.from_pandas(frame, columns, preserve_index=False)
    # Spark writes parts without records
    is_empty_part = reading.file.format == ".parquet" and not alone
    if not rows and not reading.problems.count and not is_empty_part:
        raise reading.error("has a header and no records", "Export the table again, with its records.")
    if reading.problems.count > before or (not rows and not is_empty_part):
        raise _ProblemsError
