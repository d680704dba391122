"""Measures of the yearbook and of the land grants that the rules of Appendix C use.

`made` is a `Panels` or a dictionary of frames by the names of the panels.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.terms import CONTROLS
from enclave.facts import park_counties
from enclave.panels import Panels

Made = Panels | Mapping[str, pd.DataFrame]
# years by which the first report of a park may be late, and the years around those without shared tax revenue
LATE_REPORT = 2
LEAN = (2014, 2017)


def rough_city(made: Made) -> float:
    """Largest change of a city's yearbook figure from one year to the next, in logs."""
    values = made["yearbook"].sort_values(["recipient", "year"])
    steps = np.log(values[CONTROLS]).groupby(values["recipient"]).diff()
    return float(steps.abs().max().max())


def richest(made: Made) -> float:
    """Largest revenue or expenditure per head of a recipient in the last year, relative to the whole province."""
    year = made["yearbook"]["year"].max()
    known = facts.recipient_levels().query("code == '440000' and year == @year").set_index("measure")["value"]
    last = made["yearbook"][made["yearbook"]["year"] == year]
    money = ("revenue", "expenditure")
    return max(
        float(last[f"{name}_per_capita"].max() / known[f"{name}_10k_yuan"] * known["population_10k"]) for name in money
    )


def city_gap(made: Made) -> float:
    """Largest revenue per head of a recipient in the last year, relative to the smallest."""
    values = made["yearbook"]
    last = values.loc[values["year"] == values["year"].max(), "revenue_per_capita"]
    return float(last.max() / last.min())


def before_park(made: Made) -> float:
    """Share of the county-years with grants inside parks that are before the park is documented."""
    land = made["land"]
    inside = land[(land["park"] == 1) & (land["area_ha"] > 0)]
    first = inside["county"].map(park_counties.first_years())
    return float((inside["year"] < first - LATE_REPORT).mean())


def busy_parks(made: Made) -> float:
    """Largest share of the counties with a park that have grants inside it in a year."""
    land = made["land"]
    return float((land[land["park"] == 1].groupby("year")["area_ha"].agg(lambda area: (area > 0).mean())).max())


def park_jump(made: Made) -> float:
    """Largest ratio of the area granted inside parks in a year to the mean of years before 2014 and after 2017."""
    land = made["land"]
    total = land[land["park"] == 1].groupby("year")["area_ha"].sum()
    ordinary = total[(total.index < LEAN[0]) | (total.index > LEAN[1])]
    return float(total.max() / ordinary.mean())
