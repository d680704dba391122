"""Checksums of the validated tables: a table that was later replaced, truncated or removed is noticed.

The checksum covers the footer of each Parquet file, which holds the position and the range of values of each column.
It is read at once, however large the table is. A byte that changed in the middle of a file is not noticed.
"""

import hashlib
from pathlib import Path

import pandas as pd

from enclave.base import files

NAME = "checksums.csv"
MAGIC, LENGTH = b"PAR1", 4


def write(folder: Path) -> None:
    """Write `checksums.csv` (file, sha256 of the footer) for all Parquet files of a folder."""
    found = {path.name: of_footer(path) for path in sorted(folder.glob("*.parquet"))}
    files.write_csv(pd.DataFrame(found.items(), columns=["file", "sha256"]), folder / NAME)


def has_changed(path: Path) -> bool:
    """Whether a file no longer matches its checksum. If the checksums cannot be read, every file has changed."""
    try:
        written = pd.read_csv(path.with_name(NAME)).set_index("file")["sha256"]
    except (ValueError, KeyError):
        return True
    return written.get(path.name) != of_footer(path)


def of_footer(path: Path) -> str:
    """The SHA-256 of the end of a Parquet file (footer, its length, four letters), or an empty text without one."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LENGTH - len(MAGIC)))
        tail = file.read()
        length = int.from_bytes(tail[:LENGTH], "little")
        if not tail.endswith(MAGIC) or size < length + len(tail):
            return ""
        file.seek(size - length - len(tail))
        return hashlib.sha256(file.read()).hexdigest()
