"""Firm master and industry dictionary -> each firm once, with its city and whether it is in manufacturing."""

import ibis
import pandas as pd
from ibis.expr.types import Table

from enclave import facts
from enclave.facts import other_provinces
from enclave_registers.cleaning.city_from_text import locate, normalise
from enclave_registers.cleaning.column_texts import DIVISION, MANUFACTURING
from enclave_registers.cleaning.row_counts import RowCounts, keep, left_join
from enclave_registers.validated import Raw

SEAT = ["firm_id", "established_year", "manufacturing", "seat", "parent_key"]


def keep_guangdong(table: Table, raw: Raw) -> Table:
    """Only records that belong to Guangdong, or whose province is missing, can have a seat in one of the 21 cities.

    A text that names no province says nothing: the city decides, as where the province is missing.
    """
    texts = _texts(raw, "province")
    texts = texts.mutate(ours=texts.text.isnull() | normalise(texts.text).notin(other_provinces())).cache()
    table = left_join(table, texts, "text", "province")
    return keep(table, table.ours.fill_null(True)).drop("ours")


def find_the_city(table: Table, raw: Raw) -> Table:
    """The city is read from the city column, else from the name; without either the record is dropped."""
    table = locate(table, _texts(raw, "city"))
    table = table.mutate(established_year=table.established.year().cast("int16"), seat=table.located)
    return keep(table, table.seat.notnull())


def attach_industry(firms: Table, raw: Raw) -> Table:
    """The industry of a firm comes from the industry dictionary; no record is lost."""
    firms = left_join(firms, sections(raw.industries), "industry_id")
    return firms.mutate(manufacturing=(firms.section == MANUFACTURING).fill_null(False)).drop("section")


def know_parents_by_name(firms: Table, raw: Raw) -> Table:
    """A firm whose name a branch gives for its parent is known by it; no record is lost."""
    without_identifier = raw.branches.filter(raw.branches.parent_id.isnull())
    parents = without_identifier.select(parent_key=normalise(without_identifier.parent_name)).distinct()
    return left_join(firms, parents.mutate(name=parents.parent_key), "name", "name_normalised")


def _texts(raw: Raw, column: str) -> Table:
    """The different values (`text`) of a column of firms and branches; there are few."""
    return raw.firms.select(text=column).distinct().union(raw.branches.select(text=column), distinct=True)


STEPS = [keep_guangdong, find_the_city, attach_industry, know_parents_by_name]


def sections(industries: Table) -> Table:
    """Section letter of each entry of the industry dictionary: industry_id, section.

    A code may begin with a section letter and has two to four digits. The division (first two digits) decides, by the
    vintage of GB/T 4754 that the entry gives. A letter alone is the section itself.
    """
    divisions = facts.industries()[["standard", "division", "section"]].set_axis(["standard", "key", "section"], axis=1)
    letters = facts.industry_sections()[["standard", "section"]].assign(key=lambda rows: rows["section"])
    known = ibis.memtable(pd.concat([divisions, letters], ignore_index=True)[["standard", "key", "section"]])
    code = normalise(industries.code)
    key = ibis.ifelse(code.length() == 1, code, code.re_extract(DIVISION, 1))
    coded = industries.mutate(key=key)
    return coded.inner_join(known, ["standard", "key"]).select("industry_id", "section")


def seats(raw: Raw, row_counts: RowCounts, columns: list[str] = SEAT) -> Table:
    """Every firm of the master once: firm_id, established_year, manufacturing (whether), seat, parent_key.

    `seat` is the code of the firm's city as a number, which takes the least space in a large table. It is missing for
    firms that a step drops. They stay in the table: a shareholder that is in the master but not in Guangdong differs
    from one that is not in the master. `parent_key` is the firm's normalised name if a branch gives it for its parent.

    Another list of `columns` begins with firm_id, too; `located_by_name` says whether the seat was read from the name.
    """
    return row_counts.mark("firms", raw.firms, STEPS, raw, columns, raw.repeated_firms)
