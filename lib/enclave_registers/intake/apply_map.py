"""From the codes, dates and units of a delivery to those of the schema, as its map says."""

import pandas as pd
import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake import cells
from enclave_registers.intake.input_files import Part
from enclave_registers.intake.problems import Faults

NAME = paths.DELIVERY_MAP


def canonical(part: Part, raw: pd.DataFrame, schema: pa.DataFrameSchema, faults: Faults) -> pd.DataFrame:
    """The cells of one frame with our codes, dates as ISO text, and empty columns for those that are absent.

    A date that does not fit the format of the map is noted in `faults`. Without a map the frame is returned as it is.
    """
    columns = {name: raw[name] for name in raw}
    for name in part.map.absent:
        columns[name] = pd.Series(None, index=raw.index, dtype="str")
    for name, codes in part.map.values.items():
        columns[name] = _decoded(columns[name], codes, schema.columns[name])
    for name, form in part.map.dates.items():
        columns[name] = _dates(part, columns[name], form, faults)
    return pd.DataFrame(columns, index=raw.index)


def converted(part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """The typed frame with the amounts in the units of the schema."""
    amounts = {name: unit.converted(frame[name]) for name, unit in part.map.amounts.items()}
    return frame.assign(**amounts)


def remedy(part: Part, column: str) -> str:
    """What to add to the remedy for a value that is not allowed: the map can translate it."""
    return f" Or translate the code in {NAME}, under values, {column}." if part.map.listed else ""


def _decoded(values: pd.Series, codes: dict[str, str], column: pa.Column) -> pd.Series:
    """Our value for each cell that is a code of the map (white space around it aside); other cells stay."""
    if column.metadata.get("zeros") and pd.api.types.is_numeric_dtype(values):
        return values
    text = cells.plain(values)
    ours = {code: value or None for code, value in codes.items()}
    coded = text.str.strip()
    return text.mask(coded.isin(list(ours)), coded.map(ours)).astype("str")


def _dates(part: Part, values: pd.Series, form: str, faults: Faults) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    text = cells.plain(values)
    days = pd.to_datetime(text.str.strip(), format=form, errors="coerce")
    wrong = text.notna() & days.isna()
    first = text[wrong].iloc[0] if wrong.any() else None
    told = f"Correct the cell, or the date_format in {NAME}."
    faults.add(part, str(values.name), values.index[wrong], first, f"does not fit the date format {form}", told)
    return days.dt.strftime("%Y-%m-%d").astype("str")
