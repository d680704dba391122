"""Counties without a park: the plots that the seventh step of the land register drops, on plots written by hand."""

import hand
import pandas as pd
import pytest

from enclave.panels import balance
from enclave_registers.cleaning import land_elsewhere

INSIDE = {
    "supervision_number": "4418032012B00001",
    "county_code": "441803",
    "signed_on": "2012-06-01",
    "area_ha": 2.5,
    "location": "清新区太平镇产业转移工业园内",
}
OUTSIDE = INSIDE | {"supervision_number": "4418032012B00002", "location": "清新区太平镇", "area_ha": 1.25}
# a county of Qingyuan whose plots name no park
OTHER = OUTSIDE | {"county_code": "441823", "supervision_number": "4418232013B00001", "signed_on": "2013-04-01"}
PLOTS = [
    INSIDE,
    OUTSIDE,
    OTHER,
    OTHER,
    OTHER | {"supervision_number": "4418232013B00002", "area_ha": 2.0},
    OTHER | {"supervision_number": "4418232013B00003", "area_ha": 0.001},
    OTHER | {"supervision_number": "4418232013B00004", "supply_mode": "划拨"},
]


@pytest.fixture(scope="module")
def panel():
    return land_elsewhere.panel(hand.raw(plots=PLOTS))


def test_only_counties_that_never_name_a_park_are_counted_each_plot_once(panel):
    granted = panel[panel["area_ha"] > 0]
    assert granted.to_numpy().tolist() == [["441823", 2013, 3.25]]


def test_the_panel_is_balanced(panel):
    assert panel["year"].tolist() == list(range(2011, 2021))


def test_without_such_a_county_the_panel_is_empty_and_has_its_columns():
    nothing = pd.DataFrame({"county": [], "year": [], "area_ha": []})
    made = balance.fill_years_elsewhere(nothing)
    assert made.empty
    assert list(made) == ["county", "year", "area_ha"]
