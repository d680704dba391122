"""Exercises of chapter 4: group-time effects."""

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import csdid, decomposition, did
from enclave_exercises.answers import Answers, Choice

LAST_EFFECT = {
    "a": "The simple average weights pairs and years. How many are there at the last event time?",
    "c": "The average over calendar years has few such cells in each year.",
    "d": "The average over pairs gives each pair its mean over many years.",
}


def recomputed(source: str) -> Answers:
    """4.2: the simple average from the tiles."""
    panel = panels.of(source).manufacturing
    tiles = csdid.att_gt(panel, "count")
    averages = csdid.aggregate(panel, "count")["estimate"]
    after = tiles[tiles["event_time"] >= 0]
    wrong = {
        "You gave each tile the same weight. A tile counts once for each pair of its cohort.": float(
            after["estimate"].mean()
        ),
        "You took in the tiles before the park.": float((tiles["estimate"] * tiles["n_treated"]).sum())
        / float(tiles["n_treated"].sum()),
        "That is the average over event times.": float(averages["dynamic_post_avg"]),
        "You added without dividing by the number of treated cells.": float(
            (after["estimate"] * after["n_treated"]).sum()
        ),
    }
    return Answers(float(averages["simple"]), wrong)


def other_base(source: str) -> Answers:
    """4.3: the tiles under the weights of two-way fixed effects, less the baseline."""
    panel = panels.of(source).manufacturing
    tiles = csdid.att_gt(panel, "count")[["cohort", "year", "estimate"]]
    cells = decomposition.cell_weights(panel).query("treat == 1").astype({"cohort": int})
    joined = cells.merge(tiles, on=["cohort", "year"], how="left")
    weighted, baseline = float((joined["weight"] * joined["estimate"]).sum()), did.twfe(panel, "count")
    base = baseline["estimate"].item()
    wrong = {
        "That is the weighted sum of the tiles. Take the baseline from it.": weighted,
        "That is the baseline alone.": base,
        "You took the weighted sum from the baseline. Take it the other way round.": base - weighted,
        "That is a ratio. The question asks for a difference.": weighted / base,
    }
    return Answers(weighted - base, wrong)


def without_never_treated(source: str) -> Answers:
    """4.4: number of treated cells with a negative weight if never-treated pairs are dropped."""
    panel = panels.of(source).manufacturing
    alone = decomposition.cell_weights(panel[panel["cohort"].notna()]).query("treat == 1")["weight"]
    every = decomposition.cell_weights(panel).query("treat == 1")["weight"]
    wrong = {
        "You kept the never-treated pairs.": int((every < 0).sum()),
        "You counted the cells with a positive weight.": int((alone > 0).sum()),
        "You counted all treated cells.": len(alone),
        "You counted cells before the park too.": int(
            (decomposition.cell_weights(panel[panel["cohort"].notna()])["weight"] < 0).sum()
        ),
    }
    return Answers(int((alone < 0).sum()), wrong)


def a_year_ahead(source: str) -> Answers:
    """4.5: change of the simple average if treated pairs invest one link more in the year before their park."""
    panel = panels.of(source).manufacturing
    ahead = (panel["year"] == panel["cohort"] - 1).fillna(value=False)
    known = panel.assign(count=panel["count"] + ahead.astype(int))
    before, after = (csdid.aggregate(rows, "count")["estimate"] for rows in (panel, known))
    wrong = {
        "Which way does the effect go if the year before the park is higher?": float(
            before["simple"] - after["simple"]
        ),
        "That is what the two-way estimate changes by. It spreads its base over all years before.": float(
            did.twfe(known, "count")["estimate"].item() - did.twfe(panel, "count")["estimate"].item()
        ),
        "The base of each tile is the year that you changed, so the average moves.": 0.0,
        "That is the new average. By how much did it move?": float(after["simple"]),
    }
    return Answers(float(after["simple"] - before["simple"]), wrong)


def largest_change(source: str) -> Answers:
    """4.6: the pair whose mean with the park is farthest above its last year before."""
    panel = panels.of(source).manufacturing
    first = panel["cohort"].astype(float)
    base = panel[panel["year"] == first - 1].set_index(PAIR)["count"]
    mean = panel[panel["year"] >= first].groupby(PAIR)["count"].mean()
    change = (mean - base).dropna()
    wrong = {
        "That pair is at the bottom of the list.": change.idxmin(),
        "That pair has the highest mean with its park. Take off the year before.": mean.idxmax(),
        "That pair has the most links in the year before. Compare with the years after.": base.idxmax(),
        "That pair has the lowest mean with its park.": mean.idxmin(),
        "That pair comes second.": change.sort_values().index[-2],
    }
    return Answers(change.idxmax(), wrong)


EXERCISES = [
    Choice("b", LAST_EFFECT).answers,
    recomputed,
    other_base,
    without_never_treated,
    a_year_ahead,
    largest_change,
]
