"""The cache of a conversion: a chunk of checked records per input file, then whole tables. It survives a killed run.

A chunk is named by the fingerprint of all that decides its bytes: the content of the file, what the map says about the
table, the code, and the facts. A chunk that is there is therefore right, and is not made again. Chunks and tables are
written under another name first, so that none is incomplete.
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

from enclave.base import files, imports, paths
from enclave_registers.intake.delivery.find_files import InputFile, digest
from enclave_registers.intake.delivery.table_map import TableMap
from enclave_registers.schema import TABLES

# records per row group: fixed, so that the bytes of a table do not depend on its input files
ROWS = 250_000
# a cache of at least so many bytes is kept for the next run, even if no table was stored
KEEP_FROM = 100_000_000
CONVERSION = "enclave_registers.intake.convert"
TYPES = {"str": "str", "string": "str", "datetime64": "datetime64[s]"}


@dataclass(frozen=True)
class IntakeCache:
    """The folder in which the tables of a source are made."""

    folder: Path

    @property
    def finished(self) -> Path:
        """Folder of the whole tables, `<table>.parquet` each, and of the list of duplicate firms."""
        return self.folder / "whole"

    @property
    def spill(self) -> Path:
        """Folder for what does not fit into memory."""
        return self.folder / "spill"

    @cached_property
    def fingerprint(self) -> str:
        """The fingerprint of the code and the facts: all that decides the bytes of a chunk except the delivery."""
        code = sorted(imports.closure([CONVERSION]))
        facts = sorted(paths.FACTS.rglob("*.csv"))
        return _hash([*map(digest, [*code, *facts]), pd.__version__, arrow.__version__])

    def chunk(self, table: str, file: InputFile, table_map: TableMap) -> Path:
        """The path of the checked records of an input file."""
        name = _hash([self.fingerprint, table, file.format, table_map.key(), digest(file.path)])
        return self.folder / table / f"{name}.parquet"

    @staticmethod
    def use_of_map(chunk: Path) -> Path:
        """The path of what became of the map in the file of a chunk."""
        return chunk.with_suffix(".json")

    def has(self, chunk: Path) -> bool:
        """Whether a chunk was made, with what became of the map."""
        return chunk.exists() and self.use_of_map(chunk).exists()

    def is_finished(self, table: str, chunks: list[Path]) -> bool:
        """Whether the whole table was made from exactly these chunks."""
        names = self._names_of_chunks(table)
        is_there = self.table(table).exists() and names.exists()
        return is_there and names.read_text(encoding="utf-8") == _names(chunks)

    def table(self, table: str) -> Path:
        """The path of the whole table."""
        return self.finished / f"{table}.parquet"

    @property
    def duplicate_firms(self) -> Path:
        """The path of the list of firms that occur more than once in the firm master."""
        return paths.repeated_firms(self.finished)

    def bytes(self) -> int:
        """The size of all files in the cache."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def clear(self) -> None:
        """Remove the cache, unless it holds `KEEP_FROM` bytes or more: making it took long."""
        shutil.rmtree(self.spill, ignore_errors=True)
        if self.bytes() < KEEP_FROM:
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                self.folder.parent.rmdir()
                self.folder.parent.parent.rmdir()

    def remove_other_chunks(self, table: str, chunks: list[Path]) -> None:
        """Remove the chunks of files that are no longer delivered, and incomplete files of a killed run."""
        for path in set(self.folder.glob(f"{table}/*")) | set(self.folder.glob(f"{table}/.*")):
            if path.with_suffix(".parquet") not in chunks or path.name.startswith("."):
                path.unlink()

    def remove_table(self, table: str) -> None:
        """Remove the whole table, so that a list of duplicates made from now on is never that of another table."""
        self.table(table).unlink(missing_ok=True)

    def finish(self, table: str, chunks: list[Path]) -> None:
        """Join the chunks to the whole table, in row groups of `ROWS` records, and remove them."""
        whole = self.table(table)
        files.write_text(_names(chunks), self._names_of_chunks(table))
        if len(chunks) == 1:
            whole.parent.mkdir(parents=True, exist_ok=True)
            chunks[0].replace(whole)
        else:
            write_records(_row_groups(chunks), arrow_schema(TABLES[table]), whole)
        shutil.rmtree(self.folder / table)

    def _names_of_chunks(self, table: str) -> Path:
        return self.folder / f"{table}.txt"


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _names(chunks: list[Path]) -> str:
    return "\n".join(chunk.name for chunk in chunks)


def _row_groups(chunks: list[Path]) -> Iterator[arrow.Table]:
    for chunk in chunks:
        with parquet.ParquetFile(chunk) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def write_records(tables: Iterable[arrow.Table], columns: arrow.Schema, path: Path) -> None:
    """Write records to a Parquet file in row groups of `ROWS`. The bytes do not depend on the sizes of `tables`."""

    def fill(temporary: Path) -> None:
        with parquet.ParquetWriter(temporary, columns) as writer:
            for group in grouped(tables, ROWS):
                writer.write_table(group.cast(columns), row_group_size=ROWS)

    files.write_atomically(path, fill)


def grouped(tables: Iterable[arrow.Table], rows: int) -> Iterator[arrow.Table]:
    """The same records in tables of `rows` each, the last one with the rest; each column is contiguous in memory."""
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


def arrow_schema(schema: pa.DataFrameSchema) -> arrow.Schema:
    """The columns of a raw table as an Arrow schema with pandas metadata."""
    kinds = {name: str(column.dtype) for name, column in schema.columns.items()}
    empty = {name: pd.Series(dtype=TYPES.get(kind.partition("[")[0], kind)) for name, kind in kinds.items()}
    return arrow.Schema.from_pandas(pd.DataFrame(empty), preserve_index=False)
