"""From target counts to panels in one call, and the counts on both ends, for tests that hold one against the other."""

import pandas as pd

from enclave import panels
from enclave.base import paths
from enclave.base.terms import PAIR, PAIR_PANELS
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import validate
from enclave_twin import write

# keys of the panels with one count per cell
KEYS = {name: [*PAIR, "year"] for name in PAIR_PANELS} | {"network": ["investor", "investee", "year"]}


def build(source, folder, patch, **options):
    """Write registers below `folder`, validate and clean them. `options` are those of `write.registers`."""
    patch.setattr(paths, "BUILD", folder)
    write.registers(source, **options)
    validate.store(source)
    pipeline.build(source)


def true_counts(name):
    """The counts of the committed twin that are not zero, sorted by their keys."""
    keys = KEYS[name]
    codes = dict.fromkeys([key for key in keys if key != "year"], "str")
    return pd.read_csv(paths.TWIN / f"{name}.csv", dtype=codes).query("count > 0").sort_values(keys, ignore_index=True)


def cleaned(name, source):
    """The counts of a panel that are not zero."""
    panel = panels.read(name, source)
    return panel.loc[panel["count"] > 0, [*KEYS[name], "count"]].reset_index(drop=True)
