import pandas as pd
import pytest

from enclave import facts
from enclave.base.terms import PAIR
from enclave.facts import date_intervals
from enclave_twin.lists import options

NOTHING = dict.fromkeys(("agreement_date", "recognition_date", "demonstration_date", "operating_by", "precision"), "")


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ({"agreement_date": "2008"}, {2008}),
        # December allows the next year, too
        ({"recognition_date": "2008-12-05"}, {2008, 2009}),
        ({"operating_by": "2014-08-08", "precision": "before"}, {2011, 2012, 2013, 2014}),
        # not before the programme
        ({"operating_by": "2007-09", "precision": "before"}, {2005, 2006, 2007}),
        ({"operating_by": "2009-02", "precision": "month"}, {2009}),
        ({}, {2008, 2009, 2010, 2011, 2012, 2013}),
    ],
)
def test_the_dates_of_a_park_allow_these_years(dates, years):
    assert date_intervals.of_park(pd.Series(NOTHING | dates)) == years


def test_the_listed_year_of_each_pair_is_among_its_years():
    found = date_intervals.defensible_years()
    assert len(found[found["cohort"] == found["listed"]]) == len(facts.treated())


def test_the_years_are_those_of_the_search_for_lists():
    found = date_intervals.defensible_years()
    listed = facts.treated()[[*PAIR, "park_zh"]].rename(columns={"park_zh": "park"})
    allowed = options.options().merge(listed, on=[*PAIR, "park"])
    keys = [*PAIR, "cohort"]
    own, theirs = (set(rows[keys].itertuples(index=False, name=None)) for rows in (found, allowed))
    assert own == theirs


def test_the_order_of_the_list_does_not_matter():
    shuffled = date_intervals.defensible_years(facts.treated().sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, date_intervals.defensible_years())
