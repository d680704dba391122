"""Duplicate keys of a table, found over all its files without holding the table in memory."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

from enclave.base.paths import DELIVERY_MAP
from enclave_registers.intake import cache
from enclave_registers.intake.delivery.find_files import InputFile
from enclave_registers.intake.delivery.map_use import MapUse
from enclave_registers.intake.values import places
from enclave_registers.intake.values.problems import Problems
from enclave_registers.schema import has_repeats, key_of

MEMORY = "400MB"
THREADS = 2
# the number of the file and the data row in one integer, so that it sorts in the order of the table
PLACE = "(list_position($chunks, filename)::bigint << 40) + file_row_number + 1"
ROW = (1 << 40) - 1
# only records whose key has the same hash as another key are compared
CANDIDATES = """
    create temp table candidates as
    select *, {place} as place
    from read_parquet($chunks, filename = true, file_row_number = true)
    where hash({compared}) in (
        select hash({compared}) from read_parquet($chunks) group by 1 having count(*) > 1
    )
"""
DUPLICATES = """
    with named as ({named}),
    ranked as (
        select *, row_number() over same as turn, min(place) over same as first, {firsts}
        from named window same as (partition by {same} order by place)
    )
    select count(*), min(place), arg_min(first, place), {values}, {differing} from ranked where turn > 1
"""
DUPLICATE_KEYS = "select {key} from candidates group by {key} having count(*) > 1 order by {key}"


@contextmanager
def database(spill: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """A DuckDB database that holds at most `MEMORY` and writes the rest to the folder `spill`."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "threads": THREADS,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=settings) as connection:
        # progress is reported by `progress`
        connection.execute("set enable_progress_bar = false")
        yield connection


def check(
    schema: pa.DataFrameSchema,
    chunks: list[Path],
    files: Sequence[InputFile],
    spill: Path,
    problems: Problems,
    list_of_keys: Path | None = None,
    uses: Sequence[MapUse] = (),
) -> None:
    """Note duplicate keys in `problems`. Where the table allows repeated records, only those that differ count.

    chunks : the checked records of the `files` as Parquet files, one each
    uses : what became of the map in each file, which knows the data rows of the records
    list_of_keys : if there is no problem, the duplicate keys are written to this file

    A city has the same key by name and by code.
    """
    key = key_of(schema)
    if not key:
        return
    with database(spill) as connection:
        count, place, first, *found = _find(connection, schema, list(map(str, chunks)))
        if list_of_keys and not count:
            _write_keys(connection, schema, list_of_keys)
    if count:
        places = _Places(files, uses)
        value, others = dict(zip(key, found, strict=False)), zip(_others(schema), found[len(key) :], strict=True)
        differing = {column: records for column, records in others if records}
        _note(value, differing, count, places.of(place), places.of(first), problems)


def _find(connection, schema: pa.DataFrameSchema, chunks: list[str]) -> tuple:
    """The number of duplicates, the place of the first, the place of the record that it repeats, and its key.

    After these, for each column beyond the key, the number of duplicates that have another value there than the record
    that they repeat.
    """
    key, others = key_of(schema), _others(schema)
    by_city = key[0] == "city"
    compared = key[1:] if by_city else key
    connection.execute(CANDIDATES.format(place=PLACE, compared=", ".join(compared)), {"chunks": chunks})
    if by_city:
        _name_cities(connection)
    columns = ", ".join(schema.columns)
    named = f"select {columns}, min(place) as place from candidates group by {columns}"
    named = named if has_repeats(schema) else "select * from candidates"
    # all rows are fetched, else the connection could not run another query
    [found] = connection.execute(
        DUPLICATES.format(
            named=f"select * from ({named}) join spellings using (city)" if by_city else named,
            same=", ".join(["one_city", *compared] if by_city else compared),
            values=", ".join(f"arg_min({column}, place)" for column in key),
            firsts=", ".join(f"first_value({column}) over same as first_{column}" for column in others),
            differing=", ".join(f"count(*) filter ({column} is distinct from first_{column})" for column in others),
        )
    ).fetchall()
    return found


def _others(schema: pa.DataFrameSchema) -> list[str]:
    """The columns beyond the key."""
    return [column for column in schema.columns if column not in key_of(schema)]


def _write_keys(connection, schema: pa.DataFrameSchema, path: Path) -> None:
    """Write the keys that occur more than once among the candidates, sorted."""
    key = key_of(schema)
    columns = arrow.schema([cache.arrow_schema(schema).field(name) for name in key])
    found = connection.sql(DUPLICATE_KEYS.format(key=", ".join(key))).to_arrow_reader(cache.ROWS)
    cache.write_records(map(arrow.Table.from_batches, ([batch] for batch in found)), columns, path)


def _name_cities(connection) -> None:
    """A table `spellings` with each city of the candidates, and one name for all spellings of a city."""
    cities = pd.Series(
        [city for (city,) in connection.execute("select distinct city from candidates").fetchall()], dtype="str"
    )
    connection.register("spellings", arrow.table({"city": list(cities), "one_city": list(places.city_keys(cities))}))


@dataclass(frozen=True)
class _Places:
    """From the place of a record in the table to its file and data row."""

    files: Sequence[InputFile]
    uses: Sequence[MapUse]

    def of(self, place: int) -> tuple[InputFile, int]:
        """File and data row of a record."""
        number, row = (place >> 40) - 1, place & ROW
        return self.files[number], self.uses[number].data_row(row) if self.uses else row


def _note(
    value: dict,
    differing: dict[str, int],
    count: int,
    place: tuple[InputFile, int],
    first: tuple[InputFile, int],
    problems: Problems,
) -> None:
    """Note duplicates.

    differing : column -> how many of them have another value there than the record that they repeat
    """
    shown = ", ".join(f"{column} {cell}" for column, cell in value.items())
    problem = f"is a duplicate key: first in {first[0].name}, data row {first[1]}; {_differences(differing, count)}"
    remedy = f"Keep one record for each {' and '.join(value)}, or leave the others out by drop_rows in {DELIVERY_MAP}."
    problems.add(place[0], ", ".join(value), range(place[1], place[1] + count), shown, problem, remedy)


def _differences(differing: dict[str, int], count: int) -> str:
    if not differing:
        return "the records are the same in all columns"
    columns = [f'"{column}"' + (f" ({records})" if count > 1 else "") for column, records in differing.items()]
    of_all = f" (of {count} records)" if count > 1 else ""
    return f"the records differ in {', '.join(columns)}{of_all}"
