"""The synthetic firm master.

Firms come in groups: those invested in (as the links need them), one plain firm in each of the 21 cities, and the rest
as noise: firms of Guangdong without a counted stake, firms outside the province, firms whose city cannot be known.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave import facts
from enclave.twin import dictionary, names, seats
from enclave.twin.dirt import Record, pick, repeat, smudge
from enclave.twin.process import SIZES

NOISE = {"guangdong": 0.86, "outside": 0.1, "hopeless": 0.04}
PROVINCE_FORMS = {"广东省": 0.8, "广东": 0.1, "440000": 0.05, "44": 0.02, None: 0.03}
NO_DATE = 0.03
OLDEST, YOUNGEST = 1985, 2021
TABLE = "firms"


@dataclass
class Master:
    """All firms of a register set with what is true of them, and where further names come from.

    `frame` has the raw columns and: seat (number of the city in `places.codes`, -1 = none that can be known), group,
    manufacturing (bool), year (of establishment), dated (bool), form_column and form_name (how the city is written).
    """

    frame: pd.DataFrame
    places: seats.Places
    stems: names.Stems
    spare: int

    def __post_init__(self):
        seat = self.frame["seat"].to_numpy()
        self._order = np.argsort(seat, kind="stable")
        self._start = np.searchsorted(seat[self._order], np.arange(len(self.places.codes) + 1))

    def of_city(self, city: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Row numbers of random firms seated in the given cities."""
        start, stop = self._start[city], self._start[city + 1]
        return self._order[start + (rng.random(len(city)) * (stop - start)).astype(int)]

    def among(self, mask, n: int, rng: np.random.Generator) -> np.ndarray:
        """Row numbers of `n` random firms where `mask` holds; none if it holds nowhere."""
        rows = np.flatnonzero(mask)
        return rng.choice(rows, n) if len(rows) else rows

    def invent(self, city: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Names of firms that are not in the master, each of which tells its city."""
        trade, line = self.spare_stems(len(city), rng)
        form = pick(rng, seats.TELLING_FORMS, len(city))
        return seats.names(city, trade, line, form, self.places, rng)

    def invent_without_place(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Names of firms that are not in the master and tell no city."""
        return seats.no_place(*self.spare_stems(n, rng), rng)

    def spare_stems(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Trade names and lines of business that no firm has yet."""
        numbers = np.arange(self.spare, self.spare + n)
        self.spare += n
        return self.stems.take(numbers, rng.random(n) < 0.5)


def needed(links: pd.DataFrame) -> int:
    """The smallest number of firms that carries the links: those invested in and one in each city."""
    return int(links["firm"].max()) + 1 + len(SIZES) if len(links) else len(SIZES)


def master(links: pd.DataFrame, n: int, rng: np.random.Generator, record: Record) -> Master:
    """`n` firms that can carry `links`."""
    places = seats.Places()
    truth = _truth(links, n, places, rng)
    stems = names.Stems(3 * n + 50_000, rng)
    trade, line = stems.take(np.arange(n), truth["manufacturing"].to_numpy())
    frame = _written(truth, trade, line, places, rng)
    frame["firm_id"] = "G" + pd.Series(rng.permutation(n)).astype(str).str.zfill(9)
    frame["industry_id"] = dictionary.identifiers(frame["manufacturing"].to_numpy(), rng, record)
    _count_forms(frame, record)
    for column in ("name", "city"):
        frame[column] = smudge(frame[column].to_numpy(object), rng, record, TABLE)
    return Master(frame, places, stems, spare=n)


def register(all_firms: Master, rng: np.random.Generator, record: Record) -> pd.DataFrame:
    """The firm master as delivered."""
    raw = all_firms.frame[["firm_id", "name", "province", "city", "established", "industry_id"]]
    return repeat(raw, rng, record, TABLE)


def dates(year: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days of the year (from 0) as datetime64[s]."""
    return ((year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + day).astype("datetime64[s]")


def _truth(links, n: int, places, rng) -> pd.DataFrame:
    """Group, seat, manufacturing and year of establishment of each firm."""
    own = links[links["place_in_firm"] == 0].sort_values("firm")
    noise = n - len(own) - len(places.codes)
    group = pick(rng, NOISE, noise)
    weights = pd.Series(SIZES).reindex(places.codes).to_numpy()
    seat = np.where(group == "guangdong", rng.choice(len(weights), noise, p=weights / weights.sum()), -1)
    others = noise + len(places.codes)
    return pd.DataFrame(
        {
            "group": np.concatenate([np.full(len(own), "invested"), np.full(len(places.codes), "plain"), group]),
            "seat": np.concatenate([places.number(own["investee"]), np.arange(len(places.codes)), seat]),
            "manufacturing": np.concatenate([own["manufacturing"].to_numpy(bool), rng.random(others) < 0.4]),
            "year": np.concatenate([own["year"], rng.integers(OLDEST, YOUNGEST, others)]),
            "dated": rng.random(n) >= NO_DATE,
        }
    )


def _written(truth, trade, line, places, rng) -> pd.DataFrame:
    """The truth with province, city, name and date as a register writes them."""
    n = len(truth)
    frame = truth.assign(province=pick(rng, PROVINCE_FORMS, n), form_column="missing", form_name="no place")
    frame["city"] = pd.Series([None] * n, dtype=object)
    frame["name"] = seats.no_place(trade, line, rng)
    frame["established"] = dates(frame["year"].to_numpy(), rng.integers(0, 365, n))
    frame.loc[~frame["dated"], "established"] = None
    seated = np.flatnonzero(frame["seat"] >= 0)
    seat = frame["seat"].to_numpy()[seated]
    city, form, name, form_name = _seated_text(seat, trade[seated], line[seated], places, rng)
    for column, values in {"city": city, "form_column": form, "name": name, "form_name": form_name}.items():
        frame.loc[seated, column] = values
    _outside(frame, places, rng)
    return frame


def _seated_text(seat, trade, line, places, rng):
    """City column, its form, name and its form, of firms with a seat in Guangdong."""
    city, form = seats.column(seat, places, rng)
    silent = np.isin(form, seats.SILENT)
    telling, free = pick(rng, seats.TELLING_FORMS, len(seat)), pick(rng, seats.FREE_FORMS, len(seat))
    form_name = np.where(silent, telling, free)
    return city, form, seats.names(seat, trade, line, form_name, places, rng), form_name


def _outside(frame: pd.DataFrame, places, rng) -> None:
    """Give firms outside the province a place elsewhere: province and city, or only the name."""
    rows = np.flatnonzero(frame["group"] == "outside")
    elsewhere = facts.elsewhere().sample(len(rows), replace=True, random_state=rng)
    place, province = elsewhere["name"].to_numpy(object), elsewhere["province_zh"].to_numpy(object)
    shown = rng.random(len(rows)) < 0.85
    frame.loc[rows, "province"] = np.where(shown, province, None)
    frame.loc[rows, "city"] = np.where(shown & (rng.random(len(rows)) < 0.8), place, None)
    name = frame["name"].to_numpy(object)[rows]
    inside = places.draw("city short", rng.integers(len(places.codes), size=len(rows)), rng)
    twisted = rng.random(len(rows)) < 0.1
    frame.loc[rows, "name"] = np.where(twisted, inside + seats.bracketed(place, rng) + name, place + name)
    frame.loc[rows, ["form_column", "form_name"]] = "outside"


def _count_forms(frame: pd.DataFrame, record: Record) -> None:
    for form, n in frame["form_column"].value_counts().items():
        record.add(TABLE, f"city column: {form}", n)
    for form, n in frame["form_name"].value_counts().items():
        record.add(TABLE, f"name: {form}", n)
    for group in ("outside", "hopeless"):
        record.add(TABLE, f"group: {group}", frame["group"] == group)
    record.add(TABLE, "province missing", frame["province"].isna())
    record.add(TABLE, "established missing", frame["established"].isna())
    hidden = "|".join(names.TRAPS)
    record.add(TABLE, "city name inside another word", frame["name"].str.contains(hidden))
