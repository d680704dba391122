"""Provinces, cities, industry codes and land uses: how many cells the cleaning will understand, and which it will not.

The rules are those of the cleaning (`cleaning.column_texts`). Each distinct text is read once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from enclave.base.errors import InputError
from enclave_registers.cleaning import column_texts
from enclave_registers.cleaning.column_texts import (
    GUANGDONG,
    NO_PLACE,
    NO_PROVINCE,
    ONLY_PROVINCE,
    OTHER_PROVINCE,
    PLACE,
)
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

# of the province cells that are not empty: a province that no list has is taken for one outside Guangdong, so that
# its records drop out
UNKNOWN_PROVINCES = 0.01
# of the city cells in Guangdong that are not empty: there the name of the firm decides, which names a city less often
UNKNOWN_CITIES = 0.10
# of the city cells in Guangdong that are not empty: if fewer name a place, the names of firms decide nearly all
FEW_PLACES = 0.25
# of the city cells of records with the province Guangdong: a place elsewhere contradicts it, and the record drops out
ELSEWHERE_SEEN, ELSEWHERE = 0.01, 0.10
# of the entries of the industry dictionary: a firm of an entry without a division counts as not in manufacturing
UNKNOWN_CODES = 0.01
# of the firms with an industry; in the economic census of 2018 it was 17.6 per cent in the country
MANUFACTURING = (0.02, 0.75)
# so many cells are needed for a share to be judged
ENOUGH = 20
BY_FIRMS_AND_BRANCHES = ("firms", "branches")


@dataclass(frozen=True)
class Text:
    """A text that was not understood, with the number of cells that have it. It is only written to a local file."""

    table: str
    column: str
    text: str
    cells: int
    why: str


@dataclass(frozen=True)
class Understood:
    """Lines on the cells of a column, and the texts that were not understood."""

    lines: list[Line]
    texts: list[Text]


def all_columns(tables: Tables) -> Iterator[Understood]:
    """What the columns of places, industries and land uses were understood as."""
    for table in BY_FIRMS_AND_BRANCHES:
        yield provinces(tables, table)
        yield cities(tables, table)
    yield industry_codes(tables)
    yield manufacturing(tables)
    yield land_uses(tables)


def provinces(tables: Tables, table: str) -> Understood:
    """Shares of the province cells: Guangdong, another known province, no province, empty."""
    read = _read(tables.rows(f"select province, count(*) from {table} group by 1"), column_texts.province)
    given = sum(cells for kind, cells in read.kinds.items() if kind)
    unknown = read.kinds[NO_PROVINCE]
    problem = None
    if unknown > UNKNOWN_PROVINCES * given and unknown >= ENOUGH:
        told = f"{percent(unknown, given)} of the cells name no province (different texts: {len(read.unknown)})"
        problem = _unknown(tables, table, "province", told, "广东省, or the full name of another province")
    lines = [
        Line(table, "province: Guangdong", percent(read.kinds[GUANGDONG], given)),
        Line(table, "province: another one that is known", percent(read.kinds[OTHER_PROVINCE], given)),
        Line(table, "province: none", percent(unknown, given), _at_most(UNKNOWN_PROVINCES), problem),
        Line(table, "province: empty cells", percent(read.kinds[""], given + read.kinds[""])),
    ]
    return Understood(lines, read.texts(table, "province", "no province"))


def cities(tables: Tables, table: str) -> Understood:
    """Shares of the city cells of records that may be in Guangdong: a place, only the province, nothing known."""
    key = {"firms": "firm_id", "branches": "branch_id"}[table]
    found = tables.rows(
        f"select province, city, count(*) from {table} where {tables.sampled(key, table)} group by 1, 2"
    )
    ours, named = Counter(), Counter()
    for province, city, cells in found:
        kind = column_texts.province(province or "")
        if kind in ("", GUANGDONG):
            ours[city] += cells
        if kind == GUANGDONG and city:
            named[column_texts.is_elsewhere(city)] += cells
    read = _read(list(ours.items()), column_texts.city)
    given = sum(cells for kind, cells in read.kinds.items() if kind)
    unknown = read.kinds[NO_PLACE]
    problem = None
    if unknown > UNKNOWN_CITIES * given and unknown >= ENOUGH:
        told = (
            f"{percent(unknown, given)} of the cells in Guangdong name no place (different texts: {len(read.unknown)})"
        )
        problem = _unknown(tables, table, "city", told, "a city or county by name or by its GB/T 2260 code")
    few = read.kinds[PLACE] < FEW_PLACES * given and given >= ENOUGH and not problem
    warning = (
        'column "city": hardly a cell names a place, so the names of the firms decide. Were city and province '
        "exchanged, or does another column have the city?"
    )
    lines = [
        Line(table, "city in Guangdong: a place", percent(read.kinds[PLACE], given), warning=warning if few else ""),
        Line(table, "city in Guangdong: only the province", percent(read.kinds[ONLY_PROVINCE], given)),
        Line(table, "city in Guangdong: nothing known", percent(unknown, given), _at_most(UNKNOWN_CITIES), problem),
        Line(table, "city in Guangdong: empty cells", percent(read.kinds[""], given + read.kinds[""])),
        _contradictions(table, named[True], named.total()),
    ]
    return Understood(lines, read.texts(table, "city", "no place"))


def _contradictions(table: str, elsewhere: int, given: int) -> Line:
    """Records with the province Guangdong whose city is elsewhere, as postal codes (510000) and other numbers are."""
    share, problem, warning = percent(elsewhere, given), None, ""
    told = f"{share} of the cells are read as places outside Guangdong, while the province of the record is Guangdong"
    remedy = "Are they postal codes or other numbers? Deliver the city by name or by its GB/T 2260 code."
    if elsewhere >= ENOUGH and elsewhere > ELSEWHERE * given:
        problem = fault(table, told, remedy, "city")
    elif elsewhere >= ENOUGH and elsewhere > ELSEWHERE_SEEN * given:
        warning = f'column "city": {told}. {remedy}'
    return Line(table, "city elsewhere, province Guangdong", share, _at_most(ELSEWHERE), problem, warning)


def industry_codes(tables: Tables) -> Understood:
    """Share of the entries of the industry dictionary that have a division of their vintage."""
    found = tables.rows("select standard, code, count(*) from industries group by 1, 2")
    unknown = Counter({code: n for standard, code, n in found if not column_texts.section(standard, code)})
    entries = sum(n for *_, n in found)
    problem = None
    if unknown.total() > UNKNOWN_CODES * entries:
        told = f"{percent(unknown.total(), entries)} of the codes have no division that their vintage has"
        problem = _unknown(tables, "industries", "code", told, "two to four digits, with the section letter or without")
    share = percent(entries - unknown.total(), entries)
    line = Line("industries", "codes with a division of their vintage", share, _at_least(1 - UNKNOWN_CODES), problem)
    return Understood([line], _texts("industries", "code", unknown, "no division of its vintage"))


def manufacturing(tables: Tables) -> Understood:
    """Share of manufacturing among the firms whose industry is in the dictionary."""
    kinds = Counter()
    query = "select standard, code, count(*) from firms join industries using (industry_id) group by 1, 2"
    for standard, code, firms in tables.rows(query):
        kinds[column_texts.section(standard, code) == column_texts.MANUFACTURING] += firms
    low, high = MANUFACTURING
    share = kinds[True] / max(kinds.total(), 1)
    problem = None
    if kinds.total() >= ENOUGH and not low <= share <= high:
        told = f"{percent(kinds[True], kinds.total())} of the firms with an industry are in manufacturing"
        remedy = (
            f"Check codes and vintages of the dictionary: manufacturing is {column_texts.manufacturing_divisions()}."
        )
        problem = fault("industries", told, remedy, "code")
    limit = f"{100 * low:.0f} to {100 * high:.0f} %"
    return Understood([Line("firms", "in manufacturing", percent(kinds[True], kinds.total()), limit, problem)], [])


def land_uses(tables: Tables) -> Understood:
    """Plots whose use the facts know. All others are told at once: the cleaning could not sort them."""
    found = dict(tables.rows("select land_use, count(*) from land group by 1"))
    unknown = Counter({use: n for use, n in found.items() if not column_texts.is_land_use(use)})
    plots = sum(found.values())
    problem = None
    if unknown:
        told = (
            "Plots with a use that is no class of GB/T 21010 and no label of the land market: "
            f"{unknown.total()} (different texts: {len(unknown)})"
        )
        problem = _unknown(
            tables, "land", "land_use", told, "a class by code or by name, as in data/facts/land_uses.csv"
        )
    line = Line("land", "land use: known", percent(plots - unknown.total(), plots), "all", problem)
    return Understood([line], _texts("land", "land_use", unknown, "no class of land use"))


@dataclass(frozen=True)
class _Read:
    """Cells by what they were read as ("" for empty ones), and the texts that no list knows."""

    kinds: Counter[str]
    unknown: Counter[str]

    def texts(self, table: str, column: str, why: str) -> list[Text]:
        return _texts(table, column, self.unknown, why)


def _read(found, kind_of) -> _Read:
    kinds, unknown = Counter(), Counter()
    for text, cells in found:
        kind = kind_of(text or "")
        kinds[kind] += cells
        if kind in (NO_PROVINCE, NO_PLACE):
            unknown[text] += cells
    return _Read(kinds, unknown)


def _texts(table: str, column: str, unknown: Counter, why: str) -> list[Text]:
    return [Text(table, column, text, cells, why) for text, cells in sorted(unknown.items())]


def _unknown(tables: Tables, table: str, column: str, told: str, wanted: str) -> InputError:
    """The fault of texts that are not understood. It names the file that lists them."""
    remedy = f"Write {wanted}; or translate the texts in the map, under {table}, values, {column}. "
    remedy += f"{tables.listed} lists them."
    return fault(table, told, remedy, column)


def _at_most(share: float) -> str:
    return f"at most {100 * share:.0f} %"


def _at_least(share: float) -> str:
    return f"at least {100 * share:.0f} %"
