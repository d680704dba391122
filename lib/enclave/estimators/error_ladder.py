"""A ladder of standard errors for one estimate: from independent rows to pairs that share a city.

Let d be what the other columns leave of a term, and e the residuals. Each rung but CR2 and CR3 is

    V = c sum_(r, s) k(r, s) d_r e_r d_s e_s / (sum d^2)^2

with k(r, s) = 1 if errors of the rows r and s may be correlated, else 0: of the same row, of one unit, of one helper,
of one recipient, or of two units that share a city (Cameron, Gelbach and Miller 2011; Aronow, Samii and Assenova 2015).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.arguments import refuse_unknown
from enclave.base.terms import PAIR
from enclave.estimators import did, few_clusters
from enclave.estimators.demeaned import Model, apart, demeaned
from enclave.estimators.panel_checks import keep_attrs

COLUMNS = ["method", "clusters", "std_error", "df"]


def ladder(
    panel: pd.DataFrame,
    outcome: str,
    *,
    term: str = "treat",
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Standard errors of a term of `did.twfe` under weaker and weaker assumptions on which errors are independent.

    Parameters
    ----------
    term : `treat`, or the row of the interaction, as `did.twfe` names it
    panel, outcome, controls, interaction, unit, time, cohort : as in `did.twfe`

    Returns
    -------
    method, clusters, estimate, std_error, df, statistic, p_value (t distribution, two sides), in this order:

    "iid"            independent rows of equal variance; rows less all coefficients, those of units included
    "robust"         independent rows (HC1); the same degrees of freedom
    "unit CR1"       independent units, the error of `did.twfe`; G - 1
    "unit CR2"       the same with the correction and degrees of freedom of Bell and McCaffrey (2002)
    "unit CR3"       the same as jackknife; G - 1
    "unit CR1, few"  CR1 with treated units less one as degrees of freedom, a rule of thumb
    "<key> CR1", "<key> CR2"  for each column of the unit, if it has several: independent values of that column
    "either"         if the unit has two columns: two units with a common value of either may be correlated; both
                     variances less that by unit, the factor and degrees of freedom of the smaller number of clusters
    "dyadic"         the same sum written as one over pairs of units, without a factor. It is "either" up to the factor
                     if no city is on both sides

    An error is missing if its variance is not positive, or with a single cluster. `attrs` as those of `did.twfe`.

    Raises
    ------
    EnclaveError as `few_clusters.errors`, and for an unknown term.
    """
    options = {"controls": controls, "interaction": interaction, "unit": unit, "time": time, "cohort": cohort}
    estimates = did.twfe(panel, outcome, **options)
    refuse_unknown("term", term, list(estimates["term"]))
    model = demeaned(panel, outcome, **options)
    few_clusters.refuse_few_treated(model, cohort)
    place = model.terms.index(term)
    made = pd.DataFrame(_rungs(model, place), columns=COLUMNS)
    made["std_error"] *= model.sizes[place]
    made.insert(2, "estimate", estimates.loc[place, "estimate"])
    made["statistic"] = made["estimate"] / made["std_error"]
    made["p_value"] = 2 * stats.t.sf(made["statistic"].abs(), made["df"])
    return keep_attrs(made, estimates)


def _rungs(model: Model, place: int) -> list[tuple]:
    """Each rung: method, clusters, standard error of the scaled slope, degrees of freedom."""
    basis, y, d = apart(model, place)
    residual = y - d * (d @ y) / (d @ d)
    score, units = d * residual / (d @ d), pd.factorize(model.units)[0]
    rows, used = len(y), basis.shape[1] + 2
    left = rows - basis.shape[1] - 1 - _count(units)
    found = [
        ("iid", rows, np.sqrt(residual @ residual / left / (d @ d)), left),
        ("robust", rows, np.sqrt(rows / left * (score @ score)), left),
    ]
    share = (rows - 1) / (rows - used)
    by_unit = _clustered(model, place, "unit", units, residual, share * _squares(score, units))
    few = len(set(model.units[model.treat > 0])) - 1
    found += [*by_unit, ("unit CR1, few", *by_unit[0][1:3], few)]
    keys = {key: pd.factorize(model.keys[key])[0] for key in model.keys}
    if len(keys) > 1:
        for key, codes in keys.items():
            found += _clustered(model, place, key, codes, residual, share * _squares(score, codes))[:2]
    if len(keys) == 2:
        one, other = keys.values()
        found += _sharing(score, units, one, other, share)
    return found


def _clustered(
    model: Model, place: int, name: str, codes: np.ndarray, residual: np.ndarray, variance: float
) -> list[tuple]:
    """CR1, from the variance without G / (G - 1), CR2 and CR3 by the groups `codes`."""
    count = _count(codes)
    if count < few_clusters.FEWEST_CLUSTERS:
        return [(f"{name} {method}", count, np.nan, np.nan) for method in ("CR1", "CR2", "CR3")]
    first = (f"{name} CR1", count, np.sqrt(count / (count - 1) * variance), count - 1)
    others = few_clusters.small_sample(model.design, residual, codes, place)
    return [first, *((f"{name} {method}", *rest) for method, *rest in others)]


def _sharing(score: np.ndarray, units: np.ndarray, one: np.ndarray, other: np.ndarray, share: float) -> list[tuple]:
    """The errors that allow any two units with a city in common to be correlated."""
    count = min(_count(one), _count(other))
    either = _squares(score, one) + _squares(score, other) - _squares(score, units)
    first = np.unique(units, return_index=True)[1]
    left, right = one[first], other[first]
    common = (left[:, None] == left) | (right[:, None] == right)
    sums = np.bincount(units, score)
    values = [(share * count / (count - 1) if count > 1 else np.nan) * either, sums @ common @ sums]
    return [
        (name, count, np.sqrt(value) if value > 0 else np.nan, count - 1 if count > 1 else np.nan)
        for name, value in zip(("either", "dyadic"), values, strict=True)
    ]


def _squares(score: np.ndarray, codes: np.ndarray) -> float:
    """The sum over groups of the squared sum of scores."""
    return float((np.bincount(codes, score) ** 2).sum())


def _count(codes: np.ndarray) -> int:
    return int(codes.max()) + 1
