"""Target counts that are fitted to nothing: drawn from the count process that the fit starts from. For the tests."""

import numpy as np
import pandas as pd

from enclave.panels.targets import COLUMNS
from enclave_twin.counts import land_counts, process, yearbook_counts

SEED = 2


def simulate(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The six tables of `COLUMNS` from the count process (see process, cityyears, landgrants): synthetic throughout."""
    links, city_years, land = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    tables = process.link_tables(links)
    pairs = process.pair_frame().merge(tables["manufacturing"][process.PAIR].drop_duplicates(), on=process.PAIR)
    kept = pairs[["recipient"]].assign(treated=pairs["cohort"].notna())
    made = tables | {"yearbook": yearbook_counts.yearbook(kept, city_years), "land": land_counts.grants(land)}
    return {name: made[name][columns] for name, columns in COLUMNS.items()}
