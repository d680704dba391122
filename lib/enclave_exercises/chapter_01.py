"""Exercises of chapter 1: from registers to a panel."""

import pandas as pd

from enclave import panels
from enclave_exercises.answers import Answers, Choice
from enclave_registers.cleaning import pipeline


def lost_firms(source: str) -> Answers:
    """1.1: number of firms that only their name locates."""
    located = pipeline.seats(source)["located_by"]
    by_name = int(located.eq("name").sum())
    wrong = {
        "You counted the firms that the city column locates. These would be kept.": int(located.eq("city").sum()),
        "You counted all firms.": len(located),
        "You counted all firms but those located by name.": len(located) - by_name,
        "That is a share. The question asks for a number of firms.": by_name / len(located),
    }
    return Answers(by_name, wrong)


def gains_most_from_names(source: str) -> Answers:
    """1.2: the city with the largest share of firms located by name."""
    seats = pipeline.seats(source)
    named = seats["located_by"].eq("name").groupby(seats["located"])
    share = named.mean()
    wrong = {
        "That city has the smallest share.": share.idxmin(),
        "That city has the most firms located by name, but it has many firms. Compare shares.": named.sum().idxmax(),
        "That city has the most firms of all kinds. Compare shares.": named.size().idxmax(),
        "That city has the fewest firms located by name. Compare shares.": named.sum().idxmin(),
    }
    return Answers(share.idxmax(), wrong, also=tuple(share[share == share.max()].index))


def mean_without_zeros(source: str) -> Answers:
    """1.3: the factor by which the mean of never-treated pairs rises if zeros are left out."""
    panel = panels.of(source).manufacturing
    never = panel.loc[panel["cohort"].isna(), "count"]
    ever = panel.loc[panel["cohort"].notna(), "count"]
    before, after = never.mean(), never[never > 0].mean()
    wrong = {
        "That is the factor of the treated pairs.": float(ever[ever > 0].mean() / ever.mean()),
        "That is a difference. A factor is the new mean divided by the old one.": float(after - before),
        "You divided the old mean by the new one.": float(before / after),
        "That is the new mean itself.": float(after),
    }
    return Answers(float(after / before), wrong)


def standard_deviation(source: str) -> Answers:
    """1.5: by how many per cent the standard deviation of treated pairs is larger with n - 1 than with n."""
    treated = panels.of(source).manufacturing.query("cohort.notna()")["count"]
    n = len(treated)
    factor = (n / (n - 1)) ** 0.5
    every = len(panels.of(source).manufacturing)
    wrong = {
        "That is the change of the variance. The standard deviation is its root.": 100 * (n / (n - 1) - 1),
        "You counted the pair-years of all pairs.": 100 * ((every / (every - 1)) ** 0.5 - 1),
        "That is the factor. By how many per cent is it above one?": factor,
        "These are the standard deviations' units, not per cent of them.": float(
            pd.Series(treated).std() - pd.Series(treated).std(ddof=0)
        ),
    }
    return Answers(100 * (factor - 1), wrong, tolerance=0.05)


# names of the question 1.4, in its order
NAMES = {"a": "珠江啤酒厂", "b": "南海渔村饮食有限公司", "c": "佛山市某某有限公司", "d": "某某有限公司"}
HINTS = {
    "a": "A river is no city, so the rules do not place this name at all.",
    "c": "The rules place this name, and rightly: it names its city.",
    "d": "Nothing in this name tells a place, to a rule or to a person.",
}

EXERCISES = [lost_firms, gains_most_from_names, mean_without_zeros, Choice("b", HINTS).answers, standard_deviation]
