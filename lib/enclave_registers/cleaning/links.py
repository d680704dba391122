"""Firm master, shareholders and industry dictionary -> links between cities, step by step as section 4.1 tells it.

A link is one stake of a shareholder that is not a natural person in a firm of another city. Each step is a function
(table, raw) -> table; the first line of its docstring is the reason printed in the flow table. What drops most comes
first, where the order changes no panel. Which year a stake belongs to is not said in the paper: we take the year of the
stake and, where the register has none, the year in which the firm was established.
"""

import ibis
import pandas as pd
from ibis.expr.types import Table

from enclave import facts
from enclave.facts import city_codes, city_numbers
from enclave_registers.cleaning.city_from_text import PROVINCE_ONLY, locate, normalise, with_city_in_name
from enclave_registers.cleaning.row_counts import Flow, alive, keep
from enclave_registers.engine import Raw, left_join

FIRST_YEAR, LAST_YEAR = 2000, 2018
NATURAL_PERSON = "自然人"
MANUFACTURING = "C"
FIRM = ["firm_id", "founded", "manufacturing", "seat", "as_parent"]
LINK = ["investor", "investee", "year", "manufacturing"]


def keep_guangdong(table: Table, raw: Raw) -> Table:
    """Only records that belong to Guangdong, or whose province is missing, can have a seat in one of the 21 cities."""
    said = _said(raw, "province")
    said = said.mutate(ours=said.said.isnull() | normalise(said.said).isin(PROVINCE_ONLY)).cache()
    table = left_join(table, said, "said", "province")
    return keep(table, table.ours.fill_null(True)).drop("ours")


def find_the_city(table: Table, raw: Raw) -> Table:
    """The city is read from the city column, else from the name; without either the record is dropped."""
    table = locate(table, _said(raw, "city"))
    table = table.mutate(founded=table.established.year().cast("int16"), seat=table.located)
    return keep(table, table.seat.notnull())


def attach_industry(firms: Table, raw: Raw) -> Table:
    """The industry of a firm comes from the industry dictionary; no record is lost."""
    firms = left_join(firms, sections(raw.industries), "industry_id")
    return firms.mutate(manufacturing=(firms.section == MANUFACTURING).fill_null(False)).drop("section")


def know_parents_by_name(firms: Table, raw: Raw) -> Table:
    """A firm whose name a branch gives for its parent is known by it; no record is lost."""
    nameless = raw.branches.filter(raw.branches.parent_id.isnull())
    asked = nameless.select(name=normalise(nameless.parent_name)).distinct()
    return left_join(firms, asked.select(asked="name", as_parent="name"), "asked", "spelt")


def _said(raw: Raw, column: str) -> Table:
    """The different texts (`said`) that a column of firms and branches holds."""
    return raw.firms.select(said=column).distinct().union(raw.branches.select(said=column), distinct=True)


def match_to_firms(stakes: Table, raw: Raw) -> Table:
    """The firm invested in is in the master, and in one of the 12 cities outside the delta or in manufacturing."""
    seated = raw.seats.filter(raw.seats.seat.notnull())
    held = seated.filter(seated.seat.isin(city_numbers("recipient")) | seated.manufacturing)
    firms = held.select(invested_in="firm_id", founded="founded", manufacturing="manufacturing", investee="seat")
    stakes = stakes.inner_join(firms, stakes.firm_id == firms.invested_in).drop("invested_in")
    return stakes.mutate(year=ibis.coalesce(stakes.invested_on.year(), stakes.founded).cast("int64"))


def drop_natural_persons(stakes: Table, raw: Raw) -> Table:
    """Stakes of natural persons are no links between firms (note 1 of section 4.1)."""
    return keep(stakes, stakes.shareholder_type != NATURAL_PERSON)


def find_investor_in_master(stakes: Table, raw: Raw) -> Table:
    """The city of a shareholder in the firm master is that of its own record; those seated elsewhere are outside."""
    return look_up_investor(stakes, raw, "shareholder_id")


def read_investor_from_name(stakes: Table, raw: Raw) -> Table:
    """The city of a shareholder that is not in the master is read from its name; others are outside Guangdong."""
    return read_investor(stakes, "shareholder_name")


def keep_the_period(stakes: Table, raw: Raw) -> Table:
    """Stakes of 2000 to 2018, by the date of the stake, else by the date the firm was established."""
    return keep(stakes, stakes.year.between(FIRST_YEAR, LAST_YEAR))


def keep_helper_to_recipient(table: Table, raw: Raw) -> Table:
    """From one of the 9 cities of the delta to one of the 12 cities outside it."""
    return keep(table, table.investor.isin(city_codes("helper")), table.investee.isin(city_codes("recipient")))


def keep_manufacturing(stakes: Table, raw: Raw) -> Table:
    """Only firms in manufacturing, section C of GB/T 4754."""
    return keep(stakes, stakes.manufacturing)


def drop_own_city(stakes: Table, raw: Raw) -> Table:
    """A stake within one city joins no two cities."""
    return keep(stakes, stakes.investor.isnull() | (stakes.investor != stakes.investee))


FIRM_STEPS = [keep_guangdong, find_the_city, attach_industry, know_parents_by_name]
LINK_STEPS = [match_to_firms, keep_the_period, find_investor_in_master, drop_own_city]
STAKE_STEPS = [drop_natural_persons, *LINK_STEPS, read_investor_from_name]
PANEL_STEPS = {
    "manufacturing": [keep_helper_to_recipient, keep_manufacturing],
    "all_industry": [keep_helper_to_recipient],
    "network": [drop_own_city, keep_manufacturing],
}


def sections(industries: Table) -> Table:
    """Section letter of each entry of the industry dictionary: industry_id, section.

    A code may carry a section letter and have two to four digits; the division (first two digits) decides, by the
    vintage of GB/T 4754 that the entry names.
    """
    divisions = ibis.memtable(facts.industries()[["standard", "division", "section"]])
    coded = industries.mutate(division=normalise(industries.code).re_extract("^[A-Z]?([0-9]{2})", 1))
    return coded.inner_join(divisions, ["standard", "division"]).select("industry_id", "section")


def look_up_investor(table: Table, raw: Raw, identifier: str) -> Table:
    """Add as `investor` the city of the firm whose `identifier` a record names; drop it if that is elsewhere."""
    master = raw.seats.select(key="firm_id", known=True, investor="seat")
    table = left_join(table, master, "key", ibis.ifelse(alive(table), table[identifier], ibis.null(str)))
    return keep(table, table.investor.notnull() | table.known.isnull())


def read_investor(table: Table, name: str) -> Table:
    """Fill `investor`, where it is missing, with the city that the firm's `name` tells; keep a record that has one."""
    unknown = ibis.ifelse(alive(table) & table.investor.isnull(), table[name], ibis.null(str))
    told = table.mutate(unknown=unknown)
    told = with_city_in_name(told, normalise(told.unknown), "named")
    told = told.mutate(investor=told.investor.fill_null(told.named)).drop("unknown", "named")
    return keep(told, told.investor.notnull())


def with_codes(cells: pd.DataFrame) -> pd.DataFrame:
    """`cells` of the engine with the codes of investor and investee as text."""
    return cells.astype({"investor": str, "investee": str})


def clean(raw: Raw, flow: Flow) -> dict[str, pd.DataFrame]:
    """Links of each panel, added up: investor, investee (city codes), year, manufacturing, records (number of stakes).

    Returns "manufacturing" and "all_industry" (helper to recipient) and "network" (manufacturing, all 21 cities).
    `raw.seats` must be set (see `seats`).
    """
    stakes = flow.sift("shareholders", raw.shareholders, drop_natural_persons, raw)
    links = flow.records("shareholders", stakes, LINK_STEPS, raw, [*LINK, "shareholder_name"], list(stakes.columns))
    cells = with_codes(flow.cells("shareholders", links, [read_investor_from_name], raw, LINK))
    return {name: flow.run(name, cells, steps, raw) for name, steps in PANEL_STEPS.items()}


def seats(raw: Raw, flow: Flow, columns: list[str] = FIRM) -> Table:
    """Every firm of the master once: firm_id, founded (year), manufacturing (whether), seat, as_parent.

    `seat` is the code of its city as a number, which is what a large table keeps at the least cost, missing for a firm
    without a seat in Guangdong; `as_parent` is its normalised name if branches give it for their parent, else missing.
    Other `columns` may be asked for: `by_name` says whether the name tells the seat and not the city column.
    """
    return flow.rows("firms", raw.firms, FIRM_STEPS, raw, columns, raw.repeated_firms)
