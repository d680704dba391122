"""Other readings of the registers: each is the list of cleaning steps with one step replaced or added.

The paper leaves some decisions open (see the page on ambiguities). No step of the cleaning is written here again.
"""

from dataclasses import replace

import pandas as pd
from ibis.expr.types import Table

from enclave.base import files, paths
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError
from enclave.base.terms import OURS, YEARS
from enclave.panels.columns import FILES
from enclave_registers import engines, written
from enclave_registers.cleaning import firms, pipeline, shareholders
from enclave_registers.cleaning.row_counts import RowCounts, Step, in_memory, keep, without_counts
from enclave_registers.validated import Raw, open_raw

FIRM = "企业法人"
COLUMNS = ["reading", "helper", "recipient", "year", "count"]


def date_the_firm(stakes: Table, raw: Raw) -> Table:
    """Stakes of 2000 to 2018, by the date the firm was established."""
    year = stakes.established_year.cast("int64")
    return keep(stakes.mutate(year=year), year.between(YEARS[0], YEARS[-1]))


def keep_firms_only(stakes: Table, raw: Raw) -> Table:
    """Only shareholders that are firms: no partnerships, public bodies or persons."""
    return keep(stakes, stakes.shareholder_type == FIRM)


def keep_natural_persons(stakes: Table, raw: Raw) -> Table:
    """Natural persons count as investors, where the register gives their city."""
    return stakes


def keep_known_investors(stakes: Table, raw: Raw) -> Table:
    """Only shareholders that are in the firm master; no city is read from a name."""
    stakes = shareholders.find_investor_in_master(stakes, raw)
    return keep(stakes, stakes.investor.notnull())


def count_firms_once(stakes: Table, raw: Raw) -> Table:
    """A firm counts once for each city that holds stakes in it, in the year of the first."""
    return stakes.group_by("firm_id", "manufacturing", "investor", "investee").aggregate(year=stakes.year.min())


# reading -> the step that is replaced (None: none), and the step that replaces it or is added at the end (None: none)
READINGS: dict[str, tuple[Step | None, Step | None]] = {
    OURS: (None, None),
    "date of the firm": (shareholders.keep_the_period, date_the_firm),
    "firms only": (shareholders.drop_natural_persons, keep_firms_only),
    "natural persons too": (shareholders.drop_natural_persons, keep_natural_persons),
    "known investors only": (shareholders.find_investor_in_master, keep_known_investors),
    "firms counted once": (None, count_firms_once),
}


def build(source: str) -> None:
    """Write the manufacturing panel of each reading as the panel `alternatives` of `source`."""
    raw = open_raw(source, engines.connect())
    with engines.clear_errors():
        made = panel(replace(raw, seats=firms.seats(raw, RowCounts())))
        written.validate(made, FILES["alternatives"])
        files.write_parquet(made, paths.panels(source) / "alternatives.parquet")


def panel(raw: Raw, readings: list[str] | None = None) -> pd.DataFrame:
    """Manufacturing links under each reading of the registers, one row per reading, pair and year.

    Parameters
    ----------
    raw : raw tables with `seats` set
    readings : keys of `READINGS`; all of them by default

    Returns
    -------
    reading, helper, recipient, year, count: for each reading a balanced panel of the pairs that have a link, as in the
    manufacturing panel, sorted by pair and year

    Raises
    ------
    EnclaveError for an unknown reading
    """
    chosen = list(READINGS) if readings is None else readings
    return pd.concat([_cells(raw, name).assign(reading=name) for name in chosen], ignore_index=True)[COLUMNS]


def _cells(raw: Raw, reading: str) -> pd.DataFrame:
    found = without_counts(raw.shareholders, steps(reading), raw)
    cells = found.group_by(shareholders.LINK).aggregate(records=found.count())
    cells = shareholders.with_codes(in_memory(cells, shareholders.LINK))
    return without_counts(cells, [*shareholders.PANEL_STEPS["manufacturing"], *pipeline.PAIR_STEPS], raw)


def steps(reading: str) -> list[Step]:
    """Cleaning steps from shareholders to links under a reading, one of them replaced or one added at the end.

    Raises EnclaveError for an unknown reading.
    """
    if reading not in READINGS:
        raise EnclaveError(f"There is no reading {reading!r}. {offered(reading, READINGS)}")
    old, new = READINGS[reading]
    if new is None:
        return list(shareholders.STEPS)
    if old is None:
        return [*shareholders.STEPS, new]
    return [new if step is old else step for step in shareholders.STEPS]
