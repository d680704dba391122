"""Maps: where things are drawn, and that names do not cover each other."""

import itertools

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import shapely

from enclave import facts
from enclave.facts import treated_pairs
from enclave.style import maps

ROOM = 1.0  # pixels by which two labels may touch before a reader would notice


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def cities():
    return maps.plane("city")


def park(**row):
    whole = {"park_zh": "某园", "helper_level": "city", "recipient_level": "county", "recipient": "441800"}
    return pd.DataFrame([whole | row])


def in_county(points, code):
    point = shapely.Point(points.loc[0, "x"], points.loc[0, "y"])
    return maps.plane("county")[code].contains(point)


def boxes(fig, ax):
    fig.canvas.draw()
    return {text.get_text(): text.get_window_extent() for text in ax.texts if text.get_text()}


def overlapping(found):
    pairs = itertools.combinations(found.items(), 2)
    return [(a, b) for (a, one), (b, two) in pairs if one.padded(-ROOM).overlaps(two.padded(-ROOM))]


def test_the_plane_is_in_kilometres(cities):
    # Shenzhen has about 2,000 square kilometres by its yearbook
    assert 1_800 < cities["440300"].area < 2_200


def test_the_middle_of_a_city_lies_inside_it(cities):
    middles = maps.middles(cities)
    assert all(shape.contains(shapely.Point(*middles.loc[code])) for code, shape in cities.items())


def test_the_middle_of_a_crescent_is_not_its_centroid():
    ring = shapely.Point(0, 0).buffer(10) - shapely.Point(0, 0).buffer(8)
    middle = maps.middles(pd.Series([ring], index=["ring"])).loc["ring"]
    assert 8 < (middle["x"] ** 2 + middle["y"] ** 2) ** 0.5 < 10


def test_a_county_park_stands_in_its_county():
    points = maps.park_points(park(recipient_unit_zh="英德市"))
    assert in_county(points, "441881")
    assert points.loc[0, "kind"] == "county_park"


def test_a_county_under_its_former_name_is_found():
    # 清新县 (441827) became 清新区 (441803) in 2012
    assert in_county(maps.park_points(park(recipient_unit_zh="清新县")), "441803")


def test_what_stands_in_brackets_does_not_hide_the_county():
    assert in_county(maps.park_points(park(recipient="441600", recipient_unit_zh="紫金县(临江)")), "441621")


def test_a_park_of_a_whole_city_stands_in_the_middle_of_the_city(cities):
    points = maps.park_points(park(recipient_level="city", recipient_unit_zh="清远市(清远高新区)"))
    assert points.loc[0, ["x", "y"]].tolist() == maps.middles(cities).loc["441800"].tolist()
    assert points.loc[0, "kind"] == "city_park"


def test_every_park_of_the_facts_lies_in_its_recipient_city(cities):
    parks = facts.parks()
    points = maps.park_points(parks)
    inside = [
        cities[city].contains(shapely.Point(x, y))
        for city, x, y in zip(parks["recipient"], points["x"], points["y"], strict=True)
    ]
    assert len(points) == len(parks)
    assert all(inside)


def test_parks_of_one_place_stand_side_by_side():
    same = pd.DataFrame({"x": [0.0, 0.0, 5.0], "y": [1.0, 1.0, 1.0], "kind": "city_park"})
    assert maps._side_by_side(same, step=8)["x"].tolist() == [-4.0, 4.0, 5.0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_city_names_cover_each_other(language):
    fig = maps.pair_map(treated_pairs.by_rule(), sharing_ended=2013, language=language)
    found = boxes(fig, fig.axes[0])
    assert len(found) == 21
    assert overlapping(found) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_of_a_map_leaves_the_figure(language):
    for fig in (
        maps.pair_map(treated_pairs.by_rule(), sharing_ended=2013, language=language),
        maps.park_map(facts.parks()),
    ):
        found = boxes(fig, fig.axes[0]) | {text.get_text(): text.get_window_extent() for text in fig.texts}
        room = fig.bbox.padded(ROOM)
        assert [name for name, box in found.items() if not (room.contains(*box.min) and room.contains(*box.max))] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pair_map_has_an_arrow_for_each_pair(language):
    pairs = treated_pairs.by_rule()
    fig = maps.pair_map(pairs, sharing_ended=2013, language=language)
    arrows = [text.arrow_patch for text in fig.axes[0].texts if getattr(text, "arrow_patch", None)]
    dashed = [arrow for arrow in arrows if arrow.get_linestyle() == "dashed"]
    assert (len(arrows), len(dashed)) == (len(pairs), (pairs["cohort"] > 2013).sum())


def test_the_park_map_draws_every_park_once():
    fig = maps.park_map(facts.parks())
    labels = maps.WORDS["en"].values()
    fills = [len(dots.get_offsets()) for dots in fig.axes[0].collections if dots.get_label() in labels]
    assert sum(fills) == len(facts.parks())


def test_the_strips_show_treated_pairs_as_dots_and_the_others_as_ticks():
    pairs = facts.distances().head(5).assign(cohort=pd.array([2008, None, None, 2014, None], dtype="Int64"))
    fig = maps.distance_strips(pairs)
    ticks, dots = fig.axes[0].collections[::2], fig.axes[0].collections[1::2]
    assert [len(lines.get_segments()) for lines in ticks] == [3, 3, 3, 3]
    assert [len(points.get_offsets()) for points in dots] == [2, 2, 2, 2]
    drawn = dots[0].get_offsets()[:, 0].tolist()
    assert drawn == pairs["dist_boundary_km"].iloc[[0, 3]].tolist()


def test_both_languages_have_the_same_words():
    assert maps.WORDS["en"].keys() == maps.WORDS["zh"].keys()
    assert maps.DISTANCE_NAMES["en"].keys() == maps.DISTANCE_NAMES["zh"].keys()


def test_a_network_map_draws_one_line_for_each_pair_that_reaches_the_threshold():
    cells = [("440100", "441800", 2000, 1), ("440300", "441600", 2000, 5), ("440300", "441600", 2018, 9)]
    network = pd.DataFrame(cells, columns=["investor", "investee", "year", "count"])
    fig = maps.network_maps(network, [2000, 2018], threshold=2)
    assert [ax.get_title() for ax in fig.axes[:2]] == ["2000", "2018"]
    assert [len(ax.lines) for ax in fig.axes[:2]] == [1, 1]
    assert fig.axes[1].lines[0].get_linewidth() > fig.axes[0].lines[0].get_linewidth()
