"""The map of a delivery, `map.yml`: how the delivered files differ from the codebook.

`data/licensed/README.md` describes the file for its users. One section per table says which files hold it, how they
are written, which headers its columns have, and what its codes mean.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake.delivery import yaml_lines
from enclave_registers.intake.delivery.yaml_lines import Entry
from enclave_registers.intake.values import cell_types
from enclave_registers.schema import TABLES, metadata

KEYS = ["files", "encoding", "delimiter", "columns", "absent", "values", "date_format", "units"]
IGNORE = "ignore"
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "utf-16": "utf-16",
}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
# days that a format with a two-digit year, or with day and month in the wrong order, would not give back
TRIAL_DAYS = [datetime(1968, 11, 23), datetime(2001, 2, 3)]


@dataclass(frozen=True)
class Unit:
    """A delivered unit: `times` / `per` of the unit in the schema. Both are whole, so that decimals stay exact."""

    times: int = 1
    per: int = 1

    def converted(self, values: pd.Series) -> pd.Series:
        """The amounts in the unit of the schema, each the nearest double to the exact quotient."""
        return values * self.times / self.per


BY_TEN_THOUSAND = Unit(per=10_000)
# unit of the schema -> delivered unit
UNITS: dict[str, dict[str, Unit]] = {
    "10,000 persons": {"persons": BY_TEN_THOUSAND, "人": BY_TEN_THOUSAND, "10,000 persons": Unit(), "万人": Unit()},
    "10,000 yuan": {
        "yuan": BY_TEN_THOUSAND,
        "元": BY_TEN_THOUSAND,
        "10,000 yuan": Unit(),
        "万元": Unit(),
        "million yuan": Unit(times=100),
        "百万元": Unit(times=100),
        "100 million yuan": Unit(times=10_000),
        "亿元": Unit(times=10_000),
    },
    "10,000 users": {"users": BY_TEN_THOUSAND, "户": BY_TEN_THOUSAND, "10,000 users": Unit(), "万户": Unit()},
    "beds": {"beds": Unit(), "张": Unit(), "10,000 beds": Unit(times=10_000), "万张": Unit(times=10_000)},
    "10,000 tonnes": {"tonnes": BY_TEN_THOUSAND, "吨": BY_TEN_THOUSAND, "10,000 tonnes": Unit(), "万吨": Unit()},
    "hectare": {
        "square metre": BY_TEN_THOUSAND,
        "平方米": BY_TEN_THOUSAND,
        "hectare": Unit(),
        "公顷": Unit(),
        "mu": Unit(per=15),
        "亩": Unit(per=15),
        "square kilometre": Unit(times=100),
        "平方公里": Unit(times=100),
    },
}


@dataclass(frozen=True)
class TableMap:
    """What the map says about one table. The defaults are those of the codebook.

    in_map_folder : whether the folder has a map at all
    files : patterns of the table's files
    columns : our column -> delivered header
    absent : columns that were not delivered
    values : our column -> delivered code -> our value
    dates : our column -> format of its dates
    amounts : our column -> delivered unit
    """

    in_map_folder: bool = False
    files: tuple[Entry, ...] = ()
    encoding: str | None = None
    delimiter: str = ","
    columns: dict[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    amounts: dict[str, Unit] = field(default_factory=dict)

    def lists(self, file: str) -> bool:
        """Whether the map lists this file by its full name, not by a pattern."""
        return any(entry.text() == file for entry in self.files)

    def key(self) -> str:
        """All that decides how a file is read, as one text: equal keys lead to equal tables."""
        absent = sorted(self.absent)
        return repr((self.encoding, self.delimiter, self.columns, absent, self.values, self.dates, self.amounts))


@dataclass(frozen=True)
class DeliveryMap:
    """A map that was parsed: its sections by table. `exists` is false for a folder without a map."""

    exists: bool = False
    sections: dict[str, Entry] = field(default_factory=dict)

    def ignored(self) -> list[Entry]:
        """Patterns of files that belong to no table. Raises InputError if they are not a text or a list."""
        return self.sections[IGNORE].texts() if IGNORE in self.sections else []

    def of_table(self, table: str) -> TableMap:
        """What the map says about a table. Raises InputError with line and key for what it must not say."""
        if table not in self.sections:
            return TableMap(in_map_folder=self.exists)
        given, schema = self.sections[table].known(KEYS, "key"), TABLES[table]
        columns = _columns(given, schema)
        return TableMap(
            in_map_folder=True,
            files=tuple(given["files"].texts()) if "files" in given else (),
            encoding=_encoding(given),
            delimiter=_delimiter(given),
            columns=columns,
            absent=_absent(given, schema, columns),
            values=_values(given, schema),
            dates=_dates(given, schema),
            amounts=_amounts(given, schema),
        )


def read(folder: Path) -> DeliveryMap:
    """The map of a folder. Raises InputError for a file that cannot be read, and for an unknown table."""
    path = paths.delivery_map(folder)
    if not path.is_file():
        return DeliveryMap()
    return DeliveryMap(True, yaml_lines.read(path).known([*TABLES, IGNORE], "table"))


def _encoding(given: dict[str, Entry]) -> str | None:
    if "encoding" not in given:
        return None
    found = ENCODINGS.get(given["encoding"].text().lower())
    if found is None:
        raise given["encoding"].error("is unknown", f"Choose one of {', '.join(ENCODINGS)}.")
    return found


def _delimiter(given: dict[str, Entry]) -> str:
    entry = given.get("delimiter")
    if entry is None:
        return ","
    sign = DELIMITERS.get(entry.text().lower(), entry.text())
    if len(sign) != 1 or sign.isalnum() or sign == '"':
        remedy = f"Give one character in double quotes, or {', '.join(DELIMITERS)}."
        raise entry.error("is not a single character", remedy)
    return sign


def _columns(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, str]:
    entries = given["columns"].known(schema.columns, "column of the schema") if "columns" in given else {}
    taken: dict[str, str] = {}
    for name, entry in entries.items():
        header = entry.text()
        if not header:
            raise entry.error("has no header", f"Write the header after the colon, or list {name} under absent.")
        if header in taken:
            raise entry.error(f'has the same header as {taken[header]}, "{header}"', "Give each column its own header.")
        taken[header] = name
    return {name: entry.text() for name, entry in entries.items()}


def _absent(given: dict[str, Entry], schema: pa.DataFrameSchema, columns: dict[str, str]) -> frozenset[str]:
    entries = given["absent"].texts() if "absent" in given else []
    for entry in entries:
        name = entry.text()
        if name not in schema.columns:
            raise entry.error(f"{name} is an unknown column of the schema", f"Choose from {', '.join(schema.columns)}.")
        if not schema.columns[name].nullable or name in columns:
            reason = "has a header under columns" if name in columns else "must not be empty"
            raise entry.error(f"{name} cannot be absent: it {reason}", "Deliver the column, or correct the map.")
    return frozenset(entry.text() for entry in entries)


def _values(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, dict[str, str]]:
    entries = given["values"].known(schema.columns, "column of the schema") if "values" in given else {}
    for name, entry in entries.items():
        for ours in entry.names().values():
            _check_value(ours, schema.columns[name])
    return {name: {code: ours.text() for code, ours in entry.names().items()} for name, entry in entries.items()}


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


def _dates(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, str]:
    if "date_format" not in given:
        return {}
    dates = [name for name, column in schema.columns.items() if str(column.dtype).startswith("datetime64")]
    entry = given["date_format"]
    is_for_all = isinstance(entry.content, str)
    entries = dict.fromkeys(dates, entry) if is_for_all else entry.known(dates, "column of dates")
    if not dates:
        raise entry.error("is given for a table without dates", "Remove the key.")
    return {name: _format(entry) for name, entry in entries.items()}


def _format(entry: Entry) -> str:
    form = entry.text()
    valid = "%Y" in form  # Python warns about a format without a year, and from 3.15 refuses it
    try:
        valid = valid and all(datetime.strptime(day.strftime(form), form) == day for day in TRIAL_DAYS)
    except ValueError:
        valid = False
    if not valid:
        remedy = 'Write day, month and four-digit year as in "%d.%m.%Y" or "%Y%m%d".'
        raise entry.error("is not a format of a complete date", remedy)
    return form


def _amounts(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, Unit]:
    ours = {name: metadata(column).get("unit", "") for name, column in schema.columns.items()}
    units = {name: UNITS[unit] for name, unit in ours.items() if unit in UNITS}
    entries = given["units"].known(list(units), "column with a unit") if "units" in given else {}
    for name, entry in entries.items():
        if entry.text() not in units[name]:
            raise entry.error("is an unknown unit", f"Choose one of {'; '.join(units[name])}.")
    return {name: units[name][entry.text()] for name, entry in entries.items()}
