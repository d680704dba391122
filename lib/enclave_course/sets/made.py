"""Small panels made backwards from the answer, for the hidden calls of functions."""

import numpy as np
import pandas as pd

from enclave_course.counts import text


def given(table: pd.DataFrame) -> dict:
    """A table as the argument of a call."""
    return {"csv": text(table)}


def rows(columns: str, *values: tuple) -> dict:
    """A table written by hand as the argument of a call: the names of its columns, then its rows."""
    return given(pd.DataFrame(list(values), columns=columns.split()))


def around_zero(rng: np.random.Generator, n: int) -> np.ndarray:
    """`n` numbers with the mean zero, in quarters; zero if there is one only."""
    drawn = rng.integers(-8, 9, n) / 4
    drawn[-1] = -drawn[:-1].sum()
    return drawn


def four_cells(rng: np.random.Generator, means: dict[tuple[int, int], float], sizes: list[int]) -> pd.DataFrame:
    """Rows treated, after, y with these means of the four cells (treated, after), in any order."""
    parts = [
        pd.DataFrame({"treated": treated, "after": after, "y": mean + around_zero(rng, size)})
        for ((treated, after), mean), size in zip(means.items(), sizes, strict=True)
    ]
    return shuffled(rng, pd.concat(parts))


def staggered(rng: np.random.Generator, cohorts: list[float], years: range) -> pd.DataFrame:
    """Units with these first treated years (nan = never): unit, year, cohort, and `base`, a unit plus a year effect."""
    levels, trend = rng.integers(0, 40, len(cohorts)) / 4, rng.integers(-8, 9, len(years)) / 4
    table = pd.DataFrame(
        [
            (f"u{number}", year, cohort, levels[number] + trend[place])
            for number, cohort in enumerate(cohorts)
            for place, year in enumerate(years)
        ],
        columns=["unit", "year", "cohort", "base"],
    )
    return shuffled(rng, table)


def shuffled(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """The rows in another order."""
    return table.sample(frac=1, random_state=rng).reset_index(drop=True)
