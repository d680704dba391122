"""Data of a student's own: a panel from the count process of the synthetic registers, with a known truth.

The seed is made of the course's key, the student's name and the problem set. Whoever has the repository and no key can
draw data like these, but not these: the truth of a student's data cannot be looked up.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from enclave.base import terms
from enclave.base.terms import PAIR
from enclave_twin.counts import links

YEARS = np.array(terms.YEARS)
NEVER = pd.DataFrame(columns=[*PAIR, "cohort"])


@dataclass(frozen=True)
class Drawn:
    """What a student gets, and what only the grading knows.

    files : name of a file -> its text
    truth : what the data were made from, by names of the problem set's own
    """

    files: dict[str, str]
    truth: dict = field(default_factory=dict)


def generator(key: str, student: str, number: str) -> np.random.Generator:
    """Random numbers of one student and problem set; the same for all spellings of a name (see `plain_name`)."""
    seed = hmac.new(key.encode(), f"{number}|{plain_name(student)}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(seed))


def plain_name(student: str) -> str:
    """A name in small letters, in one form of Unicode, with single spaces for all that is no letter and no number.

    >>> plain_name("Li_Wei "), plain_name("li.wei")
    ('li wei', 'li wei')
    """
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", student)).strip().casefold()


def panel(
    rng: np.random.Generator,
    *,
    pairs: int = 72,
    treated: int = 16,
    cohorts: range = range(2005, 2014),
    gain: float = 2.0,
    ramp: int = 5,
    slope: float = 0.0,
    trend: float = 0.0,
) -> pd.DataFrame:
    """A balanced panel of `pairs` helpers and recipients in the years 2000 to 2018, sorted.

    Parameters
    ----------
    treated : how many of the pairs get a park, in years drawn from `cohorts`
    gain : expected added links per year from year `ramp` on, of a pair at distance zero
    slope : by how much the gain of a pair falls per 100 km between its boundaries
    trend : expected links that treated pairs gain each year whether or not they have a park

    Returns
    -------
    helper, recipient, year, cohort (float, missing = never treated), count, km, and `added`: the links that the park
    is expected to add, which no student gets.
    """
    frame = _pairs().sample(pairs, random_state=rng).sort_values(PAIR, ignore_index=True)
    chosen = rng.choice(pairs, treated, replace=False)
    cohort = np.full(pairs, np.nan)
    # two pairs at least in each of two cohorts
    cohort[chosen] = [*rng.choice(np.array(cohorts), 2, replace=False).repeat(2), *rng.choice(cohorts, treated - 4)]
    attraction = frame["gravity"].to_numpy() * rng.lognormal(0, links.PAIR_SPREAD, pairs)
    level = attraction / attraction.mean() * np.where(np.isnan(cohort), 1.0, 2.0)
    since = YEARS[None, :] - cohort[:, None]
    km = frame["dist_boundary_km"].to_numpy()
    reached = np.clip(np.nan_to_num(since, nan=-1.0) + 1, 0, ramp) / ramp
    own = np.maximum(gain - slope * km / 100, 0.2) * rng.lognormal(-0.045, 0.3, pairs)
    added = own[:, None] * reached
    drift = np.where(np.isnan(cohort), 0.0, trend)[:, None] * (YEARS - YEARS[0])[None, :]
    counts = links.bundled(level[:, None] * links.new_firms()[None, :] + added + drift, 1.5, rng)
    made = frame.loc[frame.index.repeat(len(YEARS)), PAIR].reset_index(drop=True)
    return made.assign(
        year=np.tile(YEARS, pairs),
        cohort=cohort.repeat(len(YEARS)),
        count=counts.ravel(),
        km=km.repeat(len(YEARS)).round(1),
        added=added.ravel(),
    )


@cache
def _pairs() -> pd.DataFrame:
    """The 108 pairs with distances, and what sizes and distance say of counts. Do not change it: it is kept."""
    frame = links.pair_frame(NEVER)
    return frame.assign(gravity=links.gravity(frame["helper"], frame["recipient"], frame["dist_centroid_km"]))


def text(table: pd.DataFrame) -> str:
    """A table as students get it: CSV without an index; whole numbers without a point, missing ones empty."""
    whole = [name for name in table if table[name].dtype == float and (table[name].dropna() % 1 == 0).all()]
    return table.astype(dict.fromkeys(whole, "Int64")).to_csv(index=False, lineterminator="\n")
