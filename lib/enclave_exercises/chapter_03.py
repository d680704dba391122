"""Exercises of chapter 3: the event study."""

import pandas as pd

from enclave import panels
from enclave.estimators import did, event_study
from enclave_exercises.answers import Answers

# event times from the base, one year before the park, to the last of the window
STEPS = 11


def path(panel: pd.DataFrame, **choices) -> pd.Series:
    """Coefficients by event time."""
    return event_study.estimate(panel, "count", **choices).set_index("event_time")["estimate"]


def at_the_base(source: str) -> Answers:
    """3.1: the coefficient at the base."""
    data = panels.of(source)
    shown = event_study.estimate(data.manufacturing, "count", controls=did.base_year_controls(data.yearbook))
    rows = shown.set_index("event_time")
    wrong = {
        "That is the coefficient of the year of the park. The base is the year before.": float(rows.loc[0, "estimate"]),
        "That is the coefficient two years before the park.": float(rows.loc[-2, "estimate"]),
        "That is the event time of the base. What is its coefficient?": -1.0,
    }
    return Answers(0.0, wrong)


def other_base(source: str) -> Answers:
    """3.2: what is added to each coefficient if the base is two years before the park, all event times free."""
    panel = panels.of(source).manufacturing
    free, sums = path(panel, outside="free"), path(panel)
    wrong = {
        "By how much do they fall? A fall is negative.": float(free[-2]),
        'You left rows outside the window at the base. Take outside="free".': float(-sums[-2]),
        "That is the coefficient three years before the park. Look at the new base.": float(-free[-3]),
        "That is the new coefficient of the year of the park, not what was added to it.": float(free[0] - free[-2]),
    }
    return Answers(float(-free[-2]), wrong)


def early_cohorts(source: str) -> Answers:
    """3.3: the coefficient at event time zero if cohorts are three years too early, all event times free."""
    panel = panels.of(source).manufacturing
    free = path(panel, outside="free")
    early, late = (path(panel.assign(cohort=panel["cohort"] + years), outside="free") for years in (-3, 3))
    wrong = {
        "You moved the cohorts three years later. Too early means smaller years.": float(late[0]),
        "That is the coefficient at zero under the true dates.": float(free[0]),
        "That is the old coefficient three years before the park, against the old base.": float(free[-3]),
        'You left rows outside the window at the base. Take outside="free".': float(
            path(panel.assign(cohort=panel["cohort"] - 3))[0]
        ),
    }
    return Answers(float(early[0]), wrong)


def steady_trend(source: str) -> Answers:
    """3.4: what a trend of one link a year adds to the coefficient of year ten, by adding it."""
    panel = panels.of(source).manufacturing
    ever = panel["cohort"].notna()
    trend = panel.assign(count=panel["count"] + ever * (panel["year"] - panel["year"].min()))
    added = path(trend, outside="free") - path(panel, outside="free")
    wrong = {
        "Count the years from the base, not from the year of the park.": float(STEPS - 1),
        "The trend adds that each year. How many years lie between the base and year ten?": 1.0,
        "You counted from the first year of the window. Count from the base.": float(STEPS + 4),
        "That is what the trend adds to the first coefficient.": float(added[-5]),
    }
    return Answers(float(added[10]), wrong)


EXERCISES = [at_the_base, other_base, early_cohorts, steady_trend]
