"""The cleaned panels of one source: written by `build`, read by `read`. Files and columns: see the codebook."""

from dataclasses import replace
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from enclave import branches, cohorts, engine, facts, files, land_grants, paths, registers, yearbook
from enclave.engine import city_codes
from enclave.errors import EnclaveError, command
from enclave.flow import RECORDS, Flow

PAIR = ["helper", "recipient"]
YEARS = range(registers.FIRST_YEAR, registers.LAST_YEAR + 1)
LAND_YEARS = range(land_grants.FIRST_YEAR, land_grants.LAST_YEAR + 1)


def build(source: str) -> None:
    """Clean the admitted tables of `source` and write its panels and its flow table.

    Treated pairs and cohorts are those of `cohorts.of(source)`. The set is written as a whole: if anything fails, the
    former panels stay.
    """
    flow, opened = Flow(), engine.open_raw(source, engine.connect())
    engine.check_room(source)
    with engine.faults():
        made = clean(opened, flow, pairs(cohorts.of(source)))
        with files.new_folder(paths.panels(source)) as folder:
            _write(made, flow, folder)


def _write(made: dict[str, pd.DataFrame], flow: Flow, folder: Path) -> None:
    for name, frame in made.items():
        files.write_parquet(frame, folder / f"{name}.parquet")
    files.write_csv(flow.frame(), folder / "flow.csv")


def read(name: str, source: str) -> pd.DataFrame:
    """A panel of `source`; its `attrs["source"]` says where it comes from, and captions print it.

    Raises EnclaveError if the panel has not been built: nothing is ever read from another source instead.
    """
    path = paths.panels(source) / f"{name}.parquet"
    if not path.exists():
        raise EnclaveError(f"No panel {name!r} of source {source!r}. Run {command('book', SOURCE=source)} first.")
    panel = pd.read_parquet(path)
    panel.attrs["source"] = source
    return panel


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
    made = {name: flow.run(name, links[name], PAIR_STEPS, raw) for name in PAIR_PANELS}
    made = {name: panel.merge(pair_facts[[*PAIR, "cohort"]], on=PAIR) for name, panel in made.items()}
    made["network"] = flow.run("network", links["network"], NETWORK_STEPS, raw)
    made["pairs"] = pair_facts
    made["yearbook"] = flow.run("yearbook", yearbook.clean(raw, flow), [leave_gaps], raw)
    made["land"] = flow.run("land", land_grants.clean(raw, flow), LAND_STEPS, raw)
    return made


def pairs(treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The 108 pairs with a list of treated ones (`cohorts.derive` by default).

    Columns: helper, recipient, cohort and park (missing = never treated), four distances of Table 4 in km.
    """
    treated = cohorts.derive() if treated is None else treated
    every = facts.distances().merge(treated, on=PAIR, how="left", validate="1:1")
    distances = [column for column in every if column.startswith("dist_")]
    every["cohort"] = every["cohort"].astype("Int64")
    return every[[*PAIR, "cohort", "park", *distances]].sort_values(PAIR, ignore_index=True)


def count_links_by_city_and_year(links: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """The firm-level records are added up to pairs of cities and years (fourth treatment)."""
    counts = links.groupby(["investor", "investee", "year"], as_index=False)[RECORDS].sum()
    return counts.rename(columns={RECORDS: "count"})


def fill_years_without_link(cells: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Years without a link between helper and recipient count zero (note 4 of section 4.1)."""
    cells = cells.rename(columns={"investor": "helper", "investee": "recipient"})
    return balanced(cells, helper=city_codes("helper"), recipient=city_codes("recipient"), year=YEARS)


def drop_pairs_never_linked(panel: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Pairs without a link in any year are dropped (note 3 of section 4.1)."""
    return panel[panel.groupby(PAIR)["count"].transform("sum") > 0].reset_index(drop=True)


def fill_directed_pairs(cells: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Every ordered pair of two of the 21 cities has a count in every year."""
    filled = balanced(cells, investor=city_codes(), investee=city_codes(), year=YEARS)
    return filled[filled["investor"] != filled["investee"]].reset_index(drop=True)


def fill_years_without_grant(areas: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """A county has an area inside and outside its parks in every year, zero where nothing was granted (eighth step)."""
    panel = balanced(areas, county=sorted(areas["county"].unique()), park=[0, 1], year=LAND_YEARS)
    return panel.assign(log_area=np.log1p(panel["area_ha"]))


def leave_gaps(figures: pd.DataFrame, raw: engine.Raw) -> pd.DataFrame:
    """Nothing is dropped: gaps of the yearbook stay gaps."""
    return figures


PAIR_PANELS = ["manufacturing", "all_industry", "branches"]
PAIR_STEPS = [count_links_by_city_and_year, fill_years_without_link, drop_pairs_never_linked]
NETWORK_STEPS = [count_links_by_city_and_year, fill_directed_pairs]
LAND_STEPS = [fill_years_without_grant]


def balanced(cells: pd.DataFrame, **levels) -> pd.DataFrame:
    """One row per combination of the `levels` (column = its values), zero where `cells` has none, sorted by them."""
    keys = list(levels)
    every = pd.MultiIndex.from_product(levels.values(), names=keys).to_frame(index=False)
    filled = every.merge(cells, on=keys, how="left", validate="1:1")
    values = cells.columns.difference(keys)
    return filled.fillna(dict.fromkeys(values, 0)).astype(cells.dtypes.to_dict())
