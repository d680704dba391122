"""What two-way fixed-effects coefficients of a staggered design average.

Goodman-Bacon (2021, theorem 1): all comparisons of two groups. de Chaisemartin and D'Haultfœuille (2020, theorem 1) and
Jakiela (2021): all treated cells. Both rewrite the same number, and both need a balanced panel. Sun and Abraham (2021):
what a coefficient of an event study takes from other event times. Arithmetic in NumPy: no library of the lock has it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError
from enclave.estimators import did, event_study

KINDS = ["treated vs never", "earlier vs later", "later vs earlier"]


def cell_weights(
    panel: pd.DataFrame,
    *,
    unit: Sequence[str] | str = did.PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Weight of each row in the coefficient of `did.twfe` without controls.

    With r what unit and period effects leave of the treatment D, the coefficient is sum(r y) / sum(r D). The weight of
    a row is r / sum(r D): those of treated rows add up to 1, those of all others to -1. A treated row with a negative
    weight would count against the treatment when its outcome rises. The outcome plays no part.

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
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = _balanced(panel, time, keys, time, cohort)
    treat = did.treated(data, time, cohort)
    left = treat - treat.groupby([data[key] for key in keys]).transform("mean")
    left = left - treat.groupby(data[time]).transform("mean") + treat.mean()
    spread = float((left * treat).sum())
    if spread < 1e-9:
        raise EnclaveError(
            "Unit and period effects explain the treatment, so no row has a weight. Add units that are "
            "treated at another time, or never."
        )
    made = data[[*keys, time, cohort]].assign(event_time=data[time].astype("Int64") - data[cohort].astype("Int64"))
    made = made.assign(treat=treat, weight=left / spread)
    made.attrs.update(panel.attrs)
    return made


def goodman_bacon(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = did.PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """All two-by-two comparisons in the coefficient of `did.twfe` without controls, with their weights.

    A pair of cohorts gives two comparisons: the earlier one is treated while the later one is not yet, and the later
    one is treated while the earlier one already is. With n the number of units of a cohort and d the share of periods
    in which it is treated, the weights are proportional to

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
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = _balanced(panel, outcome, keys, time, cohort)
    first = data[cohort].astype("Float64").fillna(np.inf).astype(float)
    first = first.where(first <= data[time].max(), np.inf)
    means = data.groupby([first, data[time]])["outcome"].mean().unstack()
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
            "All units are treated alike, so no groups can be compared. Add units treated at other times."
        )
    made = made[made["weight"] > 0].reset_index(drop=True)
    made["weight"] /= made["weight"].sum()
    made = made.astype({"treated": "Int64", "comparison": "Int64"})
    made.attrs.update(panel.attrs)
    return made


def by_kind(comparisons: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of `goodman_bacon` summed up: kind, comparisons (how many), weight, estimate (weighted mean)."""
    products = comparisons.assign(product=comparisons["estimate"] * comparisons["weight"])
    sums = products.groupby("kind").agg(
        comparisons=("weight", "size"), weight=("weight", "sum"), total=("product", "sum")
    )
    made = sums.assign(estimate=sums["total"] / sums["weight"]).drop(columns="total")
    made = made.reindex([kind for kind in KINDS if kind in made.index]).reset_index()
    made.attrs.update(comparisons.attrs)
    return made


def contamination(
    panel: pd.DataFrame,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    unit: Sequence[str] | str = did.PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Weights by which the coefficients of `event_study.estimate` mix cohorts and event times (Sun and Abraham, 2021).

    The coefficient of s is a weighted sum over cohorts g and event times e. Weights at e = s add up to 1, those at any
    other event time with a coefficient to 0, those at the base and outside the window to -1. Unless all weights at e
    are zero, cohorts with different effects at e leave a trace in s. The outcome plays no part. Rows outside the
    window stand at the base, as in equation (3) of the paper.

    Parameters
    ----------
    panel, window, base, unit, time, cohort : as in `event_study.estimate`, without controls; gaps are allowed

    Returns
    -------
    coefficient (s), cohort, event_time (e), weight, sorted. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for a base outside the window, if no treated row lies in the window off its base, or if
    unit and period effects explain an event time.
    """
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = did.checked(panel, time, keys, time, cohort)
    since = event_study.event_time(data, time, cohort).rename("event_time")
    times = sorted(int(s) for s in since.dropna().unique() if window[0] <= s <= window[1] and s != base)
    if not times or not window[0] <= base <= window[1]:
        raise EnclaveError("The window has no base, or no treated row off it. Widen it.")
    columns = [since.eq(s).fillna(False) for s in times]
    effects = pd.get_dummies(data.groupby(keys).ngroup()), pd.get_dummies(data[time]).iloc[:, 1:]
    design = np.column_stack([*columns, *effects]).astype(float)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise EnclaveError(
            "Unit and period effects explain an event time. Add never-treated units, or narrow the window."
        )
    weights = pd.DataFrame(np.linalg.pinv(design)[: len(times)].T, columns=pd.Index(times, name="coefficient"))
    summed = weights.groupby([data[cohort].astype("Int64").rename("cohort"), since.astype("Int64")]).sum()
    made = summed.stack().rename("weight").reset_index()[["coefficient", "cohort", "event_time", "weight"]]
    made = made.sort_values(["coefficient", "cohort", "event_time"], ignore_index=True)
    made.attrs.update(panel.attrs)
    return made


def leaks(mixing: pd.DataFrame, window: tuple[int, int] = (-5, 10), base: int = -1) -> pd.DataFrame:
    """Where the weights of `contamination` lie that are not on the coefficient's own event time.

    `mixing` as `contamination` returns it for this window and base. Returns coefficient; `others`, the sum of absolute
    weights on other event times of the window off its base (the weights themselves add up to zero at each); and the
    sums of weights at the `base`, `before` the window and `after` it, which add up to -1. One row per coefficient.
    """
    times = mixing["event_time"]
    inside = times.between(*window) & (times != base)
    parts = {
        "others": mixing["weight"].abs().where(inside & (times != mixing["coefficient"])),
        "base": mixing["weight"].where(times == base),
        "before": mixing["weight"].where(times < window[0]),
        "after": mixing["weight"].where(times > window[1]),
    }
    made = pd.DataFrame(parts).fillna(0.0).groupby(mixing["coefficient"]).sum().reset_index()
    made.attrs.update(mixing.attrs)
    return made


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


def _balanced(panel: pd.DataFrame, outcome: str, keys: list[str], time: str, cohort: str) -> pd.DataFrame:
    data = did.checked(panel, outcome, keys, time, cohort)
    if len(data) != data.groupby(keys).ngroups * data[time].nunique():
        raise EnclaveError("The decomposition needs a balanced panel: a row for every unit and period. Fill the gaps.")
    return data
