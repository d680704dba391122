"""Room on the disk: told before the work starts where it can be foreseen, and in one message where it runs out."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from enclave.errors import EnclaveError
from enclave.reading.parts import Part
from enclave.reading.pieces import Workshop

# admitted bytes for each delivered one, rather too few than too many: nobody shall be stopped in vain
SHARES = {".csv": 0.25, ".parquet": 0.7, ".dta": 0.1, ".zip": 0.7, ".xlsx": 0.5}
PACKED = 0.7
# what DuckDB says where its folder to spill to has no room
FULL_WORDS = ("No space left", "max_temp_directory_size")
FULL = (errno.ENOSPC, errno.EDQUOT)
GIGABYTE = 1e9
REMEDY = "Free some space, or let ENCLAVE_BUILD lead to another disk; the next run goes on from here."


class FullError(EnclaveError):
    """The disk has no room, whatever the tables hold."""


def check(tables: dict[str, list[Part]], shop: Workshop) -> None:
    """Raise FullError if the disk of a workshop has surely not the room for the tables that are not yet made there.

    Parts are first converted one by one and then joined, so that the largest table of several parts is there twice.
    """
    sizes = {table: sum(map(_size, parts)) for table, parts in tables.items()}
    joined = max((sizes[table] for table, parts in tables.items() if len(parts) > 1), default=0)
    shop.folder.mkdir(parents=True, exist_ok=True)
    needed, free = sum(sizes.values()) + joined - shop.bytes(), shutil.disk_usage(shop.folder).free
    if needed > free:
        told = f"{needed / GIGABYTE:.2f} GB are needed at least, and {free / GIGABYTE:.2f} GB are free"
        raise FullError(f"{shop.folder}: the disk has too little room: {told}. {REMEDY}")


def _size(part: Part) -> float:
    return part.path.stat().st_size * SHARES.get(part.format, PACKED)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what a full disk raises into FullError."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not _is_full(error):
            raise
        raise FullError(f"{folder}: the disk is full. What was admitted before stays. {REMEDY}") from None


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    return any(words in str(error) for words in FULL_WORDS)
