"""Event study by two-way fixed effects: equation (3) of the paper, Figure 1.

    y_ijt = sum_{s = -5, s != -1}^{10} beta_s Treat^s_ijt + sum_k gamma_k X_jk eta_t + lambda_ij + eta_t + e_ijt

Treat^s is 1 for a treated unit s periods after its first treated one.
"""

from collections.abc import Sequence

import pandas as pd

from enclave import did
from enclave.errors import EnclaveError

OUTSIDE = ("base", "binned", "free")
COLUMNS = ["event_time", "estimate", "std_error", "conf_low", "conf_high"]


def estimate(
    panel: pd.DataFrame,
    outcome: str,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    outside: str = "base",
    controls: pd.DataFrame | None = None,
    unit: Sequence[str] | str = did.PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Coefficients by event time, relative to `base`.

    Parameters
    ----------
    panel, outcome, controls, unit, time, cohort : as in `did.twfe`
    window : first and last event time that has a coefficient
    base : event time left out
    outside : what rows of treated units outside the window are. "base": all dummies are 0, so they are compared as if
        they stood at the base (the paper); "binned": they join the first or last event time; "free": each event time
        has a coefficient of its own, of which those in the window are returned

    Returns
    -------
    event_time, estimate, std_error, conf_low, conf_high (95 per cent), sorted; the base is a row of zeros without a
    standard error. Event times that no unit reaches have no row. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`, for an empty window, a base outside it, or an unknown way with rows outside.
    """
    _refuse_window(window, base, outside)
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = did.checked(panel, outcome, keys, time, cohort)
    dummies = _dummies(event_time(data, time, cohort), window, base, outside)
    if dummies.empty:
        raise EnclaveError(f"No treated row lies in the window {window[0]} to {window[1]} off its base. Widen it.")
    crossed = did.crossed_with_periods(data, controls, keys, time) if controls is not None else None
    rows = did.fit(data["outcome"], dummies, data[keys], data[time], crossed=crossed)
    rows = rows.assign(event_time=rows["term"].astype(int))
    zero = pd.DataFrame([{"event_time": base, "estimate": 0.0, "conf_low": 0.0, "conf_high": 0.0}])
    made = pd.concat([rows[rows["event_time"].between(*window)], zero])[COLUMNS]
    made = made.sort_values("event_time", ignore_index=True)
    made.attrs.update(panel.attrs)
    return made


def event_time(panel: pd.DataFrame, time: str = "year", cohort: str = "cohort") -> pd.Series:
    """Periods since the first treated one, missing for never-treated units."""
    return panel[time].astype("Float64") - panel[cohort].astype("Float64")


def _dummies(since: pd.Series, window: tuple[int, int], base: int, outside: str) -> pd.DataFrame:
    """One 0/1 column per event time but the base, named by the event time."""
    if outside == "base":
        since = since.where(since.between(*window))
    elif outside == "binned":
        since = since.clip(*window)
    times = sorted(int(value) for value in since.dropna().unique() if value != base)
    return pd.DataFrame({str(value): (since == value).fillna(False).astype(float) for value in times})


def _refuse_window(window: tuple[int, int], base: int, outside: str) -> None:
    if window[0] >= window[1]:
        raise EnclaveError(f"The window {window[0]} to {window[1]} is empty. Give its first and last event time.")
    if not window[0] <= base <= window[1]:
        raise EnclaveError(f"The base {base} lies outside the window {window[0]} to {window[1]}. Choose one inside.")
    if outside not in OUTSIDE:
        raise EnclaveError(f"There is no way {outside!r} with rows outside. Choose one of {', '.join(OUTSIDE)}.")
