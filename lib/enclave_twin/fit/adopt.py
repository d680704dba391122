"""Newly fitted counts replace those of a committed twin if they are nearer to print, or as near and more plausible."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from enclave.exhibits import appendix_c, appendix_d
from enclave.facts import treated_pairs
from enclave.panels import targets


def adopt(place: Path, source: str, tell: Callable[[str], None]) -> pd.DataFrame:
    """Copy the counts of `place` over those of the committed twin `source`, if they are better.

    They are better if more printed numbers are exact, or as many and more rules of plausibility hold. Returns the
    scorecard of the new counts in both cases. Raises EnclaveError if `source` is no committed twin.
    """
    fitted, committed = targets.of_folder(place, treated_pairs.of_source(source), source), targets.of(source)
    if all((place / name).read_bytes() == (targets.folder(source) / name).read_bytes() for name in _files()):
        tell("The new counts are those of the committed twin to the byte.")
        return appendix_d.report(fitted)
    new, old = appendix_d.report(fitted), appendix_d.report(committed)
    exact = [int((one["grade"] == "exact").sum()) for one in (new, old)]
    held = [int(appendix_c.check(one)["holds"].sum()) for one in (fitted, committed)]
    tell(f"{exact[0]} printed numbers exact and {held[0]} of {len(appendix_c.RULES)} rules of plausibility hold.")
    tell(f"The committed twin has {exact[1]} and {held[1]}.")
    if (exact[0], held[0]) > (exact[1], held[1]):
        targets.write(targets.read(place), targets.folder(source))
        tell(f"The new counts are now in {targets.folder(source)}.")
    return new


def broken(tables: dict[str, pd.DataFrame], treated: pd.DataFrame, source: str) -> int:
    """How many rules of plausibility the target counts of a twin break. treated: its list."""
    with TemporaryDirectory() as place:
        targets.write(tables, Path(place))
        made = targets.of_folder(Path(place), treated, source)
        return int((~appendix_c.check(made)["holds"]).sum())


def _files() -> list[str]:
    """Names of the files of target counts."""
    return [f"{name}.csv" for name in targets.COLUMNS]
