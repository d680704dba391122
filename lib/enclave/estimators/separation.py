"""Separation in Poisson regressions with unit and period effects: rows whose mean the data can push to zero.

Let z = b D + l + e be a combination of the treatment, a unit effect and a period effect. If z is zero in every row with
a positive outcome, at most zero in every row without, and below zero in some, then the likelihood rises for ever along
z. The rows where z is below zero tell nothing about the other coefficients and are left out (Correia, Guimaraes and
Zylkin 2019, "Verifying the existence of maximum likelihood estimates for generalized linear models"). If the rest does
not identify the treatment, its effect has no finite estimate.

`cells`, in both functions, has one row per unit and period: outcome, treat, unit (numbers), time.
"""

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from enclave.estimators.regressors import period_dummies

# the treatment is explained if its squared residual is smaller than this share of itself
EXPLAINED = 1e-9


def explained(cells: pd.DataFrame) -> bool:
    """Whether unit and period effects explain all of the treatment (also if there is no row)."""
    if cells.empty:
        return True
    columns = pd.concat([period_dummies(cells["time"]), cells["treat"]], axis=1)
    values = (columns - columns.groupby(cells["unit"]).transform("mean")).to_numpy()
    periods, treat = values[:, :-1], values[:, -1]
    left = treat - periods @ np.linalg.lstsq(periods, treat, rcond=None)[0]
    return float(left @ left) <= EXPLAINED * float(cells["treat"].sum())


def separated(cells: pd.DataFrame) -> np.ndarray:
    """True for each row that separation takes out, such as all rows of a unit without a positive outcome.

    A linear program finds them. It maximises the sum of s under 0 <= s <= 1, s + z <= 0 in rows without a positive
    outcome, and z = 0 in rows with one. As z may be multiplied by any number, s is then 1 in all separated rows and 0
    in all others.
    """
    positive = (cells["outcome"] > 0).to_numpy()
    found = np.zeros(len(cells), dtype=bool)
    if positive.all():
        return found
    design = _design(cells)
    zero = int((~positive).sum())
    above = sparse.hstack([design[~positive], sparse.identity(zero)])
    equal = sparse.hstack([design[positive], sparse.csr_array((int(positive.sum()), zero))])
    free, unit = [(None, None)] * design.shape[1], [(0.0, 1.0)] * zero
    goal = np.concatenate([np.zeros(design.shape[1]), -np.ones(zero)])
    done = optimize.linprog(
        goal, above, np.zeros(zero), equal, np.zeros(equal.shape[0]), bounds=[*free, *unit], method="highs"
    )
    found[~positive] = done.x[design.shape[1] :] > 0.5
    return found


def _design(cells: pd.DataFrame) -> sparse.csr_array:
    """The treatment and a dummy for each unit and period."""
    rows, unit, time = np.arange(len(cells)), pd.factorize(cells["unit"])[0], pd.factorize(cells["time"])[0]
    size = (len(cells), 1 + unit.max() + 1 + time.max() + 1)
    values = np.concatenate([cells["treat"].to_numpy(), np.ones(2 * len(cells))])
    places = np.concatenate([np.zeros(len(cells), dtype=int), 1 + unit, 2 + unit.max() + time])
    return sparse.csr_array((values, (np.tile(rows, 3), places)), shape=size)
