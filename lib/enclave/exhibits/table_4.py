"""Table 4. Distance and the effect of co-built parks on manufacturing investment, equation (4) (section 4.4).

Equation (4) is equation (1) plus one term: the treatment multiplied by a distance in kilometres. The outcome is the
number of links. Each of four distances has two columns, without and with controls: between the boundaries of helper and
recipient, between their centroids, from the recipient's boundary to the centroid of the delta, and from the recipient's
boundary to the boundary of the delta. Pair effects, year effects, controls and standard errors are those of Table 2.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import did, distance
from enclave.exhibits import results, table_2
from enclave.panels import Panels

OUTCOME = "count"
# column -> distance, and whether the control variables are in
COLUMNS = {
    "1": ("boundary", False),
    "2": ("boundary", True),
    "3": ("centroid", False),
    "4": ("centroid", True),
    "5": ("prd_centroid", False),
    "6": ("prd_centroid", True),
    "7": ("prd_boundary", False),
    "8": ("prd_boundary", True),
}


@takes_tables
def make(panels: Panels, *, outcome: str = OUTCOME) -> pd.DataFrame:
    """The cells of Table 4: table, column, row, statistic, value, stars."""
    return results.cells(4, columns(panels, outcome=outcome))


@takes_tables
def columns(panels: Panels, *, outcome: str = OUTCOME) -> dict[str, pd.DataFrame]:
    """The regression of each column, as `did.twfe` returns it."""
    given = {False: None, True: table_2.controls(panels)}
    return {
        column: did.twfe(
            panels.manufacturing,
            outcome,
            interaction=distance.km(panels.pairs, measure),
            controls=given[controlled],
        )
        for column, (measure, controlled) in COLUMNS.items()
    }
