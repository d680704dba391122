"""Writing files so that a killed run never leaves half of one."""

import os
from collections.abc import Callable
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
