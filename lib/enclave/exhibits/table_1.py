"""Descriptive statistics of the pair panel and of its controls: Table 1."""

import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError

STATISTICS = {"n": "count", "mean": "mean", "sd": "std"}


def table_1(panel: pd.DataFrame, yearbook: pd.DataFrame) -> pd.DataFrame:
    """Number, mean and deviation of each variable over the pair-years of control and treated pairs.

    Parameters
    ----------
    panel : the manufacturing panel: helper, recipient, year, count, cohort (missing = never treated). A pair that is
        treated at any time counts as treated in all its years
    yearbook : recipient, year and the controls. A gap of a recipient's year is a gap of all its pairs in that year

    Returns
    -------
    the cells of Table 1: table, column (control or treated), row (variable), statistic (n, mean, sd), value, stars
    (empty). Links are counts, log_investments is ln(1 + links), the controls have the yearbook's units; sd has n - 1
    below the line. `attrs` as the panel's.

    Raises
    ------
    EnclaveError if the yearbook has a recipient's year twice.
    """
    if yearbook.duplicated(["recipient", "year"]).any():
        raise EnclaveError("The yearbook panel has a city's year twice. Build the panels again.")
    links = {"investments": panel["count"], "log_investments": np.log1p(panel["count"])}
    merged = panel[["recipient", "year"]].assign(**links).merge(yearbook, on=["recipient", "year"], how="left")
    variables = [column for column in merged if column not in ("recipient", "year")]
    group = panel["cohort"].notna().map({True: "treated", False: "control"}).to_numpy()
    cells = merged.groupby(group)[variables].agg(list(STATISTICS.values()))
    tidy = cells.rename(columns={function: name for name, function in STATISTICS.items()}, level=1).stack([0, 1])
    tidy = tidy.rename_axis(["column", "row", "statistic"]).rename("value").reset_index()
    return _in_printed_order(tidy, variables).assign(**{"table": "1", "stars": ""}).pipe(_finish, panel)


def _in_printed_order(cells: pd.DataFrame, variables: list[str]) -> pd.DataFrame:
    order = {"row": variables, "column": ["control", "treated"], "statistic": list(STATISTICS)}
    ranks = cells[list(order)].apply(lambda column: column.map(order[column.name].index))
    return cells.loc[ranks.sort_values(list(order)).index].reset_index(drop=True)


def _finish(cells: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    finished = cells[["table", "column", "row", "statistic", "value", "stars"]].astype({"value": float})
    finished.attrs.update(panel.attrs)
    return finished
