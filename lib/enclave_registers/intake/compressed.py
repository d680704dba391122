"""Delimited text as it is delivered: plain, or packed by gzip, bzip2, xz or Zstandard, or alone in a zip archive."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as arrow

from enclave.base.errors import InputError

MEMBERS = (".csv", ".txt", ".tsv")
NAMES = {
    ".csv.gz": "gzip file",
    ".csv.bz2": "bzip2 file",
    ".csv.xz": "xz file",
    ".csv.zst": "Zstandard file",
    ".zip": "zip archive",
}
DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, arrow.ArrowInvalid)
# codecs that say what is wrong by an OSError without a number, as bz2 and Arrow's do
NUMBERLESS = (".csv.bz2", ".csv.zst")


@contextmanager
def opened(path: Path, format: str, name: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The text of a file as bytes, and the file itself, which tells how far it was read.

    Raises InputError for an archive, called `name`, that does not hold one text alone.
    """
    with path.open("rb") as file, closing(_unpacked(file, format, name)) as text:
        yield text, file


def _unpacked(file: BinaryIO, format: str, name: str) -> BinaryIO:
    if format == ".zip":
        return _member(zipfile.ZipFile(file), name)
    return OPENERS[format](file) if format in OPENERS else file


def _member(archive: zipfile.ZipFile, name: str) -> BinaryIO:
    members = [one for one in archive.infolist() if not one.is_dir() and not _of_the_system(one.filename)]
    if len(members) != 1 or not members[0].filename.lower().endswith(MEMBERS):
        problem = f"is an archive of {len(members)} files, where one text ({', '.join(MEMBERS)}) should be alone"
        raise InputError(name, problem, "Unpack the archive, and put its files there as parts of the table.")
    if members[0].flag_bits & 1:
        raise InputError(name, "is locked with a password", "Unpack the archive, and put its file there.")
    return archive.open(members[0])


def _of_the_system(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")


OPENERS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    ".csv.gz": lambda file: gzip.GzipFile(fileobj=file),
    ".csv.bz2": bz2.BZ2File,
    ".csv.xz": lzma.LZMAFile,
    ".csv.zst": lambda file: arrow.CompressedInputStream(file, "zstd"),
}


@contextmanager
def unpacking(name: str, format: str) -> Iterator[None]:
    """Turn what a damaged packed file called `name` raises into InputError."""
    try:
        yield
    except (*DAMAGE, OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and not isinstance(error, DAMAGE) and not _is_damage(error, format):
            raise
        kind = NAMES.get(format, "file of this kind")
        problem = f"is truncated, damaged or no {kind}"
        raise InputError(name, problem, "Copy or compress the file again.") from None


def _is_damage(error: OSError, format: str) -> bool:
    return format in NUMBERLESS and error.errno is None
