"""Table 2. Co-built parks and manufacturing investment: the baseline, equation (1).

The outcome of columns (1) and (2) is the number of links of a helper in a recipient in a year; that of columns (3) and
(4) is ln(1 + links). All columns have pair effects and year effects. Columns (2) and (4) add the five control variables
of the recipient in the base year, each multiplied by a dummy for every year. Standard errors are clustered by pair;
`did.twfe` computes them with pyfixest (CR1).
"""

import pandas as pd

from enclave.estimators import did
from enclave.exhibits import results
from enclave.panels import Panels

# column -> outcome, and whether the control variables are in
COLUMNS = {
    "1": ("count", False),
    "2": ("count", True),
    "3": ("log_count", False),
    "4": ("log_count", True),
}
# the control variables are those of this year, in which no park existed (note 3 of the paper)
BASE_YEAR = 2000


def make(panels: Panels, *, base_year: int = BASE_YEAR) -> pd.DataFrame:
    """The cells of Table 2: table, column, row, statistic, value, stars."""
    return results.cells(2, columns(panels, base_year=base_year))


def columns(panels: Panels, *, base_year: int = BASE_YEAR) -> dict[str, pd.DataFrame]:
    """The regression of each column, as `did.twfe` returns it."""
    given = {False: None, True: controls(panels, base_year)}
    return {
        column: did.twfe(panels.manufacturing, outcome, controls=given[controlled])
        for column, (outcome, controlled) in COLUMNS.items()
    }


def controls(panels: Panels, base_year: int = BASE_YEAR) -> pd.DataFrame:
    """The control variables of equation (1): one row per recipient, with the values of the base year."""
    return did.base_year_controls(panels.yearbook, base_year)
