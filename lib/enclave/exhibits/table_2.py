"""Table 2. Co-built parks and manufacturing investment: the baseline, equation (1).

The outcome of columns (1) and (2) is the number of links of a helper in a recipient in a year; that of columns (3) and
(4) is ln(1 + links). All columns have pair effects and year effects. Columns (2) and (4) add the five control variables
of the recipient in the base year, each multiplied by a dummy for every year. Standard errors are clustered by pair;
`did.twfe` computes them with pyfixest (CR1).
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import keep_attrs
from enclave.exhibits import results
from enclave.facts import treated_pairs
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
# what may be done with never-treated pairs that have a documented park
AS_LISTED, LEFT_OUT, TREATED = "never treated, as in the list", "left out", "treated from their first documented year"


@takes_tables
def make(panels: Panels, *, base_year: int = BASE_YEAR) -> pd.DataFrame:
    """The cells of Table 2: table, column, row, statistic, value, stars."""
    return results.cells(2, columns(panels, base_year=base_year))


@takes_tables
def columns(panels: Panels, *, base_year: int = BASE_YEAR) -> dict[str, pd.DataFrame]:
    """The regression of each column, as `did.twfe` returns it."""
    given = {False: None, True: controls(panels, base_year)}
    return {
        column: did.twfe(panels.manufacturing, outcome, controls=given[controlled])
        for column, (outcome, controlled) in COLUMNS.items()
    }


@takes_tables
def controls(panels: Panels, base_year: int = BASE_YEAR) -> pd.DataFrame:
    """The control variables of equation (1): one row per recipient, with the values of the base year."""
    return did.base_year_controls(panels.yearbook, base_year)


@takes_tables
def documented_controls(panel: pd.DataFrame) -> pd.DataFrame:
    """The never-treated pairs of a panel that have a documented park of any level: helper, recipient, year, park.

    `year`: the first year that a report of the park gives (rule `any_level` of `treated_pairs`).
    """
    dated = treated_pairs.by_rule("any_level").rename(columns={"cohort": "year"})
    never = panel[panel["cohort"].isna()].drop_duplicates(PAIR)[PAIR]
    return never.merge(dated, on=PAIR).sort_values(PAIR, ignore_index=True)


@takes_tables
def other_controls(panels: Panels, *, base_year: int = BASE_YEAR) -> pd.DataFrame:
    """Table 2 with three treatments of the never-treated pairs that have a documented park.

    Returns
    -------
    controls (one of `AS_LISTED`, `LEFT_OUT`, `TREATED`), column, estimate, std_error, p_value, n, treated_pairs. The
    paper prints no list, so it does not say what it did with these pairs.
    """
    panel, found = panels.manufacturing, documented_controls(panels.manufacturing)
    keys = pd.MultiIndex.from_frame(panel[PAIR])
    years = found.set_index(PAIR)["year"].reindex(keys).astype("Int64").to_numpy()
    cohort = panel["cohort"].astype("Int64")
    samples = {
        AS_LISTED: panel,
        LEFT_OUT: panel[pd.isna(years)],
        TREATED: panel.assign(cohort=cohort.fillna(pd.Series(years, index=panel.index))),
    }
    frames, parts = {"yearbook": panels.yearbook}, []
    for name, own in samples.items():
        made = columns(Panels(panels.source, {**frames, "manufacturing": own}.__getitem__), base_year=base_year)
        rows = pd.concat(made, names=["column"]).reset_index("column").assign(controls=name)
        parts.append(rows.assign(treated_pairs=own.dropna(subset="cohort").drop_duplicates(PAIR).shape[0]))
    kept = ["controls", "column", "estimate", "std_error", "p_value", "n", "treated_pairs"]
    return keep_attrs(pd.concat(parts, ignore_index=True)[kept], panel)
