"""Counts that are fitted to nothing: a draw from the processes that the fit starts from."""

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave.panels.targets import COLUMNS
from enclave_twin.counts import land, links, yearbook


def simulate(seed: int) -> dict[str, pd.DataFrame]:
    """The six tables of `COLUMNS`, each drawn from its process in `enclave_twin.counts`."""
    link_rng, yearbook_rng, land_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    tables = links.link_tables(link_rng)
    pairs = links.pair_frame().merge(tables["manufacturing"][PAIR].drop_duplicates(), on=PAIR)
    kept = pairs[["recipient"]].assign(treated=pairs["cohort"].notna())
    made = tables | {"yearbook": yearbook.yearbook(kept, yearbook_rng), "land": land.grants(land_rng)}
    return {name: made[name][columns] for name, columns in COLUMNS.items()}
