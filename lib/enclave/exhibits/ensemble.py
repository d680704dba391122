"""Appendix D: an ensemble in place of one list. What ten estimators give where the printed tables are the same.

A member of the ensemble is a set of counts with a list of treated pairs of `data/lists/candidates.csv`, with distances
measured as that list asks, that prints the columns without controls of Tables 1 to 4, or nearly so. The members and
their estimates are committed; `python -m enclave_twin.ensemble` makes them.
"""

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.estimators.compare import METHODS

FILE = paths.ENSEMBLE / "estimates.csv"
MADE_FROM = paths.ENSEMBLE / "made_from.txt"
INPUTS = (
    *(paths.LISTS / name for name in ("candidates.csv", "treated_candidates.csv", "distance_conventions.csv")),
    paths.PUBLISHED / "published.csv",
)
COMMAND = "python -m enclave_twin.ensemble"
# a list, and which of its members
MEMBER = ["rank", "repeat"]
# a member prints the tables if all its misses add up to less than this, in half units of the last digits
NEAR = 6.0


def made_from(inputs: Iterable = INPUTS) -> str:
    """The checksum of the files that the ensemble depends on, line ends aside."""
    found = hashlib.sha256()
    for file in inputs:
        found.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


def read(near: float = NEAR) -> pd.DataFrame:
    """The estimates of the members that print the tables: rank, repeat, convention, away, method, estimate, std_error.

    Parameters
    ----------
    near : largest sum of the misses of a member, in half units of the last printed digits

    Raises
    ------
    EnclaveError if the files that the ensemble was made from have changed, or if no member is near enough.
    """
    if MADE_FROM.read_text(encoding="utf-8").strip() != made_from():
        raise EnclaveError(f"{FILE.name} was made from other lists, distances or printed numbers. Run `{COMMAND}`.")
    rows = pd.read_csv(FILE)
    near_rows = rows[rows["away"] <= near].reset_index(drop=True)
    if near_rows.empty:
        raise EnclaveError(f"No member is within {near:g} half units. The nearest is {rows['away'].min():.2f} away.")
    return near_rows


def spread(rows: pd.DataFrame) -> pd.DataFrame:
    """How far the estimates of each method move where the tables stay the same.

    Parameters
    ----------
    rows : as `read` gives them

    Returns
    -------
    one row per method, in the order of `METHODS`: method, lowest, median and highest estimate (links a year) over
    lists, one member each; `over_lists`, their standard deviation; `over_draws`, that of the members of the first list
    alone; `std_error`, the median error clustered by pair; `significant`, the share of lists with |estimate| at least
    1.645 errors. `over_draws` is missing if the first list has a single member.
    """
    one_each = rows[rows["repeat"] == rows.groupby("rank")["repeat"].transform("min")]
    of_first = rows[rows["rank"] == rows["rank"].min()]
    far = (one_each["estimate"].abs() >= 1.645 * one_each["std_error"]).astype(float)
    groups = one_each.assign(far=far).groupby("method")
    made = pd.DataFrame(
        {
            "lowest": groups["estimate"].min(),
            "median": groups["estimate"].median(),
            "highest": groups["estimate"].max(),
            "over_lists": groups["estimate"].std(),
            "over_draws": of_first.groupby("method")["estimate"].std(),
            "std_error": groups["std_error"].median(),
            "significant": groups["far"].mean(),
        }
    )
    order = [name for name in METHODS if name in made.index]
    return made.loc[order].rename_axis("method").reset_index()


def relative(rows: pd.DataFrame) -> pd.Series:
    """Each estimate over that of two-way fixed effects of the same member; missing where that is zero."""
    twfe = rows[rows["method"] == "twfe"].set_index(MEMBER)["estimate"]
    own = twfe.reindex(pd.MultiIndex.from_frame(rows[MEMBER])).to_numpy()
    return pd.Series(np.divide(rows["estimate"], own, out=np.full(len(rows), np.nan), where=own != 0), rows.index)
