"""The synthetic branch table: the branches that cleaning must count, and those that it must drop."""

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave import facts
from enclave.base.terms import YEARS
from enclave_twin.tables.firms import Master, dates, provinces
from enclave_twin.tables.shareholders import dangling, elsewhere
from enclave_twin.text import city_in_text, words
from enclave_twin.text.data_errors import Record, corrupt_text, draw, repeat

# how the parent is identified, with shares
PARENT_FORMS = {
    "identifier": 0.62,
    "identifier without name": 0.05,
    "name of a firm": 0.15,
    "name only": 0.1,
    "dangling identifier": 0.08,
}
# how a name of its own tells the city of a branch, where the city column does not, with shares
OWN_NAME_FORMS = {"full name inside": 0.5, "before branch": 0.5}
# branches that cleaning must drop, by kind, per firm of the master
NOISE_PER_FIRM = {
    "own city": 0.05,
    "outside the period": 0.02,
    "no date": 0.01,
    "outside the province": 0.02,
    "city unknown": 0.01,
    "parent outside": 0.01,
    "parent unknown": 0.01,
    "parent outside the delta": 0.02,
}
TABLE = "branches"


def register(branches: pd.DataFrame, firms: Master, rng: np.random.Generator, record: Record) -> pa.Table:
    """All branches: those of `branches`, one row each, and noise in proportion to the number of firms."""
    parts = [_counted(branches, firms, rng, record)]
    for kind, share in NOISE_PER_FIRM.items():
        part = NOISE[kind](int(np.ceil(share * firms.size)), firms, rng)
        record.add(TABLE, kind, part.num_rows)
        parts.append(part)
    table = pa.concat_tables(parts).combine_chunks()
    number = firms.turn.number(rng.permutation(len(table)))
    table = table.append_column("branch_id", words.identifiers("B", number))
    for column in ("name", "city", "parent_name"):
        clean = table[column].combine_chunks()
        table = words.with_column(table, column, corrupt_text(clean, rng, record, TABLE))
    return table.take(pa.array(repeat(len(table), rng, record, TABLE)))


def _counted(branches, firms: Master, rng, record: Record) -> pa.Table:
    parent, seat = firms.places.number(branches["investor"]), firms.places.number(branches["investee"])
    when = dates(branches["year"].to_numpy(), rng.integers(0, 365, len(branches)))
    table, parent_form, city_form = _branches(parent, seat, when, firms, rng)
    for at, kind in enumerate(PARENT_FORMS):
        record.add(TABLE, f"counted, parent by {kind}", parent_form == at)
    for at, kind in enumerate(city_in_text.COLUMN_FORMS):
        record.add(TABLE, f"counted, city column: {kind}", city_form == at)
    return table


def _branches(parent: np.ndarray, seat: np.ndarray, when, firms: Master, rng):
    """Branches in the cities `seat` of firms in the cities `parent`, and the forms in which both are written."""
    identifier, named, shown, parent_form = _parents(parent, firms, rng)
    city, city_form = city_in_text.column(seat, firms.places, rng)
    full, short = (firms.places.draw(kind, seat, rng) for kind in ("city", "city short"))
    ending = words.row(np.where(rng.random(len(seat)) < 0.5, full, short), words.one("分公司"))
    trade, line = firms.spare_stems(len(seat), rng)
    own_form = city_in_text.position(city_in_text.FREE_FORMS, *OWN_NAME_FORMS)[draw(rng, OWN_NAME_FORMS, len(seat))]
    own = words.spell(city_in_text.names(seat, trade, line, own_form, firms.places, rng))
    unknown = city_in_text.without_city(city_form)
    name = words.replaced(words.joined(shown, words.spell(ending)), unknown, own.filter(pa.array(unknown)))
    columns = {"name": name, "province": words.spell(provinces(len(seat), rng)), "city": words.spell(city)}
    parents = {"parent_id": identifier, "parent_name": named}
    return pa.table({**columns, "established": pa.array(when), **parents}), parent_form, city_form


def _parents(city: np.ndarray, firms: Master, rng):
    """Identifier, name in the parent column, name within that of the branch, and position in `PARENT_FORMS`."""
    form = draw(rng, PARENT_FORMS, len(city))
    by = {kind: form == at for at, kind in enumerate(PARENT_FORMS)}
    row, lost = firms.of_city(city, rng), by["dangling identifier"]
    invented = by["name only"] | lost
    name = words.replaced(firms.names(row), invented, firms.invent(city[invented], rng))
    known = firms.identifiers(row, ~(by["identifier"] | by["identifier without name"]))
    identifier = words.replaced(known, lost, dangling(int(lost.sum()), rng))
    nameless = by["identifier without name"]
    return identifier, words.replaced(name, nameless, words.nothing(int(nameless.sum()))), name, form


def _any(n: int, firms: Master, rng, role: str | None = None) -> np.ndarray:
    """Random cities, of a role or any, as numbers."""
    cities = facts.cities()
    chosen = cities if role is None else cities[cities["role"] == role]
    return rng.choice(firms.places.number(chosen["code"]), n)


def _days(n: int, rng, first: int = YEARS[0], last: int = YEARS[-1]) -> np.ndarray:
    return dates(rng.integers(first, last + 1, n), rng.integers(0, 365, n))


def _noise(n: int, firms: Master, rng, *, parent: str = "helper", when=None) -> pa.Table:
    """Branches in recipient cities of parents of a role."""
    when = _days(n, rng) if when is None else when
    return _branches(_any(n, firms, rng, parent), _any(n, firms, rng, "recipient"), when, firms, rng)[0]


def _with(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, values in columns.items():
        table = words.with_column(table, name, values)
    return table


def _own_city(n, firms: Master, rng):
    city = _any(n, firms, rng)
    return _branches(city, city, _days(n, rng), firms, rng)[0]


def _outside_period(n, firms: Master, rng):
    late = rng.random(n) < 0.5
    return _noise(n, firms, rng, when=np.where(late, _days(n, rng, 2019, 2021), _days(n, rng, 1990, 1999)))


def _no_date(n, firms: Master, rng):
    return _noise(n, firms, rng, when=np.full(n, np.datetime64("NaT"), "datetime64[s]"))


def _outside_province(n, firms: Master, rng):
    strange = facts.elsewhere()
    where = rng.choice(len(strange), n)
    table = _noise(n, firms, rng)
    place, province = (words.number(strange[column].tolist())[where] for column in ("name", "province_zh"))
    name = words.row(place, firms.invent_without_place(n, rng), words.one("分公司"))
    return _with(table, province=words.spell(province), city=words.spell(place), name=words.spell(name))


def _city_unknown(n, firms: Master, rng):
    province = np.where(draw(rng, {None: 0.6, "广东省": 0.4}, n) == 1, words.one("广东省"), 0)
    table = _noise(n, firms, rng)
    name = words.row(firms.invent_without_place(n, rng), words.one("第一分公司"))
    return _with(table, name=words.spell(name), city=words.spell(province))


def _parent_outside(n, firms: Master, rng):
    """Parents outside the province: half by identifier if the master has any, the others by name."""
    table = _noise(n, firms, rng)
    outside = firms.among(firms.group("outside"), n // 2, rng)
    place = elsewhere(n, rng)
    identifier = pa.concat_arrays([firms.identifiers(outside), words.nothing(n - len(outside))])
    name = words.row(place, firms.invent_without_place(n, rng))
    return _with(table, parent_id=identifier, parent_name=words.spell(name))


def _parent_unknown(n, firms: Master, rng):
    name = firms.invent_without_place(n, rng)
    name[rng.random(n) < 0.5] = 0
    return _with(_noise(n, firms, rng), parent_id=words.nothing(n), parent_name=words.spell(name))


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
