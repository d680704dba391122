"""Chapter 11: the effect of a park on links by ten estimators, without and with the controls of the base year.

The methods, and what each averages over, are those of `estimators.compare`; those that take no controls are missing in
the second half. Standard errors are clustered by pair.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import did
from enclave.estimators.compare import compare
from enclave.panels import Panels

OUTCOME = "count"
SAMPLES = ("no", "yes")


@takes_tables
def make(panels: Panels, *, outcome: str = OUTCOME) -> pd.DataFrame:
    """One row for each choice of controls and method: controls (no or yes), then the columns of `compare`."""
    values = {"no": None, "yes": did.base_year_controls(panels.yearbook)}
    parts = [compare(panels.manufacturing, outcome, controls=values[each]).assign(controls=each) for each in SAMPLES]
    made = pd.concat(parts, ignore_index=True)
    made.attrs.update(panels.manufacturing.attrs)
    return made[["controls", *made.columns.drop("controls")]]
