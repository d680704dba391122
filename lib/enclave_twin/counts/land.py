"""A process that draws the synthetic land grants: industrial area per county and year, inside and outside parks.

The area of county c, inside (p = 1) or outside (p = 0) a co-built park, in year t is

    area_cpt = MEDIAN_HA[p] * u_cp * s_pt * v_cpt

u and v are log-normal with log standard deviations `COUNTY_SPREAD` and `YEAR_SPREAD`. s_pt is 1 outside parks. Inside
it is `INSIDE[t]`: low in 2014 to 2016, when tax revenue was no longer shared, and above an ordinary year in 2017
(section 5.2, Figures 4 and 5); and `YOUNG` in the first year of a park. There is nothing inside a park before it is
documented (`park_counties.first_years`), and in some years nothing is granted (`IDLE`). The number of plots is one plus
a Poisson variable with mean area / `PLOT_HA`.

A draw counts only if the total inside parks has the shape of Figure 4: each of the lean years is below the years before
them, and 2017 is above all others.
"""

import numpy as np
import pandas as pd

from enclave.base import terms
from enclave.base.errors import EnclaveError
from enclave.facts import park_counties

YEARS = np.array(terms.LAND_YEARS)
# median area per county and year in hectares: outside parks (0), inside parks (1)
MEDIAN_HA = {0: 18.0, 1: 9.0}
# log standard deviation of the counties' levels
COUNTY_SPREAD = 0.6
# log standard deviation of a single year around a county's level
YEAR_SPREAD = 0.5
# area inside parks relative to an ordinary year: without shared tax revenue, and when it is shared again
INSIDE = {2014: 0.5, 2015: 0.4, 2016: 0.45, 2017: 1.6, 2018: 1.2, 2019: 1.1}
# area in the first year of a park relative to later years
YOUNG = 0.6
# probability that a year has no grant: outside parks (0), inside parks (1)
IDLE = {0: 0.08, 1: 0.2}
# years in which parks are idle more often, and by how much that probability is multiplied
LEAN_YEARS = (2014, 2015, 2016)
IDLE_LEAN = 2
# year after them
REBOUND = 2017
# most draws
DRAWS = 1000
# mean area of a plot in hectares, roughly
PLOT_HA = 3.0
# smallest mean area of the plots of a row, in square metres
LEAST_PLOT_M2 = 500
M2_PER_HA = 10_000


def grants(rng: np.random.Generator) -> pd.DataFrame:
    """Granted industrial land: county (code of 2020), park (0/1), year, plots, area_m2 (whole square metres).

    Years without a grant have no row. Raises EnclaveError if no draw has the shape of Figure 4.
    """
    born = park_counties.first_years()
    for _ in range(DRAWS):
        table = _drawn(born, rng)
        inside = table[table["park"] == 1]
        total = inside.groupby("year")["area_m2"].sum().reindex(YEARS, fill_value=0)
        lean, before = total.loc[list(LEAN_YEARS)], total.loc[: LEAN_YEARS[0] - 1]
        if lean.max() < before.min() and total.idxmax() == REBOUND and set(inside["county"]) == set(born.index):
            return table
    raise EnclaveError("No draw of land grants has the shape of Figure 4. Try another seed.")


def _drawn(born: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    keys = [(county, park, year) for county in born.index for park in (0, 1) for year in YEARS]
    table = pd.DataFrame(keys, columns=["county", "park", "year"])
    inside, first = table["park"] == 1, table["county"].map(born)
    factor = table["year"].map(INSIDE).fillna(1.0) * np.where(table["year"] == first, YOUNG, 1.0)
    own = np.repeat(rng.lognormal(0, COUNTY_SPREAD, 2 * len(born)), len(YEARS))
    area = own * table["park"].map(MEDIAN_HA) * factor.where(inside, 1.0) * rng.lognormal(0, YEAR_SPREAD, len(table))
    lean = inside & table["year"].isin(LEAN_YEARS)
    idle = rng.random(len(table)) < table["park"].map(IDLE) * np.where(lean, IDLE_LEAN, 1)
    idle |= inside & (table["year"] < first)
    table["plots"] = 1 + rng.poisson(area / PLOT_HA)
    table["area_m2"] = np.maximum(np.rint(area * M2_PER_HA), LEAST_PLOT_M2 * table["plots"]).astype("int64")
    return table[~idle].reset_index(drop=True)
