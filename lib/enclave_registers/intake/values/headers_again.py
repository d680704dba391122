"""Rows that repeat the headers among the records, as printed tables and sheets that were joined have them.

Such a row is no record. It is told as what it is: its cells alone look like wrong dates and numbers.
"""

import pandas as pd

from enclave.base import paths
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading

PROBLEM = "repeats the headers, so it is no record"
# fewest cells of a row that hold their own header
CELLS = 2


def without(reading: Reading, raw: pd.DataFrame) -> pd.DataFrame:
    """The records without the rows that repeat the headers, which are noted as problems.

    raw : the cells of the file; the index is the data row
    """
    headers = {name: header for name, header in reading.used.headers.items() if name in raw}
    same = {name: _same(raw[name], header) for name, header in headers.items()}
    found = sum(same.values(), start=pd.Series(0, index=raw.index)) >= CELLS
    if not found.any():
        return raw
    name = next(name for name in headers if same[name][found].iloc[0])
    line = f'drop_rows: {{{name}: "{headers[name].strip()}"}}'
    reading.note(None, raw.index[found], None, PROBLEM, f"In {paths.DELIVERY_MAP}, under {reading.table}: `{line}`.")
    return raw[~found]


def _same(cells: pd.Series, header: str) -> pd.Series:
    """1 for each cell that holds the header of its column, else 0."""
    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells):
        return pd.Series(0, index=cells.index)
    return (cell_types.written(cells) == header).fillna(False).astype("int64")
