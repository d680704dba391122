"""Reading the raw tables: any of their formats and spellings in, one canonical frame out, or one clear message.

`mapping` reads what the holder says of a delivery, `parts` finds the files and `claims` what is left over. `encodings`,
`delimited`, `workbook` and `binary` read them in frames of bounded size, `headers` names the columns, `translate` turns
delivered codes and units into ours, `cells` types them, `checks` and `codes` hold them against the schema and the
facts, and `faults` gathers what is wrong.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as arrow

from enclave.errors import InputError
from enclave.reading import binary, checks, delimited, workbook
from enclave.reading.faults import Faults
from enclave.reading.parts import Part, find
from enclave.schema import TABLES

READERS = {
    ".csv": delimited.read,
    ".csv.gz": delimited.read,
    ".xlsx": workbook.read,
    ".dta": binary.read_stata,
    ".parquet": binary.read_parquet,
}


def read_table(table: str, folder: Path, *, quoting: bool = True) -> pd.DataFrame:
    """A raw table of `schema.TABLES` from `<table>.csv`, `.csv.gz`, `.xlsx`, `.dta`, `.parquet` or parts in `<table>/`.

    A map in the folder (see `mapping`) may name other files, headers, codes, dates and units.

    Returns the columns of the schema in its order and types, rows in the order of the files (parts by name). Text is
    `str`, dates are `datetime64[s]`; missing values are missing. The same content gives the same frame whatever the
    format. Raises InputError with file, column, first data row, number of further rows and remedy; without `quoting`,
    no fault quotes a value of the table.
    """
    parts, faults = find(table, Path(folder), quoting=quoting), Faults()
    frames, sources = [], []
    for part in parts:
        for frame in _part(table, part, faults):
            sources.append(pd.DataFrame({"part": part.number, "row": frame.index}))
            frames.append(arrow.Table.from_pandas(frame, preserve_index=False))
    faults.tell()
    whole = arrow.concat_tables(frames).combine_chunks().to_pandas()
    checks.keys(table, TABLES[table], whole, pd.concat(sources, ignore_index=True), parts, faults)
    faults.tell()
    return whole


def _part(table: str, part: Part, faults: Faults) -> Iterator[pd.DataFrame]:
    """The typed frames of one part; the index is the data row."""
    rows = 0
    for raw in READERS[part.format](part, TABLES[table], faults):
        frame = checks.typed(part, raw, TABLES[table], faults)
        checks.places(table, part, frame, faults)
        rows += len(raw)
        yield frame
    if not rows and not faults:
        raise InputError(part.name, "has a header and no records", "Export the table again, with its records.")
