"""Exercises of Appendix B: other choices."""

import math

import pandas as pd

from enclave import panels
from enclave.base.terms import OURS
from enclave.estimators import did
from enclave.exhibits import appendix_b
from enclave.facts import treated_pairs
from enclave_exercises.answers import Answers

ONCE = "firms counted once"


def choice_that_matters(source: str) -> Answers:
    """B.1: the reading or rule that moves column (1) most."""
    data = panels.of(source)
    readings, pairs, usual = data.alternatives, data.pairs, treated_pairs.DEFAULT_RULE
    cells = {name: rows.drop(columns="reading") for name, rows in readings.groupby("reading", sort=False)}

    def estimate(reading: str, rule: str) -> float:
        return did.twfe(appendix_b.with_cohorts(cells[reading], rule, pairs), "count")["estimate"].item()

    found = {name: estimate(name, usual) for name in cells if name != OURS}
    found |= {rule: estimate(OURS, rule) for rule in treated_pairs.RULES if rule != usual}
    moves = (pd.Series(found) - estimate(OURS, usual)).abs().sort_values()
    wrong = {
        "That choice moves the estimate least.": moves.index[0],
        "That is the choice of the book, which the others are compared with.": usual,
        "That is the reading of the book, which the others are compared with.": OURS,
        "That choice comes second.": moves.index[-2],
    }
    return Answers(moves.index[-1], wrong, also=tuple(moves[moves == moves.iloc[-1]].index))


def large_counts(source: str) -> Answers:
    """B.2: by how much the inverse hyperbolic sine and ln(1 + y) differ for large y."""
    wrong = {
        "They do not come together: for large counts the first is the logarithm of twice the count.": 0.0,
        "That is the factor inside the logarithm.": 2.0,
        "That is the logarithm to base ten.": math.log10(2),
        "They differ by a constant, and one is not it.": 1.0,
    }
    return Answers(math.log(2), wrong)


def counted_once(source: str) -> Answers:
    """B.3: how many links in all the reading "firms counted once" has fewer than ours."""
    readings = panels.of(source).alternatives
    wide = readings.pivot(index=["helper", "recipient", "year"], columns="reading", values="count").fillna(0)
    fewer = int(wide[OURS].sum() - wide[ONCE].sum())
    wrong = {
        "That is how many links there are under our reading.": int(wide[OURS].sum()),
        "That is how many links are left. How many are fewer?": int(wide[ONCE].sum()),
        "Take the new number from the old one, not the other way round.": -fewer,
        "That is the difference in the largest cell alone.": int(
            (wide[OURS] - wide[ONCE]).loc[wide[OURS].idxmax()].item()
        ),
    }
    return Answers(fewer, wrong)


EXERCISES = [choice_that_matters, large_counts, counted_once]
