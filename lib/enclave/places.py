"""From the text of a register to a city: the first data treatment of section 4.1.

A city stands in the register's own column, or, where that is empty or says only "Guangdong Province", in the name of
the firm. Which names are places is read from the facts; this module only says where in a text a place may stand.
"""

from functools import cache

import ibis
import pandas as pd
from ibis.expr.types import StringValue, Table

from enclave import facts
from enclave.engine import left_join

WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
NARROW = "".join(map(chr, range(0x21, 0x7F)))
BLANKS = "\u3000\u00a0\u2002\u2003\u2009\ufeff\t\r\n"

PROVINCE_ONLY = ["广东省", "广东", "440000", "44"]
PROVINCE = "(?:广东省|广东)"
BRANCH_WORDS = "(?:分公司|分店|分行|支行|支公司|营业部|办事处)"
# the sales counter of a firm, whose first character completes 江门 or 中山 to a city
NO_PLACE = "门市部"


def normalise(text: StringValue) -> StringValue:
    """Half-width forms instead of full-width ones, and no white space."""
    return text.translate(WIDE + BLANKS, NARROW + " " * len(BLANKS)).replace(" ", "")


def place_in_column(text: StringValue) -> StringValue:
    """The code or place with which a normalised city column begins, after an optional province."""
    return _found(text, f"^{PROVINCE}?({_any_of(_names())}|[0-9]{{6}})")


def place_in_name(name: StringValue) -> StringValue:
    """The place a normalised firm name tells, or null.

    In this order: the place of a branch at the end of its name; a place in brackets; the longest place at the start,
    where after the province also the bare name of a county counts; a full place name (with 市, 县 or 区) anywhere.
    Places outside Guangdong count as found, so that the search ends there; they have no city in `gazetteer`.
    """
    name = name.replace(NO_PLACE, "")
    inside = facts.places()
    full = _any_of(inside.loc[inside["kind"] == "full", "name"])
    plain = _any_of([*inside.loc[inside["kind"] != "bare", "name"], *facts.elsewhere()["name"]])
    return ibis.coalesce(
        _found(name, f"公司({plain}).*{BRANCH_WORDS}$"),
        _found(name, rf"\({PROVINCE}?({plain})\)"),
        _found(name, f"^{PROVINCE}({_any_of(_names())})"),
        _found(name, f"^(?:中国)?{PROVINCE}?({plain})"),
        _found(name, f"({full})"),
    )


def gazetteer() -> Table:
    """What a found place means: columns place (name or six-digit code) and place_city (GB/T 2260 code of its city)."""
    places, counties, cities = facts.places(), facts.counties(), facts.cities()
    names = places[["name", "city"]].set_axis(["place", "place_city"], axis=1)
    codes = counties[["code", "city"]].set_axis(["place", "place_city"], axis=1)
    own = cities[["code", "code"]].set_axis(["place", "place_city"], axis=1)
    return ibis.memtable(pd.concat([names, codes, own]).drop_duplicates().reset_index(drop=True))


def locate(table: Table, *, city: str = "city", name: str = "name") -> Table:
    """Add `located` (city code or null) and `located_by` ("column", "name" or null) to a table of firms or branches."""
    written = normalise(table[city])
    in_column = place_in_column(ibis.ifelse(written.isin(PROVINCE_ONLY), ibis.null(str), written))
    in_name = place_in_name(normalise(table[name]))
    read = table.mutate(place=in_column.fill_null(in_name), by=ibis.ifelse(in_column.notnull(), "column", "name"))
    looked_up = left_join(read, gazetteer(), "place")
    return looked_up.mutate(
        located=looked_up.place_city,
        located_by=ibis.ifelse(looked_up.place_city.notnull(), looked_up.by, ibis.null(str)),
    ).drop("place", "place_city", "by")


def cities_of_names(names: pd.Series) -> pd.Series:
    """City code (or missing) that each firm name tells, in the order and with the index of `names`."""
    rows = ibis.memtable(pd.DataFrame({"row": range(len(names)), "name": names.to_numpy()}))
    rows = rows.mutate(place=place_in_name(normalise(rows.name)))
    found = left_join(rows, gazetteer(), "place").order_by("row").select("place_city").execute()
    return found["place_city"].set_axis(names.index)


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


def _found(text: StringValue, pattern: str) -> StringValue:
    return text.re_extract(pattern, 1).nullif("")


def _any_of(names) -> str:
    """Alternatives of a regular expression, longest first, so that 南海区 wins over 南海."""
    return "|".join(sorted(set(names), key=lambda name: (-len(name), name)))


@cache
def _names() -> tuple[str, ...]:
    return (*facts.places()["name"], *facts.elsewhere()["name"])
