"""Appendix B: Table 2 under other readings of the paper.

The paper leaves some decisions open (see the page on ambiguities). The cleaning makes a panel for each reading of the
registers. The readings of the model are the rules for treated pairs, the forms of the outcome, the controls and the
small-sample conventions for standard errors.
"""

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR
from enclave.estimators import batch, did, poisson
from enclave.estimators.panel_checks import keep_attrs, outcome_values, sorted_rows, treated
from enclave.facts import treated_pairs
from enclave.panels import Panels

CITY_YEARS = {
    "pair and year": [],
    "and helper by year": ["helper"],
    "and recipient by year": ["recipient"],
    "and both": ["helper", "recipient"],
}
FORMS = ["count", "log_count", "asinh_count", "any_link"]
KEPT = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "n", "clusters"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """Every combination of the choices, as `curve` returns it."""
    return curve(panels.alternatives, did.base_year_controls(panels.yearbook), panels.pairs)


def with_cohorts(cells: pd.DataFrame, rule: str, pairs: pd.DataFrame) -> pd.DataFrame:
    """`cells` (helper, recipient, year, count) with the `cohort` that a rule of `treated_pairs.RULES` gives each pair.

    The default rule is the list of the source itself: its cohorts are those of the panel `pairs`.
    """
    found = pairs if rule == treated_pairs.DEFAULT_RULE else treated_pairs.by_rule(rule)
    treated = found[[*PAIR, "cohort"]].astype({"cohort": "Int64"})
    return cells.drop(columns="cohort", errors="ignore").merge(treated, on=PAIR, how="left")


def with_forms(cells: pd.DataFrame) -> pd.DataFrame:
    """`cells` with two further outcomes: asinh_count, the inverse hyperbolic sine, and any_link, 1 if there is one."""
    return cells.assign(asinh_count=np.arcsinh(cells["count"]), any_link=(cells["count"] > 0).astype(int))


def curve(
    alternatives: pd.DataFrame, controls: pd.DataFrame, pairs: pd.DataFrame, rules: list[str] | None = None
) -> pd.DataFrame:
    """Equation (1) under every combination of reading, rule for treated pairs, outcome and controls.

    Parameters
    ----------
    alternatives : the panel `alternatives`: reading, helper, recipient, year, count
    controls : base-year values, as `did.twfe` takes them
    pairs : the panel `pairs`, for the cohorts of the default rule
    rules : keys of `treated_pairs.RULES`; all of them by default

    Returns
    -------
    reading, rule, outcome (one of `FORMS`), controls ("yes" or "no"), then estimate, std_error, p_value, conf_low,
    conf_high, n, clusters, treated (pairs with a cohort). `attrs` as those of `alternatives`. Raises EnclaveError as
    `batch.twfe`.
    """
    rules = list(treated_pairs.RULES) if rules is None else rules
    parts = [
        _curve_of_reading(cells.drop(columns="reading"), controls, pairs, rules).assign(reading=reading)
        for reading, cells in alternatives.groupby("reading", sort=False)
    ]
    made = pd.concat(parts, ignore_index=True)
    return keep_attrs(made[["reading", "rule", "outcome", "controls", *KEPT, "treated"]], alternatives)


def _curve_of_reading(
    cells: pd.DataFrame, controls: pd.DataFrame, pairs: pd.DataFrame, rules: list[str]
) -> pd.DataFrame:
    """One row per rule, outcome and choice of controls, in this order."""
    cohorts = {rule: with_cohorts(cells, rule, pairs)["cohort"].array for rule in rules}
    panel = with_forms(cells).assign(**cohorts)
    fits = {word: batch.twfe(panel, FORMS, rules, controls=given) for word, given in (("no", None), ("yes", controls))}
    made = pd.concat(fits, names=["controls"]).reset_index("controls").rename(columns={"cohort": "rule"})
    made["treated"] = made["rule"].map(panel.drop_duplicates(PAIR)[rules].notna().sum())
    order = pd.MultiIndex.from_product([rules, FORMS, list(fits)], names=["rule", "outcome", "controls"])
    return made.set_index(order.names).loc[order].reset_index()


def conventions(cells: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Standard errors of Table 2 under each small-sample convention: convention, then columns (1) to (4)."""
    rows = {}
    for name in did.CONVENTIONS:
        without, with_controls = (
            batch.twfe(cells, FORMS[:2], controls=given, ssc=name)["std_error"] for given in (None, controls)
        )
        rows[name] = {"(1)": without[0], "(2)": with_controls[0], "(3)": without[1], "(4)": with_controls[1]}
    return pd.DataFrame(rows).T.rename_axis("convention").reset_index()


def richer_effects(panel: pd.DataFrame) -> pd.DataFrame:
    """Equation (1) with effects of helper by year, of recipient by year, or both, in addition to pair and year effects.

    Effects of helper by year take out all that a helper does everywhere in a year, so its recipients are compared with
    each other; effects of recipient by year compare the helpers of a recipient. They enter as dummies and count as
    coefficients.

    Returns
    -------
    effects, outcome (links and ln(1 + links)), estimate, std_error, p_value. Raises EnclaveError as `did.twfe`.
    """
    data = sorted_rows(panel, PAIR, "year", "cohort")
    values = pd.DataFrame({name: outcome_values(data, name, [*PAIR, "year"]) for name in FORMS[:2]})
    treat = treated(data, "year", "cohort").rename("treat").to_frame()
    parts = [
        batch.fit(values, treat, data[PAIR], data["year"], crossed=_city_years(data, cities)).assign(effects=name)
        for name, cities in CITY_YEARS.items()
    ]
    made = pd.concat(parts, ignore_index=True)[["effects", "outcome", "estimate", "std_error", "p_value"]]
    return keep_attrs(made, panel)


def _city_years(data: pd.DataFrame, cities: list[str]) -> pd.DataFrame | None:
    """One dummy per city and year, for each of the columns `cities`."""
    years = [pd.get_dummies(data[city] + " " + data["year"].astype(str), dtype=float) for city in cities]
    return pd.concat(years, axis=1) if years else None


@takes_tables
def poisson_by_reading(alternatives: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Poisson with pair and year effects: reading, estimate, std_error, p_value, conf_low, conf_high, as `poisson`."""
    parts = [
        poisson.twfe(with_cohorts(cells, treated_pairs.DEFAULT_RULE, pairs), "count").assign(reading=reading)
        for reading, cells in alternatives.groupby("reading", sort=False)
    ]
    columns = ["reading", "estimate", "std_error", "p_value", "conf_low", "conf_high"]
    return pd.concat(parts, ignore_index=True)[columns]
