"""The synthetic shareholder table: the stakes that cleaning must count, and those that it must drop."""

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import facts
from enclave.base.terms import YEARS
from enclave_twin.tables.firms import Master, dates
from enclave_twin.text import city_in_text, names, words
from enclave_twin.text.data_errors import Record, corrupt_text, draw, repeat

# how the investor is identified, with shares. A dangling identifier is in no firm master
INVESTOR_FORMS = {"identifier": 0.6, "name only": 0.2, "dangling identifier": 0.2}
# types of shareholders that are not natural persons, with shares
TYPES = {"企业法人": 0.86, "合伙企业": 0.08, "其他投资者": 0.03, "事业法人": 0.01, "机关法人": 0.01, "社团法人": 0.01}
PERSON = "自然人"
# share of counted stakes without a date, among those whose firm has one
UNDATED = 0.12
# names of foreign investors
FOREIGN = ("HOLDINGS LIMITED", "INTERNATIONAL TRADING CO., LTD", "INVESTMENT (BVI) LTD")
# first and last year after the period, and before it
LATE = (2019, 2021)
EARLY = (1990, 1999)
TABLE = "shareholders"
# stakes that cleaning must drop, by kind, per firm of the master
NOISE_PER_FIRM = {
    "natural persons": 1.4,
    "own city": 0.3,
    "other pair, other industry": 0.06,
    "investor outside": 0.06,
    "dangling firm": 0.02,
    "outside the period": 0.04,
    "no date at all": 0.005,
    "investor without place": 0.02,
    "investor outside in the master": 0.02,
    "firm outside or hopeless": 0.04,
}


def register(links: pd.DataFrame, firms: Master, rng: np.random.Generator, record: Record) -> pa.Table:
    """All stakes: those of `links`, one row each, and noise in proportion to the number of firms."""
    parts = [_counted(links, firms, rng, record)]
    for kind, share in NOISE_PER_FIRM.items():
        part = NOISE[kind](int(np.ceil(share * firms.size)), firms, rng)
        record.add(TABLE, kind, part.num_rows)
        parts.append(part)
    stakes = pa.concat_tables(parts).combine_chunks()
    name = corrupt_text(stakes["shareholder_name"].combine_chunks(), rng, record, TABLE)
    stakes = words.with_column(stakes, "shareholder_name", name)
    return stakes.take(pa.array(repeat(len(stakes), rng, record, TABLE)))


def _counted(links, firms: Master, rng, record: Record) -> pa.Table:
    """The stakes that form links. Two stakes of one firm have days of different parity, so that they differ."""
    rows = links["firm"].to_numpy()
    identifier, name, form = owners(firms.places.number(links["investor"]), firms, rng)
    day = 2 * rng.integers(0, 182, len(links)) + links["place_in_firm"].to_numpy()
    first = (links["place_in_firm"] == 0).to_numpy()
    undated = first & firms.dated[rows] & (rng.random(len(links)) < UNDATED)
    for at, kind in enumerate(INVESTOR_FORMS):
        record.add(TABLE, f"counted, investor by {kind}", form == at)
    record.add(TABLE, "counted, date missing", undated)
    when = dates(links["year"].to_numpy(), day)
    when[undated] = np.datetime64("NaT")
    return _stakes(firms.identifiers(rows), identifier, name, when, rng)


def owners(city: np.ndarray, firms: Master, rng: np.random.Generator):
    """Investors of the given cities: identifier (or null), name, and position in `INVESTOR_FORMS`."""
    form = draw(rng, INVESTOR_FORMS, len(city))
    row = firms.of_city(city, rng)
    by_id, lost = (
        form == city_in_text.position(INVESTOR_FORMS, kind) for kind in ("identifier", "dangling identifier")
    )
    identifier = words.replaced(firms.identifiers(row, ~by_id), lost, dangling(int(lost.sum()), rng))
    name = words.replaced(firms.names(row), ~by_id, firms.invent(city[~by_id], rng))
    return identifier, name, form


def dangling(n: int, rng: np.random.Generator, missing: np.ndarray | None = None) -> pa.StringArray:
    """Identifiers that no firm of the master has; null where the mask `missing` is true."""
    return words.identifiers("X", rng.integers(0, 10**9, n), missing)


def _stakes(firm: pa.Array, identifier: pa.Array, name: pa.Array, when: np.ndarray, rng, kind=None) -> pa.Table:
    n = len(firm)
    kinds = np.full(n, words.one(kind)) if kind else city_in_text.one_of(TYPES, n, rng)
    return pa.table(
        {
            "firm_id": firm,
            "shareholder_id": identifier,
            "shareholder_name": name,
            "shareholder_type": words.spell(kinds),
            "invested_on": pa.array(when),
        }
    )


def _days(n: int, rng, first: int = YEARS[0], last: int = YEARS[-1]) -> np.ndarray:
    return dates(rng.integers(first, last + 1, n), rng.integers(0, 365, n))


def _cities(n: int, firms: Master, rng, role: str) -> np.ndarray:
    """Random cities of a role, as numbers."""
    cities = facts.cities()
    return rng.choice(firms.places.number(cities.loc[cities["role"] == role, "code"]), n)


def _of_role(firms: Master, role: str) -> np.ndarray:
    """Mask of the firms seated in cities of a role."""
    cities = facts.cities()
    # the last element is that of seat -1
    wanted = np.zeros(len(cities) + 1, bool)
    wanted[firms.places.number(cities.loc[cities["role"] == role, "code"])] = True
    return wanted[firms.seat]


def _some_dangling(n: int, rng) -> pa.StringArray:
    """Identifiers that no firm has, in three of ten records; null in the others."""
    shown = rng.random(n) < 0.3
    return dangling(n, rng, missing=~shown)


def _persons(n, firms: Master, rng):
    rows = firms.among(np.ones(len(firms.seat), bool), n, rng)
    identifier, name = _some_dangling(n, rng), words.spell(names.persons(n, rng))
    return _stakes(firms.identifiers(rows), identifier, name, _days(n, rng, EARLY[0], LATE[1]), rng, PERSON)


def _own_city(n, firms: Master, rng):
    rows = firms.among(firms.seat >= 0, n, rng)
    identifier, name, _ = owners(firms.seat[rows], firms, rng)
    return _stakes(firms.identifiers(rows), identifier, name, _days(n, rng), rng)


def _uncounted_pair(n, firms: Master, rng):
    """Investors outside the delta in firms outside manufacturing: no panel counts them."""
    rows = firms.among((firms.seat >= 0) & ~firms.manufacturing, n, rng)
    identifier, name, _ = owners(_cities(len(rows), firms, rng, "recipient"), firms, rng)
    return _stakes(firms.identifiers(rows), identifier, name, _days(len(rows), rng), rng)


def _investor_outside(n, firms: Master, rng):
    """Investors of other provinces or abroad that are not in the master."""
    rows = firms.among(_of_role(firms, "recipient"), n, rng)
    place = elsewhere(n, rng)
    foreign = rng.choice(words.number(FOREIGN), n)
    inside = (rng.random(n) < 0.8)[:, None]
    name = np.where(inside, words.row(place, firms.invent_without_place(n, rng)), 0)
    name[:, 0] = np.where(inside[:, 0], place, foreign)
    identifier = _some_dangling(n, rng)
    return _stakes(firms.identifiers(rows), identifier, words.spell(name), _days(n, rng), rng)


def elsewhere(n: int, rng: np.random.Generator) -> np.ndarray:
    """Places of other provinces (words)."""
    return rng.choice(words.number(facts.elsewhere()["name"].tolist()), n)


def _to_recipients(firm: pa.Array, firms: Master, rng, when):
    """Stakes of investors in helper cities, which cleaning drops for one reason only."""
    identifier, name, _ = owners(_cities(len(firm), firms, rng, "helper"), firms, rng)
    return _stakes(firm, identifier, name, when, rng)


def _dangling_firm(n, firms: Master, rng):
    return _to_recipients(dangling(n, rng), firms, rng, _days(n, rng))


def _outside_period(n, firms: Master, rng):
    late = rng.random(n) < 0.5
    when = np.where(late, _days(n, rng, *LATE), _days(n, rng, *EARLY))
    return _to_recipients(firms.identifiers(firms.among(_of_role(firms, "recipient"), n, rng)), firms, rng, when)


def _no_date(n, firms: Master, rng):
    rows = firms.among(_of_role(firms, "recipient") & ~firms.dated, n, rng)
    when = np.full(len(rows), np.datetime64("NaT"), "datetime64[s]")
    return _to_recipients(firms.identifiers(rows), firms, rng, when)


def _without_place(n, firms: Master, rng):
    rows = firms.among(_of_role(firms, "recipient"), n, rng)
    name = words.spell(firms.invent_without_place(n, rng))
    return _stakes(firms.identifiers(rows), words.nothing(n), name, _days(n, rng), rng)


def _outside_in_master(n, firms: Master, rng):
    """Investors that the master places outside the province or nowhere. Some of their names name a helper city."""
    own = firms.among(firms.seat < 0, n, rng)
    rows = firms.among(_of_role(firms, "recipient"), len(own), rng)
    recorded = rng.random(len(own)) < 0.7
    invented = firms.invent(_cities(len(own), firms, rng, "helper"), rng)
    name = words.replaced(invented, recorded, firms.names(own[recorded]))
    return _stakes(firms.identifiers(rows), firms.identifiers(own), name, _days(len(own), rng), rng)


def _firm_outside(n, firms: Master, rng):
    rows = firms.among(firms.seat < 0, n, rng)
    return _to_recipients(firms.identifiers(rows), firms, rng, _days(len(rows), rng))


NOISE = {
    "natural persons": _persons,
    "own city": _own_city,
    "other pair, other industry": _uncounted_pair,
    "investor outside": _investor_outside,
    "dangling firm": _dangling_firm,
    "outside the period": _outside_period,
    "no date at all": _no_date,
    "investor without place": _without_place,
    "investor outside in the master": _outside_in_master,
    "firm outside or hopeless": _firm_outside,
}
