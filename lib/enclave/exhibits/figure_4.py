"""Figure 4. Industrial land granted inside and outside co-built parks, by year (section 5).

Each point is the mean of ln(1 + hectares) over the counties that have a co-built park.

This module makes the numbers. `notebooks/09_land_market.ipynb` draws the figure.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import land
from enclave.panels import Panels

OUTCOME = "log_area"


@takes_tables
def make(panels: Panels, *, outcome: str = OUTCOME) -> pd.DataFrame:
    """The points of Figure 4: year, inside, outside."""
    return land.means(panels.land, outcome)
