"""The checks of single records: types, the rules of the schema, known codes."""

import pandas as pd
import pandera.pandas as pa

from enclave_registers.intake import apply_map, cells, place_codes
from enclave_registers.intake.input_files import Part
from enclave_registers.intake.problems import Faults

EMPTY = "the cell is empty"
FILL = "Fill it in, or remove the record: the column may have no gaps."


def typed(part: Part, raw: pd.DataFrame, schema: pa.DataFrameSchema, faults: Faults) -> pd.DataFrame:
    """The columns in schema order and canonical types; wrong cells and those against a rule are noted in `faults`."""
    raw = apply_map.canonical(part, raw, schema, faults)
    columns, told = {}, {}
    for name, column in schema.columns.items():
        made = cells.typed(raw[name], column)
        faults.add(part, name, raw.index[made.wrong], _first(raw[name], made.wrong), made.problem, made.remedy)
        gaps = cells.gaps(raw[name]) if made.values.dtype == "int64" else made.wrong & False
        faults.add(part, name, raw.index[gaps], None, EMPTY, FILL)
        columns[name], told[name] = made.values, made.wrong | gaps
    frame = pd.DataFrame(columns, index=raw.index)
    _against_rules(part, frame, schema, told, faults)
    return apply_map.converted(part, frame)


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
                remedy = rule.description + apply_map.remedy(part, name)
            faults.add(part, name, found["index"].to_numpy(), value, problem, remedy)


def _first_case(found: pd.DataFrame):
    """The offending value, a date without its time."""
    return str(found["failure_case"].iloc[0]).removesuffix(" 00:00:00") if len(found) else None


def places(table: str, part: Part, frame: pd.DataFrame, faults: Faults) -> None:
    """Note city and county codes, and cities of the yearbook, that the facts do not know."""
    for case in place_codes.unknown(table, frame):
        value = _first(frame[case.column], case.wrong)
        faults.add(part, case.column, frame.index[case.wrong], value, case.problem, case.remedy)
