"""Problem set 2: difference in differences, and what a star is worth."""

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets import made
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

NOT_CLUSTERED = "That takes all rows as independent of each other: rows of one pair are not."


def draw(rng: np.random.Generator) -> Drawn:
    """panel.csv: a staggered panel with a gain of a student's own."""
    gain = float(rng.uniform(1.0, 2.5))
    panel = counts.panel(rng, treated=int(rng.integers(12, 18)), gain=gain)
    return Drawn({"panel.csv": counts.text(panel[[*PAIR, "year", "cohort", "count"]])}, {"gain": gain})


def estimated(tables: dict) -> pd.Series:
    """The row of two-way fixed effects."""
    return did.twfe(tables["panel.csv"], "count").iloc[0]


def not_clustered(tables: dict) -> float:
    """The standard error of the estimate if all rows were independent of each other."""
    panel = tables["panel.csv"]
    means = [[panel[name] for name in PAIR], panel["year"]]
    treat, y = did.treated(panel, "year", "cohort"), panel["count"].astype(float)
    treat, y = (
        column - sum(column.groupby(by).transform("mean") for by in means) + column.mean() for column in (treat, y)
    )
    rest = y - float(estimated(tables)["estimate"]) * treat
    freedom = len(panel) - len(panel.drop_duplicates(PAIR)) - panel["year"].nunique()
    return float(np.sqrt((rest**2).sum() / freedom / (treat**2).sum()))


def effect(tables: dict, truth: dict) -> Answers:
    """2.3: the estimate."""
    panel = tables["panel.csv"]
    treat, y = did.treated(panel, "year", "cohort"), panel["count"]
    within = treat - treat.groupby([panel[name] for name in PAIR]).transform("mean")
    wrong = {
        "That is a difference of means, without effects of pairs and years.": float(
            y[treat == 1].mean() - y[treat == 0].mean()
        ),
        "Take out the effects of years too.": float((within * y).sum() / (within**2).sum()),
    }
    return Answers(float(estimated(tables)["estimate"]), wrong)


def clustered(tables: dict, truth: dict) -> Answers:
    """2.4: the standard error, under any of the usual small-sample factors."""
    errors = [float(did.twfe(tables["panel.csv"], "count", ssc=name)["std_error"].iloc[0]) for name in did.CONVENTIONS]
    row = estimated(tables)
    wrong = {
        NOT_CLUSTERED: not_clustered(tables),
        "That is the t value.": float(row["statistic"]),
        "That is half the interval of 95 per cent.": float((row["conf_high"] - row["conf_low"]) / 2),
        "That is the variance. Take its root.": errors[0] ** 2,
    }
    return Answers(errors[0], wrong, also=tuple(errors[1:]))


def few_clusters(tables: dict, truth: dict) -> Answers:
    """2.5: the p value with the degrees of freedom of treated pairs, under any factor that 2.4 takes for right."""
    row, panel = estimated(tables), tables["panel.csv"]
    treated = panel[panel["cohort"].notna()].drop_duplicates(PAIR)
    t, freedom = abs(row["statistic"]), len(treated) - 1
    loose = abs(row["estimate"]) / not_clustered(tables)
    wrong = {
        f"{NOT_CLUSTERED} See 2.4.": float(2 * stats.t.sf(loose, freedom)),
        "That has the degrees of freedom of all pairs.": float(row["p_value"]),
        "That is one-sided.": float(stats.t.sf(t, freedom)),
        "That takes the normal distribution.": float(2 * stats.norm.sf(t)),
        "One less than the number of treated pairs.": float(2 * stats.t.sf(t, freedom + 1)),
    }
    errors = [float(did.twfe(tables["panel.csv"], "count", ssc=name)["std_error"].iloc[0]) for name in did.CONVENTIONS]
    also = tuple(float(2 * stats.t.sf(abs(row["estimate"]) / error, freedom)) for error in errors)
    return Answers(float(2 * stats.t.sf(t, freedom)), wrong, also=also, tolerance=0.02)


def hidden_cells(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """Four means with a drawn difference of differences, then rows around them."""
    cases = []
    for points, says, sizes in ((2, "cells of unequal size", [3, 5, 2, 7]), (1, "a fall", [4, 4, 4, 4])):
        before, control, trend = rng.integers(4, 40, 3) / 4
        gain = float(rng.integers(1, 20)) / 4 * (-1 if says == "a fall" else 1)
        means = {(0, 0): control, (0, 1): control + trend, (1, 0): before, (1, 1): before + trend + gain}
        table = made.four_cells(rng, means, sizes)
        cases.append(Case(points, says, [made.given(table)], gain, "Take means of the four cells, then differences."))
    return cases


def hidden_panels(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """The book's estimator says what is right."""
    cases = []
    for points, says in ((2, "several first years"), (1, "rows in another order, and other names of units")):
        table = made.staggered(rng, [3.0, 3.0, 5.0, 6.0, np.nan, np.nan, np.nan], range(1, 9))
        table["treat"] = (table["year"] >= table["cohort"]).astype(int)
        table["y"] = table["base"] + table["treat"] * 2 + rng.integers(-4, 5, len(table)) / 4
        right = float(did.twfe(table, "y", unit="unit")["estimate"].iloc[0])
        if points == 1:
            table["unit"] = table["unit"].str.replace("u", "county ")
        call = [made.given(table[["unit", "year", "treat", "y"]])]
        hint = "Take means of units and of years out of `treat`, and add the grand mean once."
        cases.append(Case(points, says, call, right, hint))
    return cases


FOUR = Case(
    2,
    "four means",
    [made.rows("treated after y", (0, 0, 1), (0, 0, 3), (0, 1, 4), (1, 0, 5), (1, 1, 9), (1, 1, 11))],
    # 10 less 5, minus 4 less 2
    3.0,
    "Treated rows rise from 5 to 10, the others from 2 to 4.",
)
TWO_UNITS = Case(
    1,
    "two units and two years",
    [made.rows("unit year treat y", ("a", 1, 0, 1), ("a", 2, 1, 6), ("b", 1, 0, 2), ("b", 2, 0, 4))],
    # 6 less 1, minus 4 less 2
    3.0,
    "Unit a rises by 5, unit b by 2.",
)
THREE_YEARS = Case(
    1,
    "two units and three years",
    [
        made.rows(
            "unit year treat y",
            *(("a", year, int(year > 1), y) for year, y in zip((1, 2, 3), (0, 4, 5), strict=True)),
            *(("b", year, 0, y) for year, y in zip((1, 2, 3), (1, 2, 3), strict=True)),
        )
    ],
    # one year before and two after: (4.5 - 0) - (2.5 - 1)
    3.0,
    "With one date of treatment it is the difference of means after and before.",
)

SET = ProblemSet(
    "2",
    draw,
    [
        Task("2.1", "8e0250bf", Function("two_by_two", [FOUR], hidden_cells, (2, 1))),
        Task("2.2", "3c5df677", Function("twfe", [TWO_UNITS, THREE_YEARS], hidden_panels, (2, 1))),
        Task("2.3", "64cbd3ee", Number("answer_2_3", 3, "estimate", effect)),
        Task("2.4", "afd3f081", Number("answer_2_4", 3, "standard error, clustered by pair", clustered)),
        Task("2.5", "00151f24", Number("answer_2_5", 2, "p value with few treated pairs", few_clusters)),
        Task(
            "2.6",
            "cbb457cd",
            Judgement(
                "answer_2_6",
                [
                    (2, "says what a star promises, and over which repetitions"),
                    (2, "says with its own two p values why few treated pairs matter more than many pairs"),
                    (1, "says what one would report in the place of stars"),
                ],
            ),
        ),
    ],
)
