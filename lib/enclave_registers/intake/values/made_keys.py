"""Identifiers for records that have none, made from the content of the record: equal records get the same one."""

import hashlib

import pandas as pd

from enclave_registers.intake.values import cell_types

LENGTH = 16
START = "MADE-"


def filled(columns: dict[str, pd.Series], key: str) -> pd.Series:
    """The column `key`, with an identifier made from the other columns where it is empty."""
    given = cell_types.plain(columns[key])
    others = pd.DataFrame({name: cell_types.plain(cells) for name, cells in columns.items() if name != key})
    empty = others[given.isna()].fillna("")
    made = [START + _digest(row) for row in zip(*(empty[name] for name in sorted(empty)), strict=True)]
    return given.mask(given.isna(), pd.Series(made, index=empty.index, dtype="str").reindex(given.index))


def _digest(cells: tuple[str, ...]) -> str:
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:LENGTH].upper()
