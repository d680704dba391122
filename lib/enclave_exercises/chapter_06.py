"""Exercises of chapter 6: distance."""

import numpy as np
import pandas as pd

from enclave import facts, panels
from enclave.base.terms import PAIR
from enclave.estimators import did, distance, jackknife, placebo
from enclave_exercises.answers import Answers

FAR = 100


def hundred_kilometres(source: str) -> Answers:
    """6.1: the effect at 100 km from the printed column (1)."""
    printed = facts.published().query("table == '4' and column == '1' and statistic == 'estimate'")
    cell = printed.set_index("row")["printed"].astype(float)
    effect, slope = cell["treat"], cell["treat_x_distance_boundary"]
    wrong = {
        "That is what a hundred kilometres change. Add it to the effect at zero.": FAR * slope,
        "Mind the sign of the slope: add it.": effect - FAR * slope,
        "That is the effect at ten kilometres.": effect + slope * FAR / 10,
        "That is the effect at zero.": effect,
    }
    return Answers(effect + FAR * slope, wrong)


def at_the_mean(source: str) -> Answers:
    """6.2: the effect at the treated pairs' mean distance between centroids."""
    data = panels.of(source)
    panel, pairs = data.manufacturing, data.pairs
    treated = pairs[pairs["cohort"].notna()]
    km = distance.km(pairs, "centroid")

    def at(kilometres: float) -> float:
        return distance.effect_over_distance(panel, "count", km, [kilometres])["estimate"].item()

    wrong = {
        "That is the effect at a distance of zero.": at(0),
        "That is the effect at the mean distance of all pairs. Take the treated ones.": at(
            pairs["dist_centroid_km"].mean()
        ),
        "You took the mean distance between boundaries.": at(treated["dist_boundary_km"].mean()),
        "That is the mean distance.": float(treated["dist_centroid_km"].mean()),
    }
    return Answers(at(treated["dist_centroid_km"].mean()), wrong)


def in_metres(source: str) -> Answers:
    """6.3: the slope of column (1) if distances are in metres."""
    data = panels.of(source)
    km = distance.km(data.pairs, "boundary")
    metres = did.twfe(data.manufacturing, "count", interaction=1000 * km)
    slope = did.twfe(data.manufacturing, "count", interaction=km)["estimate"].iloc[1]
    wrong = {
        "That is the slope for one kilometre.": float(slope),
        "A metre is less than a kilometre, so the slope for one is smaller.": float(1000 * slope),
        "That is the effect at zero, which stays.": float(metres["estimate"].iloc[0]),
        "That is the t statistic, which stays.": float(metres["statistic"].iloc[1]),
    }
    return Answers(float(metres["estimate"].iloc[1]), wrong)


def _slope(panel: pd.DataFrame, km: pd.Series) -> float:
    """The slope of column (1) on a balanced panel, in closed form: pair and year effects are taken out first."""
    cells = panel.sort_values([*PAIR, "year"])
    far = km.reindex(pd.MultiIndex.from_frame(cells[PAIR])).to_numpy()
    treat = did.treated(cells, "year", "cohort").to_numpy()
    shape = (-1, cells["year"].nunique())
    columns = [placebo.doubly_demeaned(values.reshape(shape)).ravel() for values in (treat, treat * far)]
    return float(np.linalg.lstsq(np.column_stack(columns), cells["count"].to_numpy(float))[0][1])


def pair_that_bends_the_line(source: str) -> Answers:
    """6.4: the treated pair without which the slope of column (1) changes most."""
    data = panels.of(source)
    km = distance.km(data.pairs, "boundary")
    left = jackknife.leave_one_out(data.manufacturing, lambda rest: _slope(rest, km))
    moves = left.set_index(PAIR)["change"].abs()
    far = data.pairs[data.pairs["cohort"].notna()].set_index(PAIR)["dist_boundary_km"]
    wrong = {
        "Without that pair the slope changes least.": moves.idxmin(),
        "That pair is the farthest. Its leverage is high, but how far is it from the line?": far.idxmax(),
        "That pair is the nearest.": far.idxmin(),
        "That pair comes second.": moves.sort_values().index[-2],
        "That pair has the least leverage.": (far - far.mean()).abs().idxmin(),
    }
    return Answers(moves.idxmax(), wrong)


EXERCISES = [hundred_kilometres, at_the_mean, in_metres, pair_that_bends_the_line]
