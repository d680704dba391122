"""From counts to single links and branches, and to the firms that they need at least."""

import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError

STAKES_PER_FIRM = 2


def links(counts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per link that cleaning must count: investor, investee, year, manufacturing (bool), firm, place_in_firm.

    `firm` numbers the firms invested in from 0: stakes in one city and kind of industry are put together in the order
    of their years, at most two a firm. `place_in_firm` counts them within the firm from 0.
    """
    keys = ["investor", "investee", "year"]
    other = _other_industries(counts).assign(manufacturing=False)
    cells = pd.concat([counts["network"].assign(manufacturing=True), other])
    rows = exploded(cells).sort_values(["investee", "manufacturing", "year", "investor"], ignore_index=True)
    group = ["investee", "manufacturing"]
    rows["pack"] = rows.groupby(group).cumcount() // STAKES_PER_FIRM
    rows["firm"] = rows.groupby([*group, "pack"], sort=False).ngroup()
    rows["place_in_firm"] = rows.groupby("firm").cumcount()
    return rows[[*keys, "manufacturing", "firm", "place_in_firm"]]


def branches(counts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per branch that cleaning must count: investor, investee, year."""
    named = counts["branches"].rename(columns={"helper": "investor", "recipient": "investee"})
    return exploded(named).sort_values(["investee", "year", "investor"], ignore_index=True)


def exploded(cells: pd.DataFrame) -> pd.DataFrame:
    """Each row as many times as its count says."""
    return cells.iloc[np.repeat(np.arange(len(cells)), cells["count"])].reset_index(drop=True)


def _other_industries(counts) -> pd.DataFrame:
    """Links outside manufacturing, from helper to recipient: all industries less manufacturing."""
    keys = ["helper", "recipient", "year"]
    both = counts["all_industry"].merge(counts["manufacturing"], on=keys, how="left", suffixes=("", "_made"))
    both["count"] -= both["count_made"].fillna(0).astype("int64")
    named = both.rename(columns={"helper": "investor", "recipient": "investee"})
    return named[["investor", "investee", "year", "count"]]


def check_room(firms: int, needed: int) -> None:
    """Raise EnclaveError if fewer firms are asked for than the counts need."""
    if firms < needed:
        raise EnclaveError(f"{firms} firms cannot carry the counts. Ask for at least {needed} firms.")
