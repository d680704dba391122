"""The synthetic firm master.

It has three groups of firms: those that the links are stakes in; one plain firm in each of the 21 cities; and noise,
which are firms of Guangdong without a counted stake, firms outside the province, and firms without a known city. Firms
are made in blocks. The first block has the first two groups, and all blocks have noise.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import facts
from enclave_twin.tables import industries
from enclave_twin.tables.sizes import SIZES
from enclave_twin.text import city_in_text, names, words
from enclave_twin.text.data_errors import Record, corrupt_text, draw, repeat

# kinds of noise, with shares: in Guangdong, outside the province, without a known city
NOISE = {"guangdong": 0.86, "outside": 0.1, "hopeless": 0.04}
GROUPS = ("invested", "plain", *NOISE)
# how Guangdong is written in the province column, with shares
PROVINCE_FORMS = {"广东省": 0.8, "广东": 0.1, "440000": 0.05, "44": 0.02, None: 0.03}
COLUMN_FORMS = [*city_in_text.COLUMN_FORMS, "outside"]
NAME_FORMS = [*city_in_text.FREE_FORMS, "outside"]
# share of firms without a date of establishment
NO_DATE = 0.03
# first year of establishment, and the year after the last one
OLDEST = 1985
YOUNGEST = 2021
# share of firms in manufacturing, outside the group that the links are stakes in
MANUFACTURING = 0.4
# of firms outside the province: share that names its province, of these the share that names its city, and share
# with a city of Guangdong at the start of the name
PROVINCE_SHOWN = 0.85
CITY_SHOWN = 0.8
TWISTED = 0.1
# names that are held ready: per firm of a block, and besides
STEMS_PER_FIRM = 3
FURTHER_STEMS = 50_000
TABLE = "firms"


@dataclass(frozen=True)
class Turn:
    """Which block of how many this is. It keeps the numbers that different blocks give out apart."""

    block: int
    blocks: int

    def number(self, own: np.ndarray) -> np.ndarray:
        """The block's own numbers from 0 as numbers among all blocks."""
        return own * self.blocks + self.block


@dataclass
class Master:
    """The firms of a block with the truth about them, and a source of further names.

    `truth` has per firm: number (of its identifier), seat (number of the city in `places.codes`, -1 = not
    known), group (position in `GROUPS`), manufacturing (bool), year (of establishment), dated (bool), form_column and
    form_name (how the city is written: positions in `COLUMN_FORMS` and `NAME_FORMS`). `name` has their names as
    delivered. The first `size` firms are the block's own, with their records in `raw`. The others belong to the first
    block and can be named as investors and parents.
    """

    truth: pd.DataFrame
    name: pa.StringArray
    raw: pa.Table
    places: city_in_text.Places
    stems: names.Stems
    turn: Turn
    spare: int

    def __post_init__(self) -> None:
        self.size = self.raw.num_rows
        self.number, self.seat = self.truth["number"].to_numpy(), self.truth["seat"].to_numpy()
        self.manufacturing, self.dated = self.truth["manufacturing"].to_numpy(), self.truth["dated"].to_numpy()
        self._order = np.argsort(self.seat, kind="stable")
        self._start = np.searchsorted(self.seat[self._order], np.arange(len(self.places.codes) + 1))

    def of_city(self, city: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Row numbers of random firms seated in the given cities."""
        start, stop = self._start[city], self._start[city + 1]
        return self._order[start + (rng.random(len(city)) * (stop - start)).astype(int)]

    def among(self, mask, n: int, rng: np.random.Generator) -> np.ndarray:
        """Row numbers of `n` random firms where `mask` is true; empty if it is true nowhere."""
        rows = np.flatnonzero(mask)
        return rng.choice(rows, n) if len(rows) else rows

    def group(self, name: str) -> np.ndarray:
        """Mask of the firms of one of `GROUPS`."""
        return self.truth["group"].to_numpy() == GROUPS.index(name)

    def identifiers(self, rows: np.ndarray, missing: np.ndarray | None = None) -> pa.StringArray:
        """Identifiers of firms by row number; null where the mask `missing` is true."""
        return words.identifiers("G", self.number[rows], missing)

    def names(self, rows: np.ndarray) -> pa.StringArray:
        """Names of firms by row number."""
        return self.name.take(pa.array(rows))

    def invent(self, city: np.ndarray, rng: np.random.Generator) -> pa.StringArray:
        """Names of firms that are not in the master. Each name contains its city."""
        trade, line = self.spare_stems(len(city), rng)
        form = draw(rng, city_in_text.TELLING_FORMS, len(city))
        return words.spell(city_in_text.names(city, trade, line, form, self.places, rng))

    def invent_without_place(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Names (rows of words) of firms that are not in the master, without a city."""
        return city_in_text.no_place(*self.spare_stems(n, rng), rng)

    def spare_stems(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Trade names and lines of business that no firm has yet."""
        numbers = self.turn.number(np.arange(self.spare, self.spare + n))
        self.spare += n
        return self.stems.take(numbers, rng.random(n) < 0.5)


def needed(links: pd.DataFrame) -> int:
    """The smallest number of firms with which the links can be written: those with a stake, and one in each city."""
    return int(links["firm"].max()) + 1 + len(SIZES) if len(links) else len(SIZES)


def master(
    links: pd.DataFrame, n: int, rng: np.random.Generator, record: Record, turn: Turn, head: Master | None = None
) -> Master:
    """A block of `n` firms.

    Without `head` it is the first block, with a plain firm in each city and the firms that `links` are stakes in. With
    `head`, the first block, it is a further one: noise only, and the plain firms of the first block can be named.
    """
    places = head.places if head else city_in_text.Places()
    truth = _truth(links, n, places, rng, plain=0 if head else len(places.codes))
    stems = head.stems if head else names.Stems(turn.blocks * (STEMS_PER_FIRM * n + FURTHER_STEMS), rng)
    trade, line = stems.take(turn.number(np.arange(n)), truth["manufacturing"].to_numpy())
    texts, named = _written(truth, trade, line, places, rng)
    truth["number"] = turn.number(rng.permutation(n))
    texts["industry_id"] = industries.identifiers(truth["manufacturing"].to_numpy(), rng, record)
    _count(truth, texts, named, record)
    for column in ("name", "city"):
        texts[column] = corrupt_text(texts[column], rng, record, TABLE)
    raw = pa.table({"firm_id": words.identifiers("G", truth["number"].to_numpy()), **texts})
    return Master(*_with_plain_firms(truth, texts["name"], head), raw, places, stems, turn, spare=n)


def register(firms: Master, rng: np.random.Generator, record: Record) -> pa.Table:
    """The firms of the block as delivered."""
    return firms.raw.take(pa.array(repeat(firms.size, rng, record, TABLE)))


def dates(year: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days of the year (from 0) as datetime64[s]."""
    return ((year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + day).astype("datetime64[s]")


def provinces(n: int, rng: np.random.Generator) -> np.ndarray:
    """How `n` records write that they belong to Guangdong (words; some are empty)."""
    return words.number([form or "" for form in PROVINCE_FORMS])[draw(rng, PROVINCE_FORMS, n)]


def _with_plain_firms(truth: pd.DataFrame, name: pa.StringArray, head: Master | None):
    """Truth and names of a block, then those of the plain firms of the first block."""
    if head is None:
        return truth, name
    plain = np.flatnonzero(head.group("plain"))
    both = pd.concat([truth, head.truth.iloc[plain]], ignore_index=True)
    return both, pa.concat_arrays([name, head.names(plain)])


def _truth(links, n: int, places, rng, *, plain: int) -> pd.DataFrame:
    """Group, seat, manufacturing and year of establishment of each firm."""
    own = links[links["place_in_firm"] == 0].sort_values("firm")
    noise = n - len(own) - plain
    group = draw(rng, NOISE, noise)
    weights = pd.Series(SIZES).reindex(places.codes).to_numpy()
    seat = np.where(group == 0, rng.choice(len(weights), noise, p=weights / weights.sum()), -1)
    first, others = GROUPS.index("guangdong"), noise + plain
    return pd.DataFrame(
        {
            "group": np.concatenate([np.full(len(own), 0), np.full(plain, 1), first + group]),
            "seat": np.concatenate([places.number(own["investee"]), np.arange(plain), seat]),
            "manufacturing": np.concatenate([own["manufacturing"].to_numpy(bool), rng.random(others) < MANUFACTURING]),
            "year": np.concatenate([own["year"], rng.integers(OLDEST, YOUNGEST, others)]),
            "dated": rng.random(n) >= NO_DATE,
        }
    )


def _written(truth, trade, line, places, rng) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Province, city, name and date as a register writes them, and the names as rows of words.

    Adds the forms in which city and name are written to `truth`.
    """
    n = len(truth)
    province = provinces(n, rng)
    city, name = np.zeros((n, 2), np.int32), np.zeros((n, trade.shape[1] + city_in_text.FURTHER_WORDS), np.int32)
    words.fill(name, np.arange(n), city_in_text.no_place(trade, line, rng))
    established = dates(truth["year"].to_numpy(), rng.integers(0, 365, n))
    established[~truth["dated"].to_numpy()] = np.datetime64("NaT")
    forms = np.tile([[COLUMN_FORMS.index("missing")], [NAME_FORMS.index("no place")]], n)
    _seated(truth, trade, line, city, name, forms, places, rng)
    _outside(truth, province, city, name, forms, places, rng)
    truth["form_column"], truth["form_name"] = forms
    texts = {"name": words.spell(name), "province": words.spell(province), "city": words.spell(city)}
    return texts | {"established": pa.array(established)}, name


def _seated(truth, trade, line, city, name, forms, places, rng) -> None:
    """City column and name of firms with a seat in Guangdong."""
    rows = np.flatnonzero(truth["seat"] >= 0)
    seat = truth["seat"].to_numpy()[rows]
    city[rows], column = city_in_text.column(seat, places, rng)
    telling, free = draw(rng, city_in_text.TELLING_FORMS, len(seat)), draw(rng, city_in_text.FREE_FORMS, len(seat))
    named = np.where(city_in_text.without_city(column), telling, free)
    words.fill(name, rows, city_in_text.names(seat, trade[rows], line[rows], named, places, rng))
    forms[:, rows] = column, named


def _outside(truth, province, city, name, forms, places, rng) -> None:
    """Give firms outside the province a place there: in province and city, or only in the name."""
    rows = np.flatnonzero(truth["group"] == GROUPS.index("outside"))
    elsewhere = facts.elsewhere()
    where = rng.choice(len(elsewhere), len(rows))
    place, strange = (words.number(elsewhere[column].tolist())[where] for column in ("name", "province_zh"))
    shown = rng.random(len(rows)) < PROVINCE_SHOWN
    province[rows] = np.where(shown, strange, 0)
    city[rows, 0] = np.where(shown & (rng.random(len(rows)) < CITY_SHOWN), place, 0)
    inside = places.draw("city short", rng.integers(len(places.codes), size=len(rows)), rng)
    twisted = rng.random(len(rows)) < TWISTED
    brackets = [np.where(twisted, side, 0) for side in city_in_text.brackets(len(rows), rng)]
    opening = words.row(np.where(twisted, inside, 0), brackets[0], place, brackets[1])
    words.fill(name, rows, words.row(opening, name[rows, : -opening.shape[1]]))
    forms[:, rows] = [[COLUMN_FORMS.index("outside")], [NAME_FORMS.index("outside")]]


def _count(truth: pd.DataFrame, texts: dict, name: np.ndarray, record: Record) -> None:
    for what, column, forms in (("city column", "form_column", COLUMN_FORMS), ("name", "form_name", NAME_FORMS)):
        for form, n in zip(forms, np.bincount(truth[column], minlength=len(forms)), strict=True):
            record.add(TABLE, f"{what}: {form}", n)
    for group in ("outside", "hopeless"):
        record.add(TABLE, f"group: {group}", truth["group"] == GROUPS.index(group))
    record.add(TABLE, "province missing", texts["province"].null_count)
    record.add(TABLE, "established missing", texts["established"].null_count)
    record.add(TABLE, "city name inside another word", city_in_text.trapped(name))
