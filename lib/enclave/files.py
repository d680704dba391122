"""Writing files so that a killed run never leaves half of one."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it; on failure what was there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Parquet without the index."""
    write_atomically(path, lambda file: frame.to_parquet(file, index=False))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """CSV with the shortest decimals that read back as the same number."""
    write_atomically(path, lambda file: frame.to_csv(file, index=False, lineterminator="\n"))


def write_text(text: str, path: Path) -> None:
    """Text in UTF-8."""
    write_atomically(path, lambda file: file.write_text(text, encoding="utf-8"))


def write_bytes(data: bytes, path: Path) -> None:
    """Bytes as they are."""
    write_atomically(path, lambda file: file.write_bytes(data))


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` to be filled; takes its place at the end, and on failure what was there stays.

    Removes what a killed process has left there.
    """
    for left in folder.parent.glob(f".*.{folder.name}"):
        if not _runs(left.name.split(".")[1]):
            shutil.rmtree(left, ignore_errors=True)
    fresh = folder.with_name(f".{os.getpid()}.{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        exchange(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def exchange(fresh: Path, folder: Path) -> None:
    """Put `fresh` in the place of `folder`; if that fails the former one is put back."""
    former = folder.with_name(f".former.{folder.name}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(former, ignore_errors=True)
    if folder.exists():
        folder.rename(former)
    try:
        fresh.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _runs(process: str) -> bool:
    """Whether the process of a number runs; anything that is no number counts as running."""
    try:
        os.kill(int(process), 0)
    except ValueError:
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
