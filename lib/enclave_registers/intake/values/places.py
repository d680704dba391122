"""Codes and names of cities and counties, checked against the facts."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.adjustments import COUNTY_IN_NUMBER, NO_COUNTY

PROVINCE_CODE = "440000"
UNKNOWN_CODE = "is an unknown city code"
REMEDY = (
    f"Correct the code, or translate it in {paths.DELIVERY_MAP} under values. If it was valid in the past, add it to "
    "data/facts/counties.csv with its source."
)
# ends of the codes of a whole city in place of a county's (市本级, 市辖区)
WHOLE_CITY = ("00", "01")


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
    """The code of each place if its code or name is known, else its text: two spellings of one place give one key.

    A county-level city has its own code, not that of the city above it.
    """
    places = facts.places()
    codes = dict(zip(places["name"], places["county"].fillna(places["city"]), strict=True))

    def key(text: str) -> str:
        plain = _normalised(text)
        return codes.get(plain) or codes.get(plain.removeprefix("广东省").removeprefix("广东")) or plain

    return _by_value(cities, key)


def without_use(table: str, frame: pd.DataFrame) -> pd.Series:
    """A mask of records in which a gap does no harm: cities of the yearbook that are not one of the recipients."""
    if table != "yearbook":
        return pd.Series(False, index=frame.index)
    return frame["city"].notna() & ~city_keys(frame["city"]).isin(facts.city_codes("recipient"))


def city_plots(plots: pd.DataFrame) -> dict[str, int]:
    """How many plots have the code of a city in place of a county's, by what becomes of them (see `adjustments`)."""
    number = plots["supervision_number"].str[:6]
    given = plots["county_code"].fillna(number)
    of_city = given.str.startswith("44") & given.str.endswith(WHOLE_CITY)
    in_number = of_city & (number.str[:4] == given.str[:4]) & ~number.str.endswith(WHOLE_CITY)
    return {COUNTY_IN_NUMBER: int(in_number.sum()), NO_COUNTY: int((of_city & ~in_number).sum())}


def _seats(frame: pd.DataFrame) -> Iterator[Unknown]:
    yield Unknown("city", _marked(frame["city"], _is_unknown()), UNKNOWN_CODE, REMEDY)


def _yearbook_cities(frame: pd.DataFrame) -> Iterator[Unknown]:
    known = {*facts.places()["name"], *facts.elsewhere()["name"]}
    yield from _seats(frame)

    def is_unknown_city(text: str) -> bool:
        text = _normalised(text)
        return not (len(text) == 6 and text.isdecimal()) and text.removeprefix("广东").removeprefix("省") not in known

    remedy = (
        "Give the name or the six-digit code of a city, or translate the cell in the map under values. Remove rows of "
        "other places (the province, the country)."
    )
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


@cache
def _known_codes() -> frozenset[str]:
    whole = {code[:4] + end for code in facts.cities()["code"] for end in WHOLE_CITY}
    return frozenset({PROVINCE_CODE, *whole, *facts.counties()["code"]})


def _is_unknown() -> Callable[[str], bool]:
    """A test whether a text is a code of Guangdong that the facts do not have."""
    known = _known_codes()

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
