"""Simulated links with a known diversion, in the design of a panel: which estimate finds what (chapter 14).

Every pair has the same mean of links. A park adds `PARK` links to its own pair. A share of them comes from the other
pairs of its helper, the same number from each. Nothing here is an estimate on data: the panel gives treated pairs and
years alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.terms import PAIR
from enclave.estimators import spillovers, whole_assignments

PARK = 1.5
MEAN = 2.0
DRAWS = 400
SEED = 14
LEVEL = 0.95
# scenario -> share of a park that comes from other pairs of its helper; links that a park adds to each other pair of
# its recipient
SCENARIOS = {
    "no spillover": (0.0, 0.0),
    "half of a park is diverted": (0.5, 0.0),
    "all of a park is diverted": (1.0, 0.0),
    "parks help other pairs of the recipient": (0.0, 0.2),
}
ALONE, DONUT, EXPOSED, TOTAL = "treatment alone", "donut", "with exposure", "city total"


@dataclass(frozen=True)
class Design:
    """Treatment and exposure of every pair: arrays of pairs x periods, pairs in the order of helper and recipient."""

    treat: np.ndarray
    same_helper: np.ndarray
    same_recipient: np.ndarray
    clean: np.ndarray
    shape: tuple[int, int, int]


def design(panel: pd.DataFrame) -> Design:
    """The design of a panel of pairs. A pair that is no row of the panel counts as never treated."""
    whole = whole_assignments.every_pair(panel, "count")
    rows = spillovers.exposure(whole)
    shape = (rows["helper"].nunique(), rows["recipient"].nunique(), rows["year"].nunique())
    terms = [rows[name].to_numpy().reshape(-1, shape[2]) for name in ("treat", "same_helper", "same_recipient")]
    kept = spillovers.donut(whole)[PAIR].drop_duplicates()
    units = whole[PAIR].drop_duplicates()
    clean = units.merge(kept, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    return Design(*terms, clean=clean, shape=shape)


def means(given: Design, diverted: float, helped: float = 0.0) -> np.ndarray:
    """Expected links (pairs x periods) by the share of a park that is diverted, and what it adds in its recipient."""
    taken = diverted * PARK / (given.shape[1] - 1)
    return MEAN + PARK * given.treat - taken * given.same_helper + helped * given.same_recipient


def expected(panel: pd.DataFrame, shares) -> pd.DataFrame:
    """What each estimator finds without noise, by the share that is diverted: diverted, and one column for each."""
    given = design(panel)
    outcomes = np.array([means(given, share) for share in shares])
    found = {name: slopes[:, 0] for name, (slopes, _) in _fits(given, outcomes, "helper").items()}
    return pd.DataFrame({"diverted": list(shares), **found})


def bias(panel: pd.DataFrame, diverted: float) -> pd.Series:
    """The two parts of the bias of the treatment alone if a share of a park is diverted, in links a year.

    comparison: from what untreated rows lose to parks; treated: from what treated rows lose to the parks of others
    (Butts 2021). Their sum is the bias.
    """
    given = design(panel)
    lost = means(given, diverted) - means(given, 0.0)
    parts = np.array([lost * (1 - given.treat), lost * given.treat])
    slopes, _ = whole_assignments.fits(given.treat[None], parts)
    return pd.Series(slopes[:, 0], index=["comparison", "treated"])


def table(panel: pd.DataFrame, draws: int = DRAWS, seed: int = SEED) -> pd.DataFrame:
    """Poisson links drawn many times in each scenario.

    Returns
    -------
    scenario, estimator, truth (of the effect on the own pair; of the city total: what a park adds to the total of its
    helper, or in the last scenario of its recipient), mean and sd of the estimates, covered (per cent of the draws
    whose 95 per cent interval holds the truth; errors clustered by pair or city).
    """
    given, rng = design(panel), np.random.default_rng(seed)
    rows = []
    for scenario, (diverted, helped) in SCENARIOS.items():
        outcomes = rng.poisson(means(given, diverted, helped), (draws, *given.treat.shape)).astype(float)
        city = "recipient" if helped else "helper"
        whole = PARK * (1 - diverted) + helped * (given.shape[0] - 1)
        for name, (slopes, t) in _fits(given, outcomes, city).items():
            truth = whole if name == TOTAL else PARK
            clusters = {TOTAL: given.shape[city == "recipient"], DONUT: int(given.clean.sum())}.get(
                name, len(given.clean)
            )
            rows.append((scenario, name, truth, *_summary(slopes[:, 0], t[:, 0], truth, clusters)))
    return pd.DataFrame(rows, columns=["scenario", "estimator", "truth", "mean", "sd", "covered"])


def _fits(given: Design, outcomes: np.ndarray, city: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Slopes and t statistics of each estimator; the first slope is that of the treatment, or of a city's parks."""
    terms = np.array([given.treat, given.same_helper, given.same_recipient])
    axis = 2 if city == "helper" else 1
    total = outcomes.reshape(-1, *given.shape).sum(axis=axis)
    parks = given.treat.reshape(1, *given.shape).sum(axis=axis)
    return {
        ALONE: whole_assignments.fits(terms[:1], outcomes),
        DONUT: whole_assignments.fits(terms[:1, given.clean], outcomes[:, given.clean]),
        EXPOSED: whole_assignments.fits(terms, outcomes),
        TOTAL: whole_assignments.fits(parks, total),
    }


def _summary(slopes: np.ndarray, t: np.ndarray, truth: float, clusters: int) -> tuple[float, float, float]:
    reach = stats.t.isf((1 - LEVEL) / 2, clusters - 1) * np.abs(slopes / t)
    return float(slopes.mean()), float(slopes.std(ddof=1)), float(100 * (np.abs(slopes - truth) <= reach).mean())
