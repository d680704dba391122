"""Exercises of chapter 17: the same code on real data."""

import numpy as np
import pandas as pd

from enclave.estimators import csdid, decomposition, did
from enclave.exhibits import real_data
from enclave.facts import public
from enclave_exercises.answers import Answers, Choice


def guns() -> pd.DataFrame:
    """The panel on the right to carry with `log_rate`, and `always`: whether the state has the law in all years."""
    panel = public.carry()
    always = panel["cohort"].fillna(9999) == panel["year"].min()
    return panel.assign(log_rate=np.log(panel["violent"]), always=always)


def effect(panel: pd.DataFrame, outcome: str, unit: str) -> float:
    """The two-way estimate."""
    return float(did.twfe(panel, outcome, unit=unit)["estimate"].iloc[0])


def forbidden_weight(source: str) -> Answers:
    """17.1: weight of comparisons with cohorts already treated, without states that never expanded Medicaid."""
    states = public.medicaid()

    def weight(panel: pd.DataFrame, kind: str) -> float:
        made = decomposition.goodman_bacon(panel, "dins", unit="stfips")
        return float(made.loc[made["kind"] == kind, "weight"].sum())

    late = states.dropna(subset="cohort")
    right = weight(late, "later vs earlier")
    wrong = {
        "You kept the states that never expanded.": weight(states, "later vs earlier"),
        "Those are the good comparisons, with cohorts that are treated later.": weight(late, "earlier vs later"),
        "That is in per cent. Give the share.": 100 * right,
    }
    return Answers(right, wrong)


def average_against_never(source: str) -> Answers:
    """17.2: simple average of the effects of Medicaid, compared with states that never expanded."""
    states = public.medicaid()
    averages = csdid.aggregate(states, "dins", unit="stfips")["estimate"]
    yet = csdid.aggregate(states, "dins", control_group="not_yet_treated", unit="stfips")["estimate"]
    wrong = {
        "You compared with states that are not yet treated.": float(yet["simple"]),
        "That is the two-way estimate.": effect(states, "dins", "stfips"),
        "That is the mean over event times.": float(averages["dynamic_post_avg"]),
        "That is the mean over cohorts.": float(averages["group_avg"]),
    }
    return Answers(float(averages["simple"]), wrong)


def largest_gap(source: str) -> Answers:
    """17.3: largest difference between the two-way estimate and the simple average over the four panels."""
    panel = guns()
    studies = [
        (real_data.laws(), "l_homicide", "sid"),
        (public.counties(), "lemp", "countyreal"),
        (public.medicaid(), "dins", "stfips"),
        (panel[~panel["always"]], "log_rate", "state"),
    ]
    two_way = np.array([effect(*study) for study in studies])
    simple = np.array(
        [csdid.aggregate(panel, outcome, unit=unit).loc["simple", "estimate"] for panel, outcome, unit in studies]
    )
    gaps = np.abs(two_way - simple)
    largest = int(gaps.argmax())
    wrong = {
        "That is the smallest difference.": float(gaps.min()),
        "That is the two-way estimate of this panel. Subtract the average.": float(two_way[largest]),
        "That is the simple average of this panel. Subtract it from the other estimate.": float(simple[largest]),
        "That is the mean of the four differences.": float(gaps.mean()),
    }
    return Answers(float(gaps.max()), wrong)


def without_always_treated(source: str) -> Answers:
    """17.4: two-way estimate of the right to carry without states that have the law in all years."""
    panel = guns()
    kept = panel[~panel["always"]]
    wrong = {
        "You kept the states that have the law from the first year on.": effect(panel, "log_rate", "state"),
        "The outcome is the logarithm of the rate.": effect(kept, "violent", "state"),
        "You dropped the states that never have the law, too.": effect(
            kept.dropna(subset="cohort"), "log_rate", "state"
        ),
    }
    return Answers(effect(kept, "log_rate", "state"), wrong)


WHY_ERRORS = {
    "a": "What would another comparison group do to the estimates?",
    "c": "Weights move the estimates. They agree in all digits.",
    "d": "Other rows would move the estimates as well.",
}
EXERCISES = [
    forbidden_weight,
    average_against_never,
    largest_gap,
    without_always_treated,
    Choice("b", WHY_ERRORS).answers,
]
