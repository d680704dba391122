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
        """Whether a chunk was made, with what became of the map and what was adjusted."""
        return all(path.exists() for path in (chunk, self.use_of_map(chunk), self.adjustments(chunk)))

    def is_finished(self, table: str, chunks: list[Path]) -> bool:
        """Whether the whole table was made from exactly these chunks."""
        whole, chunks_of_whole = self.table(table), self._chunks(table)
        is_there = all(path.exists() for path in (whole, self.adjustments(whole), chunks_of_whole))
        return is_there and list(self._records(table)) == [chunk.name for chunk in chunks]

    def records(self, table: str) -> list[int]:
        """The number of records of each input file of a whole table, in the order of the table."""
        return list(self._records(table).values())

    def _records(self, table: str) -> dict[str, int]:
        """The number of records by name of the chunk."""
        lines = self._chunks(table).read_text(encoding="utf-8").splitlines()
        return {name: int(records) for name, _, records in (line.partition(" ") for line in lines)}

    def table(self, table: str) -> Path:
        """The path of the whole table."""
        return self.finished / f"{table}.parquet"

    def adjustments(self, path: Path) -> Path:
        """The path of what was adjusted in a chunk or in a whole table: see `values.adjustments`."""
        folder = self.folder if path.parent == self.finished else path.parent
        return folder / f"{path.stem}.csv"

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
        """Remove the chunks of files that are no longer delivered, and incomplete files of a killed run.

        What was adjusted in a chunk stays with it.
        """
        for path in set(self.folder.glob(f"{table}/*")) | set(self.folder.glob(f"{table}/.*")):
            if path.with_suffix(".parquet") not in chunks or path.name.startswith("."):
                path.unlink()

    def remove_table(self, table: str) -> None:
        """Remove the whole table, so that a list of duplicates made from now on is never that of another table."""
        self.table(table).unlink(missing_ok=True)

    def finish(self, table: str, chunks: list[Path]) -> None:
        """Join the chunks to the whole table, in row groups of `ROWS` records, and remove them."""
        whole = self.table(table)
        files.write_text("\n".join(map(_counted, chunks)), self._chunks(table))
        if len(chunks) == 1:
            files.make_folder(whole.parent)
            chunks[0].replace(whole)
        else:
            write_records(_row_groups(chunks), arrow_schema(TABLES[table]), whole)
        shutil.rmtree(self.folder / table)

    def _chunks(self, table: str) -> Path:
        """The file that says of which chunks a whole table was made, and how many records each has."""
        return self.folder / f"{table}.txt"


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _counted(chunk: Path) -> str:
    return f"{chunk.name} {parquet.read_metadata(chunk).num_rows}"


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
