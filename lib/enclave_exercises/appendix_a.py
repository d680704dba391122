"""Exercises of Appendix A: the panel without zeros."""

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave_exercises.answers import Answers, Choice

ALL_ONES = {
    "b": "Without zeros the outcome is one in every row that is left. What is there to estimate?",
    "c": "In one of the panels the outcome never changes. In which?",
    "d": "The pair has a link in more years after the park than before. One panel has the years without.",
}


def zeros_of_one_group(source: str) -> Answers:
    """A.2: the estimate if the zeros of never-treated pairs are dropped."""
    panel = panels.of(source).manufacturing
    linked, ever = panel["count"] > 0, panel["cohort"].notna()

    def estimate(kept) -> float:
        return did.twfe(panel[kept], "count")["estimate"].item()

    wrong = {
        "That is the estimate of the filled panel.": estimate(linked | ~linked),
        "You dropped the zeros of all pairs.": estimate(linked),
        "You dropped the zeros of treated pairs.": estimate(linked | ~ever),
        "You dropped never-treated pairs altogether.": estimate(ever),
    }
    return Answers(estimate(linked | ever), wrong)


def all_pairs(source: str) -> Answers:
    """A.3: number of rows if all pairs stay in."""
    data = panels.of(source)
    years, pairs = data.manufacturing["year"].nunique(), len(data.pairs)
    wrong = {
        "Both ends of the period count.": pairs * (years - 1),
        "Those are the rows of the filled panel, which lacks pairs without any link.": len(data.manufacturing),
        "Those are the pairs. How many years does each have?": pairs,
        "Those are the pairs that were left out.": (pairs - data.manufacturing.groupby(PAIR).ngroups) * years,
    }
    return Answers(pairs * years, wrong)


EXERCISES = [Choice("a", ALL_ONES).answers, zeros_of_one_group, all_pairs]
