"""Dates of the policy as points on an axis of years: when revenue was shared, and when parks were set up."""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs

EVENTS = {"begins": "sharing begins", "ends": "sharing ends", "restored": "sharing restored"}
REGIMES = ["before sharing", "shared", "sharing ended", "not shared", "shared again"]


def decimal_year(dates: pd.Series) -> pd.Series:
    """Dates written as 2008, 2008-05 or 2008-05-01 in years and parts of a year; missing where empty.

    A date without a day counts as the middle of its month, one without a month as the middle of its year.
    """
    parts = dates.str.extract(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?").astype(float)
    days = (parts[2].fillna(15.5) - 0.5) / 31
    return parts[0] + ((parts[1] - 1 + days) / 12).fillna(0.5)


@takes_tables
def sharing(policy: pd.DataFrame) -> dict[str, float]:
    """When revenue sharing began, ended and was restored (keys of `EVENTS`), in decimal years.

    Each is the date of the first document that says so. A document that is dated by year only is used if no other
    document is dated by month or day.

    Parameters
    ----------
    policy : `date` and `what_changed`, as `facts.policy` returns them

    Raises
    ------
    EnclaveError if no dated document reports one of the three.
    """
    return {event: _first_date(policy, words) for event, words in EVENTS.items()}


def _first_date(policy: pd.DataFrame, words: str) -> float:
    dates = policy.loc[policy["what_changed"].str.contains(words, regex=False) & (policy["date"] != ""), "date"]
    if dates.empty:
        raise EnclaveError(f"No dated document of data/facts/policy.csv says {words!r}. Restore the row, or date it.")
    exact = dates[dates.str.len() > 4]
    return float(decimal_year(dates if exact.empty else exact).min())


def regime(years: pd.Series, when: dict[str, float]) -> pd.Series:
    """The rule for revenue in each of `years`: ordered categories (`REGIMES`); `when` as `sharing` returns it.

    Sharing ended in the middle of a year, so this year has a category of its own. The years in which sharing began and
    was restored have the category of their longer part: shared since spring, not shared until the last weeks.
    """
    edges = [-float("inf"), int(when["begins"]), int(when["ends"]), int(when["ends"]) + 1, round(when["restored"])]
    return pd.cut(years.astype(float), [*edges, float("inf")], right=False, labels=REGIMES)


def pair_milestones(pairs: pd.DataFrame, parks: pd.DataFrame) -> pd.DataFrame:
    """Dated milestones of the parks of two cities, for the given pairs, sorted by pair and time.

    Parameters
    ----------
    pairs : `helper` and `recipient`
    parks : rows of `facts.parks`

    Returns
    -------
    helper, recipient, park, milestone, date (text), at (decimal year)
    """
    dated = treated_pairs.between_cities(treated_pairs.milestones(parks))
    dated = dated.merge(pairs[PAIR], on=PAIR).assign(at=lambda rows: decimal_year(rows["date"]))
    return dated[[*PAIR, "park", "milestone", "date", "at"]].sort_values([*PAIR, "at"], ignore_index=True)
