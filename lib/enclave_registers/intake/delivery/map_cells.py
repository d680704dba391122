"""What a map says about columns and cells: headers, codes, dates, units, gaps, and records to leave out."""

import re
from typing import Any

import pandas as pd
import pandera.pandas as pa

from enclave_registers.intake.delivery import date_formats
from enclave_registers.intake.delivery.table_map import STOP, Place, UnitsOfYears
from enclave_registers.intake.delivery.units import UNITS, Unit
from enclave_registers.intake.delivery.yaml_lines import Entry
from enclave_registers.intake.values import cell_types
from enclave_registers.schema import metadata

PLOT_NUMBER = "supervision_number"
THOUSANDS = {"comma": ",", "space": " ", "apostrophe": "'"}
KEYS = [
    *("columns", "absent", "sums", "first_of", "drop_rows", "values", "fill_down", "footnotes", "thousands"),
    *("date_format", "units", "by_year", "number_plots"),
]


def parsed(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, Any]:
    """The fields of a TableMap that the keys of this module give. Raises InputError for what they must not say."""
    readers: dict[str, tuple[str, Any]] = {
        "columns": ("columns", lambda entry: _columns(entry, schema)),
        "sums": ("sums", lambda entry: _sums(entry, schema)),
        "first_of": ("first_of", lambda entry: _first_of(entry, schema)),
        "values": ("values", lambda entry: _values(entry, schema)),
        "drop_rows": ("drop_rows", _drop_rows),
        "fill_down": ("fill_down", lambda entry: _listed_columns(entry, list(schema.columns))),
        "footnotes": ("footnotes", lambda entry: _listed_columns(entry, list(schema.columns))),
        "thousands": ("thousands", lambda entry: _thousands(entry, schema)),
        "date_format": ("dates", lambda entry: _dates(entry, schema)),
        "units": ("amounts", lambda entry: _amounts(entry, schema)),
        "by_year": ("by_year", lambda entry: _by_year(entry, schema)),
        "number_plots": ("number_plots", lambda entry: _number_plots(entry, schema)),
    }
    made = {field: read(given[key]) for key, (field, read) in readers.items() if key in given}
    if "absent" in given:
        made["absent"] = _absent(given["absent"], schema, numbered=made.get("number_plots", False))
    return made | {"lines": _lines(given)}


def _columns(entry: Entry, schema: pa.DataFrameSchema) -> dict[str, str]:
    entries = entry.known(schema.columns, "column of the schema")
    taken: dict[str, str] = {}
    for name, one in entries.items():
        header = one.text()
        if not header:
            raise one.error("has no header", f"Write the header after the colon, or list {name} under absent.")
        if header in taken:
            raise one.error(f'has the same header as {taken[header]}, "{header}"', "Give each column its own header.")
        taken[header] = name
    return {name: one.text() for name, one in entries.items()}


def _absent(entry: Entry, schema: pa.DataFrameSchema, *, numbered: bool) -> frozenset[str]:
    for one in entry.texts():
        name = one.text()
        if name not in schema.columns:
            raise one.error(f"{name} is an unknown column of the schema", f"Choose from {', '.join(schema.columns)}.")
        if name == PLOT_NUMBER and not numbered:
            remedy = "Write `number_plots: yes` if your plots have no numbers."
            raise one.error(f"{name} cannot be absent: it must not be empty", remedy)
        if not schema.columns[name].nullable and name != PLOT_NUMBER:
            raise one.error(f"{name} cannot be absent: it must not be empty", "Deliver the column, or correct the map.")
    return frozenset(one.text() for one in entry.texts())


def _sums(entry: Entry, schema: pa.DataFrameSchema) -> dict[str, dict[str, Unit | None]]:
    units = _units_by_column(schema)
    return {name: _parts(one, units[name]) for name, one in entry.known(list(units), "column with a unit").items()}


def _parts(entry: Entry, units: dict[str, Unit]) -> dict[str, Unit | None]:
    """The headers of the columns to add, with their units if they are given."""
    if isinstance(entry.content, dict):
        found: dict[str, Unit | None] = {name: _unit(one, units) for name, one in entry.content.items()}
    else:
        found = dict.fromkeys(one.text() for one in entry.texts())
    if len(found) < 2:
        raise entry.error("has fewer than two headers to add", "List the headers, as in [固定电话, 移动电话].")
    return found


def _first_of(entry: Entry, schema: pa.DataFrameSchema) -> dict[str, tuple[str, ...]]:
    entries = entry.known(schema.columns, "column of the schema")
    return {name: tuple(part.text() for part in one.texts()) for name, one in entries.items()}


def _drop_rows(entry: Entry) -> dict[str, tuple[str, ...]]:
    return {name: tuple(one.text() for one in _texts_or_empty(one)) for name, one in entry.names().items()}


def _texts_or_empty(entry: Entry) -> list[Entry]:
    """As `Entry.texts`; an empty text is allowed, since it stands for an empty cell."""
    if isinstance(entry.content, dict):
        raise entry.error("must be a single text or a list", 'Write one value, or several as [全国, ""].')
    return [entry] if isinstance(entry.content, str) else entry.content


def _values(entry: Entry, schema: pa.DataFrameSchema) -> dict[str, dict[str, str]]:
    entries = entry.known(schema.columns, "column of the schema")
    for name, one in entries.items():
        for ours in one.names().values():
            _check_value(ours, schema.columns[name])
    return {name: {code: ours.text() for code, ours in one.names().items()} for name, one in entries.items()}


def _check_value(entry: Entry, column: pa.Column) -> None:
    """Refuse a value that the column cannot hold. The error is in the map, so no data file is named."""
    if entry.text() == "":
        if column.nullable:
            return
        raise entry.error("gives an empty cell, which the column does not allow", "Give a value.")
    typed = cell_types.typed(cell_types.texts([entry.text()]), column)
    wrong = [(typed.problem, typed.remedy)] if typed.wrong.any() else _violated(typed.values, column)
    if wrong:
        raise entry.error(f'gives "{entry.text()}", which {wrong[0][0]}', wrong[0][1])


def _violated(values: pd.Series, column: pa.Column) -> list[tuple[str, str]]:
    return [(rule.error, rule.description) for rule in column.checks or [] if not rule(values).check_passed]


def _listed_columns(entry: Entry, columns: list[str]) -> tuple[str, ...]:
    for one in entry.texts():
        if one.text() not in columns:
            raise one.error(f"{one.text()} is an unknown column of the schema", f"Choose from {', '.join(columns)}.")
    return tuple(one.text() for one in entry.texts())


def _thousands(entry: Entry, schema: pa.DataFrameSchema) -> str:
    sign = THOUSANDS.get(entry.text().lower(), entry.text())
    if sign not in THOUSANDS.values():
        raise entry.error("is not a sign between thousands", f"Choose one of {', '.join(THOUSANDS)}.")
    if not _units_by_column(schema):
        raise entry.error("is given for a table without amounts", "Remove the key.")
    return sign


def _dates(entry: Entry, schema: pa.DataFrameSchema) -> dict[str, tuple[str, ...]]:
    dates = [name for name, column in schema.columns.items() if str(column.dtype).startswith("datetime64")]
    is_for_all = not isinstance(entry.content, dict)
    entries = dict.fromkeys(dates, entry) if is_for_all else entry.known(dates, "column of dates")
    if not dates:
        raise entry.error("is given for a table without dates", "Remove the key.")
    return {name: tuple(_format(form) for form in one.texts()) for name, one in entries.items()}


def _format(entry: Entry) -> str:
    if not date_formats.is_valid(entry.text()):
        words = ", ".join(date_formats.WORDS)
        remedy = f'Write day, month and four-digit year as in "%d.%m.%Y" or "%Y%m%d", "%Y" for a year, or {words}.'
        raise entry.error("is not a format of a complete date", remedy)
    return entry.text()


def _units_by_column(schema: pa.DataFrameSchema) -> dict[str, dict[str, Unit]]:
    """Column with a unit -> the units in which it may be delivered."""
    ours = {name: metadata(column).get("unit", "") for name, column in schema.columns.items()}
    return {name: UNITS[unit] for name, unit in ours.items() if unit in UNITS}


def _amounts(entry: Entry, schema: pa.DataFrameSchema) -> dict[str, Unit]:
    units = _units_by_column(schema)
    return {name: _unit(one, units[name]) for name, one in entry.known(list(units), "column with a unit").items()}


def _unit(entry: Entry, units: dict[str, Unit]) -> Unit:
    if entry.text() not in units:
        raise entry.error("is an unknown unit", f"Choose one of {'; '.join(units)}.")
    return units[entry.text()]


def _by_year(entry: Entry, schema: pa.DataFrameSchema) -> tuple[UnitsOfYears, ...]:
    made: list[UnitsOfYears] = []
    for text, one in entry.names().items():
        found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first:
            raise one.error("is no year and no period", "Write 2004 or 2000-2004.")
        if any(first <= other.last and other.first <= last for other in made):
            raise one.error("has a year of another period", "Give periods that have no year in common.")
        own = one.known(["units"], "key of a period")
        made.append(UnitsOfYears(first, last, _amounts(own["units"], schema) if "units" in own else {}))
    return tuple(made)


def _number_plots(entry: Entry, schema: pa.DataFrameSchema) -> bool:
    if PLOT_NUMBER not in schema.columns:
        raise entry.error("is given for a table without plots", "Only the table land has plots.")
    if entry.text().lower() not in ("yes", "true", "no", "false"):
        raise entry.error("is neither yes nor no", "Write `number_plots: yes`.")
    return entry.text().lower() in ("yes", "true")


def _lines(given: dict[str, Entry]) -> dict[Place, Entry]:
    """Each code of `values` and each pattern of `drop_rows`, by column, and `stop_at` as a whole, with its line."""
    values = given["values"].names() if "values" in given else {}
    rows = given["drop_rows"].names() if "drop_rows" in given else {}
    codes = {("values", name, code): one for name, entry in values.items() for code, one in entry.names().items()}
    patterns = {("drop_rows", name, one.text()): one for name, entry in rows.items() for one in _texts_or_empty(entry)}
    ends = {STOP: given[STOP[0]]} if STOP[0] in given else {}
    return codes | patterns | ends


def is_refused(code: str, column: pa.Column) -> bool:
    """Whether a cell with this code would be an error, or no value, if the map did not translate it."""
    typed = cell_types.typed(cell_types.texts([code]), column)
    return bool(typed.wrong.any() or typed.values.isna().any() or _violated(typed.values, column))
