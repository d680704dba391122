"""The files that a map names for a table: names and patterns, relative to the folder of the delivery."""

import difflib
from collections.abc import Iterable
from pathlib import Path, PurePath

from enclave.base import walking
from enclave.base.errors import InputError
from enclave_registers.intake.yaml_entries import Entry

PACKED = (".gz", ".bz2", ".xz", ".zst")
FORMATS = (".csv", *(f".csv{ending}" for ending in PACKED), ".zip", ".xlsx", ".dta", ".parquet")
# further endings of delimited text, for files that a map names
TEXTS = {f"{text}{ending}": f".csv{ending}" for text in (".txt", ".tsv") for ending in ("", *PACKED)}


def format_of(name: str, *, named: bool = False) -> str:
    """The format by the longest ending that fits, or nothing; with `named` also of text under other endings."""
    endings = {ending: ending for ending in FORMATS} | (TEXTS if named else {})
    fitting = [ending for ending in endings if name.lower().endswith(ending)]
    return endings[max(fitting, key=len)] if fitting else ""


def is_hidden(name: str) -> bool:
    """Files of the system, open-workbook locks and read-me files are no data."""
    return name.startswith((".", "~$")) or name.lower().startswith("readme")


def data_files(folder: Path) -> list[Path]:
    """All files of a folder and the folders in it, linked ones too, that could hold a table, sorted."""
    found = map(Path, walking.files(folder))
    files = [path for path in found if path.is_file() and format_of(path.name, named=True)]
    kept = [path for path in files if not any(map(is_hidden, path.relative_to(folder).parts))]
    return sorted(kept, key=lambda path: path.relative_to(folder).parts)


def matched(patterns: Iterable[Entry], folder: Path) -> list[Path]:
    """The files of `folder` that the patterns name, in their order, those of one pattern by name.

    Raises InputError for a pattern that leads out of the folder, fits no file or an unreadable one, and for a file that
    two patterns name.
    """
    found: dict[Path, Entry] = {}
    for entry in patterns:
        for path in _fitting(entry, folder):
            if path in found:
                problem = f"names {_name(path, folder)}, which {found[path].text()} names as well"
                raise entry.fault(problem, "Name each file once.")
            found[path] = entry
    return list(found)


def _fitting(entry: Entry, folder: Path) -> list[Path]:
    pattern = Path(entry.text())
    if leads_out(pattern):
        raise entry.fault(f"{pattern} leads out of the folder", f"Put the file into {folder} and name it from there.")
    paths = [path for path in folder.glob(entry.text()) if path.is_file() and not is_hidden(path.name)]
    if not paths:
        raise _without_file(entry, folder)
    strange = next((path for path in paths if not format_of(path.name, named=True)), None)
    if strange:
        endings = ", ".join([*FORMATS, *TEXTS])
        raise InputError(_name(strange, folder), "has an ending that is not read", f"Save it as one of {endings}.")
    # by their letters: Windows itself does not tell capitals from small ones
    return sorted(paths, key=lambda path: path.relative_to(folder).parts)


def leads_out(pattern: PurePath) -> bool:
    """Whether a pattern begins at a root or a drive, or goes up: it may then lead out of its folder."""
    return bool(pattern.anchor) or ".." in pattern.parts


def _without_file(entry: Entry, folder: Path) -> InputError:
    names = [_name(path, folder) for path in data_files(folder)]
    near = difflib.get_close_matches(entry.text(), names, n=3, cutoff=0.4) or names[:3]
    there = f" Nearest there: {', '.join(near)}." if near else " There are no data files."
    return entry.fault(f'no file fits "{entry.text()}"', f"Correct the name, or put the file into {folder}.{there}")


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
