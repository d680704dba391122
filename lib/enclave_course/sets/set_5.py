"""Problem set 5: heterogeneity, counts and other outcomes."""

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave.estimators import did, poisson
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets import made
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

AT_KM = 50


def draw(rng: np.random.Generator) -> Drawn:
    """panel.csv with the distance of a pair, links that fade with it, and branches that a park multiplies."""
    panel = counts.panel(rng, treated=20, gain=float(rng.uniform(3, 5)), slope=float(rng.uniform(0.8, 2)), ramp=3)
    factor = float(rng.uniform(1.4, 2.4))
    size = rng.lognormal(1.2, 0.8, panel.groupby(PAIR).ngroups).repeat(len(counts.YEARS))
    grown = (
        size * (1 + 0.05 * (panel["year"] - counts.YEARS[0])) * np.where(panel["year"] >= panel["cohort"], factor, 1)
    )
    panel["branches"] = rng.poisson(grown)
    columns = [*PAIR, "year", "cohort", "km", "count", "branches"]
    return Drawn({"panel.csv": counts.text(panel[columns])}, {"factor": factor})


def rows(panel: pd.DataFrame) -> pd.Series:
    """The estimates of treatment and of treatment times kilometres."""
    km = panel.drop_duplicates(PAIR).set_index(PAIR)["km"]
    return did.twfe(panel, "count", interaction=km).set_index("term")["estimate"]


def slope(tables: dict, truth: dict) -> Answers:
    """5.3: by how much the effect changes per kilometre."""
    both = rows(tables["panel.csv"])
    wrong = {
        "That is the effect of a pair at distance zero.": float(both["treat"]),
        "That is per 100 km. The question is per kilometre.": 100 * float(both["treat_x_km"]),
    }
    return Answers(float(both["treat_x_km"]), wrong)


def effect_at(tables: dict, truth: dict) -> Answers:
    """5.4: the effect at a distance."""
    both = rows(tables["panel.csv"])
    right = float(both["treat"] + AT_KM * both["treat_x_km"])
    wrong = {
        "Add the effect at distance zero.": float(AT_KM * both["treat_x_km"]),
        "That is the effect at distance zero.": float(both["treat"]),
    }
    return Answers(right, wrong)


def factor(tables: dict, truth: dict) -> Answers:
    """5.5: by which factor a park multiplies branches."""
    panel = tables["panel.csv"]
    beta = poisson.log_factor(panel, "branches")
    logs = float(did.twfe(panel, "log_branches")["estimate"].iloc[0])
    wrong = {
        "That is the coefficient. Turn it into a factor.": beta,
        "That is the change as a share. The factor is one more.": float(np.exp(beta) - 1),
        "That is the change in per cent.": 100 * float(np.exp(beta) - 1),
        "That comes from least squares on logarithms.": float(np.exp(logs)),
    }
    return Answers(float(np.exp(beta)), wrong)


def hidden_ratios(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """Three means and a factor are drawn, then rows around the four means."""
    cases = []
    for points, says, sizes in ((2, "cells of unequal size", [3, 5, 2, 6]), (1, "a factor below one", [2, 2, 2, 2])):
        before, control, growth = (float(rng.integers(low, high)) / 4 for low, high in ((80, 240), (80, 240), (5, 9)))
        gain = float(rng.integers(5, 12)) / 4
        gain = 1 / gain if "below" in says else gain
        means = {(0, 0): control, (0, 1): control * growth, (1, 0): before, (1, 1): before * growth * gain}
        table = made.four_cells(rng, means, sizes)
        cases.append(Case(points, says, [made.given(table)], gain, "Take means first, then ratios."))
    return cases


def hidden_logs(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """Mean logarithms of the four cells are drawn, then the counts that have them."""
    means = {cell: float(rng.integers(2, 12)) / 4 for cell in ((0, 0), (0, 1), (1, 0), (1, 1))}
    right = means[1, 1] - means[1, 0] - means[0, 1] + means[0, 0]
    cases = []
    for scale in (1, 10):
        table = made.four_cells(rng, {cell: 3 + mean for cell, mean in means.items()}, [3, 2, 4, 3])
        table["y"] = np.expm1(table["y"]) / scale
        hint = "The unit multiplies the count inside the logarithm: ln(1 + unit * y)."
        cases.append(Case(1, f"a unit of {scale}", [made.given(table), scale], right, hint))
    return cases


RATIO = Case(
    2,
    "four means",
    [made.rows("treated after y", (0, 0, 2), (0, 1, 3), (1, 0, 1), (1, 0, 3), (1, 1, 5), (1, 1, 7))],
    # from 2 to 6 is times 3, from 2 to 3 times 1.5
    2.0,
    "Treated rows go from 2 to 6, which is times 3; the others from 2 to 3, which is times 1.5.",
)
LOGS = Case(
    1,
    "counts of which the logarithms are simple",
    [made.rows("treated after y", (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 7)), 1],
    # (ln 8 - ln 2) - (ln 2 - ln 1) = ln 2
    float(np.log(2)),
    "ln(1 + y) of the four rows is 0, ln 2, ln 2 and ln 8.",
)

SET = ProblemSet(
    "5",
    draw,
    [
        Task("5.1", "516898b4", Function("ratio_of_ratios", [RATIO], hidden_ratios, (2, 1))),
        Task("5.2", "ed1cf4f0", Function("log_did", [LOGS], hidden_logs, (1, 1))),
        Task("5.3", "2deb904e", Number("answer_5_3", 3, "change of the effect per kilometre", slope)),
        Task("5.4", "b17c6576", Number("answer_5_4", 2, f"effect at {AT_KM} km", effect_at)),
        Task("5.5", "55584716", Number("answer_5_5", 3, "factor by Poisson regression", factor)),
        Task(
            "5.6",
            "99ba4efd",
            Judgement(
                "answer_5_6",
                [
                    (2, "says what each of the three models assumes about pairs of different size"),
                    (2, "shows with `log_did` and two units that one of them depends on the unit, and says why"),
                    (1, "chooses a model for its panel, with a reason that is not the size of the estimate"),
                ],
            ),
        ),
    ],
)
