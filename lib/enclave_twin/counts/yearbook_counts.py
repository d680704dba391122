"""The synthetic city yearbook: five figures per recipient and year, with as many gaps as Table 1 counts.

Levels and spreads follow Table 1 roughly: revenue and expenditure per head grow by a fixed rate, telephones and beds
drift up, freight grows; each city has its own level. The year 2000 is complete, because the models use its values.
"""

import numpy as np
import pandas as pd

from enclave import facts

YEARS = np.arange(2000, 2019)
GAPS = {"phones_10k": (235, 41), "hospital_beds": (6, 2), "freight_10k_tonnes": (129, 22)}
MOST_GAPS_PER_CITY = 6


def yearbook(kept: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Raw yearbook figures: recipient, year and the columns of the yearbook register, 12 x 19 rows.

    `kept` has one row per pair of the manufacturing panel: recipient, treated (bool). Gaps are placed so that the
    control and treated pair-years without a value are those of Table 1 (`GAPS`).
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
    population = np.repeat(rng.uniform(280, 780, n_cities), len(YEARS)) * 1.007**age

    def level(start, spread, growth, noise):
        own = np.repeat(rng.lognormal(0, spread, n_cities), len(YEARS))
        return start * own * growth**age * rng.lognormal(0, noise, len(age))

    figures = {
        "population_10k": population,
        "revenue_10k_yuan": population * level(330, 0.3, 1.11, 0.05),
        "expenditure_10k_yuan": population * level(720, 0.15, 1.135, 0.05),
        "phones_10k": population * level(0.5, 0.3, 1.04, 0.08),
        "hospital_beds": population * level(11.0, 0.25, 1.05, 0.05),
        "freight_10k_tonnes": level(2500, 0.5, 1.075, 0.1),
    }
    return {name: np.rint(values).astype("int64") for name, values in figures.items()}


def gap_rows(table, kept, missing: tuple[int, int], rng) -> np.ndarray:
    """Rows of `table` to blank: whole years at the end of the period, then single city-years."""
    whole, singles = gap_pattern(kept, missing)
    years = YEARS[1 : len(YEARS) - whole]
    single = {(city, year) for city, n in singles.items() for year in rng.choice(years, n, replace=False)}
    keys = zip(table["recipient"], table["year"], strict=True)
    return (table["year"] > YEARS[-1] - whole).to_numpy() | np.array([key in single for key in keys])


def gap_pattern(kept: pd.DataFrame, missing: tuple[int, int]) -> tuple[int, dict[str, int]]:
    """How many years lack every city, and how many further years each recipient lacks, to miss exactly `missing`.

    `missing` counts never-treated and treated pair-years. A city-year without a value is missing for all kept pairs of
    that recipient. As many whole years as fit are taken, the rest is found by a search over the recipients that takes
    the fewest city-years. If no pattern meets `missing`, the nearest one is taken.
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
