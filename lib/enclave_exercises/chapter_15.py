"""Exercises of chapter 15: counts."""

import math

import numpy as np
import pandas as pd

from enclave import panels
from enclave.estimators import poisson_growth
from enclave.exhibits import counts_land, counts_unit
from enclave_exercises.answers import Answers, Choice

YEAR = 2010
TIMES = 1000


def growth_of_a_year(source: str) -> Answers:
    """15.1: the growth factor of 2010 for links in all industries."""
    panel = panels.of(source).all_industry
    treated = (panel["cohort"] <= YEAR).fillna(False).astype(bool)

    def growth(rows: pd.DataFrame) -> float:
        return _until(rows, YEAR) / _until(rows, YEAR - 1)

    free = panel[~treated]
    yearly = free.groupby("year")["count"].sum()
    alone = float(yearly[YEAR] / yearly[YEAR - 1])
    wrong = {
        "You compared the counts of two years. The formula has sums up to a year.": alone,
        "You took all pairs. Which of them have a park in that year?": growth(panel),
        "You took never-treated pairs alone. Pairs whose park begins later still count.": growth(
            panel[panel["cohort"].isna()]
        ),
        "That is the growth less one.": growth(free) - 1,
    }
    return Answers(growth(free), wrong, tolerance=0.0005)


def _until(rows: pd.DataFrame, year: int) -> float:
    return float(rows.loc[rows["year"] <= year, "count"].sum())


def rise_with_the_unit(source: str) -> Answers:
    """15.2: the rise of the estimate for branches when a large unit grows a thousandfold."""
    found = counts_unit.path(panels.of(source).branches, (1.0,)).iloc[0]
    wrong = {
        "That is the effect on having any branch. By what is it multiplied?": found["margin"],
        "That is the rise for a tenfold unit.": math.log(10) * found["margin"],
        "That is the derivative where one branch counts as one. For a large unit it is another.": math.log(TIMES)
        * found["derivative"],
        "The derivative is one in the natural logarithm.": math.log10(TIMES) * found["margin"],
    }
    return Answers(math.log(TIMES) * found["margin"], wrong)


def expected_per_row(source: str) -> Answers:
    """15.3: branches per treated pair and year that the Poisson model expects without parks."""
    panel = panels.of(source).branches
    row, left = (poisson_growth.effects(panel, "count", leave_out_empty=one).iloc[0] for one in (False, True))
    wrong = {
        "That is what was observed.": row["observed"] / row["rows"],
        "That is the effect per pair and year.": row["effect"],
        "That is the sum over all treated rows.": row["expected"],
        "That is the factor less one.": math.expm1(row["log_factor"]),
    }
    if left["rows"] != row["rows"]:
        wrong["You left pairs out that had no branch before."] = left["expected"] / left["rows"]
    return Answers(row["expected"] / row["rows"], wrong)


def return_of_the_inside(source: str) -> Answers:
    """15.4: the factor by which the inside grew relative to the outside when sharing was restored, from sums alone."""
    land = panels.of(source).land

    def growth(side: int, change: str) -> float:
        years, base = counts_land.CHANGES[change]
        areas = land[land["park"] == side].groupby("year")["area_ha"].sum()
        return float(areas.loc[list(years)].sum() / areas.loc[list(base)].sum())

    right = growth(1, "restored") / growth(0, "restored")
    wrong = {
        "That is the logarithm of the factor.": float(np.log(right)),
        "That is the growth of the inside alone.": growth(1, "restored"),
        "You divided the outside by the inside.": 1 / right,
        "That is the change when sharing ended.": growth(1, "ended") / growth(0, "ended"),
    }
    return Answers(right, wrong)


NO_FACTOR = {
    "a": "Three is what came. What would have been there without the park?",
    "c": "You divided what came by the growth of the others. From which number did the pair grow?",
    "d": "You multiplied what came by the growth of the others. From which number did the pair grow?",
}
EXERCISES = [
    growth_of_a_year,
    rise_with_the_unit,
    expected_per_row,
    return_of_the_inside,
    Choice("b", NO_FACTOR).answers,
]
