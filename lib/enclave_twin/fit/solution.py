"""A found solution as the tables of target counts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave import facts
from enclave_twin.counts import land, links
from enclave_twin.fit import yearbook

PAIR = PAIR


@dataclass(frozen=True)
class Solution:
    """What the search finds.

    Attributes
    ----------
    manufacturing, all_industry, branches : counts, pairs x years, the pairs as index (helper, recipient), sorted
    base : raw figures of 2000 by recipient (see `yearbook.first_year`)
    treated : helper, recipient, cohort, park
    """

    manufacturing: pd.DataFrame
    all_industry: pd.DataFrame
    branches: pd.DataFrame
    base: pd.DataFrame
    treated: pd.DataFrame


def tables(solution: Solution, seed: int) -> dict[str, pd.DataFrame]:
    """The six tables of `targets.COLUMNS`: fitted ones as found, network and land drawn from their processes."""
    links, city_years, land = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    made = {name: long(getattr(solution, name)) for name in ("manufacturing", "all_industry", "branches")}
    kept = solution.manufacturing.index.to_frame(index=False)
    kept = kept.merge(solution.treated, on=PAIR, how="left")
    kept = kept[["recipient"]].assign(treated=kept["cohort"].notna())
    made["network"] = links.network(made["manufacturing"], links)
    made["yearbook"] = yearbook.figures(solution.base, kept, table_1(), city_years)
    made["land"] = land.grants(land)
    return made


def long(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per pair and year with a count: helper, recipient, year, count."""
    stacked = counts.rename_axis(columns="year").stack().rename("count").reset_index()
    return stacked[stacked["count"] > 0].sort_values([*PAIR, "year"], ignore_index=True)


def table_1() -> dict[str, list[tuple[float, float]]]:
    """Intervals of Table 1 by variable: mean and deviation of control rows, then of treated rows."""
    printed = facts.published().query("table == '1'").set_index(["row", "column", "statistic"])
    cells = [(group, statistic) for group in ("control", "treated") for statistic in ("mean", "sd")]
    return {name: [interval(printed.loc[(name, *cell)]) for cell in cells] for name in yearbook.VARIABLES}


def interval(cell: pd.Series) -> tuple[float, float]:
    """All values that round to a printed number."""
    half = 0.5 * 10.0 ** -int(cell["decimals"])
    return float(cell["printed"]) - half, float(cell["printed"]) + half
