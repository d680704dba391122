"""Callaway and Sant'Anna's estimator: group-time effects and their averages, Table 3 of the paper.

    ATT(g, t) = E[y_t - y_b | cohort g] - E[y_t - y_b | comparison],    b = g - 1 if t >= g, else t - 1

Controls make the comparison one of units with the same base-year values, and weights make it one of weighted means.

The package `differences` estimates ATT(g, t) and its influence function, one number per unit. Each average below is
linear in these. Its standard error is the root of the sum of its squared influence values, divided by the number of
units, as in Stata's csdid and R's did. p values and intervals use the normal distribution, as both programs do.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from differences.models.attgt.mboot import multiplier_bootstrap
from scipy import stats

from enclave.base.arguments import refuse_no_count, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import cohort_weights, group_time
from enclave.estimators.group_time import Fit, influence
from enclave.estimators.panel_checks import keep_attrs, refuse_names, sorted_rows, unit_columns

SHARES = ("csdid", "estimated", "known")
QUARTILES = stats.norm.ppf(0.75) - stats.norm.ppf(0.25)
LEVEL = stats.norm.ppf(0.975)
TINY = 1e-12
ATT = ("event_time", "estimate", "std_error", "conf_low", "conf_high", "n_treated")


def att_gt(
    panel: pd.DataFrame,
    outcome: str,
    *,
    control_group: str = "never_treated",
    base_period: str = "varying",
    method: str = "reg",
    controls: pd.DataFrame | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """ATT(g, t) for each cohort g and period t.

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the panel must be balanced. A cohort after the last period
        counts as never treated
    control_group : "never_treated" (default of csdid) or "not_yet_treated" (never treated, or treated after both t and
        the base). Without never-treated units the last cohort is used as comparison only, in the periods before it
    base_period : the base of a period before treatment. "varying" (default of csdid and did): the period before it;
        "universal" (csdid's `long2`): the last period before treatment, whose own effect is then zero
    method : how controls enter. "reg": a regression of the change in outcome on them, among the comparison units;
        "ipw": weights by the odds of treatment, a logit (Hajek form); "dr": both (Sant'Anna and Zhao 2020), which is
        the default of csdid and did. A logit needs more units in a cohort than controls
    controls : values of the base year, one row per unit or per part of it, as in `did.twfe`
    weights : column of positive weights, constant within a unit; they also weight the averages over cohorts
    anticipation : number of periods before the first treated one in which effects may begin; the base moves before them

    Returns
    -------
    cohort and period under their names in the panel, event_time, estimate, std_error, conf_low, conf_high (95 per cent,
    pointwise), n_treated (units of the cohort), sorted. `attrs` as the panel's. The std_error of a cohort with a single
    unit is too small: it contains the noise of the comparison group only.

    Raises
    ------
    EnclaveError as `did.twfe`; for an unknown option; gaps; an outcome that never changes; units treated in the first
    period; no treated unit; or no unit to compare with.

    Examples
    --------
    Units a and b, treated in year 2, rise by 4 and 6; the never-treated units rise by 1 on average.

    >>> panel = pd.DataFrame({"unit": list("aabbccdd"), "year": [1, 2] * 4, "cohort": [2] * 4 + [None] * 4})
    >>> panel["y"] = [0, 4, 0, 6, 0, 2, 0, 0]
    >>> att_gt(panel, "y", unit="unit")[["cohort", "year", "estimate"]].values.tolist()
    [[2.0, 2.0, 4.0]]
    """
    refuse_names((time, cohort), ATT)
    fitted = group_time.fit(
        panel,
        outcome,
        control_group=control_group,
        base_period=base_period,
        method=method,
        controls=controls,
        weights=weights,
        anticipation=anticipation,
        unit=unit,
        time=time,
        cohort=cohort,
    )
    cells = fitted.cells
    made = _rows([cell.ATT for cell in cells], influence(cells), fitted).drop(columns="p_value")
    made.insert(0, cohort, [int(cell.cohort) for cell in cells])
    made.insert(1, time, [int(cell.time) for cell in cells])
    made.insert(2, "event_time", made[time] - made[cohort])
    made = made.assign(n_treated=made[cohort].map(fitted.sizes)).sort_values([cohort, time], ignore_index=True)
    return keep_attrs(made, panel)


def event_time(
    panel: pd.DataFrame,
    outcome: str,
    *,
    control_group: str = "never_treated",
    base_period: str = "varying",
    method: str = "reg",
    controls: pd.DataFrame | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Average of ATT(g, g + s) over cohorts, weighted by their sizes, for each event time s (csdid's `estat event`).

    Arguments and errors as `att_gt`, and an error if a single unit is treated. Returns event_time, estimate, std_error,
    p_value, conf_low, conf_high, sorted. `attrs` as the panel's.
    """
    fitted = group_time.fit(
        panel,
        outcome,
        control_group=control_group,
        base_period=base_period,
        method=method,
        controls=controls,
        weights=weights,
        anticipation=anticipation,
        unit=unit,
        time=time,
        cohort=cohort,
    )
    refuse_single(fitted.sizes)
    entries = fitted.aggregated("event")
    made = _rows([entry.ATT for entry in entries], influence(entries), fitted)
    made.insert(0, "event_time", [int(entry.relative_period) for entry in entries])
    return keep_attrs(made, panel)


def aggregate(
    panel: pd.DataFrame,
    outcome: str,
    *,
    control_group: str = "never_treated",
    shares: str = "csdid",
    bootstrap: int = 0,
    seed: int = 0,
    method: str = "reg",
    controls: pd.DataFrame | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The averages of Table 3, with the varying base.

    simple            all ATT(g, t) with t >= g, weighted by cohort size
    dynamic_pre_avg   plain mean over event times below zero (csdid's Pre_avg, -1 included)
    dynamic_post_avg  plain mean over event times from zero on (csdid's Post_avg)
    calendar_avg      plain mean over periods with a treated unit (csdid's CAverage)
    group_avg         mean over cohorts of the cohort's mean effect, weighted by cohort size (csdid's GAverage)

    Parameters
    ----------
    panel, outcome, control_group, method, controls, weights, anticipation, unit, time, cohort : as in `att_gt`
    shares : which standard errors include the sampling error of the shares of cohorts. "estimated": all averages, as in
        R's did. "csdid": all but `group_avg`, as in Stata's csdid (v1.58 to v1.6). "known": none
    bootstrap : number of draws of the multiplier bootstrap (signs +1 and -1 per unit; standard errors from the
        interquartile range, as in did); 0 gives analytic standard errors
    seed : seed of the bootstrap

    Returns
    -------
    term, estimate, std_error, p_value, conf_low, conf_high (normal), in the order above, which also indexes the rows.
    If all cohorts start in the second period, dynamic_pre_avg is missing. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `event_time`, or for unknown shares.
    """
    refuse_unknown("shares", shares, SHARES)
    refuse_no_count("bootstrap", bootstrap, 0)
    refuse_no_count("seed", seed, 0)
    fitted = group_time.fit(
        panel,
        outcome,
        control_group=control_group,
        base_period="varying",
        method=method,
        controls=controls,
        weights=weights,
        anticipation=anticipation,
        unit=unit,
        time=time,
        cohort=cohort,
    )
    refuse_single(fitted.sizes)
    averages = _averages(fitted, shares)
    estimates, values = zip(*averages.values(), strict=True)
    made = _rows(list(estimates), np.column_stack(values), fitted, bootstrap, seed)
    made.insert(0, "term", list(averages))
    made.index = list(averages)
    return keep_attrs(made, panel)


def unit_effects(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The change of each treated unit since its base, less that of the never treated. ATT(g, t) is their mean over g.

    The base varies as in `att_gt`. Returns the columns of unit, cohort and period, event_time, effect; one row per
    treated unit and period but the first, sorted. `attrs` as the panel's. Raises EnclaveError as `att_gt`.
    """
    keys = unit_columns(unit)
    refuse_names([*keys, time, cohort], ("event_time", "effect"))
    frame = group_time.design(panel, outcome, keys, time, cohort)
    group_time.refuse_no_comparison(frame, "never_treated", cohort)
    wide = frame.pivot(index="unit", columns="period", values="outcome")
    first = frame.groupby("unit")["first"].first()
    gap = (wide - wide[first.isna()].mean())[first.notna()]
    late = gap.shift(1, axis=1)
    for number, start in first.dropna().items():
        late.loc[number, start:] = gap.loc[number, gap.columns[gap.columns < start].max()]
    rows = (gap - late).iloc[:, 1:].stack().rename("effect").reset_index()
    names = sorted_rows(panel, keys, time, cohort).drop_duplicates(keys)[[*keys, cohort]]
    made = names.iloc[rows["unit"]].reset_index(drop=True).assign(**{time: rows["period"]})
    made = made.assign(event_time=made[time] - made[cohort].astype("int64"), effect=rows["effect"])
    return keep_attrs(made, panel)


def jackknife(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The averages of `aggregate` with standard errors by leaving out one treated unit at a time.

    A cohort of one unit has no influence values, so the errors of `aggregate` and of its bootstrap do not include its
    noise. The jackknife does: with b_k the average without treated unit k, of n,

        se^2 = (n - 1) / n  sum_k (b_k - b)^2

    It does not include the noise of the comparison group. If the only unit of an event time or period is left out, the
    plain mean over event times or periods has one term less.

    Arguments as `att_gt`; the comparison is with never-treated units.

    Returns
    -------
    term, estimate, std_error, df (n - 1), p_value (t distribution, two sides), lowest and highest (of the b_k), in the
    order of `aggregate`, which also indexes the rows. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `att_gt`, and for fewer than three treated units.
    """
    effects = unit_effects(panel, outcome, unit=unit, time=time, cohort=cohort)
    number = effects.groupby(unit_columns(unit)).ngroup()
    count = number.nunique()
    if count < 3:
        raise EnclaveError(
            "A jackknife over treated units needs three of them. Compare the effect with `placebo.draws`."
        )
    averages = _means(effects, number, time)
    without = pd.DataFrame([_means(effects[number != one], number[number != one], time) for one in range(count)])
    error = np.sqrt((count - 1) / count * ((without - averages) ** 2).sum(min_count=1))
    p_value = 2 * stats.t.sf((averages / error).abs(), count - 1)
    made = pd.DataFrame({"term": averages.index, "estimate": averages, "std_error": error, "df": count - 1})
    made = made.assign(p_value=p_value, lowest=without.min(), highest=without.max())
    return keep_attrs(made, panel)


def _means(effects: pd.DataFrame, unit: pd.Series, time: str) -> pd.Series:
    """The averages of `aggregate` as means of the effects of units."""
    before = effects["event_time"] < 0
    after, value = effects[~before], effects["effect"]
    return pd.Series(
        {
            "simple": after["effect"].mean(),
            "dynamic_pre_avg": value[before].groupby(effects["event_time"]).mean().mean(),
            "dynamic_post_avg": after.groupby("event_time")["effect"].mean().mean(),
            "calendar_avg": after.groupby(time)["effect"].mean().mean(),
            "group_avg": after.groupby(unit)["effect"].mean().mean(),
        }
    )


def _averages(fitted: Fit, shares: str) -> dict[str, tuple[float, np.ndarray]]:
    """Each average and its influence values, one per unit."""
    events = fitted.aggregated("event")
    after = np.array([entry.relative_period >= 0 for entry in events])
    found = {
        "simple": _only(fitted, "simple"),
        "dynamic_pre_avg": _mean(events, ~after),
        "dynamic_post_avg": _mean(events, after),
        "calendar_avg": _only(fitted, "time", overall=True),
        "group_avg": _only(fitted, "cohort", overall=True),
    }
    known = {"estimated": [], "csdid": ["group_avg"], "known": list(found)}[shares]
    fixed = _with_known_shares(fitted) if known else {}
    return found | {name: (found[name][0], fixed[name]) for name in known}


def _only(fitted: Fit, kind: str, overall: bool = False) -> tuple[float, np.ndarray]:
    entries = fitted.aggregated(kind, overall)
    return entries[0].ATT, influence(entries)[:, 0]


def _mean(entries: list, kept: np.ndarray) -> tuple[float, np.ndarray]:
    values = influence(entries)
    if not kept.any():
        return np.nan, np.full(len(values), np.nan)
    effects = np.array([entry.ATT for entry in entries])
    return effects[kept].mean(), values[:, kept].mean(axis=1)


def _with_known_shares(fitted: Fit) -> dict[str, np.ndarray]:
    """Influence values of the averages without the part for estimated shares."""
    cells, mass = fitted.cells, fitted.mass()
    keys = [{"cohort": cell.cohort, "period": cell.time, "units": mass[cell.cohort]} for cell in cells]
    weights = cohort_weights.of_averages(pd.DataFrame(keys))
    return dict(zip(weights, (influence(cells) @ weights.to_numpy()).T, strict=True))


def _rows(estimates: list[float], values: np.ndarray, fitted: Fit, bootstrap: int = 0, seed: int = 0) -> pd.DataFrame:
    """Tidy rows from estimates and their influence values (units x estimates); an error of zero becomes missing."""
    errors = _bootstrapped(values[fitted.order()], bootstrap, seed) if bootstrap else np.sqrt((values**2).sum(axis=0))
    made = pd.DataFrame({"estimate": np.array(estimates, dtype=float), "std_error": errors / len(values)})
    made["std_error"] = made["std_error"].where(made["std_error"] > TINY)
    made["p_value"] = 2 * stats.norm.sf(np.abs(made["estimate"] / made["std_error"]))
    made["conf_low"] = made["estimate"] - LEVEL * made["std_error"]
    made["conf_high"] = made["estimate"] + LEVEL * made["std_error"]
    return made.assign(**(made.drop(columns="p_value") * fitted.size))  # the fit is of outcome over size


def _bootstrapped(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    sums = len(values) * multiplier_bootstrap(values, draws, seed, disable_tqdm=True)
    low, high = np.quantile(sums, [0.25, 0.75], axis=0, method="inverted_cdf")
    return (high - low) / QUARTILES


def refuse_single(sizes: pd.Series) -> None:
    """Raise EnclaveError if only one unit is treated; sizes: treated units by cohort."""
    if sizes.sum() == 1:
        raise EnclaveError(
            "Only one unit is treated, so a standard error would contain only the noise of the comparison group. "
            "Take its effects from `att_gt`, and compare them with `placebo.draws`."
        )
