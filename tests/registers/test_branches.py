"""Branches that firms of the delta opened in other cities, on records written by hand."""

from dataclasses import replace

import hand
import pytest

from enclave_registers.cleaning import branches, links
from enclave_registers.cleaning.row_counts import Flow

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


def cleaned(firms=(PARENT,), records=(BRANCH,)):
    raw, flow = hand.raw(firms, branches=records), Flow()
    return branches.clean(replace(raw, seats=links.seats(raw, flow)), flow)


def kept(firms=(PARENT,), records=(BRANCH,)):
    table = cleaned(firms, records)[["investor", "investee", "year"]]
    return sorted(table.itertuples(index=False, name=None))


def test_a_branch_delivered_twice_counts_once_and_another_of_the_same_parent_counts_too():
    other = BRANCH | {"branch_id": "another"}
    assert cleaned(records=[BRANCH, other, BRANCH])["records"].tolist() == [2]


def test_a_branch_counts_from_the_parents_city_to_its_own_in_the_year_it_was_established():
    assert kept() == [(SHENZHEN, MEIZHOU, 2015)]


def test_a_parent_named_only_by_name_is_found_by_that_name_in_the_master():
    nameless = PARENT | {"name": "甲股份有限公司"}
    branch = BRANCH | {"parent_id": None, "parent_name": "甲股份　有限公司"}
    assert kept([nameless], [branch]) == [(SHENZHEN, MEIZHOU, 2015)]


def test_a_name_that_two_firms_bear_does_not_identify_the_parent():
    twins = [PARENT | {"name": "甲有限公司"}, {"firm_id": "H2", "name": "甲有限公司", "city": "珠海市"}]
    assert kept(twins, [BRANCH | {"parent_id": None, "parent_name": "甲有限公司"}]) == []


def test_a_parent_outside_the_master_is_placed_by_its_name():
    assert kept([], [BRANCH | {"parent_id": "gone"}]) == [(SHENZHEN, MEIZHOU, 2015)]


def test_a_branch_whose_city_is_missing_is_placed_by_its_own_name_not_by_its_parents():
    branch = BRANCH | {"city": None, "name": "甲有限公司梅州分公司"}
    assert kept(records=[branch]) == [(SHENZHEN, MEIZHOU, 2015)]


@pytest.mark.parametrize("change", [{"established": None}, {"established": "1999-12-31"}, {"city": "广州市"}])
def test_a_branch_without_date_outside_the_period_or_in_the_delta_is_dropped(change):
    assert kept(records=[BRANCH | change]) == []
