"""Branch register -> branches that firms of the delta opened in the other cities (section 4.5, Table 5).

The same treatment as for investment: the branch is located like a firm, its parent by its identifier, else by its
name. The year is the one in which the branch was established.
"""

import ibis
import pandas as pd
from ibis.expr.types import Table

from enclave.base.terms import YEARS
from enclave.facts import city_numbers
from enclave_registers.cleaning.city_from_text import normalise
from enclave_registers.cleaning.firms import find_the_city, keep_guangdong
from enclave_registers.cleaning.row_counts import (
    RowCounts,
    drop_repeated_records,
    in_memory,
    keep,
    left_join,
    still_in,
)
from enclave_registers.cleaning.shareholders import look_up_investor, read_investor, with_codes
from enclave_registers.validated import Raw


def match_parents_by_name(branches: Table, raw: Raw) -> Table:
    """A parent named without an identifier is the one firm of that name; no record is lost."""
    without_identifier = branches.parent_id.isnull() & still_in(branches)
    name = normalise(ibis.ifelse(without_identifier, branches.parent_name, ibis.null(str)))
    matched = left_join(branches, _firms_by_name(raw), "parent_key", name)
    return matched.mutate(parent_id=matched.parent_id.fill_null(matched.id_by_name)).drop("id_by_name")


def _firms_by_name(raw: Raw) -> Table:
    """The firms of Guangdong whose name no other firm has: parent_key, id_by_name. Only names that branches give."""
    seats = raw.known_seats
    named = seats.filter(seats.parent_key.notnull() & seats.seat.notnull())
    firms = named.group_by("parent_key").aggregate(id_by_name=named.firm_id.min(), firms=named.firm_id.nunique())
    return firms.filter(firms.firms == 1).drop("firms").cache()


def keep_the_period(branches: Table, raw: Raw) -> Table:
    """Branches established from 2000 to 2018."""
    branches = branches.mutate(year=branches.established.year().cast("int64"))
    return keep(branches, branches.year.between(YEARS[0], YEARS[-1]))


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


BRANCH = ["branch_id", "investee", "year", "parent_id", "parent_name"]
LINK = ["investor", "investee", "year"]
# in the order of the run; each list is one query
BRANCH_STEPS = [keep_the_period, keep_guangdong, find_the_city, keep_recipients]
PARENT_STEPS = [match_parents_by_name, find_parent_in_master, read_parent_from_name, keep_helpers]
STEPS = [*BRANCH_STEPS, drop_repeated_records, *PARENT_STEPS]


def clean(raw: Raw, row_counts: RowCounts) -> pd.DataFrame:
    """Branches by investor, investee (city codes) and year, with `records`, their number. `raw.seats` must be set."""
    branches = row_counts.run_in_one_query("branches", raw.branches, BRANCH_STEPS, raw, BRANCH)
    branches = row_counts.run("branches", branches, [drop_repeated_records], raw)
    return with_codes(in_memory(row_counts.run_in_one_query("branches", branches, PARENT_STEPS, raw, LINK), LINK))
