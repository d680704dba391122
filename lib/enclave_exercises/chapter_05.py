"""Exercises of chapter 5: placebo tests."""

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave_exercises.answers import Answers, Choice

DRAWS = 500
# places of two pairs in order of their codes, counted from zero, and their first years
PLACES, YEARS = [3, 10], [2005, 2010]
WITHOUT_TREATED = {
    "a": "The mean of the draws is no information: it is near zero whatever pairs are drawn from.",
    "c": "Half of that. Which of the two cannot move?",
    "d": "Compare the spread: the treated pairs have their own noise and their own effect.",
}
EFFECT_OF_OTHERS = {
    "a": "A random assignment finds no effect on average, whatever the links are.",
    "c": "Draws now include a real difference. Does that make them more alike?",
    "d": "Compute the standard deviation of the draws before and after.",
}


def smallest_p(source: str) -> Answers:
    """5.1: the smallest p value with five hundred draws."""
    wrong = {
        "The true assignment counts as one of the draws, below the line too.": 1 / DRAWS,
        "The true assignment reaches its own estimate, so the number above the line is not zero.": 0.0,
        "The true assignment counts once above the line.": 2 / (DRAWS + 1),
        "That is below the line. What is above it?": float(DRAWS + 1),
    }
    return Answers(1 / (DRAWS + 1), wrong, tolerance=0.0005)


def by_regression(source: str) -> Answers:
    """5.2: the estimate for a placebo that is built by hand, for logarithms."""
    panel = panels.of(source).manufacturing
    pairs = panel[PAIR].drop_duplicates().sort_values(PAIR, ignore_index=True)

    def placed(places: list[int], years: list[int]):
        fake = pairs.iloc[places].assign(cohort=years).astype({"cohort": "Int64"})
        return panel.drop(columns="cohort").merge(fake, how="left", on=PAIR)

    made = did.twfe(placed(PLACES, YEARS), "log_count")
    wrong = {
        "That is the estimate for links. Take their logarithm.": did.twfe(placed(PLACES, YEARS), "count")[
            "estimate"
        ].item(),
        "Count the pairs from zero.": did.twfe(placed([place - 1 for place in PLACES], YEARS), "log_count")[
            "estimate"
        ].item(),
        "You gave the first pair the year of the second.": did.twfe(placed(PLACES, YEARS[::-1]), "log_count")[
            "estimate"
        ].item(),
        "That is the t statistic.": made["statistic"].item(),
    }
    return Answers(made["estimate"].item(), wrong)


EXERCISES = [smallest_p, by_regression, Choice("b", WITHOUT_TREATED).answers, Choice("b", EFFECT_OF_OTHERS).answers]
