"""From the text of a register to a city: the first data treatment of section 4.1.

A city stands in the register's own column, or, where that is empty or says only "Guangdong Province", in the name of
the firm. Which names are places is read from the facts; this module only says where in a text a place may stand.
"""

from functools import cache

import ibis
import pandas as pd
from ibis.expr.types import BooleanValue, StringValue, Table

from enclave import facts
from enclave_registers.cleaning.row_counts import alive
from enclave_registers.engine import left_join

WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
NARROW = "".join(map(chr, range(0x21, 0x7F)))
BLANKS = "\u3000\u00a0\u2002\u2003\u2009\ufeff\t\r\n "
BRACKETS = {"（": "(", "）": ")"}
OTHER_WIDE = f"{WIDE[0]}-＇＊-{WIDE[-1]}"

PROVINCE_ONLY = ["广东省", "广东", "440000", "44"]
COUNTRY = "中国"
PROVINCES = ["广东省", "广东"]
OPENINGS = [country + province for country in ("", COUNTRY) for province in ("", *PROVINCES)]
PROVINCE = f"(?:{'|'.join(PROVINCES)})"
BRANCH_WORDS = "(?:分公司|分店|分行|支行|支公司|营业部|办事处)"
# where in a name its place may stand, in the order in which they are believed
MARKS = ["branch", "bracket", "inside", "start"]
# the sales counter of a firm, whose first character completes 江门 or 中山 to a city
NO_PLACE = "门市部"


def normalise(text: StringValue) -> StringValue:
    """Half-width forms instead of full-width ones, and no white space.

    Most texts are plain and stay as they are; of the others few have more than white space and brackets to mend. An
    expression `text` is reckoned several times, a column is not.
    """
    mended = text
    for old, new in BRACKETS.items():
        mended = mended.replace(old, new)
    mended = ibis.ifelse(text.re_search(f"[{OTHER_WIDE}]"), text.translate(WIDE, NARROW), mended)
    return ibis.ifelse(text.re_search(f"[{WIDE[0]}-{WIDE[-1]}{BLANKS}]"), mended.re_replace(f"[{BLANKS}]", ""), text)


def place_in_column(text: StringValue) -> StringValue:
    """The code or place with which a normalised city column begins, with the province if it stands before it."""
    return _whole(text, f"^{PROVINCE}?(?:{_any_of(_names())}|[0-9]{{6}})").nullif("")


def with_place_in_name(table: Table, name: StringValue) -> Table:
    """Add as `place` the place that a normalised firm `name` tells, with country and province before it, else "".

    In this order: the place of a branch at the end of its name; a place in brackets; the longest place at the start,
    where after the province also the bare name of a county counts; a full place name (with 市, 县 or 区) anywhere.
    Places outside Guangdong count as found, so that the search ends there; they have no city in `gazetteer`.

    Only whole matches are asked of regular expressions: those are quick even with all places in them.
    """
    own = table.columns
    table = table.mutate(told=ibis.ifelse(name.contains(NO_PLACE), name.replace(NO_PLACE, ""), name))
    table = table.mutate(**_places_at_marks(table.told))
    found = [(table[mark] != "", table[mark]) for mark in MARKS]
    table = table.mutate(soon=ibis.cases(*found, else_=""))
    late = _whole(_where(table.soon == "", table.told), _any_of(_full()))
    return table.select(*own, place=late.fill_null(table.soon))


def _places_at_marks(told: StringValue) -> dict[str, StringValue]:
    """The place of a normalised name at each of `MARKS`, with country and province before it; "" or null for none."""
    plain, every = _any_of(_plain()), _any_of(_names())
    branch = _whole(told, f"公司{plain}.*{BRANCH_WORDS}$").nullif("").substr(len("公司"))
    bracket = _whole(_where(told.contains("("), told), rf"\({PROVINCE}?{plain}\)")
    return {
        "branch": _whole(branch, f"^{plain}"),
        "bracket": bracket.replace("(", "").replace(")", ""),
        "inside": _whole(_where(told.startswith(PROVINCES[-1]), told), f"^{PROVINCE}{every}"),
        "start": _whole(told, f"^(?:{COUNTRY})?{PROVINCE}?{plain}"),
    }


@cache
def gazetteer() -> Table:
    """What a found place means: columns place and place_city (GB/T 2260 code of its city, as a number).

    A place is a name or a six-digit code, alone and behind each of `OPENINGS`.
    """
    places, counties, cities = _places(), facts.counties(), facts.cities()
    names = places[["name", "city"]].set_axis(["place", "place_city"], axis=1)
    codes = counties[["code", "city"]].set_axis(["place", "place_city"], axis=1)
    own = cities[["code", "code"]].set_axis(["place", "place_city"], axis=1)
    bare = pd.concat([names, codes, own]).drop_duplicates().astype({"place_city": "int32"})
    return ibis.memtable(pd.concat([_behind(opening, bare) for opening in OPENINGS], ignore_index=True))


def _behind(opening: str, places: pd.DataFrame) -> pd.DataFrame:
    return places.assign(place=opening + places["place"])


def locate(table: Table, said: Table | None = None) -> Table:
    """Add to a table of firms or branches where they are: `located`, the code of a city as a number, or null.

    Further columns say whether the name was asked (`by_name`) and how it reads when normalised (`spelt`). The city
    column has few different texts, `said` (by default all of `table`), so each is read once. Names are read where the
    column is silent. A row that is no longer alive is located nowhere.
    """
    said = table.select(said="city").distinct() if said is None else said
    own = table.columns
    table = table.mutate(spelt=_where(alive(table), table.name))
    table = table.mutate(spelt=normalise(table.spelt))
    table = left_join(table, _read_column(said).cache(), "said", _where(alive(table), table.city))
    table = table.mutate(by_name=~table.tells.fill_null(False))
    table = with_city_in_name(table, _where(table.by_name, table.spelt), "named")
    located = ibis.ifelse(table.by_name, table.named, table.told_city)
    return table.select(*own, "spelt", "by_name", located=located)


def _read_column(values: Table) -> Table:
    """For each text of a city column (`said`): whether it `tells` a place, and the city of that place, or null."""
    written = normalise(values.said)
    place = place_in_column(ibis.ifelse(written.isin(PROVINCE_ONLY), ibis.null(str), written))
    values = values.mutate(found=place)
    values = with_city(values, values.found, "told_city")
    return values.filter(values.said.notnull()).select("said", "told_city", tells=values.found.notnull())


def with_city_in_name(table: Table, name: StringValue, column: str) -> Table:
    """Add the city that a normalised firm `name` tells, or null, under the name `column`."""
    return _with_city(with_place_in_name(table, name), column)


def with_city(table: Table, place: StringValue, column: str) -> Table:
    """Add the city of a place, as `gazetteer` has it, under the name `column`."""
    return _with_city(table.mutate(place=place), column)


def _with_city(table: Table, column: str) -> Table:
    known = gazetteer()
    kept = [table[name] for name in table.columns if name != "place"]
    return table.left_join(known, table.place == known.place).select(*kept, **{column: known.place_city})


def cities_of_names(names: pd.Series) -> pd.Series:
    """City code (or missing) that each firm name tells, in the order and with the index of `names`."""
    rows = ibis.memtable(pd.DataFrame({"row": range(len(names)), "name": names.to_numpy()}))
    rows = rows.mutate(spelt=normalise(rows.name))
    found = with_city_in_name(rows, rows.spelt, "city").order_by("row")
    return found.select(city=found.city.cast(str)).execute()["city"].set_axis(names.index)


def score(found: pd.Series, truth: pd.Series) -> dict[str, float]:
    """Precision and recall of located cities against known ones.

    Both are aligned series of city codes; missing means no city of Guangdong. `precision` is the share of found cities
    that are right, `recall` the share of known cities that are found and right, `n` the number of known cities.
    """
    right = (found == truth).fillna(False) & truth.notna()
    return {
        "precision": right.sum() / max(found.notna().sum(), 1),
        "recall": right.sum() / max(truth.notna().sum(), 1),
        "n": int(truth.notna().sum()),
    }


def _where(holds: BooleanValue, text: StringValue) -> StringValue:
    """The text where something holds, else null: functions of a null cost nothing."""
    return ibis.ifelse(holds, text, ibis.null(str))


def _whole(text: StringValue, pattern: str) -> StringValue:
    """The whole of the first match of `pattern`, "" without one. To ask for a part of it would cost much more."""
    return text.re_extract(pattern, 0)


def _any_of(names) -> str:
    """Alternatives of a regular expression, longest first, so that 南海区 wins over 南海."""
    return f"(?:{'|'.join(sorted(set(names), key=lambda name: (-len(name), name)))})"


@cache
def _places() -> pd.DataFrame:
    return facts.places()


@cache
def _full() -> tuple[str, ...]:
    inside = _places()
    return tuple(inside.loc[inside["kind"] == "full", "name"])


@cache
def _plain() -> tuple[str, ...]:
    """All but the bare names of counties, which are often common words."""
    inside = _places()
    return (*inside.loc[inside["kind"] != "bare", "name"], *facts.elsewhere()["name"])


@cache
def _names() -> tuple[str, ...]:
    return (*_places()["name"], *facts.elsewhere()["name"])
