"""Delimited text, plain or compressed: by gzip, bzip2, xz or Zstandard, or as the only file of a zip archive."""

import bz2
import errno
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, BinaryIO

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
# the files of bytes of the standard library have no type in common
Bytes = IO[bytes] | BufferedIOBase
DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, arrow.ArrowInvalid)
# codecs that raise an OSError without a number, as those of bz2 and Arrow do
NUMBERLESS = (".csv.bz2", ".csv.zst")


@contextmanager
def opened(path: Path, format: str, name: str) -> Generator[tuple[Bytes, BinaryIO]]:
    """The decompressed text of a file as bytes, and the file itself, whose position shows how far it was read.

    Raises InputError, with `name` as the file, for an archive that does not hold exactly one text file.
    """
    with path.open("rb") as file, closing(_decompressed(file, format, name)) as text:
        yield text, file


def _decompressed(file: BinaryIO, format: str, name: str) -> Bytes:
    if format == ".zip":
        return _member(zipfile.ZipFile(file), name)
    return OPENERS[format](file) if format in OPENERS else file


def _member(archive: zipfile.ZipFile, name: str) -> Bytes:
    members = [one for one in archive.infolist() if not one.is_dir() and not _is_system_file(one.filename)]
    if len(members) != 1 or not members[0].filename.lower().endswith(MEMBERS):
        problem = f"is an archive of {len(members)} files, but must hold exactly one text file ({', '.join(MEMBERS)})"
        raise InputError(name, problem, "Extract the archive, and put its files into a folder with the table's name.")
    if members[0].flag_bits & 1:
        raise InputError(name, "is locked with a password", "Extract the archive, and put its file there.")
    return archive.open(members[0])


def _is_system_file(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")


OPENERS: dict[str, Callable[[BinaryIO], Bytes]] = {
    ".csv.gz": lambda file: gzip.GzipFile(fileobj=file),
    ".csv.bz2": bz2.BZ2File,
    ".csv.xz": lzma.LZMAFile,
    ".csv.zst": lambda file: arrow.CompressedInputStream(file, "zstd"),
}


@contextmanager
def decompressing(name: str, format: str) -> Generator[None]:
    """Turn the error of a damaged compressed file into InputError, with `name` as the file."""
    try:
        yield
    except (*DAMAGE, OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and not isinstance(error, DAMAGE) and not _is_damage(error, format):
            raise
        kind = NAMES.get(format, "file of this kind")
        problem = f"is truncated, damaged or not a {kind}"
        raise InputError(name, problem, "Copy or compress the file again.") from None


def _is_damage(error: OSError, format: str) -> bool:
    """Whether a codec raised it, or a damaged archive names a position that no file has."""
    return error.errno is None if format in NUMBERLESS else format == ".zip" and error.errno == errno.EINVAL
