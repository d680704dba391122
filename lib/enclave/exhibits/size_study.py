"""How often the tests of an effect reject if there is none: a study of their size at the design of the paper.

The design has 13 treated pairs of the list, since their years, and as many other pairs as Table 1 counts: those at the
smallest distance, since distant pairs without a link were deleted. Errors are drawn by the makers of
`many_draws.MAKERS`. The results are committed, part by part; `python -m enclave_book.size_study` makes them.
"""

import hashlib

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR, YEARS
from enclave.estimators import many_draws
from enclave.estimators.many_draws import MAKERS, Design

PAIRS = 88
DISTANCE = "dist_centroid_km"
# draws in a part, and those of the committed study for each kind of errors
PART, DRAWS = 100, 1000
SEED = 20240412
LEVELS = (0.10, 0.05, 0.01)
# a test keeps its word if it rejects at most this many times its level
TOLERATED = 1.5
KEYS = ["errors", "part", "level"]
FILE = paths.SIZE_STUDY / "parts.csv"
MADE_FROM = paths.SIZE_STUDY / "made_from.txt"


def design(treated: pd.DataFrame | None = None, pairs: int = PAIRS) -> Design:
    """The design of the study: the treated pairs (default `facts.treated`) and their nearest other pairs."""
    listed = facts.treated() if treated is None else treated
    every = facts.distances().merge(listed[[*PAIR, "cohort"]], on=PAIR, how="left")
    kept = every.assign(never=every["cohort"].isna()).sort_values(["never", DISTANCE, *PAIR]).head(pairs)
    kept = kept.sort_values(PAIR, ignore_index=True)
    first = kept["cohort"].fillna(YEARS.stop).to_numpy(int) - YEARS.start
    helper, recipient = (pd.factorize(kept[key])[0] for key in PAIR)
    return Design(first, helper, recipient, len(YEARS))


def made_from(given: Design) -> str:
    """The checksum of all that the counts depend on beside the code: design, seed, size of a part, numbers of draws."""
    numbers = (SEED, PART, many_draws.SIGNS, many_draws.DEALS, many_draws.PATHS, *LEVELS, *MAKERS)
    found = hashlib.sha256(repr(numbers).encode())
    for array in (given.first, given.helper, given.recipient):
        found.update(np.asarray(array, dtype="<i8").tobytes())
    return found.hexdigest()


def part(given: Design, errors: str, number: int) -> pd.DataFrame:
    """One part: errors, part, level, draws, and for each test how many of its draws it rejects.

    A two-way variance that is not positive gives no error, and counts as no rejection.
    """
    generator = np.random.default_rng([SEED, list(MAKERS).index(errors), number])
    outcomes = MAKERS[errors](generator, given, PART)
    found = many_draws.p_values(given, outcomes, seed=SEED + number)
    rows = [
        {"errors": errors, "part": number, "level": level, "draws": PART}
        | {test: int((values <= level + 1e-12).sum()) for test, values in found.items()}
        for level in LEVELS
    ]
    return pd.DataFrame(rows)


@takes_tables
def rejections(level: float = 0.05, *, parts: pd.DataFrame | None = None) -> pd.DataFrame:
    """The committed study: errors, test, share rejected, and the standard error of that share by the number of draws.

    `parts` as the file has them (default: the file). Raises EnclaveError if the file was made from another design, and
    for another level.
    """
    if parts is None:
        if MADE_FROM.read_text(encoding="utf-8").strip() != made_from(design()):
            raise EnclaveError(
                f"{FILE.name} was made from another list of treated pairs. Run `python -m enclave_book.size_study`."
            )
        parts = pd.read_csv(FILE)
    chosen = parts[np.isclose(parts["level"], level)]
    if chosen.empty:
        raise EnclaveError(f"The study has no level {level}. Choose one of {', '.join(map(str, LEVELS))}.")
    sums = chosen.drop(columns=["part", "level"]).groupby("errors", sort=False).sum()
    shares = sums.drop(columns="draws").div(sums["draws"], axis=0)
    made = shares.rename_axis(columns="test").stack().rename("rejected").reset_index()
    draws = made["errors"].map(sums["draws"])
    return made.assign(error=np.sqrt(made["rejected"] * (1 - made["rejected"]) / draws), draws=draws)


@takes_tables
def summary(level: float = 0.05, *, parts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Of each test the smallest and the largest share that it rejects, and under which errors; `rejections` in short.

    Returns
    -------
    test, lowest, highest, errors (of the highest), keeps (whether the highest is at most `TOLERATED` times the level,
    or above it by no more than two standard errors)
    """
    found = rejections(level, parts=parts)
    order = list(dict.fromkeys(found["test"]))
    rows = found.loc[found.groupby("test")["rejected"].idxmax()].set_index("test").loc[order]
    most = TOLERATED * level
    room = 2 * np.sqrt(most * (1 - most) / rows["draws"])
    lowest = found.groupby("test")["rejected"].min().loc[order]
    made = pd.DataFrame({"lowest": lowest, "highest": rows["rejected"], "errors": rows["errors"]})
    return made.assign(keeps=rows["rejected"] <= most + room).rename_axis("test").reset_index()
