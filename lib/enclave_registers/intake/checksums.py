"""A seal on the tables that entered together: none of them is later exchanged, cut off or lost unnoticed.

What is sealed is the end of each Parquet file, which says where its columns lie and what values they span. That is
read in no time, however large the table is; a byte changed in the middle of a file is not seen.
"""

import hashlib
from pathlib import Path

import pandas as pd

from enclave.base import files

NAME = "checksums.csv"
MAGIC, LENGTH = b"PAR1", 4


def write(folder: Path) -> None:
    """Seal all Parquet files of a folder: `checksums.csv` with file and sha256 of its end."""
    sealed = {path.name: end(path) for path in sorted(folder.glob("*.parquet"))}
    files.write_csv(pd.DataFrame(sealed.items(), columns=["file", "sha256"]), folder / NAME)


def has_changed(path: Path) -> bool:
    """Whether a file of a sealed folder is not the one that was sealed there; so are all if the seals are spoilt."""
    try:
        sealed = pd.read_csv(path.with_name(NAME)).set_index("file")["sha256"]
    except (ValueError, KeyError):
        return True
    return sealed.get(path.name) != end(path)


def end(path: Path) -> str:
    """Fingerprint of the end of a Parquet file, empty if it has none: a footer, its length, and four letters."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LENGTH - len(MAGIC)))
        tail = file.read()
        length = int.from_bytes(tail[:LENGTH], "little")
        if not tail.endswith(MAGIC) or size < length + len(tail):
            return ""
        file.seek(size - length - len(tail))
        return hashlib.sha256(file.read()).hexdigest()
