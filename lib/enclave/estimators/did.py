"""Two-way fixed effects: equations (1) and (4) of the paper, estimated by pyfixest with standard errors by unit.

    y_ijt = beta1 Treat_ijt (+ beta2 Treat_ijt Distance_ij) + sum_k gamma_k X_jk eta_t + lambda_ij + eta_t + e_ijt

Treat is 1 from the cohort year of a pair on. Standard errors are clustered by unit; p values and intervals use the t
distribution with G - 1 degrees of freedom, G the number of clusters, as Stata does.
"""

import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyfixest as pf

from enclave.base.arguments import in_short, refuse_unknown, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.stars import stars
from enclave.base.terms import PAIR
from enclave.estimators import coded_columns
from enclave.estimators.panel_checks import (
    FEW_UNITS,
    OUTCOME,
    checked,
    keep_attrs,
    limits,
    periods,
    refuse,
    refuse_untreated,
    size_of,
    treated,
    unit_columns,
    weight_values,
)
from enclave.estimators.regressors import crossed_with_periods, per_row, period_dummies

__all__ = ["CONVENTIONS", "base_year_controls", "fit", "fit_with_covariance", "stars", "treated", "twfe"]

COLUMNS = {
    "Estimate": "estimate",
    "Std. Error": "std_error",
    "t value": "statistic",
    "Pr(>|t|)": "p_value",
    "2.5%": "conf_low",
    "97.5%": "conf_high",
}
# small-sample factor of the clustered variance: G / (G - 1) times (N - 1) / (N - K), or a part of it
CONVENTIONS = {
    "reghdfe": {"k_adj": True, "k_fixef": "nonnested", "G_adj": True},
    "areg": {"k_adj": True, "k_fixef": "full", "G_adj": True},
    "clusters": {"k_adj": False, "G_adj": True},
    "none": {"k_adj": False, "G_adj": False},
}


def twfe(
    panel: pd.DataFrame,
    outcome: str,
    *,
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
    weights: str | None = None,
    ssc: str = "reghdfe",
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Effect of the treatment with unit and period effects: equation (1), and (4) with an interaction.

    pyfixest computes the regression and its errors, clustered by unit (`_feols`); `ssc` rescales them.

    Parameters
    ----------
    panel : one row per unit and period, with `cohort`, the first treated period of the unit (missing = never treated).
        `panel_checks` has the rule for other codings. Gaps are allowed; other columns are ignored, and the panel is
        left as it is
    outcome : a column, or "log_" and the name of a column that is not negative, for ln(1 + column)
    controls : values of the base period, one row per unit or, as in the paper, per recipient. Columns that are also
        columns of the unit name the row. Every other column is a control, multiplied by a dummy for each period
    interaction : one number per unit, indexed by the unit's columns. A Series named `km` gives the row `treat_x_km`
    weights : column of positive weights (Stata's analytic weights)
    ssc : small-sample convention. "reghdfe" (also `xtreg, fe`, and pyfixest's default) counts in K the slopes and the
        periods, but not the unit effects, which are nested in the clusters; "areg" counts the unit effects too;
        "clusters" corrects by G / (G - 1) alone; "none" does not correct
    unit, time, cohort : column names

    Returns
    -------
    rows `treat` and, with an interaction, `treat_x_<name>` (slopes of the controls are not returned); columns term,
    estimate, std_error, statistic, p_value, conf_low, conf_high (95 per cent), n (rows used), clusters, r2 (share of
    the total variance of the outcome, fixed effects included). `attrs` as the panel's. If the panel allows an estimate
    but limits what it shows, `attrs["limits"]` lists the limits (see `panel_checks.limits`).

    Raises
    ------
    EnclaveError for a coding that the rule of `panel_checks` refuses, a duplicate unit and period, a cohort that
    changes within a unit, an outcome that is missing, no finite number, the same in every row, or negative under a
    logarithm, no treated row, a term that the fixed effects or controls explain, a unit without a finite control or
    interaction value, a weight that is not positive and finite, or fewer than two units with several periods.

    Notes
    -----
    Tables 2, 4 and 5 of the paper. Treatment follows from `cohort` alone and never ends; a treatment that is switched
    off does not fit this model. Without never-treated units the estimate compares only units treated earlier or later.
    A collinear control is dropped, as in Stata, and so is a unit with a single row, as in reghdfe. There may be more
    slopes than clusters, as in the paper's columns with controls. Then each slope has a standard error, but all slopes
    together cannot be tested.

    Examples
    --------
    Unit a is treated in year 2 and rises by 4; b and c, never treated, rise by 1 and 3.

    >>> panel = pd.DataFrame({"unit": list("aabbcc"), "year": [1, 2] * 3, "cohort": [2, 2, None, None, None, None]})
    >>> twfe(panel.assign(y=[1, 5, 2, 3, 0, 3]), "y", unit="unit")[["term", "estimate", "std_error"]].round(3)
        term  estimate  std_error
    0  treat       2.0      1.118
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    terms = pd.DataFrame({"treat": treated(data, time, cohort)})
    refuse_untreated(terms["treat"], cohort)
    if interaction is not None:
        values = per_unit(data, interaction, keys)
        terms[f"treat_x_{interaction.name}"] = terms["treat"] * values
    crossed = crossed_with_periods(data, controls, keys, time) if controls is not None else None
    weight = pd.Series(1.0, index=data.index) if weights is None else weight_values(data, weights, [*keys, time])
    rows = fit(data[OUTCOME], terms, data[keys], data[time], crossed=crossed, weights=weight, ssc=ssc)
    rows.attrs.update(limits(data, keys, time, cohort))
    return keep_attrs(rows, panel)


@takes_tables
def fit(
    outcome: pd.Series,
    terms: pd.DataFrame,
    unit: pd.DataFrame,
    time: pd.Series,
    *,
    crossed: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
    ssc: str = "reghdfe",
) -> pd.DataFrame:
    """Regression of `outcome` on `terms` (and `crossed`, not returned) with unit and period effects.

    All arguments have one row per observation, in the same order. Unit effects are absorbed and period effects enter as
    dummies, so that no iteration is needed. Of collinear columns the last one is dropped. Returns as `twfe`.

    Raises EnclaveError for an unknown convention, fewer than two units, or a term that the other columns explain.
    """
    return fit_with_covariance(outcome, terms, unit, time, crossed=crossed, weights=weights, ssc=ssc)[0]


def fit_with_covariance(
    outcome: pd.Series,
    terms: pd.DataFrame,
    unit: pd.DataFrame,
    time: pd.Series,
    *,
    crossed: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
    ssc: str = "reghdfe",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `fit`, and the clustered covariance of the estimates (terms x terms)."""
    refuse_unknown("convention", ssc, CONVENTIONS)
    refuse_not_finite({"outcome": outcome, "terms": terms, "crossed controls": crossed, "weights": weights})
    size, sizes = size_of(outcome), terms.abs().max().map(lambda largest: size_of([largest]))
    design = pd.concat([period_dummies(time), crossed, terms / sizes], axis=1)
    short = {f"x{number}": name for number, name in enumerate(design)}
    data = design.set_axis(list(short), axis=1).assign(
        y=outcome / size,
        unit=unit.groupby(list(unit), observed=True).ngroup().astype("int64"),
        weight=1.0 if weights is None else weights,
    )
    if (data["unit"].value_counts() > 1).sum() < 2:
        raise EnclaveError(FEW_UNITS)
    rows, covariance, counts = _feols(data, f"y ~ {' + '.join(short)} | unit", weights is not None, ssc)
    tidy = _tidy(rows.rename(index=short), counts, size / sizes)
    kept = covariance.rename(index=short, columns=short).loc[list(terms), list(terms)]
    return tidy, kept * np.outer(size / sizes, size / sizes)


def refuse_not_finite(given: dict) -> None:
    """Raise EnclaveError if one of the named arrays has a value that is missing or infinite; None is no array."""
    for name, values in given.items():
        if values is not None and not np.isfinite(np.asarray(values, dtype=float)).all():
            raise EnclaveError(f"The {name} of a regression have a value that is missing or infinite. Give numbers.")


@contextmanager
def quiet_pyfixest() -> Generator[None]:
    """Silence what pyfixest warns of: collinear columns that it drops, errors of zero, a retired pandas argument."""
    # the variance of a slope that fits exactly is zero, or by rounding just below zero
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.filterwarnings("ignore", category=UserWarning, module="pyfixest")
        warnings.filterwarnings("ignore", message="The inplace keyword")
        yield


def _feols(data: pd.DataFrame, formula: str, weighted: bool, ssc: str) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """The coefficients of the regression, their covariance, and the figures of the model as a whole."""
    options = {"ssc": pf.ssc(**CONVENTIONS[ssc]), "weights": "weight" if weighted else None}
    with quiet_pyfixest():
        try:
            model = pf.feols(formula, data, vcov={"CRV1": "unit"}, **options)
        except ValueError as fault:
            raise EnclaveError(absorbed("treat")) from fault
        counts = {"n": int(model._N), "clusters": int(model._G[0]), "r2": float(model._r2)}
        covariance = pd.DataFrame(model._vcov, index=model._coefnames, columns=model._coefnames)
        return model.tidy(), covariance, counts


def _tidy(rows: pd.DataFrame, counts: dict, slopes: pd.Series) -> pd.DataFrame:
    """The rows of the terms; `slopes` has, by term, the size of the outcome over that of the term."""
    lost = [term for term in slopes.index if term not in rows.index]
    if lost:
        raise EnclaveError(absorbed(lost[0]))
    kept = rows.loc[slopes.index].rename(columns=COLUMNS)[list(COLUMNS.values())]
    with_size = ["estimate", "std_error", "conf_low", "conf_high"]
    kept[with_size] = kept[with_size].mul(slopes, axis=0)
    return kept.rename_axis(index="term", columns=None).reset_index().assign(**counts)


def absorbed(term: str) -> str:
    """The message for a term that has no estimate."""
    return (
        f"The fixed effects and the other terms explain all of {term!r}, so it has no estimate. Check whether the "
        "treatment of all units begins in the same period, or a control repeats it."
    )


def base_year_controls(yearbook: pd.DataFrame, year: int = 2000) -> pd.DataFrame:
    """The yearbook's row of `year` for each recipient: the controls of equation (1) before any treatment (note 3).

    Columns: `recipient` and the five of the yearbook panel. Raises EnclaveError if the yearbook lacks the year.
    """
    rows = yearbook[periods(yearbook, "year") == year].drop(columns="year").reset_index(drop=True)
    if rows.empty:
        raise EnclaveError(f"The yearbook has no figures of {year}. Choose a year that it covers.")
    return rows


def per_unit(data: pd.DataFrame, values: pd.Series, unit: list[str]) -> pd.Series:
    """The numbers of `interaction_numbers` in the rows of `data`. Raises EnclaveError for a unit without one."""
    found = per_row(data[unit], interaction_numbers(values, unit))
    remedy = "Give one number per unit, indexed by names of the same type as in the panel."
    refuse(data, ~np.isfinite(found), unit, f"has no {values.name!r}", remedy)
    return found


def interaction_numbers(values: pd.Series, unit: list[str]) -> pd.Series:
    """A Series with a name, indexed by the columns `unit`, as floats, missing where it has no number.

    Levels of the index that are named like the unit may have any order. Raises EnclaveError for anything else, or two
    numbers for a unit.
    """
    if not isinstance(values, pd.Series) or values.name is None or values.index.nlevels != len(unit):
        raise EnclaveError(
            f"An interaction is a Series with a name, indexed by {', '.join(unit)}, and this is {in_short(values)}. "
            "Give one like that, such as distance.km(pairs, 'boundary')."
        )
    ordered = values.reorder_levels(unit) if len(unit) > 1 and set(values.index.names) == set(unit) else values
    if ordered.index.has_duplicates:
        raise EnclaveError(f"{values.name!r} has more than one number for a unit. Keep one.")
    return coded_columns.numbers(ordered)
