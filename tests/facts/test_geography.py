"""Distances against hand arithmetic, against a second way (geodesics between points), and against committed files."""

import itertools

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod, Transformer
from scipy.spatial import cKDTree

from enclave import facts
from enclave.base import terms
from enclave.base.errors import EnclaveError
from enclave.facts import geography

GEOD = Geod(ellps="WGS84")
# Points 0.005 degrees apart at most lie within 0.56 km: the nearest two overstate a distance by no more than that.
STEP_DEGREES, STEP_KM = 0.005, 0.56
# The scale error of the projection at 450 km from its centre, with a margin for the ellipsoid: 0.1 per cent.
SCALE = 0.001
# How far the simplified boundaries may move a distance: twice the tolerance of 300 m, rounded up, for boundaries.
MOVED_KM = {
    "dist_boundary_km": 0.7,
    "dist_centroid_km": 0.2,
    "dist_prd_centroid_km": 0.2,
    "dist_prd_boundary_km": 0.2,
}
# Read off a printed map of the province.
NEIGHBOURS = {
    ("Guangzhou", "Shaoguan"),
    ("Guangzhou", "Qingyuan"),
    ("Foshan", "Qingyuan"),
    ("Foshan", "Yunfu"),
    ("Zhaoqing", "Qingyuan"),
    ("Zhaoqing", "Yunfu"),
    ("Jiangmen", "Yunfu"),
    ("Jiangmen", "Yangjiang"),
    ("Huizhou", "Shaoguan"),
    ("Huizhou", "Heyuan"),
    ("Huizhou", "Shanwei"),
}


@pytest.fixture(scope="module")
def computed() -> pd.DataFrame:
    return geography.distances(facts.boundaries("city"))


@pytest.fixture(scope="module")
def shapes() -> pd.Series:
    return facts.boundaries("city").set_index("code")["geometry"]


def delta(shapes):
    cities = facts.cities()
    return shapely.union_all(shapes[cities.loc[cities["role"] == "helper", "code"]].to_numpy())


def points(geometry) -> np.ndarray:
    """Longitude and latitude of points along a boundary, a short step apart."""
    return shapely.get_coordinates(shapely.segmentize(shapely.boundary(geometry), STEP_DEGREES))


def on_sphere(lonlat: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def geodesic_km(a: np.ndarray, b: np.ndarray) -> float:
    """Length of the geodesic between the nearest two of two sets of points."""
    gaps, nearest = cKDTree(on_sphere(b)).query(on_sphere(a))
    one, other = a[gaps.argmin()], b[nearest[gaps.argmin()]]
    return GEOD.inv(*one, *other)[2] / 1000


def centroid(geometry) -> np.ndarray:
    """Longitude and latitude of the centroid, by way of another equal-area projection (Albers)."""
    albers = Transformer.from_crs("EPSG:4326", "+proj=aea +lat_1=21 +lat_2=25 +lon_0=113 +datum=WGS84", always_xy=True)
    plane = shapely.transform(geometry, lambda xy: np.column_stack(albers.transform(*xy.T)))
    middle = shapely.centroid(plane)
    return np.array([albers.transform(middle.x, middle.y, direction="INVERSE")])


def close(ours: float, other: float, step: float) -> bool:
    return abs(ours - other) <= step + SCALE * other


def test_a_degree_of_latitude_at_23_and_a_half_north_is_110_751_km():
    # 111132.954 - 559.822 cos(47 deg) + 1.175 cos(94 deg) = 111132.954 - 381.796 - 0.082 = 110751.08 m
    south, north = geography.project(shapely.points([[113.5, 23.0], [113.5, 24.0]]))
    assert shapely.distance(south, north) == pytest.approx(110751.08, rel=2e-4)


def test_unproject_undoes_project():
    there = shapely.box(109.7, 20.2, 117.2, 25.5)
    assert shapely.equals_exact(geography.unproject(geography.project(there)), there, tolerance=1e-7)  # a centimetre


def test_the_province_has_the_area_that_yearbooks_print(shapes):
    # Guangdong Statistical Yearbook: 179,725 km2 of land. AMap counts tidal flats and river mouths in: 2 per cent.
    area = shapely.area(geography.project(shapes.to_numpy())).sum() / 1e6
    assert area == pytest.approx(179_725, rel=0.02)


def test_108_pairs_in_order(computed):
    roles = facts.cities().set_index("code")["role"]
    assert len(computed) == 9 * 12
    assert list(computed.columns) == ["helper", "recipient", *terms.DISTANCES]
    assert set(roles[computed["helper"]]) == {"helper"}
    assert set(roles[computed["recipient"]]) == {"recipient"}
    assert computed[["helper", "recipient"]].apply(tuple, axis=1).is_monotonic_increasing


def test_neighbours_and_only_neighbours_have_distance_zero(computed):
    name = facts.cities().set_index("code")["name"]
    touching = facts.distances().query("dist_boundary_km == 0")
    assert set(zip(touching["helper"].map(name), touching["recipient"].map(name), strict=True)) == NEIGHBOURS
    assert (computed.query("dist_boundary_km == 0").index == touching.index).all()


def test_a_recipient_that_touches_a_helper_touches_the_delta(computed):
    nearest = computed.groupby("recipient")["dist_boundary_km"].min()
    assert computed.groupby("recipient")["dist_prd_boundary_km"].first().to_dict() == pytest.approx(nearest.to_dict())


def test_boundary_distances_agree_with_geodesics_between_points(computed, shapes):
    along = {code: points(shape) for code, shape in shapes.items()}
    for row in computed.itertuples():
        other = geodesic_km(along[row.helper], along[row.recipient])
        assert close(row.dist_boundary_km, other, STEP_KM), row


def test_centroid_distances_agree_with_geodesics_between_albers_centroids(computed, shapes):
    middles = {code: centroid(shape) for code, shape in shapes.items()}
    for row in computed.itertuples():
        other = geodesic_km(middles[row.helper], middles[row.recipient])
        assert close(row.dist_centroid_km, other, 0.05), row


def test_distances_to_the_delta_agree_with_geodesics(computed, shapes):
    whole = delta(shapes)
    edge, middle = points(whole), centroid(whole)
    for row in computed.drop_duplicates("recipient").itertuples():
        recipient = points(shapes[row.recipient])
        assert close(row.dist_prd_boundary_km, geodesic_km(recipient, edge), STEP_KM), row
        assert close(row.dist_prd_centroid_km, geodesic_km(recipient, middle), STEP_KM), row


def test_the_committed_distances_of_simplified_boundaries_are_those_computed_now(computed):
    committed = facts.distances_simplified()
    pd.testing.assert_frame_equal(committed, computed, check_exact=False, rtol=0, atol=0.0006)


@pytest.mark.parametrize(("column", "bound"), MOVED_KM.items())
def test_simplification_moves_a_distance_by_no_more_than_stated(column, bound):
    moved = (facts.distances()[column] - facts.distances_simplified()[column]).abs()
    assert 0 < moved.max() <= bound


def test_distances_do_not_depend_on_the_order_of_cities_nor_change_them(computed):
    backwards = facts.boundaries("city")[::-1]
    before = backwards["geometry"].map(shapely.to_wkb).tolist()
    pd.testing.assert_frame_equal(geography.distances(backwards), computed, check_exact=False, atol=1e-9)
    assert backwards["geometry"].map(shapely.to_wkb).tolist() == before


def test_a_city_without_boundary_is_named():
    with pytest.raises(EnclaveError, match="No boundary for 442000"):
        geography.distances(facts.boundaries("city").query("code != '442000'"))


def test_the_cities_are_put_together_from_the_counties(shapes):
    counties = facts.boundaries("county")
    for code, shape in shapes.items():
        parts = counties.loc[counties["code"].str[:4] == code[:4], "geometry"]
        assert shapely.equals(shapely.union_all(parts.to_numpy()), shape)


def test_no_two_counties_overlap():
    counties = facts.boundaries("county")["geometry"].to_numpy()
    assert shapely.is_valid(counties).all()
    assert shapely.coverage_is_valid(counties)


def test_the_two_files_of_distances_have_the_same_pairs():
    keys = ["helper", "recipient"]
    expected = list(itertools.product(*(sorted(facts.distances()[key].unique()) for key in keys)))
    for table in (facts.distances(), facts.distances_simplified()):
        assert list(table[keys].itertuples(index=False, name=None)) == expected
