"""Staggered panels with a known truth, for the tests of estimators."""

import numpy as np
import pandas as pd

CONTROLS = ["revenue", "beds"]


def panel(*, units=40, periods=12, treated=10, effect=2.0, slope=0.0, noise=1.0, seed=0):
    """Pairs of 5 helpers with units / 5 recipients; the first `treated` of them start in 2004, 2005 and 2006 in turn.

    The effect on `y` is `effect` plus `slope` times the distance of the pair; `count` is for logarithms.
    """
    generator = np.random.default_rng(seed)
    pairs = pd.DataFrame(
        {"helper": [f"h{i % 5}" for i in range(units)], "recipient": [f"r{i // 5}" for i in range(units)]}
    )
    first = [2004 + i % 3 if i < treated else None for i in range(units)]
    pairs["cohort"] = pd.array(first, dtype="Int64")
    pairs["distance"] = generator.uniform(0, 3, units)
    pairs["level"] = generator.normal(0, 3, units)
    made = pairs.merge(pd.DataFrame({"year": range(2000, 2000 + periods)}), how="cross")
    treat = (made["year"] >= made["cohort"].fillna(9999)).astype(float)
    trend = np.sin(made["year"]) * 2
    made["y"] = (
        made["level"] + trend + treat * (effect + slope * made["distance"]) + generator.normal(0, noise, len(made))
    )
    made["count"] = generator.poisson(np.exp(0.2 + 0.5 * treat))
    return made.drop(columns="level")


def controls(made, seed=1):
    """Base-year values, one row per recipient."""
    recipients = sorted(made["recipient"].unique())
    values = np.random.default_rng(seed).normal([1000, 20], [300, 5], (len(recipients), 2))
    return pd.DataFrame(values, columns=CONTROLS).assign(recipient=recipients)


def distances(made):
    """One number per pair, indexed by the pair."""
    return made.drop_duplicates(["helper", "recipient"]).set_index(["helper", "recipient"])["distance"]
