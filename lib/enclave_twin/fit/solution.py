"""The result of a fit as the tables of target counts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave_twin.counts import land, links
from enclave_twin.fit import yearbook
from enclave_twin.fit.targets import interval


@dataclass(frozen=True)
class Solution:
    """The result of a fit.

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
    """The six tables of `targets.COLUMNS`. Network and land are drawn from their processes, the others are fitted."""
    link_rng, yearbook_rng, land_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    made = {name: long(getattr(solution, name)) for name in ("manufacturing", "all_industry", "branches")}
    kept = solution.manufacturing.index.to_frame(index=False)
    kept = kept.merge(solution.treated, on=PAIR, how="left")
    kept = kept[["recipient"]].assign(treated=kept["cohort"].notna())
    made["network"] = links.network(made["manufacturing"], link_rng)
    made["yearbook"] = yearbook.figures(solution.base, kept, table_1(), yearbook_rng)
    made["land"] = land.grants(land_rng)
    return made


def long(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per pair and year with a count: helper, recipient, year, count."""
    stacked = counts.rename_axis(columns="year").stack().rename("count").reset_index()
    return stacked[stacked["count"] > 0].sort_values([*PAIR, "year"], ignore_index=True)


def table_1() -> dict[str, list[tuple[float, float]]]:
    """Intervals of Table 1 by variable: mean and deviation of control rows, then of treated rows."""
    cells = [(group, statistic) for group in ("control", "treated") for statistic in ("mean", "sd")]
    return {name: [interval(1, group, name, statistic) for group, statistic in cells] for name in yearbook.VARIABLES}
