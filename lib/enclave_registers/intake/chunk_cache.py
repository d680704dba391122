"""Tables on their way through the door: a checked piece for each part, then the whole, kept where a run was killed.

A piece is named by the fingerprint of all that its bytes follow from: the part, what the map says of it, the rules and
the facts it was held against. One that is there is therefore right, whoever wrote it, and is not made again. Pieces and
tables are written under another name first: what is there is whole.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from pyarrow import parquet

from enclave.base import files, paths
from enclave_registers.intake.input_files import Part, digest
from enclave_registers.schema import TABLES

# records of a row group: the same for every delivery, so that the bytes do not tell of its parts
ROWS = 250_000
WORTH = 100_000_000


@dataclass(frozen=True)
class Workshop:
    """The folder in which the tables of a source are made."""

    folder: Path

    @property
    def finished(self) -> Path:
        """Folder of the tables that are whole, `<table>.parquet` each, and of `repeated_firms`."""
        return self.folder / "whole"

    @property
    def spill(self) -> Path:
        """Folder for what does not fit into memory."""
        return self.folder / "spill"

    @cached_property
    def rules(self) -> str:
        """The fingerprint of what every table is held against: the code that reads, and the facts."""
        code = [path for package in CODE for path in (paths.LIB / package).rglob("*.py")]
        digests = [digest(path) for path in sorted([*code, *paths.FACTS.rglob("*.csv")])]
        return _hash([*digests, pd.__version__, arrow.__version__])

    def piece(self, table: str, part: Part) -> Path:
        """Where the checked records of a part belong."""
        name = _hash([self.rules, table, part.format, part.map.reading(), digest(part.path)])
        return self.folder / table / f"{name}.parquet"

    def is_finished(self, table: str, pieces: list[Path]) -> bool:
        """Whether the table of these pieces is there."""
        mark = self._mark(table)
        return self.table(table).exists() and mark.exists() and mark.read_text(encoding="utf-8") == _names(pieces)

    def table(self, table: str) -> Path:
        """Where the whole table belongs."""
        return self.finished / f"{table}.parquet"

    @property
    def repeated_firms(self) -> Path:
        """Where the identifiers belong that stand in the whole firm master more than once."""
        return paths.repeated_firms(self.finished)

    def bytes(self) -> int:
        """How much is there already."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def clear(self) -> None:
        """Remove what is there, unless it took long to make: from `WORTH` bytes on it is kept for the next run."""
        shutil.rmtree(self.spill, ignore_errors=True)
        if self.bytes() < WORTH:
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                self.folder.parent.rmdir()
                self.folder.parent.parent.rmdir()

    def _mark(self, table: str) -> Path:
        return self.folder / f"{table}.txt"

    def forget_others(self, table: str, pieces: list[Path]) -> None:
        """Remove the pieces of parts that are no longer delivered, and what a killed run left."""
        for path in set(self.folder.glob(f"{table}/*")) | set(self.folder.glob(f"{table}/.*")):
            if path not in pieces:
                path.unlink()

    def forget(self, table: str) -> None:
        """Remove the whole table: what is found of another one from now on belongs to that."""
        self.table(table).unlink(missing_ok=True)

    def finish(self, table: str, pieces: list[Path]) -> None:
        """Join the pieces to the table, in row groups of `ROWS` records, and remove them. One piece is the table."""
        whole = self.table(table)
        files.write_text(_names(pieces), self._mark(table))
        if len(pieces) == 1:
            whole.parent.mkdir(parents=True, exist_ok=True)
            pieces[0].replace(whole)
        else:
            write(_records(pieces), columns(TABLES[table]), whole)
        shutil.rmtree(self.folder / table)


TYPES = {"str": "str", "string": "str", "datetime64": "datetime64[s]"}
CODE = ("enclave_registers", "enclave/facts", "enclave/base")


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _names(pieces: list[Path]) -> str:
    return "\n".join(piece.name for piece in pieces)


def _records(pieces: list[Path]) -> Iterator[arrow.Table]:
    for piece in pieces:
        with parquet.ParquetFile(piece) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def write(tables: Iterable[arrow.Table], columns: arrow.Schema, path: Path) -> None:
    """Write records to a Parquet file in row groups of `ROWS`; the bytes do not depend on how they came."""

    def fill(temporary: Path) -> None:
        with parquet.ParquetWriter(temporary, columns) as writer:
            for group in grouped(tables, ROWS):
                writer.write_table(group.cast(columns), row_group_size=ROWS)

    files.write_atomically(path, fill)


def grouped(tables: Iterable[arrow.Table], rows: int) -> Iterator[arrow.Table]:
    """The same records in tables of `rows` each, the last one with what is left; each column in one piece of memory."""
    held, count = [], 0
    for table in tables:
        held.append(table)
        count += len(table)
        while count >= rows:
            whole = arrow.concat_tables(held)
            yield whole.slice(0, rows).combine_chunks()
            held, count = [whole.slice(rows)], count - rows
    if count:
        yield arrow.concat_tables(held).combine_chunks()


def columns(schema: pa.DataFrameSchema) -> arrow.Schema:
    """The columns of a raw table as Arrow and pandas know them."""
    kinds = {name: str(column.dtype) for name, column in schema.columns.items()}
    empty = {name: pd.Series(dtype=TYPES.get(kind.partition("[")[0], kind)) for name, kind in kinds.items()}
    return arrow.Schema.from_pandas(pd.DataFrame(empty), preserve_index=False)
