"""The counties of parks and their first years."""

from enclave import facts
from enclave.facts import park_counties


def test_a_county_has_the_year_of_its_earliest_document():
    years = park_counties.first_years()
    # Longchuan: in operation by December 2008; Yangdong: a county in August 2014, a district since
    assert years["441622"] == 2008
    assert years["441704"] == 2014
    # Pingyuan has a park of 2013 and one without a date
    assert years["441426"] == 2013


def test_a_county_that_has_a_successor_counts_as_that():
    codes = set(park_counties.first_years().index)
    counties = facts.counties().set_index("code")
    assert (counties.loc[list(codes), "successor"] == "").all()


def test_every_county_is_in_a_recipient_with_a_park():
    counties = facts.counties().set_index("code")["city"]
    assert set(counties[park_counties.first_years().index]) <= set(facts.parks()["recipient"])
