"""The panels of one source: the registers write them, the estimators read them. Files and columns: see `columns`."""

from enclave.base.terms import LAND_YEARS, PAIR, PAIR_PANELS, YEARS
from enclave.panels.balance import (
    balanced,
    drop_pairs_never_linked,
    fill_directed_pairs,
    fill_years_without_grant,
    fill_years_without_link,
    pairs,
)
from enclave.panels.collection import Panels, of, read

__all__ = [
    "LAND_YEARS",
    "PAIR",
    "PAIR_PANELS",
    "YEARS",
    "Panels",
    "balanced",
    "drop_pairs_never_linked",
    "fill_directed_pairs",
    "fill_years_without_grant",
    "fill_years_without_link",
    "of",
    "pairs",
    "read",
]
