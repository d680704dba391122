"""Newly fitted counts replace those of a committed twin if they meet more printed numbers exactly."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from enclave.exhibits import appendix_d
from enclave.facts import treated_pairs
from enclave.panels import targets


def adopt(place: Path, source: str, tell: Callable[[str], None]) -> pd.DataFrame:
    """Copy the counts of `place` over those of the committed twin `source`, if more printed numbers are exact.

    Returns the scorecard of the new counts in both cases. Raises EnclaveError if `source` is no committed twin.
    """
    fitted = targets.of_folder(place, treated_pairs.of_source(source), source)
    new, old = appendix_d.report(fitted), appendix_d.report(targets.of(source))
    exact = [int((one["grade"] == "exact").sum()) for one in (new, old)]
    tell(f"{exact[0]} printed numbers exact; the committed twin has {exact[1]}.")
    if exact[0] > exact[1]:
        targets.write(targets.read(place), targets.folder(source))
        tell(f"The new counts are now in {targets.folder(source)}.")
    return new
