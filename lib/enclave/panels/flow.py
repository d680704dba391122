"""The flow table of the cleaning: rows before and after each step, and why rows are dropped (sample attrition)."""

import pandas as pd

from enclave.base import paths
from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError, command

# steps of the cleaning whose rows are cells of a panel; the rows of all other steps are records
CELL_STEPS = [
    "count links by city and year",
    "fill years without link",
    "drop pairs never linked",
    "fill directed pairs",
    "fill years without grant",
]


def read(source: str) -> pd.DataFrame:
    """The flow table of `source`: table, step, rows_in, rows_out, reason and dropped; one row per table and step.

    The rows have the order of the run. `dropped` is `rows_in` less `rows_out`; it is missing in the steps of a panel
    (`CELL_STEPS`), whose rows are cells. Raises EnclaveError if the panels have not been built.
    """
    path = paths.panels(source) / "flow.csv"
    if not path.exists():
        raise EnclaveError(f"No flow table of source {source!r}. Run {command('book', SOURCE=source)} first.")
    steps = pd.read_csv(path)
    dropped = (steps["rows_in"] - steps["rows_out"]).astype("Int64")
    return steps.assign(dropped=dropped.mask(steps["step"].isin(CELL_STEPS)))


@takes_tables
def record_steps(steps: pd.DataFrame, tables: list[str]) -> pd.DataFrame:
    """The steps whose rows are records, for `tables` in the given order."""
    chosen = steps[steps["dropped"].notna()]
    return pd.concat([chosen[chosen["table"] == table] for table in tables], ignore_index=True)
