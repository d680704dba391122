"""All files in a folder, with links followed. Every module that lists files uses it, so that all see the same."""

import os
from collections.abc import Iterator
from pathlib import Path

from enclave.base import paths

Identity = tuple[int, int]


def files(folder: str | Path) -> Iterator[str]:
    """Paths of all files in `folder` and its subfolders; none if `folder` is a file or does not exist.

    Links are followed, because reading a table follows them. Left out are hidden files, byte code, built files
    (`paths.BUILD`, unless `folder` lies in it), and links to a folder above.
    """
    made = _identity(paths.BUILD)
    return _below(str(folder), frozenset([made] if made else []))


def _below(folder: str, above: frozenset[Identity]) -> Iterator[str]:
    here = _identity(folder)
    if here is None or here in above:
        return
    for entry in _entries(folder):
        if os.path.isdir(entry):
            yield from _below(entry.path, above | {here})
        else:
            yield entry.path


def _entries(folder: str) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not entry.name.startswith(".") and entry.name != "__pycache__"]
    except OSError:
        return []


def _identity(folder: str | Path) -> Identity | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino
