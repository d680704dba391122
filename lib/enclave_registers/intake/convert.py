"""Reading the raw tables: any of their formats and spellings in, one canonical table out, or one clear message.

`mapping` reads what the holder says of a delivery, `parts` finds the files, `sequences` looks for a part that is
missing among them, and `claims` for what is left over. `packed`, `encodings`, `lines`, `delimited`, `workbook` and
`binary` read them in frames of bounded size, `headers` names the columns, `translate` turns delivered codes and units
into ours, `cells` types them, `checks` and `codes` hold them against the schema and the facts, and `faults` gathers
what is wrong. `pieces` keeps what is done, `doubles` looks for keys over all of it, `room` after the disk and `meter`
tells how far it is.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from enclave.base.errors import InputError
from enclave_registers.intake import checks, chunk_cache, duplicates, excel, stata_parquet, text_tables
from enclave_registers.intake.chunk_cache import Workshop
from enclave_registers.intake.compressed import OPENERS
from enclave_registers.intake.input_files import Part, find
from enclave_registers.intake.meter import Meter
from enclave_registers.intake.problems import Faults
from enclave_registers.schema import TABLES

READERS = {
    ".csv": text_tables.read,
    **dict.fromkeys(OPENERS, text_tables.read),
    ".zip": text_tables.read,
    ".xlsx": excel.read,
    ".dta": stata_parquet.read_stata,
    ".parquet": stata_parquet.read_parquet,
}

Report = Callable[[str], None]


def silent(line: str) -> None:
    """Report nothing."""


def convert(table: str, folder: Path, shop: Workshop, *, quoting: bool = True, report: Report = silent) -> Path:
    """A raw table of `schema.TABLES` as a Parquet file in `shop`, from `<table>.csv` and the like or from `<table>/`.

    A map in the folder (see `mapping`) may name other files, headers, codes, dates and units. Parts that were converted
    before and have not changed since are not read again.

    Beside the firm master, in which others are looked up, stand the identifiers that it has more than once.

    Returns the path of the table: columns of the schema in its order and types, rows in the order of the files (parts
    by name). Text is large_string, dates are seconds; missing values are missing. The same content gives the same bytes
    whatever the format. Raises InputError with file, column, first data row, number of further rows and remedy; without
    `quoting`, no fault quotes a value of the table.
    """
    parts, faults = find(table, folder, quoting=quoting), Faults()
    made = [shop.piece(table, part) for part in parts]
    if not shop.is_finished(table, made):
        shop.forget_others(table, made)
        meter = Meter(table, parts, report)
        for part, piece in zip(parts, made, strict=True):
            if not piece.exists():
                _convert(table, replace(part, watch=meter.watch), piece, faults, meter)
            meter.end(part)
        faults.tell()
        meter.next("looking for keys that stand twice")
        shop.forget(table)
        repeated = shop.repeated_firms if table == "firms" else None
        duplicates.check(TABLES[table], made, parts, shop.spill, faults, repeated)
        faults.tell()
        meter.next("joining its parts")
        shop.finish(table, made)
    return shop.table(table)


def read_table(table: str, folder: Path, *, quoting: bool = True) -> pd.DataFrame:
    """The table that `convert` makes as a frame, for tables that fit into memory. Nothing is kept."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as aside:
        path = convert(table, Path(folder), Workshop(Path(aside)), quoting=quoting)
        return parquet.read_table(path).cast(chunk_cache.columns(TABLES[table])).to_pandas()


class _FaultyError(Exception):
    """A part has faults, which are noted."""


def _convert(table: str, part: Part, piece: Path, faults: Faults, meter: Meter) -> None:
    """Write the piece of one part; none if there is a fault in it."""
    columns = chunk_cache.columns(TABLES[table])
    with suppress(_FaultyError):
        chunk_cache.write(_typed(table, part, columns, faults, meter), columns, piece)


def _typed(table: str, part: Part, columns: arrow.Schema, faults: Faults, meter: Meter) -> Iterator[arrow.Table]:
    """The checked records of one part; ends with _FaultyError if any has a fault."""
    rows, before = 0, faults.count
    for raw in READERS[part.format](part, TABLES[table], faults):
        frame = checks.typed(part, raw, TABLES[table], faults)
        checks.places(table, part, frame, faults)
        rows += len(raw)
        meter.add(len(raw))
        if faults.count == before:
            yield arrow.Table.from_pandas(frame, columns, preserve_index=False)
    if not rows and not faults.count:
        raise InputError(part.name, "has a header and no records", "Export the table again, with its records.")
    if not rows or faults.count > before:
        raise _FaultyError
