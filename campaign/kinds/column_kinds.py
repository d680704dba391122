"""Mutations of whole columns and of their headers."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from campaign import registers
from campaign.delivery import Delivery, Sheet
from campaign.kinds import places
from campaign.kinds.cell_kinds import AMOUNTS, CODES, DATES
from campaign.mutation import Change, Kind
from enclave_registers.schema import TABLES, metadata

# changes a table in the column at this place, or nothing if it does not fit
New = Callable[[Sheet, int, np.random.Generator], Sheet | None]


def _mapped(sheet: Sheet, place: int, new: Callable[[str], str]) -> Sheet:
    return sheet.with_rows([*row[:place], new(row[place]), *row[place + 1 :]] for row in sheet.rows)


def _order(sheet: Sheet, order: list[int]) -> Sheet:
    rows = [[row[at] for at in order] for row in sheet.rows]
    return replace(
        sheet, header=[sheet.header[at] for at in order], rows=rows, columns=[sheet.columns[at] for at in order]
    )


def _lost(sheet: Sheet, place: int, rng) -> Sheet:
    return _order(sheet, [at for at in range(len(sheet.header)) if at != place])


def _doubled(sheet: Sheet, place: int, rng) -> Sheet:
    return _order(sheet, [*range(len(sheet.header)), place])


def _reordered(sheet: Sheet, place: int, rng) -> Sheet:
    return _order(sheet, [int(at) for at in rng.permutation(len(sheet.header))])


def _headers_exchanged(sheet: Sheet, place: int, rng) -> Sheet:
    header, other = list(sheet.header), int(rng.integers(len(sheet.header)))
    header[place], header[other] = header[other], header[place]
    return replace(sheet, header=header)


def _header(new: Callable[[str, np.random.Generator], str]) -> New:
    def made(sheet: Sheet, place: int, rng) -> Sheet:
        header = [*sheet.header[:place], new(sheet.header[place], rng), *sheet.header[place + 1 :]]
        return replace(sheet, header=header)

    return made


def _letter_lost(header: str, rng) -> str:
    at = int(rng.integers(len(header)))
    return header[:at] + header[at + 1 :]


def _synonym(sheet: Sheet, place: int, rng) -> Sheet | None:
    if sheet.table not in TABLES or sheet.header[place] != sheet.columns[place]:
        return None
    others = metadata(TABLES[sheet.table].columns[sheet.columns[place]])["synonyms"]
    return _header(lambda header, rng: str(rng.choice(others)))(sheet, place, rng)


def _further(sheet: Sheet, place: int, rng) -> Sheet:
    rows = [[*row[:place], "备注", *row[place:]] for row in sheet.rows]
    header = [*sheet.header[:place], "remark", *sheet.header[place:]]
    return replace(sheet, header=header, rows=rows, columns=[*sheet.columns[:place], "", *sheet.columns[place:]])


def _emptied(sheet: Sheet, place: int, rng) -> Sheet:
    return _mapped(sheet, place, lambda text: "")


def _shifted(sheet: Sheet, place: int, rng) -> Sheet:
    """Each record with the value of the one above it."""
    cells = [row[place] for row in sheet.rows]
    turned = iter([cells[-1], *cells[:-1]])
    return _mapped(sheet, place, lambda text: next(turned))


def _sorted(sheet: Sheet, place: int, rng) -> Sheet:
    """The column sorted, the others not."""
    cells = iter(sorted(row[place] for row in sheet.rows))
    return _mapped(sheet, place, lambda text: next(cells))


def _repeated(sheet: Sheet, place: int, rng) -> Sheet:
    """The first value in all records."""
    return _mapped(sheet, place, lambda text: sheet.rows[0][place])


def _in(columns: list[str], new: Callable[[str], str]) -> New:
    """The same change in every cell of one of these columns."""

    def made(sheet: Sheet, place: int, rng) -> Sheet | None:
        if sheet.columns[place] not in columns:
            return None
        return _mapped(sheet, place, lambda text: new(text) if text.strip() else text)

    return made


def _some(columns: list[str], new: Callable[[str], str]) -> New:
    """The same change in a quarter of the cells of one of these columns, drawn at random."""

    def made(sheet: Sheet, place: int, rng) -> Sheet | None:
        if sheet.columns[place] not in columns:
            return None
        return _mapped(sheet, place, lambda text: new(text) if text.strip() and rng.random() < 0.25 else text)

    return made


def _number(text: str) -> str:
    """A code as a program stores it that takes it for a number."""
    return f"{float(text):.0f}" if re.fullmatch("[0-9]+", text) else text


def _rounded(text: str) -> str:
    """The first six digits of a number, as a spreadsheet or a short float keeps them."""
    digits = re.sub("[^0-9]", "", text)
    return text.replace(digits, digits[:6] + "0" * (len(digits) - 6)) if digits else text


def _in_unit(times: float) -> Callable[[str], str]:
    return lambda text: repr(float(text) * times) if re.fullmatch("[0-9.]+", text) else text


def _slashes(text: str) -> str:
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\1/\2/\3", text)


def _of_column(new: New, delivery: Delivery, rng: np.random.Generator) -> Change | None:
    name, sheet = places.sheet(delivery, rng)
    place = sheet.at(str(rng.choice([column for column in sheet.columns if column])))
    made = new(sheet, place, rng)
    if made is None:
        return None
    return Change(delivery.with_sheet(name, made), f"{name}, column {sheet.columns[place]}")


def _kind(name: str, new: New, reach: int | None, shapes=registers.SHAPES, *, evident: bool = False) -> Kind:
    return Kind(name, "columns", reach, partial(_of_column, new), shapes, evident)


PLAIN = (registers.PLAIN,)
KINDS = [
    _kind("a column lost", _lost, None),
    _kind("a column twice", _doubled, 0),
    _kind("columns in another order", _reordered, 0),
    _kind("two headers exchanged", _headers_exchanged, None),
    _kind("a header by another known name", _synonym, 0, PLAIN),
    _kind("a letter of a header lost", _header(_letter_lost), None),
    _kind("a header in capitals", _header(lambda header, rng: header.upper()), 0, PLAIN),
    _kind("white space around a header", _header(lambda header, rng: f" {header} "), 0),
    _kind("an empty header", _header(lambda header, rng: ""), None),
    _kind("a further column", _further, 0),
    _kind("a column emptied", _emptied, None, evident=True),
    _kind("a column shifted by one record", _shifted, None),
    _kind("a column sorted alone", _sorted, None),
    _kind("one value in the whole column", _repeated, None, evident=True),
    _kind("tabs before all identifiers", _in(CODES, lambda text: "\t" + text), 0),
    _kind("tabs before some identifiers", _some(CODES, lambda text: "\t" + text), 0),
    _kind("apostrophes before some identifiers", _some(CODES, lambda text: "'" + text), 0),
    _kind("all codes as numbers", _in([*CODES, "code", "city", "province"], _number), None, evident=True),
    _kind("identifiers rounded", _in(CODES, _rounded), None, evident=True),
    _kind("identifiers in small letters", _in(CODES, str.lower), 0),
    _kind("some identifiers in small letters", _some(CODES, str.lower), 0),
    _kind("dates with slashes", _in(DATES, _slashes), 0, PLAIN),
    _kind("numbers ten thousand times as large", _in(AMOUNTS, _in_unit(1e4)), None, evident=True),
    _kind("numbers a ten thousandth as large", _in(AMOUNTS, _in_unit(1e-4)), None, evident=True),
    _kind("some numbers ten thousand times as large", _some(AMOUNTS, _in_unit(1e4)), None, evident=True),
]
