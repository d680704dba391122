"""How a register says where a firm sits: in its city column, or only in its name, in each of the ways that occur.

A name tells a city by one of four forms: a place in brackets; a place at the start; a full place name (with 市, 县 or
区) anywhere; a place right before a word for branch.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.twin.dirt import pick
from enclave.twin.names import HARMLESS_TRAPS, SHOPS, TRAPS, legal_forms

COLUMN_FORMS = {
    **{"city": 0.36, "city short": 0.05, "city with province": 0.05, "county": 0.07, "county with city": 0.05},
    **{"former county": 0.04, "city code": 0.08, "county code": 0.05, "old county code": 0.03},
    **{"missing": 0.13, "province only": 0.09},
}
SILENT = ("missing", "province only")
TELLING_FORMS = {
    **{"city at the start": 0.5, "province and city at the start": 0.1, "county at the start": 0.1},
    **{"former county at the start": 0.08, "brackets": 0.12, "full name inside": 0.06, "before branch": 0.04},
}
FREE_FORMS = TELLING_FORMS | {"no place": 0.25, "misleading place": 0.06}
TRAPPED = 0.03
WIDE_BRACKETS = 0.7
WIDE_OPEN, WIDE_CLOSE = "\uff08", "\uff09"
KINDS = ("city", "city short", "county", "county short", "former county", "city code", "county code", "old county code")


class Places:
    """Draws a place or code of each of the 21 cities, by kind; a city without that kind gives its own full name."""

    def __init__(self):
        self.codes = np.array(sorted(facts.cities()["code"]), object)
        self._pools = {kind: self._pool(rows) for kind, rows in _places_by_kind().items()}

    def number(self, codes: pd.Series) -> np.ndarray:
        """City codes to numbers 0 to 20."""
        return np.searchsorted(self.codes.astype(str), codes.to_numpy(str))

    def draw(self, kind: str, city: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One place of `kind` for each city number (object array)."""
        places, start, size = self._pools[kind]
        own, own_start, _ = self._pools["city"]
        row = start[city] + (rng.random(len(city)) * size[city]).astype(int)
        return np.where(size[city] > 0, places[np.minimum(row, len(places) - 1)], own[own_start[city]])

    def _pool(self, rows: pd.DataFrame):
        rows = rows.sort_values(["city", "place"])
        start = np.searchsorted(rows["city"].to_numpy(str), self.codes.astype(str))
        size = rows.groupby("city").size().reindex(self.codes, fill_value=0).to_numpy()
        return rows["place"].to_numpy(object), start, size


def _places_by_kind() -> dict[str, pd.DataFrame]:
    places, counties, cities = facts.places(), facts.counties(), facts.cities()
    standing = counties[counties["successor"] == ""]
    former = counties[counties["successor"] != ""]
    named = places.rename(columns={"name": "place"})
    full = named[(named["level"] == "county") & (named["kind"] == "full")]
    rows = {
        "city": cities.rename(columns={"code": "city", "name_zh": "place"}),
        "city short": named[(named["level"] == "city") & (named["kind"] == "short")],
        "county": full[full["place"].isin(standing["name_zh"])],
        "county short": named[(named["level"] == "county") & (named["kind"] == "short")],
        "former county": full[~full["place"].isin(standing["name_zh"])],
        "city code": cities.assign(city=cities["code"], place=cities["code"]),
        "county code": standing.rename(columns={"code": "place"}),
        "old county code": former.rename(columns={"code": "place"}),
    }
    return {kind: table[["city", "place"]] for kind, table in rows.items()}


def column(city: np.ndarray, places: Places, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What the city column says, and by which of `COLUMN_FORMS`."""
    form = pick(rng, COLUMN_FORMS, len(city))
    text = np.full(len(city), None, object)
    for kind in KINDS:
        rows = np.flatnonzero(form == kind)
        text[rows] = places.draw(kind, city[rows], rng)
    rows = np.flatnonzero(form == "city with province")
    text[rows] = "广东省" + places.draw("city", city[rows], rng)
    rows = np.flatnonzero(form == "county with city")
    seat, county = places.draw("city", city[rows], rng), places.draw("county", city[rows], rng)
    text[rows] = np.where(seat == county, seat, seat + county)
    rows = np.flatnonzero(form == "province only")
    text[rows] = pick(rng, {"广东省": 0.8, "广东": 0.2}, len(rows))
    return text, form


def names(city, trade, line, form, places: Places, rng: np.random.Generator) -> np.ndarray:
    """Names in which the city stands by the given `form` of `FREE_FORMS`, or not at all (arrays of one length)."""
    legal = legal_forms(len(city), rng)
    text = trade + line + legal
    for kind, build in BUILDERS.items():
        rows = np.flatnonzero(form == kind)
        text[rows] = build(city[rows], _trapped(trade[rows], rng), line[rows], legal[rows], places, rng)
    return text


def no_place(trade, line, rng: np.random.Generator) -> np.ndarray:
    """Names that tell no city, though a city's name may hide inside another word."""
    trap = np.where(rng.random(len(trade)) < TRAPPED, rng.choice(np.array(HARMLESS_TRAPS, object), len(trade)), "")
    return trap + trade + line + legal_forms(len(trade), rng)


def bracketed(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The place in brackets, full-width as registers mostly have them."""
    wide = rng.random(len(place)) < WIDE_BRACKETS
    return np.where(wide, WIDE_OPEN + place + WIDE_CLOSE, "(" + place + ")")


def _trapped(trade, rng) -> np.ndarray:
    """Some trade names behind a word in which a city's name hides: harmless after the firm's own city."""
    trap = np.where(rng.random(len(trade)) < TRAPPED, rng.choice(np.array(TRAPS, object), len(trade)), "")
    return trap + trade


def _either(first, second, rng) -> np.ndarray:
    return np.where(rng.random(len(first)) < 0.5, first, second)


def _city(city, places, rng) -> np.ndarray:
    return _either(places.draw("city", city, rng), places.draw("city short", city, rng), rng)


def _other_city(city, places, rng) -> np.ndarray:
    return (city + rng.integers(1, len(places.codes), len(city))) % len(places.codes)


def _at_start(city, trade, line, legal, places, rng):
    return _city(city, places, rng) + trade + line + legal


def _province_first(city, trade, line, legal, places, rng):
    province = pick(rng, {"广东省": 0.5, "广东": 0.4, "中国": 0.1}, len(city))
    return province + _city(city, places, rng) + trade + line + legal


def _county_first(city, trade, line, legal, places, rng):
    county = _either(places.draw("county", city, rng), places.draw("county short", city, rng), rng)
    return county + trade + line + legal


def _former_first(city, trade, line, legal, places, rng):
    return places.draw("former county", city, rng) + trade + line + legal


def _in_brackets(city, trade, line, legal, places, rng):
    """Half of them open with another city, which the brackets outrank."""
    opening = _either(places.draw("city short", _other_city(city, places, rng), rng), np.full(len(city), ""), rng)
    return opening + trade + line + bracketed(_city(city, places, rng), rng) + legal


def _full_inside(city, trade, line, legal, places, rng):
    """The full name in the middle; the trade name stands first, so it must not open with a place."""
    plain = np.array([_without_trap(name) for name in trade], object)
    return plain + _either(places.draw("city", city, rng), places.draw("county", city, rng), rng) + line + legal


def _before_branch(city, trade, line, legal, places, rng):
    plain = np.array([_without_trap(name) for name in trade], object)
    word = pick(rng, {"分公司": 0.7, "营业部": 0.1, "办事处": 0.1, "分店": 0.1}, len(city))
    return plain + line + legal + _city(city, places, rng) + word


def _misleading(city, trade, line, legal, places, rng):
    """Another city's name, or a word in which one hides: only where the column tells the city."""
    other = places.draw("city short", _other_city(city, places, rng), rng)
    brackets = trade + line + bracketed(other, rng) + legal
    opening = rng.choice(np.array(TRAPS, object), len(city)) + trade + line + pick(rng, SHOPS, len(city))
    counter = trade + line + "长江门市部"
    which = rng.integers(4, size=len(city))
    return np.select([which == 0, which == 1, which == 2], [other + trade + line + legal, brackets, opening], counter)


def _without_trap(trade: str) -> str:
    return next((trade.removeprefix(trap) for trap in TRAPS if trade.startswith(trap)), trade)


BUILDERS = {
    "city at the start": _at_start,
    "province and city at the start": _province_first,
    "county at the start": _county_first,
    "former county at the start": _former_first,
    "brackets": _in_brackets,
    "full name inside": _full_inside,
    "before branch": _before_branch,
    "misleading place": _misleading,
}
