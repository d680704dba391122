"""Which files hold a table: those that the map of the delivery names, else a file or folder of its name."""

import difflib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_registers.intake import compressed, delivery_map, missing_parts, patterns
from enclave_registers.intake.delivery_map import TableMap
from enclave_registers.intake.patterns import FORMATS, format_of, is_hidden

_SPELLED = ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"


@dataclass(frozen=True)
class Part:
    """A file of a table: its path, the name a user knows it by, its format, and its number among the parts.

    `map` is what the map of the delivery says of the table; without `quoting` no fault may quote what the file holds.
    `watch` is given each file that is opened, to tell how far it was read.
    """

    path: Path
    name: str
    format: str
    number: int
    map: TableMap = field(default_factory=TableMap)
    quoting: bool = True

    watch: Callable[[BinaryIO], None] = field(default=lambda file: None, compare=False)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes of the file, unpacked where it is packed text."""
        with compressed.opened(self.path, self.format, self.name) as (text, file):
            self.watch(file)
            yield text


def find(table: str, folder: Path, *, quoting: bool = True) -> list[Part]:
    """The files of a table in `folder`: those of the map in its order, else `<table>.csv` and the like or `<table>/`.

    Raises InputError if there are none, if two candidates claim the table, if a part has a format that is not read, if
    a number is missing among numbered parts (see `sequences`), or if two parts have the same content.
    """
    if not folder.is_dir():
        raise InputError(folder, "there is no such folder", "Create it and put the six raw tables there.")
    own = delivery_map.of_table(table, folder)
    found = _of_map(own, folder) if own.files else _of_name(table, folder)
    missing_parts.check([name for name, _ in found if not own.names(name)])
    parts = [
        Part(path, name, format_of(path.name, named=bool(own.files)), number, own, quoting)
        for number, (name, path) in enumerate(found, start=1)
    ]
    _refuse_copies(parts)
    return parts


Found = list[tuple[str, Path]]


def _of_map(own: TableMap, folder: Path) -> Found:
    return [(path.relative_to(folder).as_posix(), path) for path in patterns.matched(own.files, folder)]


def _of_name(table: str, folder: Path) -> Found:
    names = sorted(entry.name for entry in folder.iterdir() if not is_hidden(entry.name))
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
    return _of_folder(path) if path.is_dir() else [(path.name, path)]


def _of_folder(folder: Path) -> Found:
    # by the letters of their names: Windows itself does not tell capitals from small letters
    entries = sorted((entry for entry in folder.iterdir() if not is_hidden(entry.name)), key=lambda entry: entry.name)
    if not entries:
        raise InputError(folder, "the folder of parts is empty", f"Put the parts there as {_SPELLED}.")
    for entry in entries:
        if entry.is_dir() or not format_of(entry.name):
            raise InputError(
                f"{folder.name}/{entry.name}",
                "is no part that can be read",
                f"Save it as {_SPELLED}, or move it out of the folder of parts.",
            )
    return [(f"{folder.name}/{entry.name}", entry) for entry in entries]


def _missing(table: str, folder: Path, names: list[str]) -> InputError:
    near = [name for name in names if name.lower().startswith(f"{table}.")]
    near = near or difflib.get_close_matches(table, names, n=1)
    hint = f" Found {near[0]}, which is not that." if near else ""
    other = f" If its files have other names, name them in {paths.DELIVERY_MAP} under {table}."
    return InputError(
        folder / table,
        "the table is missing",
        f"Put it there as {table} with the ending {_SPELLED}, or as a folder {table}/ of such files.{hint}{other}",
    )


def _claims(path: Path, table: str) -> bool:
    if path.is_dir():
        return path.name.lower() == table
    ending = format_of(path.name)
    return bool(ending) and path.name.lower() == table + ending


def _refuse_copies(parts: list[Part]) -> None:
    for one, other in _same_size(parts):
        if digest(one.path) == digest(other.path):
            remedy = "Remove the copy; if a part was overwritten by another one, export it again."
            raise InputError(other.name, f"has the same content as {one.name}", remedy)


def _same_size(parts: list[Part]) -> Iterator[tuple[Part, Part]]:
    sizes = [part.path.stat().st_size for part in parts]
    for at, size in enumerate(sizes):
        first = sizes.index(size)
        if size and first < at:
            yield parts[first], parts[at]


def digest(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits. A file that has not changed since is not read again."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
