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

from enclave.base.arguments import refuse_no_count, refuse_no_list, refuse_no_window
from enclave.base.errors import EnclaveError
from enclave.base.terms import EVENT_TIME
from enclave.estimators import coded_columns, did
from enclave.estimators.panel_checks import (
    OUTCOME,
    finite,
    keep_attrs,
    outcome_values,
    periods,
    refuse,
    size_of,
    weight_values,
)

EXACT = pf.MapDemeaner(fixef_tol=1e-12)
KEYS = ["county", "park", "year"]


def means(land: pd.DataFrame, outcome: str = "log_area") -> pd.DataFrame:
    """Mean of the outcome over counties, by year: year, inside (parks), outside; Figure 4. Errors as `event_study`."""
    data = checked(land, outcome)
    wide = data.pivot_table(index="year", columns="park", values=OUTCOME, aggfunc="mean").reindex(columns=[0, 1])
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
    outside) in a year does not count in that year: its county-year effect fits the row. A year outside the window has a
    coefficient of its own, which is not returned: the base is the base year alone.

    Parameters
    ----------
    land : one row per county, park (1 inside, 0 outside) and year, written as in a panel of pairs
    window : first and last event time; -1 is the base year
    base_year : the year without a coefficient
    outcome : column of the outcome (log_area is ln(1 + hectares))
    weights : column of positive weights; weights are finite numbers

    Returns
    -------
    event_time (year less base year, less one), estimate, std_error, conf_low, conf_high (95 per cent); the base is a
    row of zeros without a standard error. `attrs` as the panel's.

    Raises
    ------
    EnclaveError for a missing column or key, a duplicate row, a value that is no finite number, an outcome that never
    changes, a weight that is not positive, an empty window, a base outside the window or not in the data, a year whose
    counties with both sides have no link to the base year, or fewer than two counties with both sides
    """
    refuse_no_window(window, -1)
    refuse_no_count("base_year", base_year)
    data = checked(land, outcome, weights)
    since = data["year"] - base_year - 1
    times = [time for time in range(window[0], window[1] + 1) if time != -1 and (since == time).any()]
    _refuse_window(window, base_year, data, times)
    years = [base_year + 1 + time for time in times]
    made = _fit(data, years, base_year, weights is not None)[0].assign(event_time=times)
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
    estimate, std_error, p_value, conf_low, conf_high (95 per cent); an error of zero is missing

    Raises
    ------
    EnclaveError as `event_study`, for years that are no list, and for a year without rows or on both sides
    """
    refuse_no_list("years", years)
    refuse_no_list("base", base)
    data, later, earlier = checked(land, outcome, weights), _years(years), _years(base)
    _refuse_years(data, later, earlier)
    others = sorted({*earlier[1:], *later})
    weight = dict.fromkeys(later, 1 / len(later)) | dict.fromkeys(earlier, -1 / len(earlier))
    made, covariance = _fit(data, others, earlier[0], weights is not None)
    share = np.array([weight[year] for year in others])
    value, error = float(share @ made["estimate"]), float(np.sqrt(share @ covariance @ share)) or np.nan
    freedom = int(made["clusters"].iloc[0]) - 1
    reach = stats.t.ppf(0.975, freedom) * error
    p_value = float(2 * stats.t.sf(abs(value / error), freedom))
    found = {"estimate": value, "std_error": error, "p_value": p_value}
    return pd.Series(found | {"conf_low": value - reach, "conf_high": value + reach})


def _fit(data: pd.DataFrame, years: list[int], base: int, weighted: bool) -> tuple[pd.DataFrame, np.ndarray]:
    """One row for each of `years` (park times year, relative to the base), and their covariance.

    Every other year has a coefficient, too. Raises EnclaveError for a year that no county compares with the base.
    """
    used = _compared(data, years, base)
    size = size_of(used[OUTCOME])
    terms = {f"year{year}": used["park"] * (used["year"] == year) for year in sorted(set(used["year"]) - {base})}
    sides = {"y": used[OUTCOME] / size, "side": used["county"] + "-" + used["park"].astype(str)}
    used = used.assign(**terms, **sides, period=used["county"] + "-" + used["year"].astype(str))
    options = {"weights": "weight" if weighted else None, "ssc": pf.ssc(**did.CONVENTIONS["reghdfe"])}
    with did.quiet_pyfixest():
        formula = f"y ~ {' + '.join(terms)} | side + period"
        model = pf.feols(formula, used, vcov={"CRV1": "county"}, demeaner=EXACT, **options)
        rows = model.tidy().rename(columns=did.COLUMNS)
    names = [f"year{year}" for year in years]
    places = [model._coefnames.index(name) for name in names]
    made = rows.loc[names].reset_index(drop=True).assign(clusters=used["county"].nunique())
    with_size = ["estimate", "std_error", "conf_low", "conf_high"]
    made[with_size] *= size
    return made, model._vcov[np.ix_(places, places)] * size**2


def _compared(data: pd.DataFrame, years: list[int], base: int) -> pd.DataFrame:
    """The rows that compare years: counties with both sides in two years or more that are linked to the base year.

    A county links the years in which it has both sides. Raises EnclaveError if one of `years` has no link to the base.
    """
    both = data[data.groupby(["county", "year"])["park"].transform("size") == 2]
    both = both[both.groupby("county")["year"].transform("nunique") > 1]
    linked, reached = {base}, set()
    while linked != reached:
        reached = set(linked)
        counties = both.loc[both["year"].isin(reached), "county"]
        linked |= set(both.loc[both["county"].isin(counties), "year"])
    lost = [year for year in [base, *years] if year not in set(both["year"]) & linked]
    if lost:
        raise EnclaveError(
            f"In the year {lost[0]} no county with an inside and an outside ('park' 1 and 0) can be compared with the "
            f"base year {base}. Leave the year out, or give both sides."
        )
    used = both[both["year"].isin(linked)].reset_index(drop=True)
    if used["county"].nunique() < 2:
        raise EnclaveError("Fewer than two counties have rows of 'park' 1 and 0 in several years. Give more counties.")
    return used


def checked(areas: pd.DataFrame, outcome: str, weights: str | None = None) -> pd.DataFrame:
    """County (text), park, year, the outcome as `OUTCOME`, and the weights as `weight`, sorted by the keys.

    Raises EnclaveError for what is no such table: see `event_study`.
    """
    if not isinstance(areas, pd.DataFrame):
        raise EnclaveError("The land panel is no pandas DataFrame. Give one with a row for each county, side and year.")
    for column in KEYS:
        if column not in areas:
            raise EnclaveError(f"The land panel has no column {column!r}. It needs {', '.join([*KEYS, outcome])}.")
    data = areas.reset_index(drop=True)
    refuse(data, data[KEYS].isna().any(axis=1), KEYS, "has a missing key", "Every row needs county, park and year.")
    if coded_columns.mixes_types(data["county"]):
        raise EnclaveError("The column 'county' mixes text with other types. Write all codes as text.")
    data["county"] = coded_columns.names(data["county"]).astype(str)
    data["park"] = finite(data, "park", KEYS, "has no number in 'park'", "Write 1 inside and 0 outside.").astype(int)
    data["year"] = periods(data, "year").astype("int64")
    data = data.sort_values(KEYS, ignore_index=True)
    refuse(data, data.duplicated(KEYS), KEYS, "appears twice in the land panel", "Add its areas up.")
    if not data["park"].isin([0, 1]).all():
        raise EnclaveError("The column 'park' is 1 inside and 0 outside a park. Correct the other values.")
    values, weight = outcome_values(data, outcome, KEYS), weight_values(data, weights, KEYS)
    return data[KEYS].assign(**{OUTCOME: values, "weight": 1.0 if weight is None else weight})


def _years(given: Iterable[int]) -> list[int]:
    """Years as sorted whole numbers, without repeats."""
    years = pd.DataFrame({"years": list(given)})
    return sorted(set(periods(years, "years").astype(int))) if len(years) else []


def _refuse_window(window: tuple[int, int], base_year: int, data: pd.DataFrame, times: list[int]) -> None:
    if not window[0] <= -1 <= window[1]:
        raise EnclaveError(f"The window {window[0]} to {window[1]} does not contain the base -1. Widen it.")
    if not times:
        raise EnclaveError(
            f"No year of the panel is in the window {window[0]} to {window[1]} except its base. Widen it."
        )
    if base_year not in set(data["year"]):
        raise EnclaveError(f"The panel has no rows of the base year {base_year}. Choose a year that it has.")
    _refuse_one_county(data)


def _refuse_years(data: pd.DataFrame, years: list[int], base: list[int]) -> None:
    if not years or not base or set(years) & set(base):
        raise EnclaveError("Both sides of a contrast need years, and no year may be on both. Give other years.")
    missing = sorted({*years, *base} - set(data["year"]))
    if missing:
        raise EnclaveError(f"The panel has no rows of the year {missing[0]}. Choose years that it has.")
    _refuse_one_county(data)


def _refuse_one_county(data: pd.DataFrame) -> None:
    if data["county"].nunique() < 2:
        raise EnclaveError("The panel has fewer than two counties, so errors cannot be clustered. Give more.")
