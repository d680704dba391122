"""Exercises of chapter 12: few treated pairs that share cities."""

from itertools import combinations

from scipy import stats

from enclave import panels
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave_exercises.answers import Answers, Choice


def smallest_p_by_signs(source: str) -> Answers:
    """12.1: the smallest p value that signs by helper can give."""
    pairs = panels.of(source).manufacturing.drop_duplicates(PAIR)
    helpers, treated = pairs["helper"].nunique(), pairs.loc[pairs["cohort"].notna(), "helper"].nunique()
    wrong = {
        "The true vector of signs has a mirror with the same distance from zero.": 1 / 2**helpers,
        "Signs are those of helpers. How many are there?": 2 / 2 ** pairs["recipient"].nunique(),
        "The true vector counts as one, so the share is never zero.": 0.0,
        "That is the number of vectors. Which share of them is the smallest?": float(2**helpers),
        "One sign for each pair is another bootstrap.": 2.0 / 2.0 ** len(pairs),
    }
    if treated < helpers:
        wrong["Helpers without a park have a sign, too."] = 2 / 2**treated
    return Answers(2 / 2**helpers, wrong)


def treated_that_share(source: str) -> Answers:
    """12.2: how many couples of treated pairs have a city in common."""
    panel = panels.of(source).manufacturing
    treated = panel[panel["cohort"].notna()].drop_duplicates(PAIR)[PAIR].to_numpy().tolist()
    couples = list(combinations(treated, 2))
    helper = sum(one[0] == other[0] for one, other in couples)
    recipient = sum(one[1] == other[1] for one, other in couples)
    wrong = {
        "Those have the same helper. Two pairs may share a recipient instead.": helper,
        "Those have the same recipient. Two pairs may share a helper instead.": recipient,
        "Those are all couples of treated pairs.": len(couples),
        "Those have no city in common.": len(couples) - helper - recipient,
        "Count each couple once.": 2 * (helper + recipient),
    }
    return Answers(helper + recipient, wrong)


def rule_of_thumb(source: str) -> Answers:
    """12.3: the p value of column (3) of Table 2 with treated pairs less one as degrees of freedom."""
    panel = panels.of(source).manufacturing
    row = did.twfe(panel, "log_count").iloc[0]
    treated, t = len(panel[panel["cohort"].notna()].drop_duplicates(PAIR)), abs(row["statistic"])
    links = abs(did.twfe(panel, "count")["statistic"].item())
    wrong = {
        "Those are the degrees of freedom of all pairs.": row["p_value"],
        "You tested one side.": float(stats.t.sf(t, treated - 1)),
        "You took the normal distribution.": float(2 * stats.norm.sf(t)),
        "That is column (1). Take the logarithm.": float(2 * stats.t.sf(links, treated - 1)),
    }
    return Answers(float(2 * stats.t.sf(t, treated - 1)), wrong, tolerance=0.01)


TREATED_NOISE = {
    "a": "The number of paths is the same in all columns of the study.",
    "c": "The seed draws which path goes where. It changes no size by that much.",
    "d": "Independent rows are the column in which this test is near five per cent.",
}
DEALT_WITHIN = {
    "a": "That is what deals among all pairs assume.",
    "c": "Deals keep the number of parks of each helper. What may differ between its recipients?",
    "d": "The outcome is never dealt. Which variable is?",
}
EXERCISES = [
    smallest_p_by_signs,
    treated_that_share,
    rule_of_thumb,
    Choice("b", TREATED_NOISE).answers,
    Choice("b", DEALT_WITHIN).answers,
]
