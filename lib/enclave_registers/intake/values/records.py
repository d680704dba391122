"""Raw records to typed ones: codes and dates of the map, then types, the rules of the schema, units, and places."""

import pandas as pd
import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake.values import adjustments, cell_types, no_value, places, spellings
from enclave_registers.intake.values.problems import Reading
from enclave_registers.schema import metadata

EMPTY = "the cell is empty"
FILL = "Fill it in, or remove the record: the column must not be empty."


def typed(reading: Reading, raw: pd.DataFrame) -> pd.DataFrame:
    """The columns of the schema in its order, types and units. Wrong cells are noted as problems of `reading`.

    raw : the records as they are in the file, under our column names; the index is the data row
    """
    raw = _translated(reading, raw)
    columns, wrong = {}, {}
    for name, column in reading.schema.columns.items():
        made = cell_types.typed(raw[name], column)
        reading.note(name, raw.index[made.wrong], _first(raw[name], made.wrong), made.problem, made.remedy)
        # whole numbers have no missing value
        empty = cell_types.empty(raw[name]) if made.values.dtype == "int64" else made.wrong & False
        reading.note(name, raw.index[empty], None, EMPTY, FILL)
        _count(reading, name, made.adjusted)
        columns[name], wrong[name] = made.values, made.wrong | empty
    frame = _in_usual_spelling(reading, pd.DataFrame(columns, index=raw.index))
    _check_rules(reading, frame, wrong)
    frame = frame.assign(**{name: unit.converted(frame[name]) for name, unit in reading.map.amounts.items()})
    _check_places(reading, frame)
    return frame


def _count(reading: Reading, column: str, adjusted: dict[str, int]) -> None:
    for kind, cells in adjusted.items():
        reading.adjustments.add(column, kind, cells)


def _in_usual_spelling(reading: Reading, frame: pd.DataFrame) -> pd.DataFrame:
    """Places and industry codes as the cleaning knows them; cells that mean nothing known do not change."""
    found = spellings.usual(reading.table, frame)
    for column, made in found.items():
        reading.adjustments.add(column, made.kind, made.changed)
    frame = frame.assign(**{column: made.values for column, made in found.items()})
    if reading.table == "land":
        _count(reading, "county_code", places.city_plots(frame))
    return frame


def _first(values: pd.Series, marked: pd.Series):
    return values[marked].iloc[0] if marked.any() else None


def _translated(reading: Reading, raw: pd.DataFrame) -> pd.DataFrame:
    """The raw cells with our codes, dates of the map as dates, and empty columns for absent ones. No map: no change."""
    columns = {name: raw[name] for name in raw}
    for name in reading.map.absent:
        columns[name] = pd.Series(None, index=raw.index, dtype="str")
    for name, codes in reading.map.values.items():
        columns[name] = _decoded(columns[name], codes, reading.schema.columns[name])
    for name, form in reading.map.dates.items():
        columns[name] = _dates_of_map(reading, columns[name], form)
    return pd.DataFrame(columns, index=raw.index)


def _decoded(values: pd.Series, codes: dict[str, str], column: pa.Column) -> pd.Series:
    """Our value for each cell that is a code of the map, without white space around it. Other cells do not change."""
    if metadata(column).get("zeros") and pd.api.types.is_numeric_dtype(values):
        return values
    text = cell_types.written(values)
    ours = {code: value or None for code, value in codes.items()}
    coded = text.str.strip()
    return text.mask(coded.isin(list(ours)), coded.map(ours)).astype("str")


def _dates_of_map(reading: Reading, values: pd.Series, form: str) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    text, words = no_value.emptied(cell_types.written(values))
    reading.adjustments.add(str(values.name), adjustments.WORD, words)
    days = pd.to_datetime(text.str.strip(), format=form, errors="coerce")
    wrong = text.notna() & days.isna()
    problem = f"does not match the date format {form}"
    remedy = f"Correct the cell, or the date_format in {paths.DELIVERY_MAP}."
    reading.note(str(values.name), values.index[wrong], _first(text, wrong), problem, remedy)
    return days.astype("datetime64[s]")


def _check_rules(reading: Reading, frame: pd.DataFrame, wrong: dict[str, pd.Series]) -> None:
    """Note the cells that violate a rule of the schema, except those already noted as `wrong`."""
    try:
        reading.schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as violated:
        cases = violated.failure_cases
        for (name, check), cells in cases.groupby(["column", "check"], sort=False):
            found = cells[~cells["index"].isin(frame.index[wrong[name]])].sort_values("index")
            value, problem, remedy = None, EMPTY, FILL
            if check == "not_nullable":
                found = found[~found["index"].isin(frame.index[places.without_use(reading.table, frame)])]
            else:
                rule = next(rule for rule in reading.schema.columns[name].checks if rule.error == check)
                value, problem, remedy = _first_case(found), rule.error, rule.description + _or_translate(reading, name)
            reading.note(name, found["index"].to_numpy(), value, problem, remedy)


def _first_case(found: pd.DataFrame):
    """The first wrong value, a date without its time."""
    return str(found["failure_case"].iloc[0]).removesuffix(" 00:00:00") if len(found) else None


def _or_translate(reading: Reading, column: str) -> str:
    in_map = f" Or translate the code in {paths.DELIVERY_MAP}, under values, {column}."
    return in_map if reading.map.in_map_folder else ""


def _check_places(reading: Reading, frame: pd.DataFrame) -> None:
    """Note codes of cities and counties, and cities of the yearbook, that the facts do not have."""
    for found in places.unknown(reading.table, frame):
        value = _first(frame[found.column], found.wrong)
        reading.note(found.column, frame.index[found.wrong], value, found.problem, found.remedy)
