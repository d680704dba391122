"""Problem set 1: where panels come from."""

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave_course import counts
from enclave_course.counts import Drawn
from enclave_course.sets.made import given, rows, shuffled
from enclave_course.tasks import Case, Function, Judgement, Number, ProblemSet, Task
from enclave_exercises.answers import Answers

KEYS = ["investor", "investee", "year"]
COLUMNS = [*KEYS, "firm", "kind"]
FIRST, LAST = int(counts.YEARS[0]), int(counts.YEARS[-1])


def single(cells: pd.DataFrame, first_firm: int, kind: str = "firm") -> pd.DataFrame:
    """Counts of helper, recipient and year as single links, each of a firm of its own."""
    one = cells.loc[cells.index.repeat(cells["count"].astype(int)), [*PAIR, "year"]].set_axis(KEYS, axis=1)
    return one.assign(firm=np.arange(first_firm, first_firm + len(one)), kind=kind)


def raw(rng: np.random.Generator, panel: pd.DataFrame, further: dict[str, int]) -> pd.DataFrame:
    """Links that give the counts of `panel`, and as many as `further` says of each kind that must not count."""
    good = single(panel, 1)
    model = good.sample(400, replace=True, random_state=rng).reset_index(drop=True)
    model["firm"] = 10_000 + np.arange(len(model))
    turned = model.rename(columns={"investor": "investee", "investee": "investor"})[COLUMNS]
    outside = model.assign(year=np.where(np.arange(len(model)) % 2, FIRST - 1, LAST + 1))
    made = {
        "twice": good.sample(min(further["twice"], len(good)), random_state=rng),
        "persons": model.assign(kind="person", firm=model["firm"] + 1000),
        "turned": turned.assign(firm=model["firm"] + 2000),
        "outside": outside.assign(firm=model["firm"] + 3000),
    }
    return shuffled(rng, pd.concat([good, *(table.head(further[name]) for name, table in made.items())]))


def draw(rng: np.random.Generator) -> Drawn:
    """links.csv and pairs.csv; the truth has the panel and how many links of each kind must not count."""
    panel = counts.panel(rng, gain=float(rng.uniform(1.5, 3)))
    further = {name: int(rng.integers(30, 90)) for name in ("twice", "persons", "turned", "outside")}
    pairs = panel.drop_duplicates(PAIR)[[*PAIR, "cohort"]]
    files = {"links.csv": counts.text(raw(rng, panel, further)), "pairs.csv": counts.text(pairs)}
    return Drawn(files, {"panel": panel, **further})


def links_that_count(tables: dict, truth: dict) -> Answers:
    """1.1: number of links."""
    links = int(truth["panel"]["count"].sum())
    wrong = {
        "Rows that are the same in all columns are one link.": links + truth["twice"],
        "Natural persons are no firms.": links + truth["persons"],
        "A link from a recipient to its helper is not one of the pair.": links + truth["turned"],
        "Look at the years.": links + truth["outside"],
        "You counted all rows of the file.": len(tables["links.csv"]),
    }
    return Answers(links, wrong)


def share_of_zeros(tables: dict, truth: dict) -> Answers:
    """1.3: share of pairs and years without a link."""
    zero = truth["panel"]["count"] == 0
    wrong = {
        "That is the share of cells with a link.": float(1 - zero.mean()),
        "That is a number of cells. Divide it by the number of all pairs and years.": int(zero.sum()),
    }
    return Answers(float(zero.mean()), wrong)


def change_of_treated(tables: dict, truth: dict) -> Answers:
    """1.4: mean of treated pairs with their park, less that before it."""
    panel = truth["panel"]
    after, ever = panel["year"] >= panel["cohort"], panel["cohort"].notna()
    means = panel["count"]
    linked = means > 0
    wrong = {
        "Years without a link count too, as zeros.": float(
            means[after & linked].mean() - means[ever & ~after & linked].mean()
        ),
        "Before the park means: years before it of pairs that get one. You took pairs without a park in.": float(
            means[after].mean() - means[~after].mean()
        ),
        "That is the mean with the park. Take the mean before it from it.": float(means[after].mean()),
    }
    return Answers(float(means[after].mean() - means[ever & ~after].mean()), wrong)


def hidden_panels(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """Counts are drawn first, then the links that give them."""
    says = ["a pair without any link", "years outside the panel", "rows that are there twice", "natural persons"]
    hints = ["A pair without a link has zeros in all years.", "Look at the first and last year.", "", "Look at `kind`."]
    more = [{}, {"outside": 3}, {"twice": 2}, {"persons": 3}]
    cases = []
    for points, say, hint, further in zip((2, 1, 1, 1), says, hints, more, strict=True):
        pairs = pd.DataFrame(
            {"helper": ["p", "q", "q"], "recipient": ["x", "x", "y"], "cohort": [2004.0, np.nan, np.nan]}
        )
        cells = pairs.merge(pd.DataFrame({"year": range(FIRST, LAST + 1)}), how="cross")
        cells["count"] = rng.poisson(1.2, len(cells)) * (cells["recipient"] == "x")
        none = dict.fromkeys(("twice", "persons", "turned", "outside"), 0)
        links = raw(rng, cells, {**none, "turned": 2, **further})
        right = cells[[*PAIR, "year", "count"]]
        given_ = [given(links), given(pairs), FIRST, LAST]
        cases.append(Case(points, say, given_, {"columns": list(right), "rows": right.to_numpy().tolist()}, hint))
    return cases


def hidden_rules(rng: np.random.Generator, drawn: Drawn) -> list[Case]:
    """The first years are drawn, then one of the two dates is put before each of them."""
    first = rng.integers(2003, 2015, 6)
    other, agreed_last = first - rng.integers(0, 4, 6), rng.random(6) < 0.5
    agreed, opened = np.where(agreed_last, first, other).tolist(), np.where(agreed_last, other, first).tolist()
    right = first.tolist()
    gaps = [*right[:-2], None, None]
    cases = Case(1, "six cities", [agreed, opened], right, "Both must be there: which of two years is the one?")
    one_missing = [[*agreed[:-2], None, agreed[-1]], [*opened[:-1], None]]
    return [cases, Case(1, "a missing date", one_missing, gaps, "Without one of the two there is no first year.")]


BY_HAND = Case(
    1,
    "a panel of two pairs and two years",
    [
        rows(
            " ".join(COLUMNS),
            ("p", "x", 2001, 1, "firm"),
            ("p", "x", 2001, 1, "firm"),
            ("p", "x", 2001, 2, "person"),
            ("x", "p", 2001, 3, "firm"),
            ("p", "x", 2003, 4, "firm"),
            ("p", "x", 2002, 5, "firm"),
            ("p", "x", 2002, 6, "firm"),
        ),
        rows("helper recipient cohort", ("p", "x", 2002), ("q", "x", None)),
        2001,
        2002,
    ],
    # firm 1 once; firms 5 and 6; nothing between q and x
    {
        "columns": ["helper", "recipient", "year", "count"],
        "rows": [["p", "x", 2001, 1], ["p", "x", 2002, 2], ["q", "x", 2001, 0], ["q", "x", 2002, 0]],
    },
    "Of the seven rows three count. A pair without a link has a row with a zero in each year.",
)
LATER = Case(
    1, "three cities", [[2005, None, 2010], [2007, 2008, 2010]], [2007, None, 2010], "The later year; None without one."
)

SET = ProblemSet(
    "1",
    draw,
    [
        Task("1.1", "39109913", Number("answer_1_1", 2, "number of links that count", links_that_count)),
        Task("1.2", "49b5d62b", Function("count_links", [BY_HAND], hidden_panels, (2, 1, 1, 1))),
        Task("1.3", "51459990", Number("answer_1_3", 2, "share of zeros", share_of_zeros)),
        Task("1.4", "7bdcc9ba", Number("answer_1_4", 3, "change of treated pairs", change_of_treated)),
        Task("1.5", "e158c053", Function("first_treated", [LATER], hidden_rules, (1, 1))),
        Task(
            "1.6",
            "789184aa",
            Judgement(
                "answer_1_6",
                [
                    (2, "says what a missing row may mean, with a case in which a zero is right and one in which not"),
                    (
                        1,
                        "says in which direction each treatment of missing rows moves a mean, with a number of its own",
                    ),
                    (1, "says what one would have to know to decide"),
                ],
            ),
        ),
    ],
)
