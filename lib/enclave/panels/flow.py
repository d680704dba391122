"""The flow table of the cleaning: rows before and after each step, and why rows are dropped (sample attrition)."""

import pandas as pd

from enclave.base import paths
from enclave.base.errors import EnclaveError, command
from enclave.panels import balance

# steps that count or fill the cells of a panel. Their rows are no records
CELL_STEPS = [
    "count links by city and year",
    *(
        step.__name__.replace("_", " ")
        for step in (
            balance.fill_years_without_link,
            balance.drop_pairs_never_linked,
            balance.fill_directed_pairs,
            balance.fill_years_without_grant,
        )
    ),
]


def read(source: str) -> pd.DataFrame:
    """One row per table and step, in the order of the run: table, step, rows_in, rows_out, reason, dropped.

    `dropped` is the number of records that a step drops. It is missing in the steps of a panel, whose rows are cells.
    Raises EnclaveError if the panels have not been built.
    """
    path = paths.panels(source) / "flow.csv"
    if not path.exists():
        raise EnclaveError(f"No flow table of source {source!r}. Run {command('book', SOURCE=source)} first.")
    steps = pd.read_csv(path)
    lost = (steps["rows_in"] - steps["rows_out"]).astype("Int64")
    return steps.assign(dropped=lost.mask(steps["step"].isin(CELL_STEPS)))


def chain(steps: pd.DataFrame, tables: list[str]) -> pd.DataFrame:
    """The steps of `tables` whose rows are records, one table after the other, in the order of `tables`."""
    kept = steps[steps["dropped"].notna()]
    return pd.concat([kept[kept["table"] == table] for table in tables], ignore_index=True)
