"""Small files in shapes that need a map, their map, and the records or the error that reading them gives."""

import openpyxl
import pytest
import samples

from enclave.base import paths
from enclave.base.errors import InputError

HEADERS = ["城市", "年份", "户籍人口", "一般预算收入", "一般预算支出", "电话用户数", "医院床位数", "货运量"]
SHAOGUAN = ["韶关市", 2001, 310, 5, 6, 7, 8, 9]
QINGYUAN = ["清远市", 2001, 395, 15, 16, 17, 18, 19]
COLUMNS = list(samples.YEARBOOK.columns)


def workbook(path, *rows, sheets=None, merged=()):
    """Write rows into the first sheet of a workbook, and those of `sheets` into further ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    for name, more in (sheets or {}).items():
        page = book.create_sheet(name)
        for row in more:
            page.append(row)
    book.save(path)


def text(path, *rows, separator=","):
    """Write rows as delimited text."""
    lines = [separator.join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


WRITERS = {"xlsx": workbook, "csv": text}


def write_map(folder, text):
    paths.delivery_map(folder).write_text(text, encoding="utf-8")


def read(folder, table="yearbook") -> list[dict]:
    return samples.read_table(table, folder).to_dict("records")


def refused(folder, table="yearbook", *, quoting=True) -> InputError:
    with pytest.raises(InputError) as caught:
        samples.read_table(table, folder, quoting=quoting)
    return caught.value


def record(row, **changed):
    """A record of the yearbook as it must come out."""
    numbers = [float(cell) for cell in row[2:]]
    return dict(zip(COLUMNS, [*row[:2], *numbers], strict=True)) | changed
