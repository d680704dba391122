"""Which files hold a table: those that the map of the delivery lists, else a file or folder with the table's name."""

import difflib
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from urllib.parse import unquote

from enclave.base import paths, walking
from enclave.base.errors import InputError
from enclave_registers.intake.delivery.table_map import TableMap
from enclave_registers.intake.delivery.yaml_lines import Entry
from enclave_registers.schema import TABLES, metadata

PACKED = (".gz", ".bz2", ".xz", ".zst")
FORMATS = (".csv", *(f".csv{ending}" for ending in PACKED), ".zip", ".xlsx", ".dta", ".parquet")
# further endings of files that may hold a table, but that are not read
OTHERS = (
    *(".xls", ".xlsm", ".xlsb", ".ods", ".dat", ".dbf", ".mdb", ".accdb", ".sas7bdat", ".sav", ".rds", ".rdata"),
    *(".json", ".jsonl", ".orc", ".feather", ".avro", ".rar", ".7z", ".tar", ".gz", ".bz2", ".xz", ".zst"),
)
# what Spark and Hadoop write beside the parts of a table
MARKERS = re.compile(r"_(?:SUCCESS|metadata|common_metadata|(?:committed|started)_.*)")
PARTITION = re.compile(r"([^=/]+)=([^/]*)")
NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"
MISSING = "the table is missing"
# further endings of delimited text, for files that a map lists
TEXTS = {f"{text}{ending}": f".csv{ending}" for text in (".txt", ".tsv") for ending in ("", *PACKED)}
_FORMATS_IN_WORDS = ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"


@dataclass(frozen=True)
class InputFile:
    """A file of a table: its path, its name in messages, its format, and its number among those files, from 1.

    partitions : our column and the value that a folder named `column=value` gives it; a missing value is None
    """

    path: Path
    name: str
    format: str
    number: int
    partitions: tuple[tuple[str, str | None], ...] = ()

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size


def find(table: str, folder: Path, table_map: TableMap) -> tuple[InputFile, ...]:
    """The files of a table in the order of its records: as the map lists them, or by name.

    Raises InputError if the folder or the table is missing, if two files or folders have the table's name, or if a file
    has an unknown format.
    """
    if not folder.is_dir():
        raise InputError(folder, "there is no such folder", "Create it and put the six raw tables there.")
    if table_map.files:
        found = [(_name(path, folder), path) for path in matched(table_map.files, folder)]
    else:
        found = _by_table_name(table, folder)
    return tuple(
        InputFile(path, name, format_of(path.name, listed=bool(table_map.files)), number, partitions(name, table))
        for number, (name, path) in enumerate(found, start=1)
    )


def format_of(name: str, *, listed: bool = False) -> str:
    """The format by the longest known ending, or an empty text. Files that are `listed` may have further endings."""
    endings = {ending: ending for ending in FORMATS} | (TEXTS if listed else {})
    fitting = [ending for ending in endings if name.lower().endswith(ending)]
    return endings[max(fitting, key=len)] if fitting else ""


def is_hidden(name: str) -> bool:
    """Whether a file holds no data: system files, locks of open workbooks, and read-me files."""
    is_marker = MARKERS.fullmatch(name) is not None
    return name.startswith((".", "~$")) or name.lower().startswith("readme") or is_marker


def partitions(name: str, table: str) -> tuple[tuple[str, str | None], ...]:
    """The columns of ours that the folders of a file give, as Hive and Spark name them: `province=广东省/`."""
    spellings = {
        word.casefold(): column
        for column, described in TABLES[table].columns.items()
        for word in (column, *metadata(described)["synonyms"])
    }
    found = []
    for folder in PurePath(name).parts[:-1]:
        given = PARTITION.fullmatch(folder)
        column = spellings.get(unquote(given[1]).casefold()) if given else None
        if given and column:
            found.append((column, None if given[2] == NO_PARTITION else unquote(given[2])))
    return tuple(found)


def data_files(folder: Path) -> list[Path]:
    """All files in a folder and below it, linked ones too, that could hold a table, sorted by name."""
    found = map(Path, walking.files(folder))
    files = [path for path in found if path.is_file() and _may_hold_a_table(path.name)]
    kept = [path for path in files if not any(map(is_hidden, path.relative_to(folder).parts))]
    return sorted(kept, key=lambda path: path.relative_to(folder).parts)


def _may_hold_a_table(name: str) -> bool:
    return bool(format_of(name, listed=True)) or name.lower().endswith(OTHERS)


def matched(patterns: Iterable[Entry], folder: Path) -> list[Path]:
    """The files that the patterns of a map match: in the order of the patterns, and by name for each pattern.

    Raises InputError for a pattern that leads out of the folder or matches no file, for a file of unknown format, and
    for a file that two patterns match.
    """
    found: dict[Path, Entry] = {}
    for entry in patterns:
        for path in _matching(entry, folder):
            if path in found:
                problem = f"matches {_name(path, folder)}, which {found[path].text()} matches as well"
                raise entry.error(problem, "List each file once.")
            found[path] = entry
    return list(found)


def _matching(entry: Entry, folder: Path) -> list[Path]:
    pattern = Path(entry.text())
    if leads_out(pattern):
        raise entry.error(f"{pattern} leads out of the folder", f"Put the file into {folder} and name it from there.")
    paths = [path for path in folder.glob(entry.text()) if path.is_file() and not is_hidden(path.name)]
    if not paths:
        raise _without_file(entry, folder)
    unknown = next((path for path in paths if not format_of(path.name, listed=True)), None)
    if unknown:
        endings = ", ".join([*FORMATS, *TEXTS])
        raise InputError(_name(unknown, folder), "has an unknown ending", f"Save it as one of {endings}.")
    # by letters: Windows sorts capital and small letters as the same
    return sorted(paths, key=lambda path: path.relative_to(folder).parts)


def leads_out(pattern: PurePath) -> bool:
    """Whether a pattern may lead out of its folder: it starts at a root or a drive, or goes up."""
    return bool(pattern.anchor) or ".." in pattern.parts


def _without_file(entry: Entry, folder: Path) -> InputError:
    names = [_name(path, folder) for path in data_files(folder)]
    near = difflib.get_close_matches(entry.text(), names, n=3, cutoff=0.4) or names[:3]
    there = f" Similar names there: {', '.join(near)}." if near else " There are no data files."
    return entry.error(f'no file matches "{entry.text()}"', f"Correct the name, or put the file into {folder}.{there}")


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _by_table_name(table: str, folder: Path) -> list[tuple[str, Path]]:
    names = sorted(entry.name for entry in folder.iterdir() if not is_hidden(entry.name))
    candidates = [name for name in names if _has_table_name(folder / name, table)]
    if not candidates:
        raise _missing(table, folder, names)
    if len(candidates) > 1:
        raise InputError(
            folder / candidates[0],
            f"{candidates[1]} has the name of the same table",
            f"Keep one of {', '.join(candidates)}, or put all files of the table into one folder {table}/.",
        )
    path = folder / candidates[0]
    return _in_table_folder(path) if path.is_dir() else [(path.name, path)]


def _has_table_name(path: Path, table: str) -> bool:
    if path.is_dir():
        return path.name.lower() == table
    ending = format_of(path.name)
    return bool(ending) and path.name.lower() == table + ending


def _in_table_folder(folder: Path) -> list[tuple[str, Path]]:
    paths = _below(folder)
    if not paths:
        raise InputError(folder, "the folder of the table is empty", f"Put its files there as {_FORMATS_IN_WORDS}.")
    for path in paths:
        if path.is_dir() or not format_of(path.name):
            raise InputError(
                _name(path, folder.parent),
                "is not a file of a known format",
                f"Save it as {_FORMATS_IN_WORDS}, or move it out of the folder of the table.",
            )
    return [(_name(path, folder.parent), path) for path in paths]


def _below(folder: Path) -> list[Path]:
    """The entries of a folder, and those of folders named `column=value` in their place."""
    # by letters: Windows sorts capital and small letters as the same
    entries = sorted((entry for entry in folder.iterdir() if not is_hidden(entry.name)), key=lambda entry: entry.name)
    parts = [_below(entry) if entry.is_dir() and PARTITION.fullmatch(entry.name) else [entry] for entry in entries]
    return [path for part in parts for path in part]


def _missing(table: str, folder: Path, names: list[str]) -> InputError:
    near = named_like(table, names)
    hint = f" Found {near[0]}, which cannot be read as this table." if near else ""
    hint += " Save it in Excel as .xlsx." if near and near[0].lower().endswith((".xls", ".xlsb", ".xlsm")) else ""
    other = f" If its files have other names, list them in {paths.DELIVERY_MAP}, under {table}: `files: ...`."
    if table == "industries":
        other += " If the firm master has the codes itself, state their vintage: `from_firms: 2011`."
    return InputError(
        folder / table,
        MISSING,
        f"Put it there as {table} with the ending {_FORMATS_IN_WORDS}, or as a folder {table}/ of such files."
        f"{hint}{other}",
    )


def named_like(table: str, names: list[str]) -> list[str]:
    """The names of files that have the name of a table with another ending, else the name most like it."""
    return [name for name in names if name.lower().startswith(f"{table}.")] or difflib.get_close_matches(
        table, names, n=1
    )


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits. An unchanged file is read only once."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
