"""Spillovers between pairs that share a city: exposure beside treatment, and pairs that share no city.

    y_ijt = beta Treat_ijt + gamma_H H_ijt + gamma_R R_ijt + lambda_ij + eta_t + e_ijt

H counts the other treated pairs with the same helper in the year, R those with the same recipient. A negative gamma_H
is diversion: a park draws links from the other pairs of its helper. Which pairs can affect which is an exposure mapping
(Aronow and Samii 2017); the bias of a comparison that ignores it is that of Butts (2021) and of Berg, Reisinger and
Streitz (2021). Treatment and clustering are those of `did.twfe`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyfixest as pf
from scipy import stats

from enclave.base.arguments import refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    ever_treated,
    keep_attrs,
    limits,
    refuse_names,
    refuse_untreated,
    size_of,
    sorted_rows,
    treated,
    unit_columns,
)
from enclave.estimators.regressors import period_dummies

# how exposure is measured: the number of other treated pairs, or their share of the other pairs
MEASURES = {"number": "same", "share": "share"}
# with two clusterings, G is the smaller number of clusters
SMALLER = did.CONVENTIONS["reghdfe"] | {"G_df": "min"}


def exposure(
    panel: pd.DataFrame, *, unit: Sequence[str] = PAIR, time: str = "year", cohort: str = "cohort"
) -> pd.DataFrame:
    """How many other treated pairs share a city with each pair in each period.

    Parameters
    ----------
    panel : one row per pair and period, as in `did.twfe`; no outcome is needed
    unit : the two columns that name a pair

    Returns
    -------
    The columns of the unit and the period; treat (1 from the first treated period on); for each column of the unit, as
    for `helper`: same_helper, the number of other treated pairs with this helper in the period, and share_helper, this
    number over that of the other pairs with this helper (0 if there is none). Sorted by unit and period; `attrs` as the
    panel's. Only pairs that are rows of the panel count.

    Raises
    ------
    EnclaveError as `did.twfe` for the coding of the panel, or for a unit that has not two columns.

    Examples
    --------
    Helper a has parks in x and y. The pair (a, x) is exposed to the park of (a, y), and (a, z) to both.

    >>> rows = {"helper": list("aaa"), "recipient": list("xyz"), "year": 2008, "cohort": [2008, 2008, None]}
    >>> exposure(pd.DataFrame(rows))[["treat", "same_helper", "share_helper", "same_recipient"]].values.tolist()
    [[1.0, 1.0, 0.5, 0.0], [1.0, 1.0, 0.5, 0.0], [0.0, 2.0, 1.0, 0.0]]
    """
    keys = two_columns(unit)
    data = sorted_rows(panel, keys, time, cohort)
    made = data[[*keys, time]].assign(treat=treated(data, time, cohort))
    refuse_names([*keys, time], ["treat", *(f"{word}_{key}" for word in MEASURES.values() for key in keys)])
    for key in keys:
        groups = made.groupby([key, time], observed=True)["treat"]
        others = groups.transform("size") - 1
        made[f"same_{key}"] = groups.transform("sum") - made["treat"]
        made[f"share_{key}"] = made[f"same_{key}"] / others.where(others > 0, 1)
    return keep_attrs(made, panel)


def regression(
    panel: pd.DataFrame,
    outcome: str,
    *,
    measure: str = "number",
    apart: bool = False,
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Treatment and exposure side by side, with pair and period effects: the equation of this module.

    Parameters
    ----------
    panel, outcome, time, cohort : as in `did.twfe`
    measure : "number" of other treated pairs, or their "share"
    apart : whether exposure has one slope for treated rows and one for the others, as in Butts (2021)
    unit : the two columns that name a pair

    Returns
    -------
    rows `treat`, and for each column of the unit `same_helper` (or `share_helper`); with `apart`
    `same_helper_untreated` and `same_helper_treated`. A term that is zero in all rows is left out. Columns and `attrs`
    as `did.twfe`. The effect of a park on its own pair, others' parks held fixed, is `treat`.

    Raises
    ------
    EnclaveError as `did.twfe` and `exposure`, and for an unknown measure.
    """
    data, terms = _with_terms(panel, outcome, measure, apart, unit, time, cohort)
    keys = two_columns(unit)
    rows = did.fit(data[OUTCOME], terms, data[keys], data[time])
    rows.attrs.update(limits(data, keys, time, cohort))
    return keep_attrs(rows, panel)


def errors(
    panel: pd.DataFrame,
    outcome: str,
    *,
    measure: str = "number",
    apart: bool = False,
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Standard errors of each term of `regression`, clustered by pair, by city, and by either city.

    Arguments and errors as `regression`.

    Returns
    -------
    term, method ("by pair", "by <key>" for each column of the unit, "by <a> or <b>"), clusters, estimate, std_error,
    df (clusters less one; with two clusterings of the smaller number), p_value (t distribution, two sides). The error
    is missing if its variance is not positive. With as few clusters as there are cities, treat it as a hint;
    `whole_assignments.draws` needs no clusters. `attrs` as the panel's.
    """
    keys = two_columns(unit)
    data, terms = _with_terms(panel, outcome, measure, apart, unit, time, cohort)
    did.fit(data[OUTCOME], terms, data[keys], data[time])
    size, model = size_of(data[OUTCOME]), _model(data, terms, keys, time)
    counts = [data.groupby(keys, observed=True).ngroups, *(data[key].nunique() for key in keys)]
    named = zip(["pair", *keys, " or ".join(keys)], ["unit", "key0", "key1", "key0 + key1"], strict=True)
    counted = zip(named, [*counts, min(counts[1:])], strict=True)
    found = [_clustered(model, list(terms), f"by {name}", by, count, size) for (name, by), count in counted]
    made = pd.concat(found).sort_values("place", kind="stable", ignore_index=True).drop(columns="place")
    return keep_attrs(made, panel)


def donut(
    panel: pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The rows of treated pairs, and of never treated pairs that share no city with a treated one.

    `by` names the columns of the unit whose cities count, by default both. Treated pairs stay, although they may expose
    each other: a donut cleans the comparison, not the treated.

    Returns the panel without the other rows, otherwise as it was. Raises EnclaveError as `exposure`, for an unknown
    column, without a treated pair, or if no never treated pair is left.
    """
    keys = two_columns(unit)
    sorted_rows(panel, keys, time, cohort)
    for column in keys if by is None else by:
        refuse_unknown("column of the unit", column, keys)
    ever = ever_treated(panel, time, cohort)
    refuse_untreated(ever, cohort)
    shared = pd.Series(False, index=panel.index)
    for column in keys if by is None else by:
        shared |= panel[column].isin(panel.loc[ever, column]).to_numpy()
    kept = (ever | ~shared).to_numpy()
    if not (kept & ~ever.to_numpy()).any():
        raise EnclaveError("Every untreated pair shares a city with a treated one. Name fewer columns in `by`.")
    return panel[kept]


def untreated(
    panel: pd.DataFrame,
    outcome: str,
    *,
    measure: str = "number",
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """What parks of other pairs go with in the pairs that never have one: the exposure terms, on these pairs alone.

    The slope of `same_recipient` is displacement inside the recipient if it is negative: links of other helpers make
    room. Arguments and errors as `regression`; also EnclaveError if no never treated pair is exposed.

    Returns
    -------
    rows `same_helper` and `same_recipient` (or `share_...`); a term that is zero in all rows is left out. Columns and
    `attrs` as `did.twfe`.
    """
    keys = two_columns(unit)
    data, terms = _with_terms(panel, outcome, measure, False, unit, time, cohort)
    never = ~ever_treated(data, time, cohort)
    kept = terms.loc[never, [name for name in terms if name != "treat" and terms.loc[never, name].any()]]
    if kept.empty:
        raise EnclaveError("No pair without a park shares a city with a treated pair. Give a panel in which some do.")
    rows = did.fit(data.loc[never, OUTCOME], kept, data.loc[never, keys], data.loc[never, time])
    return keep_attrs(rows, panel)


def two_columns(unit: Sequence[str]) -> list[str]:
    """The two columns that name a pair. Raises EnclaveError for another number of columns."""
    keys = unit_columns(unit)
    if len(keys) != 2:
        raise EnclaveError(f"Pairs that share a city need two columns of cities, not {len(keys)}. Name both in `unit`.")
    return keys


def _with_terms(panel, outcome, measure, apart, unit, time, cohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The checked panel, and the terms of `regression` in its rows."""
    refuse_unknown("measure", measure, MEASURES)
    keys = two_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    rows = exposure(data.drop(columns=OUTCOME), unit=keys, time=time, cohort=cohort)
    refuse_untreated(rows["treat"], cohort)
    terms = {"treat": rows["treat"]}
    for name in (f"{MEASURES[measure]}_{key}" for key in keys):
        if apart:
            terms[f"{name}_untreated"] = rows[name] * (1 - rows["treat"])
            terms[f"{name}_treated"] = rows[name] * rows["treat"]
        else:
            terms[name] = rows[name]
    return data, pd.DataFrame({name: column for name, column in terms.items() if column.any()})


def _model(data: pd.DataFrame, terms: pd.DataFrame, keys: list[str], time: str):
    """The regression fitted by pyfixest, with the columns unit, key0 and key1 to cluster by."""
    design = pd.concat([terms, period_dummies(data[time])], axis=1)
    used = design.set_axis([f"x{number}" for number in range(design.shape[1])], axis=1)
    names = " + ".join(used)
    cities = {f"key{place}": pd.factorize(data[key])[0] for place, key in enumerate(keys)}
    pairs = data.groupby(keys, observed=True).ngroup()
    used = used.assign(y=data[OUTCOME] / size_of(data[OUTCOME]), unit=pairs, **cities)
    # a pair with a single row is dropped, as in `did.fit`
    used = used[pairs.groupby(pairs).transform("size") > 1]
    with did.quiet_pyfixest():
        return pf.feols(f"y ~ {names} | unit", used, ssc=pf.ssc(**SMALLER))


def _clustered(model, terms: list[str], method: str, by: str, count: int, size: float) -> pd.DataFrame:
    """The rows of `errors` for one clustering."""
    names = [f"x{place}" for place in range(len(terms))]
    with did.quiet_pyfixest():
        rows = model.vcov({"CRV1": by}).tidy().loc[names] if count > 1 else model.tidy().loc[names]
    error = rows["Std. Error"].to_numpy() if count > 1 else np.full(len(names), np.nan)
    estimate = rows["Estimate"].to_numpy() * size
    made = pd.DataFrame({"place": range(len(terms)), "term": terms, "method": method, "clusters": count})
    made = made.assign(estimate=estimate, std_error=np.where(error > 0, error, np.nan) * size, df=count - 1)
    return made.assign(p_value=2 * stats.t.sf((made["estimate"] / made["std_error"]).abs(), count - 1))
