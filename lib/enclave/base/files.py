"""Writing files so that a killed run never leaves half of one."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from enclave.base.errors import EnclaveError, denied

if TYPE_CHECKING:
    # named in annotations alone: loading it takes longer than most commands
    import pandas as pd

LEFTOVER = re.compile(r"\.(\d+)\..+")
# Windows moves nothing that a program has open; one that only looks through new files, as a virus scanner, soon lets go
PATIENCE = 3.0 if os.name == "nt" else 0.0
EACH = 0.1


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it; on failure what was there stays.

    Raises EnclaveError if another program has `path` open, on systems that mind it, or if it may not be replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(temporary)
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(frame: "pd.DataFrame", path: Path) -> None:
    """Parquet without the index."""
    write_atomically(path, lambda file: frame.to_parquet(file, index=False))


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """CSV with the shortest decimals that read back as the same number."""
    write_atomically(path, lambda file: frame.to_csv(file, index=False, lineterminator="\n"))


def write_text(text: str, path: Path) -> None:
    """Text in UTF-8, its lines ended by a line feed on every system."""
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8", newline="\n"))


def write_bytes(data: bytes, path: Path) -> None:
    """Bytes as they are."""
    write_atomically(path, lambda file: file.write_bytes(data))


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` to be filled; takes its place at the end, and on failure what was there stays.

    First takes back what a killed process has left beside it.
    """
    sweep(folder.parent)
    _put_back(folder)
    fresh = folder.with_name(f".{os.getpid()}.{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        exchange(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def exchange(fresh: Path, folder: Path) -> None:
    """Put `fresh` in the place of `folder`; if that fails the former one is put back.

    A process killed between the two moves leaves the former one aside, and the next call puts it back first.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _put_back(folder)
    try:
        if folder.exists():
            move(folder, _former(folder))
        move(fresh, folder)
    finally:
        _put_back(folder)


def move(place: Path, target: Path) -> None:
    """Rename a file or a folder; a file takes the place of another one.

    Where another program holds it for a moment, wait. Raises EnclaveError if it still does after `PATIENCE` seconds, or
    if the system does not allow it at all.
    """
    last = time.monotonic() + PATIENCE
    while True:
        try:
            place.replace(target)
            return
        except PermissionError as fault:
            if time.monotonic() >= last:
                raise EnclaveError(denied(fault, target)) from None
            time.sleep(EACH)


def _former(folder: Path) -> Path:
    """Where a folder lies while another one takes its place."""
    return folder.with_name(f".former.{folder.name}")


def _put_back(folder: Path) -> None:
    """Put the former folder back if its place is empty, else remove it."""
    former = _former(folder)
    if former.exists() and not folder.exists():
        move(former, folder)
    shutil.rmtree(former, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove from `folder` what killed processes left there: it carries the number of its process."""
    for place in sorted(folder.glob(".*")):
        left = LEFTOVER.fullmatch(place.name)
        if left and not alive(int(left[1])):
            shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink(missing_ok=True)


def alive(process: int) -> bool:
    """Whether a process of that number runs. Nothing is sent to it: on Windows a signal would end it."""
    import psutil

    return psutil.pid_exists(process)
