"""The synthetic branch register: the branches that count, and those that cleaning must drop or leave aside."""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.twin import seats
from enclave.twin.dirt import Record, pick, repeat, smudge
from enclave.twin.firms import PROVINCE_FORMS, Master, dates
from enclave.twin.process import YEARS
from enclave.twin.stakes import dangling

PARENT_FORMS = {
    **{"identifier": 0.62, "identifier without name": 0.05, "name of a firm": 0.15},
    **{"name only": 0.1, "dangling identifier": 0.08},
}
OWN_NAME_FORMS = {"full name inside": 0.5, "before branch": 0.5}
NOISE_PER_FIRM = {
    **{"own city": 0.05, "outside the period": 0.02, "no date": 0.01, "outside the province": 0.02},
    **{"city unknown": 0.01, "parent outside": 0.01, "parent unknown": 0.01, "parent outside the delta": 0.02},
}
TABLE = "branches"


def register(branches: pd.DataFrame, firms: Master, rng: np.random.Generator, record: Record) -> pd.DataFrame:
    """All branches: those of `branches`, one row each, and noise in proportion to the number of firms."""
    parts = [_counted(branches, firms, rng, record)]
    for kind, share in NOISE_PER_FIRM.items():
        part = NOISE[kind](int(np.ceil(share * len(firms.frame))), firms, rng)
        record.add(TABLE, kind, len(part))
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table["branch_id"] = "B" + pd.Series(rng.permutation(len(table))).astype(str).str.zfill(9)
    for column in ("name", "city", "parent_name"):
        table[column] = smudge(table[column].to_numpy(object), rng, record, TABLE)
    return repeat(table, rng, record, TABLE)


def _counted(branches, firms: Master, rng, record: Record) -> pd.DataFrame:
    parent, seat = firms.places.number(branches["investor"]), firms.places.number(branches["investee"])
    when = dates(branches["year"].to_numpy(), rng.integers(0, 365, len(branches)))
    table, parent_form, city_form = _branches(parent, seat, when, firms, rng)
    for kind in PARENT_FORMS:
        record.add(TABLE, f"counted, parent by {kind}", parent_form == kind)
    for kind in seats.COLUMN_FORMS:
        record.add(TABLE, f"counted, city column: {kind}", city_form == kind)
    return table


def _branches(parent: np.ndarray, seat: np.ndarray, when, firms: Master, rng):
    """Branches in the cities `seat` of firms in the cities `parent`, and how both are written."""
    identifier, named, shown, parent_form = _parents(parent, firms, rng)
    city, city_form = seats.column(seat, firms.places, rng)
    full, short = (firms.places.draw(kind, seat, rng) for kind in ("city", "city short"))
    place = np.where(rng.random(len(seat)) < 0.5, full, short)
    trade, line = firms.spare_stems(len(seat), rng)
    own = seats.names(seat, trade, line, pick(rng, OWN_NAME_FORMS, len(seat)), firms.places, rng)
    name = np.where(np.isin(city_form, seats.SILENT), own, shown + place + "分公司")
    table = pd.DataFrame(
        {
            **{"name": name, "province": pick(rng, PROVINCE_FORMS, len(seat)), "city": city, "established": when},
            **{"parent_id": identifier, "parent_name": named},
        }
    )
    return table, parent_form, city_form


def _parents(city: np.ndarray, firms: Master, rng):
    """Identifier, parent's name in the column, parent's name within the branch's, and the form of `PARENT_FORMS`."""
    form = pick(rng, PARENT_FORMS, len(city))
    row = firms.of_city(city, rng)
    name = firms.frame["name"].to_numpy(object)[row]
    invented = np.isin(form, ["name only", "dangling identifier"])
    name[invented] = firms.invent(city[invented], rng)
    known = np.isin(form, ["identifier", "identifier without name"])
    identifier = np.where(known, firms.frame["firm_id"].to_numpy(object)[row], None)
    lost = form == "dangling identifier"
    identifier[lost] = dangling(int(lost.sum()), rng)
    return identifier, np.where(form == "identifier without name", None, name), name, form


def _any(n: int, firms: Master, rng, role: str | None = None) -> np.ndarray:
    """Random cities, of a role or any, as numbers."""
    cities = facts.cities()
    chosen = cities if role is None else cities[cities["role"] == role]
    return rng.choice(firms.places.number(chosen["code"]), n)


def _days(n: int, rng, first: int = int(YEARS[0]), last: int = int(YEARS[-1])) -> np.ndarray:
    return dates(rng.integers(first, last + 1, n), rng.integers(0, 365, n))


def _noise(n: int, firms: Master, rng, *, parent: str = "helper", when=None) -> pd.DataFrame:
    """Branches in recipient cities of parents of a role."""
    when = _days(n, rng) if when is None else when
    return _branches(_any(n, firms, rng, parent), _any(n, firms, rng, "recipient"), when, firms, rng)[0]


def _own_city(n, firms: Master, rng):
    city = _any(n, firms, rng)
    return _branches(city, city, _days(n, rng), firms, rng)[0]


def _outside_period(n, firms: Master, rng):
    late = rng.random(n) < 0.5
    return _noise(n, firms, rng, when=np.where(late, _days(n, rng, 2019, 2021), _days(n, rng, 1990, 1999)))


def _no_date(n, firms: Master, rng):
    return _noise(n, firms, rng, when=np.full(n, np.datetime64("NaT"), "datetime64[s]"))


def _outside_province(n, firms: Master, rng):
    elsewhere = facts.elsewhere().sample(n, replace=True, random_state=rng)
    table = _noise(n, firms, rng)
    place = elsewhere["name"].to_numpy(object)
    name = place + firms.invent_without_place(n, rng) + "分公司"
    return table.assign(province=elsewhere["province_zh"].to_numpy(object), city=place, name=name)


def _city_unknown(n, firms: Master, rng):
    city = pick(rng, {None: 0.6, "广东省": 0.4}, n)
    return _noise(n, firms, rng).assign(name=firms.invent_without_place(n, rng) + "第一分公司", city=city)


def _parent_outside(n, firms: Master, rng):
    """Parents outside the province: half by identifier, where the master has any, half by name."""
    table = _noise(n, firms, rng)
    outside = firms.among((firms.frame["group"] == "outside").to_numpy(), n // 2, rng)
    place = facts.elsewhere()["name"].sample(n, replace=True, random_state=rng).to_numpy(object)
    identifier = np.full(n, None, object)
    identifier[: len(outside)] = firms.frame["firm_id"].to_numpy(object)[outside]
    return table.assign(parent_id=identifier, parent_name=place + firms.invent_without_place(n, rng))


def _parent_unknown(n, firms: Master, rng):
    name = firms.invent_without_place(n, rng)
    name[rng.random(n) < 0.5] = None
    return _noise(n, firms, rng).assign(parent_id=None, parent_name=name)


def _parent_not_delta(n, firms: Master, rng):
    return _noise(n, firms, rng, parent="recipient")


NOISE = {
    "own city": _own_city,
    "outside the period": _outside_period,
    "no date": _no_date,
    "outside the province": _outside_province,
    "city unknown": _city_unknown,
    "parent outside": _parent_outside,
    "parent unknown": _parent_unknown,
    "parent outside the delta": _parent_not_delta,
}
