"""Figure 1. Event study of manufacturing links, equation (3).

One coefficient for each year before and after the park, relative to the year before the park, with its 95 per cent
interval. The outcome is the number of links. Rows of treated pairs outside the window have no dummy, as the sum of the
equation says. The note of the paper does not say whether the controls of the equation are in; we take them in, as in
column (2) of Table 2. Pair effects, year effects and standard errors are those of Table 2.

This module makes the numbers. `notebooks/03_event_study.ipynb` draws the figure.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import event_study
from enclave.exhibits import table_2
from enclave.panels import Panels

OUTCOME = "count"
# first and last event time with a coefficient, and the event time that is left out
WINDOW = (-5, 10)
BASE = -1
# treated rows outside the window have no dummy, so they belong to the base (a value of `event_study.estimate`)
OUTSIDE = "base"


@takes_tables
def make(
    panels: Panels,
    *,
    outcome: str = OUTCOME,
    window: tuple[int, int] = WINDOW,
    base: int = BASE,
    outside: str = OUTSIDE,
) -> pd.DataFrame:
    """The points of Figure 1: event_time, estimate, std_error, conf_low, conf_high; zeros in the base period."""
    controls = table_2.controls(panels)
    return event_study.estimate(
        panels.manufacturing, outcome, window=window, base=base, outside=outside, controls=controls
    )
