"""Problem set 4: staggered adoption."""

import numpy as np

from enclave.base.terms import PAIR
from enclave.estimators import csdid, decomposition, did
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets import made
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

# averages may be near each other
EXACT = 0.0005


def draw(rng: np.random.Generator) -> Drawn:
    """panel.csv: effects that grow for years, so that forbidden comparisons matter."""
    panel = counts.panel(rng, pairs=60, treated=24, gain=float(rng.uniform(2, 4)), ramp=10)
    return Drawn({"panel.csv": counts.text(panel[[*PAIR, "year", "cohort", "count"]])})


def fixed_effects(panel) -> float:
    """The coefficient of two-way fixed effects."""
    return float(did.twfe(panel, "count")["estimate"].iloc[0])


def simple(tables: dict, truth: dict) -> Answers:
    """4.3: Callaway and Sant'Anna's simple average."""
    panel = tables["panel.csv"]
    averages = csdid.aggregate(panel, "count")["estimate"]
    cells = csdid.att_gt(panel, "count")
    after = cells[cells["event_time"] >= 0]
    wrong = {
        "Weight each cell by the number of its pairs.": float(after["estimate"].mean()),
        "Cells before the park do not belong in it.": float(np.average(cells["estimate"], weights=cells["n_treated"])),
        "That is the average over event times.": float(averages["dynamic_post_avg"]),
        "That is the average over groups.": float(averages["group_avg"]),
        "That is two-way fixed effects.": fixed_effects(panel),
    }
    return Answers(float(averages["simple"]), wrong, tolerance=EXACT)


def forbidden(tables: dict, truth: dict) -> Answers:
    """4.4: the weight of later against earlier pairs."""
    kinds = decomposition.goodman_bacon(tables["panel.csv"], "count").groupby("kind")["weight"].sum()
    never, earlier, later = (float(kinds[name]) for name in decomposition.KINDS)
    wrong = {
        "That is the weight of comparisons with pairs that never get a park.": never,
        "Those compare earlier pairs with later ones before their park, which is allowed.": earlier,
        "Comparisons of earlier with later pairs are allowed.": earlier + later,
    }
    return Answers(later, wrong)


def gap(tables: dict, truth: dict) -> Answers:
    """4.5: two-way fixed effects less the simple average."""
    panel = tables["panel.csv"]
    average = float(csdid.aggregate(panel, "count")["estimate"]["simple"])
    both = fixed_effects(panel)
    wrong = {"That is a ratio.": both / average, "That is one of the two estimates.": both}
    return Answers(both - average, wrong, tolerance=0.01)


def largest_cohort(tables: dict, truth: dict) -> Answers:
    """4.6: the cohort with the largest mean of its cells."""
    cells = csdid.att_gt(tables["panel.csv"], "count")
    means = cells[cells["event_time"] >= 0].groupby("cohort")["estimate"].mean()
    last = int(means.index.max())
    wrong = {
        "That is the cohort with the smallest mean.": int(means.idxmin()),
        "That is the cohort with the largest single cell.": int(cells.loc[cells["estimate"].idxmax(), "cohort"]),
        "That is the last cohort.": last,
    }
    right = int(means.idxmax())
    return Answers(right, {hint: year for hint, year in wrong.items() if year != right})


def hidden_cells(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """Effects of cohorts and years are drawn and put on effects of units and years."""
    cases = []
    for points, says, first, year in (
        (2, "two years after the first one", 2004, 2006),
        (1, "the first year itself", 2006, 2006),
    ):
        table = made.staggered(rng, [2004.0, 2004.0, 2003.0, 2006.0, np.nan, np.nan], range(2001, 2009))
        size = rng.integers(4, 40) / 4
        growth = {cohort: float(rng.integers(4, 40)) / 4 for cohort in (2003, 2004, 2006)}
        since = table["year"] - table["cohort"] + 1
        table["y"] = table["base"] + (table["cohort"].map(growth) + size * since).where(since > 0, 0.0)
        right = growth[first] + float(size) * (year - first + 1)
        call = [made.given(table[["unit", "year", "cohort", "y"]]), first, year]
        hint = "The base is the last year before the first one; the comparison is with units never treated."
        cases.append(Case(points, says, call, right, hint))
    return cases


def hidden_averages(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """The average is drawn, then cells around it whose weighted deviations add up to zero."""
    average, step = float(rng.integers(4, 40)) / 4, float(rng.integers(1, 8)) / 4
    cells = [
        (2003, 2002, 50.0, 4),
        (2003, 2003, average + step * 3, 4),
        (2003, 2004, average - step, 4),
        (2004, 2004, average - step * 8, 1),
        (2004, 2003, -30.0, 1),
    ]
    table = made.rows("cohort year estimate n", *cells)
    return [Case(2, "cells before and after", [table], average, "Cells before the first year do not count.")]


PANEL = made.rows(
    "unit year cohort y",
    *(("a", year, 2, y) for year, y in ((1, 0), (2, 4), (3, 6))),
    *(("b", year, 2, y) for year, y in ((1, 0), (2, 6), (3, 8))),
    *(("c", year, None, y) for year, y in ((1, 0), (2, 2), (3, 3))),
    *(("d", year, None, y) for year, y in ((1, 0), (2, 0), (3, 1))),
)
# means of treated units 0, 5, 7; of the others 0, 1, 2
FIRST = Case(1, "the first year", [PANEL, 2, 2], 4.0, "Treated units rise by 5 and the others by 1.")
SECOND = Case(1, "a year later", [PANEL, 2, 3], 5.0, "From year 1 treated units rise by 7 and the others by 2.")
FOUR = Case(
    1,
    "four cells",
    [made.rows("cohort year estimate n", (2, 1, 9, 10), (2, 2, 4, 10), (2, 3, 5, 10), (3, 3, 1, 5))],
    # 40, 50 and 5 over 25 units
    3.8,
    "The cell of year 1 is before the first year. The others have 10, 10 and 5 units.",
)

SET = ProblemSet(
    "4",
    draw,
    [
        Task("4.1", "ef83d8e8", Function("att_gt", [FIRST, SECOND], hidden_cells, (2, 1))),
        Task("4.2", "3ce24a42", Function("simple_average", [FOUR], hidden_averages, (2,))),
        Task("4.3", "b176b396", Number("answer_4_3", 3, "simple average", simple)),
        Task("4.4", "0855ee5a", Number("answer_4_4", 3, "weight of forbidden comparisons", forbidden)),
        Task("4.5", "e5dd910b", Number("answer_4_5", 2, "difference of the two estimates", gap)),
        Task("4.6", "0746b29a", Number("answer_4_6", 2, "cohort with the largest mean effect", largest_cohort)),
        Task(
            "4.7",
            "0ed24088",
            Judgement(
                "answer_4_7",
                [
                    (2, "says why effects that grow turn the forbidden comparisons against the estimate"),
                    (2, "explains the sign and the size of its own difference with its own weights"),
                    (1, "says which average answers which question, and which one it would report"),
                ],
            ),
        ),
    ],
)
