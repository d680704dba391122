"""Exercises of Appendix C: how plausible the counts are."""

import numpy as np

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.exhibits import appendix_c
from enclave_exercises.answers import Answers


def dispersion_of_treated(source: str) -> Answers:
    """C.1: Pearson's dispersion of the treated pairs."""
    data = panels.of(source)
    ever = data.manufacturing["cohort"].notna()
    counts = appendix_c.grid(data.manufacturing[ever]).to_numpy(float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    squares = ((counts - expected) ** 2 / expected).sum()
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    wrong = {
        "That is the dispersion of the never-treated pairs.": float(appendix_c.dispersion(data)),
        "You divided by the number of cells. Levels and totals cost degrees of freedom.": squares / counts.size,
        "That is the variance over the mean of all cells. Take out pair levels and yearly totals.": float(
            counts.var() / counts.mean()
        ),
        "That is the sum. Divide it by the degrees of freedom.": float(squares),
    }
    return Answers(float(squares / freedom), wrong)


def one_cell(source: str) -> Answers:
    """C.2: change of the estimate if the cell with the largest influence is smoothed."""
    panel = panels.of(source).manufacturing
    moved = appendix_c.influence(panel)
    head = moved.loc[moved["change"].abs().idxmax()]
    base = did.twfe(panel, "count")["estimate"].item()
    wrong = {
        "That is the new estimate. The question asks how much it changes.": base + head["change"],
        "Take the old estimate from the new one.": -head["change"],
        "That is the change of the cell, in links.": float(head["smoothed"] - head["count"]),
        "That is what the cell is smoothed to.": float(head["smoothed"]),
    }
    return Answers(float(head["change"]), wrong)


def never_treated_cells(source: str) -> Answers:
    """C.3: the largest change that a cell of a never-treated pair makes."""
    panel = panels.of(source).manufacturing
    keys = [*PAIR, "year"]
    moved = panel[[*keys, "cohort"]].merge(appendix_c.influence(panel), on=keys)
    change, ever = moved["change"].abs(), moved["cohort"].notna()
    wrong = {
        "That is the largest of the treated pairs.": float(change[ever].max()),
        "Never-treated pairs make the common path of the years, so their cells do count.": 0.0,
        "That is the mean of these cells. Take the largest.": float(change[~ever].mean()),
        "That is the mean of the treated pairs' cells.": float(change[ever].mean()),
    }
    return Answers(float(change[~ever].max()), wrong)


EXERCISES = [dispersion_of_treated, one_cell, never_treated_cells]
