"""Many two-way fixed-effects regressions on the same rows: each outcome on each treatment.

The regressions of one sample share unit effects, period effects and crossed controls. Let y and d be the residuals of
the outcome and of the treatment after these. Then

    b = sum(d y) / sum(d d),    var(b) = c sum_g (sum_{i in g} d_i e_i)^2 / sum(d d)^2,    e = y - b d,

with units g and the small-sample factor c of `did.twfe`. The design is factorised once, and all residuals follow from
it. The numbers are those of `did.twfe`, which estimates one regression at a time by pyfixest.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import linalg, sparse, stats

from enclave.base.arguments import refuse_no_list, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import (
    FEW_UNITS,
    keep_attrs,
    outcome_values,
    refuse_untreated,
    size_of,
    sorted_rows,
    treated,
    unit_columns,
)
from enclave.estimators.regressors import crossed_with_periods, period_dummies

# a column is collinear if what the columns before it leave of it has a smaller squared length, as in pyfixest
COLLINEAR = 1e-9


def twfe(
    panel: pd.DataFrame,
    outcomes: Sequence[str],
    cohorts: Sequence[str] = ("cohort",),
    *,
    controls: pd.DataFrame | None = None,
    ssc: str = "reghdfe",
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
) -> pd.DataFrame:
    """`did.twfe` for each of several outcomes with each of several cohort columns of one panel.

    Parameters
    ----------
    panel, controls, ssc, unit, time : as in `did.twfe`; gaps are allowed
    outcomes : names of outcomes, each as in `did.twfe`
    cohorts : columns of first treated periods, each a treatment of its own

    Returns
    -------
    outcome, cohort (name of the column), estimate, std_error, statistic, p_value, conf_low, conf_high (95 per cent), n,
    clusters, r2; one row per outcome and cohort column, in the order given. `attrs` as the panel's; limits of a single
    panel, which `did.twfe` states, are not included.

    Raises
    ------
    EnclaveError as `did.twfe`.

    Examples
    --------
    Two possible treatments: of unit a (rises by 4; b and c by 1 and 3), or of unit b.

    >>> panel = pd.DataFrame({"unit": list("aabbcc"), "year": [1, 2] * 3, "y": [1, 5, 2, 3, 0, 3]})
    >>> panel = panel.assign(first=[2, 2, None, None, None, None], second=[None, None, 2, 2, None, None])
    >>> twfe(panel, ["y"], ["first", "second"], unit="unit")[["outcome", "cohort", "estimate"]].round(3)
      outcome  cohort  estimate
    0       y   first       2.0
    1       y  second      -2.5
    """
    refuse_no_list("outcomes", outcomes)
    refuse_no_list("cohorts", cohorts)
    keys = unit_columns(unit)
    data = sorted_rows(panel, keys, time, *cohorts)
    values = pd.DataFrame({name: outcome_values(data, name, [*keys, time]) for name in outcomes})
    terms = pd.DataFrame({cohort: treated(data, time, cohort) for cohort in cohorts})
    for cohort in cohorts:
        refuse_untreated(terms[cohort], cohort)
    crossed = crossed_with_periods(data, controls, keys, time) if controls is not None else None
    rows = fit(values, terms, data[keys], data[time], crossed=crossed, ssc=ssc)
    return keep_attrs(rows.rename(columns={"term": "cohort"}), panel)


def fit(
    outcomes: pd.DataFrame,
    terms: pd.DataFrame,
    unit: pd.DataFrame,
    time: pd.Series,
    *,
    crossed: pd.DataFrame | None = None,
    ssc: str = "reghdfe",
) -> pd.DataFrame:
    """`did.fit` for each column of `outcomes` on each column of `terms`, one term at a time.

    All arguments have one row per observation, in the same order. Returns outcome, term, and the other columns of
    `twfe`. Raises EnclaveError as `did.fit`.
    """
    refuse_unknown("convention", ssc, did.CONVENTIONS)
    did.refuse_not_finite({"outcomes": outcomes, "terms": terms, "crossed controls": crossed})
    number = unit.groupby(list(unit), observed=True).ngroup().to_numpy()
    used = np.bincount(number)[number] > 1
    if len(np.unique(number[used])) < 2:
        raise EnclaveError(FEW_UNITS)
    groups = _indicators(number[used])
    design = pd.concat([period_dummies(time), crossed], axis=1).to_numpy(float)[used]
    basis = _basis(_demeaned(design, groups))
    sizes = np.array([size_of(outcomes[name]) for name in outcomes])
    y = _residuals(outcomes.to_numpy(float)[used] / sizes, groups, basis)
    d = _residuals(terms.to_numpy(float)[used], groups, basis)
    for name, length in zip(terms, (d**2).sum(axis=0), strict=True):
        if length < COLLINEAR:
            raise EnclaveError(did.absorbed(str(name)))
    factor = _factor(ssc, len(y), groups.shape[0], basis.shape[1])
    parts = [_regressions(y, column, groups, factor).assign(term=name) for name, column in zip(terms, d.T, strict=True)]
    rows = pd.concat([part.assign(outcome=list(outcomes)) for part in parts], ignore_index=True)
    scaled = outcomes[used] / sizes
    total = ((scaled - scaled.mean()) ** 2).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        rows["r2"] = 1 - rows.pop("unexplained") / rows["outcome"].map(total)
    with_size = ["estimate", "std_error", "conf_low", "conf_high"]
    rows[with_size] = rows[with_size].mul(np.tile(sizes, len(parts)), axis=0)
    order = pd.MultiIndex.from_product([outcomes, terms], names=["outcome", "term"])
    return rows.set_index(["outcome", "term"]).loc[order].reset_index()


def _indicators(number: np.ndarray) -> sparse.csr_array:
    """One row per unit and one column per observation: 1 if the observation is of the unit."""
    codes = np.unique(number, return_inverse=True)[1]
    return sparse.csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))))


def _demeaned(columns: np.ndarray, groups: sparse.csr_array) -> np.ndarray:
    """The columns less their unit means."""
    sizes = groups.sum(axis=1)[:, None]
    return columns - groups.T @ ((groups @ columns) / sizes)


def _basis(columns: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the given ones."""
    if not columns.size:
        return np.empty((len(columns), 0))
    directions, triangle, _ = linalg.qr(columns, mode="economic", pivoting=True)
    return directions[:, np.diag(triangle) ** 2 >= COLLINEAR]


def _residuals(columns: np.ndarray, groups: sparse.csr_array, basis: np.ndarray) -> np.ndarray:
    """The columns after unit effects and the basis."""
    left = _demeaned(columns, groups)
    return left - basis @ (basis.T @ left)


def _factor(ssc: str, rows: int, units: int, rank: int) -> float:
    """The small-sample factor: G / (G - 1) times (N - 1) / (N - K), or a part of it (see `did.CONVENTIONS`)."""
    convention = did.CONVENTIONS[ssc]
    factor = units / (units - 1) if convention["G_adj"] else 1.0
    if not convention["k_adj"]:
        return factor
    # the treatment, the other columns, and either one constant or all unit effects
    counted = 1 + rank + (1 if convention["k_fixef"] == "nonnested" else units)
    return factor * (rows - 1) / (rows - counted)


def _regressions(y: np.ndarray, d: np.ndarray, groups: sparse.csr_array, factor: float) -> pd.DataFrame:
    """Regressions of each column of `y` on `d`, all after the fixed effects, with errors clustered by unit."""
    length, units = d @ d, groups.shape[0]
    slopes = d @ y / length
    left = y - np.outer(d, slopes)
    errors = np.sqrt(factor * ((groups @ (d[:, None] * left)) ** 2).sum(axis=0)) / length
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = slopes / errors
    made = pd.DataFrame({"estimate": slopes, "std_error": errors, "statistic": statistic})
    half = stats.t.ppf(0.975, units - 1) * errors
    made["p_value"] = 2 * stats.t.sf(np.abs(statistic), units - 1)
    made = made.assign(conf_low=slopes - half, conf_high=slopes + half)
    return made.assign(n=len(y), clusters=units, unexplained=(left**2).sum(axis=0))
