"""Keys that stand twice in a table, found over all its parts without holding it in memory."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

from enclave_registers.intake import place_codes, sql
from enclave_registers.intake.chunk_cache import ROWS, write
from enclave_registers.intake.chunk_cache import columns as columns_of
from enclave_registers.intake.input_files import Part
from enclave_registers.intake.problems import Faults

# part and data row in one number, so that it sorts as the table does
PLACE = "(list_position($pieces, filename)::bigint << 40) + file_row_number + 1"
ROW = (1 << 40) - 1
# only records whose key has the hash of another one are looked at in full
SUSPECTS = """
    create temp table suspects as
    select *, {place} as place
    from read_parquet($pieces, filename = true, file_row_number = true)
    where hash({compared}) in (
        select hash({compared}) from read_parquet($pieces) group by 1 having count(*) > 1
    )
"""
SECONDS = """
    with named as ({named}),
    ranked as (
        select *, row_number() over same as turn, min(place) over same as first
        from named window same as (partition by {same} order by place)
    )
    select count(*), min(place), arg_min(first, place), {values} from ranked where turn > 1
"""
REPEATED = "select {key} from suspects group by {key} having count(*) > 1 order by {key}"


def check(
    schema: pa.DataFrameSchema,
    pieces: list[Path],
    parts: list[Part],
    spill: Path,
    faults: Faults,
    repeated: Path | None = None,
) -> None:
    """Note records whose key another record has: any where the table allows no repeats, else those that differ.

    `pieces` are the checked records of the `parts` as Parquet files, one each. A city is the same by name and by code.
    Unless a record is noted, the keys that stand there more than once are written to the file `repeated`, if named.
    """
    key = schema.metadata["key"]
    if not key:
        return
    with sql.session(spill) as connection:
        count, place, first, *value = _seconds(connection, schema, list(map(str, pieces)))
        if repeated and not count:
            _write_repeated(connection, schema, repeated)
    if count:
        _note(schema, dict(zip(key, value, strict=True)), count, place, first, parts, faults)


def _seconds(connection, schema: pa.DataFrameSchema, pieces: list[str]) -> tuple:
    """How many records repeat a key, the place of the first, that of the record it repeats, and its key."""
    key = schema.metadata["key"]
    by_city = key[0] == "city"
    compared = key[1:] if by_city else key
    connection.execute(SUSPECTS.format(place=PLACE, compared=", ".join(compared)), {"pieces": pieces})
    if by_city:
        _name_cities(connection)
    columns = ", ".join(schema.columns)
    named = f"select {columns}, min(place) as place from suspects group by {columns}"
    named = named if schema.metadata["repeats"] else "select * from suspects"
    # all is fetched, or the connection could not be asked again
    [found] = connection.execute(
        SECONDS.format(
            named=f"select * from ({named}) join spelt using (city)" if by_city else named,
            same=", ".join(["one_city", *compared] if by_city else compared),
            values=", ".join(f"arg_min({column}, place)" for column in key),
        )
    ).fetchall()
    return found


def _write_repeated(connection, schema: pa.DataFrameSchema, path: Path) -> None:
    """Write the keys of `suspects` that are the same, in order."""
    key = schema.metadata["key"]
    columns = arrow.schema([columns_of(schema).field(name) for name in key])
    found = connection.sql(REPEATED.format(key=", ".join(key))).to_arrow_reader(ROWS)
    write(map(arrow.Table.from_batches, ([batch] for batch in found)), columns, path)


def _name_cities(connection) -> None:
    """A table `spelt` with each city of the suspects, and the one name that all its spellings share."""
    cities = pd.Series(
        [city for (city,) in connection.execute("select distinct city from suspects").fetchall()], dtype="str"
    )
    connection.register("spelt", arrow.table({"city": list(cities), "one_city": list(place_codes.city_keys(cities))}))


def _note(schema: pa.DataFrameSchema, value: dict, count: int, place: int, first: int, parts: list[Part], faults):
    told = ", ".join(f"{column} {cell}" for column, cell in value.items())
    differs = ", with other content" if schema.metadata["repeats"] else ""
    problem = f"stands twice as a key: first in {parts[(first >> 40) - 1].name}, data row {first & ROW}{differs}"
    remedy = f"Keep one record for each {' and '.join(value)}."
    first_row = place & ROW
    faults.add(parts[(place >> 40) - 1], ", ".join(value), range(first_row, first_row + count), told, problem, remedy)
