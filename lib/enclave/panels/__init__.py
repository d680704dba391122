"""The panels of one source: registers write them, estimators read them."""

from enclave.panels.collection import Panels, of
from enclave.panels.tables import (
    LAND_YEARS,
    PAIR,
    PAIR_PANELS,
    YEARS,
    balanced,
    pairs,
    read,
)

__all__ = [
    "LAND_YEARS",
    "PAIR",
    "PAIR_PANELS",
    "YEARS",
    "Panels",
    "balanced",
    "of",
    "pairs",
    "read",
]
