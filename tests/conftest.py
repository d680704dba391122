"""What several test modules share."""

import pytest

from enclave import files
from enclave.twin import counts

SMALL_HELPERS = ["440100", "440300"]
SMALL_RECIPIENTS = ["441600", "441800"]


@pytest.fixture(scope="session")
def small_counts(tmp_path_factory):
    """A folder of intended counts small enough for quick registers: two helpers, two recipients, all years."""
    folder = tmp_path_factory.mktemp("counts")
    for name, table in counts.read().items():
        files.write_csv(_small(table), folder / f"{name}.csv")
    return folder


def _small(table):
    cities = {"helper": SMALL_HELPERS, "recipient": SMALL_RECIPIENTS}
    either = [*SMALL_HELPERS, *SMALL_RECIPIENTS]
    for column in table.columns.intersection(["helper", "recipient", "investor", "investee"]):
        table = table[table[column].isin(cities.get(column, either))]
    if "county" in table:
        table = table[table["county"].str[:4].isin([code[:4] for code in SMALL_RECIPIENTS])]
    return table.reset_index(drop=True)
