"""The eight steps of the land register, on plots written by hand."""

import hand
import pandas as pd
import pytest

from enclave.base.errors import InputError
from enclave_registers.cleaning import land_plots, pipeline
from enclave_registers.cleaning.row_counts import RowCounts

INSIDE = {
    "supervision_number": "4418032012B00001",
    "county_code": "441803",
    "signed_on": "2012-06-01",
    "area_ha": 2.5,
    "location": "清新区太平镇产业转移工业园内",
}
OUTSIDE = INSIDE | {"supervision_number": "4418032012B00002", "location": "清新区太平镇", "area_ha": 1.25}
INSIDE_ALONE = {("441803", 1, 2012): 2.5}

cases = hand.Cases()


def case(*plots):
    return cases.add(plots=plots)


@pytest.fixture(scope="module")
def areas():
    """A function: {(county, park, year): area} of the cells of a case with land in them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(land_plots, "AREA", [*land_plots.AREA, "case"])
        found = land_plots.clean(cases.raw(), RowCounts())

    def of_case(case):
        cells = found[found["case"] == case]
        return {(row.county, row.park, row.year): row.area_ha for row in cells.itertuples()}

    return of_case


ADDED = case(INSIDE, OUTSIDE, INSIDE | {"supervision_number": "4418032012B00003", "area_ha": 0.75})


def test_plots_are_added_up_by_county_park_and_year(areas):
    assert areas(ADDED) == {("441803", 1, 2012): 3.25, ("441803", 0, 2012): 1.25}


TWICE = case(INSIDE, INSIDE)


def test_a_plot_delivered_twice_counts_once(areas):
    assert areas(TWICE) == INSIDE_ALONE


@pytest.mark.parametrize(
    "changed",
    [
        case(INSIDE, OUTSIDE | change)
        for change in [
            {"signed_on": "2010-12-31"},
            {"signed_on": "2021-01-01"},
            {"area_ha": 0.0099},
            {"land_use": "其他普通商品住房用地"},
            {"supply_mode": "划拨"},
            {"supply_mode": "划拨土地"},
            {"county_code": "440106"},
        ]
    ],
)
def test_a_plot_that_a_step_names_is_dropped(areas, changed):
    assert areas(changed) == INSIDE_ALONE


SMALLEST = case(INSIDE, OUTSIDE | {"area_ha": 0.01})


def test_a_plot_of_exactly_a_hundredth_of_a_hectare_stays(areas):
    assert areas(SMALLEST)[("441803", 0, 2012)] == 0.01


NO_CODE = case(INSIDE | {"county_code": None})


def test_a_missing_county_code_is_read_from_the_supervision_number(areas):
    assert areas(NO_CODE) == INSIDE_ALONE


CITY_CODES = [case(INSIDE | {"county_code": code}) for code in ("441800", "441801")]


@pytest.mark.parametrize("of_city", CITY_CODES)
def test_the_supervision_number_has_the_county_where_the_column_has_the_city_alone(areas, of_city):
    assert areas(of_city) == INSIDE_ALONE


GRANTED_BY_THE_CITY = {"county_code": "441800", "supervision_number": "4418002012B00001"}
CITY_ALONE = [
    case(INSIDE, INSIDE | GRANTED_BY_THE_CITY),
    case(INSIDE, INSIDE | GRANTED_BY_THE_CITY | {"county_code": None}),
    # the number of another city does not say where the plot is
    case(INSIDE, INSIDE | GRANTED_BY_THE_CITY | {"supervision_number": "4402032012B00001"}),
]


@pytest.mark.parametrize("without_county", CITY_ALONE)
def test_a_plot_of_a_city_without_a_county_is_left_out(areas, without_county):
    assert areas(without_county) == INSIDE_ALONE


OLD_CODE = case(INSIDE | {"county_code": "441827", "supervision_number": "4418272012B00001"})


def test_an_old_county_code_becomes_the_code_of_2020(areas):
    assert areas(OLD_CODE) == INSIDE_ALONE


# no other case has a plot in this county
NO_PARK = case(INSIDE, OUTSIDE | {"county_code": "441881", "supervision_number": "4418812012B00001"})


def test_a_county_without_a_park_plot_is_dropped(areas):
    assert areas(NO_PARK) == INSIDE_ALONE


# no other case has a plot in this county, and the plot in its park is dropped by an earlier step
LIANZHOU = {"county_code": "441882"}
ALLOCATED_PARK = INSIDE | LIANZHOU | {"supervision_number": "4418822012B00001", "supply_mode": "划拨"}
OUTSIDE_IT = OUTSIDE | LIANZHOU | {"supervision_number": "4418822012B00002"}
DROPPED_PARK = case(INSIDE, ALLOCATED_PARK, OUTSIDE_IT)


def test_a_county_whose_park_plots_were_all_dropped_before_is_dropped(areas):
    assert areas(DROPPED_PARK) == INSIDE_ALONE


WIDE = case(INSIDE | {"location": "清新区产业 转移\u3000工业园"})


def test_a_park_is_recognised_through_full_width_text_and_blanks(areas):
    assert areas(WIDE) == INSIDE_ALONE


NO_LOCATION = case(INSIDE, OUTSIDE | {"location": None})


def test_a_plot_without_location_is_outside(areas):
    assert areas(NO_LOCATION)[("441803", 0, 2012)] == 1.25


MANY = [INSIDE | {"supervision_number": f"4418032012B{i:05}", "area_ha": 0.1 + i / 7} for i in range(200)]
FORWARDS, BACKWARDS = case(*MANY), case(*MANY[::-1])


def test_the_sum_does_not_depend_on_the_order_of_the_plots(areas):
    assert areas(FORWARDS) == areas(BACKWARDS)
    assert pd.Series(areas(FORWARDS)).sum() == pytest.approx(200 * 0.1 + sum(range(200)) / 7, abs=1e-3)


def test_unknown_land_uses_are_counted_and_not_quoted():
    raw = hand.raw(plots=[INSIDE, OUTSIDE | {"land_use": "月球用地"}])
    with pytest.raises(
        InputError, match=r'land, column "land_use": .*land_uses\.csv: 1 \(different texts: 1\)'
    ) as caught:
        land_plots.clean(raw, RowCounts())
    assert not any(text in str(caught.value) for text in ("月球用地", OUTSIDE["supervision_number"]))


def test_the_panel_has_every_county_inside_and_outside_in_every_year_with_zero_where_nothing_was_granted():
    panel = pipeline.fill_years_without_grant(land_plots.clean(hand.raw(plots=[INSIDE]), RowCounts()), None)
    assert len(panel) == 1 * 2 * 10
    assert panel["area_ha"].sum() == 2.5
    assert panel.loc[panel["area_ha"] > 0, "log_area"].item() == pytest.approx(1.252762968495368)  # ln 3.5
    keys = panel[["county", "park", "year"]]
    assert keys.equals(keys.sort_values(list(keys)))
