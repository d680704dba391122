"""Significance on cells with a link only, without the zeros (claim C13, note of section 4.1), as a penalty."""

import numpy as np
from scipy import stats

from enclave_twin.counts import links
from enclave_twin.fit import linear_forms

# significance level, and by how much t ratios must exceed its critical value
LEVEL = 0.10
MARGIN = 0.01
# smallest weight of a cell of real counts
LEAST_WEIGHT = 1e-6


def shortfall(counts: np.ndarray, treat: np.ndarray) -> float:
    """By how much the t ratios of count and log(1 + count) on cells with a link fall short of significance.

    `counts` and `treat` are pairs x years. Pairs with one such cell are dropped, because they contribute nothing.
    """
    linked = counts > 0
    linked[linked.sum(axis=1) == 1] = False
    used = np.ix_(linked.any(axis=1), linked.any(axis=0))
    linked, treat, counts = linked[used].astype(float), treat[used], counts[used]
    own, *outcomes = _within(linked, np.array([treat, counts, np.log1p(counts)], dtype=float))
    wanted = stats.t.ppf(1 - LEVEL / 2, len(linked) - 1) + MARGIN
    return sum(max(0.0, wanted - _ratio(own, outcome, int(linked.sum()))) for outcome in outcomes)


def _within(linked: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What is left of values (variables x pairs x years) on the linked cells after pair and year effects.

    `linked` may hold weights; each remainder is then times its weight.
    """
    share = linked / linked.sum(axis=1, keepdims=True)
    years = np.diag(linked.sum(axis=0)) - linked.T @ share
    centred = linked * (values - (share * values).sum(axis=2, keepdims=True))
    # effects of years add up to nothing, so the first one is zero
    effects = np.linalg.solve(years[1:, 1:], centred.sum(axis=1)[:, 1:].T).T
    effects = np.concatenate([np.zeros((len(values), 1)), effects], axis=1)
    return centred - linked * (effects[:, None, :] - (effects @ share.T)[:, :, None])


def _ratio(own: np.ndarray, outcome: np.ndarray, cells: int) -> float:
    """Estimate divided by its standard error, clustered by pair, from residuals (pairs x years)."""
    squares = (own**2).sum()
    estimate = (own * outcome).sum() / squares
    scores = (own * (outcome - estimate * own)).sum(axis=1)
    error = np.sqrt(linear_forms.factor_of(cells, len(own), 1, 0) * (scores**2).sum()) / squares
    return estimate / error


def wanted() -> float:
    """The smallest t ratio that a fit aims at, for 88 pairs."""
    return float(stats.t.ppf(1 - LEVEL / 2, links.LINKED_PAIRS - 1)) + MARGIN


def expected(cells: np.ndarray, treat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearly the two t ratios that whole counts drawn with the means `cells` have, and their derivatives (2 x C).

    A cell below 1 has one link with this probability. So it is an observation of 1 with this weight, and a cell above
    1 is one with weight 1. The derivatives leave out what a cell changes in the effects of years.
    """
    grid = cells.reshape(treat.shape)
    few, chance, value = grid < 1, np.clip(grid, LEAST_WEIGHT, 1.0), np.maximum(grid, 1.0)
    own, *outcomes = _within(chance, np.array([treat, value, np.log1p(value)], dtype=float)) / chance
    found, slopes = [], []
    squares = (chance * own**2).sum()
    for outcome, rise in zip(outcomes, (np.ones_like(grid), 1 / (1 + value)), strict=True):
        estimate = (chance * own * outcome).sum() / squares
        rest = outcome - estimate * own
        scores = (chance * own * rest).sum(axis=1)
        factor = linear_forms.factor_of(int(chance.sum()), len(grid), 1, 0)
        drawn = chance * (1 - chance) * own**2 * rest**2
        total = (scores**2).sum() + drawn.sum()
        error = np.sqrt(factor * total) / squares
        # of a weight (cells below 1) and of a value (cells above 1)
        for_weight = own * rest / squares, 2 * scores[:, None] * own * rest + (1 - 2 * chance) * own**2 * rest**2
        for_value = rise * chance * own / squares, 2 * scores[:, None] * chance * own * rise
        change = np.where(few, for_weight[0], for_value[0])
        error_change = error * np.where(few, for_weight[1], for_value[1]) / (2 * total)
        error_change -= np.where(few, error * own**2 / squares, 0.0)
        found.append(estimate / error)
        slopes.append(((change - estimate / error * error_change) / error).ravel())
    return np.array(found), np.array(slopes)
