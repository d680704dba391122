"""The synthetic shareholder register: the stakes that count, and those that cleaning must drop or leave aside."""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.twin import names
from enclave.twin.dirt import Record, pick, repeat, smudge
from enclave.twin.firms import Master, dates
from enclave.twin.process import YEARS

INVESTOR_FORMS = {"identifier": 0.6, "name only": 0.2, "dangling identifier": 0.2}
TYPES = {"企业法人": 0.86, "合伙企业": 0.08, "其他投资者": 0.03, "事业法人": 0.01, "机关法人": 0.01, "社团法人": 0.01}
PERSON = "自然人"
UNDATED = 0.12
FOREIGN = ("HOLDINGS LIMITED", "INTERNATIONAL TRADING CO., LTD", "INVESTMENT (BVI) LTD")
LATE = (2019, 2021)
EARLY = (1990, 1999)
TABLE = "shareholders"
NOISE_PER_FIRM = {
    **{"natural persons": 0.9, "own city": 0.3, "other pair, other industry": 0.06, "investor outside": 0.06},
    **{"dangling firm": 0.02, "outside the period": 0.04, "no date at all": 0.005, "investor without place": 0.02},
    **{"investor outside in the master": 0.02, "firm outside or hopeless": 0.04},
}


def register(links: pd.DataFrame, firms: Master, rng: np.random.Generator, record: Record) -> pd.DataFrame:
    """All stakes: those of `links`, one row each, and noise in proportion to the number of firms."""
    parts = [_counted(links, firms, rng, record)]
    for kind, share in NOISE_PER_FIRM.items():
        part = NOISE[kind](int(np.ceil(share * len(firms.frame))), firms, rng)
        record.add(TABLE, kind, len(part))
        parts.append(part)
    stakes = pd.concat(parts, ignore_index=True)
    stakes["shareholder_name"] = smudge(stakes["shareholder_name"].to_numpy(object), rng, record, TABLE)
    return repeat(stakes, rng, record, TABLE)


def _counted(links, firms: Master, rng, record: Record) -> pd.DataFrame:
    """The stakes that form links. Two stakes of one firm fall on days of different parity, so that none repeats."""
    city = firms.places.number(links["investor"])
    identifier, name, form = owners(city, firms, rng)
    day = 2 * rng.integers(0, 182, len(links)) + links["place_in_firm"].to_numpy()
    first = (links["place_in_firm"] == 0).to_numpy()
    undated = first & firms.frame["dated"].to_numpy()[links["firm"]] & (rng.random(len(links)) < UNDATED)
    for kind in INVESTOR_FORMS:
        record.add(TABLE, f"counted, investor by {kind}", form == kind)
    record.add(TABLE, "counted, date missing", undated)
    when = dates(links["year"].to_numpy(), day)
    when[undated] = np.datetime64("NaT")
    return _stakes(firms, links["firm"].to_numpy(), identifier, name, when, rng)


def owners(city: np.ndarray, firms: Master, rng: np.random.Generator):
    """Investors of the given cities: identifier (or None), name, and the form of `INVESTOR_FORMS` that places them."""
    form = pick(rng, INVESTOR_FORMS, len(city))
    row = firms.of_city(city, rng)
    by_id = form == "identifier"
    identifier = np.where(by_id, firms.frame["firm_id"].to_numpy(object)[row], None)
    lost = form == "dangling identifier"
    identifier[lost] = dangling(int(lost.sum()), rng)
    name = firms.frame["name"].to_numpy(object)[row]
    name[~by_id] = firms.invent(city[~by_id], rng)
    return identifier, name, form


def dangling(n: int, rng: np.random.Generator) -> np.ndarray:
    """Identifiers that no firm of the master has."""
    return ("X" + pd.Series(rng.integers(0, 10**9, n)).astype(str).str.zfill(9)).to_numpy(object)


def _stakes(firms: Master, rows, identifier, name, when, rng, kind=None) -> pd.DataFrame:
    n = len(rows)
    return pd.DataFrame(
        {
            "firm_id": firms.frame["firm_id"].to_numpy(object)[rows],
            "shareholder_id": identifier,
            "shareholder_name": name,
            "shareholder_type": kind or pick(rng, TYPES, n),
            "invested_on": when,
        }
    )


def _days(n: int, rng, first: int = int(YEARS[0]), last: int = int(YEARS[-1])) -> np.ndarray:
    return dates(rng.integers(first, last + 1, n), rng.integers(0, 365, n))


def _cities(n: int, firms: Master, rng, role: str) -> np.ndarray:
    """Random cities of a role, as numbers."""
    cities = facts.cities()
    return rng.choice(firms.places.number(cities.loc[cities["role"] == role, "code"]), n)


def _of_role(firms: Master, role: str) -> np.ndarray:
    """Mask of the firms seated in cities of a role."""
    cities = facts.cities()
    return np.isin(firms.frame["seat"], firms.places.number(cities.loc[cities["role"] == role, "code"]))


def _seated(firms: Master) -> np.ndarray:
    return (firms.frame["seat"] >= 0).to_numpy()


def _persons(n, firms: Master, rng):
    rows = firms.among(np.ones(len(firms.frame), bool), n, rng)
    identifier = np.where(rng.random(n) < 0.3, dangling(n, rng), None)
    return _stakes(firms, rows, identifier, names.persons(n, rng), _days(n, rng, EARLY[0], LATE[1]), rng, PERSON)


def _own_city(n, firms: Master, rng):
    rows = firms.among(_seated(firms), n, rng)
    identifier, name, _ = owners(firms.frame["seat"].to_numpy()[rows], firms, rng)
    return _stakes(firms, rows, identifier, name, _days(n, rng), rng)


def _uncounted_pair(n, firms: Master, rng):
    """Investors outside the delta in firms outside manufacturing: no panel counts them."""
    rows = firms.among(_seated(firms) & ~firms.frame["manufacturing"].to_numpy(), n, rng)
    identifier, name, _ = owners(_cities(len(rows), firms, rng, "recipient"), firms, rng)
    return _stakes(firms, rows, identifier, name, _days(len(rows), rng), rng)


def _investor_outside(n, firms: Master, rng):
    """Investors of other provinces or abroad that are not in the master."""
    rows = firms.among(_of_role(firms, "recipient"), n, rng)
    place = facts.elsewhere()["name"].sample(n, replace=True, random_state=rng).to_numpy(object)
    foreign = rng.choice(np.array(FOREIGN, object), n)
    name = np.where(rng.random(n) < 0.8, place + firms.invent_without_place(n, rng), foreign)
    return _stakes(firms, rows, np.where(rng.random(n) < 0.3, dangling(n, rng), None), name, _days(n, rng), rng)


def _to_recipients(n, firms: Master, rng, rows, when):
    """Stakes of investors of the delta: all but one thing about them would let them count."""
    identifier, name, _ = owners(_cities(len(rows), firms, rng, "helper"), firms, rng)
    return _stakes(firms, rows, identifier, name, when, rng)


def _dangling_firm(n, firms: Master, rng):
    part = _to_recipients(n, firms, rng, firms.among(_of_role(firms, "recipient"), n, rng), _days(n, rng))
    return part.assign(firm_id=dangling(n, rng))


def _outside_period(n, firms: Master, rng):
    late = rng.random(n) < 0.5
    when = np.where(late, _days(n, rng, *LATE), _days(n, rng, *EARLY))
    return _to_recipients(n, firms, rng, firms.among(_of_role(firms, "recipient"), n, rng), when)


def _no_date(n, firms: Master, rng):
    rows = firms.among(_of_role(firms, "recipient") & ~firms.frame["dated"].to_numpy(), n, rng)
    return _to_recipients(n, firms, rng, rows, np.full(len(rows), np.datetime64("NaT"), "datetime64[s]"))


def _without_place(n, firms: Master, rng):
    rows = firms.among(_of_role(firms, "recipient"), n, rng)
    return _stakes(firms, rows, None, firms.invent_without_place(n, rng), _days(n, rng), rng)


def _outside_in_master(n, firms: Master, rng):
    """Investors whose record in the master lies outside the province or nowhere, though some names say otherwise."""
    own = firms.among((firms.frame["seat"] < 0).to_numpy(), n, rng)
    rows = firms.among(_of_role(firms, "recipient"), len(own), rng)
    recorded = firms.frame["name"].to_numpy(object)[own]
    name = np.where(rng.random(len(own)) < 0.7, recorded, firms.invent(_cities(len(own), firms, rng, "helper"), rng))
    return _stakes(firms, rows, firms.frame["firm_id"].to_numpy(object)[own], name, _days(len(own), rng), rng)


def _firm_outside(n, firms: Master, rng):
    rows = firms.among((firms.frame["seat"] < 0).to_numpy(), n, rng)
    return _to_recipients(n, firms, rng, rows, _days(len(rows), rng))


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
