"""The cleaned panels of one source, as the book reads them. Files and columns: see the codebook."""

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError, command
from enclave.facts import treated_pairs

PAIR = ["helper", "recipient"]
YEARS = range(2000, 2019)
LAND_YEARS = range(2011, 2021)
PAIR_PANELS = ["manufacturing", "all_industry", "branches"]


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


def pairs(treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The 108 pairs with a list of treated ones (`treated_pairs.derive` by default).

    Columns: helper, recipient, cohort and park (missing = never treated), four distances of Table 4 in km.
    """
    treated = treated_pairs.derive() if treated is None else treated
    every = facts.distances().merge(treated, on=PAIR, how="left", validate="1:1")
    distances = [column for column in every if column.startswith("dist_")]
    every["cohort"] = every["cohort"].astype("Int64")
    return every[[*PAIR, "cohort", "park", *distances]].sort_values(PAIR, ignore_index=True)


def balanced(cells: pd.DataFrame, **levels) -> pd.DataFrame:
    """One row per combination of the `levels` (column = its values), zero where `cells` has none, sorted by them."""
    keys = list(levels)
    every = pd.MultiIndex.from_product(levels.values(), names=keys).to_frame(index=False)
    filled = every.merge(cells, on=keys, how="left", validate="1:1")
    values = cells.columns.difference(keys)
    return filled.fillna(dict.fromkeys(values, 0)).astype(cells.dtypes.to_dict())
