"""The report of a fit: each printed number of Tables 1 to 5, what a committed twin gives, and its grade.

The estimates are those of the chapters, from panels that stand for the registers (see `sets`).
"""

import pandas as pd

from enclave import csdid, descriptive, did, facts, heterogeneity, panels, results, scorecard
from enclave.twin import sets

COLUMNS_OF_TABLE_3 = {
    "1": ["simple"],
    "2": ["dynamic_pre_avg", "dynamic_post_avg"],
    "3": ["calendar_avg"],
    "4": ["group_avg"],
}


def report(source: str) -> pd.DataFrame:
    """The scorecard of a twin without its registers; columns as `scorecard.compare`."""
    return scorecard.compare(cells(source), facts.published())


def cells(source: str) -> pd.DataFrame:
    """The cells of Tables 1 to 5 of a twin, in the order of the paper."""
    made = {name: sets.panel(name, source) for name in [*panels.PAIR_PANELS, "yearbook"]}
    controls = did.base_year_controls(made["yearbook"])
    manufacturing = made["manufacturing"]
    averages = csdid.aggregate(manufacturing, "count")
    tables = [
        descriptive.table_1(manufacturing, made["yearbook"]),
        results.cells(2, _four_columns(manufacturing, controls, 1)),
        results.cells(3, {column: averages.loc[rows] for column, rows in COLUMNS_OF_TABLE_3.items()}),
        results.cells(4, _with_distance(manufacturing, controls, panels.pairs())),
        results.cells(
            5, _four_columns(made["all_industry"], controls, 1) | _four_columns(made["branches"], controls, 5)
        ),
    ]
    return pd.concat(tables, ignore_index=True)


def _four_columns(panel: pd.DataFrame, controls: pd.DataFrame, first: int) -> dict[str, pd.DataFrame]:
    """Counts and logs, each without and with controls."""
    models = [(outcome, given) for outcome in ("count", "log_count") for given in (None, controls)]
    return {
        str(first + place): did.twfe(panel, outcome, controls=given) for place, (outcome, given) in enumerate(models)
    }


def _with_distance(panel: pd.DataFrame, controls: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The eight columns of Table 4."""
    columns = {}
    for place, measure in enumerate(heterogeneity.MEASURES):
        km = heterogeneity.distance(pairs, measure)
        columns[str(2 * place + 1)] = did.twfe(panel, "count", interaction=km)
        columns[str(2 * place + 2)] = did.twfe(panel, "count", interaction=km, controls=controls)
    return columns
