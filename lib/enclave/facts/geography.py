"""The four distances of Table 4, computed from city boundaries.

Source: the note of Table 4 of Tang & Zhang (2024). The paper names no projection and no program. We project to a
Lambert azimuthal equal-area plane centred on Guangdong. A centroid is an average over an area, so areas must be right.
Within 450 km of the centre, errors of lengths are below 0.07 per cent (1 / cos(r / 2R) - 1 at r = 450 km).
"""

import itertools
from functools import cache, partial

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from enclave import facts
from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, PAIR

PROJECTION = "+proj=laea +lat_0=23 +lon_0=113.5 +datum=WGS84 +units=m"
METRES = 1000.0


@cache
def _transformer() -> Transformer:
    return Transformer.from_crs("EPSG:4326", PROJECTION, always_xy=True)


def project(geometry):
    """Geometry or array of geometries from longitude and latitude (degrees) to metres of `PROJECTION`."""
    return shapely.transform(geometry, lambda points: np.column_stack(_transformer().transform(*points.T)))


def unproject(geometry):
    """The inverse of `project`: metres of `PROJECTION` to longitude and latitude (degrees)."""
    back = partial(_transformer().transform, direction="INVERSE")
    return shapely.transform(geometry, lambda points: np.column_stack(back(*points.T)))


@takes_tables
def distances(boundaries: pd.DataFrame) -> pd.DataFrame:
    """The four distances of Table 4 for all 108 pairs of helper and recipient.

    Parameters
    ----------
    boundaries : rows of cities with `code` (GB/T 2260) and `geometry` (shapely, longitude and latitude in degrees);
        all 21 cities must be there, in any order

    Returns
    -------
    one row per `helper` and `recipient`, sorted by both, distances in km:
    `dist_boundary_km`, shortest distance between the two boundaries (0 for neighbours);
    `dist_centroid_km`, between the two centroids, islands included;
    `dist_prd_centroid_km`, from the recipient's boundary to the centroid of the union of the nine helpers;
    `dist_prd_boundary_km`, from the recipient's boundary to that union's boundary.

    Raises
    ------
    EnclaveError if a city has no boundary.
    """
    cities = boundaries.set_index("code")["geometry"].map(project)
    role = facts.cities().set_index("code")["role"]
    missing = sorted(set(role.index) - set(cities.index))
    if missing:
        raise EnclaveError(f"No boundary for {', '.join(missing)}. Give one row for each of the 21 cities.")
    helpers, recipients = (cities.loc[sorted(role.index[role == name])] for name in ("helper", "recipient"))
    delta = shapely.union_all(helpers.to_numpy())
    to_delta = {code: _to_delta(shape, delta) for code, shape in recipients.items()}
    rows = [
        (helper, recipient, *_between(helpers[helper], recipients[recipient]), *to_delta[recipient])
        for helper, recipient in itertools.product(helpers.index, recipients.index)
    ]
    return pd.DataFrame(rows, columns=[*PAIR, *DISTANCES])


def _between(helper, recipient) -> tuple[float, float]:
    boundary = shapely.distance(helper, recipient)
    return boundary / METRES, shapely.distance(shapely.centroid(helper), shapely.centroid(recipient)) / METRES


def _to_delta(recipient, delta) -> tuple[float, float]:
    centroid = shapely.distance(recipient, shapely.centroid(delta))
    return centroid / METRES, shapely.distance(recipient, delta) / METRES
