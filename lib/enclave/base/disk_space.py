"""Disk space: how much is free, and one message for a full disk. How much a task needs is known where it runs."""

import errno
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from enclave.base.errors import EnclaveError

GIGABYTE = 1e9
# no space left, the quota is used up, or the file is larger than the disk or the system allows
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# the same in messages of engines; the last is the setting that limits the temporary folder of DuckDB
FULL_WORDS = ("No space left", "not enough space", "quota exceeded", "File too large", "max_temp_directory_size")


class FullError(EnclaveError):
    """The disk is full. The data have no fault."""


def free(folder: Path) -> int:
    """Bytes free on the disk of `folder`, which may not exist yet."""
    return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free


def is_full(error: Exception) -> bool:
    """Whether an exception of the system, of Python or of an engine means that a disk is full."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return any(words in str(error) for words in FULL_WORDS)


@contextmanager
def as_full_disk_error(folder: Path, remedy: str, kind: type[Exception] = Exception) -> Generator[None]:
    """Turn an exception of type `kind` that means a full disk into FullError, which names `folder`. Others pass."""
    try:
        yield
    except EnclaveError:
        raise
    except kind as error:
        if not is_full(error):
            raise
        raise FullError(f"{folder}: the disk is full. {remedy}") from None
