"""Problem set 3: event studies, trends before treatment, placebos."""

import numpy as np

from enclave.base.terms import PAIR
from enclave.estimators import did, event_study, placebo
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets import made
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

DRAWS, SEED = 999, 5
EVENT = -3


def draw(rng: np.random.Generator) -> Drawn:
    """panel.csv with `count_a` and `count_b`: the same pairs and parks, and one of the two drifts before the park."""
    state = int(rng.integers(2**31))
    drifting = "ab"[int(rng.integers(2))]
    made_ = {
        letter: counts.panel(np.random.default_rng(state), gain=0.5, trend=0.25 if letter == drifting else 0.0)
        for letter in "ab"
    }
    panel = made_["a"].rename(columns={"count": "count_a"}).assign(count_b=made_["b"]["count"])
    columns = [*PAIR, "year", "cohort", "count_a", "count_b"]
    return Drawn({"panel.csv": counts.text(panel[columns])}, {"drifting": drifting})


def before(tables: dict, truth: dict) -> Answers:
    """3.3: a coefficient before the park."""
    panel = tables["panel.csv"]
    rows = event_study.estimate(panel, "count_a").set_index("event_time")["estimate"]
    other = event_study.estimate(panel, "count_a", base=-2, outside="base").set_index("event_time")["estimate"]
    wrong = {
        "Count again: that is another event time.": float(rows[EVENT + 1]),
        "The base is the last year before the park.": float(other[EVENT]),
        "That is the estimate for the other count.": float(
            event_study.estimate(panel, "count_b").set_index("event_time")["estimate"][EVENT]
        ),
    }
    return Answers(float(rows[EVENT]), wrong)


def which_drifts(tables: dict, truth: dict) -> Answers:
    """3.4: the letter of the count with a trend before the park."""
    other = "b" if truth["drifting"] == "a" else "a"
    return Answers(
        truth["drifting"],
        {"Take each treated pair less the mean of pairs never treated, in all years before its park.": other},
    )


def placebo_share(tables: dict, truth: dict) -> Answers:
    """3.5: the p value of placebo treatments."""
    panel = tables["panel.csv"]
    true = float(did.twfe(panel, "count_a")["estimate"].iloc[0])
    drawn = placebo.draws(panel, "count_a", DRAWS, SEED)
    far = float((np.abs(drawn) >= abs(true)).mean())
    wrong = {
        "The estimate itself counts as one of the draws.": far,
        "Far on either side counts.": float((drawn >= true).mean()) if far != (drawn >= true).mean() else -1.0,
        "That is the estimate. The question is about its place among the draws.": true,
    }
    return Answers(placebo.p_value(drawn, true), wrong, tolerance=1e-6)


def hidden_times(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """A mean for each event time is drawn, then rows around it."""
    cases = []
    for points, says, cohorts in (
        (1, "three first years", [2003.0, 2004.0, 2004.0, 2006.0, np.nan]),
        (1, "most units never treated", [2005.0, np.nan, np.nan, np.nan]),
    ):
        table = made.staggered(rng, cohorts, range(2001, 2008))
        table["since"] = table["year"] - table["cohort"]
        means = {since: float(rng.integers(0, 40)) / 4 for since in sorted(table["since"].dropna().unique())}
        table["y"] = table["base"]
        for since, mean in means.items():
            at = table["since"] == since
            table.loc[at, "y"] = mean + made.around_zero(rng, int(at.sum()))
        right = {"entries": {str(int(since)): mean for since, mean in means.items()}}
        hint = "Never-treated units have no event time. All event times of treated units count."
        cases.append(Case(points, says, [made.given(table[["unit", "year", "cohort", "y"]])], right, hint))
    return cases


def hidden_draws(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """It is drawn how many draws are as far from zero as the estimate."""
    cases = []
    for points, says in ((1, "draws on both sides"), (1, "a draw that is as far as the estimate")):
        far, near, estimate = int(rng.integers(2, 6)), int(rng.integers(5, 12)), float(rng.integers(8, 16)) / 4
        away = estimate + (0.0 if points and "as far" in says else 0.5)
        values = [*(away * (-1) ** k for k in range(far)), *(estimate * (k + 1) / (near + 2) for k in range(near))]
        right = (1 + far) / (1 + far + near)
        cases.append(Case(points, says, [values, -estimate], right, "At least as far, on either side; one is added."))
    return cases


TIMES = Case(
    2,
    "two treated units",
    [
        made.rows(
            "unit year cohort y",
            *(("a", year, 2002, y) for year, y in ((2001, 1), (2002, 3), (2003, 5))),
            *(("b", year, 2003, y) for year, y in ((2001, 3), (2002, 2), (2003, 4))),
            *(("c", year, None, 9) for year in (2001, 2002, 2003)),
        )
    ],
    # -2: b alone; -1: 1 and 2; 0: 3 and 4; 1: a alone
    {"entries": {"-2": 3.0, "-1": 1.5, "0": 3.5, "1": 5.0}},
    "The last year before treatment has event time -1: unit a has 1 there, unit b has 2.",
)
FIVE = Case(
    1, "four draws", [[-3, 2, 0.5, 1], -2], 0.6, "Two of four are at least as far from zero: (1 + 2) / (1 + 4)."
)

SET = ProblemSet(
    "3",
    draw,
    [
        Task("3.1", "b23030d5", Function("by_event_time", [TIMES], hidden_times, (1, 1))),
        Task("3.2", "e0fbf129", Function("placebo_p", [FIVE], hidden_draws, (1, 1))),
        Task("3.3", "1fcb408e", Number("answer_3_3", 3, "coefficient before the park", before)),
        Task("3.4", "2bc2103a", Number("answer_3_4", 2, "the count with a trend of its own", which_drifts)),
        Task("3.5", "1c17b078", Number("answer_3_5", 3, "p value of placebo treatments", placebo_share)),
        Task(
            "3.6",
            "7d3c6da0",
            Judgement(
                "answer_3_6",
                [
                    (2, "says what flat coefficients before treatment show, and what they cannot show"),
                    (2, "says with its own numbers what the trend does to the estimate after treatment"),
                    (1, "says which trends the test would have missed in this panel"),
                ],
            ),
        ),
    ],
)
