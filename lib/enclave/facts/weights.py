"""Sizes of the cities' economies, and the path of new firms over the years, for rules of plausibility and counts.

Only the ratio of two cities, or of two years, matters.
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from enclave.base import terms
from enclave.facts import levels

# year whose economies are taken: the first with all cities, near the middle of the panels
YEAR = 2011
# how strongly links follow the number of new firms: a judgement. Most new firms are not in manufacturing, and there
# would be hardly a link in the first years if links followed it one to one
ELASTICITY = 0.5
# stocks of firms whose yearly increase stands for new firms before these were counted: kind, and the two ends
STOCKS = (
    ("private enterprises", (1999, 12), (2001, 12)),
    ("private enterprises", (2001, 12), (2003, 12)),
    ("private enterprises", (2003, 12), (2008, 12)),
    ("registered enterprises", (2005, 6), (2012, 9)),
)
# the interval in which stocks and new firms are both known
BOTH = ("registered enterprises", (2012, 9), (2013, 10))
# years whose new firms are known for some months only: the last of them
FIRST_MONTHS = {2017: 9, 2018: 6}
UNKNOWN_MONTH = 6


def economies() -> pd.Series:
    """Gross domestic product of each city in `YEAR`, in 100 million yuan, by code."""
    table = levels.city_economies()
    return table[table["year"] == YEAR].set_index("code")["gdp_100m_yuan"]


def new_firms() -> pd.Series:
    """The path of new firms in China that links follow, by year, relative to the mean of the years.

    From 2012 on the number of new enterprises is known. For 2017 and 2018 it is that of the first months times the
    ratio of the whole year to these months in the year before. Earlier years follow the yearly increase of the stocks
    of private and of registered enterprises, with the ratio of new firms to increase of 2012 to 2013, interpolated in
    logs. All that is then raised to the power `ELASTICITY`.
    """
    return _new_firms().copy()


@lru_cache(maxsize=1)
def _new_firms() -> pd.Series:
    table = levels.new_firms()
    table = table[table["region"] == "China"].assign(month=lambda rows: rows["month"].fillna(UNKNOWN_MONTH))
    counts = table.set_index(["kind", "year", "month"])["count_10k"]
    new = counts["new enterprises"]
    known = {int(year): float(count) for (year, month), count in new.items() if month == 12}
    for year, month in FIRST_MONTHS.items():
        known[year] = float(new[year, month] * known[year - 1] / new[year - 1, month])
    ratio = (known[2012] + known[2013]) / 2 / _increase(counts, *BOTH)
    earlier = {_time(*first, *last): ratio * _increase(counts, kind, first, last) for kind, first, last in STOCKS}
    points = pd.Series(earlier | {year + 0.5: count for year, count in known.items()}).sort_index()
    logs = np.interp(np.array(terms.YEARS) + 0.5, points.index, np.log(points))
    made = pd.Series(np.exp(ELASTICITY * logs), index=list(terms.YEARS))
    return made / made.mean()


def _increase(counts: pd.Series, kind: str, first: tuple[int, int], last: tuple[int, int]) -> float:
    """Yearly increase of a stock between two months."""
    years = last[0] - first[0] + (last[1] - first[1]) / 12
    return float((counts[kind, *last] - counts[kind, *first]) / years)


def _time(*ends: int) -> float:
    """The middle of two months (year, month, year, month), in years."""
    return (ends[0] + ends[1] / 12 + ends[2] + ends[3] / 12) / 2
