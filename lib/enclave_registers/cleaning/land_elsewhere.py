"""Land grants in counties that never name a park: the steps of `land_plots` with the opposite of the seventh.

The paper drops these plots. They are a second control group for the parks.
"""

import pandas as pd
from ibis.expr.types import Table

from enclave.base import files, paths
from enclave.panels import balance
from enclave.panels.columns import FILES
from enclave_registers import engines, written
from enclave_registers.cleaning import land_plots
from enclave_registers.cleaning.row_counts import drop_repeated_records, keep, without_counts
from enclave_registers.validated import Raw, open_raw

PANEL = "land_elsewhere"
COLUMNS = ["supervision_number", "county", "year", "area_ha"]


def keep_counties_without_park(plots: Table, raw: Raw) -> Table:
    """Only counties in which no grant of the period names a park."""
    return keep(plots, plots.park.max().over(group_by=plots.county) == 0)


def keep_four_columns(plots: Table, raw: Raw) -> Table:
    """Copies of a record may differ in columns that are not used."""
    return plots.select(COLUMNS)


STEPS = [
    *[step for step in land_plots.PLOT_STEPS if step is not land_plots.drop_counties_without_park],
    keep_counties_without_park,
    keep_four_columns,
    drop_repeated_records,
]


def build(source: str) -> None:
    """Write the panel `land_elsewhere` of `source`; it has no row if every county has a park."""
    raw = open_raw(source, engines.connect())
    with engines.clear_errors():
        made = written.validate(panel(raw), FILES[PANEL])
        files.write_parquet(made, paths.panels(source) / f"{PANEL}.parquet")


def panel(raw: Raw) -> pd.DataFrame:
    """Columns county (code of 2020), year, area_ha (hectares); one row for each county with a grant and each year."""
    plots = without_counts(raw.land, STEPS, raw)
    area = plots.area_ha.cast("decimal(18, 6)").sum().cast("float64")
    areas = plots.group_by(["county", "year"]).aggregate(area_ha=area).execute()
    return balance.fill_years_elsewhere(areas)
