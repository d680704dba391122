"""Appendix D. The committed twins side by side: what each of them gives for the printed numbers.

The exhibits are computed from the panels of the target counts (`enclave.panels.targets`). Cleaning the registers of a
twin gives the same panels, so that no registers are needed here.
"""

from collections.abc import Iterable

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.arguments import takes_tables
from enclave.exhibits import MAKERS, TABLES, scorecard
from enclave.panels import Panels, targets


def make(twins: Iterable[str] | None = None) -> pd.DataFrame:
    """The scorecards of several twins, by default of all committed ones, one below the other.

    Columns: twin, then those of `scorecard.compare`. Raises EnclaveError for a name that is no committed twin.
    """
    names = paths.twins() if twins is None else list(twins)
    return pd.concat([report(targets.of(name)).assign(twin=name) for name in names], ignore_index=True)


@takes_tables
def report(panels: Panels) -> pd.DataFrame:
    """The scorecard of any panels: each printed number with our value and its grade (see `scorecard.compare`)."""
    return scorecard.compare(cells(panels), facts.published())


@takes_tables
def cells(panels: Panels) -> pd.DataFrame:
    """The cells of Tables 1 to 5, in the order of the paper."""
    made = pd.concat([MAKERS[table](panels) for table in TABLES], ignore_index=True)
    made.attrs["source"] = panels.source
    return made
