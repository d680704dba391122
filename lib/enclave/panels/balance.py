"""How counts become panels: missing rows of a pair, a city or a county are zeros, and empty pairs are dropped."""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.terms import LAND_YEARS, PAIR, YEARS
from enclave.panels.tables import balanced


def fill_years_without_link(cells: pd.DataFrame) -> pd.DataFrame:
    """Years without a link between helper and recipient count zero (note 4 of section 4.1)."""
    return balanced(cells, helper=facts.city_codes("helper"), recipient=facts.city_codes("recipient"), year=YEARS)


def drop_pairs_never_linked(panel: pd.DataFrame) -> pd.DataFrame:
    """Pairs without a link in any year are dropped (note 3 of section 4.1)."""
    return panel[panel.groupby(PAIR)["count"].transform("sum") > 0].reset_index(drop=True)


def fill_directed_pairs(cells: pd.DataFrame) -> pd.DataFrame:
    """Every ordered pair of two of the 21 cities has a count in every year."""
    filled = balanced(cells, investor=facts.city_codes(), investee=facts.city_codes(), year=YEARS)
    return filled[filled["investor"] != filled["investee"]].reset_index(drop=True)


def fill_years_without_grant(areas: pd.DataFrame) -> pd.DataFrame:
    """A county has an area inside and outside its parks in every year, zero where nothing was granted (eighth step)."""
    panel = balanced(areas, county=sorted(areas["county"].unique()), park=[0, 1], year=LAND_YEARS)
    return panel.assign(log_area=np.log1p(panel["area_ha"]))
