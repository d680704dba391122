"""Mutations of one cell: other spellings of the same value, damaged values, and plausible wrong ones."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np

from campaign import registers
from campaign.delivery import Delivery
from campaign.kinds import places
from campaign.kinds.places import Cell
from campaign.mutation import Change, Kind

New = Callable[[Cell, np.random.Generator], str | None]
CODES = ("firm_id", "shareholder_id", "branch_id", "parent_id", "industry_id", "supervision_number", "county_code")
DATES = ("established", "invested_on", "signed_on")
BUDGET = ("population_10k", "revenue_10k_yuan", "expenditure_10k_yuan")
AMOUNTS = (*BUDGET, "phones_10k", "hospital_beds", "freight_10k_tonnes", "area_ha")
TEXTS = ("name", "shareholder_name", "parent_name", "location", "district", "province", "city")
# columns in which many cells are empty
GAPS = ("province", "city", "established", "industry_id", "shareholder_id", "invested_on", "parent_id", "parent_name")
GAPS += ("phones_10k", "hospital_beds", "freight_10k_tonnes", "county_code", "location")
NO_VALUE = ["-", "--", "NA", "N/A", "#N/A", "null", "NULL", "None", "nan", "NaN", "NaT", "<NA>", "无", "未知", "不详"]
TO_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
NO_DATES = ["1900-01-01", "9999-12-31", "1899-12-30", "1970-01-01", "2099-12-31"]
INVISIBLE = ["\u200b", "\ufeff", "\u00a0", "\u2009"]
# spellings of places in columns of other suppliers
PROVINCES = [
    "广东省广州市",
    "Guangdong",
    "GUANGDONG PROVINCE",
    "粤",
    "中国广东省",
    "广东省内",
    "440000000000",
    "广东省 ",
]
CITIES = [
    "4401",
    "440100000000",
    "440000000000",
    "中国广东省广州市",
    "广东省-广州市",
    "广东/广州市",
    "Guangzhou",
    "市辖区",
]
CITIES += ["经济技术开发区", "广 州 市", "广州市①", "拉萨市", "湖南省长沙市"]
INDUSTRIES = [
    "c1310",
    "C-13",
    "GB1310",
    "C农副食品加工业",
    "制造业",
    "C",
    "99999999999",
    "131",
    "13.0",
    "1 3",
    "CC13",
    "013",
]


def _white_space(cell: Cell, rng) -> str:
    sign = str(rng.choice([" ", "\u3000", "\u00a0", "  "]))
    return sign + cell.text if rng.random() < 0.5 else cell.text + sign


def _filled(new: New) -> New:
    return lambda cell, rng: new(cell, rng) if cell.text.strip() else None


def _no_value(cell: Cell, rng) -> str | None:
    """A word for no value in a cell that holds none."""
    return None if cell.text.strip() else str(rng.choice(NO_VALUE))


def _digit(cell: Cell, rng, new: Callable[[str, np.random.Generator], str]) -> str | None:
    """Replace one digit of the cell."""
    digits = [found.start() for found in re.finditer("[0-9]", cell.text)]
    if not digits:
        return None
    at = int(rng.choice(digits))
    return cell.text[:at] + new(cell.text[at], rng) + cell.text[at + 1 :]


def _other_digit(digit: str, rng) -> str:
    return str(rng.choice([other for other in "0123456789" if other != digit]))


def _character(cell: Cell, rng, new: Callable[[str, np.random.Generator], str]) -> str | None:
    at = int(rng.integers(len(cell.text)))
    return cell.text[:at] + new(cell.text[at], rng) + cell.text[at + 1 :]


def _neighbour(cell: Cell, rng) -> str | None:
    others = cell.others()
    return str(rng.choice(others)) if others else None


def _other_column(cell: Cell, rng) -> str:
    return str(rng.choice(cell.sheet.rows[cell.row]))


def _garbled(cell: Cell, rng) -> str | None:
    """UTF-8 that was read as another encoding."""
    if cell.text.isascii():
        return None
    return cell.text.encode("utf-8").decode("cp1252", "replace" if rng.random() < 0.5 else "ignore")


def _number(cell: Cell, rng) -> str | None:
    """The number as people write it: with thousands separators, comma, exponent, sign or unit."""
    if not re.fullmatch(r"[0-9.]+", cell.text):
        return None
    value = float(cell.text)
    forms = [f"{value:,.2f}", cell.text.replace(".", ","), f"{value:e}", f"-{cell.text}", f"+{cell.text}"]
    forms += [f"{cell.text}万", f"约{cell.text}", "inf", f"{cell.text}%", f"({cell.text})", "…", "0"]
    return str(rng.choice(forms))


def _scaled(cell: Cell, rng) -> str | None:
    """The number in another unit."""
    if not re.fullmatch(r"[0-9.]+", cell.text):
        return None
    return repr(float(cell.text) * float(rng.choice([1e-4, 1e-3, 1e-2, 100, 1e3, 1e4])))


def _parts(cell: Cell) -> tuple[str, str, str] | None:
    found = re.fullmatch(r"(\d{4})\D?(\d{2})\D?(\d{2})", cell.text) or None
    if found:
        return found.groups()
    turned = re.fullmatch(r"(\d{2})\D(\d{2})\D(\d{4})", cell.text)
    return turned.groups()[::-1] if turned else None


def _date(cell: Cell, rng) -> str | None:
    """The date as another program writes it, a part of it, or a day that is none."""
    parts = _parts(cell)
    if not parts:
        return None
    year, month, day = parts
    forms = [f"{year}/{int(month)}/{int(day)}", f"{year}{month}{day}", f"{year}年{int(month)}月{int(day)}日"]
    forms += [
        f"{year}-{month}-{day} 00:00:00",
        f"{day}/{month}/{year}",
        f"{year}-{day}-{month}",
        f"{year}.{month}.{day}",
    ]
    forms += [year, f"{year}-{month}", f"{year[2:]}-{month}-{day}", f"{year}-02-30", f"{year}-{month}-00", "0000-00-00"]
    forms += [
        "38473",
        f"{year}-{month}-{day} 16:00:00",
        f"{year}-{month}-{day}T16:00:00Z",
        f"0{year[1:]}-{month}-{day}",
    ]
    return str(rng.choice(forms))


def _signs(cell: Cell, rng) -> str:
    """A sign that text tables cannot hold, or only in quotes."""
    sign = str(rng.choice(["\0", "\x1f", "\n", "\r", '"', "\ufffd", "\u2028", "\x7f"]))
    at = int(rng.integers(len(cell.text) + 1))
    return cell.text[:at] + sign + cell.text[at:]


def _invisible(cell: Cell, rng) -> str:
    at = int(rng.integers(len(cell.text) + 1))
    return cell.text[:at] + str(rng.choice(INVISIBLE)) + cell.text[at:]


def _one_of(texts: list[str]) -> New:
    return lambda cell, rng: str(rng.choice(texts))


def _other_case(cell: Cell, rng) -> str:
    return cell.text.swapcase()


def _of_cell(new: New, columns: tuple[str, ...], delivery: Delivery, rng: np.random.Generator) -> Change | None:
    cell = places.cell(delivery, rng, columns)
    text = None if cell is None else new(cell, rng)
    if cell is None or text is None or text == cell.text:
        return None
    try:
        made = cell.sheet.with_cell(cell.row, cell.place, text)
        return Change(delivery.with_sheet(cell.name, made), cell.where(), frozenset({cell.row + 1}))
    except UnicodeEncodeError:
        return None


def _kind(name: str, new: New, columns: tuple[str, ...] = (), reach: int = 1, shapes=registers.SHAPES) -> Kind:
    return Kind(name, "cells", reach, partial(_of_cell, new, columns), shapes)


def _digits(name: str, new: Callable[[str, np.random.Generator], str], columns: tuple[str, ...] = ()) -> Kind:
    """A kind that rewrites one digit of a cell."""
    return _kind(name, lambda cell, rng: _digit(cell, rng, new), columns)


def _letters(name: str, new: str) -> Kind:
    """A kind that rewrites one character of a text."""
    return _kind(name, _filled(lambda cell, rng: _character(cell, rng, lambda sign, rng: new)), TEXTS)


PLAIN = (registers.PLAIN,)
KINDS = [
    _kind("white space around a value", _filled(_white_space)),
    _kind("a tab before an identifier", _filled(lambda cell, rng: "\t" + cell.text), CODES, 0),
    _kind("an apostrophe before an identifier", _filled(lambda cell, rng: "'" + cell.text), CODES, 0),
    _kind("an identifier as a formula", _filled(lambda cell, rng: f'="{cell.text}"'), CODES, 0),
    _kind("an identifier in full width", _filled(lambda cell, rng: cell.text.translate(TO_WIDE)), CODES, 0),
    _kind("an identifier in the other case", _filled(lambda cell, rng: cell.text.swapcase()), CODES, 0),
    _kind("an invisible sign in an identifier", _filled(_invisible), CODES),
    _kind("an invisible sign in a text", _filled(_invisible), TEXTS),
    _kind("a word for no value in an empty cell", _no_value, GAPS, 0),
    _kind("a word for no value in a filled cell", _filled(_one_of(NO_VALUE))),
    _kind("a cell emptied", _filled(_one_of([""]))),
    _digits("another digit in an identifier", _other_digit, (*CODES, "code")),
    _digits("another digit in a number", _other_digit, AMOUNTS),
    _digits("another digit in a date", _other_digit, DATES),
    _digits("a digit lost", lambda digit, rng: ""),
    _digits("a digit doubled", lambda digit, rng: digit * 2),
    _kind("leading zeros lost", lambda cell, rng: re.sub("^([A-Z]?)0+", r"\1", cell.text)),
    _letters("a character lost", ""),
    _letters("a character replaced", "某"),
    _kind("a text garbled by an encoding", _garbled),
    _kind("a text of question marks", _filled(lambda cell, rng: "?" * len(cell.text)), TEXTS),
    _kind("the value of another record", _neighbour),
    _kind("the value of another column", _other_column),
    _kind("a number in another form", _number, AMOUNTS),
    _kind("a number in another unit", _scaled, AMOUNTS),
    _kind("a date in another form", _date, DATES),
    _kind("a date that stands for none", _one_of(NO_DATES), DATES),
    _kind("a province in another form", _one_of(PROVINCES), ("province",)),
    _kind("a city in another form", _one_of(CITIES), ("city",)),
    _kind("an industry code in another form", _one_of(INDUSTRIES), ("code",), 1, PLAIN),
    _kind("a sign that no table holds", _filled(_signs)),
    _kind("a very long text", _filled(lambda cell, rng: cell.text * 5000)),
]
