"""The eight steps of the land register, on plots written by hand."""

import hand
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave_registers.cleaning import land_plots, pipeline
from enclave_registers.cleaning.row_counts import Flow

INSIDE = {
    "supervision_number": "4418032012B00001",
    "county_code": "441803",
    "signed_on": "2012-06-01",
    "area_ha": 2.5,
    "location": "清新区太平镇产业转移工业园内",
}
OUTSIDE = INSIDE | {"supervision_number": "4418032012B00002", "location": "清新区太平镇", "area_ha": 1.25}


def areas(*plots):
    """{(county, park, year): area} of the cells with land in them."""
    cells = land_plots.clean(hand.raw(plots=plots), Flow())
    return {(row.county, row.park, row.year): row.area_ha for row in cells.itertuples()}


def test_plots_are_added_up_by_county_park_and_year():
    second = INSIDE | {"supervision_number": "4418032012B00003", "area_ha": 0.75}
    assert areas(INSIDE, OUTSIDE, second) == {("441803", 1, 2012): 3.25, ("441803", 0, 2012): 1.25}


def test_a_plot_delivered_twice_counts_once():
    assert areas(INSIDE, INSIDE) == {("441803", 1, 2012): 2.5}


@pytest.mark.parametrize(
    "change",
    [
        {"signed_on": "2010-12-31"},
        {"signed_on": "2021-01-01"},
        {"area_ha": 0.0099},
        {"land_use": "其他普通商品住房用地"},
        {"supply_mode": "划拨"},
        {"supply_mode": "划拨土地"},
        {"county_code": "440106"},
    ],
)
def test_a_plot_that_a_step_names_is_dropped(change):
    assert areas(INSIDE, OUTSIDE | change) == {("441803", 1, 2012): 2.5}


def test_a_plot_of_exactly_a_hundredth_of_a_hectare_stays():
    assert areas(INSIDE, OUTSIDE | {"area_ha": 0.01})[("441803", 0, 2012)] == 0.01


def test_a_missing_county_code_is_read_from_the_supervision_number():
    assert areas(INSIDE | {"county_code": None}) == {("441803", 1, 2012): 2.5}


def test_an_old_county_code_becomes_the_code_of_2020():
    old = INSIDE | {"county_code": "441827", "supervision_number": "4418272012B00001"}
    assert areas(old) == {("441803", 1, 2012): 2.5}


def test_a_county_without_a_park_plot_is_dropped():
    elsewhere = OUTSIDE | {"county_code": "441881", "supervision_number": "4418812012B00001"}
    assert areas(INSIDE, elsewhere) == {("441803", 1, 2012): 2.5}


def test_a_park_is_recognised_through_full_width_text_and_blanks():
    assert areas(INSIDE | {"location": "清新区产业 转移\u3000工业园"}) == {("441803", 1, 2012): 2.5}


def test_a_plot_without_location_is_outside():
    assert areas(INSIDE, OUTSIDE | {"location": None})[("441803", 0, 2012)] == 1.25


def test_an_unknown_land_use_is_named_with_its_plot():
    with pytest.raises(EnclaveError, match=r"4418032012B00002.*'月球用地'.*land_uses\.csv"):
        areas(INSIDE, OUTSIDE | {"land_use": "月球用地"})


def test_the_panel_has_every_county_inside_and_outside_in_every_year_with_zero_where_nothing_was_granted():
    panel = pipeline.fill_years_without_grant(land_plots.clean(hand.raw(plots=[INSIDE]), Flow()), None)
    assert len(panel) == 1 * 2 * 10
    assert panel["area_ha"].sum() == 2.5
    assert panel.loc[panel["area_ha"] > 0, "log_area"].item() == pytest.approx(1.252762968495368)  # ln 3.5
    keys = panel[["county", "park", "year"]]
    assert keys.equals(keys.sort_values(list(keys)))


def test_the_sum_does_not_depend_on_the_order_of_the_plots():
    many = [INSIDE | {"supervision_number": f"4418032012B{i:05}", "area_ha": 0.1 + i / 7} for i in range(200)]
    forwards, backwards = areas(*many), areas(*many[::-1])
    assert forwards == backwards
    assert pd.Series(forwards).sum() == pytest.approx(200 * 0.1 + sum(range(200)) / 7, abs=1e-3)
