"""The cleaning as a whole: validated tables in, all panels of a source out.

The steps of a raw table are in the module of that table; those of a panel are here.
"""

from dataclasses import replace
from pathlib import Path

import ibis
import pandas as pd

from enclave import panels
from enclave.base import files, paths, sources
from enclave.base.errors import EnclaveError, command
from enclave.facts import treated_pairs
from enclave.panels import balance
from enclave.panels.columns import FILES
from enclave_registers import engines, written
from enclave_registers.cleaning import branches, firms, land_plots, shareholders, yearbook
from enclave_registers.cleaning.row_counts import RECORDS, RowCounts
from enclave_registers.validated import Raw, check_disk_space, open_raw


def build(source: str) -> None:
    """Clean the validated tables of `source`; write its panels, and flow.csv with the rows before and after each step.

    Treated pairs and cohorts are those of `treated_pairs.of_source(source)`. All files are replaced together: after
    an error the former panels are still there.
    """
    raw = open_raw(source, engines.connect())
    check_disk_space(source)
    with engines.clear_errors():
        row_counts = RowCounts()
        made = clean(raw, row_counts, panels.pairs(treated_pairs.of_source(source)))
        refuse_empty(made, row_counts.frame(), source)
        with files.new_folder(paths.panels(source), private=sources.is_private(source)) as folder:
            _write(made, row_counts, folder)


def refuse_empty(made: dict[str, pd.DataFrame], counts: pd.DataFrame, source: str) -> None:
    """Raise EnclaveError for panels without a count or an area: no chapter could say anything about them.

    counts : `RowCounts.frame()` of the run. The message names the step after which no record was left.
    """
    empty = [name for name, column in MEASURED.items() if not made[name][column].any()]
    if empty:
        where = "\n".join(f"  {name}: {_last_step(name, counts)}" for name in empty)
        raise EnclaveError(
            f"No record of source {source} is left for {', '.join(empty)}. The former panels stay.\n{where}\n"
            f"{command('check', SOURCE=source)} shows how the cells that these steps read were understood."
        )


def _last_step(panel: str, counts: pd.DataFrame) -> str:
    """The step of a panel, or of the table it is made of, after which no record was left."""
    steps = counts[counts["table"].isin(["firms", FROM_TABLE.get(panel, panel), panel])]
    ended = steps[(steps["rows_in"] > 0) & (steps["rows_out"] == 0)]
    if ended.empty:
        return "its table has no record of the cities and years of the panel"
    table, step, rows, _, reason = ended.iloc[0]
    return f'the step "{step}" of {table} drops all {rows:,} records that are left before it. {reason}'


def _write(made: dict[str, pd.DataFrame], row_counts: RowCounts, folder: Path) -> None:
    for name, frame in made.items():
        files.write_parquet(written.validate(frame, FILES[name]), folder / f"{name}.parquet")
    files.write_csv(written.validate(row_counts.frame(), FILES["flow"]), folder / "flow.csv")


def seats(source: str) -> pd.DataFrame:
    """The firms of Guangdong with the city that cleaning finds: firm_id, name, located (city code), located_by.

    Sorted by firm_id; for scoring the name-to-city step, not part of the panels.
    """
    raw = open_raw(source, engines.connect())
    found = firms.seats(raw, RowCounts(), ["firm_id", "seat", "located_by_name"])
    names = raw.firms.select("firm_id", "name").distinct()
    located = found.filter(found.seat.notnull()).inner_join(names, "firm_id")
    by = ibis.ifelse(located.located_by_name, "name", "column")
    return (
        located.select("firm_id", "name", located=located.seat.cast(str), located_by=by).order_by("firm_id").execute()
    )


def clean(raw: Raw, row_counts: RowCounts, pair_facts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All panels from the raw tables, each a frame sorted by its keys."""
    raw = replace(raw, seats=firms.seats(raw, row_counts))
    found = shareholders.clean(raw, row_counts) | {"branches": branches.clean(raw, row_counts)}
    made = {name: row_counts.run(name, found[name], PAIR_STEPS, raw) for name in panels.PAIR_PANELS}
    made = {name: panel.merge(pair_facts[[*panels.PAIR, "cohort"]], on=panels.PAIR) for name, panel in made.items()}
    made["network"] = row_counts.run("network", found["network"], NETWORK_STEPS, raw)
    made["pairs"] = pair_facts
    made["yearbook"] = row_counts.run("yearbook", yearbook.clean(raw, row_counts), [leave_gaps], raw)
    made["land"] = row_counts.run("land", land_plots.clean(raw, row_counts), LAND_STEPS, raw)
    return made


def count_links_by_city_and_year(links: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """The firm-level records are added up to pairs of cities and years (fourth treatment)."""
    counts = links.groupby(["investor", "investee", "year"], as_index=False)[RECORDS].sum()
    return counts.rename(columns={RECORDS: "count"})


def fill_years_without_link(cells: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """Years without a link between helper and recipient count zero (note 4 of section 4.1)."""
    cells = cells.rename(columns={"investor": "helper", "investee": "recipient"})
    return balance.fill_years_without_link(cells)


def drop_pairs_never_linked(panel: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """Pairs without a link in any year are dropped (note 3 of section 4.1)."""
    return balance.drop_pairs_never_linked(panel)


def fill_directed_pairs(cells: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """Every ordered pair of two of the 21 cities has a count in every year."""
    return balance.fill_directed_pairs(cells)


def fill_years_without_grant(areas: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """A county has an area inside and outside its parks in every year, zero where nothing was granted (eighth step)."""
    return balance.fill_years_without_grant(areas)


def leave_gaps(figures: pd.DataFrame, raw: Raw) -> pd.DataFrame:
    """Nothing is dropped: gaps of the yearbook stay gaps."""
    return figures


# panel -> its measure, which is not zero everywhere
MEASURED = {**dict.fromkeys([*panels.PAIR_PANELS, "network"], "count"), "land": "area_ha"}
# panel -> the raw table whose steps come before its own
FROM_TABLE = {"manufacturing": "shareholders", "all_industry": "shareholders", "network": "shareholders"}
PAIR_STEPS = [count_links_by_city_and_year, fill_years_without_link, drop_pairs_never_linked]
NETWORK_STEPS = [count_links_by_city_and_year, fill_directed_pairs]
LAND_STEPS = [fill_years_without_grant]
