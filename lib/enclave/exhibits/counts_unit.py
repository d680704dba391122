"""Chapter 15. What the estimate of ln(1 + k y) does when the unit k changes (Chen and Roth 2024).

For each panel and each k: the estimate of equation (1) on ln(1 + k y); its derivative in ln k, which is the estimate on
k y / (1 + k y); and the extensive margin, the estimate on whether there is any count, to which the derivative tends.
"""

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR_PANELS
from enclave.estimators import batch
from enclave.panels import Panels

OUTCOME = "count"
UNITS = tuple(10.0**power for power in range(-2, 5))
MARGIN = "any"


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """One row per panel and unit: panel, k, estimate, derivative, margin."""
    made = pd.concat([path(panels[name], UNITS).assign(panel=name) for name in PAIR_PANELS], ignore_index=True)
    made = made[["panel", "k", "estimate", "derivative", "margin"]]
    made.attrs["source"] = panels.source
    return made


def path(panel: pd.DataFrame, units: tuple[float, ...]) -> pd.DataFrame:
    """The same for one panel: k, estimate, derivative, margin. Errors as `did.twfe`."""
    count = panel[OUTCOME]
    logs = {f"log {k}": np.log1p(k * count) for k in units}
    slopes = {f"slope {k}": k * count / (1 + k * count) for k in units}
    forms = {**logs, **slopes, MARGIN: (count > 0).astype(float)}
    found = batch.twfe(panel.assign(**forms), list(forms))["estimate"].to_numpy()
    return pd.DataFrame(
        {"k": units, "estimate": found[: len(units)], "derivative": found[len(units) : -1], "margin": found[-1]}
    )
