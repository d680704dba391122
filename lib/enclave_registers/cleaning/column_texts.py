"""What the texts of a column mean: provinces, cities, industry codes and land uses.

The cleaning reads columns in its engine, by the patterns and words of this module. The functions here read one text
in Python, so that the check of a delivery can say beforehand what the cleaning will understand.
"""

import re
from functools import cache

from enclave import facts

FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
HALF_WIDTH = "".join(map(chr, range(0x21, 0x7F)))
WHITE_SPACE = "\u3000\u00a0\u2002\u2003\u2009\ufeff\t\r\n "
PROVINCE_ONLY = ["广东省", "广东", "440000", "44"]
PROVINCES = ["广东省", "广东"]
PROVINCE_BEFORE = f"(?:{'|'.join(PROVINCES)})"
MANUFACTURING = "C"
INDUSTRIAL_LAND = "工矿仓储用地"
# ends of codes that name a city and no county
WHOLE_CITY = ["00", "01"]
GUANGDONG_CODES, PROVINCE_CODE = "44", "440000"
# the division of an industry code: a section letter may precede it
DIVISION = "^[A-Z]?([0-9]{2})"
# what a text of a column of provinces or cities was read as
GUANGDONG, OTHER_PROVINCE, NO_PROVINCE = "Guangdong", "another province", "no province"
PLACE, ONLY_PROVINCE, NO_PLACE = "a place", "only the province", "no place"

_CODE = re.compile("[0-9]{6}")
_NORMAL = str.maketrans(FULL_WIDTH, HALF_WIDTH, WHITE_SPACE)


def normalised(text: str) -> str:
    """Half-width forms instead of full-width ones, and no white space, as `city_from_text.normalise` makes them."""
    return text.translate(_NORMAL)


def any_of(names) -> str:
    """Alternatives of a regular expression, longest first, so that 南海区 wins over 南海."""
    return f"(?:{'|'.join(sorted(set(names), key=lambda name: (-len(name), name)))})"


@cache
def place_names() -> tuple[str, ...]:
    """All names of places, in Guangdong and elsewhere."""
    return (*facts.places()["name"], *facts.elsewhere()["name"])


def place_pattern() -> str:
    """The code or place at the start of a normalised city column, with the province if it precedes."""
    return f"^{PROVINCE_BEFORE}?(?:{any_of(place_names())}|[0-9]{{6}})"


def province(text: str) -> str:
    """`GUANGDONG`, `OTHER_PROVINCE` or `NO_PROVINCE` for the text of a province column; empty for an empty one."""
    text = normalised(text)
    if text in PROVINCE_ONLY:
        return GUANGDONG
    return (OTHER_PROVINCE if text in _other_provinces() else NO_PROVINCE) if text else ""


@cache
def _other_provinces() -> frozenset[str]:
    return frozenset(facts.other_provinces())


def city(text: str) -> str:
    """`PLACE`, `ONLY_PROVINCE` or `NO_PLACE` for the text of a city column; empty for an empty one."""
    text = normalised(text)
    if text in PROVINCE_ONLY or text.startswith(PROVINCE_CODE):
        return ONLY_PROVINCE
    return (PLACE if _begins_with_place(text) else NO_PLACE) if text else ""


def is_elsewhere(text: str) -> bool:
    """Whether the text of a city column is read as a place outside Guangdong: by its name, or by a code not of 44."""
    text = normalised(text)
    code = _CODE.match(text)
    if code:
        return not text.startswith(GUANGDONG_CODES)
    return _longest_name(text) in _names_elsewhere()


def _longest_name(text: str) -> str:
    """The longest name of a place with which a text begins; empty if there is none."""
    names, longest = _lengths_of_names()
    return next((text[:length] for length in range(longest, 0, -1) if text[:length] in names), "")


@cache
def _lengths_of_names() -> tuple[frozenset[str], int]:
    names = frozenset(place_names())
    return names, max(map(len, names))


@cache
def _names_elsewhere() -> frozenset[str]:
    return frozenset(facts.elsewhere()["name"]) - frozenset(facts.places()["name"])


def _begins_with_place(text: str) -> bool:
    """Whether `place_pattern` matches. Each of its alternatives is a plain text, but for the codes."""
    without = next((text.removeprefix(name) for name in PROVINCES if text.startswith(name)), text)
    return any(begin.startswith(place_names()) or _is_known_code(begin) for begin in (text, without))


def _is_known_code(text: str) -> bool:
    """Whether a text begins with a code of six digits. In Guangdong it must be that of a city or a county."""
    code = _CODE.match(text)
    return code is not None and (not text.startswith(GUANGDONG_CODES) or code[0] in _codes())


def section(standard: int, code: str) -> str:
    """The section letter of an industry code in its vintage of GB/T 4754; empty without a division that it has."""
    code = normalised(code)
    division = re.match(DIVISION, code)
    # a letter alone is the section itself
    return _sections().get((standard, division[1] if division else code), "")


def manufacturing_divisions() -> str:
    """The divisions of manufacturing in each vintage, as text: 13 to 43 in 2011, for example."""
    known = facts.industries()
    spans = known[known["section"] == MANUFACTURING].groupby("standard")["division"].agg(["min", "max"])
    return ", ".join(f"{first} to {last} in {standard}" for standard, first, last in spans.itertuples())


def is_land_use(text: str) -> bool:
    """Whether a land use is a class, a code or a label of the facts."""
    return normalised(text) in known_land_uses()


@cache
def _codes() -> frozenset[str]:
    return frozenset([*facts.cities()["code"], *facts.counties()["code"]])


@cache
def known_land_uses() -> frozenset[str]:
    """All codes and names of land uses that the facts have."""
    uses = facts.land_uses()
    return frozenset([*uses["name_zh"], *uses["code"]])


@cache
def industrial_land_uses() -> frozenset[str]:
    """Codes and names of the class that hosts projects: industrial, mining and storage land."""
    uses = facts.land_uses()
    industrial = uses[uses["class_zh"] == INDUSTRIAL_LAND]
    return frozenset([*industrial["name_zh"], *industrial["code"]])


@cache
def _sections() -> dict[tuple[int, str], str]:
    """The section of each division, and of each section letter itself."""
    known, letters = facts.industries(), facts.industry_sections()
    of_divisions = dict(zip(zip(known["standard"], known["division"], strict=True), known["section"], strict=True))
    keys = zip(letters["standard"], letters["section"], strict=True)
    return of_divisions | dict(zip(keys, letters["section"], strict=True))
