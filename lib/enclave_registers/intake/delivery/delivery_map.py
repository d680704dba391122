"""The map of a delivery, `map.yml`: how the delivered files differ from the codebook.

`data/licensed/README.md` describes the file for its users. One section per table says which files hold it, how they
are written, which headers its columns have, and what its codes mean.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandera.pandas as pa

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_registers.intake.delivery import map_cells, map_rows, yaml_lines
from enclave_registers.intake.delivery.table_map import TableMap
from enclave_registers.intake.delivery.yaml_lines import Entry
from enclave_registers.schema import INDUSTRY_STANDARDS, TABLES

IGNORE = "ignore"
BY_FILE, STANDARD = "by_file", "from_firms"
# how the files are written, which rows they have, what their columns and cells are
KEYS = ["files", *map_rows.KEYS, *map_cells.KEYS, BY_FILE, STANDARD]
# keys whose names are columns: a file's own entries are added to those of the table
MERGED = ["columns", "sums", "first_of", "values", "drop_rows", "date_format", "units"]
# keys that say where a column comes from
SOURCES = ["columns", "sums", "first_of", "absent"]
YAML = (".yml", ".yaml")
# names under which a map is saved by mistake
MISNAMED = re.compile(r"map(?:[ ._(-].*)?\.(?:ya?ml)(?:\.\w+)?|map\.(?:ya?ml)?(?:\.?txt)", re.IGNORECASE)


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
            return TableMap(in_map_folder=self.exists, has_industry_codes=self._has_codes(table))
        given = self.sections[table].known(KEYS, "key")
        whole = replace(_table_map(table, given), has_industry_codes=self._has_codes(table))
        files = given[BY_FILE].names() if BY_FILE in given else {}
        variants = tuple((entry, _variant(table, given, entry, whole)) for entry in files.values())
        return replace(
            whole,
            files=tuple(given["files"].texts()) if "files" in given else (),
            variants=variants,
            lines=whole.lines | {place: line for _, variant in variants for place, line in variant.lines.items()},
        )

    def _has_codes(self, table: str) -> bool:
        """Whether a table is the firm master and holds the industry codes itself."""
        industries = self.sections.get("industries")
        content = industries.content if industries else None
        return table == "firms" and isinstance(content, dict) and STANDARD in content


def read(folder: Path) -> DeliveryMap:
    """The map of a folder.

    Raises InputError for a map under another name, for a file that cannot be read, and for an unknown table.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    misnamed = [name for name in names if name != paths.DELIVERY_MAP and MISNAMED.fullmatch(name)]
    if not misnamed and paths.DELIVERY_MAP not in names:
        # a map may have any name; beside a map, such a file is the holder's own
        misnamed = [name for name in names if name.lower().endswith(YAML) and not name.startswith(".")]
    if misnamed:
        both = paths.DELIVERY_MAP in names
        remedy = f"Keep one map, {paths.DELIVERY_MAP}." if both else f"Rename it to {paths.DELIVERY_MAP}."
        raise InputError(misnamed[0], f"is not read: the map has the name {paths.DELIVERY_MAP}", remedy)
    if paths.DELIVERY_MAP not in names or not paths.delivery_map(folder).is_file():
        return DeliveryMap()
    return DeliveryMap(True, yaml_lines.read(paths.delivery_map(folder)).known([*TABLES, IGNORE], "table"))


def _table_map(table: str, given: dict[str, Entry]) -> TableMap:
    if STANDARD in given:
        return _without_dictionary(table, given)
    schema = TABLES[table]
    rows, cells = map_rows.parsed(given, schema), map_cells.parsed(given, schema)
    return _checked(TableMap(in_map_folder=True, **rows, **cells), given, schema)


def _variant(table: str, given: dict[str, Entry], entry: Entry, whole: TableMap) -> TableMap:
    """What holds for the files of one entry under `by_file`: the keys of the table, replaced or added to by its own."""
    allowed = [key for key in KEYS if key not in ("files", BY_FILE, STANDARD)]
    own = entry.known(allowed, "key of a file")
    inherited = {name: _without_columns(one, name, own) for name, one in given.items()}
    merged = inherited | {name: _merged(inherited.get(name), one, name) for name, one in own.items()}
    return replace(_table_map(table, merged), files=whole.files, has_industry_codes=whole.has_industry_codes)


def _without_columns(of_table: Entry, key: str, own: dict[str, Entry]) -> Entry:
    """An entry of the table without the columns that a file's own entries take from elsewhere."""
    taken = {name for other in SOURCES if other != key and other in own for name in _names(own[other])}
    if key not in SOURCES or not taken:
        return of_table
    if isinstance(of_table.content, dict):
        return replace(of_table, content={name: one for name, one in of_table.content.items() if name not in taken})
    return replace(of_table, content=[one for one in of_table.texts() if one.text() not in taken])


def _names(entry: Entry) -> list[str]:
    return list(entry.content) if isinstance(entry.content, dict) else [one.text() for one in entry.texts()]


def _merged(of_table: Entry | None, of_file: Entry, key: str) -> Entry:
    both = of_table is not None and isinstance(of_table.content, dict) and isinstance(of_file.content, dict)
    if key not in MERGED or of_table is None or not both:
        return of_file
    return replace(of_file, content={**of_table.names(), **of_file.names()})


def _without_dictionary(table: str, given: dict[str, Entry]) -> TableMap:
    """Industry codes are in the firm master, all of one vintage of the standard."""
    entry = given[STANDARD]
    others = [name for name in given if name != STANDARD]
    if table != "industries":
        raise entry.error("is a key of industries alone", "Write it under industries.")
    if others:
        raise given[others[0]].error(f"cannot stand beside {STANDARD}", "Without a dictionary there are no such files.")
    standards = list(map(str, INDUSTRY_STANDARDS))
    if entry.text() not in standards:
        remedy = f"Give the vintage of GB/T 4754 that the codes of the firm master have: {', '.join(standards)}."
        raise entry.error("is not a vintage", remedy)
    return TableMap(in_map_folder=True, standard=int(entry.text()))


def _checked(made: TableMap, given: dict[str, Entry], schema: pa.DataFrameSchema) -> TableMap:
    """Refuse what the keys may say alone, but not together."""
    for key, columns in (("sums", made.sums), ("first_of", made.first_of), ("absent", made.absent)):
        for name in columns:
            others = {"columns": made.columns, "sums": made.sums, "first_of": made.first_of}
            twice = next((other for other, those in others.items() if other != key and name in those), None)
            if twice:
                reason = "has a header under columns" if twice == "columns" else f"is made by {twice}"
                problem = f"{name} cannot be absent: it {reason}" if key == "absent" else f"{name} {reason}, too"
                raise given[key].error(problem, "Deliver the column, or correct the map.")
    converted = {*made.amounts, *(name for period in made.by_year for name in period.amounts)}
    for name, parts in made.sums.items():
        if name in made.drop_rows:
            raise given["drop_rows"].error(f"{name} is made by sums", "Give the header of one of the columns to add.")
        if name in converted and any(parts.values()):
            raise given["sums"].error(f"{name} has a unit under units, too", "Give the unit in one of the two places.")
    if made.year_from_file and "year" in {*made.columns, *made.sums, *made.first_of}:
        raise given["year_from_file"].error("gives the year, and so does columns", "Keep one of the two.")
    if made.is_reshaped and "year" not in schema.columns:
        key = next(key for key in ("year_columns", "indicator", "columns") if key in given)
        raise given[key].error("turns columns into records by year", "Only the yearbook has years.")
    return made
