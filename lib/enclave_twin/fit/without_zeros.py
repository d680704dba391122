"""Significance on cells with a link only, without the zeros (claim C13, note of section 4.1), as a penalty."""

import numpy as np
from scipy import stats

from enclave_twin.fit import linear_forms

# significance level, and by how much t ratios must exceed its critical value
LEVEL = 0.10
MARGIN = 0.01


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
    """What is left of values (variables x pairs x years) on the linked cells after pair and year effects."""
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
