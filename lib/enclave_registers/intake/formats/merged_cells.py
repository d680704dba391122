"""Merged cells of a sheet: harmless in titles and headers, and where the map says that empty cells mean those above."""

import re
import zipfile
from dataclasses import dataclass

from openpyxl.utils import column_index_from_string

from enclave.base import paths
from enclave_registers.intake.values.problems import Reading

BLOCK = 1 << 20
MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"\s*/?>')


@dataclass(frozen=True)
class Merged:
    """A range of merged cells of a sheet; rows and columns are counted from 1."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


def below_headers(reading: Reading, sheet) -> list[Merged]:
    """The merged ranges of a sheet that are not wholly above its first record, found without loading the sheet."""
    first = reading.map.first_record or reading.map.header_row + 1
    path = sheet._worksheet_path.lstrip("/")
    with zipfile.ZipFile(reading.file.path) as archive:
        found = _merged(archive, path if path in archive.namelist() else f"xl/{path}")
    given = reading.map.header_rows or reading.map.first_record
    return [cells for cells in found if cells.last_row >= first or not given]


def refuse(reading: Reading, merged: list[Merged], filled_down: set[int] | frozenset[int] = frozenset()) -> None:
    """Raise InputError for the first merged range, with the number of further ones.

    Left out are ranges in one of the columns at the positions `filled_down`, where an empty cell means the one above.
    """
    left = [
        cells
        for cells in merged
        if not (cells.first_column == cells.last_column and cells.first_column - 1 in filled_down)
    ]
    if not left:
        return
    first, top = left[0], reading.map.header_row
    is_above = first.last_row <= top or first.first_row == 1
    key = f"header_row in {paths.DELIVERY_MAP}" if is_above else f"fill_down in {paths.DELIVERY_MAP}"
    remedy = (
        f"If they are a title above the headers, give the row of the headers by {key}."
        if is_above
        else f"Unmerge the cells and fill each of them; if a column holds one text for several rows, list it by {key}."
    )
    raise reading.error(
        f"cells {first.name} are merged",
        remedy,
        row=first.first_row - top if first.first_row > top else None,
        more=len(left) - 1,
    )


def _merged(archive: zipfile.ZipFile, name: str) -> list[Merged]:
    found, rest = [], b""
    with archive.open(name) as sheet:
        while block := sheet.read(BLOCK):
            text = rest + block
            found += [_range(*(part.decode() for part in match.groups())) for match in MERGED.finditer(text)]
            rest = text[text.rfind(b"<") :] if b"<" in text else b""
            rest = b"" if b">" in rest else rest
    return found


def _range(first: str, row: str, last: str, last_row: str) -> Merged:
    name = f"{first}{row}:{last}{last_row}"
    return Merged(name, int(row), int(last_row), column_index_from_string(first), column_index_from_string(last))
