"""Exercises of chapter 2: the baseline."""

import pandas as pd

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did, placebo
from enclave.facts import public
from enclave_exercises.answers import Answers


def estimate(panel: pd.DataFrame, outcome: str = "count") -> float:
    """Column (1) of Table 2 on a panel."""
    return did.twfe(panel, outcome)["estimate"].item()


def added_links(source: str) -> Answers:
    """2.1: change of the estimate if two links are added to every row with a park."""
    panel = panels.of(source).manufacturing
    treat, ever = did.treated(panel, "year", "cohort"), panel["cohort"].notna()
    base = estimate(panel)
    change = estimate(panel.assign(count=panel["count"] + 2 * treat)) - base
    always = estimate(panel.assign(count=panel["count"] + 2 * ever)) - base
    wrong = {
        "You added links to all years of treated pairs, and the pair effects took them out.": always,
        "That is the new estimate. The question asks how much it changes.": base + change,
        "That is by how much the mean of all rows rises.": float(2 * treat.mean()),
        "You added one link, or divided by two.": change / 2,
    }
    return Answers(change, wrong)


def without_regression(source: str) -> Answers:
    """2.2: the estimate of column (1) from the residuals of the treatment."""
    panel = panels.of(source).manufacturing
    treat, count = did.treated(panel, "year", "cohort"), panel["count"]
    own = treat.groupby([panel[key] for key in PAIR]).transform("mean")
    year = treat.groupby(panel["year"]).transform("mean")

    def weighted(left: pd.Series) -> float:
        return float((left * count).sum() / (left**2).sum())

    wrong = {
        "Add the grand mean of the treatment: it was taken out twice.": weighted(treat - own - year),
        "Take out the means of the years as well.": weighted(treat - own),
        "Take out the means of the pairs as well.": weighted(treat - year),
        "That is a difference of means, with nothing taken out.": float(
            count[treat == 1].mean() - count[treat == 0].mean()
        ),
    }
    return Answers(estimate(panel), wrong)


def negative_weights(source: str) -> Answers:
    """2.3: number of treated rows with a negative weight."""
    panel = panels.of(source).manufacturing
    treat = did.treated(panel, "year", "cohort")
    own = treat.groupby([panel[key] for key in PAIR]).transform("mean")
    left = treat - own - treat.groupby(panel["year"]).transform("mean") + treat.mean()
    wrong = {
        "You counted rows without a park too. Keep the treated rows.": int((left < 0).sum()),
        "You counted treated rows with a positive weight.": int(((left > 0) & (treat == 1)).sum()),
        "You counted the rows of treated pairs before their park.": int(
            (panel["cohort"].notna() & (treat == 0) & (left < 0)).sum()
        ),
        "You counted all rows.": len(panel),
    }
    return Answers(int(((left < 0) & (treat == 1)).sum()), wrong)


def weights_of_states(source: str) -> Answers:
    """2.4: standard error with population weights, as a share of that without."""
    states = public.castle()
    states["cohort"] = states["sid"].map(states[states["post"] == 1].groupby("sid")["year"].min())
    alike = did.twfe(states, "l_homicide", unit="sid").iloc[0]
    weighted = did.twfe(states, "l_homicide", unit="sid", weights="popwt").iloc[0]
    share = float(weighted["std_error"] / alike["std_error"])
    wrong = {
        "You divided the other way round.": 1 / share,
        "That compares the estimates. The question is about standard errors.": float(
            weighted["estimate"] / alike["estimate"]
        ),
        "That is the weighted standard error itself. Divide it by the other.": float(weighted["std_error"]),
        "That compares variances, the squares of standard errors.": share**2,
    }
    return Answers(share, wrong)


def without_zeros(source: str) -> Answers:
    """2.5: the estimate of column (1) without rows that have no link."""
    panel = panels.of(source).manufacturing
    linked, ever = panel["count"] > 0, panel["cohort"].notna()
    wrong = {
        "That is the estimate with the zeros.": estimate(panel),
        "That is the estimate for logarithms.": estimate(panel[linked], "log_count"),
        "You dropped the zeros of never-treated pairs only.": estimate(panel[linked | ever]),
        "You dropped the zeros of treated pairs only.": estimate(panel[linked | ~ever]),
    }
    return Answers(estimate(panel[linked]), wrong)


def _quick(panel: pd.DataFrame) -> float:
    """As `estimate` of the counts on a balanced panel, in closed form: a reader waits for many of these."""
    cells = panel.sort_values([*PAIR, "year"])
    shape = (-1, cells["year"].nunique())
    left = placebo.doubly_demeaned(did.treated(cells, "year", "cohort").to_numpy().reshape(shape)).ravel()
    return float(left @ cells["count"].to_numpy(float) / (left @ left))


def pair_that_matters_most(source: str) -> Answers:
    """2.6: the treated pair without which the estimate of column (1) changes most."""
    panel = panels.of(source).manufacturing
    keys = pd.MultiIndex.from_frame(panel[PAIR])
    links = panel[panel["cohort"].notna()].groupby(PAIR)["count"].sum()
    without = pd.Series({pair: _quick(panel[keys != pair]) for pair in links.index})
    moves = (without - _quick(panel)).abs()
    wrong = {
        "Without that pair the estimate changes least.": moves.idxmin(),
        "That pair has the most links. Leave out one pair at a time and compare the estimates.": links.idxmax(),
        "That pair has the fewest links. Leave out one pair at a time and compare the estimates.": links.idxmin(),
        "That pair comes second to last. Sort by the size of the change.": moves.sort_values().index[1],
    }
    return Answers(moves.idxmax(), wrong)


EXERCISES = [
    added_links,
    without_regression,
    negative_weights,
    weights_of_states,
    without_zeros,
    pair_that_matters_most,
]
