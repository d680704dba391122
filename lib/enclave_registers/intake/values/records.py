"""Raw records to typed ones: codes and dates of the map, then types, the rules of the schema, units, and places."""

import pandas as pd
import pandera.pandas as pa

from enclave_registers.intake.values import cell_types, header_meaning, names, places, spellings, translate
from enclave_registers.intake.values.problems import Reading

EMPTY = "the cell is empty"
FILL = "Fill it in, or remove the record: the column must not be empty."


def typed(reading: Reading, raw: pd.DataFrame) -> pd.DataFrame:
    """The columns of the schema in its order, types and units. Wrong cells are noted as problems of `reading`.

    raw : the records as they are in the file, under our column names; the index is the data row
    """
    raw = translate.translated(reading, raw)
    header_meaning.note(reading, len(raw))
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
    frame = translate.in_our_units(reading, frame)
    _check_places(reading, frame)
    return frame


def _count(reading: Reading, column: str, adjusted: dict[str, int]) -> None:
    for kind, cells in adjusted.items():
        reading.adjustments.add(column, kind, cells)


def _in_usual_spelling(reading: Reading, frame: pd.DataFrame) -> pd.DataFrame:
    """Names, places and industry codes as the cleaning knows them; cells that mean nothing known do not change."""
    for column in names.COLUMNS.get(reading.table, ()):
        values, adjusted = names.plain(frame[column])
        _count(reading, column, adjusted)
        frame = frame.assign(**{column: values}) if adjusted else frame
    found = spellings.usual(reading.table, frame)
    for column, made in found.items():
        reading.adjustments.add(column, made.kind, made.changed)
    frame = frame.assign(**{column: made.values for column, made in found.items()})
    if reading.table == "land":
        _count(reading, "county_code", places.city_plots(frame))
    return frame


def _first(values: pd.Series, marked: pd.Series):
    return values[marked].iloc[0] if marked.any() else None


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
                value, problem, remedy = _first_case(found), rule.error, rule.description
            reading.note(name, found["index"].to_numpy(), value, problem, remedy)


def _first_case(found: pd.DataFrame):
    """The first wrong value, a date without its time."""
    return str(found["failure_case"].iloc[0]).removesuffix(" 00:00:00") if len(found) else None


def _check_places(reading: Reading, frame: pd.DataFrame) -> None:
    """Note codes of cities and counties, and cities of the yearbook, that the facts do not have."""
    for found in places.unknown(reading.table, frame):
        value = _first(frame[found.column], found.wrong)
        reading.note(found.column, frame.index[found.wrong], value, found.problem, found.remedy)
