"""The land market: area granted inside and outside co-built parks (section 5, equation (2), Figures 4 and 5).

    y_pct = alpha + sum_{s = -3, s != -1}^{6} beta_s Park_c L^s_t + lambda_pc + eta_ct + e_pct

L^s is 1 in the year 2014 + s; the base -1 is 2013. Sharing was abolished in July 2013, so the base year of the paper is
partly with and partly without sharing; the last full year with sharing is 2012. `contrast` compares any sets of years.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyfixest as pf
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.base.terms import EVENT_TIME
from enclave.estimators import did
from enclave.estimators.panel_checks import keep_attrs, refuse

EXACT = pf.MapDemeaner(fixef_tol=1e-12)
KEYS = ["county", "park", "year"]


def means(land: pd.DataFrame, outcome: str = "log_area") -> pd.DataFrame:
    """Mean of the outcome over counties, by year: year, inside (parks), outside; Figure 4. Errors as `event_study`."""
    data = _checked(land, outcome)
    wide = data.pivot_table(index="year", columns="park", values=outcome, aggfunc="mean")
    made = wide.rename(columns={1: "inside", 0: "outside"})[["inside", "outside"]]
    made = made.rename_axis(columns=None).reset_index()
    return keep_attrs(made, land)


def event_study(
    land: pd.DataFrame,
    *,
    window: tuple[int, int] = (-3, 6),
    base_year: int = 2013,
    outcome: str = "log_area",
    weights: str | None = None,
) -> pd.DataFrame:
    """Inside less outside parks, by year, relative to the base year: equation (2), Figure 5.

    County by park and county by year effects are absorbed. Standard errors are clustered by county, with the small-
    sample convention of `reghdfe` and t quantiles with G - 1 degrees of freedom. A county with only one side (inside or
    outside) in a year does not count in that year: its county-year effect fits the row.

    Parameters
    ----------
    land : one row per county, park (1 inside, 0 outside) and year
    window : first and last event time; -1 is the base year
    base_year : the year without a coefficient
    outcome : column of the outcome (log_area is ln(1 + hectares))
    weights : column of positive weights

    Returns
    -------
    event_time (year less base year, less one), estimate, std_error, conf_low, conf_high (95 per cent); the base is a
    row of zeros without a standard error. `attrs` as the panel's.

    Raises
    ------
    EnclaveError for a missing column, a duplicate row, an outcome that is missing or never changes, an empty window, a
    base outside the window or not in the data, or fewer than two counties
    """
    data = _checked(land, outcome)
    since = data["year"] - base_year - 1
    times = [time for time in range(window[0], window[1] + 1) if time != -1 and (since == time).any()]
    _refuse_window(window, base_year, data, times)
    terms = {f"time{place}": data["park"] * (since == time) for place, time in enumerate(times)}
    made = _fit(data.assign(**terms), outcome, list(terms), weights)[0].assign(event_time=times)
    zero = pd.DataFrame([{"event_time": -1, "estimate": 0.0, "conf_low": 0.0, "conf_high": 0.0}])
    made = pd.concat([made, zero])[EVENT_TIME].sort_values("event_time", ignore_index=True)
    return keep_attrs(made, land)


def contrast(
    land: pd.DataFrame,
    years: Iterable[int],
    base: Iterable[int],
    *,
    outcome: str = "log_area",
    weights: str | None = None,
) -> pd.Series:
    """Mean gap (inside less outside) of `years` less that of `base`, with its standard error.

    A mean of coefficients of equation (2) less another such mean. Its variance includes their covariances. Clusters,
    convention and quantiles as `event_study`.

    Returns
    -------
    estimate, std_error, p_value, conf_low, conf_high (95 per cent)

    Raises
    ------
    EnclaveError as `event_study`, and for a year that is not in the panel or is on both sides
    """
    data, later, earlier = _checked(land, outcome), sorted(set(years)), sorted(set(base))
    _refuse_years(data, later, earlier)
    terms = {f"year{year}": data["park"] * (data["year"] == year) for year in sorted(set(data["year"]) - {earlier[0]})}
    weight = {f"year{year}": 1 / len(later) for year in later} | {f"year{year}": -1 / len(earlier) for year in earlier}
    made, covariance = _fit(data.assign(**terms), outcome, list(terms), weights)
    share = np.array([weight.get(term, 0.0) for term in terms])
    value, error = float(share @ made["estimate"]), float(np.sqrt(share @ covariance @ share))
    freedom = data["county"].nunique() - 1
    reach = stats.t.ppf(0.975, freedom) * error
    p_value = float(2 * stats.t.sf(abs(value / error), freedom)) if error else 0.0
    found = {"estimate": value, "std_error": error, "p_value": p_value}
    return pd.Series(found | {"conf_low": value - reach, "conf_high": value + reach})


def _fit(data: pd.DataFrame, outcome: str, terms: list[str], weights: str | None) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of the terms, and their covariance; raises EnclaveError for a coefficient that no county identifies."""
    used = data.assign(y=data[outcome].astype(float), side=data["county"] + "-" + data["park"].astype(str))
    used["period"] = data["county"] + "-" + data["year"].astype(str)
    options = {"weights": weights, "ssc": pf.ssc(**did.CONVENTIONS["reghdfe"]), "demeaner": EXACT}
    with did.quiet_pyfixest():
        model = pf.feols(f"y ~ {' + '.join(terms)} | side + period", used, vcov={"CRV1": "county"}, **options)
        rows = model.tidy().rename(columns=did.COLUMNS)
    lost = [term for term in terms if term not in rows.index]
    if lost:
        raise EnclaveError("A year has no county with an inside and an outside. Narrow the window.")
    places = [model._coefnames.index(term) for term in terms]
    return rows.loc[terms].reset_index(drop=True), model._vcov[np.ix_(places, places)]


def _checked(land: pd.DataFrame, outcome: str) -> pd.DataFrame:
    for column in [*KEYS, outcome]:
        if column not in land:
            raise EnclaveError(f"The land panel has no column {column!r}. It needs {', '.join([*KEYS, outcome])}.")
    data = land.sort_values(KEYS, ignore_index=True)
    refuse(data, data.duplicated(KEYS), KEYS, "appears twice in the land panel", "Add its areas up.")
    if not data["park"].isin([0, 1]).all():
        raise EnclaveError("The column 'park' is 1 inside and 0 outside a park. Correct the other values.")
    if not np.isfinite(data[outcome].astype(float)).all():
        raise EnclaveError(f"The column {outcome!r} has rows without a number. Fill them or leave them out.")
    if data[outcome].nunique() == 1:
        raise EnclaveError(f"The column {outcome!r} is the same in every row, so nothing can be compared.")
    return data


def _refuse_window(window: tuple[int, int], base_year: int, data: pd.DataFrame, times: list[int]) -> None:
    if not window[0] <= -1 <= window[1]:
        raise EnclaveError(f"The window {window[0]} to {window[1]} does not contain the base -1. Widen it.")
    if not times:
        raise EnclaveError(
            f"No year of the panel is in the window {window[0]} to {window[1]} except its base. Widen it."
        )
    if base_year not in set(data["year"]):
        raise EnclaveError(f"The panel has no rows of the base year {base_year}. Choose a year that it has.")
    if data["county"].nunique() < 2:
        raise EnclaveError("The panel has fewer than two counties, so errors cannot be clustered. Give more.")


def _refuse_years(data: pd.DataFrame, years: list[int], base: list[int]) -> None:
    if not years or not base or set(years) & set(base):
        raise EnclaveError("Both sides of a contrast need years, and no year may be on both. Give other years.")
    missing = sorted({*years, *base} - set(data["year"]))
    if missing:
        raise EnclaveError(f"The panel has no rows of the year {missing[0]}. Choose years that it has.")
    if data["county"].nunique() < 2:
        raise EnclaveError("The panel has fewer than two counties, so errors cannot be clustered. Give more.")
