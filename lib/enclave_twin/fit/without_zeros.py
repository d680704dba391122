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
    pair, year = np.nonzero(linked)
    _, pair = np.unique(pair, return_inverse=True)
    dummies = np.column_stack(
        [pair[:, None] == np.arange(pair.max() + 1), year[:, None] == np.arange(1, linear_forms.T)]
    )
    made = np.column_stack([treat[linked], counts[linked], np.log1p(counts[linked])])
    basis = np.linalg.qr(dummies.astype(float))[0]
    own, *outcomes = (made - basis @ (basis.T @ made)).T
    wanted = stats.t.ppf(1 - LEVEL / 2, pair.max()) + MARGIN
    return sum(max(0.0, wanted - _ratio(own, outcome, pair)) for outcome in outcomes)


def _ratio(own: np.ndarray, outcome: np.ndarray, pair: np.ndarray) -> float:
    """Estimate divided by its standard error, clustered by pair."""
    estimate = own @ outcome / (own @ own)
    scores = np.bincount(pair, own * (outcome - estimate * own))
    error = np.sqrt(linear_forms.factor_of(len(own), pair.max() + 1, 1, 0) * (scores**2).sum()) / (own @ own)
    return estimate / error
