"""Branches that firms of the delta opened in other cities, on records written by hand."""

from dataclasses import replace

import hand
import pytest

from enclave_registers.cleaning import branches, firms
from enclave_registers.cleaning.row_counts import RowCounts

PARENT = {"firm_id": "H", "name": "深圳市甲有限公司", "city": "深圳市"}
BRANCH = {
    "branch_id": "B",
    "name": "深圳市甲有限公司梅州分公司",
    "city": "梅州市",
    "established": "2015-01-02",
    "parent_id": "H",
    "parent_name": "深圳市甲有限公司",
}
SHENZHEN, MEIZHOU = "440300", "441400"

cases = hand.Cases()


def case(parents=(PARENT,), records=(BRANCH,)):
    return cases.add(firms=parents, branches=records)


@pytest.fixture(scope="module")
def kept():
    """A function: (investor, investee, year) of each branch of a case that the cleaning keeps, sorted."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BRANCH", "LINK"):
            patch.setattr(branches, name, [*getattr(branches, name), "case"])
        raw = cases.raw()
        found = branches.clean(replace(raw, seats=firms.seats(raw, RowCounts())), RowCounts())
    each = found.loc[found.index.repeat(found["records"])]

    def of_case(case):
        table = each.loc[each["case"] == case, ["investor", "investee", "year"]]
        return sorted(table.itertuples(index=False, name=None))

    return of_case


TWICE = case(records=[BRANCH, BRANCH | {"branch_id": "another"}, BRANCH])


def test_a_branch_delivered_twice_counts_once_and_another_of_the_same_parent_counts_too(kept):
    assert kept(TWICE) == [(SHENZHEN, MEIZHOU, 2015)] * 2


USUAL = case()


def test_a_branch_counts_from_the_parents_city_to_its_own_in_the_year_it_was_established(kept):
    assert kept(USUAL) == [(SHENZHEN, MEIZHOU, 2015)]


# no other case has a firm of this name
BY_NAME = case([PARENT | {"name": "甲股份有限公司"}], [BRANCH | {"parent_id": None, "parent_name": "甲股份　有限公司"}])


def test_a_parent_named_only_by_name_is_found_by_that_name_in_the_master(kept):
    assert kept(BY_NAME) == [(SHENZHEN, MEIZHOU, 2015)]


NAMESAKES = case(
    [PARENT | {"name": "甲有限公司"}, {"firm_id": "H2", "name": "甲有限公司", "city": "珠海市"}],
    [BRANCH | {"parent_id": None, "parent_name": "甲有限公司"}],
)


def test_a_name_that_two_firms_bear_does_not_identify_the_parent(kept):
    assert kept(NAMESAKES) == []


UNKNOWN_PARENT = case([], [BRANCH | {"parent_id": "gone"}])


def test_a_parent_outside_the_master_is_placed_by_its_name(kept):
    assert kept(UNKNOWN_PARENT) == [(SHENZHEN, MEIZHOU, 2015)]


NO_CITY = case(records=[BRANCH | {"city": None, "name": "甲有限公司梅州分公司"}])


def test_a_branch_whose_city_is_missing_is_placed_by_its_own_name_not_by_its_parents(kept):
    assert kept(NO_CITY) == [(SHENZHEN, MEIZHOU, 2015)]


@pytest.mark.parametrize(
    "changed",
    [
        case(records=[BRANCH | change])
        for change in ({"established": None}, {"established": "1999-12-31"}, {"city": "广州市"})
    ],
)
def test_a_branch_without_date_outside_the_period_or_in_the_delta_is_dropped(kept, changed):
    assert kept(changed) == []
