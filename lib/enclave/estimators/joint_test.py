"""The joint test before the treatment for a given assignment of cohorts: the algebra of `placebo.pretrend_draws`."""

import numpy as np

from enclave.estimators.demeaned import doubly_demeaned
from enclave.estimators.regressors import crossed_with_periods

# singular values below this share of the largest are zero
TINY = 1e-9


def crossed_controls(data, controls, keys: list[str], time: str, shape: tuple[int, int]) -> np.ndarray:
    """The controls crossed with periods (columns x units x periods)."""
    if controls is None:
        return np.empty((0, *shape))
    return crossed_with_periods(data, controls, keys, time).to_numpy().T.reshape(-1, *shape)


def basis_of(crossed: np.ndarray) -> np.ndarray:
    """Orthonormal columns of the crossed controls, after unit and period effects (units x periods x columns)."""
    if not len(crossed):
        return np.empty((*crossed.shape[1:], 0))
    left, sizes, _ = np.linalg.svd(doubly_demeaned(crossed).reshape(len(crossed), -1).T, full_matrices=False)
    kept = left[:, sizes > TINY * sizes.max()]
    return kept.reshape(*crossed.shape[1:], kept.shape[1])


def cleared(array: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Residuals of an array (units x periods) after unit and period effects and the basis."""
    columns, demeaned = basis.reshape(array.size, basis.shape[2]), doubly_demeaned(array)
    return demeaned - (columns @ (demeaned.ravel() @ columns)).reshape(array.shape)


def event_cells(since: np.ndarray, window: tuple[int, int], base: int) -> tuple[np.ndarray, np.ndarray]:
    """1 in the cells of each event time (times x treated units x periods), and which times are before the treatment."""
    times = [time for time in range(window[0], window[1] + 1) if time != base and (since == time).any()]
    return np.array([since == time for time in times], dtype=float), np.flatnonzero(np.array(times) < 0)


def statistic(left: np.ndarray, treated: np.ndarray, cells: np.ndarray, before: np.ndarray, basis: np.ndarray) -> float:
    """F statistic of the coefficients before the treatment, if the units in the places `treated` have the `cells`.

    A dummy of event time, after all effects, is D less its means and less the basis times D'Q. Its products with what
    is itself free of the effects follow from these parts, so that no dummy is cleared.
    """
    n_units, n_periods = left.shape
    flat, by_period = cells.reshape(len(cells), -1), cells.sum(axis=1) / n_units
    loads = flat @ basis[treated].reshape(flat.shape[1], basis.shape[2])
    bread = np.linalg.pinv(_products(cells, n_units) - loads @ loads.T)
    slopes = bread @ flat @ left[treated].ravel()
    fitted = np.zeros(left.shape)
    fitted[treated] = np.tensordot(slopes, cells, axes=1)
    residual = left - cleared(fitted, basis)
    scores = -residual @ by_period.T - np.einsum("ut,utq->uq", residual, basis) @ loads.T
    scores[treated] += np.einsum("kut,ut->uk", cells, residual[treated])
    counted = len(cells) + n_periods + basis.shape[2]
    factor = n_units / (n_units - 1) * (left.size - 1) / (left.size - counted)
    block = (factor * bread @ scores.T @ scores @ bread)[np.ix_(before, before)]
    if np.linalg.matrix_rank(block) < len(before):
        return np.nan
    return float(slopes[before] @ np.linalg.solve(block, slopes[before])) / len(before)


def _products(cells: np.ndarray, n_units: int) -> np.ndarray:
    """Sums of products of the dummies of event time after unit and period effects (times x times).

    No two dummies share a cell, so before the effects only the products of one with itself are not zero.
    """
    by_unit, by_period, n_periods = cells.sum(axis=2), cells.sum(axis=1), cells.shape[2]
    total = by_unit.sum(axis=1)
    within = by_unit @ by_unit.T / n_periods + by_period @ by_period.T / n_units
    return np.diag(total) - within + np.outer(total, total) / (n_units * n_periods)
