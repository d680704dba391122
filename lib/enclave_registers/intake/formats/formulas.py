"""Formulas of a sheet without their values, as programs write them that do not compute.

Excel stores each formula with its last value, and only the value is read. Without one the cell would read as empty.
"""

import re
import zipfile
from collections.abc import Collection, Iterator

from openpyxl.utils import column_index_from_string

from enclave_registers.intake.values.problems import Reading

BLOCK = 1 << 20
FORMULA = b"<f"
# a cell with a formula and no value; one of the type `str` may have an empty text
WITHOUT_VALUE = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"((?:(?!t="str")[^>])*)>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v>\s*</v>|<v\s*/>)?\s*</c>'
)
REMEDY = "Open the workbook in Excel or LibreOffice, which compute the formulas, and save it; or paste the values."


def refuse_without_values(reading: Reading, sheet, positions: Collection[int]) -> None:
    """Raise InputError for the first formula without a value among the records, with the number of further ones.

    positions : the places of the columns that are read, counted from 0
    """
    path = sheet._worksheet_path.lstrip("/")
    with zipfile.ZipFile(reading.file.path) as archive:
        name = path if path in archive.namelist() else f"xl/{path}"
        cells = [
            (column, row)
            for column, row in _cells(archive, name)
            if row > reading.map.header_row and column_index_from_string(column) - 1 in positions
        ]
    if cells:
        column, row = cells[0]
        problem = f"cell {column}{row} has a formula without its value"
        raise reading.error(problem, REMEDY, row=row - reading.map.header_row, more=len(cells) - 1)


def _cells(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, int]]:
    """Column and row of each formula without a value."""
    rest = b""
    with archive.open(name) as sheet:
        while block := sheet.read(BLOCK):
            text = rest + block
            if FORMULA in text:
                yield from ((found[1].decode(), int(found[2])) for found in WITHOUT_VALUE.finditer(text))
            end = text.rfind(b"</c>") + len(b"</c>")
            rest = text[end:] if end >= len(b"</c>") else text
