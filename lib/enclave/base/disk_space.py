"""Room on the disk: how much is free, and one message where it runs out. How much a work needs, it knows itself."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enclave.base.errors import EnclaveError

GIGABYTE = 1e9
# no space, no more of a quota, or a file as large as this disk or system lets one be
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# the same as engines say it; the last is what DuckDB may write to its folder at most
FULL_WORDS = ("No space left", "not enough space", "quota exceeded", "File too large", "max_temp_directory_size")


class FullError(EnclaveError):
    """The disk has no room, whatever the data hold."""


def free(folder: Path) -> int:
    """Bytes free on the disk of `folder`, which need not be there yet."""
    return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free


def is_full(error: Exception) -> bool:
    """Whether an error of the system, of Python or of an engine says that a disk has no room."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return any(words in str(error) for words in FULL_WORDS)


@contextmanager
def told(folder: Path, remedy: str, kind: type[Exception] = Exception) -> Iterator[None]:
    """Turn what a full disk raises, if of this `kind`, into FullError, which names `folder`; other errors pass."""
    try:
        yield
    except EnclaveError:
        raise
    except kind as error:
        if not is_full(error):
            raise
        raise FullError(f"{folder}: the disk is full. {remedy}") from None
