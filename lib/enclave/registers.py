"""Firm master, shareholders and industry dictionary -> links between cities, step by step as section 4.1 tells it.

A link is one stake of a shareholder that is not a natural person in a firm of another city. Each step is a function
(table, raw) -> table; the first line of its docstring is the reason printed in the flow table. Which year a stake
belongs to is not said in the paper: we take the year of the stake and, where the register has none, the year in which
the firm was established.
"""

import ibis
from ibis.expr.types import Table

from enclave import facts
from enclave.engine import Raw, city_codes, left_join
from enclave.flow import Flow, alive, keep
from enclave.places import PROVINCE_ONLY, locate, normalise, with_city_in_name

FIRST_YEAR, LAST_YEAR = 2000, 2018
NATURAL_PERSON = "自然人"
MANUFACTURING = "C"
FIRM = ["firm_id", "founded", "industry_id", "seat", "by_name"]
STAKE = ["investee", "industry_id", "year", "shareholder_id", "shareholder_name"]
LINK = ["investor", "investee", "year", "section"]


def keep_guangdong(table: Table, raw: Raw) -> Table:
    """Only records that belong to Guangdong, or whose province is missing, can have a seat in one of the 21 cities."""
    said = _said(raw, "province").cache()
    said = said.mutate(ours=said.said.isnull() | normalise(said.said).isin(PROVINCE_ONLY)).cache()
    table = left_join(table, said, "said", "province")
    return keep(table, table.ours.fill_null(True)).drop("ours")


def find_the_city(table: Table, raw: Raw) -> Table:
    """The city is read from the city column, else from the name; without either the record is dropped."""
    table = locate(table, _said(raw, "city"))
    founded = table.established.year().cast("int16")
    table = table.mutate(founded=founded, seat=table.located.cast("int32"), by_name=table.located_by == "name")
    return keep(table, table.seat.notnull())


def _said(raw: Raw, column: str) -> Table:
    """The different texts (`said`) that a column of firms and branches holds."""
    return raw.firms.select(said=column).distinct().union(raw.branches.select(said=column), distinct=True)


def match_to_firms(stakes: Table, raw: Raw) -> Table:
    """The firm invested in must be in the firm master and seated in Guangdong."""
    seated = raw.seats.filter(raw.seats.seat.notnull())
    firms = seated.select("firm_id", "industry_id", "founded", investee="seat")
    stakes = left_join(stakes, firms, "firm_id")
    stakes = stakes.mutate(year=stakes.invested_on.year().cast("int16").fill_null(stakes.founded))
    return keep(stakes, stakes.investee.notnull())


def drop_natural_persons(stakes: Table, raw: Raw) -> Table:
    """Stakes of natural persons are no links between firms (note 1 of section 4.1)."""
    return keep(stakes, stakes.shareholder_type != NATURAL_PERSON)


def attach_industry(stakes: Table, raw: Raw) -> Table:
    """The industry of the firm invested in comes from the industry dictionary; no record is lost."""
    return left_join(stakes, sections(raw.industries), "industry_id")


def find_the_investor(stakes: Table, raw: Raw) -> Table:
    """The city of the shareholder is that of its own record, else read from its name; others are outside Guangdong."""
    stakes = stakes.mutate(year=stakes.year.cast("int64"), investee=stakes.investee.cast(str))
    named = {"identifier": "shareholder_id", "name": "shareholder_name"}
    owners = with_seat(stakes, raw, **named, seat="investor")
    return keep(owners, owners.investor.notnull())


def keep_the_period(stakes: Table, raw: Raw) -> Table:
    """Stakes of 2000 to 2018, by the date of the stake, else by the date the firm was established."""
    return keep(stakes, stakes.year.between(FIRST_YEAR, LAST_YEAR))


def keep_helper_to_recipient(table: Table, raw: Raw) -> Table:
    """From one of the 9 cities of the delta to one of the 12 cities outside it."""
    return keep(table, table.investor.isin(city_codes("helper")), table.investee.isin(city_codes("recipient")))


def keep_manufacturing(stakes: Table, raw: Raw) -> Table:
    """Only firms in manufacturing, section C of GB/T 4754."""
    return keep(stakes, stakes.section == MANUFACTURING)


def drop_own_city(stakes: Table, raw: Raw) -> Table:
    """A stake within one city joins no two cities."""
    return keep(stakes, stakes.investor != stakes.investee)


FIRM_STEPS = [keep_guangdong, find_the_city]
FIRST_STAKE_STEPS = [match_to_firms, drop_natural_persons]
LATER_STAKE_STEPS = [attach_industry, find_the_investor, keep_the_period]
STAKE_STEPS = [*FIRST_STAKE_STEPS, *LATER_STAKE_STEPS]
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


def with_seat(table: Table, raw: Raw, *, identifier: str, name: str, seat: str) -> Table:
    """Add the city of the firm that a record names: by `identifier` in the firm master, else from the firm's `name`.

    A firm of the master that has no seat in Guangdong is outside, whatever its name says.
    """
    master = raw.seats.select("firm_id", own="seat", known=True)
    table = table.mutate(key=ibis.ifelse(alive(table), table[identifier], ibis.null(str)))
    table = left_join(table, master, "firm_id", "key")
    unknown = ibis.ifelse(alive(table) & table.known.isnull(), table[name], ibis.null(str))
    table = with_city_in_name(table, unknown, "named")
    return table.mutate(**{seat: table.own.cast(str).fill_null(table.named)}).drop("key", "known", "own", "named")


def clean(raw: Raw, flow: Flow) -> dict[str, Table]:
    """Links of each panel, added up: investor, investee (city codes), year, section and records (number of stakes).

    Returns "manufacturing" and "all_industry" (helper to recipient) and "network" (manufacturing, all 21 cities).
    `raw.seats` must be set (see `seats`).
    """
    key = ["firm_id", "shareholder_name"]
    stakes = flow.rows("shareholders", raw.shareholders, FIRST_STAKE_STEPS, raw, STAKE, key)
    links = flow.cells("shareholders", stakes.filter(alive(stakes)), LATER_STAKE_STEPS, raw, LINK)
    return {name: flow.cells(name, links, steps, raw, LINK) for name, steps in PANEL_STEPS.items()}


def seats(raw: Raw, flow: Flow) -> Table:
    """Every firm of the master once: firm_id, founded (year), industry_id, seat, by_name.

    `seat` is the code of its city as a number, which is what a large table keeps at the least cost, missing for a firm
    without a seat in Guangdong; `by_name` says whether its name tells it and not the city column.
    """
    return flow.rows("firms", raw.firms, FIRM_STEPS, raw, FIRM, ["firm_id"])
