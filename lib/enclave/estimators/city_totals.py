"""Sums of the outcome over the pairs of a city: what parks move between pairs of a city leaves its sum as it is.

    sum_j y_ijt = delta P_it + lambda_i + eta_t + e_it

P counts the parks of helper i. If a park adds beta to its own pair and gamma_H to each of the J - 1 other pairs of its
helper, and recipients play no role, delta is beta + (J - 1) gamma_H: zero if all of a park is diverted from the
helper's other pairs. The same with recipients in the place of helpers.
"""

from collections.abc import Sequence

import pandas as pd

from enclave.base.arguments import refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import LOG, OUTCOME, checked, keep_attrs, refuse_names, refuse_untreated, treated
from enclave.estimators.spillovers import two_columns


def totals(
    panel: pd.DataFrame,
    outcome: str,
    city: str,
    *,
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Sums of the outcome over all pairs of a city: what parks move between pairs of a city leaves its sum as it is.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `regression`; the panel is balanced, and the outcome no logarithm
    city : the column of the unit over whose values pairs are added

    Returns
    -------
    the city, the period, total, parks (number of treated pairs in the period); sorted. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for gaps, a logarithm, or a city that is no column of the unit.
    """
    keys = two_columns(unit)
    refuse_unknown("column of the unit", city, keys)
    refuse_names([city, time], ["total", "parks"])
    if isinstance(outcome, str) and outcome not in panel and outcome.startswith(LOG):
        raise EnclaveError(f"A sum of logarithms such as {outcome!r} is no total. Give the column itself.")
    data = checked(panel, outcome, keys, time, cohort, balanced="City totals")
    values = data[[city, time]].assign(total=data[OUTCOME], parks=treated(data, time, cohort))
    made = values.groupby([city, time], observed=True, as_index=False).sum()
    return keep_attrs(made, panel)


def per_park(
    panel: pd.DataFrame,
    outcome: str,
    city: str,
    *,
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """What one park more goes with in the total of its city, with city and period effects, clustered by city.

    If parks only move links between the pairs of a city, the slope is zero. Pairs without any link need no rows: they
    add nothing to a sum.

    Arguments and errors as `totals`; also EnclaveError if all cities have as many parks at all times.

    Returns
    -------
    one row `parks`; columns and `attrs` as `did.twfe`. Clusters are cities, which are few.
    """
    rows = totals(panel, outcome, city, unit=unit, time=time, cohort=cohort)
    refuse_untreated(rows["parks"], cohort)
    return keep_attrs(did.fit(rows["total"], rows[["parks"]], rows[[city]], rows[time]), rows)
