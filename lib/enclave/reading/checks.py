"""The checks of a table: types, the rules of its schema, known codes, and keys."""

import pandas as pd
import pandera.pandas as pa

from enclave.reading import cells, codes, translate
from enclave.reading.faults import Faults
from enclave.reading.parts import Part

EMPTY = "the cell is empty"
FILL = "Fill it in, or remove the record: the column may have no gaps."


def typed(part: Part, raw: pd.DataFrame, schema: pa.DataFrameSchema, faults: Faults) -> pd.DataFrame:
    """The columns in schema order and canonical types; wrong cells and those against a rule are noted in `faults`."""
    raw = translate.canonical(part, raw, schema, faults)
    columns, told = {}, {}
    for name, column in schema.columns.items():
        made = cells.typed(raw[name], column)
        faults.add(part, name, raw.index[made.wrong], _first(raw[name], made.wrong), made.problem, made.remedy)
        gaps = cells.gaps(raw[name]) if made.values.dtype == "int64" else made.wrong & False
        faults.add(part, name, raw.index[gaps], None, EMPTY, FILL)
        columns[name], told[name] = made.values, made.wrong | gaps
    frame = pd.DataFrame(columns, index=raw.index)
    _against_rules(part, frame, schema, told, faults)
    return translate.converted(part, frame)


def _first(values: pd.Series, marked: pd.Series):
    return values[marked].iloc[0] if marked.any() else None


def _against_rules(part: Part, frame: pd.DataFrame, schema: pa.DataFrameSchema, told: dict, faults: Faults) -> None:
    """Note the cells that break a rule of the schema, but for those told already."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        cases = broken.failure_cases
        for (name, check), found in cases.groupby(["column", "check"], sort=False):
            found = found[~found["index"].isin(frame.index[told[name]])].sort_values("index")
            value, problem, remedy = None, EMPTY, FILL
            if check != "not_nullable":
                rule = next(rule for rule in schema.columns[name].checks if rule.error == check)
                value, problem = _first_case(found), rule.error
                remedy = rule.description + translate.remedy(part, name)
            faults.add(part, name, found["index"], value, problem, remedy)


def _first_case(found: pd.DataFrame):
    """The offending value, a date without its time."""
    return str(found["failure_case"].iloc[0]).removesuffix(" 00:00:00") if len(found) else None


def places(table: str, part: Part, frame: pd.DataFrame, faults: Faults) -> None:
    """Note city and county codes, and cities of the yearbook, that the facts do not know."""
    for case in codes.unknown(table, frame):
        value = _first(frame[case.column], case.wrong)
        faults.add(part, case.column, frame.index[case.wrong], value, case.problem, case.remedy)


def keys(table: str, schema: pa.DataFrameSchema, frame: pd.DataFrame, sources: pd.DataFrame, parts, faults) -> None:
    """Note records whose key another record has: any where the table allows no repeats, else those that differ.

    `sources` says for each record of `frame` its part (a number, from 1) and its data row there.
    """
    key = schema.metadata["key"]
    if not key:
        return
    names = frame[key].assign(city=codes.city_keys(frame["city"])) if table == "yearbook" else frame[key]
    names = names[names.duplicated(keep=False)]
    if schema.metadata["repeats"]:
        names = names.loc[frame.loc[names.index].drop_duplicates().index]
    second = names[names.duplicated()].index
    if len(second):
        first = names.index[(names == names.loc[second[0]]).all(axis=1)][0]
        _note_key(schema, frame.loc[second[0], key], sources.loc[[first, *second]], parts, faults)


def _note_key(schema: pa.DataFrameSchema, value: pd.Series, sources: pd.DataFrame, parts: list[Part], faults) -> None:
    """The first of `sources` is where the key stands first, the others are the faults."""
    key, (first_part, first_row), second_part = list(value.index), sources.iloc[0], sources["part"].iloc[1]
    told = ", ".join(f"{column} {cell}" for column, cell in value.items())
    differs = ", with other content" if schema.metadata["repeats"] else ""
    problem = f"stands twice as a key: first in {parts[first_part - 1].name}, data row {first_row}{differs}"
    remedy = f"Keep one record for each {' and '.join(key)}."
    faults.add(parts[second_part - 1], ", ".join(key), sources["row"].iloc[1:], told, problem, remedy)
