"""Rough sizes of the cities' economies, and a rough path of new firms: weights that are judged, not statistics.

Rules of plausibility and the synthetic counts use them, where only the ratio of two cities or of two years matters.
"""

import numpy as np
import pandas as pd

from enclave.base import terms

ECONOMIES = {
    "440100": 100,  # Guangzhou
    "440200": 7,  # Shaoguan
    "440300": 100,  # Shenzhen
    "440400": 12,  # Zhuhai
    "440500": 12,  # Shantou
    "440600": 55,  # Foshan
    "440700": 16,  # Jiangmen
    "440800": 14,  # Zhanjiang
    "440900": 15,  # Maoming
    "441200": 11,  # Zhaoqing
    "441300": 17,  # Huizhou
    "441400": 6,  # Meizhou
    "441500": 5,  # Shanwei
    "441600": 5,  # Heyuan
    "441700": 6,  # Yangjiang
    "441800": 9,  # Qingyuan
    "441900": 43,  # Dongguan
    "442000": 18,  # Zhongshan
    "445100": 6,  # Chaozhou
    "445200": 10,  # Jieyang
    "445300": 4,  # Yunfu
}
# yearly growth of the number of new firms, and the years in which it is different: a crisis, and the end of the paid-in
# capital that a new firm had to have
GROWTH = 0.07
OTHER_GROWTH = {2008: -0.06, 2009: 0.0, 2014: 0.3, 2015: 0.12}


def economies() -> pd.Series:
    """The weight of each city's economy, by code."""
    return pd.Series(ECONOMIES, dtype=float)


def new_firms() -> pd.Series:
    """The number of new firms in each year of the panels, relative to the mean of the years."""
    rates = [OTHER_GROWTH.get(year, GROWTH) for year in terms.YEARS[1:]]
    made = pd.Series(np.cumprod([1.0, *(1 + np.array(rates))]), index=list(terms.YEARS))
    return made / made.mean()
