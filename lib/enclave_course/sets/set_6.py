"""Problem set 6: the land market, the network, and what a replication shows."""

import numpy as np
import pandas as pd

from enclave.base import terms
from enclave.estimators import land, network
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets import made
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

YEARS = np.array(terms.LAND_YEARS)
COUNTIES, CITIES, LINK, LENGTH = 36, 21, 3, 3


def draw(rng: np.random.Generator) -> Drawn:
    """land.csv, where parks get less land for three years, and network.csv."""
    without = int(rng.integers(2014, 2017))
    table = pd.DataFrame(
        [(f"c{number:02}", park, year) for number in range(COUNTIES) for park in (0, 1) for year in YEARS],
        columns=["county", "park", "year"],
    )
    in_year = rng.normal(0, 0.3, (COUNTIES, 1, len(YEARS))) + rng.normal(2, 0.5, (COUNTIES, 2, 1))
    lean = (table["park"] == 1) & table["year"].between(without, without + LENGTH - 1)
    noise = rng.normal(0, 0.25, len(table))
    table["log_area"] = (in_year.ravel() - float(rng.uniform(0.6, 1.1)) * lean + noise).round(4)
    names = [(f"n{one:02}", f"n{two:02}") for one in range(CITIES) for two in range(CITIES) if one != two]
    parts = [
        pd.DataFrame(names, columns=["investor", "investee"]).assign(
            year=year, count=rng.poisson(rng.gamma(0.7, scale, len(names)))
        )
        for year, scale in ((2010, 2.0), (2018, 4.0))
    ]
    links = pd.concat(parts)
    links = links[links["count"] > 0]
    return Drawn({"land.csv": counts.text(table), "network.csv": counts.text(links)}, {"without": without})


def coefficient(tables: dict, truth: dict) -> Answers:
    """6.3: the gap of 2015 relative to that of 2013."""
    table = tables["land.csv"]
    rows = land.event_study(table).set_index("event_time")["estimate"]
    gaps = land.means(table).set_index("year")
    gap = gaps["inside"] - gaps["outside"]
    wrong = {
        "That is the gap of 2015. Take that of 2013 from it.": float(gap[2015]),
        "That is the change of parks alone.": float(gaps["inside"][2015] - gaps["inside"][2013]),
        "That is relative to 2014.": float(gap[2015] - gap[2014]),
    }
    return Answers(float(rows[1]), wrong)


def first_lean_year(tables: dict, truth: dict) -> Answers:
    """6.4: the first of the years in which parks get less land."""
    first = truth["without"]
    wrong = {
        "That is the last one.": first + LENGTH - 1,
        "That is the year before.": first - 1,
        "That is the year after them.": first + LENGTH,
    }
    return Answers(first, wrong)


def density(tables: dict, truth: dict) -> Answers:
    """6.5: the density of the last year."""
    rows = network.density(tables["network.csv"], thresholds=(1, LINK)).set_index(["threshold", "year"])["density"]
    right = float(rows[LINK, 2018])
    wrong = {
        "That is another threshold.": float(rows[1, 2018]),
        "That is another year.": float(rows[LINK, 2010]),
        "A link from one city to another has a direction.": 2 * right,
        "No city has a link with itself.": right * (CITIES - 1) / CITIES,
    }
    return Answers(right, wrong)


def hidden_gaps(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """The gap of each year is drawn, then counties around it; one county may lack its park in a year."""
    cases = []
    for points, says, lacking in ((2, "a county without a park in a year", True), (1, "rows in another order", False)):
        means = {year: float(rng.integers(-12, 13)) / 4 for year in (2011, 2012, 2013)}
        rows = []
        for year, mean in means.items():
            for county, away in zip("pqr", made.around_zero(rng, 3), strict=True):
                level = float(rng.integers(4, 40)) / 4
                rows += [(county, 0, year, level), (county, 1, year, level + mean + away)]
        rows += [("s", 0, 2012, 50.0)] if lacking else []
        table = made.shuffled(rng, pd.DataFrame(rows, columns=["county", "park", "year", "y"]))
        right = {"entries": {str(year): mean for year, mean in means.items()}}
        hint = "Take the gap within each county that has both sides in the year, then the mean."
        cases.append(Case(points, says, [made.given(table)], right, hint))
    return cases


def hidden_densities(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """It is drawn how many links are strong enough."""
    cities = [f"k{number}" for number in range(6)]
    pairs = [(one, two) for one in cities for two in cities if one != two]
    chosen = [pairs[number] for number in rng.permutation(len(pairs))[:14]]
    strong, least = int(rng.integers(4, 11)), int(rng.integers(2, 6))
    size = [least + int(rng.integers(0, 4)) if place < strong else int(rng.integers(1, least)) for place in range(14)]
    table = made.rows("investor investee count", *((*pair, n) for pair, n in zip(chosen, size, strict=True)))
    hint = "There are n(n - 1) possible links. A link as strong as the threshold exists."
    few = Case(1, "six cities", [table, 6, least], strong / 30, hint)
    return [few, Case(1, "cities without a link", [table, 11, least], strong / 110, hint)]


GAPS = Case(
    2,
    "two counties and two years",
    [
        made.rows(
            "county park year y",
            *(("p", 1, 2012, 1), ("p", 0, 2012, 2), ("p", 1, 2013, 2), ("p", 0, 2013, 2)),
            *(("q", 1, 2012, 3), ("q", 0, 2012, 1), ("q", 0, 2013, 5)),
        )
    ],
    # 2012: (-1 + 2) / 2; 2013: county p alone
    {"entries": {"2012": 0.5, "2013": 0.0}},
    "In 2013 county q has no row inside a park, so it does not count in that year.",
)
TWO_LINKS = made.rows("investor investee count", ("a", "b", 5), ("b", "c", 1))
ONE = Case(1, "two of six links", [TWO_LINKS, 3, 1], 2 / 6, "Three cities have six possible links.")
FIVE = Case(1, "one of six links", [TWO_LINKS, 3, 5], 1 / 6, "One link has the strength 5.")

SET = ProblemSet(
    "6",
    draw,
    [
        Task("6.1", "35d17b2c", Function("gap_by_year", [GAPS], hidden_gaps, (2, 1))),
        Task("6.2", "9390fb3c", Function("density", [ONE, FIVE], hidden_densities, (1, 1))),
        Task("6.3", "dc57e625", Number("answer_6_3", 3, "change of the gap", coefficient)),
        Task("6.4", "51aa42cd", Number("answer_6_4", 2, "first year with less land", first_lean_year)),
        Task("6.5", "46652a6f", Number("answer_6_5", 2, "density of the network", density)),
        Task(
            "6.6",
            "8d1f7273",
            Judgement(
                "answer_6_6",
                [
                    (2, "tells numbers that follow from the paper from those that follow from a choice it leaves open"),
                    (2, "says for one number of the scorecard what would have to be true for it to differ"),
                    (2, "says what the exact agreement of a synthetic register with a table does not show"),
                ],
            ),
        ),
    ],
)
