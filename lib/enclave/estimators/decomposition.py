"""Decompositions of two-way fixed-effects coefficients in a staggered design: what they average, with which weights.

Goodman-Bacon (2021, theorem 1): all comparisons of two groups. de Chaisemartin and D'Haultfœuille (2020, theorem 1) and
Jakiela (2021): all treated cells. Both rewrite the same number, and both need a balanced panel. Sun and Abraham (2021):
what a coefficient of an event study takes from other event times. Arithmetic in NumPy.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_window, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import event_study
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    first_treated,
    keep_attrs,
    refuse_always_treated,
    refuse_gaps,
    refuse_names,
    refuse_untreated,
    sorted_rows,
    treated,
    unit_columns,
)

KINDS = ["treated vs never", "earlier vs later", "later vs earlier"]


def cell_weights(
    panel: pd.DataFrame,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Weight of each row in the coefficient of `did.twfe` without controls.

    Let r be the residual of the treatment D after unit and period effects. The coefficient is sum(r y) / sum(r D), and
    the weight of a row is r / sum(r D). The weights of treated rows add up to 1, those of untreated rows to -1. If a
    treated row has a negative weight, a larger outcome in this row lowers the coefficient. No outcome is needed.

    Parameters
    ----------
    panel, unit, time, cohort : as in `did.twfe`; the panel must be balanced

    Returns
    -------
    the columns of unit, time and cohort, event_time (missing for never treated), treat (0.0 or 1.0), weight; one row
    per unit and period, sorted. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for gaps, or if unit and period effects leave nothing of the treatment.
    """
    keys = unit_columns(unit)
    refuse_names([*keys, time, cohort], ("event_time", "treat", "weight"))
    data = sorted_rows(panel, keys, time, cohort)
    refuse_gaps(data, keys, time, "Weights of cells")
    treat = treated(data, time, cohort)
    refuse_untreated(treat, cohort)
    left = treat - treat.groupby([data[key] for key in keys]).transform("mean")
    left = left - treat.groupby(data[time]).transform("mean") + treat.mean()
    spread = float((left * treat).sum())
    if spread < 1e-9:
        raise EnclaveError(
            f"Unit and period effects explain the treatment by {cohort!r}, so no row has a weight. Add units that are "
            "treated at another time, or never treated."
        )
    made = data[[*keys, time, cohort]].assign(event_time=data[time].astype("Int64") - data[cohort].astype("Int64"))
    made = made.assign(treat=treat, weight=left / spread)
    return keep_attrs(made, panel)


def goodman_bacon(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """All two-by-two comparisons in the coefficient of `did.twfe` without controls, with their weights.

    Two cohorts give two comparisons: the earlier cohort with the later one before it is treated, and the later cohort
    with the earlier one after it is treated. With n the number of units of a cohort and d the share of periods in which
    it is treated, the weights are proportional to

        treated vs never    n_k n_0 d_k (1 - d_k)
        earlier vs later    n_k n_l (d_k - d_l) (1 - d_k)
        later vs earlier    n_k n_l (d_k - d_l) d_l

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the panel must be balanced. Units treated in the first period
        already count as "earlier" in all their comparisons

    Returns
    -------
    kind (one of `KINDS`), treated and comparison (cohorts; missing for never treated), estimate, weight; weights add up
    to 1, and the weighted mean of the estimates is the coefficient. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for gaps, or if there are no two groups to compare.
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort, balanced="Comparisons of groups")
    refuse_untreated(data[cohort].notna(), cohort)
    first = first_treated(data, time, cohort)
    means = data.groupby([first, data[time]])[OUTCOME].mean().unstack()
    sizes = first.groupby(first).size() / means.shape[1]
    rows = [
        row
        for early in means.index
        for late in means.index[means.index > early]
        for row in _comparisons(means, sizes, early, late)
    ]
    made = pd.DataFrame(rows, columns=["kind", "treated", "comparison", "estimate", "weight"])
    if made["weight"].sum() <= 0:
        raise EnclaveError(
            f"All units have the same treatment by {cohort!r}, so there are no groups to compare. Add units treated at "
            "other times."
        )
    made = made[made["weight"] > 0].reset_index(drop=True)
    made["weight"] /= made["weight"].sum()
    made = made.astype({"treated": "Int64", "comparison": "Int64"})
    return keep_attrs(made, panel)


@takes_tables
def by_kind(comparisons: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of `goodman_bacon` by kind: kind, comparisons (number), weight, estimate (weighted mean)."""
    products = comparisons.assign(product=comparisons["estimate"] * comparisons["weight"])
    sums = products.groupby("kind").agg(
        comparisons=("weight", "size"), weight=("weight", "sum"), total=("product", "sum")
    )
    made = sums.assign(estimate=sums["total"] / sums["weight"]).drop(columns="total")
    made = made.reindex([kind for kind in KINDS if kind in made.index]).reset_index()
    return keep_attrs(made, comparisons)


def contamination(
    panel: pd.DataFrame,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Weights by which the coefficients of `event_study.estimate` mix cohorts and event times (Sun and Abraham, 2021).

    The coefficient of s is a weighted sum over cohorts g and event times e. Weights at e = s add up to 1, those at any
    other event time with a coefficient to 0, those at the base and outside the window to -1. If some weights at e are
    not zero, cohorts with different effects at e change the coefficient of s. No outcome is needed. Rows outside the
    window count as at the base, as in equation (3) of the paper.

    Parameters
    ----------
    panel, window, base, unit, time, cohort : as in `event_study.estimate`, without controls; gaps are allowed

    Returns
    -------
    coefficient (s), cohort, event_time (e), weight, sorted. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for a base outside the window, if no treated row is in the window except at its base, or
    if unit and period effects explain an event time.
    """
    keys = unit_columns(unit)
    refuse_no_window(window, base)
    data = sorted_rows(panel, keys, time, cohort)
    refuse_untreated(data[cohort].notna(), cohort)
    refuse_always_treated(data, keys, time, cohort)
    since = event_study.event_time(data, time, cohort).rename("event_time")
    times = sorted(int(s) for s in since.dropna().unique() if window[0] <= s <= window[1] and s != base)
    if not times or not window[0] <= base <= window[1]:
        raise EnclaveError("The window has no base, or no treated row except at its base. Widen it.")
    columns = [since.eq(s).fillna(False) for s in times]
    effects = pd.get_dummies(data.groupby(keys).ngroup()), pd.get_dummies(data[time]).iloc[:, 1:]
    design = np.column_stack([*columns, *effects]).astype(float)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise EnclaveError(
            f"Unit and period effects explain an event time. Add never-treated units ({cohort!r} missing), or narrow "
            "the window."
        )
    weights = pd.DataFrame(np.linalg.pinv(design)[: len(times)].T, columns=pd.Index(times, name="coefficient"))
    summed = weights.groupby([data[cohort].astype("Int64").rename("cohort"), since.astype("Int64")]).sum()
    made = summed.stack().rename("weight").reset_index()[["coefficient", "cohort", "event_time", "weight"]]
    made = made.sort_values(["coefficient", "cohort", "event_time"], ignore_index=True)
    return keep_attrs(made, panel)


@takes_tables
def contamination_summary(weights: pd.DataFrame, window: tuple[int, int] = (-5, 10), base: int = -1) -> pd.DataFrame:
    """The weights of `contamination` that are not on the coefficient's own event time, summed up by place.

    Parameters
    ----------
    weights : as `contamination` returns them for this window and base

    Returns
    -------
    coefficient; others, the sum of absolute weights on the other event times with a coefficient (without the absolute
    value they add up to zero at each); base, before and after, the sums of weights at the base, before the window and
    after it, which add up to -1. One row per coefficient. `attrs` as those of `weights`.
    """
    times = weights["event_time"]
    inside = times.between(*window) & (times != base)
    parts = {
        "others": weights["weight"].abs().where(inside & (times != weights["coefficient"])),
        "base": weights["weight"].where(times == base),
        "before": weights["weight"].where(times < window[0]),
        "after": weights["weight"].where(times > window[1]),
    }
    made = pd.DataFrame(parts).fillna(0.0).groupby(weights["coefficient"]).sum().reset_index()
    return keep_attrs(made, weights)


def _comparisons(means: pd.DataFrame, sizes: pd.Series, early: float, late: float) -> list[tuple]:
    """The comparisons of two groups: kind, treated, comparison, estimate, and a weight that is not yet scaled."""
    periods = means.columns.to_numpy(dtype=float)
    gap = (means.loc[early] - means.loc[late]).to_numpy()
    before, after = periods < early, periods >= late
    between = ~before & ~after
    d_early, d_late = 1 - before.mean(), after.mean()
    size = sizes[early] * sizes[late] * (d_early - d_late)
    if np.isinf(late):
        return [("treated vs never", early, pd.NA, _change(gap, before, between), size * (1 - d_early))]
    return [
        ("earlier vs later", early, late, _change(gap, before, between), size * (1 - d_early)),
        ("later vs earlier", late, early, -_change(gap, between, after), size * d_late),
    ]


def _change(gap: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    """Mean gap after less mean gap before; not a number without periods on both sides."""
    return gap[after].mean() - gap[before].mean() if before.any() and after.any() else np.nan
