"""Table 3. Averages of group-time effects, by the estimator of Callaway and Sant'Anna (section 4.3).

Column (1) averages over all treated pairs and years, column (2) over event times (before and after the park), column
(3) over calendar years and column (4) over cohorts. The paper names neither outcome nor controls; we take the number of
links, without controls. Pairs that are never treated are the comparison group. Effects before the park compare each
year with the year before it. Standard errors are analytic, clustered by pair, and stars use the normal distribution.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import csdid
from enclave.exhibits import results
from enclave.panels import Panels

OUTCOME = "count"
CONTROL_GROUP = "never_treated"
# column -> its averages, named as `csdid.aggregate` names them
COLUMNS = {
    "1": ["simple"],
    "2": ["dynamic_pre_avg", "dynamic_post_avg"],
    "3": ["calendar_avg"],
    "4": ["group_avg"],
}


@takes_tables
def make(panels: Panels, *, outcome: str = OUTCOME, control_group: str = CONTROL_GROUP) -> pd.DataFrame:
    """The cells of Table 3: table, column, row, statistic, value, stars."""
    averages = csdid.aggregate(panels.manufacturing, outcome, control_group=control_group)
    return results.cells(3, {column: averages.loc[rows] for column, rows in COLUMNS.items()})
