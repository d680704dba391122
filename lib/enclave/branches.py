"""Branch register -> branches that firms of the delta opened in the other cities (section 4.5, Table 5).

The same treatment as for investment: the branch is located like a firm, its parent by identifier, else by the name it
carries. The year is the one in which the branch was established.
"""

import ibis
from ibis.expr.types import Table

from enclave.engine import Raw, left_join
from enclave.flow import Flow, alive, keep
from enclave.places import normalise
from enclave.registers import (
    FIRST_YEAR,
    LAST_YEAR,
    find_the_city,
    keep_guangdong,
    keep_helper_to_recipient,
    with_seat,
)


def match_parents_by_name(branches: Table, raw: Raw) -> Table:
    """A parent named without an identifier is the one firm of that name; no record is lost."""
    asked = ibis.ifelse(branches.parent_id.isnull() & alive(branches), branches.parent_name, ibis.null(str))
    branches = branches.mutate(asked=asked)
    branches = left_join(branches.mutate(asked=normalise(branches.asked)), _firms_by_name(raw), "parent_key", "asked")
    return branches.mutate(parent_id=branches.parent_id.fill_null(branches.named)).drop("named", "asked")


def _firms_by_name(raw: Raw) -> Table:
    """The firms of Guangdong whose name no other firm has, as far as branches without identifier name it."""
    nameless = raw.branches.filter(raw.branches.parent_id.isnull())
    asked = nameless.select(parent_key=normalise(nameless.parent_name)).distinct()
    names = raw.firms.select("firm_id", parent_key=normalise(raw.firms.name)).semi_join(asked, "parent_key").cache()
    seated = names.inner_join(raw.seats.filter(raw.seats.seat.notnull()).select("firm_id"), "firm_id")
    unique = seated.group_by("parent_key").aggregate(named=seated.firm_id.min(), bearers=seated.firm_id.nunique())
    return unique.filter(unique.bearers == 1).drop("bearers")


def find_the_parent(branches: Table, raw: Raw) -> Table:
    """The city of the parent is that of its own record, else read from its name; others are outside Guangdong."""
    branches = branches.mutate(year=branches.founded.cast("int64"))
    named = {"identifier": "parent_id", "name": "parent_name"}
    owned = with_seat(branches, raw, **named, seat="investor")
    return keep(owned.mutate(investee=owned.seat.cast(str)), owned.investor.notnull())


def keep_the_period(branches: Table, raw: Raw) -> Table:
    """Branches established from 2000 to 2018."""
    return keep(branches, branches.year.between(FIRST_YEAR, LAST_YEAR))


BRANCH = ["seat", "founded", "parent_id", "parent_name"]
FIRST_STEPS = [keep_guangdong, find_the_city]
LATER_STEPS = [match_parents_by_name, find_the_parent, keep_the_period, keep_helper_to_recipient]


def clean(raw: Raw, flow: Flow) -> Table:
    """Branches that count, added up: investor, investee (city codes), year, records. `raw.seats` must be set."""
    located = flow.rows("branches", raw.branches, FIRST_STEPS, raw, BRANCH, ["branch_id"])
    return flow.cells("branches", located.filter(alive(located)), LATER_STEPS, raw, ["investor", "investee", "year"])
