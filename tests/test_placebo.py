"""Placebo draws by one projection, against regressions one by one."""

import numpy as np
import pandas as pd
import pytest

from enclave import did, placebo
from enclave.errors import EnclaveError

SAME = 1e-10


def panel(n_units=12, n_years=7, treated=3, seed=0):
    generator = np.random.default_rng(seed)
    rows = pd.DataFrame([(unit, year) for unit in range(n_units) for year in range(2000, 2000 + n_years)])
    rows.columns = ["unit", "year"]
    first = pd.Series({unit: 2002 + unit for unit in range(treated)}, dtype="Int64")
    return rows.assign(cohort=rows["unit"].map(first).astype("Int64"), count=generator.poisson(2, len(rows)))


def regression(data, treated, first):
    """The same treatment, estimated as the book estimates every treatment."""
    cohorts = dict(zip(treated.tolist(), (2000 + first).tolist(), strict=True))
    placed = data.assign(cohort=data["unit"].map(cohorts).astype("Int64"))
    return did.twfe(placed, "count", unit="unit")["estimate"].item()


def test_each_estimate_is_the_one_that_a_regression_gives():
    data, generator = panel(), np.random.default_rng(1)
    wide, _ = placebo.balanced(data, "count", unit="unit")
    treated = np.array([generator.choice(12, 3, replace=False) for _ in range(20)])
    first = generator.integers(1, 7, (20, 3))
    one_by_one = [regression(data, *draw) for draw in zip(treated, first, strict=True)]
    np.testing.assert_allclose(placebo.estimates(wide, treated, first), one_by_one, atol=SAME)


def test_the_panels_own_treatment_gives_its_own_estimate():
    data = panel()
    wide, positions = placebo.balanced(data, "log_count", unit="unit")
    treated = np.flatnonzero(positions < 7)
    own = placebo.estimates(wide, treated[None], positions[treated][None])
    np.testing.assert_allclose(own, did.twfe(data, "log_count", unit="unit")["estimate"], atol=SAME)


def test_two_units_and_two_periods_give_the_difference_in_differences():
    # treated unit rises from 1 to 4, the other from 2 to 3: (4 - 1) - (3 - 2) = 2
    np.testing.assert_allclose(
        placebo.estimates(np.array([[1.0, 4.0], [2.0, 3.0]]), np.array([[0]]), np.array([[1]])), [2], atol=SAME
    )


def test_a_treatment_that_the_fixed_effects_absorb_has_no_number():
    both_at_once = placebo.estimates(np.array([[1.0, 4.0], [2.0, 3.0]]), np.array([[0, 1]]), np.array([[1, 1]]))
    assert np.isnan(both_at_once).all()


def test_draws_of_pure_noise_centre_on_zero():
    found = placebo.draws(panel(40, 19, 6), "count", 4_000, 7, unit="unit")
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(len(found))


def test_permuted_dates_are_the_panels_own_cohorts():
    data = panel(n_units=4, n_years=3, treated=1).assign(count=np.arange(12.0) ** 2)
    every = {regression(data, np.array([unit]), np.array([2])) for unit in range(4)}
    found = placebo.draws(data, "count", 200, 3, dates="permuted", unit="unit")
    assert {round(value, 9) for value in found} == {round(value, 9) for value in every}


def test_a_seed_gives_the_same_draws_and_another_seed_others():
    data = panel()
    first, again, other = (placebo.draws(data, "count", 50, seed, unit="unit") for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()


def test_row_order_and_other_columns_do_not_matter_and_the_panel_is_left_as_it_is():
    data = panel()
    before = data.copy()
    shuffled = data.sample(frac=1, random_state=0).assign(other="x")
    first, again = (placebo.draws(each, "count", 9, 1, unit="unit") for each in (data, shuffled))
    assert (first == again).all()
    pd.testing.assert_frame_equal(data, before)


def test_gaps_no_treated_unit_and_unknown_ways_of_dating_are_refused():
    data = panel()
    with pytest.raises(EnclaveError, match="balanced"):
        placebo.draws(data.drop(index=5), "count", 1, 1, unit="unit")
    with pytest.raises(EnclaveError, match="No unit of the panel is treated"):
        placebo.draws(data.assign(cohort=pd.NA), "count", 1, 1, unit="unit")
    with pytest.raises(EnclaveError, match="uniform, permuted"):
        placebo.draws(data, "count", 1, 1, dates="sometime", unit="unit")
