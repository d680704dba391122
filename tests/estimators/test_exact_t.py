"""The exact t test: two other programs, its size, and what is refused."""

import diff_diff
import numpy as np
import pytest
import simulated
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.estimators import exact_t

PAIR = ["helper", "recipient"]


def test_with_one_cohort_it_is_the_t_test_of_two_means():
    panel = simulated.panel(units=30, treated=5).assign(cohort=lambda frame: frame["cohort"] * 0 + 2005)
    wide = panel.pivot(index=PAIR, columns="year", values="y")
    change = wide[range(2005, 2012)].mean(axis=1) - wide[range(2000, 2005)].mean(axis=1)
    hit = panel.drop_duplicates(PAIR).set_index(PAIR)["cohort"].notna().reindex(change.index)
    second = stats.ttest_ind(change[hit], change[~hit])
    found = exact_t.differences(panel, "y")
    assert [found["statistic"], found["p_value"]] == pytest.approx([second.statistic, second.pvalue], rel=1e-9)
    assert [found["df"], found["treated"], found["never_treated"]] == [28, 5, 25]


def test_diff_diff_gives_the_same_estimate_and_error_for_several_cohorts():
    # LWDiD of diff-diff 3.13.0, composite regression, classical errors
    panel = simulated.panel(units=30, treated=6)
    given = panel.assign(unit=panel["helper"] + panel["recipient"], first=panel["cohort"].fillna(0).astype(int))
    given["treat"] = ((given["first"] > 0) & (given["year"] >= given["first"])).astype(int)
    model = diff_diff.LWDiD(vcov_type="classical", control_group="never_treated")
    second = model.fit(given, "y", "unit", "year", "treat", first_treat="first")
    found = exact_t.differences(panel, "y")
    assert [found["estimate"], found["std_error"]] == pytest.approx([second.att, second.se], rel=1e-9)
    assert found["p_value"] == pytest.approx(second.p_value, rel=1e-7)


def test_with_three_treated_units_one_test_in_twenty_rejects():
    p_values = []
    for seed in range(60):
        panel = simulated.panel(units=15, periods=4, treated=3, effect=0.0, seed=seed)
        panel["cohort"] = panel["cohort"].where(panel["cohort"].isna(), 2002)
        p_values.append(exact_t.differences(panel, "y")["p_value"])
    # 60 tests at .05: more than nine rejections have a probability below one in a thousand
    assert np.sum(np.array(p_values) < 0.05) <= 9


def test_what_cannot_be_compared_is_refused():
    panel = simulated.panel()
    with pytest.raises(EnclaveError, match="balanced"):
        exact_t.differences(panel.drop(index=5), "y")
    with pytest.raises(EnclaveError, match="never-treated"):
        exact_t.differences(panel[panel["cohort"].notna()], "y")
