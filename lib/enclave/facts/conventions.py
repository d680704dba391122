"""The four distances of Table 4 under the conventions that authors use, and not only under ours.

The paper gives four definitions in kilometres (note of Table 4), but no projection, no program and no rule for islands.
`enclave.facts.geography` has our reading. This module computes the same four distances as other programs would: on
another plane, along the ellipsoid, or on a map whose units are degrees. A plane that stretches lengths stretches all
four distances. At the latitude of Guangdong the usual web map (Web Mercator) stretches by eight to nine per cent.

The paper may also have measured between the seats of cities instead of centroids. Our facts have no sourced locations
of seats, so that convention is not here.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from enclave import facts
from enclave.base import paths
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import geography

# name of our own convention
OURS = "equal_area"
# added to the name of a convention if only the largest polygon of each city counts
MAIN_PART = "_main_part"
# kilometres per degree: a round number, and the equator (6378.137 km) divided by 360
ROUND_DEGREE, EQUATOR_DEGREE = 111.0, 111.32
# mean radius of the earth, in km
RADIUS = 6371.0
WGS84 = Geod(ellps="WGS84")
METRES = 1000.0


@dataclass(frozen=True)
class Convention:
    """A way to measure.

    Attributes
    ----------
    recipe : what is done, in words
    plane : definition of the plane in which centroids and nearest points are found; "" is the plane of degrees
    unit : kilometres per unit of the plane
    length : kilometres between two points (longitude and latitude in degrees), if it is not measured in the plane
    """

    recipe: str
    plane: str
    unit: float = 1 / METRES
    length: Callable[[np.ndarray, np.ndarray], float] | None = None


def geodesic(one: np.ndarray, other: np.ndarray) -> float:
    """Kilometres along the ellipsoid WGS 84 between two points (longitude and latitude in degrees)."""
    return WGS84.inv(*one, *other)[2] / METRES


def great_circle(one: np.ndarray, other: np.ndarray) -> float:
    """Kilometres along a sphere of radius `RADIUS` between two points (haversine formula)."""
    (east, north), (east_2, north_2) = np.radians(one), np.radians(other)
    half = np.sin((north_2 - north) / 2) ** 2 + np.cos(north) * np.cos(north_2) * np.sin((east_2 - east) / 2) ** 2
    return float(2 * RADIUS * np.arcsin(np.sqrt(half)))


PLANES = {
    OURS: Convention("Lambert azimuthal equal-area, centred on Guangdong (ours)", geography.PROJECTION),
    "albers_china": Convention(
        "Albers equal-area for China: parallels 25 and 47, meridian 105",
        "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m",
    ),
    "lambert_china": Convention(
        "Lambert conformal conic for China: parallels 30 and 62, meridian 105",
        "+proj=lcc +lat_1=30 +lat_2=62 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m",
    ),
    "utm_49": Convention("UTM zone 49 (meridian 111)", "EPSG:32649"),
    "utm_50": Convention("UTM zone 50 (meridian 117)", "EPSG:32650"),
    "cgcs2000_114": Convention("CGCS2000, Gauss-Krüger in three degrees, meridian 114", "EPSG:4547"),
    "geodesic": Convention("along the ellipsoid; centroids from our plane", geography.PROJECTION, length=geodesic),
    "great_circle": Convention("haversine on a sphere of 6,371 km; centroids in degrees", "", length=great_circle),
    "degrees_111": Convention("degrees as a plane, times 111 km", "", ROUND_DEGREE),
    "degrees_111_32": Convention("degrees as a plane, times 111.32 km", "", EQUATOR_DEGREE),
    "web_mercator": Convention("Web Mercator, the plane of maps on the web", "EPSG:3857"),
}
CONVENTIONS = [*PLANES, *(name + MAIN_PART for name in PLANES)]


def distances(boundaries: pd.DataFrame, convention: str) -> pd.DataFrame:
    """The four distances of Table 4 for all 108 pairs under a convention of `CONVENTIONS`.

    Parameters
    ----------
    boundaries : rows of cities with `code` (GB/T 2260) and `geometry` (shapely, longitude and latitude in degrees)
    convention : a name of `PLANES`, with `MAIN_PART` added if islands and other smaller parts do not count

    Returns
    -------
    one row per `helper` and `recipient`, sorted by both, with the columns of `geography.distances` in km

    Raises
    ------
    EnclaveError if there is no such convention, or if a city has no boundary.
    """
    if convention not in CONVENTIONS:
        raise EnclaveError(f"There is no convention {convention!r}. {offered(convention, CONVENTIONS)}")
    how = PLANES[convention.removesuffix(MAIN_PART)]
    cities = boundaries.set_index("code")["geometry"]
    missing = sorted(set(facts.city_codes()) - set(cities.index))
    if missing:
        raise EnclaveError(f"No boundary for {', '.join(missing)}. Give one row for each of the 21 cities.")
    if convention.endswith(MAIN_PART):
        cities = cities.map(main_part)
    helpers, recipients = (_placed(cities, role, how.plane) for role in ("helper", "recipient"))
    # the borders of neighbours meet: the plane does not change that
    delta = shapely.union_all(np.array(list(helpers.values())))
    to_delta = {code: _four(how, shape, delta)[2:] for code, shape in recipients.items()}
    rows = [
        (helper, recipient, *_four(how, recipients[recipient], helpers[helper])[:2], *to_delta[recipient])
        for helper, recipient in itertools.product(helpers, recipients)
    ]
    return pd.DataFrame(rows, columns=[*PAIR, *DISTANCES])


def recipe(convention: str) -> str:
    """What is done under a convention of `CONVENTIONS`, in words."""
    islands = "; only the largest polygon of each city" if convention.endswith(MAIN_PART) else ""
    return PLANES[convention.removesuffix(MAIN_PART)].recipe + islands


def committed() -> dict[str, pd.DataFrame]:
    """The distances of `data/lists/distance_conventions.csv` (km) by convention, with the columns of `distances`."""
    table = pd.read_csv(paths.LISTS / "distance_conventions.csv", dtype=dict.fromkeys(PAIR, "str"))
    groups = dict(iter(table.groupby("convention")))
    return {name: groups[name].drop(columns="convention").reset_index(drop=True) for name in CONVENTIONS}


def main_part(geometry):
    """The largest polygon of a geometry, by area in our plane."""
    parts = shapely.get_parts(geometry)
    return parts[shapely.area(geography.project(parts)).argmax()]


def _placed(cities: pd.Series, role: str, plane: str) -> dict:
    """The shapes of a role by code, in a plane."""
    return {code: to_plane(cities[code], plane) for code in facts.city_codes(role)}


def to_plane(geometry, plane: str):
    """A geometry from longitude and latitude (degrees) to the units of a plane; "" leaves it in degrees."""
    if not plane:
        return geometry
    return shapely.transform(geometry, lambda points: np.column_stack(_transformer(plane).transform(*points.T)))


def _four(how: Convention, shape, other) -> tuple[float, float, float, float]:
    """Between two shapes: nearest points, centroids, and from the first to the other's centroid and boundary."""
    middle, far = shapely.centroid(shape), shapely.centroid(other)
    nearest, to_middle = shapely.shortest_line(shape, other), shapely.shortest_line(shape, far)
    lines = (nearest, shapely.linestrings([[middle.x, middle.y], [far.x, far.y]]), to_middle, nearest)
    found = [_kilometres(how, line) for line in lines]
    return found[0], found[1], found[2], found[3]


def _kilometres(how: Convention, line) -> float:
    if how.length is None:
        return float(shapely.length(line) * how.unit)
    ends = shapely.get_coordinates(line)
    if how.plane:
        ends = np.column_stack(_transformer(how.plane).transform(*ends.T, direction="INVERSE"))
    return how.length(*ends)


@cache
def _transformer(plane: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", plane, always_xy=True)
