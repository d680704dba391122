"""Figure 2. Placebo: estimates under treatments that are drawn at random (section 4.3).

Each draw takes as many pairs as are treated, from all pairs, and gives each of them a first treated year from the
second year on. It then estimates equation (1) as in column (3) of Table 2: ln(1 + links), without controls. The paper
names neither its seed nor its generator; the seed is ours.

This module makes the numbers. `notebooks/05_placebo.ipynb` draws the figure.
"""

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import placebo
from enclave.panels import Panels

OUTCOME = "log_count"
N_DRAWS = 500
SEED = 20240401
# first treated years are drawn with equal probability (a value of `placebo.draws`)
DATES = "uniform"
# pairs get their random numbers in the order of their names, so that the figure stays the same if rows are sorted anew
ORDER = "names"


@takes_tables
def make(
    panels: Panels, *, outcome: str = OUTCOME, n_draws: int = N_DRAWS, seed: int = SEED, dates: str = DATES
) -> pd.DataFrame:
    """The draws of Figure 2: draw (counted from 1) and estimate."""
    estimates = placebo.draws(panels.manufacturing, outcome, n_draws, seed, dates=dates, order=ORDER)
    made = pd.DataFrame({"draw": np.arange(1, n_draws + 1), "estimate": estimates})
    made.attrs["source"] = panels.source
    return made


@takes_tables
def treatments(panels: Panels) -> pd.DataFrame:
    """The placebo treatments behind the draws of `make`: draw, helper, recipient, year (the first treated one)."""
    return placebo.treatments(panels.manufacturing, OUTCOME, N_DRAWS, SEED, dates=DATES, order=ORDER)
