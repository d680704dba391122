"""An exact t test with few treated units: one number for each unit, then a comparison of two means.

Lee and Wooldridge (2023, 2026) take from a panel one number per unit: the mean of the outcome after less its mean
before treatment. Least squares of these numbers on being treated is exact in small samples if they are independent and
normal with equal variance, however few units are treated. With several cohorts a never-treated unit gets the mean of
its numbers over the cohorts of treated units. Its number then averages over more, and the test is no longer exact.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import many_draws
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    first_treated,
    keep_attrs,
    refuse_always_treated,
    unit_columns,
)

FEWEST = 2


def differences(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.Series:
    """The mean effect on treated units, with the t test of two means.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the panel must be balanced

    Returns
    -------
    estimate (each treated unit counts as much as any other), std_error (equal variances), df (units less two),
    statistic, p_value, treated, never_treated (units). `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`; for gaps, a unit treated from the first period on, no treated unit, or fewer than two
    never-treated ones.
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort, balanced="Differences of means")
    refuse_always_treated(data, keys, time, cohort)
    first = first_treated(data, time, cohort)[~data.duplicated(keys)].to_numpy()
    wide = data[OUTCOME].to_numpy().reshape(len(first), -1)
    position = np.searchsorted(np.sort(data[time].unique()), first)
    hit = position < wide.shape[1]
    if not hit.any() or (~hit).sum() < FEWEST:
        raise EnclaveError(
            "A t test of two means needs a treated unit and two never-treated ones. Add them to the panel."
        )
    changes = many_draws.differences(wide[None], position)[0]
    one, other = changes[hit], changes[~hit]
    estimate, df = float(one.mean() - other.mean()), len(first) - 2
    pooled = (((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()) / df
    error = float(np.sqrt(pooled * (1 / len(one) + 1 / len(other))))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.divide(estimate, error))
    values = {"estimate": estimate, "std_error": error, "df": df, "statistic": statistic}
    values |= {"p_value": float(2 * stats.t.sf(abs(statistic), df)), "treated": len(one), "never_treated": len(other)}
    return keep_attrs(pd.Series(values), panel)
