"""Exercises of chapter 7: all industries and branches."""

import math

import pandas as pd

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave_exercises.answers import Answers, Choice

COEFFICIENT = 0.7
TEN_TIMES = {
    "a": "A factor common to all counts leaves one of the three alone. Try it.",
    "c": "Add one to ten times the count: is the change of its logarithm the same for small and large counts?",
    "d": "Numbers are ten times as large, and so are their differences.",
}
TWICE = {
    "a": "Doubled levels double all growth, and that is what this model compares.",
    "c": "One of the two compares differences of levels. What does a factor do to a difference?",
    "d": "One of the two compares ratios. What does a common factor do to a ratio?",
}


def factor(source: str) -> Answers:
    """7.1: the factor that belongs to a Poisson coefficient."""
    wrong = {
        "That reads the coefficient as a share. It is close for small coefficients only.": 1 + COEFFICIENT,
        "That is the coefficient, the logarithm of the factor.": COEFFICIENT,
        "That is the change, as a share. The factor is one more.": math.expm1(COEFFICIENT),
        "That is the factor of the opposite coefficient.": math.exp(-COEFFICIENT),
    }
    return Answers(math.exp(COEFFICIENT), wrong)


def without_the_largest(source: str) -> Answers:
    """7.3: the estimate of column (1) without the treated pair with the most links in all industries."""
    panel = panels.of(source).all_industry
    total = panel[panel["cohort"].notna()].groupby(PAIR)["count"].sum()
    keys = pd.MultiIndex.from_frame(panel[PAIR])
    helper, recipient = total.idxmax()

    def estimate(rows: pd.DataFrame) -> float:
        return did.twfe(rows, "count")["estimate"].item()

    wrong = {
        "That is the estimate with the pair.": estimate(panel),
        "You dropped all pairs of the helper. Drop one pair.": estimate(panel[panel["helper"] != helper]),
        "You dropped all pairs of the recipient. Drop one pair.": estimate(panel[panel["recipient"] != recipient]),
        "You dropped the treated pair with the fewest links.": estimate(panel[keys != total.idxmin()]),
    }
    return Answers(estimate(panel[keys != total.idxmax()]), wrong)


EXERCISES = [factor, Choice("b", TEN_TIMES).answers, without_the_largest, Choice("b", TWICE).answers]
