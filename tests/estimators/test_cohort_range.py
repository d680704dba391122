from itertools import product

import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.estimators import cohort_range, did

YEARS = range(2001, 2009)


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(3)
    units = pd.DataFrame({"unit": list("abcdefgh"), "cohort": [2003, 2005, 2006, *[None] * 5]})
    made = units.merge(pd.DataFrame({"year": YEARS}), how="cross")
    return made.assign(y=rng.normal(size=len(made)), cohort=made["cohort"].astype("Int64"))


@pytest.fixture(scope="module")
def choices():
    return pd.DataFrame({"unit": list("aabbb"), "cohort": [2003, 2004, 2004, 2005, 2007]})


def test_two_units_and_three_years_by_hand():
    # a: 0 0 4, b: 0 0 0. From the third year on the effect is 4; from the second on it is (0 + 4) / 2 = 2.
    panel = pd.DataFrame({"unit": list("aaabbb"), "year": [1, 2, 3] * 2, "cohort": [3, 3, 3, None, None, None]})
    years = pd.DataFrame({"unit": ["a", "a"], "cohort": [2, 3]})
    found = cohort_range.over_years(panel.assign(y=[0, 0, 4, 0, 0, 0]), "y", years, unit="unit")
    assert found.estimates == pytest.approx([2, 4])
    assert found.listed == pytest.approx(4)
    assert found.years[["listed", "lowest", "highest", "choices"]].values.tolist() == [[3, 2, 3, 2]]


def test_every_combination_is_the_regression_with_its_years(panel, choices):
    found = cohort_range.over_years(panel, "y", choices, unit="unit")
    each = []
    for first, second in product([2003, 2004], [2004, 2005, 2007]):
        new = {"a": first, "b": second, "c": 2006}
        changed = panel.assign(cohort=panel["unit"].map(new).astype("Int64"))
        each.append(did.twfe(changed, "y", unit="unit")["estimate"].iloc[0])
    assert found.estimates == pytest.approx(sorted(each))
    assert found.listed == pytest.approx(did.twfe(panel, "y", unit="unit")["estimate"].iloc[0])
    lowest = dict(zip(found.years["unit"], found.years["lowest"], strict=True))
    changed = panel.assign(cohort=panel["unit"].map(lowest).astype("Int64"))
    assert did.twfe(changed, "y", unit="unit")["estimate"].iloc[0] == pytest.approx(min(each))


def test_the_order_of_rows_does_not_matter(panel, choices):
    one = cohort_range.over_years(panel, "y", choices, unit="unit")
    other = cohort_range.over_years(
        panel.sample(frac=1, random_state=1), "y", choices.sample(frac=1, random_state=1), unit="unit"
    )
    assert other.estimates == pytest.approx(one.estimates)
    pd.testing.assert_frame_equal(other.years, one.years)


def test_the_inputs_are_not_changed(panel, choices):
    before = panel.copy(), choices.copy()
    cohort_range.over_years(panel, "y", choices, unit="unit")
    pd.testing.assert_frame_equal(panel, before[0])
    pd.testing.assert_frame_equal(choices, before[1])


def test_years_outside_the_panel_and_too_many_combinations_are_refused(panel, choices, monkeypatch):
    with pytest.raises(EnclaveError, match="may not begin in 2001: give periods from 2002 to 2008"):
        cohort_range.over_years(panel, "y", choices.assign(cohort=2001), unit="unit")
    monkeypatch.setattr(cohort_range, "MOST", 5)
    with pytest.raises(EnclaveError, match="6 combinations"):
        cohort_range.over_years(panel, "y", choices, unit="unit")
