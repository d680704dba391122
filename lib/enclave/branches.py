"""Branch register -> branches that firms of the delta opened in the other cities (section 4.5, Table 5).

The same treatment as for investment: the branch is located like a firm, its parent by identifier, else by the name it
carries. The year is the one in which the branch was established.
"""

from ibis.expr.types import Table

from enclave.engine import Raw, left_join
from enclave.flow import Flow
from enclave.places import normalise
from enclave.registers import (
    FIRST_YEAR,
    LAST_YEAR,
    drop_repeated_records,
    find_the_city,
    keep_guangdong,
    keep_helper_to_recipient,
    with_seat,
)


def match_parents_by_name(branches: Table, raw: Raw) -> Table:
    """A parent named without an identifier is the one firm of that name; no record is lost."""
    names = raw.seats.select("firm_id", parent_key=normalise(raw.seats.name))
    unique = names.group_by("parent_key").aggregate(named=names.firm_id.min(), bearers=names.firm_id.nunique())
    unique = unique.filter(unique.bearers == 1).drop("bearers")
    branches = left_join(branches.mutate(parent_key=normalise(branches.parent_name)), unique, "parent_key")
    return branches.mutate(parent_id=branches.parent_id.fill_null(branches.named)).drop("named", "parent_key")


def find_the_parent(branches: Table, raw: Raw) -> Table:
    """The city of the parent is that of its own record, else read from its name; others are outside Guangdong."""
    owned = with_seat(branches, raw, identifier="parent_id", name="parent_name", seat="investor")
    return owned.filter(owned.investor.notnull()).rename(investee="located")


def keep_the_period(branches: Table, raw: Raw) -> Table:
    """Branches established from 2000 to 2018."""
    year = branches.established.year().cast("int64")
    return branches.mutate(year=year).filter(year.between(FIRST_YEAR, LAST_YEAR))


STEPS = [
    drop_repeated_records,
    keep_guangdong,
    find_the_city,
    match_parents_by_name,
    find_the_parent,
    keep_the_period,
    keep_helper_to_recipient,
]


def clean(raw: Raw, flow: Flow) -> Table:
    """One row per branch that counts, with at least: investor, investee (city codes), year. `raw.seats` must be set."""
    return flow.run("branches", raw.branches, STEPS, raw)
