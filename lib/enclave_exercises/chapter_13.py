"""Exercises of chapter 13: what is left of the effect if trends were not parallel."""

import numpy as np

from enclave import panels
from enclave.estimators import cohort_range, event_paths, honest, pretest_power
from enclave.estimators.event_paths import EventPath
from enclave.facts import date_intervals
from enclave_exercises.answers import Answers, Choice

# last event time of the short mean, and the slope of the third exercise, links a year
SHORT, SLOPE = 4, 0.1


def free(source: str) -> EventPath:
    """The event study with a coefficient for every year."""
    return event_paths.two_way(panels.of(source).manufacturing, "count", outside="free")


def largest_yearly_change(source: str) -> Answers:
    """13.1: the yearly change of trends at which the bounds on the mean effect reach zero."""
    path = free(source)
    weights, (mean, error) = path.mean_weights(), path.mean()
    enters = honest.largest_bias(weights)
    wrong = {
        "That is a multiple of the largest change before the park. The question asks for links a year.": (
            honest.relative_breakdown(path, weights)
        ),
        "You divided by the number of years. How often does a change in the first year enter the mean?": (
            mean / path.after
        ),
        "That is the mean effect. A change adds up over the years.": mean,
        "Without sampling error the standard error plays no role.": (mean - 1.96 * error) / enters,
    }
    return Answers(mean / enters, wrong)


def breakdown_of_a_short_mean(source: str) -> Answers:
    """13.2: the breakdown value of the mean over the first years after the park."""
    path = free(source)
    times = np.array(path.times[path.before :])
    kept = times <= SHORT
    short, later = kept / kept.sum(), ~kept / (~kept).sum()
    wrong = {
        "That is the breakdown value of the mean over all years.": honest.relative_breakdown(path, path.mean_weights()),
        "That is the mean over the later years. Take the first ones.": honest.relative_breakdown(path, later),
        "That is the yearly change in links. Divide it by the largest change before the park.": (
            honest.relative_breakdown(path, short) * np.abs(honest.changes_before(path)[0]).max()
        ),
        "You took the year of the park alone.": honest.relative_breakdown(path, (times == 0).astype(float)),
    }
    return Answers(honest.relative_breakdown(path, short), wrong)


def power_against_a_line(source: str) -> Answers:
    """13.3: the probability that the test of each coefficient finds a line."""
    path = free(source)
    right = pretest_power.power(path, SLOPE)
    wrong = {
        "That is the probability that the test passes.": 1 - right,
        "That is the power of the joint test.": pretest_power.power(path, SLOPE, "joint"),
        "That is what the test rejects without any slope.": pretest_power.power(path, 0.0),
        "That is the size of the test of one coefficient.": 0.05,
    }
    return Answers(right, wrong, tolerance=0.01)


def highest_over_documented_years(source: str) -> Answers:
    """13.4: the highest two-way estimate if only pairs with a documented year vary."""
    panel = panels.of(source).manufacturing
    years = date_intervals.defensible_years()
    bound = years["basis"].isin(date_intervals.BOUNDS)
    documented = cohort_range.over_years(panel, "count", years[~bound])
    wrong = {
        "There all pairs vary, also those with a bound.": cohort_range.over_years(panel, "count", years).estimates[-1],
        "There the pairs with a bound vary. Take the others.": (
            cohort_range.over_years(panel, "count", years[bound]).estimates[-1]
        ),
        "That is the estimate with the listed years.": documented.listed,
        "That is the lowest estimate.": documented.estimates[0],
    }
    return Answers(documented.estimates[-1], wrong)


OF_A_BREAKDOWN = {
    "a": "A bound is no probability.",
    "c": "The multiple is one of changes, and not of the effect.",
    "d": "Nobody sees how trends would have changed after the park.",
}
EXERCISES = [
    largest_yearly_change,
    breakdown_of_a_short_mean,
    power_against_a_line,
    highest_over_documented_years,
    Choice("b", OF_A_BREAKDOWN).answers,
]
