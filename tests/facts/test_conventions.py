"""Distances under other conventions: formulas by hand, spherical trigonometry, known distances, invariances."""

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import conventions, geography

# how far the simplified boundaries may move a distance, in km: 0.64 (data/facts/README.md), stretched by 1.11 at most
SIMPLIFIED = 0.72
RADIUS = 6378137.0
# a degree to the east
EAST = np.array([1.0, 0.0])
FLATTENING = 1 / 298.257223563
ECCENTRICITY = math.sqrt(FLATTENING * (2 - FLATTENING))


@pytest.fixture(scope="module")
def boundaries():
    return facts.boundaries("city")


@pytest.fixture(scope="module")
def committed():
    return conventions.committed()


@pytest.fixture(scope="module")
def computed(boundaries):
    return {name: conventions.distances(boundaries, name) for name in ("geodesic", "degrees_111", "web_mercator")}


def stretch(convention: str, point: tuple[float, float], east: float, north: float) -> float:
    """Length of a short step in a plane, divided by its length on the ellipsoid. Degrees; a step of about 100 m."""
    step = 0.001
    ends = shapely.points([point, (point[0] + east * step, point[1] + north * step)])
    there = conventions.to_plane(ends, conventions.PLANES[convention].plane)
    length = shapely.distance(*there) * conventions.PLANES[convention].unit * 1000
    return length / Geod(ellps="WGS84").inv(*point, ends[1].x, ends[1].y)[2]


def test_web_mercator_stretches_by_one_over_the_cosine_at_23_north():
    # along the parallel a cos(lat) / sqrt(1 - e2 sin2 lat) metres per radian become a: by hand 1.08636 / 1.00051
    curvature = math.sqrt(1 - (ECCENTRICITY * math.sin(math.radians(23))) ** 2)
    east = curvature / math.cos(math.radians(23))
    north = curvature**3 / (1 - ECCENTRICITY**2) / math.cos(math.radians(23))
    assert east == pytest.approx(1.0858, abs=2e-4)
    assert stretch("web_mercator", (113.5, 23), 1, 0) == pytest.approx(east, rel=1e-6)
    assert stretch("web_mercator", (113.5, 23), 0, 1) == pytest.approx(north, rel=1e-4)


def test_the_lambert_conic_stretches_by_four_per_cent_in_every_direction():
    # conformal conic of a sphere: k = rho n / cos(lat), rho n = cos(30) (tan(pi/4 + 15 deg) / tan(pi/4 + lat/2))^n
    one, other, lat = (math.radians(angle) for angle in (30, 62, 23))
    tangent = [math.tan(math.pi / 4 + angle / 2) for angle in (one, other, lat)]
    n = math.log(math.cos(one) / math.cos(other)) / math.log(tangent[1] / tangent[0])
    k = math.cos(one) * (tangent[0] / tangent[2]) ** n / math.cos(lat)
    # the ellipsoid differs from the sphere by less than three thousandths
    for east, north in ((1, 0), (0, 1), (1, 1)):
        assert stretch("lambert_china", (113.5, 23), east, north) == pytest.approx(k, abs=0.003)
    assert k == pytest.approx(1.04, abs=0.005)


def test_the_albers_conic_stretches_one_way_as_it_shrinks_the_other():
    # equal area: the product of both scales is one; on a sphere h = cos(lat) / sqrt(C - 2 n sin lat), n = mean of sines
    first, second, lat = (math.sin(math.radians(angle)) for angle in (25, 47, 23))
    n = (first + second) / 2
    constant = 1 - first**2 + 2 * n * first
    along = math.sqrt(constant - 2 * n * lat) / math.cos(math.radians(23))
    assert stretch("albers_china", (105, 23), 1, 0) == pytest.approx(along, abs=0.003)
    assert stretch("albers_china", (105, 23), 0, 1) == pytest.approx(1 / along, abs=0.003)


@pytest.mark.parametrize(
    ("name", "meridian", "scale"), [("utm_49", 111, 0.9996), ("utm_50", 117, 0.9996), ("cgcs2000_114", 114, 1.0)]
)
def test_a_transverse_mercator_has_its_scale_on_its_meridian(name, meridian, scale):
    assert stretch(name, (meridian, 23), 0, 1) == pytest.approx(scale, abs=1e-6)
    # 2 degrees away: x = 2 deg cos(23) a = 204.9 km, k = k0 (1 + x2 / 2 R2) = k0 (1 + 0.000516)
    assert stretch(name, (meridian + 2, 23), 0, 1) == pytest.approx(scale * 1.000516, abs=2e-5)


def test_a_degree_is_its_factor_in_every_direction(computed, boundaries):
    shapes = boundaries.set_index("code")["geometry"]
    one, other = shapely.centroid(shapes["440100"]), shapely.centroid(shapes["441400"])
    row = computed["degrees_111"].set_index(PAIR).loc[("440100", "441400")]
    assert row["dist_centroid_km"] == pytest.approx(111 * math.hypot(one.x - other.x, one.y - other.y))


def test_a_quarter_of_the_equator_and_a_known_pair_of_points_by_the_haversine_formula():
    assert conventions.great_circle((0, 0), (90, 0)) == pytest.approx(6371 * math.pi / 2)
    # law of cosines between 113.26 E 23.13 N and 116.12 E 24.29 N
    a, b, c = math.radians(23.13), math.radians(24.29), math.radians(116.12 - 113.26)
    angle = math.acos(math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(c))
    assert conventions.great_circle((113.26, 23.13), (116.12, 24.29)) == pytest.approx(6371 * angle, rel=1e-9)


def test_a_geodesic_along_a_meridian_has_the_length_of_a_degree_of_latitude():
    # 111132.954 - 559.822 cos(47 deg) + 1.175 cos(94 deg) = 110751.08 m
    assert conventions.geodesic((113, 23), (113, 24)) == pytest.approx(110.75108, abs=1e-4)


def test_our_convention_gives_the_distances_of_the_book(boundaries, committed):
    pd.testing.assert_frame_equal(conventions.distances(boundaries, conventions.OURS), geography.distances(boundaries))
    pd.testing.assert_frame_equal(committed[conventions.OURS], facts.distances())


@pytest.mark.parametrize("name", ["geodesic", "degrees_111", "web_mercator"])
def test_the_committed_distances_are_those_of_the_boundaries_but_for_simplification(computed, committed, name):
    gap = (computed[name].set_index(PAIR)[DISTANCES] - committed[name].set_index(PAIR)[DISTANCES]).abs()
    assert gap.to_numpy().max() < SIMPLIFIED


def test_all_conventions_are_committed_with_their_recipe_and_all_pairs(committed):
    recipes = pd.read_csv(paths.LISTS / "distance_recipes.csv").set_index("convention")["recipe"]
    assert recipes.to_dict() == {name: conventions.recipe(name) for name in conventions.CONVENTIONS}
    keys = facts.distances()[PAIR]
    for name, table in committed.items():
        pd.testing.assert_frame_equal(table[PAIR], keys, obj=name)
        assert not table[DISTANCES].isna().any().any()


def test_geodesics_and_our_plane_differ_by_less_than_its_error_of_scale(committed):
    ours, other = (committed[name].set_index(PAIR)[DISTANCES] for name in (conventions.OURS, "geodesic"))
    assert ((ours - other).abs() <= 0.001 * other + 0.002).all().all()


def test_a_plane_stretches_every_distance_within_the_limits_of_its_scale(committed):
    # 1 / cos between 20.2 and 25.5 north, ellipsoid included: 1.064 to 1.109
    ours, other = (committed[name].set_index(PAIR)[DISTANCES] for name in (conventions.OURS, "web_mercator"))
    ratio = (other / ours.where(ours > 1)).to_numpy()
    assert np.nanmin(ratio) > 1.063
    assert np.nanmax(ratio) < 1.110


def test_neighbours_are_neighbours_under_every_convention_of_whole_cities(committed):
    touching = {name: set(table.index[table["dist_boundary_km"] == 0]) for name, table in committed.items()}
    ours = touching.pop(conventions.OURS)
    assert all(found == ours for name, found in touching.items() if not name.endswith(conventions.MAIN_PART))


def test_without_islands_no_boundary_is_nearer(committed):
    for name in conventions.PLANES:
        whole, part = committed[name], committed[name + conventions.MAIN_PART]
        assert (part["dist_boundary_km"] >= whole["dist_boundary_km"] - 0.001).all(), name
        assert (part["dist_boundary_km"] > whole["dist_boundary_km"] + 1).any(), name


def test_the_main_part_is_the_largest_polygon():
    small, large = shapely.box(113, 22, 113.1, 22.1), shapely.box(114, 22, 114.2, 22.2)
    assert shapely.equals(conventions.main_part(shapely.multipolygons([small, large])), large)


def test_the_order_of_cities_does_not_matter(boundaries, computed):
    again = conventions.distances(boundaries[::-1], "web_mercator")
    pd.testing.assert_frame_equal(again, computed["web_mercator"], check_exact=False, atol=1e-9)


def test_a_shift_to_the_east_changes_nothing_in_web_mercator(boundaries, computed):
    moved = boundaries.assign(geometry=shapely.transform(boundaries["geometry"].to_numpy(), lambda xy: xy + EAST))
    pd.testing.assert_frame_equal(
        conventions.distances(moved, "web_mercator"), computed["web_mercator"], check_exact=False, atol=1e-6
    )


def test_an_unknown_convention_and_a_city_without_boundary_are_named(boundaries):
    with pytest.raises(EnclaveError, match="no convention 'mercator'"):
        conventions.distances(boundaries, "mercator")
    with pytest.raises(EnclaveError, match="No boundary for 442000"):
        conventions.distances(boundaries.query("code != '442000'"), "web_mercator")
