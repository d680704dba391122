"""A delivery in memory: the bytes of its files, and the text tables among them cell by cell."""

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

Files = dict[str, bytes]


@dataclass(frozen=True)
class Style:
    """How the text of a table is stored. `packing` is gz or nothing."""

    encoding: str = "utf-8"
    delimiter: str = ","
    line_end: str = "\n"
    packing: str = ""

    def encoded(self, text: str) -> bytes:
        """A text as the bytes of a file."""
        return self.packed(text.encode(self.encoding))

    def packed(self, content: bytes) -> bytes:
        """Bytes of text as the bytes of a file."""
        return gzip.compress(content, mtime=0) if self.packing else content

    def unpacked(self, content: bytes) -> bytes:
        """The bytes of the text in a file."""
        return gzip.decompress(content) if self.packing else content


@dataclass(frozen=True)
class Sheet:
    """A text table.

    table : the raw table that it belongs to
    header : headers as delivered
    rows : the cells of each record as text
    columns : for each header the column of the schema, or nothing
    """

    table: str
    header: list[str]
    rows: list[list[str]]
    columns: list[str]
    style: Style = Style()

    @classmethod
    def of_bytes(cls, table: str, content: bytes, ours: dict[str, str], style: Style) -> "Sheet":
        """The table in the bytes of a file. `ours` has the column of the schema for each known header."""
        text = style.unpacked(content).decode(style.encoding)
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=style.delimiter) if row]
        return cls(table, header, rows, [ours.get(name, "") for name in header], style)

    def text(self) -> str:
        """The table as text."""
        made = io.StringIO(newline="")
        writer = csv.writer(made, delimiter=self.style.delimiter, lineterminator=self.style.line_end)
        writer.writerows([self.header, *self.rows])
        return made.getvalue()

    def bytes(self) -> bytes:
        """The table as the bytes of a file."""
        return self.style.encoded(self.text())

    def at(self, column: str) -> int:
        """The position of a column of the schema."""
        return self.columns.index(column)

    def with_rows(self, rows: Iterable[list[str]]) -> "Sheet":
        """The same table with other records."""
        return replace(self, rows=list(rows))

    def with_cell(self, row: int, place: int, text: str) -> "Sheet":
        """The same table with another text in one cell; `row` counts from 0."""
        rows = list(self.rows)
        rows[row] = [*rows[row][:place], text, *rows[row][place + 1 :]]
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Delivery:
    """The files of a delivery by name, and its text tables under the same names."""

    shape: str
    files: Files
    sheets: dict[str, Sheet]

    def with_sheet(self, name: str, sheet: Sheet) -> Files:
        """The files with another content of one text table."""
        return self.files | {name: sheet.bytes()}

    def without(self, name: str) -> Files:
        """The files but one."""
        return {other: content for other, content in self.files.items() if other != name}

    def of_table(self, table: str) -> list[str]:
        """The names of the text tables that belong to a raw table."""
        return [name for name, sheet in self.sheets.items() if sheet.table == table]


def lay_out(files: Files, folder: Path) -> None:
    """Write the files of a delivery into a folder."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
