"""The synthetic land grants: industrial area per county, inside and outside co-built parks, 2011 to 2020.

Areas outside parks wander around a county's own level. Inside parks they fall in 2014 to 2016, when tax revenue was no
longer shared, jump in 2017 and stay near their first level (section 5.2, Figures 4 and 5).
"""

import numpy as np
import pandas as pd

from enclave import facts

YEARS = np.arange(2011, 2021)
LEAN_YEARS = (2014, 2015, 2016)
REBOUND = 2017
MEDIAN_HA = {0: 18.0, 1: 9.0}
IDLE = {0: 0.08, 1: 0.2}
PLOT_HA = 3.0


def grants(rng: np.random.Generator) -> pd.DataFrame:
    """Granted industrial land: county (code of 2020), park (0/1), year, plots, area_m2 (integers); non-zero rows."""
    counties = park_counties()
    keys = [(county, park, year) for county in counties for park in (0, 1) for year in YEARS]
    table = pd.DataFrame(keys, columns=["county", "park", "year"])
    own = np.repeat(rng.lognormal(0, 0.6, 2 * len(counties)), len(YEARS))
    area = own * table["park"].map(MEDIAN_HA) * _season(table) * rng.lognormal(0, 0.5, len(table))
    idle = rng.random(len(table)) < table["park"].map(IDLE) * np.where(_lean(table), 2, 1)
    idle &= (table["park"] == 0) | (table["year"] != REBOUND)
    table["plots"] = 1 + rng.poisson(area / PLOT_HA)
    table["area_m2"] = np.maximum(np.rint(area * 10_000), 500 * table["plots"]).astype("int64")
    return table[~idle].reset_index(drop=True)


def park_counties() -> list[str]:
    """Codes of the recipient counties that the facts' parks name; a park that names only its city stands for the first.

    The codes are those of 2020, sorted.
    """
    parks, counties = facts.parks(), facts.counties()
    counties["current"] = counties["successor"].where(counties["successor"] != "", counties["code"])
    counties["stem"] = counties["name_zh"].str.replace("(市|区|县)$", "", regex=True)
    counties = counties[counties["name_zh"] != "城区"]
    named = parks[["recipient", "recipient_unit_zh"]].merge(counties, left_on="recipient", right_on="city")
    fits = [stem in unit for stem, unit in zip(named["stem"], named["recipient_unit_zh"], strict=True)]
    first = counties.loc[counties["successor"] == ""].groupby("city")["code"].min()
    silent = first[~first.index.isin(named.loc[fits, "recipient"]) & first.index.isin(parks["recipient"])]
    return sorted({*named.loc[fits, "current"], *silent})


def _lean(table: pd.DataFrame) -> np.ndarray:
    return ((table["park"] == 1) & table["year"].isin(LEAN_YEARS)).to_numpy()


def _season(table: pd.DataFrame) -> np.ndarray:
    rebound = ((table["park"] == 1) & (table["year"] == REBOUND)).to_numpy()
    return np.where(_lean(table), 0.35, np.where(rebound, 2.0, 1.0))
