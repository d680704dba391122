"""Two-way fixed effects: equations (1) and (4) of the paper, estimated by pyfixest with standard errors by unit.

    y_ijt = beta1 Treat_ijt (+ beta2 Treat_ijt Distance_ij) + sum_k gamma_k X_jk eta_t + lambda_ij + eta_t + e_ijt

Treat is 1 from the cohort year of a pair on. Standard errors are clustered by unit; p values and intervals use the t
distribution with G - 1 degrees of freedom, G the number of clusters, as Stata does.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyfixest as pf

from enclave.base.errors import EnclaveError

PAIR = ("helper", "recipient")
LOG = "log_"
COLUMNS = {
    "Estimate": "estimate",
    "Std. Error": "std_error",
    "t value": "statistic",
    "Pr(>|t|)": "p_value",
    "2.5%": "conf_low",
    "97.5%": "conf_high",
}
# The variance of the clustered estimate is multiplied by G / (G - 1) times (N - 1) / (N - K), or by less:
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

    Parameters
    ----------
    panel : one row per unit and period, with `cohort`, the first treated period of the unit (missing = never treated).
        Gaps are allowed; other columns are ignored, and the panel is left as it is
    outcome : a column, or "log_" and a column of it that is not negative, for ln(1 + column)
    controls : base-period values, one row per unit, or per value of some of the unit's columns (in the paper: of the
        recipient). Those columns name the rows, all others are controls, each crossed with period dummies
    interaction : one number per unit, indexed by the unit's columns; its name ends the name of its term
    weights : column of positive weights (Stata's analytic weights)
    ssc : small-sample convention. "reghdfe" (also `xtreg, fe`, and pyfixest's default) counts in K the slopes, the
        periods and no unit effects, since they are nested in the clusters; "areg" counts the unit effects too;
        "clusters" corrects by G / (G - 1) alone; "none" not at all
    unit, time, cohort : column names

    Returns
    -------
    rows `treat` and, with an interaction, `treat_x_<name>`, the slopes of the controls being left out; columns term,
    estimate, std_error, statistic, p_value, conf_low, conf_high (95 per cent), n (rows used), clusters, r2 (share of
    the whole variance of the outcome, fixed effects included). `attrs` as the panel's; where the panel allows an
    estimate but not what one would read into it, `attrs["limits"]` says so (see `limits`).

    Raises
    ------
    EnclaveError if a unit has a period twice, a cohort changes within a unit, the outcome is missing, negative under a
    logarithm or no number, no row is treated, the fixed effects or controls leave nothing of a term, a unit has no
    control or interaction value, a weight is not positive, or there are fewer than two units.

    Notes
    -----
    Tables 2, 4 and 5 of the paper. Treatment is read from `cohort` alone and never ends; one that switches off has no
    place in this model. Without never-treated units the estimate exists, and rests on comparisons with units
    treated earlier or later alone. A control that adds nothing to the others is dropped, as Stata does, and a unit with
    a single row too, as reghdfe does. There may be more slopes than clusters (with controls the paper has
    more): each standard error exists, a joint test of all slopes does not.
    """
    keys = [unit] if isinstance(unit, str) else list(unit)
    data = checked(panel, outcome, keys, time, cohort)
    terms = pd.DataFrame({"treat": treated(data, time, cohort)})
    if not terms["treat"].any():
        raise EnclaveError(f"No row of the panel is treated. Give first treated periods in the column {cohort!r}.")
    if interaction is not None:
        terms[f"treat_x_{interaction.name}"] = terms["treat"] * _per_unit(data, interaction, keys)
    crossed = crossed_with_periods(data, controls, keys, time) if controls is not None else None
    used = data.assign(weight=1.0 if weights is None else _positive(data, weights))
    rows = fit(data["outcome"], terms, used[keys], used[time], crossed=crossed, weights=used["weight"], ssc=ssc)
    rows.attrs.update(panel.attrs | limits(data, keys, time, cohort))
    return rows


def limits(data: pd.DataFrame, unit: list[str], time: str, cohort: str) -> dict[str, list[str]]:
    """What estimates from such a panel cannot tell: {"limits": sentences}, or nothing for a panel without trouble.

    `data` as `checked` returns it.
    """
    units = data.drop_duplicates(unit)[cohort].astype("Float64").fillna(np.inf).astype(float)
    treated_units = (units <= data[time].max()).sum()
    sentences = {
        "The outcome is the same in every row: estimates and errors are zero.": data["outcome"].nunique() == 1,
        "One unit is treated: its standard error is far too small.": treated_units == 1,
        "No unit is never treated: only units treated earlier or later are compared.": treated_units == len(units),
        "Some units are treated in every period and say nothing of the change.": (units <= data[time].min()).any(),
    }
    told = [sentence for sentence, holds in sentences.items() if holds]
    return {"limits": told} if told else {}


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
    """Regression of `outcome` on `terms` (and `crossed`, not reported) with unit and period effects, as `twfe` says.

    All arguments have one row per observation in the same order. Period effects enter as dummies and unit effects are
    absorbed, so that no iteration leaves a remainder; of what is collinear the last is dropped.

    Raises EnclaveError for an unknown convention, fewer than two units, or a term that the others absorb.
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
    """As `fit`, and the clustered covariance of the estimates, terms by terms, for what joins several of them."""
    if ssc not in CONVENTIONS:
        raise EnclaveError(f"There is no convention {ssc!r}. Choose one of {', '.join(CONVENTIONS)}.")
    design = pd.concat([period_dummies(time), crossed, terms], axis=1)
    short = {f"x{number}": name for number, name in enumerate(design)}
    data = design.set_axis(list(short), axis=1).assign(
        y=outcome,
        unit=unit.groupby(list(unit)).ngroup().astype("int64"),
        weight=1.0 if weights is None else weights,
    )
    if data["unit"].nunique() < 2:
        raise EnclaveError("The panel has fewer than two units, so nothing can be compared. Give more units.")
    rows, covariance, counts = _feols(data, f"y ~ {' + '.join(short)} | unit", weights is not None, ssc)
    tidy = _tidy(rows.rename(index=short), counts, list(terms))
    return tidy, covariance.rename(index=short, columns=short).loc[list(terms), list(terms)]


def period_dummies(time: pd.Series) -> pd.DataFrame:
    """One 0/1 column per period but the first, named "period <value>", with the rows of `time`."""
    periods = sorted(time.unique())[1:]
    return pd.DataFrame({f"period {period}": (time == period).astype(float) for period in periods}, index=time.index)


def _feols(data: pd.DataFrame, formula: str, weighted: bool, ssc: str) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """The coefficients of the regression, their covariance, and what describes it as a whole."""
    options = {"ssc": pf.ssc(**CONVENTIONS[ssc]), "weights": "weight" if weighted else None}
    # A slope that fits exactly has an error of zero, or by rounding a variance just below it.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # pyfixest drops what is collinear and says so; it also calls pandas in a way that pandas is about to retire.
        warnings.filterwarnings("ignore", category=UserWarning, module="pyfixest")
        warnings.filterwarnings("ignore", message="The inplace keyword")
        try:
            model = pf.feols(formula, data, vcov={"CRV1": "unit"}, **options)
        except ValueError as fault:
            raise EnclaveError(_absorbed("treat")) from fault
        counts = {"n": int(model._N), "clusters": int(model._G[0]), "r2": float(model._r2)}
        covariance = pd.DataFrame(model._vcov, index=model._coefnames, columns=model._coefnames)
        return model.tidy(), covariance, counts


def _tidy(rows: pd.DataFrame, counts: dict, terms: list[str]) -> pd.DataFrame:
    lost = [term for term in terms if term not in rows.index]
    if lost:
        raise EnclaveError(_absorbed(lost[0]))
    kept = rows.loc[terms].rename(columns=COLUMNS)[list(COLUMNS.values())]
    return kept.rename_axis(index="term", columns=None).reset_index().assign(**counts)


def _absorbed(term: str) -> str:
    return (
        f"The fixed effects and the other terms explain all of {term!r}, so it has no estimate. Look for units whose "
        "treatment begins in the same period as everybody's, or for a control that repeats it."
    )


def checked(panel: pd.DataFrame, outcome: str, unit: list[str], time: str, cohort: str) -> pd.DataFrame:
    """A copy sorted by unit and period, with the outcome as the float column `outcome`; faults raise EnclaveError."""
    for column in [*unit, time, cohort]:
        if column not in panel:
            raise EnclaveError(f"The panel has no column {column!r}. Name its columns in `unit`, `time` and `cohort`.")
    data = panel.sort_values([*unit, time], ignore_index=True)
    _refuse(data, data[[*unit, time]].isna().any(axis=1), [*unit, time], "is incomplete", "Every row needs its keys.")
    _refuse(data, data.duplicated([*unit, time]), [*unit, time], "stands twice in the panel", "Keep one row.")
    changes = data.groupby(unit)[cohort].transform("nunique", dropna=False) > 1
    _refuse(data, changes, unit, f"changes its {cohort!r}", "A unit has one first treated period.")
    return data.assign(outcome=_outcome(data, outcome, [*unit, time]))


def treated(panel: pd.DataFrame, time: str, cohort: str) -> pd.Series:
    """1.0 from the cohort period of the unit on, else 0.0; a missing cohort is never treated."""
    first = panel[cohort].astype("Float64").fillna(np.inf).astype(float)
    return (panel[time].astype(float) >= first).astype(float)


def base_year_controls(yearbook: pd.DataFrame, year: int = 2000) -> pd.DataFrame:
    """The yearbook's row of `year` for each recipient: the controls of equation (1) before any treatment (note 3).

    Columns: `recipient` and the five of the yearbook panel. Raises EnclaveError if the year is not there.
    """
    rows = yearbook[yearbook["year"] == year].drop(columns="year").reset_index(drop=True)
    if rows.empty:
        raise EnclaveError(f"The yearbook has no figures of {year}. Choose a year that it covers.")
    return rows


def stars(p_value: float) -> str:
    """*** below 1, ** below 5, * below 10 per cent, as under the paper's tables."""
    return "*" * sum(p_value < level for level in (0.01, 0.05, 0.10))


def _outcome(data: pd.DataFrame, name: str, keys: list[str]) -> pd.Series:
    column = name.removeprefix(LOG) if name not in data else name
    if column not in data:
        raise EnclaveError(f"The panel has no column {column!r}. Choose one of {', '.join(data.columns)}.")
    values = pd.to_numeric(data[column], errors="coerce").astype("Float64").astype(float)
    _refuse(data, ~np.isfinite(values), keys, f"has no number in {column!r}", "Fill the gap or leave the row out.")
    if column == name:
        return values
    _refuse(data, values < 0, keys, f"has a negative {column!r}", "ln(1 + x) needs values of zero or more.")
    return np.log1p(values)


def _positive(data: pd.DataFrame, column: str) -> pd.Series:
    if column not in data:
        raise EnclaveError(f"The panel has no column {column!r} of weights. Name one that it has.")
    _refuse(data, ~(data[column] > 0), [column], "is no weight", "Weights are positive numbers.")
    return data[column].astype(float)


def _per_unit(data: pd.DataFrame, values: pd.Series, unit: list[str]) -> pd.Series:
    if values.name is None or values.index.nlevels != len(unit):
        raise EnclaveError(f"An interaction is a Series with a name, indexed by {', '.join(unit)}. Give one like that.")
    found = data[unit].merge(values.rename("value").rename_axis(unit).reset_index(), on=unit, how="left")
    if len(found) != len(data):
        raise EnclaveError(f"{values.name!r} has more than one number for a unit. Keep one.")
    _refuse(data, found["value"].isna(), unit, f"has no {values.name!r}", "Give one number per unit.")
    return found["value"].astype(float)


def crossed_with_periods(data: pd.DataFrame, controls: pd.DataFrame, unit: list[str], time: str) -> pd.DataFrame:
    """Each control, in standard deviations from its mean (which moves no other slope), times each period but one."""
    on = [column for column in unit if column in controls]
    if not on:
        raise EnclaveError(f"The controls have none of the columns {', '.join(unit)}. Say which unit a row is of.")
    if controls.duplicated(on).any():
        raise EnclaveError(f"The controls have several rows for one {' and '.join(on)}. Give base-year values only.")
    found = data[on].merge(controls, on=on, how="left").drop(columns=on).astype("Float64").astype(float)
    for name in found:
        _refuse(data, found[name].isna(), on, f"has no control {name!r}", "Controls need a value for every unit.")
    scaled = (found - found.mean()) / found.std().replace(0, 1)
    periods = sorted(data[time].unique())[1:]
    columns = {(name, period): scaled[name] * (data[time] == period) for name in scaled for period in periods}
    return pd.DataFrame(columns).set_axis([f"{name} x {period}" for name, period in columns], axis=1)


def _refuse(data: pd.DataFrame, wrong: pd.Series, keys: list[str], problem: str, remedy: str) -> None:
    if wrong.any():
        first = ", ".join(str(data[key][int(np.argmax(wrong))]) for key in keys)
        more = f" (and {int(wrong.sum()) - 1} more rows)" if wrong.sum() > 1 else ""
        raise EnclaveError(f"{', '.join(keys)} = {first}{more} {problem}. {remedy}")
