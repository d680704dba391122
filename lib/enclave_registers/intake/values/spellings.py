"""Places and industry codes, column by column, in the spelling that the cleaning knows (the usual one).

`place_names` and `industry_codes` read a single cell; further spellings of places are in `data/facts/spellings.csv`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from enclave_registers.intake.values import industry_codes, place_names
from enclave_registers.intake.values.adjustments import INDUSTRY, PLACE

Reader = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Usual:
    """A column in its usual spelling, and how many of its cells were written in another one, of which kind."""

    values: pd.Series
    kind: str
    changed: int


def usual(table: str, frame: pd.DataFrame) -> dict[str, Usual]:
    """The columns of a table in which cells were written in an unusual way. A cell of no known meaning stays."""
    if table == "industries":
        return _changed("code", frame["code"], INDUSTRY, lambda codes: industry_codes.usual(codes, frame["standard"]))
    found = [_changed(column, frame[column], PLACE, read) for column, read in PLACES.get(table, {}).items()]
    return {column: made for changed in found for column, made in changed.items()}


def _changed(column: str, written: pd.Series, kind: str, read: Reader) -> dict[str, Usual]:
    values = read(written)
    changed = 0 if values is written else int((values != written)[written.notna()].sum())
    return {column: Usual(values, kind, changed)} if changed else {}


SEAT: dict[str, Reader] = {"province": place_names.usual_provinces, "city": place_names.usual_cities}
PLACES: dict[str, dict[str, Reader]] = {
    "firms": SEAT,
    "branches": SEAT,
    "yearbook": {"city": place_names.usual_cities},
    "land": {"county_code": place_names.usual_counties},
}
