"""The note of section 4.1: what the years with a link say alone, without years filled with zero."""

import numpy as np
from scipy import stats

from enclave_twin.fit import linear_forms

LEVEL = 0.10
SPARE = 0.01


def shortfall(counts: np.ndarray, treat: np.ndarray) -> float:
    """By how much the t ratios of count and log(1 + count) on cells with a link miss significance at ten per cent.

    `counts` and `treat` are pairs x years; pairs that are left with one cell drop out, as they explain nothing.
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
    wanted = stats.t.ppf(1 - LEVEL / 2, pair.max()) + SPARE
    return sum(max(0.0, wanted - _ratio(own, outcome, pair)) for outcome in outcomes)


def _ratio(own: np.ndarray, outcome: np.ndarray, pair: np.ndarray) -> float:
    """Estimate over its error clustered by pair."""
    estimate = own @ outcome / (own @ own)
    scores = np.bincount(pair, own * (outcome - estimate * own))
    error = np.sqrt(linear_forms.factor_of(len(own), pair.max() + 1, 1, 0) * (scores**2).sum()) / (own @ own)
    return estimate / error
