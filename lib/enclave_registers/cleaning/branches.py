"""Branch register -> branches that firms of the delta opened in the other cities (section 4.5, Table 5).

The same treatment as for investment: the branch is located like a firm, its parent by identifier, else by the name it
carries. The year is the one in which the branch was established.
"""

import ibis
import pandas as pd
from ibis.expr.types import Table

from enclave.facts import city_numbers
from enclave_registers.cleaning.city_from_text import normalise
from enclave_registers.cleaning.links import (
    FIRST_YEAR,
    LAST_YEAR,
    find_the_city,
    keep_guangdong,
    look_up_investor,
    read_investor,
    with_codes,
)
from enclave_registers.cleaning.row_counts import Flow, alive, keep
from enclave_registers.engine import Raw, left_join


def match_parents_by_name(branches: Table, raw: Raw) -> Table:
    """A parent named without an identifier is the one firm of that name; no record is lost."""
    asked = ibis.ifelse(branches.parent_id.isnull() & alive(branches), branches.parent_name, ibis.null(str))
    matched = branches.mutate(asked=asked)
    matched = left_join(matched, _firms_by_name(raw), "as_parent", normalise(matched.asked))
    return matched.mutate(parent_id=matched.parent_id.fill_null(matched.named)).drop("asked", "named")


def _firms_by_name(raw: Raw) -> Table:
    """The firms of Guangdong whose name no other firm has, as far as branches without identifier name it."""
    asked = raw.seats.filter(raw.seats.as_parent.notnull() & raw.seats.seat.notnull())
    unique = asked.group_by("as_parent").aggregate(named=asked.firm_id.min(), bearers=asked.firm_id.nunique())
    return unique.filter(unique.bearers == 1).drop("bearers").cache()


def keep_the_period(branches: Table, raw: Raw) -> Table:
    """Branches established from 2000 to 2018."""
    branches = branches.mutate(year=branches.established.year().cast("int64"))
    return keep(branches, branches.year.between(FIRST_YEAR, LAST_YEAR))


def keep_recipients(branches: Table, raw: Raw) -> Table:
    """Only branches in one of the 12 cities outside the delta."""
    branches = branches.mutate(investee=branches.located)
    return keep(branches, branches.investee.isin(city_numbers("recipient")))


def find_parent_in_master(branches: Table, raw: Raw) -> Table:
    """The city of a parent in the firm master is that of its own record; those seated elsewhere are outside."""
    return look_up_investor(branches, raw, "parent_id")


def read_parent_from_name(branches: Table, raw: Raw) -> Table:
    """The city of a parent that is not in the master is read from its name; others are outside Guangdong."""
    return read_investor(branches, "parent_name")


def keep_helpers(branches: Table, raw: Raw) -> Table:
    """Only branches of firms in one of the 9 cities of the delta."""
    return keep(branches, branches.investor.isin(city_numbers("helper")))


BRANCH = ["investee", "year", "parent_id", "parent_name"]
LINK = ["investor", "investee", "year"]
FIRST_STEPS = [keep_guangdong, find_the_city, keep_recipients]
LATER_STEPS = [match_parents_by_name, find_parent_in_master, read_parent_from_name, keep_helpers]


def clean(raw: Raw, flow: Flow) -> pd.DataFrame:
    """Branches that count, added up: investor, investee (city codes), year, records. `raw.seats` must be set."""
    dated = flow.sift("branches", raw.branches, keep_the_period, raw)
    branches = flow.records("branches", dated, FIRST_STEPS, raw, BRANCH, ["branch_id"])
    return with_codes(flow.cells("branches", branches, LATER_STEPS, raw, LINK))
