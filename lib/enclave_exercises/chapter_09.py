"""Exercises of chapter 9: the land market."""

import numpy as np
import pandas as pd

from enclave import panels
from enclave.estimators import land
from enclave_exercises.answers import Answers

WITHOUT_SHARING = [2014, 2015, 2016]


def coefficients(panel: pd.DataFrame, **choices) -> pd.Series:
    """Coefficients by year."""
    path = land.event_study(panel, **choices)
    return path.set_index(path["event_time"] + 2014)["estimate"]


def by_hand(source: str) -> Answers:
    """9.1: the coefficient of 2015 from four means."""
    yearly = land.means(panels.of(source).land).set_index("year")
    gap = yearly["inside"] - yearly["outside"]
    wrong = {
        "That is the gap of 2015. Take off that of the base.": float(gap[2015]),
        "The base is 2013.": float(gap[2015] - gap[2014]),
        "That is the change inside parks. Take off the change outside.": float(
            yearly.loc[2015, "inside"] - yearly.loc[2013, "inside"]
        ),
        "You took 2015 from 2013.": float(gap[2013] - gap[2015]),
    }
    return Answers(float(gap[2015] - gap[2013]), wrong)


def base_of_2012(source: str) -> Answers:
    """9.2: what is added to each coefficient if the base is 2012."""
    panel = panels.of(source).land
    old = coefficients(panel)
    wrong = {
        "By how much do they fall or rise? Take the old coefficients from the new ones.": float(old[2012]),
        "That is for 2011 as the base.": float(-old[2011]),
        "That is for 2014 as the base.": float(-old[2014]),
        "That is the new coefficient of 2015, not what was added to it.": float(old[2015] - old[2012]),
    }
    moved = land.event_study(panel, base_year=2012, window=(-2, 7))["estimate"]
    return Answers(float(moved.to_numpy()[-1] - old.to_numpy()[-1]), wrong)


def ten_hectares(source: str) -> Answers:
    """9.3: change of the coefficient of 2015 if both sides of the first county get ten hectares in that year."""
    panel = panels.of(source).land
    first, year = panel["county"] == panel["county"].iloc[0], panel["year"] == 2015

    def change(where: pd.Series) -> float:
        more = panel.assign(form=np.log1p(panel["area_ha"] + 10 * where))
        return float(coefficients(more, outcome="form")[2015] - coefficients(panel)[2015])

    wrong = {
        "You changed the side inside the park only.": change(first & year & (panel["park"] == 1)),
        "You changed the side outside the park only.": change(first & year & (panel["park"] == 0)),
        "You changed all counties.": change(year),
        "County-year effects take out what is equal in the logarithm. Ten hectares are not.": 0.0,
    }
    return Answers(change(first & year), wrong)


def moved_outside(source: str) -> Answers:
    """9.4: the change of the gap without sharing if a third of the area moves outside, by the model."""
    panel = panels.of(source).land
    without, inside = panel["year"].isin(WITHOUT_SHARING), panel["park"] == 1
    moving = (panel["area_ha"] / 3).where(without & inside, 0)
    gain = moving.groupby([panel["county"], panel["year"]]).transform("sum").where(~inside, 0)

    def change(area: pd.Series) -> float:
        shifted = panel.assign(form=np.log1p(area))
        return float(land.contrast(shifted, WITHOUT_SHARING, [2013], outcome="form")["estimate"])

    wrong = {
        "That is the change before anything moves.": change(panel["area_ha"]),
        "You took the area away inside and did not add it outside.": change(panel["area_ha"] - moving),
        "You added the area outside and left it inside.": change(panel["area_ha"] + gain),
        "That is what the move changes. The question asks for what the model says after it.": change(
            panel["area_ha"] - moving + gain
        )
        - change(panel["area_ha"]),
    }
    return Answers(change(panel["area_ha"] - moving + gain), wrong)


EXERCISES = [by_hand, base_of_2012, ten_hectares, moved_outside]
