"""Separation in Poisson regressions: the rows whose fitted mean goes to zero, found by a program of its own."""

import numpy as np
import pandas as pd
import pytest

from enclave.estimators import separation

STEPS = 60


def panel(seed):
    """A few units and years with many zeros, some of them treated from a year on, some rows left out."""
    rng = np.random.default_rng(seed)
    units, years = rng.integers(3, 6), rng.integers(3, 5)
    cells = pd.DataFrame([(unit, time) for unit in range(units) for time in range(years)], columns=["unit", "time"])
    first = rng.integers(1, years + 2, units)
    cells["treat"] = (cells["time"] >= first[cells["unit"]]).astype(float)
    cells["outcome"] = rng.poisson(0.6, len(cells)).astype(float)
    return cells[rng.random(len(cells)) < 0.9].reset_index(drop=True)


def fitted(cells):
    """Means after many steps of Newton's method with dummies: each step divides a separated mean by about e."""
    design = pd.concat([cells["treat"], pd.get_dummies(cells["unit"]), pd.get_dummies(cells["time"])], axis=1)
    x, y = design.to_numpy(float), cells["outcome"].to_numpy()
    eta = np.log(y + 0.5)
    for _ in range(STEPS):
        mean = np.exp(eta)
        root = np.sqrt(mean)
        slopes = np.linalg.lstsq(x * root[:, None], (eta + (y - mean) / mean) * root, rcond=1e-14)[0]
        eta = np.maximum(x @ slopes, -25.0)
    return np.exp(eta)


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_separated_where_newtons_method_sends_the_mean_to_zero(seed):
    cells = panel(seed)
    if cells["outcome"].sum() == 0:
        assert separation.separated(cells).all()
        return
    np.testing.assert_array_equal(separation.separated(cells), fitted(cells) < 1e-6)


def test_a_treatment_is_explained_if_it_begins_for_all_at_once_or_has_no_row():
    rows = pd.DataFrame({"unit": [1, 1, 2, 2], "time": [1, 2, 1, 2], "outcome": 1.0, "treat": [0.0, 1.0, 0.0, 1.0]})
    assert separation.explained(rows)
    assert separation.explained(rows.iloc[:0])
    assert not separation.explained(rows.assign(treat=[0.0, 1.0, 0.0, 0.0]))
