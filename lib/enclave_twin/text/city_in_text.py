"""The ways in which a register writes the city of a firm: in the city column, or only in the name.

Texts are rows of numbered words (see `words`). A form is given as its position in the table of forms.

A name contains the city in one of four ways: a place in brackets; a place at the start; a full place name (with 市, 县
or 区) anywhere; a place right before a word for branch.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave_twin.text import words
from enclave_twin.text.data_errors import draw
from enclave_twin.text.names import HARMLESS_TRAPS, SHOPS, TRAPS, legal_forms

# how the city column gives the city, with shares
COLUMN_FORMS = {
    "city": 0.36,
    "city short": 0.05,
    "city with province": 0.05,
    "county": 0.07,
    "county with city": 0.05,
    "former county": 0.04,
    "city code": 0.08,
    "county code": 0.05,
    "old county code": 0.03,
    "missing": 0.13,
    "province only": 0.09,
}
# forms of the column that do not give it
WITHOUT_CITY = ("missing", "province only")
# how a name gives the city, with shares
TELLING_FORMS = {
    "city at the start": 0.5,
    "province and city at the start": 0.1,
    "county at the start": 0.1,
    "former county at the start": 0.08,
    "brackets": 0.12,
    "full name inside": 0.06,
    "before branch": 0.04,
}
# how a name is formed where the column gives the city, with weights
FREE_FORMS = TELLING_FORMS | {"no place": 0.25, "misleading place": 0.06}
# share of names with a word in which the name of a city is hidden
TRAPPED = 0.03
# share of brackets in full width
WIDE_BRACKETS = 0.7
# brackets in ASCII and in full width
OPENING = ("(", "\uff08")
CLOSING = (")", "\uff09")
# kinds of places that can be drawn
KINDS = ("city", "city short", "county", "county short", "former county", "city code", "county code", "old county code")


class Places:
    """Draws places or codes of the 21 cities by kind. A city without that kind gives its own full name."""

    def __init__(self) -> None:
        self.codes = np.array(sorted(facts.cities()["code"]), object)
        self._pools = {kind: self._pool(rows) for kind, rows in _places_by_kind().items()}

    def number(self, codes: pd.Series) -> np.ndarray:
        """City codes to numbers 0 to 20."""
        return np.searchsorted(self.codes.astype(str), codes.to_numpy(str))

    def draw(self, kind: str, city: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One place of `kind` for each city number (words)."""
        places, start, size = self._pools[kind]
        own, own_start, _ = self._pools["city"]
        row = start[city] + (rng.random(len(city)) * size[city]).astype(int)
        return np.where(size[city] > 0, places[np.minimum(row, len(places) - 1)], own[own_start[city]])

    def _pool(self, rows: pd.DataFrame):
        rows = rows.sort_values(["city", "place"])
        start = np.searchsorted(rows["city"].to_numpy(str), self.codes.astype(str))
        size = rows.groupby("city").size().reindex(self.codes, fill_value=0).to_numpy()
        return words.number(rows["place"].tolist()), start, size


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


def position(forms: dict, *kinds: str) -> np.ndarray:
    """The positions of some forms in their table."""
    return np.array([list(forms).index(kind) for kind in kinds])


def without_city(form: np.ndarray) -> np.ndarray:
    """Mask of the positions in `COLUMN_FORMS` with which the column does not give the city."""
    return np.isin(form, position(COLUMN_FORMS, *WITHOUT_CITY))


def column(city: np.ndarray, places: Places, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The city column (rows of two words, empty where it is missing), and the positions in `COLUMN_FORMS`."""
    form = draw(rng, COLUMN_FORMS, len(city))
    of = {kind: np.flatnonzero(form == at) for at, kind in enumerate(COLUMN_FORMS)}
    text = np.zeros((len(city), 2), np.int32)
    for kind in KINDS:
        if kind in of:
            text[of[kind], 0] = places.draw(kind, city[of[kind]], rng)
    rows = of["city with province"]
    text[rows] = words.row(words.one("广东省"), places.draw("city", city[rows], rng))
    rows = of["county with city"]
    seat, county = places.draw("city", city[rows], rng), places.draw("county", city[rows], rng)
    text[rows] = words.row(seat, np.where(seat == county, 0, county))
    rows = of["province only"]
    text[rows, 0] = one_of({"广东省": 0.8, "广东": 0.2}, len(rows), rng)
    return text, form


def names(city, trade, line, form, places: Places, rng: np.random.Generator) -> np.ndarray:
    """Names (rows of words) that contain the city in the given `form` of `FREE_FORMS`, or do not contain it."""
    legal = legal_forms(len(city), rng)
    text = np.zeros((len(city), trade.shape[1] + FURTHER_WORDS), np.int32)
    words.fill(text, np.arange(len(city)), words.row(trade, line, legal))
    for kind, build in BUILDERS.items():
        rows = np.flatnonzero(form == position(FREE_FORMS, kind))
        trap = _traps(TRAPS, len(rows), rng)
        words.fill(text, rows, words.row(*build(city[rows], trap, trade[rows], line[rows], legal[rows], places, rng)))
    return text


def no_place(trade, line, rng: np.random.Generator) -> np.ndarray:
    """Names (rows of words) without a city, though the name of a city may be hidden in another word."""
    trap = _traps(HARMLESS_TRAPS, len(trade), rng)
    return words.row(trap, trade, line, legal_forms(len(trade), rng))


def trapped(text: np.ndarray) -> np.ndarray:
    """Mask of the names (rows of words) with a word in which the name of a city is hidden."""
    return words.contain(text, words.number(TRAPS))


def brackets(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """`n` opening and closing brackets (words), most of them full-width as in registers."""
    wide = (rng.random(n) < WIDE_BRACKETS).astype(int)
    return words.number(OPENING)[wide], words.number(CLOSING)[wide]


def one_of(shares: dict, n: int, rng: np.random.Generator) -> np.ndarray:
    """`n` of the words that are the keys of `shares`, drawn with these probabilities."""
    return words.number(shares)[draw(rng, shares, n)]


def _traps(traps: tuple[str, ...], n: int, rng) -> np.ndarray:
    """For some of `n` names a word in which the name of a city is hidden; 0 for the others."""
    return np.where(rng.random(n) < TRAPPED, rng.choice(words.number(traps), n), 0)


def _either(first, second, rng) -> np.ndarray:
    return np.where(rng.random(len(first)) < 0.5, first, second)


def _city(city, places, rng) -> np.ndarray:
    return _either(places.draw("city", city, rng), places.draw("city short", city, rng), rng)


def _other_city(city, places, rng) -> np.ndarray:
    return (city + rng.integers(1, len(places.codes), len(city))) % len(places.codes)


def _at_start(city, trap, trade, line, legal, places, rng):
    return _city(city, places, rng), trap, trade, line, legal


def _province_first(city, trap, trade, line, legal, places, rng):
    province = one_of({"广东省": 0.5, "广东": 0.4, "中国": 0.1}, len(city), rng)
    return province, _city(city, places, rng), trap, trade, line, legal


def _county_first(city, trap, trade, line, legal, places, rng):
    county = _either(places.draw("county", city, rng), places.draw("county short", city, rng), rng)
    return county, trap, trade, line, legal


def _former_first(city, trap, trade, line, legal, places, rng):
    return places.draw("former county", city, rng), trap, trade, line, legal


def _in_brackets(city, trap, trade, line, legal, places, rng):
    """Half of these names start with another city. The place in brackets takes precedence."""
    first = _either(places.draw("city short", _other_city(city, places, rng), rng), np.zeros(len(city), int), rng)
    place = _city(city, places, rng)
    opening, closing = brackets(len(city), rng)
    return first, trap, trade, line, opening, place, closing, legal


def _full_inside(city, trap, trade, line, legal, places, rng):
    """The full name of the place in the middle. The trade name comes first, so that no place is at the start."""
    return trade, _either(places.draw("city", city, rng), places.draw("county", city, rng), rng), line, legal


def _before_branch(city, trap, trade, line, legal, places, rng):
    word = one_of({"分公司": 0.7, "营业部": 0.1, "办事处": 0.1, "分店": 0.1}, len(city), rng)
    return trade, line, legal, _city(city, places, rng), word


def _misleading(city, trap, trade, line, legal, places, rng):
    """The name of another city, or a word in which one is hidden. Used only where the column gives the city."""
    other = places.draw("city short", _other_city(city, places, rng), rng)
    opening, closing = brackets(len(city), rng)
    second_trap = rng.choice(words.number(TRAPS), len(city))
    shop = one_of(SHOPS, len(city), rng)
    way = np.eye(4, dtype=np.int32)[rng.integers(4, size=len(city))].T
    first = way[0] * other + way[2] * second_trap
    inside = [way[1] * part for part in (opening, other, closing)]
    end = (way[0] + way[1]) * legal + way[2] * shop + way[3] * words.one("长江门市部")
    return first, trap, trade, line, *inside, end


# most words of a name besides those of the trade name
FURTHER_WORDS = 7
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
