"""A process that draws the synthetic city yearbook: population and five figures per recipient city and year.

A figure of city j in year t is

    y_jt = population_jt (if it is a figure per head) * level * u_j * growth ** (t - 2000) * v_jt

u_j and v_jt are log-normal with log standard deviations `between_cities` and `within_city`; the four constants of each
figure are in `FIGURES`. Levels and spreads follow Table 1 roughly. As many values are missing as in Table 1. The year
2000 is complete, because the regressions use its values.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import terms

YEARS = np.array(terms.YEARS)
# column -> pair-years without a value in Table 1: of never-treated pairs, of treated pairs
GAPS = {"phones_10k": (235, 41), "hospital_beds": (6, 2), "freight_10k_tonnes": (129, 22)}
# most single years without a value that the search for a gap pattern gives one city
MOST_GAPS_PER_CITY = 6
# smallest and largest population of a city in 2000, in 10,000 persons
POPULATION = (280, 780)
# factor from one year's population to the next
POPULATION_GROWTH = 1.007


@dataclass(frozen=True)
class Figure:
    """The path of one figure.

    Attributes
    ----------
    per_head : whether it grows with the population
    level : value of 2000 in the unit of the column, per 10,000 persons if `per_head`
    between_cities : log standard deviation of the cities' levels
    growth : factor from one year to the next
    within_city : log standard deviation of a single year around the city's path
    """

    per_head: bool
    level: float
    between_cities: float
    growth: float
    within_city: float


# in the order in which they are drawn
FIGURES = {
    "revenue_10k_yuan": Figure(per_head=True, level=330, between_cities=0.3, growth=1.11, within_city=0.05),
    "expenditure_10k_yuan": Figure(per_head=True, level=720, between_cities=0.15, growth=1.135, within_city=0.05),
    "phones_10k": Figure(per_head=True, level=0.5, between_cities=0.3, growth=1.04, within_city=0.08),
    "hospital_beds": Figure(per_head=True, level=11.0, between_cities=0.25, growth=1.05, within_city=0.05),
    "freight_10k_tonnes": Figure(per_head=False, level=2500, between_cities=0.5, growth=1.075, within_city=0.1),
}


def yearbook(kept: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Raw yearbook figures: recipient, year and the columns of the yearbook register, 12 x 19 rows.

    `kept` has one row per pair of the manufacturing panel: recipient, treated (bool). Gaps are placed so that as many
    control and treated pair-years lack a value as in Table 1 (`GAPS`).
    """
    cities = facts.cities()
    codes = sorted(cities.loc[cities["role"] == "recipient", "code"])
    table = pd.DataFrame([(code, year) for code in codes for year in YEARS], columns=["recipient", "year"])
    table = table.assign(**_figures(len(codes), rng))
    for column, missing in GAPS.items():
        table[column] = table[column].astype("Int64").mask(gap_rows(table, kept, missing, rng))
    return table


def _figures(n_cities: int, rng) -> dict[str, np.ndarray]:
    age = np.tile(YEARS - YEARS[0], n_cities)
    population = np.repeat(rng.uniform(*POPULATION, n_cities), len(YEARS)) * POPULATION_GROWTH**age
    drawn = {"population_10k": population}
    for name, figure in FIGURES.items():
        city = np.repeat(rng.lognormal(0, figure.between_cities, n_cities), len(YEARS))
        path = figure.level * city * figure.growth**age * rng.lognormal(0, figure.within_city, len(age))
        drawn[name] = population * path if figure.per_head else path
    return {name: np.rint(values).astype("int64") for name, values in drawn.items()}


def gap_rows(table, kept, missing: tuple[int, int], rng) -> np.ndarray:
    """Mask of the rows of `table` without a value: whole years at the end of the period, then single city-years."""
    whole, singles = gap_pattern(kept, missing)
    years = YEARS[1 : len(YEARS) - whole]
    single = {(city, year) for city, n in singles.items() for year in rng.choice(years, n, replace=False)}
    keys = zip(table["recipient"], table["year"], strict=True)
    return (table["year"] > YEARS[-1] - whole).to_numpy() | np.array([key in single for key in keys])


def gap_pattern(kept: pd.DataFrame, missing: tuple[int, int]) -> tuple[int, dict[str, int]]:
    """How many years lack every city, and how many further years each recipient lacks, to miss exactly `missing`.

    `missing` counts never-treated and treated pair-years. A city-year without a value is missing for all kept pairs of
    that recipient. As many whole years as fit are taken. A search over the recipients finds the rest with the fewest
    city-years. If no pattern meets `missing`, the nearest one is taken.
    """
    pairs = kept.groupby("recipient")["treated"].agg(["size", "sum"])
    each = {city: (row["size"] - row["sum"], row["sum"]) for city, row in pairs.iterrows()}
    control, treated = (sum(side) for side in zip(*each.values(), strict=True))
    whole = min(missing[0] // control, missing[1] // treated)
    reached = {(0, 0): {}}
    for city, (a, b) in each.items():
        steps = [(n, s, d) for s, d in reached.items() for n in range(MOST_GAPS_PER_CITY + 1)]
        for n, (left, right), chosen in steps:
            total, plan = (left + n * a, right + n * b), chosen | {city: n}
            if total not in reached or sum(plan.values()) < sum(reached[total].values()):
                reached[total] = plan
    rest = (missing[0] - whole * control, missing[1] - whole * treated)
    nearest = min(reached, key=lambda total: (abs(total[0] - rest[0]) + abs(total[1] - rest[1]), total))
    return int(whole), {city: n for city, n in reached[nearest].items() if n}
