"""Problem set 2, solved with NumPy as a student may do it."""

import handed_in
import numpy as np
import pytest
from scipy import stats

from enclave_course import handout, tasks
from enclave_course.sets import EVERY
from enclave_course.visible import given_as


@pytest.mark.parametrize("student", ["Li Wei", "Ana Silva", "Wang Fang"])
def test_a_p_value_from_an_error_with_the_factor_for_clusters_alone_has_all_points(student):
    """2.4 takes each usual factor for right, so 2.5 must take what follows from it."""
    drawn = handout.counts_of(EVERY["2"], student, handed_in.KEY)
    tables = {name: given_as({"csv": text}) for name, text in drawn.files.items()}
    panel = tables["panel.csv"]
    unit = panel["helper"].astype(str) + panel["recipient"].astype(str)
    treat, y = (
        (column - column.groupby(unit).transform("mean") - column.groupby(panel["year"]).transform("mean"))
        + column.mean()
        for column in ((panel["year"] >= panel["cohort"]).astype(float), panel["count"].astype(float))
    )
    estimate = (treat * y).sum() / (treat**2).sum()
    scores = (treat * (y - estimate * treat)).groupby(unit).sum()
    error = np.sqrt((scores**2).sum() * len(scores) / (len(scores) - 1)) / (treat**2).sum()
    treated = unit[panel["cohort"].notna()].nunique()
    given = {
        "answer_2_3": float(estimate),
        "answer_2_4": float(error),
        "answer_2_5": float(2 * stats.t.sf(abs(estimate / error), treated - 1)),
    }
    for task in EVERY["2"].tasks:
        if task.step.name in given:
            right = task.step.solve(tables, drawn.truth)
            assert tasks.of_number(task.number, task.step, given[task.step.name], right).text == "Right."
