"""How a delivery differs from the codebook: the map that its holder may put beside the files, read and checked.

`data/licensed/README.md` describes the file for its users. One part per table says which files hold it, how they are
written, under which headers the columns stand, and what their codes mean.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from enclave.base import paths
from enclave_registers.intake import cells, units
from enclave_registers.intake.yaml_entries import Entry, read
from enclave_registers.schema import TABLES

KEYS = ["files", "encoding", "delimiter", "columns", "absent", "values", "date_format", "units"]
IGNORE = "ignore"
ENCODINGS = {
    **{"utf-8": "utf-8-sig", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"},
    **{"big5": "big5", "utf-16": "utf-16"},
}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
# days that a two-digit year, or month and day in each other's place, would not survive
TRIAL_DAYS = [datetime(1968, 11, 23), datetime(2001, 2, 3)]


@dataclass(frozen=True)
class TableMap:
    """What the map says of one table; the defaults are those of the codebook.

    `listed` tells whether the folder has a map at all. `files` are the patterns of the table's files, `absent` the
    columns that the delivery lacks. `columns` leads from canonical names to delivered headers, `values` from column and
    delivered code to ours, `dates` from column to format, `amounts` from column to delivered unit.
    """

    listed: bool = False
    files: tuple[Entry, ...] = ()
    encoding: str | None = None
    delimiter: str = ","
    columns: dict[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    amounts: dict[str, units.Unit] = field(default_factory=dict)

    def names(self, file: str) -> bool:
        """Whether the file is named in full, and not by a pattern."""
        return any(entry.text() == file for entry in self.files)

    def reading(self) -> str:
        """All that it says of how a file is read, as one text: equal texts lead to equal tables."""
        told = (self.encoding, self.delimiter, self.columns, sorted(self.absent), self.values, self.dates, self.amounts)
        return repr(told)


def exists(folder: Path) -> bool:
    """Whether the folder has a map."""
    return paths.delivery_map(folder).is_file()


def sections(folder: Path) -> dict[str, Entry]:
    """The parts of the map of a folder by table, none without a map. Raises InputError for an unknown table."""
    if not exists(folder):
        return {}
    return read(paths.delivery_map(folder)).known([*TABLES, IGNORE], "table")


def ignored(folder: Path) -> list[Entry]:
    """Patterns of files that belong to no table."""
    every = sections(folder)
    return every[IGNORE].texts() if IGNORE in every else []


def of_table(table: str, folder: Path) -> TableMap:
    """What the map of the folder says of a table. Raises InputError with line and key for what it may not say."""
    section = sections(folder).get(table)
    if section is None:
        return TableMap(listed=exists(folder))
    given, schema = section.known(KEYS, "key"), TABLES[table]
    columns = _columns(given, schema)
    return TableMap(
        listed=True,
        files=tuple(given["files"].texts()) if "files" in given else (),
        encoding=_choice(given, "encoding", ENCODINGS),
        delimiter=_delimiter(given),
        columns=columns,
        absent=_absent(given, schema, columns),
        values=_values(given, schema),
        dates=_dates(given, schema),
        amounts=_amounts(given, schema),
    )


def _choice(given: dict[str, Entry], key: str, choices: dict[str, str]) -> str | None:
    if key not in given:
        return None
    found = choices.get(given[key].text().lower())
    if found is None:
        raise given[key].fault("is not known here", f"Choose one of {', '.join(choices)}.")
    return found


def _delimiter(given: dict[str, Entry]) -> str:
    entry = given.get("delimiter")
    if entry is None:
        return ","
    sign = DELIMITERS.get(entry.text().lower(), entry.text())
    if len(sign) != 1 or sign.isalnum() or sign == '"':
        raise entry.fault("is no single sign", f"Give one sign in double quotes, or {', '.join(DELIMITERS)}.")
    return sign


def _columns(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, str]:
    entries = given["columns"].known(schema.columns, "column of the schema") if "columns" in given else {}
    taken: dict[str, str] = {}
    for name, entry in entries.items():
        header = entry.text()
        if not header:
            raise entry.fault("names no header", f"Write the header behind it, or list {name} under absent.")
        if header in taken:
            raise entry.fault(f'leads to the header of {taken[header]}, "{header}"', "Give each column its own header.")
        taken[header] = name
    return {name: entry.text() for name, entry in entries.items()}


def _absent(given: dict[str, Entry], schema: pa.DataFrameSchema, columns: dict[str, str]) -> frozenset[str]:
    entries = given["absent"].texts() if "absent" in given else []
    for entry in entries:
        name = entry.text()
        if name not in schema.columns:
            raise entry.fault(f"{name} is an unknown column of the schema", f"Choose from {', '.join(schema.columns)}.")
        if not schema.columns[name].nullable or name in columns:
            reason = "has a header under columns" if name in columns else "may have no gaps"
            raise entry.fault(f"{name} cannot be absent: it {reason}", "Deliver the column, or correct the map.")
    return frozenset(entry.text() for entry in entries)


def _values(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, dict[str, str]]:
    entries = given["values"].known(schema.columns, "column of the schema") if "values" in given else {}
    for name, entry in entries.items():
        for ours in entry.names().values():
            _refuse_value(ours, schema.columns[name])
    return {name: {code: ours.text() for code, ours in entry.names().items()} for name, entry in entries.items()}


def _refuse_value(entry: Entry, column: pa.Column) -> None:
    """A value that the column could not hold is refused here, since it stands in the map and not in the files."""
    if entry.text() == "":
        if column.nullable:
            return
        raise entry.fault("leads to an empty cell, which the column may not have", "Give a value.")
    made = cells.typed(cells.texts([entry.text()]), column)
    broken = [(made.problem, made.remedy)] if made.wrong.any() else _against(made.values, column)
    if broken:
        raise entry.fault(f'leads to "{entry.text()}", which {broken[0][0]}', broken[0][1])


def _against(values: pd.Series, column: pa.Column) -> list[tuple[str, str]]:
    return [(rule.error, rule.description) for rule in column.checks if not rule(values).check_passed]


def _dates(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, str]:
    if "date_format" not in given:
        return {}
    days = [name for name, column in schema.columns.items() if str(column.dtype).startswith("datetime64")]
    entry = given["date_format"]
    one = isinstance(entry.content, str)
    entries = dict.fromkeys(days, entry) if one else entry.known(days, "column of dates")
    if not days:
        raise entry.fault("stands at a table without dates", "Remove the key.")
    return {name: _format(entry) for name, entry in entries.items()}


def _format(entry: Entry) -> str:
    form = entry.text()
    sound = "%Y" in form  # Python warns of a format without a year, and from 3.15 refuses it
    try:
        sound = sound and all(datetime.strptime(day.strftime(form), form) == day for day in TRIAL_DAYS)
    except ValueError:
        sound = False
    if not sound:
        remedy = 'Write day, month and four-digit year as in "%d.%m.%Y" or "%Y%m%d".'
        raise entry.fault("is no format that holds a whole date", remedy)
    return form


def _amounts(given: dict[str, Entry], schema: pa.DataFrameSchema) -> dict[str, units.Unit]:
    kinds = {name: column.metadata.get("unit") for name, column in schema.columns.items()}
    amounts = [name for name, unit in kinds.items() if unit in units.KNOWN]
    entries = given["units"].known(amounts, "column with a unit") if "units" in given else {}
    for name, entry in entries.items():
        if entry.text() not in units.KNOWN[kinds[name]]:
            raise entry.fault("is an unknown unit", f"Choose one of {'; '.join(units.KNOWN[kinds[name]])}.")
    return {name: units.KNOWN[kinds[name]][entry.text()] for name, entry in entries.items()}
