"""Table 5. Co-built parks, investment in all industries and branches: equation (1) with other outcomes (section 4.5).

Columns (1) to (4) count links in all industries, columns (5) to (8) branches that firms of the helper opened in the
recipient. Each time numbers come first and ln(1 + number) follows, without and with controls. Pair effects, year
effects, controls and standard errors are those of Table 2.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import did
from enclave.exhibits import results, table_2
from enclave.panels import Panels

# column -> panel, outcome, and whether the control variables are in
COLUMNS = {
    "1": ("all_industry", "count", False),
    "2": ("all_industry", "count", True),
    "3": ("all_industry", "log_count", False),
    "4": ("all_industry", "log_count", True),
    "5": ("branches", "count", False),
    "6": ("branches", "count", True),
    "7": ("branches", "log_count", False),
    "8": ("branches", "log_count", True),
}


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """The cells of Table 5: table, column, row, statistic, value, stars."""
    return results.cells(5, columns(panels))


@takes_tables
def columns(panels: Panels) -> dict[str, pd.DataFrame]:
    """The regression of each column, as `did.twfe` returns it."""
    given = {False: None, True: table_2.controls(panels)}
    return {
        column: did.twfe(panels[name], outcome, controls=given[controlled])
        for column, (name, outcome, controlled) in COLUMNS.items()
    }
