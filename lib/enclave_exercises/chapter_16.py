"""Exercises of chapter 16: the laboratory. They follow from the process and its weights, and from no register."""

import numpy as np
from scipy import stats

from enclave.exhibits import laboratory
from enclave.laboratory import process, scores, weights
from enclave.laboratory.process import Dials
from enclave_exercises.answers import Answers, Choice


def bias_of_a_drift(source: str) -> Answers:
    """16.1: exact bias of two-way fixed effects with 30 treated pairs and a drift of 0.02."""
    dials = Dials(treated=30, effect=0.5, drift=0.02)
    found = laboratory.exact_bias(dials)
    wrong = {
        "Subtract the truth: a bias is a distance.": found["twfe"] + process.truth(dials),
        "That is Callaway and Sant'Anna with pairs never treated.": found["never"],
        "That is the imputation.": found["imputation"],
        "You took thirteen treated pairs.": laboratory.exact_bias(Dials(13, effect=0.5, drift=0.02))["twfe"],
        "The drift is two hundredths, not a tenth.": laboratory.exact_bias(Dials(30, effect=0.5, drift=0.1))["twfe"],
    }
    return Answers(float(found["twfe"]), wrong)


def spread_without_draws(source: str) -> Answers:
    """16.2: standard deviation of two-way fixed effects with independent errors."""
    made = weights.of(13)["twfe"]
    lag = np.abs(np.subtract.outer(np.arange(process.PERIODS), np.arange(process.PERIODS)))
    correlated = np.sqrt(np.einsum("ut,us,ts->", made, made, 0.5**lag))
    never = weights.of(13)["never"]
    wrong = {
        "That is the variance.": (made**2).sum(),
        "You took errors that are correlated over years. Here they are independent.": correlated,
        "Errors add up by their squares, not by their sizes.": np.abs(made).sum(),
        "That is Callaway and Sant'Anna with pairs never treated.": np.sqrt((never**2).sum()),
    }
    return Answers(float(np.sqrt((made**2).sum())), wrong)


def draws_for_half_a_point(source: str) -> Answers:
    """16.3: draws that give a share of 5 per cent to within half a percentage point."""
    level, half, t = scores.LEVEL, 0.005, float(stats.norm.isf(scores.LEVEL / 2))
    wrong = {
        "You took one standard error. How many of them has an interval of 95 per cent on each side?": level
        * (1 - level)
        / half**2,
        "That is for a share of one half. The variance of a share depends on the share.": 0.25 * (t / half) ** 2,
        "That is half a point for both sides together. Take it on each side.": level
        * (1 - level)
        * (2 * t / half) ** 2,
        "That is the root of the number. A standard error falls with the root of the draws.": t
        * np.sqrt(level * (1 - level))
        / half,
    }
    return Answers(level * (1 - level) * (t / half) ** 2, wrong)


def bias_of_anticipation(source: str) -> Answers:
    """16.4: exact bias with pairs never treated if a constant effect comes one year early."""
    found = laboratory.exact_bias(Dials(effect=0.5, anticipation=1))
    wrong = {
        "That is two-way fixed effects, whose base is all other years.": found["twfe"],
        "That is the imputation, whose base is all years before the park.": found["imputation"],
        "Which year is the base, and what does it have already?": 0.0,
        "Which is taken from which? Write down the change of a treated pair from its base.": -found["never"],
    }
    return Answers(float(found["never"]), wrong)


WHY_TOO_SMALL = {
    "a": "More years before the park make the estimate more precise, and the error says so rightly.",
    "c": "That changes the limit of the test by a few per cent. Look at the mean error beside the spread.",
    "d": "Look at what is subtracted from the residual of a treated pair.",
}
EXERCISES = [
    bias_of_a_drift,
    spread_without_draws,
    draws_for_half_a_point,
    bias_of_anticipation,
    Choice("b", WHY_TOO_SMALL).answers,
]
