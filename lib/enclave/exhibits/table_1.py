"""Table 1. Descriptive statistics of the panel of pairs (section 4.1).

Number of observations, mean and standard deviation of each variable, for pairs that are never treated (control) and for
pairs that are treated at some time, in all their years. Variables are the links of a pair in a year, ln(1 + links), and
the five control variables of the recipient in that year. Where the yearbook has no figure, all pairs of the recipient
lack it in that year.
"""

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import CELL
from enclave.estimators.panel_checks import ever_treated
from enclave.panels import Panels

STATISTICS = {"n": "count", "mean": "mean", "sd": "std"}
GROUPS = {False: "control", True: "treated"}


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """The cells of Table 1, as printed: table, column (group), row (variable), statistic, value, stars.

    The controls have the units of the yearbook panel. The standard deviation divides by n - 1; that of a single value
    is missing. Raises EnclaveError if the yearbook has a year of a recipient twice.
    """
    variables = _variables(panels)
    group = ever_treated(panels.manufacturing).map(GROUPS).to_numpy()
    cells = variables.groupby(group)[list(variables)].agg(list(STATISTICS.values()))
    tidy = cells.rename(columns={function: name for name, function in STATISTICS.items()}, level=1).stack([0, 1])
    tidy = tidy.rename_axis(["column", "row", "statistic"]).rename("value").reset_index()
    made = _in_printed_order(tidy, list(variables)).assign(table="1", stars="")[[*CELL, "value", "stars"]]
    made = made.astype({"value": float})
    made.attrs["source"] = panels.source
    return made


def _variables(panels: Panels) -> pd.DataFrame:
    """One row per pair and year, one column per variable of the table."""
    panel, yearbook = panels.manufacturing, panels.yearbook
    if yearbook.duplicated(["recipient", "year"]).any():
        raise EnclaveError("The yearbook panel has a city's year twice. Build the panels again.")
    links = {"investments": panel["count"], "log_investments": np.log1p(panel["count"])}
    merged = panel[["recipient", "year"]].assign(**links).merge(yearbook, on=["recipient", "year"], how="left")
    return merged.drop(columns=["recipient", "year"])


def _in_printed_order(cells: pd.DataFrame, variables: list[str]) -> pd.DataFrame:
    order = {"row": variables, "column": list(GROUPS.values()), "statistic": list(STATISTICS)}
    ranks = cells[list(order)].apply(lambda column: column.map(order[column.name].index))
    return cells.loc[ranks.sort_values(list(order)).index].reset_index(drop=True)
