"""The final project: a new staggered panel with a hidden flaw."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave.estimators import csdid, did
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets.made import given, shuffled
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

COLUMNS = [*PAIR, "year", "cohort", "count"]
# the flaw: (panel, whether a row is concerned) -> the panel with it
Flaw = Callable[[pd.DataFrame, pd.Series], pd.DataFrame]


def twice(panel: pd.DataFrame, concerned: pd.Series) -> pd.DataFrame:
    """Rows appear twice."""
    return pd.concat([panel, panel[concerned]])


def tenfold(panel: pd.DataFrame, concerned: pd.Series) -> pd.DataFrame:
    """Counts have another unit."""
    return panel.assign(count=panel["count"] * np.where(concerned, 10, 1))


def turned(panel: pd.DataFrame, concerned: pd.Series) -> pd.DataFrame:
    """Helper and recipient have changed places."""
    ends = {"helper": panel["recipient"], "recipient": panel["helper"]}
    return panel.assign(**{name: panel[name].mask(concerned, other) for name, other in ends.items()})


def silent(panel: pd.DataFrame, concerned: pd.Series) -> pd.DataFrame:
    """A missing report became zeros."""
    return panel.assign(count=panel["count"].mask(concerned, 0))


def two_dates(panel: pd.DataFrame, concerned: pd.Series) -> pd.DataFrame:
    """A pair has another first year in some rows."""
    return panel.assign(cohort=panel["cohort"] + np.where(concerned, 2, 0))


# letter -> the flaw, and whether it concerns one pair or all pairs of the recipient
FLAWS: dict[str, tuple[Flaw, bool]] = {
    "a": (twice, True),
    "b": (tenfold, False),
    "c": (turned, True),
    "d": (silent, False),
    "e": (two_dates, True),
}


def flawed(rng: np.random.Generator, letter: str) -> dict:
    """A panel with a flaw: `flawed`, `mended` (what is right after it was found), `recipient` and `year`."""
    panel = counts.panel(rng, treated=18, gain=float(rng.uniform(2, 4)))[COLUMNS]
    flaw, one_pair = FLAWS[letter]
    treated = panel[panel["cohort"].notna()].groupby(PAIR)["count"].sum().sort_values()
    helper, recipient = treated.index[-1 - int(rng.integers(3))]
    year = int(rng.integers(2012, 2016))
    of_recipient = panel["recipient"] == recipient
    concerned = of_recipient & (panel["year"] >= year) & ((panel["helper"] == helper) | (not one_pair))
    mended = panel[~of_recipient] if flaw is silent else panel
    made = shuffled(rng, flaw(panel, concerned))
    return {"flawed": made, "mended": mended, "recipient": str(recipient), "year": year, "letter": letter}


def draw(rng: np.random.Generator) -> Drawn:
    """panel.csv: a panel with one of the flaws, at a place of the student's own."""
    truth = flawed(rng, sorted(FLAWS)[int(rng.integers(len(FLAWS)))])
    return Drawn({"panel.csv": counts.text(truth["flawed"])}, truth)


def kind(tables: dict, truth: dict) -> Answers:
    """P.1: the letter of the flaw."""
    others = sorted(set(FLAWS) - {truth["letter"]})
    hints = {f"The panel has no sign of ({letter}).": letter for letter in others}
    return Answers(truth["letter"], hints)


def place(tables: dict, truth: dict) -> Answers:
    """P.2: the recipient."""
    others = sorted(set(truth["mended"]["recipient"].astype(str)) - {truth["recipient"]})
    hint = "Look at the rows of that recipient again, year by year: nothing is wrong with them."
    return Answers(int(truth["recipient"]), {hint: int(others[0])}, also=(truth["recipient"],))


def first_year(tables: dict, truth: dict) -> Answers:
    """P.3: the first year that is concerned."""
    wrong = {"That is a year too late.": truth["year"] + 1, "That is a year too early.": truth["year"] - 1}
    return Answers(truth["year"], wrong)


def fixed_effects(tables: dict, truth: dict) -> Answers:
    """P.5: two-way fixed effects on the mended panel."""
    panel = truth["mended"]
    untreated = panel[panel["year"] < panel["cohort"].fillna(9999)]["count"].mean()
    treated = panel[panel["year"] >= panel["cohort"]]["count"].mean()
    right = float(did.twfe(panel, "count")["estimate"].iloc[0])
    wrong = {"That is a difference of means.": float(treated - untreated)}
    if truth["letter"] in "bd":
        wrong["That is the estimate with the flaw."] = float(did.twfe(tables["panel.csv"], "count")["estimate"].iloc[0])
    return Answers(right, wrong)


def simple(tables: dict, truth: dict) -> Answers:
    """P.6: the simple average on the mended panel."""
    averages = csdid.aggregate(truth["mended"], "count")["estimate"]
    wrong = {
        "That is the average over event times.": float(averages["dynamic_post_avg"]),
        "That is the average over groups.": float(averages["group_avg"]),
    }
    return Answers(float(averages["simple"]), wrong, tolerance=0.0005)


def as_plain(panel: pd.DataFrame) -> dict:
    """A panel as `visible.plain` gives one that was read from its file."""
    table = panel.astype({"helper": int, "recipient": int}).astype(object).where(panel.notna(), None)
    return {"columns": list(panel), "rows": table.to_numpy().tolist()}


def hidden_panels(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """The student's own panel, and another one with the same flaw elsewhere."""
    mine, other = drawn.truth, flawed(rng, drawn.truth["letter"])
    hint = "The mended panel has all rows of the clean one, once, with the same columns."
    return [
        Case(
            points,
            says,
            [given(made["flawed"]), int(made["recipient"]), made["year"]],
            as_plain(made["mended"]),
            hint,
        )
        for points, says, made in ((4, "your own panel", mine), (4, "the same flaw elsewhere", other))
    ]


SET = ProblemSet(
    "project",
    draw,
    [
        Task("P.1", "0bcd9b9b", Number("answer_p_1", 4, "kind of the flaw", kind)),
        Task("P.2", "7172929d", Number("answer_p_2", 3, "recipient that is concerned", place)),
        Task("P.3", "342889f3", Number("answer_p_3", 3, "first year that is concerned", first_year)),
        Task("P.4", "6c648f65", Function("mended", [], hidden_panels, (4, 4))),
        Task("P.5", "407ee2ce", Number("answer_p_5", 4, "two-way fixed effects on the mended panel", fixed_effects)),
        Task("P.6", "8e1b2c9f", Number("answer_p_6", 4, "simple average on the mended panel", simple)),
        Task(
            "P.7",
            "87214c18",
            Judgement(
                "answer_p_7",
                [
                    (3, "says how the flaw was found, and which checks would have missed it"),
                    (3, "gives the estimate with its uncertainty, and says what it does and does not show"),
                    (3, "says how far the flaw moved the estimate, in which direction, and why"),
                    (3, "reports at least one check that could have gone against the conclusion"),
                    (2, "a reader who was not in the course can follow it"),
                ],
            ),
        ),
    ],
)
