"""Mutations of files: encodings, line ends, delimiters, formats, parts, and files that are missing or too many."""

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from campaign import registers
from campaign.delivery import Delivery, Files, Sheet
from campaign.kinds import places
from campaign.mutation import Change, Kind
from enclave.facts import treated_pairs

# the files after a change of one text table, or nothing if it does not fit
New = Callable[[Delivery, str, Sheet, np.random.Generator], Files | None]
BOM = b"\xef\xbb\xbf"


def _encoded(encoding: str, errors: str = "strict") -> New:
    def made(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
        return delivery.files | {name: sheet.style.packed(sheet.text().encode(encoding, errors))}

    return made


def _garbled(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
    """Read in one encoding and saved in another."""
    text = sheet.text().encode("utf-8").decode("gb18030", "replace")
    return delivery.files | {name: sheet.style.packed(text.encode("utf-8"))}


def _mixed_encodings(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
    """The second half in another encoding."""
    half = len(sheet.rows) // 2
    last = replace(sheet, header=sheet.rows[half], rows=sheet.rows[half + 1 :])
    other = "gb18030" if sheet.style.encoding == "utf-8" else "utf-8"
    first = sheet.with_rows(sheet.rows[:half]).text().encode(sheet.style.encoding)
    return delivery.files | {name: sheet.style.packed(first + last.text().encode(other))}


def _joined_with_marks(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
    """Two files joined, each with its byte order mark, as `cat` joins them."""
    half = len(sheet.rows) // 2
    last = replace(sheet, header=sheet.rows[half], rows=sheet.rows[half + 1 :])
    first = sheet.with_rows(sheet.rows[:half]).text().encode()
    return delivery.files | {name: BOM + first + BOM + last.text().encode()}


def _line_ends(sign: str) -> New:
    def made(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
        return delivery.with_sheet(name, replace(sheet, style=replace(sheet.style, line_end=sign)))

    return made


def _text(change: Callable[[str, Sheet, np.random.Generator], str]) -> New:
    """A change of the text of a file."""

    def made(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
        return delivery.files | {name: sheet.style.encoded(change(sheet.text(), sheet, rng))}

    return made


def _mixed_ends(text: str, sheet: Sheet, rng) -> str:
    lines = text.split(sheet.style.line_end)
    return "".join(line + str(rng.choice(["\n", "\r\n"])) for line in lines if line)


def _other_delimiter(text: str, sheet: Sheet, rng) -> str:
    signs = [sign for sign in ",;\t|" if sign != sheet.style.delimiter]
    return replace(sheet, style=replace(sheet.style, delimiter=str(rng.choice(signs)))).text()


def _quoted(text: str, sheet: Sheet, rng) -> str:
    """Every cell in quotes."""
    rows = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in [sheet.header, *sheet.rows]]
    return "".join(sheet.style.delimiter.join(row) + sheet.style.line_end for row in rows)


def _blank_lines(text: str, sheet: Sheet, rng) -> str:
    return text.replace(sheet.style.line_end, sheet.style.line_end * 2)


def _title(text: str, sheet: Sheet, rng) -> str:
    return "表1 基本情况" + sheet.style.delimiter * (len(sheet.header) - 1) + sheet.style.line_end + text


def _units(text: str, sheet: Sheet, rng) -> str:
    """A second row under the headers."""
    head, rest = text.split(sheet.style.line_end, 1)
    units = sheet.style.delimiter.join(["单位"] + ["万"] * (len(sheet.header) - 1))
    return sheet.style.line_end.join([head, units, rest])


def _no_header(text: str, sheet: Sheet, rng) -> str:
    return text.split(sheet.style.line_end, 1)[1]


def _header_alone(text: str, sheet: Sheet, rng) -> str:
    return text.split(sheet.style.line_end, 1)[0] + sheet.style.line_end


def _twice(text: str, sheet: Sheet, rng) -> str:
    return text + text


def _twice_without_header(text: str, sheet: Sheet, rng) -> str:
    return text + _no_header(text, sheet, rng)


def _renamed(ending: str, store: Callable[[Sheet], bytes]) -> New:
    """The table in another format, under the name of the table."""

    def made(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
        return delivery.without(name) | {f"{sheet.table}.{ending}": store(sheet)}

    return made


def _frame(sheet: Sheet) -> pd.DataFrame:
    return pd.DataFrame(sheet.rows, columns=sheet.header, dtype="str")


def _workbook(frame: pd.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.to_excel(made, index=False, engine="openpyxl")
    return made.getvalue()


def _numbers(sheet: Sheet) -> pd.DataFrame:
    """The cells as a spreadsheet takes them: what looks like a number is one."""
    return pd.read_csv(io.StringIO(sheet.text()), keep_default_na=False, na_values=[""])


def _parquet(frame: pd.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.to_parquet(made, index=False)
    return made.getvalue()


def _stata(sheet: Sheet) -> bytes:
    made = io.BytesIO()
    _frame(sheet).to_stata(made, write_index=False, version=118)
    return made.getvalue()


def _archive(sheet: Sheet) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{sheet.table}.csv"), sheet.bytes())
    return made.getvalue()


def _parts(sheet: Sheet) -> list[Sheet]:
    third = len(sheet.rows) // 3 + 1
    return [sheet.with_rows(sheet.rows[at : at + third]) for at in range(0, len(sheet.rows), third)]


def _in_parts(kept: Callable[[list[bytes]], dict[str, bytes]]) -> New:
    """The table as a folder of parts."""

    def made(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files | None:
        if sheet.table == "treated":
            return None
        parts = kept([part.bytes() for part in _parts(sheet)])
        return delivery.without(name) | {f"{sheet.table}/{part}": content for part, content in parts.items()}

    return made


def _numbered(parts: list[bytes]) -> dict[str, bytes]:
    return {f"part-{number:04}.csv": part for number, part in enumerate(parts)}


def _one_missing(parts: list[bytes]) -> dict[str, bytes]:
    return {name: part for name, part in _numbered(parts).items() if name != "part-0001.csv"}


def _one_twice(parts: list[bytes]) -> dict[str, bytes]:
    return _numbered([*parts, parts[0]])


def _empty_part(parts: list[bytes]) -> dict[str, bytes]:
    return _numbered([*parts, b""])


def _with_marker(parts: list[bytes]) -> dict[str, bytes]:
    return _numbered(parts) | {"_SUCCESS": b"", ".part-0000.csv.crc": b"crc"}


def _exchanged(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
    other = places.file(delivery, rng)
    return delivery.files | {name: delivery.files[other], other: delivery.files[name]}


def _stray(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files:
    """The second half of a table in another file beside it."""
    half = len(sheet.rows) // 2
    stem, ending = name.rsplit(".", 1)
    first, last = sheet.with_rows(sheet.rows[:half]), sheet.with_rows(sheet.rows[half:])
    return delivery.files | {name: first.bytes(), f"{stem}_2.{ending}": last.bytes()}


def _of_file(new: New, delivery: Delivery, rng: np.random.Generator) -> Change | None:
    name, sheet = places.sheet(delivery, rng)
    try:
        files = new(delivery, name, sheet, rng)
    except (UnicodeEncodeError, ValueError):
        return None
    return None if files is None else Change(files, name)


def _but_treated(new: New) -> New:
    """The list of treated pairs is always a CSV file of this name."""

    def made(delivery: Delivery, name: str, sheet: Sheet, rng) -> Files | None:
        return None if name == treated_pairs.LIST else new(delivery, name, sheet, rng)

    return made


def _kind(name: str, new: New, reach: int | None, shapes=registers.SHAPES, *, evident: bool = False) -> Kind:
    return Kind(name, "files", reach, partial(_of_file, new), shapes, evident)


def _stored(name: str, ending: str, store: Callable[[Sheet], bytes]) -> Kind:
    """A kind that stores a table in another way, under the name of the table."""
    return _kind(name, _but_treated(_renamed(ending, store)), 0, PLAIN)


PLAIN = (registers.PLAIN,)
KINDS = [
    _kind("a byte order mark", _encoded("utf-8-sig"), 0, PLAIN),
    _kind("saved in GB18030", _encoded("gb18030"), 0, PLAIN),
    _kind("saved in UTF-16", _encoded("utf-16"), 0, PLAIN),
    _kind("saved in Big5", _encoded("big5", "replace"), None, evident=True),
    _kind("saved in ASCII with question marks", _encoded("ascii", "replace"), None, evident=True),
    _kind("garbled by an encoding", _garbled, None, PLAIN, evident=True),
    _kind("two encodings in one file", _mixed_encodings, 0),
    _kind("two files joined with their byte order marks", _joined_with_marks, 0, PLAIN),
    _kind("line ends of Windows", _line_ends("\r\n"), 0),
    _kind("line ends of an old Macintosh", _line_ends("\r"), 0),
    _kind("two kinds of line ends", _text(_mixed_ends), 0, PLAIN),
    _kind("no line end at the end", _text(lambda text, sheet, rng: text.rstrip("\r\n")), 0),
    _kind("every second line blank", _text(_blank_lines), 0, PLAIN),
    _kind("another delimiter", _text(_other_delimiter), 0),
    _kind("all cells in quotes", _text(_quoted), 0),
    _kind("a title above the headers", _text(_title), 0),
    _kind("a row of units under the headers", _text(_units), 1),
    _kind("no row of headers", _text(_no_header), None, evident=True),
    _kind("the row of headers alone", _text(_header_alone), None, evident=True),
    _kind("the file twice in itself", _text(_twice), None),
    _kind("all records twice", _text(_twice_without_header), None),
    _kind("an empty file", lambda delivery, name, sheet, rng: delivery.files | {name: b""}, None, evident=True),
    _kind("a file missing", lambda delivery, name, sheet, rng: delivery.without(name), None, evident=True),
    _kind("two files exchanged", _exchanged, None),
    _kind("half of a table in a stray file", _but_treated(_stray), None, evident=True),
    _stored("as a workbook of text", "xlsx", lambda sheet: _workbook(_frame(sheet))),
    _stored("as a workbook with numbers", "xlsx", lambda sheet: _workbook(_numbers(sheet))),
    _stored("as Parquet of text", "parquet", lambda sheet: _parquet(_frame(sheet))),
    _stored("as Parquet with numbers", "parquet", lambda sheet: _parquet(_numbers(sheet))),
    _stored("as Stata", "dta", _stata),
    _stored("compressed with gzip", "csv.gz", lambda sheet: gzip.compress(sheet.bytes())),
    _stored("compressed with bzip2", "csv.bz2", lambda sheet: bz2.compress(sheet.bytes())),
    _stored("in a zip archive", "zip", _archive),
    _stored("with the ending txt", "txt", Sheet.bytes),
    _stored("with an ending in capitals", "CSV", Sheet.bytes),
    _kind("in parts", _in_parts(_numbered), 0, PLAIN),
    _kind("in parts, one missing", _in_parts(_one_missing), None, PLAIN, evident=True),
    _kind("in parts, one twice", _in_parts(_one_twice), None, PLAIN, evident=True),
    _kind("in parts, one empty", _in_parts(_empty_part), 0, PLAIN),
    _kind("in parts with the marks of Spark", _in_parts(_with_marker), 0, PLAIN),
]
