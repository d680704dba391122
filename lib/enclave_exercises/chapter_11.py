"""Exercises of chapter 11: one door to modern estimators."""

from enclave import panels
from enclave.estimators.compare import compare, paths
from enclave_exercises.answers import Answers, Choice

ALWAYS_EQUAL = {
    "a": "One of the two compares with the last year before the park, the other with all of them.",
    "b": "One of the two also compares with pairs that get a park later.",
    "d": "The two average over other event times.",
}


def two_bases(source: str) -> Answers:
    """11.2: the effect by the interaction-weighted regression, less that by imputation."""
    made = compare(panels.of(source).manufacturing, "count", methods=["twfe", "sun_abraham", "imputation"])["estimate"]
    gap = float(made["sun_abraham"] - made["imputation"])
    wrong = {
        "You took the first from the second. Take it the other way round.": -gap,
        "That is a ratio. The question asks for a difference in links.": float(
            made["sun_abraham"] / made["imputation"]
        ),
        "You used two-way fixed effects in the place of imputation.": float(made["sun_abraham"] - made["twfe"]),
        "That is the first of the two. Take the second from it.": float(made["sun_abraham"]),
    }
    return Answers(gap, wrong)


def same_window(source: str) -> Answers:
    """11.3: the mean of the imputed effects over the event times that the stacked regression has."""
    panel = panels.of(source).manufacturing
    made = paths(panel, "count", methods=["imputation", "stacked"]).set_index(["method", "event_time"])["estimate"]
    imputed, stacked = made["imputation"], made["stacked"]
    last = int(stacked.index.max())
    wrong = {
        "You averaged over all event times from zero on. The stacked regression stops earlier.": float(
            imputed.loc[0:].mean()
        ),
        "That is the average over all treated rows.": float(
            compare(panel, "count", methods=["imputation"])["estimate"].item()
        ),
        "That is the stacked regression itself.": float(stacked.loc[0:].mean()),
        "You took in event times before the park.": float(imputed.loc[stacked.index].mean()),
    }
    return Answers(float(imputed.loc[0:last].mean()), wrong)


def known_before(source: str) -> Answers:
    """11.4: how much the interaction-weighted estimate changes if effects may begin two years before the park."""
    panel = panels.of(source).manufacturing
    none, one, two = (
        float(compare(panel, "count", methods=["sun_abraham"], anticipation=years)["estimate"].item())
        for years in (0, 1, 2)
    )
    wrong = {
        "You took the new estimate from the old one. Which way does it move?": none - two,
        "That is the new estimate. By how much did it move?": two,
        "You let effects begin one year before the park. The question says two.": one - none,
        "That is the old estimate.": none,
    }
    return Answers(two - none, wrong)


EXERCISES = [Choice("c", ALWAYS_EQUAL).answers, two_bases, same_window, known_before]
