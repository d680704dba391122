"""From the text of a register to a city: the first data treatment of section 4.1.

The city is in the register's own column, or, where that is empty or holds only "Guangdong Province", in the name of the
firm. Which names are places is read from the facts; this module defines where in a text a place may be.
"""

from functools import cache

import ibis
import pandas as pd
from ibis.expr.types import BooleanValue, StringValue, Table

from enclave import facts
from enclave_registers import engines
from enclave_registers.cleaning.column_texts import (
    FULL_WIDTH,
    HALF_WIDTH,
    PROVINCE_BEFORE,
    PROVINCE_ONLY,
    PROVINCES,
    WHITE_SPACE,
    any_of,
    place_names,
    place_pattern,
)
from enclave_registers.cleaning.row_counts import left_join, where_still_in

BRACKETS = {"（": "(", "）": ")"}
# all full-width characters but the two brackets
OTHER_FULL_WIDTH = f"{FULL_WIDTH[0]}-＇＊-{FULL_WIDTH[-1]}"

COUNTRY = "中国"
# what may precede the name of a place
PREFIXES = [country + province for country in ("", COUNTRY) for province in ("", *PROVINCES)]
BRANCH_WORDS = "(?:分公司|分店|分行|支行|支公司|营业部|办事处)"
# where in a name its place may be; the first with a place decides
POSITIONS = ["branch", "bracket", "after_province", "start"]
# the sales counter of a firm: its first character would complete 江门 or 中山 to the name of a city
NO_PLACE = "门市部"


def normalise(text: StringValue) -> StringValue:
    """Half-width forms instead of full-width ones, and no white space.

    Most texts need no change, and most others have only white space and brackets to correct: the costly replacements
    run on the rest. `text` is used several times, so it should be a column: an expression would be computed each time.
    """
    corrected = text
    for old, new in BRACKETS.items():
        corrected = corrected.replace(old, new)
    other = text.re_search(f"[{OTHER_FULL_WIDTH}]")
    corrected = ibis.ifelse(other, text.translate(FULL_WIDTH, HALF_WIDTH), corrected)
    needed = text.re_search(f"[{FULL_WIDTH[0]}-{FULL_WIDTH[-1]}{WHITE_SPACE}]")
    return ibis.ifelse(needed, corrected.re_replace(f"[{WHITE_SPACE}]", ""), text)


def place_in_column(text: StringValue) -> StringValue:
    """The code or place at the start of a normalised city column, with the province if it precedes; null for none."""
    return _first_match(text, place_pattern()).nullif("")


def with_place_in_name(table: Table, name: StringValue) -> Table:
    """Add as `place` the place in a normalised firm `name`, with country and province before it, else "".

    In this order: the place of a branch at the end of its name; a place in brackets; the longest place at the start,
    where after the province also the bare name of a county counts; a full place name (with 市, 县 or 区) anywhere.
    Places outside Guangdong count as found, so that the search ends there; they have no city in `gazetteer`.

    Regular expressions return whole matches, never groups: with hundreds of alternatives a group is many times slower.
    """
    columns = table.columns
    table = table.mutate(searched=ibis.ifelse(name.contains(NO_PLACE), name.replace(NO_PLACE, ""), name))
    table = table.mutate(**_places_by_position(table.searched))
    found = [(table[position] != "", table[position]) for position in POSITIONS]
    table = table.mutate(early=ibis.cases(*found, else_=""))
    anywhere = _first_match(_where(table.early == "", table.searched), any_of(_full()))
    return table.select(*columns, place=anywhere.fill_null(table.early))


def _places_by_position(name: StringValue) -> dict[str, StringValue]:
    """The place of a normalised name at each of `POSITIONS`, with country and province before it; "" or null: none."""
    plain, every = any_of(_plain()), any_of(place_names())
    branch = _first_match(name, f"公司{plain}.*{BRANCH_WORDS}$").nullif("").substr(len("公司"))
    bracket = _first_match(_where(name.contains("("), name), rf"\({PROVINCE_BEFORE}?{plain}\)")
    return {
        "branch": _first_match(branch, f"^{plain}"),
        "bracket": bracket.replace("(", "").replace(")", ""),
        "after_province": _first_match(_where(name.startswith(PROVINCES[-1]), name), f"^{PROVINCE_BEFORE}{every}"),
        "start": _first_match(name, f"^(?:{COUNTRY})?{PROVINCE_BEFORE}?{plain}"),
    }


@cache
def gazetteer() -> Table:
    """The city of each place: columns place and place_city (GB/T 2260 code of its city, as a number).

    A place is a name or a six-digit code, after each of `PREFIXES`.
    """
    counties = facts.counties()
    return _after_prefixes([_places()[["name", "city"]], counties[["code", "city"]], _own_codes()])


@cache
def cities_themselves() -> Table:
    """As `gazetteer`, without places in a city: only names and codes of the 21 cities."""
    places = _places()
    return _after_prefixes([places.loc[places["level"] == "city", ["name", "city"]], _own_codes()])


def _own_codes() -> pd.DataFrame:
    return facts.cities()[["code", "code"]]


def _after_prefixes(places: list[pd.DataFrame]) -> Table:
    """Pairs of a place and its city, the place after each of `PREFIXES`."""
    named = [pairs.set_axis(["place", "place_city"], axis=1) for pairs in places]
    bare = pd.concat(named).drop_duplicates().astype({"place_city": "int32"})
    every = [bare.assign(place=prefix + bare["place"]) for prefix in PREFIXES]
    return ibis.memtable(pd.concat(every, ignore_index=True))


def locate(table: Table, texts: Table | None = None) -> Table:
    """Add to a table of firms or branches the city of each row: `located`, its code as a number, or null.

    Two more columns: `located_by_name` (whether the city column holds no place, so that the name is read) and
    `name_normalised`. The city column has few different values; `texts` lists them in its column `text` (default: those
    of `table`), and each is read once. A row that a step has dropped is not located.
    """
    texts = table.select(text="city").distinct() if texts is None else texts
    columns = table.columns
    table = table.mutate(name_normalised=where_still_in(table, "name"))
    table = table.mutate(name_normalised=normalise(table.name_normalised))
    table = left_join(table, _read_column(texts).cache(), "text", where_still_in(table, "city"))
    table = table.mutate(located_by_name=~table.has_place.fill_null(False))
    table = with_city_in_name(table, _where(table.located_by_name, table.name_normalised), "city_from_name")
    located = ibis.ifelse(table.located_by_name, table.city_from_name, table.city_from_column)
    return table.select(*columns, "name_normalised", "located_by_name", located=located)


def _read_column(texts: Table) -> Table:
    """For each `text` of a city column: `has_place`, whether it holds a place, and `city_from_column`, or null."""
    written = normalise(texts.text)
    place = place_in_column(ibis.ifelse(written.isin(PROVINCE_ONLY), ibis.null(str), written))
    texts = texts.mutate(found=place)
    texts = with_city(texts, texts.found, "city_from_column")
    return texts.filter(texts.text.notnull()).select("text", "city_from_column", has_place=texts.found.notnull())


def with_city_in_name(table: Table, name: StringValue, column: str) -> Table:
    """Add the city in a normalised firm `name`, or null, as the column `column`."""
    return _with_city(with_place_in_name(table, name), column)


def with_city(table: Table, place: StringValue, column: str) -> Table:
    """Add the city of a place, by `gazetteer`, as the column `column`."""
    return _with_city(table.mutate(place=place), column)


def with_own_city(table: Table, text: StringValue, column: str) -> Table:
    """Add, as the column `column`, the city that a normalised `text` names; null for a county or any other text."""
    return _with_city(table.mutate(place=text), column, cities_themselves())


def _with_city(table: Table, column: str, known: Table | None = None) -> Table:
    known = gazetteer() if known is None else known
    kept = [table[name] for name in table.columns if name != "place"]
    return table.left_join(known, table.place == known.place).select(*kept, **{column: known.place_city})


def cities_of_names(names: pd.Series) -> pd.Series:
    """City code (or missing) in each firm name, in the order and with the index of `names`."""
    engines.set_up_ibis()
    rows = ibis.memtable(pd.DataFrame({"row": range(len(names)), "name": names.to_numpy()}))
    rows = rows.mutate(name_normalised=normalise(rows.name))
    found = with_city_in_name(rows, rows.name_normalised, "city").order_by("row")
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
    """The text where a condition holds, else null: functions of a null cost nothing."""
    return ibis.ifelse(holds, text, ibis.null(str))


def _first_match(text: StringValue, pattern: str) -> StringValue:
    """The first match of `pattern`, "" without one."""
    return text.re_extract(pattern, 0)


@cache
def _places() -> pd.DataFrame:
    return facts.places()


@cache
def _full() -> tuple[str, ...]:
    places = _places()
    return tuple(places.loc[places["kind"] == "full", "name"])


@cache
def _plain() -> tuple[str, ...]:
    """All names but the bare ones of counties, which are often common words."""
    places = _places()
    return (*places.loc[places["kind"] != "bare", "name"], *facts.elsewhere()["name"])
