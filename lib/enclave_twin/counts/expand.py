"""Expansion of counts into single links and branches: a count of three becomes three rows."""

import numpy as np
import pandas as pd

# most stakes that are put into one firm
STAKES_PER_FIRM = 2


def single_links(counts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per link that cleaning must count: investor, investee, year, manufacturing (bool), firm, place_in_firm.

    `counts` are the tables of `enclave.panels.targets`. `firm` numbers the firms invested in from 0. A firm holds at
    most `STAKES_PER_FIRM` stakes of the same city and kind of industry, in the order of their years. `place_in_firm`
    numbers the stakes of a firm from 0.
    """
    keys = ["investor", "investee", "year"]
    other = _other_industries(counts).assign(manufacturing=False)
    cells = pd.concat([counts["network"].assign(manufacturing=True), other])
    rows = _repeated(cells).sort_values(["investee", "manufacturing", "year", "investor"], ignore_index=True)
    group = ["investee", "manufacturing"]
    rows["pack"] = rows.groupby(group).cumcount() // STAKES_PER_FIRM
    rows["firm"] = rows.groupby([*group, "pack"], sort=False).ngroup()
    rows["place_in_firm"] = rows.groupby("firm").cumcount()
    return rows[[*keys, "manufacturing", "firm", "place_in_firm"]]


def single_branches(counts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per branch that cleaning must count: investor, investee, year."""
    named = counts["branches"].rename(columns={"helper": "investor", "recipient": "investee"})
    return _repeated(named).sort_values(["investee", "year", "investor"], ignore_index=True)


def _repeated(cells: pd.DataFrame) -> pd.DataFrame:
    """Each row as often as its column `count` says."""
    return cells.iloc[np.repeat(np.arange(len(cells)), cells["count"])].reset_index(drop=True)


def _other_industries(counts) -> pd.DataFrame:
    """Links outside manufacturing, from helper to recipient: all industries minus manufacturing."""
    keys = ["helper", "recipient", "year"]
    both = counts["all_industry"].merge(counts["manufacturing"], on=keys, how="left", suffixes=("", "_made"))
    both["count"] -= both["count_made"].fillna(0).astype("int64")
    named = both.rename(columns={"helper": "investor", "recipient": "investee"})
    return named[["investor", "investee", "year", "count"]]
