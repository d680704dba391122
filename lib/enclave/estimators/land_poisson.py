"""The land market in hectares: Poisson models of the area itself, zeros included, where `land` uses logarithms.

A change of policy is compared with years before it: `years` against `base`, no other year is used. So a panel with two
changes gives two comparisons, each with a base of its own. There are two control groups:

    within    inside against outside of the same county and year; with county by year effects,
              E[area_pct] = exp(beta Park_p Later_t + lambda_pc + eta_ct)
    against   inside, outside or both of the counties with a park against counties without one; with year effects,
              E[area_ct] = exp(beta Treated_c Later_t + lambda_c + eta_t)

The estimate of `against` is a ratio of sums, which `ratio_of_sums` computes without a regression: in a balanced panel
the Poisson fit has the sum of each group in each of the two periods.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyfixest as pf
from pyfixest.errors import NonConvergenceError
from scipy import stats

from enclave.base.arguments import refuse_no_list, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.estimators import did, poisson
from enclave.estimators import land as land_panel
from enclave.estimators.panel_checks import OUTCOME, periods, size_of

SIDES = ("inside", "outside", "county")
KEPT = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "counties", "controls"]
NO_FINITE = (
    "The change of {outcome!r} has no finite estimate: one of the two groups has no area in one of the two periods. "
    "Give other years or counties."
)


def within(land: pd.DataFrame, years: Iterable[int], base: Iterable[int], *, outcome: str = "area_ha") -> pd.Series:
    """Change of the area inside parks relative to that outside in the same county and year, as a log factor.

    Standard errors are clustered by county, quantiles are those of t with one degree of freedom less than counties. A
    county whose inside or outside has no area in all these years says nothing and is left out, like a year in which a
    county granted nothing.

    Parameters
    ----------
    land : one row per county, park (1 inside, 0 outside) and year, as in `land.event_study`
    years, base : years after the change and years before it
    outcome : column of the area; any unit

    Returns
    -------
    estimate, std_error, p_value, conf_low, conf_high (95 per cent), counties (that are used), controls (the same)

    Raises
    ------
    EnclaveError as `land.contrast`, for a negative area, for fewer than two counties with both periods, or without a
    finite estimate.

    Examples
    --------
    Inside halves while outside stays, in both counties.

    >>> keys = pd.MultiIndex.from_product([["a", "b"], [0, 1], [2012, 2014]], names=["county", "park", "year"])
    >>> areas = keys.to_frame(index=False).assign(area_ha=[5, 5, 8, 4, 2, 2, 6, 3])
    >>> round(float(within(areas, [2014], [2012])["estimate"]), 4)
    -0.6931
    """
    data = _two_periods(land, years, base, outcome)
    sides = data.pivot_table(index="county", columns="park", values=OUTCOME, aggfunc="sum").reindex(columns=[0, 1])
    data = data[data["county"].isin(sides.index[(sides > 0).all(axis=1)])]
    cells = data.groupby(["county", "year"])[OUTCOME]
    data = data[(cells.transform("sum") > 0) & (cells.transform("size") == 2)]
    both = data.groupby("county")["later"].nunique()
    data = data[data["county"].isin(both.index[both == 2])]
    counties = data["county"].nunique()
    if counties < 2 or (data.groupby(["park", "later"])[OUTCOME].sum() == 0).any():
        raise EnclaveError(NO_FINITE.format(outcome=outcome))
    number = pd.factorize(data["county"])[0]
    inside = {f"inside{place}": data["park"] * (number == place) for place in range(counties)}
    columns = {"area": data[OUTCOME] / size_of(data[OUTCOME]), "treat": data["park"] * data["later"], "county": number}
    frame = pd.DataFrame({**columns, **inside, "period": data.groupby(["county", "year"]).ngroup()})
    return _row(*_fepois(frame, list(inside), outcome), counties, counties)


def against(
    land: pd.DataFrame,
    elsewhere: pd.DataFrame,
    years: Iterable[int],
    base: Iterable[int],
    *,
    side: str = "inside",
    outcome: str = "area_ha",
) -> pd.Series:
    """Change of the area of one side relative to that of counties without a park, as a log factor.

    Parameters
    ----------
    land, years, base, outcome : as in `within`; all of `years` are later than all of `base`
    elsewhere : county, year and the area of counties without a park
    side : "inside", "outside", or "county" for both together

    Returns
    -------
    as `within`; `controls` counts the counties without a park. Clustered by county; quantiles are those of t with one
    degree of freedom less than counties with a park.

    Raises
    ------
    EnclaveError as `within` and `poisson.twfe`; for an unknown side, or years that do not follow the base.
    """
    rows = _groups(land, elsewhere, years, base, side, outcome)
    first = rows.loc[rows["later"] == 1, "year"].min()
    if rows.loc[rows["later"] == 0, "year"].max() > first:
        raise EnclaveError("Some of `years` are earlier than some of `base`. Give years that follow the base.")
    rows["cohort"] = rows["treated"].map({1: first, 0: pd.NA}).astype("Int64")
    found = poisson.twfe(rows, "area", unit="unit").iloc[0]
    counties, controls = (int(rows.loc[rows["treated"] == group, "unit"].nunique()) for group in (1, 0))
    return _row(found["estimate"], found["std_error"], counties, controls)


def ratio_of_sums(
    land: pd.DataFrame,
    elsewhere: pd.DataFrame,
    years: Iterable[int],
    base: Iterable[int],
    *,
    side: str = "inside",
    outcome: str = "area_ha",
) -> float:
    """The estimate of `against` by hand: ln of the ratio of two sums, less that of the control group.

    ln(T_later / T_base) - ln(C_later / C_base). Arguments and errors as `against`.
    """
    sums = _groups(land, elsewhere, years, base, side, outcome).groupby(["treated", "later"])["area"].sum()
    if len(sums) < 4 or (sums == 0).any():
        raise EnclaveError(NO_FINITE.format(outcome=outcome))
    return float(np.log(sums[1, 1] / sums[1, 0]) - np.log(sums[0, 1] / sums[0, 0]))


def _groups(land, elsewhere, years, base, side: str, outcome: str) -> pd.DataFrame:
    """unit, year, later, treated, area: one side of the counties with a park, and the counties without one."""
    refuse_unknown("side", side, SIDES)
    rows, others = _two_periods(land, years, base, outcome), None
    if not isinstance(elsewhere, pd.DataFrame) or elsewhere.empty:
        raise EnclaveError("No county without a park is given in `elsewhere`. Use `within`.")
    others = _two_periods(elsewhere.assign(park=0), years, base, outcome)
    if side != "county":
        rows = rows[rows["park"] == (side == "inside")]
    rows = rows.groupby(["county", "year", "later"], as_index=False)[OUTCOME].sum()
    found = pd.concat([rows.assign(treated=1), others.assign(treated=0)], ignore_index=True)
    names = found["treated"].map({1: "park ", 0: "none "}) + found["county"]
    return found.assign(unit=names, area=found[OUTCOME])[["unit", "year", "later", "treated", "area"]]


def _two_periods(areas: pd.DataFrame, years: Iterable[int], base: Iterable[int], outcome: str) -> pd.DataFrame:
    """The checked rows of `years` and `base`, with `later`: 1 in `years`."""
    refuse_no_list("years", years)
    refuse_no_list("base", base)
    data = land_panel.checked(areas, outcome)
    if (data[OUTCOME] < 0).any():
        raise EnclaveError(f"{outcome!r} has negative values. An area is zero or more.")
    after, before = (set(periods(pd.DataFrame({"years": list(given)}), "years")) for given in (years, base))
    if not after or not before or after & before:
        raise EnclaveError("Both `years` and `base` need years, and no year may be in both. Give other years.")
    missing = sorted((after | before) - set(data["year"]))
    if missing:
        raise EnclaveError(f"The panel has no rows of the year {missing[0]:.0f}. Choose years that it has.")
    used = data[data["year"].isin(after | before)]
    return used.assign(later=used["year"].isin(after).astype(int)).reset_index(drop=True)


def _fepois(frame: pd.DataFrame, inside: list[str], outcome: str) -> tuple[float, float]:
    """County by year is absorbed, and each county's inside is a dummy: one absorbed effect, so nothing to order."""
    with did.quiet_pyfixest():
        try:
            formula = f"area ~ treat + {' + '.join(inside)} | period"
            model = pf.fepois(formula, frame, vcov={"CRV1": "county"}, iwls_tol=1e-12)
        except NonConvergenceError as fault:
            raise EnclaveError(NO_FINITE.format(outcome=outcome)) from fault
        row = model.tidy().rename(columns=did.COLUMNS).loc["treat"]
    return float(row["estimate"]), float(row["std_error"])


def _row(estimate: float, error: float, counties: int, controls: int) -> pd.Series:
    error = error or np.nan
    half = stats.t.ppf(0.975, counties - 1) * error
    p_value = float(2 * stats.t.sf(abs(estimate / error), counties - 1))
    values = [estimate, error, p_value, estimate - half, estimate + half, counties, controls]
    return pd.Series(dict(zip(KEPT, values, strict=True)))
