"""Writing files and folders so that a run that is killed never leaves an incomplete one.

What is written into a private folder (`private_folder`) is private, too: only its owner can open it, whatever the umask
of the process is. Systems without permissions of this kind, such as Windows, have their own.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from enclave.base.errors import EnclaveError, denied

if TYPE_CHECKING:
    # used in annotations alone: it takes longer to load than most commands run
    import pandas as pd

LEFTOVER = re.compile(r"\.(\d+)\..+")
# Windows does not move a file that is open. A virus scanner opens new files for a moment only, so we wait
PATIENCE = 3.0 if os.name == "nt" else 0.0
EACH = 0.1
# permissions of what only its owner may open, and the part of them that is for all others
OWNER_FOLDER, OWNER_FILE, OTHERS = 0o700, 0o600, 0o077


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file in the same folder, then rename it to `path`. On failure the old file stays.

    Raises EnclaveError if `path` may not be replaced, or if the system forbids this because a program has it open.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        if is_private(path.parent):
            # before the first byte is written
            temporary.touch(OWNER_FILE)
        write(temporary)
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(frame: "pd.DataFrame", path: Path) -> None:
    """Parquet without the index."""
    write_atomically(path, lambda file: frame.to_parquet(file, index=False))


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """CSV without the index; numbers have the shortest decimals that read back as the same number."""
    write_atomically(path, lambda file: frame.to_csv(file, index=False, lineterminator="\n"))


def write_text(text: str, path: Path) -> None:
    """Text in UTF-8, with line feeds at the end of lines on every system."""
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8", newline="\n"))


def write_bytes(data: bytes, path: Path) -> None:
    """Bytes as they are."""
    write_atomically(path, lambda file: file.write_bytes(data))


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, if they are missing. In a private folder they are private."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(OWNER_FOLDER if is_private(folder.parent) else 0o777, exist_ok=True)


def private_folder(folder: Path) -> None:
    """Create a folder that only its owner can open, or close an existing one to all others."""
    make_folder(folder.parent)
    folder.mkdir(OWNER_FOLDER, exist_ok=True)
    if not is_private(folder):
        folder.chmod(OWNER_FOLDER)


def is_private(folder: Path) -> bool:
    """Whether the system lets only the owner of a folder open it."""
    return not folder.stat().st_mode & OTHERS


@contextmanager
def new_folder(folder: Path, *, private: bool = False) -> Generator[Path]:
    """Yield an empty folder to be filled. At the end it replaces `folder`; on failure the old folder stays.

    If it is `private`, only its owner can open it and what is written into it. Before that, leftovers of killed
    processes in the same parent folder are removed or put back.
    """
    remove_leftovers(folder.parent)
    _put_back(folder)
    fresh = folder.with_name(f".{os.getpid()}.{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    if private:
        private_folder(fresh)
    make_folder(fresh)
    try:
        yield fresh
        swap_folder(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def swap_folder(fresh: Path, folder: Path) -> None:
    """Replace `folder` by `fresh`. If that fails, the old folder is put back.

    If the process is killed between the two moves, the next call puts the old folder back first.
    """
    make_folder(folder.parent)
    _put_back(folder)
    try:
        if folder.exists():
            move(folder, _former(folder))
        move(fresh, folder)
    finally:
        _put_back(folder)


def move(place: Path, target: Path) -> None:
    """Rename a file or a folder. A file replaces a file at `target`.

    Waits while another program has it open. Raises EnclaveError if the system still refuses after `PATIENCE` seconds.
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
    """Where the old folder lies during `swap_folder`."""
    return folder.with_name(f".former.{folder.name}")


def _put_back(folder: Path) -> None:
    """Put the old folder back if its place is empty, else remove it."""
    former = _former(folder)
    if former.exists() and not folder.exists():
        move(former, folder)
    shutil.rmtree(former, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files of killed processes from `folder`. Their names hold the number of the process."""
    for place in sorted(folder.glob(".*")):
        left = LEFTOVER.fullmatch(place.name)
        if left and not is_running(int(left[1])):
            shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink(missing_ok=True)


def is_running(process: int) -> bool:
    """Whether a process with this number runs. No signal is sent: on Windows it would end the process."""
    import psutil

    return psutil.pid_exists(process)
