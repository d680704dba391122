"""Dates of the policy in decimal years, the years of revenue sharing, and the milestones of pairs."""

import pandas as pd
import pytest

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave.facts import policy_dates


def documents(*rows):
    return pd.DataFrame(rows, columns=["date", "what_changed"])


BEGINS = ("2005-03", "tax shared (sharing begins)")
ENDS = ("2013-07", "tax stays (sharing ends)")
RESTORED = ("2016-11-25", "tax shared again; sharing restored")


def test_a_day_stands_at_its_place_in_the_year():
    # 1 January is half a day after the turn of the year; each month is a twelfth, each day 1/31 of it
    assert policy_dates.decimal_year(pd.Series(["2008-01-01"])).tolist() == pytest.approx([2008 + 0.5 / 31 / 12])


def test_a_month_without_day_stands_in_its_middle():
    # July is the seventh month: six and a half twelfths (15 days of 31 are just under a half)
    assert policy_dates.decimal_year(pd.Series(["2013-07"])).tolist() == pytest.approx([2013 + (6 + 15 / 31) / 12])


def test_a_year_alone_stands_in_its_middle():
    assert policy_dates.decimal_year(pd.Series(["2009"])).tolist() == [2009.5]


def test_an_empty_date_stands_nowhere():
    assert policy_dates.decimal_year(pd.Series(["", "2009"])).isna().tolist() == [True, False]


def test_sharing_begins_ends_and_is_restored_with_the_first_document_that_says_so():
    later = ("2013-11", "GDP stays too (sharing ends)")
    when = policy_dates.sharing(documents(later, ENDS, RESTORED, BEGINS))
    assert {event: int(at) for event, at in when.items()} == {"begins": 2005, "ends": 2013, "restored": 2016}
    assert when["ends"] == pytest.approx(2013 + (6 + 15 / 31) / 12)


def test_a_document_dated_by_year_yields_to_one_dated_better():
    vague = ("2016", "second round; sharing restored")
    assert policy_dates.sharing(documents(BEGINS, ENDS, vague, RESTORED))["restored"] > 2016.8


def test_a_year_is_taken_where_no_document_is_dated_better():
    vague = ("2016", "second round; sharing restored")
    assert policy_dates.sharing(documents(BEGINS, ENDS, vague))["restored"] == 2016.5


def test_an_undated_document_is_no_evidence():
    undated = ("", "sharing ends")
    with pytest.raises(EnclaveError, match="sharing ends"):
        policy_dates.sharing(documents(BEGINS, undated, RESTORED))


def test_the_committed_documents_tell_when_sharing_was_on():
    when = policy_dates.sharing(facts.policy())
    assert 2005 < when["begins"] < 2006
    assert 2013 < when["ends"] < 2014
    assert 2016.5 < when["restored"] < 2017


def test_milestones_are_those_of_the_pairs_city_parks():
    pairs = pd.DataFrame({"helper": ["442000"], "recipient": ["441600"]})
    found = policy_dates.pair_milestones(pairs, facts.parks())
    # Zhongshan and Heyuan: founded May 2005, recognised September 2005, demonstration park 5 August 2008
    assert found["date"].tolist() == ["2005-05", "2005-09", "2008-08-05"]
    assert found["milestone"].tolist() == ["operating_by", "recognition_date", "demonstration_date"]


def test_the_year_in_which_sharing_ended_has_a_name_of_its_own():
    when = {"begins": 2005.2, "ends": 2013.54, "restored": 2016.9}
    found = policy_dates.regime(pd.Series([2004, 2005, 2012, 2013, 2014, 2016, 2017]), when).tolist()
    assert found == ["before sharing", "shared", "shared", "sharing ended", "not shared", "not shared", "shared again"]
