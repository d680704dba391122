"""Figure 5. Land inside parks less land outside them, relative to 2013: equation (2) (section 5).

One coefficient for each year, with its 95 per cent interval. The outcome is ln(1 + hectares). The regression has
effects for each county and side and for each county and year. Standard errors are clustered by county.

This module makes the numbers. `notebooks/09_land_market.ipynb` draws the figure.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import land
from enclave.panels import Panels

OUTCOME = "log_area"
# the year in whose July the sharing of revenue ended
BASE_YEAR = 2013
# first and last event time; 0 is the year after the base year
WINDOW = (-3, 6)


@takes_tables
def make(
    panels: Panels, *, outcome: str = OUTCOME, base_year: int = BASE_YEAR, window: tuple[int, int] = WINDOW
) -> pd.DataFrame:
    """The points of Figure 5: event_time, estimate, std_error, conf_low, conf_high; zeros in the base year."""
    return land.event_study(panels.land, window=window, base_year=base_year, outcome=outcome)
