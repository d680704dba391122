"""Codes and names of cities and counties, checked against the facts."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from enclave import facts
from enclave_registers.intake.values import cell_types

PROVINCE_CODE = "440000"
UNKNOWN_CODE = "is an unknown city code"
REMEDY = "Correct the code. If it was valid in the past, add it to data/facts/counties.csv with its source."


@dataclass(frozen=True)
class Unknown:
    """Cells of `column`, marked by `wrong`, with a place that the facts do not have."""

    column: str
    wrong: pd.Series
    problem: str
    remedy: str


def unknown(table: str, frame: pd.DataFrame) -> Iterator[Unknown]:
    """Places in the columns of a table that the facts do not have. Codes of other provinces (not 44....) are valid."""
    if table in CHECKS:
        yield from CHECKS[table](frame)


def city_keys(cities: pd.Series) -> pd.Series:
    """The code of each city if its code or name is known, else its text: two spellings of one city give one key."""
    named = facts.places().set_index("name")["city"].to_dict()
    return _by_value(cities, lambda text: named.get(_normalised(text), _normalised(text)))


def are_elsewhere(cities: pd.Series) -> pd.Series:
    """Which cities are outside Guangdong, by name or code. Missing ones are not."""
    named = {*facts.elsewhere()["name"]} - {*facts.places()["name"]}

    def is_elsewhere(text: str) -> bool:
        text = _normalised(text)
        return text in named or (len(text) == 6 and text.isdecimal() and not text.startswith(PROVINCE_CODE[:2]))

    return _marked(cities, is_elsewhere)


def _seats(frame: pd.DataFrame) -> Iterator[Unknown]:
    yield Unknown("city", _marked(frame["city"], _is_unknown()), UNKNOWN_CODE, REMEDY)


def _yearbook_cities(frame: pd.DataFrame) -> Iterator[Unknown]:
    known = {*facts.places()["name"], *facts.elsewhere()["name"]}
    yield from _seats(frame)

    def is_unknown_city(text: str) -> bool:
        text = _normalised(text)
        return not (len(text) == 6 and text.isdecimal()) and text.removeprefix("广东省") not in known

    remedy = "Give the name or the six-digit code of a city. Remove rows of other places (the province, the country)."
    yield Unknown("city", _marked(frame["city"], is_unknown_city), "is an unknown city", remedy)


def _plots(frame: pd.DataFrame) -> Iterator[Unknown]:
    is_unknown = _is_unknown()
    yield Unknown("county_code", _marked(frame["county_code"], is_unknown), UNKNOWN_CODE, REMEDY)
    alone = frame["supervision_number"].where(frame["county_code"].isna())
    start = _marked(alone, lambda text: is_unknown(text[:6]))
    yield Unknown(
        "supervision_number", start, "begins with an unknown city code, and the county code is missing", REMEDY
    )
    without = _marked(alone, lambda text: not text[:6].isdecimal() or len(text) < 6)
    remedy = "Fill in the county code, or give the complete number."
    yield Unknown(
        "supervision_number", without, "does not begin with a county code, and the county code is missing", remedy
    )


CHECKS: dict[str, Callable[[pd.DataFrame], Iterator[Unknown]]] = {
    "firms": _seats,
    "branches": _seats,
    "yearbook": _yearbook_cities,
    "land": _plots,
}


def _is_unknown() -> Callable[[str], bool]:
    """A test whether a text is a code of Guangdong that the facts do not have."""
    known = {PROVINCE_CODE, *facts.cities()["code"], *facts.counties()["code"]}

    def unknown_code(text: str) -> bool:
        code = _normalised(text)
        return len(code) == 6 and code.isdecimal() and code.startswith("44") and code not in known

    return unknown_code


def _normalised(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _marked(texts: pd.Series, test: Callable[[str], bool]) -> pd.Series:
    return _by_value(texts, test).eq(True)


def _by_value(texts: pd.Series, function: Callable) -> pd.Series:
    """The function of each text, computed once for each distinct text. Missing stays missing."""
    return cell_types.by_value(texts, lambda distinct: distinct.map(function))
