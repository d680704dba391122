"""Other readings of the registers: each is the list of cleaning steps with one of them replaced by another.

The paper leaves some decisions open (see the page on ambiguities). Nothing of the cleaning stands here twice.
"""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
from ibis.expr.types import Table

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_registers import engine
from enclave_registers.cleaning import links as registers
from enclave_registers.cleaning import pipeline
from enclave_registers.cleaning.row_counts import Flow, filtered, keep
from enclave_registers.engine import Raw

OURS = "ours"
FIRM = "企业法人"
COLUMNS = ["reading", "helper", "recipient", "year", "count"]


def date_the_firm(stakes: Table, raw: Raw) -> Table:
    """Stakes of 2000 to 2018, by the date the firm was established."""
    year = stakes.founded.cast("int64")
    return keep(stakes.mutate(year=year), year.between(registers.FIRST_YEAR, registers.LAST_YEAR))


def keep_firms_only(stakes: Table, raw: Raw) -> Table:
    """Only shareholders that are firms: no partnerships, public bodies or persons."""
    return keep(stakes, stakes.shareholder_type == FIRM)


def keep_natural_persons(stakes: Table, raw: Raw) -> Table:
    """Natural persons count as investors, where the register tells their city."""
    return stakes


def keep_known_investors(stakes: Table, raw: Raw) -> Table:
    """Only shareholders that are in the firm master; none is known by name alone."""
    owners = registers.find_investor_in_master(stakes, raw)
    return keep(owners, owners.investor.notnull())


def count_firms_once(stakes: Table, raw: Raw) -> Table:
    """A firm counts once for each city that holds stakes in it, in the year of the first."""
    return stakes.group_by("firm_id", "manufacturing", "investor", "investee").aggregate(year=stakes.year.min())


READINGS: dict[str, tuple[Callable | None, Callable | None]] = {
    OURS: (None, None),
    "date of the firm": (registers.keep_the_period, date_the_firm),
    "firms only": (registers.drop_natural_persons, keep_firms_only),
    "natural persons too": (registers.drop_natural_persons, keep_natural_persons),
    "known investors only": (registers.find_investor_in_master, keep_known_investors),
    "firms counted once": (None, count_firms_once),
}


def build(source: str) -> None:
    """Write the manufacturing panel of each reading as the panel `alternatives` of `source`."""
    raw = engine.open_raw(source, engine.connect())
    with engine.faults():
        made = panel(replace(raw, seats=registers.seats(raw, Flow())))
        files.write_parquet(made, paths.panels(source) / "alternatives.parquet")


def panel(raw: Raw, readings: list[str] | None = None) -> pd.DataFrame:
    """Manufacturing links under each reading of the registers, one row per reading, pair and year.

    Parameters
    ----------
    raw : raw tables with `seats` set
    readings : keys of `READINGS`; all of them by default

    Returns
    -------
    reading, helper, recipient, year, count: for each reading a balanced panel of the pairs that have a link, as the
    manufacturing panel has it, sorted by pair and year

    Raises
    ------
    EnclaveError for an unknown reading
    """
    chosen = list(READINGS) if readings is None else readings
    return pd.concat([_cells(raw, name).assign(reading=name) for name in chosen], ignore_index=True)[COLUMNS]


def _cells(raw: Raw, reading: str) -> pd.DataFrame:
    links = filtered(raw.shareholders, steps(reading), raw).distinct()
    cells = registers.with_codes(Flow().cells("manufacturing", links, [], raw, registers.LINK))
    return Flow().run("manufacturing", cells, [*registers.PANEL_STEPS["manufacturing"], *pipeline.PAIR_STEPS], raw)


def steps(reading: str) -> list[Callable]:
    """Cleaning steps from shareholders to links under a reading, one of them replaced or one added at the end."""
    if reading not in READINGS:
        raise EnclaveError(f"There is no reading {reading!r}. Choose one of {', '.join(READINGS)}.")
    old, new = READINGS[reading]
    if old is None:
        return [*registers.STAKE_STEPS, *([new] if new else [])]
    return [new if step is old else step for step in registers.STAKE_STEPS]
