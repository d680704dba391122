"""Figure 3. Density of the investment network of the 21 cities, by year and threshold (section 4.6).

Density is the share of the possible directed links between two cities that exist in a year. A link exists where the
number of stakes in manufacturing firms reaches the threshold. The paper's words for the threshold differ; we read all
of them as "at least".

This module makes the numbers. `notebooks/08_social_network.ipynb` draws the figure.
"""

from collections.abc import Sequence

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import network
from enclave.panels import Panels

THRESHOLDS = (1, 3, 5, 10)
# what a threshold means, as `network.density` names it
READING = "at_least"


@takes_tables
def make(panels: Panels, *, thresholds: Sequence[int] = THRESHOLDS, reading: str = READING) -> pd.DataFrame:
    """The points of Figure 3: year, threshold, density; sorted by threshold and year."""
    made = network.density(panels.network, thresholds, reading=reading)
    made.attrs["source"] = panels.source
    return made
