"""The two-way estimate of equation (1) over every combination of first treated years that documents allow.

In a balanced panel of N units and T periods the estimate is a ratio,

    beta = sum_i a_i / (sum_i m_i (1 - m_i / T) - (sum_t n_t^2 - (sum_t n_t)^2 / T) / N)

with a_i the sum of unit i's outcome, less its means by unit and period, over its treated periods, m_i their number, and
n_t the number of treated units in period t. The numerator adds up over units and sum n_t^2 needs products of two parts
of the units, so all combinations cost little more than two half lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_table
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    refuse_always_treated,
    refuse_names,
    refuse_untreated,
    unit_columns,
)

# more combinations than this are refused: they would fill the memory of a small machine
MOST = 5_000_000
TINY = 1e-9


@dataclass(frozen=True)
class YearRange:
    """All estimates, and the years behind the two extremes.

    estimates : one per combination of years, in rising order
    listed : the estimate with the years of the panel
    years : one row per treated unit: its columns, `listed`, `lowest` and `highest` (its first treated period in the
        panel and in the combinations with the lowest and the highest estimate), `choices` (how many it may have)
    """

    estimates: np.ndarray
    listed: float
    years: pd.DataFrame


def over_years(
    panel: pd.DataFrame,
    outcome: str,
    years: pd.DataFrame | None = None,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> YearRange:
    """The two-way estimate without controls for each combination of first treated periods.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the panel must be balanced
    years : the columns of unit and cohort, one row for each period that a unit may have. A treated unit without a row
        keeps its own; units that the panel does not treat are ignored

    Raises
    ------
    EnclaveError as `did.twfe`; for gaps, a unit treated in the first period, a period outside the panel, or more than
    `MOST` combinations.
    """
    keys = unit_columns(unit)
    refuse_names(keys, ("listed", "lowest", "highest", "choices"))
    data = checked(panel, outcome, keys, time, cohort, balanced="The range over years")
    refuse_untreated(data[cohort].notna(), cohort)
    refuse_always_treated(data, keys, time, cohort)
    periods = np.sort(data[time].unique())
    gaps = data[OUTCOME].to_numpy(float).reshape(-1, len(periods))
    gaps = gaps - gaps.mean(axis=1, keepdims=True) - gaps.mean(axis=0) + gaps.mean()
    first = data.drop_duplicates(keys).reset_index(drop=True)
    treated = first[first[cohort].notna()]
    listed = treated[cohort].astype("int64").tolist()
    choices = _choices(treated[keys], listed, years, keys, cohort, periods.tolist())
    estimates, combinations = _all(gaps[treated.index], periods, choices, len(gaps))
    order = np.argsort(estimates, kind="stable")
    made = treated[keys].reset_index(drop=True).assign(listed=listed)
    made = made.assign(lowest=combinations(order[0]), highest=combinations(order[-1]), choices=[*map(len, choices)])
    own = _all(gaps[treated.index], periods, [[one] for one in listed], len(gaps))[0]
    return YearRange(estimates[order], float(own[0]), made)


def _choices(units, listed, years, keys, cohort, periods) -> list[list[int]]:
    """The first treated periods that each treated unit may have, in rising order."""
    if years is None:
        return [[one] for one in listed]
    refuse_no_table("years", years, [*keys, cohort])
    outside = sorted(set(years[cohort]) - set(periods[1:]))
    if outside:
        raise EnclaveError(f"A unit may not begin in {outside[0]}: give periods from {periods[1]} to {periods[-1]}.")
    given = {name: sorted(set(rows.astype(int))) for name, rows in years.groupby(keys)[cohort]}
    names = [tuple(row) if len(keys) > 1 else (row[0],) for row in units.itertuples(index=False)]
    found = [given.get(name, [own]) for name, own in zip(names, listed, strict=True)]
    count = int(np.prod([len(one) for one in found], dtype=float))
    if count > MOST:
        raise EnclaveError(f"There are {count:,} combinations of years, and {MOST:,} are the most. Give fewer years.")
    return found


def _all(gaps: np.ndarray, periods: np.ndarray, choices: list[list[int]], units: int):
    """The estimate of each combination, and a function from its number to its years."""
    half = len(choices) // 2
    left, right = _half(gaps[:half], periods, choices[:half]), _half(gaps[half:], periods, choices[half:])
    (years_a, top_a, own_a, count_a), (years_b, top_b, own_b, count_b) = left, right
    squares = (count_a**2).sum(axis=1)[:, None] + (count_b**2).sum(axis=1) + 2 * count_a @ count_b.T
    total = count_a.sum(axis=1)[:, None] + count_b.sum(axis=1)
    bottom = own_a[:, None] + own_b - (squares - total**2 / len(periods)) / units
    if (bottom < TINY).any():
        raise EnclaveError("The period effects absorb the treatment: all units begin together. Add untreated units.")
    estimates = ((top_a[:, None] + top_b) / bottom).ravel()

    def combination(number: int) -> list[int]:
        return [*years_a[number // len(years_b)], *years_b[number % len(years_b)]]

    return estimates, combination


def _half(gaps: np.ndarray, periods: np.ndarray, choices: list[list[int]]):
    """Of each combination of a part of the units: years, numerator, own part of the denominator, units by period."""
    years = list(product(*choices))
    first = np.array(years, dtype=float).reshape(len(years), len(choices))
    treated = periods >= first[:, :, None]
    top = np.einsum("cit,it->c", treated, gaps)
    length = treated.sum(axis=2)
    own = (length * (1 - length / len(periods))).sum(axis=1)
    return years, top, own, treated.sum(axis=1).astype(float)
