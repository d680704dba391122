"""Effects of parks in two stages, with pairs that share a city as the ring around a treated pair.

Pair and period effects are estimated from rows that are neither treated nor exposed. What they leave of the other rows
is averaged. References: Gardner (2022); Butts (2021), section 5, by diff-diff's `SpilloverDiD`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from diff_diff import SpilloverDiD
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import by_diff_diff
from enclave.estimators.panel_checks import OUTCOME, checked, keep_attrs, refuse_untreated, size_of, treated
from enclave.estimators.spillovers import two_columns

# two pairs differ in one city or in two; the border between them
SHARE_A_CITY = 1.5


def estimate(
    panel: pd.DataFrame, outcome: str, *, unit: Sequence[str] = PAIR, time: str = "year", cohort: str = "cohort"
) -> pd.DataFrame:
    """Effects on treated rows and on rows that share a city with a treated pair, by diff-diff's `SpilloverDiD`.

    Pair and period effects are estimated from rows that are neither treated nor exposed (Gardner 2022; Butts 2021,
    section 5). What they leave of the other rows is averaged. The distance of two pairs is the number of cities in
    which they differ, so that rings of distance become pairs that share a city.

    Returns
    -------
    rows `treat` and `shares_a_city` (untreated rows alone); columns as `did.twfe` without r2. The standard error is
    clustered by pair and counts the first stage. p values and intervals use t with clusters less one degrees of
    freedom, as everywhere in this book; the program itself has another rule. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, and if the first stage cannot be estimated, such as for a pair that is exposed in all
    periods, or if no row is exposed.
    """
    keys = two_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    refuse_untreated(treated(data, time, cohort), cohort)
    size, pairs = size_of(data[OUTCOME]), data.groupby(keys, observed=True).ngroup()
    plain = pd.DataFrame({"y": data[OUTCOME] / size, "unit": pairs, "time": data[time]})
    plain["first"] = data[cohort].astype("Float64").to_numpy(float, na_value=np.inf)
    plain[["city0", "city1"]] = np.column_stack([pd.factorize(data[key])[0] for key in keys]).astype(float)
    found, exposed = _rings(plain)
    rows = pd.DataFrame(
        {
            "term": ["treat", "shares_a_city"],
            "estimate": np.array([found.att, exposed["coef"]]) * size,
            "std_error": np.array([found.se, exposed["se"]]) * size,
        }
    )
    return keep_attrs(_with_intervals(rows, len(data), pairs.nunique()), panel)


def _rings(plain: pd.DataFrame):
    """The result of `SpilloverDiD`, and its row for the one ring: pairs that differ in one city."""
    program = SpilloverDiD(
        rings=[0.0, SHARE_A_CITY], conley_coords=("city0", "city1"), conley_metric=_cities_apart, cluster="unit"
    )
    with by_diff_diff.quiet():
        try:
            found = program.fit(plain, outcome="y", unit="unit", time="time", first_treat="first")
        except ValueError as fault:
            raise EnclaveError(
                "The two stages cannot be estimated: pair and period effects need rows that are neither treated nor "
                "exposed, in each pair and each period. Leave out the pairs that have none."
            ) from fault
    return found, pd.DataFrame(found.spillover_effects).iloc[0]


def _cities_apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """In how many cities pairs differ: 0, 1 or 2 (rows of `one` x rows of `other`)."""
    return (one[:, None, :] != other[None, :, :]).sum(axis=2).astype(float)


def _with_intervals(rows: pd.DataFrame, n: int, clusters: int) -> pd.DataFrame:
    """Statistic, p value and 95 per cent interval from t with clusters less one degrees of freedom."""
    reach = stats.t.isf(0.025, clusters - 1) * rows["std_error"]
    statistic = rows["estimate"] / rows["std_error"]
    made = rows.assign(statistic=statistic, p_value=2 * stats.t.sf(statistic.abs(), clusters - 1))
    return made.assign(conf_low=rows["estimate"] - reach, conf_high=rows["estimate"] + reach, n=n, clusters=clusters)
