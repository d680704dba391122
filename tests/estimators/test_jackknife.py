"""Leaving out one treated pair at a time, and the jackknife error, by hand."""

import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import jackknife


def mean_change(panel):
    """The mean of treated rows: a statistic whose values without each pair can be seen."""
    return panel.loc[panel["cohort"].notna(), "y"].mean()


@pytest.fixture
def three():
    """Three treated pairs with the values 1, 2 and 6, and one never treated."""
    rows = [("a", "x", 1.0, 2001), ("b", "x", 2.0, 2001), ("c", "x", 6.0, 2001), ("d", "x", 50.0, pd.NA)]
    return pd.DataFrame(rows, columns=[*PAIR, "y", "cohort"]).astype({"cohort": "Int64"})


def test_estimates_without_each_treated_pair_by_hand(three):
    # The mean is 3; without c it is 1.5, without a 4, without b 3.5.
    found = jackknife.leave_one_out(three, mean_change)
    assert found["helper"].tolist() == ["c", "a", "b"]
    assert found["estimate"].tolist() == [1.5, 4.0, 3.5]
    assert found["change"].tolist() == [-1.5, 1.0, 0.5]


def test_the_jackknife_of_a_mean_is_its_textbook_error(three):
    # Values 1, 2, 6: variance 7, so the error of the mean is sqrt(7 / 3); t with two degrees of freedom at 97.5 per
    # cent is 4.302653. The two-sided p value of t with two degrees of freedom is 1 - t / sqrt(2 + t^2).
    found = jackknife.standard_error(jackknife.leave_one_out(three, mean_change))
    error, t = np.sqrt(7 / 3), 3 / np.sqrt(7 / 3)
    assert found["estimate"] == pytest.approx(3)
    assert found["std_error"] == pytest.approx(error)
    assert found["p_value"] == pytest.approx(1 - t / np.sqrt(2 + t**2))
    assert found["conf_high"] - found["conf_low"] == pytest.approx(2 * 4.302653 * error, rel=1e-6)


def test_where_an_estimate_is_missing_without_a_pair_there_is_no_error(three):
    lost = jackknife.leave_one_out(three, lambda rows: mean_change(rows) if "c" in set(rows["helper"]) else np.nan)
    found = jackknife.standard_error(lost)
    assert found["estimate"] == pytest.approx(3)
    assert np.isnan(found["std_error"])


def test_one_treated_pair_cannot_be_left_out_and_slopes_need_pairs(three):
    with pytest.raises(EnclaveError, match="Fewer than two pairs"):
        jackknife.leave_one_out(three.iloc[[0, 3]], mean_change)
    with pytest.raises(EnclaveError, match="3 treated pairs give no error for 3 slopes"):
        jackknife.standard_error(jackknife.leave_one_out(three, mean_change), slopes=3)


def test_estimates_without_each_city_by_hand(three):
    # Without recipient x nothing treated is left; helper c has the value 6, d is never treated.
    found = jackknife.leave_city_out(three, mean_change, "helper")
    assert found["helper"].tolist() == ["c", "a", "b", "d"]
    assert found["treated_pairs"].tolist() == [1, 1, 1, 0]
    assert found["change"].tolist() == [-1.5, 1.0, 0.5, 0.0]
    alone = jackknife.leave_city_out(three, mean_change, "recipient")
    assert alone["treated_pairs"].tolist() == [3]
    assert np.isnan(alone["estimate"].item())
    with pytest.raises(EnclaveError, match="'year'"):
        jackknife.leave_city_out(three, mean_change, "year")
