"""Which files hold a table: one file, or a folder of parts."""

import difflib
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from enclave.errors import InputError

FORMATS = (".csv", ".csv.gz", ".xlsx", ".dta", ".parquet")
_SPELLED = ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"


@dataclass(frozen=True)
class Part:
    """A file of a table: its path, the name a user knows it by, its format, and its number among the parts."""

    path: Path
    name: str
    format: str
    number: int

    def open(self) -> BinaryIO:
        """The bytes of the file, unpacked where it is gzip."""
        return gzip.open(self.path) if self.format == ".csv.gz" else self.path.open("rb")


def find(table: str, folder: Path) -> list[Part]:
    """The files of a table in `folder`, sorted by name: `<table>.csv` and the like, or all files of `<table>/`.

    Raises InputError if there are none, if two candidates claim the table, or if a part has a format that is not read.
    """
    if not folder.is_dir():
        raise InputError(folder, "there is no such folder", "Create it and put the six raw tables there.")
    names = sorted(entry.name for entry in folder.iterdir() if not _hidden(entry.name))
    candidates = [name for name in names if _claims(folder / name, table)]
    if not candidates:
        raise _missing(table, folder, names)
    if len(candidates) > 1:
        raise InputError(
            folder / candidates[0],
            f"{candidates[1]} beside it claims the same table",
            f"Keep one of {', '.join(candidates)}, or put the parts of the table into one folder {table}/.",
        )
    path = folder / candidates[0]
    return _of_folder(path) if path.is_dir() else [Part(path, path.name, _format(path.name), 1)]


def _of_folder(folder: Path) -> list[Part]:
    entries = sorted(entry for entry in folder.iterdir() if not _hidden(entry.name))
    if not entries:
        raise InputError(folder, "the folder of parts is empty", f"Put the parts there as {_SPELLED}.")
    for entry in entries:
        if entry.is_dir() or not _format(entry.name):
            raise InputError(
                f"{folder.name}/{entry.name}",
                "is no part that can be read",
                f"Save it as {_SPELLED}, or move it out of the folder of parts.",
            )
    return [
        Part(entry, f"{folder.name}/{entry.name}", _format(entry.name), number)
        for number, entry in enumerate(entries, start=1)
    ]


def _missing(table: str, folder: Path, names: list[str]) -> InputError:
    near = [name for name in names if name.lower().startswith(f"{table}.")]
    near = near or difflib.get_close_matches(table, names, n=1)
    hint = f" Found {near[0]}, which is not that." if near else ""
    return InputError(
        folder / table,
        "the table is missing",
        f"Put it there as {table} with the ending {_SPELLED}, or as a folder {table}/ of such files.{hint}",
    )


def _claims(path: Path, table: str) -> bool:
    if path.is_dir():
        return path.name.lower() == table
    ending = _format(path.name)
    return bool(ending) and path.name.lower() == table + ending


def _format(name: str) -> str:
    """The format by the longest ending that fits, or nothing."""
    return max((ending for ending in FORMATS if name.lower().endswith(ending)), key=len, default="")


def _hidden(name: str) -> bool:
    """Files of the system, open-workbook locks and read-me files are no data."""
    return name.startswith((".", "~$")) or name.lower().startswith("readme")
