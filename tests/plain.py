"""Two-way fixed effects with nothing but NumPy: dummies, least squares, and a sandwich by cluster.

Shares no code with the package. The normal equations are those of any textbook on clustered errors.
"""

import numpy as np


def dummies(labels):
    values = np.unique(labels)
    return (np.asarray(labels)[:, None] == values[None, :]).astype(float)


def twfe(outcome, terms, unit, time, *, weights=None, convention="reghdfe"):
    """Estimates, standard errors and R2 of `terms` (columns) with unit and time dummies, errors clustered by unit.

    K counts the independent columns: all of them ("areg"), or without the unit dummies, whose place one constant takes
    ("reghdfe"); "clusters" leaves out (N - 1) / (N - K), "none" also G / (G - 1).
    """
    y = np.asarray(outcome, float)
    slopes = np.column_stack([np.asarray(term, float) for term in terms])
    design = np.column_stack([slopes, dummies(unit), dummies(time)])
    w = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    root = np.sqrt(w)
    solution, _, rank, _ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
    residual = y - design @ solution
    inverse = np.linalg.pinv(design * root[:, None])
    bread = inverse @ inverse.T
    scores = dummies(unit).T @ (design * (w * residual)[:, None])
    variance = bread @ (scores.T @ scores) @ bread
    groups, n = dummies(unit).shape[1], len(y)
    counted = {"reghdfe": rank - groups + 1, "areg": rank}.get(convention)
    factor = 1.0 if counted is None else (n - 1) / (n - counted)
    factor *= 1.0 if convention == "none" else groups / (groups - 1)
    center = np.average(y, weights=w)
    r2 = 1 - (w * residual**2).sum() / (w * (y - center) ** 2).sum()
    wanted = slice(0, slopes.shape[1])
    return solution[wanted], np.sqrt(np.diag(variance)[wanted] * factor), r2


def crossed(values, time):
    """Each column of unit-level values times every time dummy but the first."""
    return [column * dummy for column in np.asarray(values, float).T for dummy in dummies(time).T[1:]]
