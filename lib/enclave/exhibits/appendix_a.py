"""Appendix A. The panel without filled zeros (note 4 of section 4.1, which prints no number).

Equation (1) without controls on all rows and on rows with a link alone; whether there is any link, as a linear
probability model; and Poisson with pair and year effects on both samples. Standard errors are clustered by pair.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import did, poisson
from enclave.panels import Panels

# model -> estimator, outcome, and whether the sample has the filled zeros
MODELS = {
    "links, filled": (did.twfe, "count", True),
    "any link": (did.twfe, "any_link", True),
    "links, given one": (did.twfe, "count", False),
    "Poisson, filled": (poisson.twfe, "count", True),
    "Poisson, no zeros": (poisson.twfe, "count", False),
}
SHOWN = ["model", "estimate", "std_error", "p_value", "conf_low", "conf_high", "n"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """One row per model: model, estimate, std_error, p_value, conf_low, conf_high, n (rows used)."""
    filled = panels.manufacturing.assign(any_link=(panels.manufacturing["count"] > 0).astype(int))
    samples = {True: filled, False: filled[filled["count"] > 0]}
    parts = [
        estimate(samples[zeros], outcome).assign(model=model) for model, (estimate, outcome, zeros) in MODELS.items()
    ]
    made = pd.concat(parts)[SHOWN].reset_index(drop=True)
    made.attrs["source"] = panels.source
    return made
