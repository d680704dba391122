"""The cleaning as a whole: admitted tables in, all panels of a source out.

Each step stands in the module of its table.
"""

from dataclasses import replace
from pathlib import Path

import ibis
import pandas as pd

from enclave import panels
from enclave.base import files, paths
from enclave.facts import treated_pairs
from enclave.panels import balance
from enclave.panels.columns import FILES
from enclave_registers import engine, written
from enclave_registers.cleaning import branches, land_plots, yearbook
from enclave_registers.cleaning import links as registers
from enclave_registers.cleaning.row_counts import RECORDS, Flow


def build(source: str) -> None:
    """Clean the admitted tables of `source` and write its panels and its flow table.

    Treated pairs and cohorts are those of `treated_pairs.of_source(source)`. The set is written as a
    whole: if anything fails, the former panels stay.
    """
    flow, opened = Flow(), engine.open_raw(source, engine.connect())
    engine.check_room(source)
    with engine.faults():
        made = clean(opened, flow, panels.pairs(treated_pairs.of_source(source)))
        with files.new_folder(paths.panels(source)) as folder:
            _write(made, flow, folder)


def _write(made: dict[str, pd.DataFrame], flow: Flow, folder: Path) -> None:
    for name, frame in made.items():
        files.write_parquet(written.validate(frame, FILES[name]), folder / f"{name}.parquet")
    files.write_csv(written.validate(flow.frame(), FILES["flow"]), folder / "flow.csv")


def seats(source: str) -> pd.DataFrame:
    """The firms of Guangdong with the city that cleaning finds: firm_id, name, located (city code), located_by.

    Sorted by firm_id; for scoring the name-to-city step, not part of the panels.
    """
    raw = engine.open_raw(source, engine.connect())
    found = registers.seats(raw, Flow(), ["firm_id", "seat", "by_name"])
    names = raw.firms.select("firm_id", "name").distinct()
    seated = found.filter(found.seat.notnull()).inner_join(names, "firm_id")
    by = ibis.ifelse(seated.by_name, "name", "column")
    told = seated.select("firm_id", "name", located=seated.seat.cast(str), located_by=by)
    return told.order_by("firm_id").execute()


def clean(raw: engine.Raw, flow: Flow, pair_facts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All panels from the raw tables, each a frame sorted by its keys."""
    raw = replace(raw, seats=registers.seats(raw, flow))
    links = registers.clean(raw, flow) | {"branches": branches.clean(raw, flow)}
    made = {name: flow.run(name, links[name], PAIR_STEPS, raw) for name in panels.PAIR_PANELS}
    made = {name: panel.merge(pair_facts[[*panels.PAIR, "cohort"]], on=panels.PAIR) for name, panel in made.items()}
    made["network"] = flow.run("network", links["network"], NETWORK_STEPS, raw)
    made["pairs"] = pair_facts
    made["yearbook"] = flow.run("yearbook", yearbook.clean(raw, flow), [leave_gaps], raw)
    made["land"] = flow.run("land", land_plots.clean(raw, flow), LAND_STEPS, raw)
    return made


def count_links_by_city_and_year(links: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """The firm-level records are added up to pairs of cities and years (fourth treatment)."""
    counts = links.groupby(["investor", "investee", "year"], as_index=False)[RECORDS].sum()
    return counts.rename(columns={RECORDS: "count"})


def fill_years_without_link(cells: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Years without a link between helper and recipient count zero (note 4 of section 4.1)."""
    cells = cells.rename(columns={"investor": "helper", "investee": "recipient"})
    return balance.fill_years_without_link(cells)


def drop_pairs_never_linked(panel: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Pairs without a link in any year are dropped (note 3 of section 4.1)."""
    return balance.drop_pairs_never_linked(panel)


def fill_directed_pairs(cells: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Every ordered pair of two of the 21 cities has a count in every year."""
    return balance.fill_directed_pairs(cells)


def fill_years_without_grant(areas: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """A county has an area inside and outside its parks in every year, zero where nothing was granted (eighth step)."""
    return balance.fill_years_without_grant(areas)


def leave_gaps(figures: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Nothing is dropped: gaps of the yearbook stay gaps."""
    return figures


PAIR_STEPS = [count_links_by_city_and_year, fill_years_without_link, drop_pairs_never_linked]
NETWORK_STEPS = [count_links_by_city_and_year, fill_directed_pairs]
LAND_STEPS = [fill_years_without_grant]
