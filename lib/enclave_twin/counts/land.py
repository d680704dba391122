"""A process that draws the synthetic land grants: industrial area per county and year, inside and outside parks.

The area of county c, inside (p = 1) or outside (p = 0) a co-built park, in year t is

    area_cpt = MEDIAN_HA[p] * u_cp * s_pt * v_cpt

u and v are log-normal with log standard deviations `COUNTY_SPREAD` and `YEAR_SPREAD`. s_pt is `LEAN_FACTOR` inside
parks in 2014 to 2016, when tax revenue was no longer shared, `REBOUND_FACTOR` inside parks in 2017, and 1 elsewhere
(section 5.2, Figures 4 and 5). In some years nothing is granted (`IDLE`). The number of plots is one plus a Poisson
variable with mean area / `PLOT_HA`.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import terms

YEARS = np.array(terms.LAND_YEARS)
# years without shared tax revenue
LEAN_YEARS = (2014, 2015, 2016)
# year in which grants inside parks jump
REBOUND = 2017
# median area per county and year in hectares: outside parks (0), inside parks (1)
MEDIAN_HA = {0: 18.0, 1: 9.0}
# log standard deviation of the counties' levels
COUNTY_SPREAD = 0.6
# log standard deviation of a single year around a county's level
YEAR_SPREAD = 0.5
# area inside parks relative to an ordinary year: in the lean years, in the year of the rebound
LEAN_FACTOR = 0.35
REBOUND_FACTOR = 2.0
# probability that a year has no grant: outside parks (0), inside parks (1)
IDLE = {0: 0.08, 1: 0.2}
# by how much that probability is multiplied in the lean years inside parks
IDLE_LEAN = 2
# mean area of a plot in hectares, roughly
PLOT_HA = 3.0
# smallest mean area of the plots of a row, in square metres
LEAST_PLOT_M2 = 500
M2_PER_HA = 10_000


def grants(rng: np.random.Generator) -> pd.DataFrame:
    """Granted industrial land: county (code of 2020), park (0/1), year, plots, area_m2 (whole square metres).

    Years without a grant have no row.
    """
    counties = park_counties()
    keys = [(county, park, year) for county in counties for park in (0, 1) for year in YEARS]
    table = pd.DataFrame(keys, columns=["county", "park", "year"])
    own = np.repeat(rng.lognormal(0, COUNTY_SPREAD, 2 * len(counties)), len(YEARS))
    area = own * table["park"].map(MEDIAN_HA) * _year_factor(table) * rng.lognormal(0, YEAR_SPREAD, len(table))
    idle = rng.random(len(table)) < table["park"].map(IDLE) * np.where(_lean(table), IDLE_LEAN, 1)
    idle &= (table["park"] == 0) | (table["year"] != REBOUND)
    table["plots"] = 1 + rng.poisson(area / PLOT_HA)
    table["area_m2"] = np.maximum(np.rint(area * M2_PER_HA), LEAST_PLOT_M2 * table["plots"]).astype("int64")
    return table[~idle].reset_index(drop=True)


def park_counties() -> list[str]:
    """Codes of 2020 of the recipient counties with a park in the facts, sorted.

    A park without a county is placed in the first county of its city.
    """
    parks, counties = facts.parks(), facts.counties()
    counties["current"] = counties["successor"].where(counties["successor"] != "", counties["code"])
    counties["stem"] = counties["name_zh"].str.replace("(市|区|县)$", "", regex=True)
    counties = counties[counties["name_zh"] != "城区"]
    named = parks[["recipient", "recipient_unit_zh"]].merge(counties, left_on="recipient", right_on="city")
    fits = [stem in unit for stem, unit in zip(named["stem"], named["recipient_unit_zh"], strict=True)]
    first = counties.loc[counties["successor"] == ""].groupby("city")["code"].min()
    without_county = first[~first.index.isin(named.loc[fits, "recipient"]) & first.index.isin(parks["recipient"])]
    return sorted({*named.loc[fits, "current"], *without_county})


def _lean(table: pd.DataFrame) -> np.ndarray:
    return ((table["park"] == 1) & table["year"].isin(LEAN_YEARS)).to_numpy()


def _year_factor(table: pd.DataFrame) -> np.ndarray:
    rebound = ((table["park"] == 1) & (table["year"] == REBOUND)).to_numpy()
    return np.where(_lean(table), LEAN_FACTOR, np.where(rebound, REBOUND_FACTOR, 1.0))
