"""Units of amounts: those that a map may give, and those that a header names."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd


@dataclass(frozen=True)
class Unit:
    """A delivered unit: `times` / `per` of the unit in the schema. Both are whole, so that decimals stay exact."""

    times: int = 1
    per: int = 1

    def converted(self, values: pd.Series) -> pd.Series:
        """The amounts in the unit of the schema, each the nearest double to the exact quotient."""
        return values * self.times / self.per


BY_TEN_THOUSAND = Unit(per=10_000)
# unit of the schema -> delivered unit
UNITS: dict[str, dict[str, Unit]] = {
    "10,000 persons": {
        "persons": BY_TEN_THOUSAND,
        "人": BY_TEN_THOUSAND,
        "thousand persons": Unit(per=10),
        "千人": Unit(per=10),
        "10,000 persons": Unit(),
        "万人": Unit(),
    },
    "10,000 yuan": {
        "yuan": BY_TEN_THOUSAND,
        "元": BY_TEN_THOUSAND,
        "thousand yuan": Unit(per=10),
        "千元": Unit(per=10),
        "10,000 yuan": Unit(),
        "万元": Unit(),
        "million yuan": Unit(times=100),
        "百万元": Unit(times=100),
        "100 million yuan": Unit(times=10_000),
        "亿元": Unit(times=10_000),
    },
    "10,000 users": {
        "users": BY_TEN_THOUSAND,
        "户": BY_TEN_THOUSAND,
        "thousand users": Unit(per=10),
        "千户": Unit(per=10),
        "10,000 users": Unit(),
        "万户": Unit(),
    },
    "beds": {"beds": Unit(), "张": Unit(), "10,000 beds": Unit(times=10_000), "万张": Unit(times=10_000)},
    "10,000 tonnes": {
        "tonnes": BY_TEN_THOUSAND,
        "吨": BY_TEN_THOUSAND,
        "thousand tonnes": Unit(per=10),
        "千吨": Unit(per=10),
        "10,000 tonnes": Unit(),
        "万吨": Unit(),
    },
    "hectare": {
        "square metre": BY_TEN_THOUSAND,
        "平方米": BY_TEN_THOUSAND,
        "10,000 square metres": Unit(),
        "万平方米": Unit(),
        "hectare": Unit(),
        "公顷": Unit(),
        "mu": Unit(per=15),
        "亩": Unit(per=15),
        "square kilometre": Unit(times=100),
        "平方公里": Unit(times=100),
    },
}
# further spellings in headers, as `_plain` leaves them -> the unit of the map
SPELLINGS = {
    "persons": ["person", "people"],
    "thousand persons": ["thousandpeople", "1000persons", "1000people", "1000person"],
    "10,000 persons": ["万人口", "10kpersons", "10kperson", "10000person", "10000people", "10000人"],
    "元": ["圆", "rmb", "cny", "人民币元", "元人民币"],
    "thousand yuan": ["1000yuan", "thousandrmb", "rmbthousand"],
    "万元": ["万", "万元人民币", "人民币万元", "10kyuan", "10krmb", "10000元", "10000rmb"],
    "百万元": ["millionyuan", "millionsofyuan"],
    "亿元": ["亿", "亿元人民币", "人民币亿元", "rmb100million", "100millionrmb"],
    "户": ["部", "user", "subscribers"],
    "thousand users": ["thousandsubscribers", "1000users", "1000subscribers"],
    "万户": ["万部", "10kusers", "10000subscribers", "10000", "10000户"],
    "张": ["bed", "床"],
    "吨": ["ton", "tons", "tonne", "t"],
    "thousand tonnes": [
        "thousandtons",
        "thousandton",
        "kt",
        "1000tons",
        "1000tonnes",
        "1000t",
        "kilotonnes",
        "kilotons",
    ],
    "万吨": ["10ktonnes", "10ktons", "10000tons", "10000ton", "10000t", "10000吨", "10^4t", "10^4tons"],
    "平方米": ["平米", "㎡", "m2", "sqm", "squaremetres", "squaremeter", "squaremeters"],
    "万平方米": ["万平米", "万m2"],
    "公顷": ["ha", "hm2", "hectares"],
    "亩": ["市亩"],
    "平方公里": ["km2", "平方千米", "squarekilometres", "squarekilometer", "squarekilometers"],
}
# a text in brackets that ends so is a unit, even if we do not know it
ENDS_OF_UNITS = re.compile(
    r"(?:元|人|户|部|张|床|吨|亩|公顷|平方米|平方公里|英亩|平方英尺|%|‰|yuan|rmb|usd|hkd|persons|people|users|subscribers|"
    r"beds|tonnes|tons|hectares|acres?|feet|ft2|sqft)$"
)
# words before a unit, or units alone, that make another one of it: billion_yuan, area_acres
MULTIPLE_BEFORE = re.compile(r"(?:hundred|thousand|million|billion|trillion|k|mn|bn|[0-9^]+)$")
OTHER_UNITS = re.compile(r"(?:acres?|sqft|ft2|英亩|平方英尺|usd|hkd|美元|港元|港币|%|‰)$")
# a text that ends so after another word is taken for that unit: 面积公顷. It may be a multiple that we do not know
MULTIPLES = "十百千万亿"
LONG_UNITS = re.compile(
    rf"[{MULTIPLES}]+(?:元|人|户|部|张|床|吨)$|[{MULTIPLES}]*(?:平方米|平米|平方公里|平方千米|公顷|亩|k?m2|hm2|sqm)$"
)
BRACKETS = re.compile(r"[(\[](?:单位:?|unit:?)?([^()\[\]]+)[)\]]:?$")
SEPARATORS = re.compile(r"[_/:,、;|-]")
UNIT_LINE = re.compile(r"(?:计量)?单位[:为]?|units?:", re.IGNORECASE)


@dataclass(frozen=True)
class NamedUnit:
    """A unit that a header names: its name in a map, or the text in the header that we do not know as a unit."""

    name: str
    unit: Unit | None


def in_header(header: str, of_schema: str) -> NamedUnit | None:
    """The unit that a header of a column with the unit `of_schema` names, or None if it names none.

    The unit is in brackets at the end, or the last word after an underline, a slash, a colon or a hyphen, or the end
    of the header itself if it is such as 万元.
    """
    plain = _plain(header)
    bracketed = BRACKETS.search(plain)
    if bracketed:
        return _known(bracketed[1], of_schema) or _unknown(bracketed[1])
    words = SEPARATORS.split(plain)
    named = next((known for word in ("".join(words[-2:]), words[-1]) if (known := _known(word, of_schema))), None)
    both = "".join(words[-2:])
    if named and MULTIPLE_BEFORE.fullmatch(both.removesuffix(words[-1])) and not _known(both, of_schema):
        return NamedUnit(both, None)
    if not named and OTHER_UNITS.search(words[-1]):
        return NamedUnit(words[-1], None)
    long = LONG_UNITS.search(words[-1])
    if named or not long:
        return named
    # a multiple of a unit of this kind is named even if we do not know it
    is_of_kind = _known(long[0].lstrip(MULTIPLES), of_schema) is not None
    return _known(long[0], of_schema) or (NamedUnit(long[0], None) if is_of_kind else None)


def without_unit(header: str) -> str:
    """A header without the brackets at its end, or the header itself if there are none."""
    plain = unicodedata.normalize("NFKC", header).rstrip(": ")
    return re.sub(r"[(\[][^()\[\]]+[)\]]$", "", plain)


def of_cell(cell: str, of_schema: str) -> NamedUnit | None:
    """The unit that a cell in a row of units gives: 万元, (万元) or 单位：万元."""
    plain = UNIT_LINE.sub("", _plain(cell)).strip("()[]")
    return _known(plain, of_schema)


def of_title(title: str, of_schema: str) -> NamedUnit | None:
    """The unit for a column that a line such as 单位：万人、万元 gives, if it gives exactly one of that kind."""
    found = UNIT_LINE.split(_plain(title))
    words = re.split(r"[、,;/()\[\]]", found[1]) if len(found) > 1 else []
    named = {known.unit: known for word in words if (known := _known(word, of_schema))}
    return next(iter(named.values())) if len(named) == 1 else None


def is_unit(cell: str) -> bool:
    """Whether a cell holds a unit and nothing else: 万元, (10 000 yuan)."""
    return any(of_cell(cell, of_schema) for of_schema in UNITS)


def _known(word: str, of_schema: str) -> NamedUnit | None:
    name = _words_of(of_schema).get(word)
    return NamedUnit(name, UNITS[of_schema][name]) if name else None


@cache
def _words_of(of_schema: str) -> Mapping[str, str]:
    """Plain spelling -> name in a map, for the units of one kind."""
    named = UNITS[of_schema]
    return {_plain(name): name for name in named} | {
        spelling: name for name in named for spelling in SPELLINGS.get(name, []) if _plain(spelling) == spelling
    }


def _unknown(text: str) -> NamedUnit | None:
    return NamedUnit(text, None) if ENDS_OF_UNITS.search(text) else None


def _plain(text: str) -> str:
    """Half width, lower case, without white space and without the comma of 10,000."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold().rstrip(":")
    return re.sub(r"(?<=\d),(?=\d)", "", plain)
