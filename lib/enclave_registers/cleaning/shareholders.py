"""Shareholders -> links between cities, step by step in the order of section 4.1.

A link is one stake of a shareholder that is not a natural person in a firm of another city. Where the order of two
steps changes no panel, the one that drops more comes first. The paper does not say which year a stake belongs to: we
take the year of the stake and, where the register does not give it, the year in which the firm was established.
"""

import ibis
import pandas as pd
from ibis.expr.types import Table

from enclave.base.terms import YEARS
from enclave.facts import city_codes, city_numbers
from enclave_registers.cleaning.city_from_text import normalise, with_city_in_name
from enclave_registers.cleaning.row_counts import (
    RowCounts,
    drop_repeated_records,
    in_memory,
    keep,
    left_join,
    still_in,
    where_still_in,
)
from enclave_registers.validated import Raw

NATURAL_PERSON = "自然人"
LINK = ["investor", "investee", "year", "manufacturing"]


def drop_natural_persons(stakes: Table, raw: Raw) -> Table:
    """Stakes of natural persons are no links between firms (note 1 of section 4.1)."""
    return keep(stakes, stakes.shareholder_type != NATURAL_PERSON)


def match_to_firms(stakes: Table, raw: Raw) -> Table:
    """The firm is in the master, in one of the 12 cities outside the delta or, for the network, in manufacturing."""
    seats = raw.known_seats
    located = seats.filter(seats.seat.notnull())
    held = located.filter(located.seat.isin(city_numbers("recipient")) | located.manufacturing)
    firms = held.select("established_year", "manufacturing", invested_in="firm_id", investee="seat")
    stakes = stakes.inner_join(firms, stakes.firm_id == firms.invested_in).drop("invested_in")
    return stakes.mutate(year=ibis.coalesce(stakes.invested_on.year(), stakes.established_year).cast("int64"))


def keep_the_period(stakes: Table, raw: Raw) -> Table:
    """Stakes of 2000 to 2018, by the date of the stake, else by the date the firm was established."""
    return keep(stakes, stakes.year.between(YEARS[0], YEARS[-1]))


def find_investor_in_master(stakes: Table, raw: Raw) -> Table:
    """The city of a shareholder in the firm master is that of its own record; those seated elsewhere are outside."""
    return look_up_investor(stakes, raw, "shareholder_id")


def drop_own_city(stakes: Table, raw: Raw) -> Table:
    """A stake within one city joins no two cities."""
    return keep(stakes, stakes.investor.isnull() | (stakes.investor != stakes.investee))


def read_investor_from_name(stakes: Table, raw: Raw) -> Table:
    """The city of a shareholder that is not in the master is read from its name; others are outside Guangdong."""
    return read_investor(stakes, "shareholder_name")


def keep_helper_to_recipient(table: Table, raw: Raw) -> Table:
    """From one of the 9 cities of the delta to one of the 12 cities outside it."""
    return keep(table, table.investor.isin(city_codes("helper")), table.investee.isin(city_codes("recipient")))


def keep_manufacturing(stakes: Table, raw: Raw) -> Table:
    """Only firms in manufacturing, section C of GB/T 4754."""
    return keep(stakes, stakes.manufacturing)


# in the order of the run; each list is one query
FIRST_STEPS = [drop_natural_persons]
MASTER_STEPS = [match_to_firms, keep_the_period, find_investor_in_master, drop_own_city]
NAME_STEPS = [read_investor_from_name]
STEPS = [*FIRST_STEPS, *MASTER_STEPS, drop_repeated_records, *NAME_STEPS]
PANEL_STEPS = {
    "manufacturing": [keep_helper_to_recipient, keep_manufacturing],
    "all_industry": [keep_helper_to_recipient],
    "network": [drop_own_city, keep_manufacturing],
}


def look_up_investor(table: Table, raw: Raw, identifier: str) -> Table:
    """Add as `investor` the city of the firm that `identifier` gives; drop records of firms seated elsewhere.

    `investor` is missing where the firm is not in the master.
    """
    master = raw.known_seats.select(key="firm_id", in_master=True, investor="seat")
    table = left_join(table, master, "key", where_still_in(table, identifier))
    return keep(table, table.investor.notnull() | table.in_master.isnull())


def read_investor(table: Table, name: str) -> Table:
    """Fill `investor`, where it is missing, with the city in the firm's `name`; keep records that have one."""
    unknown = ibis.ifelse(still_in(table) & table.investor.isnull(), table[name], ibis.null(str))
    found = table.mutate(unknown=unknown)
    found = with_city_in_name(found, normalise(found.unknown), "city_from_name")
    found = found.mutate(investor=found.investor.fill_null(found.city_from_name)).drop("unknown", "city_from_name")
    return keep(found, found.investor.notnull())


def with_codes(cells: pd.DataFrame) -> pd.DataFrame:
    """`cells` with the codes of investor and investee as text."""
    return cells.astype({"investor": str, "investee": str})


def clean(raw: Raw, row_counts: RowCounts) -> dict[str, pd.DataFrame]:
    """Links of each panel: investor, investee (city codes), year, manufacturing, records (number of stakes).

    Returns "manufacturing" and "all_industry" (helper to recipient) and "network" (manufacturing, all 21 cities).
    `raw.seats` must be set (see `firms.seats`).
    """
    stakes = row_counts.run("shareholders", raw.shareholders, FIRST_STEPS, raw)
    columns = [*stakes.columns, *LINK]
    stakes = row_counts.run_in_one_query("shareholders", stakes, MASTER_STEPS, raw, columns)
    stakes = row_counts.run("shareholders", stakes, [drop_repeated_records], raw)
    links = row_counts.run_in_one_query("shareholders", stakes, NAME_STEPS, raw, LINK)
    cells = with_codes(in_memory(links, LINK))
    return {name: row_counts.run(name, cells, steps, raw) for name, steps in PANEL_STEPS.items()}
