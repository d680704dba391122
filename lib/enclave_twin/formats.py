"""The file formats in which raw tables can be written, with the same content. Equal content gives equal bytes."""

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd

from enclave.base import files
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError

# most rows of an Excel sheet
EXCEL_ROWS = 1_048_576
# measured bytes on the disk: of any registers, and of each firm with its stakes and branches
DISK_BYTES = {
    "parquet": (1_700_000, 100),
    "csv": (4_400_000, 235),
    "csv-gb18030": (3_500_000, 195),
    "xlsx": (2_300_000, 165),
    "dta": (7_000_000, 475),
}
# factor on these bytes, so that a run that starts also ends
SPARE = 1.1
# time stamp of all files
NO_TIME = datetime(2000, 1, 1)
STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def write(frame: pd.DataFrame, folder: Path, table: str, format: str, part: int | None = None) -> Path:
    """Write one table, or one part of it into a folder with its name, and return the path.

    Raises EnclaveError for an unknown format or too many rows for Excel.
    """
    suffix, save = writer(format)
    path = folder / f"{table}.{suffix}" if part is None else folder / table / f"part-{part:05d}.{suffix}"
    files.write_atomically(path, lambda file: save(frame, file))
    return path


def writer(format: str) -> tuple[str, Callable]:
    """File suffix and writing function of a format. Raises EnclaveError for an unknown one."""
    if format not in FORMATS:
        raise EnclaveError(f"There is no format {format!r}. {offered(format, FORMATS)}")
    return FORMATS[format]


def disk_bytes(firms: int, format: str) -> float:
    """Bytes that registers of so many firms take on the disk, rounded up by a tenth."""
    any_registers, each_firm = DISK_BYTES[format]
    return SPARE * (any_registers + firms * each_firm)


def check_parts(format: str, firms: int, parts: int, most: int) -> None:
    """Raise EnclaveError if registers need several parts of `most` firms in a format without parts."""
    if parts > 1 and format not in IN_PARTS:
        in_parts = ", ".join(IN_PARTS)
        raise EnclaveError(
            f"{firms:,} firms do not fit into {format}, which holds at most {most:,}. Choose one of {in_parts}."
        )


def _parquet(frame: pd.DataFrame, file: Path) -> None:
    frame.to_parquet(file, index=False)


def _csv(encoding: str) -> Callable:
    return lambda frame, file: frame.to_csv(file, index=False, encoding=encoding, lineterminator="\n")


def _excel(frame: pd.DataFrame, file: Path) -> None:
    if len(frame) >= EXCEL_ROWS:
        raise EnclaveError(f"{len(frame)} rows do not fit into an Excel sheet. Choose csv or parquet.")
    frame.to_excel(file, index=False, engine="openpyxl")
    _without_time(file)


def _without_time(file: Path) -> None:
    """Write the archive again with fixed time stamps, so that equal content has equal bytes."""
    with zipfile.ZipFile(file) as archive:
        parts = [(name, STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z", archive.read(name))) for name in archive.namelist()]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name, NO_TIME.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)


def _stata(frame: pd.DataFrame, file: Path) -> None:
    dated = dict.fromkeys(frame.select_dtypes("datetime"), "td")
    text = frame.select_dtypes("str").columns
    filled = frame.assign(**{column: frame[column].fillna("") for column in text})
    filled.to_stata(file, write_index=False, version=118, convert_dates=dated, time_stamp=NO_TIME)


# formats in which a table can be a folder of parts
IN_PARTS = ("parquet", "csv", "csv-gb18030")
FORMATS = {
    "parquet": ("parquet", _parquet),
    "csv": ("csv", _csv("utf-8")),
    "csv-gb18030": ("csv", _csv("gb18030")),
    "xlsx": ("xlsx", _excel),
    "dta": ("dta", _stata),
}
