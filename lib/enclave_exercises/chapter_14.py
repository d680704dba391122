"""Exercises of chapter 14: spillovers between pairs that share a city."""

import pandas as pd

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did, spillovers
from enclave_exercises.answers import Answers, Choice

RECIPIENTS = 12
WITH, WITHOUT = [2011, 2012], [2014, 2015, 2016]


def pairs_that_share_no_city(source: str) -> Answers:
    """14.1: never treated pairs that share neither city with a treated one."""
    panel = panels.of(source).manufacturing
    never = panel[panel["cohort"].isna()]

    def left(by: list[str]) -> int:
        kept = spillovers.donut(panel, by=by)
        return int(kept[kept["cohort"].isna()].groupby(PAIR).ngroups)

    ever = panel[panel["cohort"].notna()]
    cities = [panel[side].nunique() - ever[side].nunique() for side in PAIR]
    wrong = {
        "You left out pairs that share the helper. What of those that share the recipient?": left(["helper"]),
        "You left out pairs that share the recipient. What of those that share the helper?": left(["recipient"]),
        "Those are all pairs that never have a park.": int(never.groupby(PAIR).ngroups),
        "You counted combinations of cities. Which of them are pairs of this panel?": cities[0] * cities[1],
        "You counted the treated pairs, too.": left(list(PAIR)) + int(ever.groupby(PAIR).ngroups),
    }
    right = left(list(PAIR))
    return Answers(right, {hint: value for hint, value in wrong.items() if value != right})


def total_of_a_helper(source: str) -> Answers:
    """14.2: what one park more adds to the total of a helper by the regression with exposure."""
    slopes = spillovers.regression(panels.of(source).manufacturing, "count").set_index("term")["estimate"]
    own, other = float(slopes["treat"]), float(slopes["same_helper"])
    wrong = {
        "The pair with the park has no spillover from its own park. How many others are there?": own
        + RECIPIENTS * other,
        "That is what the own pair gains. What of the other pairs of the helper?": own,
        "That is what the other pairs gain. What of the pair with the park?": (RECIPIENTS - 1) * other,
        "You counted one of the other pairs. How many are there?": own + other,
        "Mind the sign of the slope: add it.": own - (RECIPIENTS - 1) * other,
    }
    return Answers(own + (RECIPIENTS - 1) * other, wrong)


def four_pairs() -> pd.DataFrame:
    """The four pairs of exercise 14.3 in two years."""
    rows = {"helper": list("aaaabbbb"), "recipient": list("xxyyxxyy"), "year": [1, 2] * 4}
    cohort = pd.array([2, 2, *[None] * 6], dtype="Int64")
    return pd.DataFrame({**rows, "cohort": cohort, "links": [10, 15, 10, 9, 10, 12, 10, 11]})


def bias_by_hand(source: str) -> Answers:
    """14.3: how much larger than the effect the comparison with all others is."""
    panel = four_pairs()
    plain = float(did.twfe(panel, "links")["estimate"].item())
    effect = float(spillovers.regression(panel, "links")["estimate"].iloc[0])
    wrong = {
        "That is the comparison with all others. How far is it from the effect?": plain,
        "That is the effect of the park. How far from it is the comparison with all others?": effect,
        "You took the pair that shares the helper as the only comparison.": 5 + 1 - effect,
        "You took the pair that shares the recipient as the only comparison.": 5 - 2 - effect,
        "You took no comparison at all: what would have happened in the year without the park?": 5 - effect,
        "Look at the sign: which of the two is larger?": effect - plain,
    }
    return Answers(plain - effect, wrong)


def one_park_as_a_share(source: str) -> Answers:
    """14.4: what one more park of the helper changes by the slope of a share."""
    panel = panels.of(source).manufacturing
    slopes = spillovers.regression(panel, "count", measure="share").set_index("term")["estimate"]
    share = float(slopes["share_helper"])
    wrong = {
        "That is the slope for all other pairs at once. Which share is one park?": share,
        "The pair itself is none of the others. Over how many is the share taken?": share / RECIPIENTS,
        "That is the slope of the number. Use the share.": float(
            spillovers.regression(panel, "count").set_index("term")["estimate"]["same_helper"]
        ),
        "You multiplied. One park is a small part of the share.": share * (RECIPIENTS - 1),
        "That is the slope for the recipient.": float(slopes["share_recipient"]) / (RECIPIENTS - 1),
    }
    return Answers(share / (RECIPIENTS - 1), wrong)


def change_of_the_county_total(source: str) -> Answers:
    """14.6: change of the mean total of a county, hectares."""
    land = panels.of(source).land
    sides = land.pivot_table(index=["county", "year"], columns="park", values="area_ha", aggfunc="sum")
    years = sides.index.get_level_values("year")
    change = sides[years.isin(WITHOUT)].mean() - sides[years.isin(WITH)].mean()
    inside, outside = float(change[1]), float(change[0])
    wrong = {
        "That is the change inside parks. Add the outside.": inside,
        "That is the change outside parks. Add the inside.": outside,
        "That is the change of the gap. Which sign has the outside in a sum?": inside - outside,
        "That is the mean of the two sides. A total is their sum.": (inside + outside) / 2,
        "Look at the sign: which years come later?": -(inside + outside),
    }
    return Answers(inside + outside, wrong)


ALL_DIVERTED = {
    "a": "The own pair does gain. From where?",
    "c": "What do the other pairs of the helper lose, and in which cities are they?",
    "d": "A placebo gives parks to pairs that have none. What would it find on average?",
}
EXERCISES = [
    pairs_that_share_no_city,
    total_of_a_helper,
    bias_by_hand,
    one_park_as_a_share,
    Choice("b", ALL_DIVERTED).answers,
    change_of_the_county_total,
]
