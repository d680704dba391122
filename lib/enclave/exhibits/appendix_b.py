"""Other readings of the paper, estimated: the registers read otherwise, and other choices of the model.

The paper leaves some decisions open (see the page on ambiguities). The panels of other readings of the registers come
from the cleaning. Readings of the model are the rules for treated pairs, the forms of the outcome and the conventions
for standard errors.
"""

from itertools import product

import numpy as np
import pandas as pd

from enclave.estimators import did, poisson
from enclave.facts import treated_pairs
from enclave.panels import Panels

OURS = "ours"
CITY_YEARS = {
    "pair and year": [],
    "and helper by year": ["helper"],
    "and recipient by year": ["recipient"],
    "and both": ["helper", "recipient"],
}
FORMS = ["count", "log_count", "asinh_count", "any_link"]


def make(panels: Panels) -> pd.DataFrame:
    """Every combination of the choices, as `curve` returns it."""
    return curve(panels.alternatives, did.base_year_controls(panels.yearbook), panels.pairs)


def with_cohorts(cells: pd.DataFrame, rule: str, pairs: pd.DataFrame) -> pd.DataFrame:
    """`cells` (helper, recipient, year, count) with the `cohort` that a rule of `treated_pairs.RULES` gives each pair.

    The default rule stands for the list of the source itself: its cohorts are those of the panel `pairs`.
    """
    found = pairs if rule == treated_pairs.DEFAULT_RULE else treated_pairs.by_rule(rule)
    treated = found[[*did.PAIR, "cohort"]].astype({"cohort": "Int64"})
    return cells.drop(columns="cohort", errors="ignore").merge(treated, on=list(did.PAIR), how="left")


def with_forms(cells: pd.DataFrame) -> pd.DataFrame:
    """`cells` with two further outcomes: asinh_count, the inverse hyperbolic sine, and any_link, 1 if there is one."""
    return cells.assign(asinh_count=np.arcsinh(cells["count"]), any_link=(cells["count"] > 0).astype(int))


def curve(
    alternatives: pd.DataFrame, controls: pd.DataFrame, pairs: pd.DataFrame, rules: list[str] | None = None
) -> pd.DataFrame:
    """Equation (1) under every combination of reading, rule for treated pairs, outcome and controls.

    Parameters
    ----------
    alternatives : as `panel` returns it
    controls : base-year values, as `did.twfe` takes them
    pairs : the panel of pairs, for the cohorts of the default rule
    rules : keys of `treated_pairs.RULES`; all of them by default

    Returns
    -------
    reading, rule, outcome (one of `FORMS`), controls ("yes" or "no"), then estimate, std_error, p_value, conf_low,
    conf_high, n, clusters, treated (pairs with a cohort)
    """
    rules = list(treated_pairs.RULES) if rules is None else rules
    parts = []
    for reading, rule in product(alternatives["reading"].unique(), rules):
        cells = alternatives[alternatives["reading"] == reading].drop(columns="reading")
        parts.append(_fits(with_forms(with_cohorts(cells, rule, pairs)), controls).assign(reading=reading, rule=rule))
    made = pd.concat(parts, ignore_index=True)
    made.attrs.update(alternatives.attrs)
    return made[["reading", "rule", "outcome", "controls", *KEPT, "treated"]]


KEPT = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "n", "clusters"]


def _fits(cells: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """One row per outcome, without and with controls."""
    rows = [
        did.twfe(cells, outcome, controls=given).iloc[0][KEPT].to_dict()
        | {"outcome": outcome, "controls": "no" if given is None else "yes"}
        for outcome, given in product(FORMS, (None, controls))
    ]
    treated = cells.loc[cells["cohort"].notna(), list(did.PAIR)].drop_duplicates()
    return pd.DataFrame(rows).assign(treated=len(treated))


def conventions(cells: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Standard errors of Table 2 under each small-sample convention: convention, then columns (1) to (4)."""
    rows = {}
    for name in did.CONVENTIONS:
        fits = [did.twfe(cells, y, controls=given, ssc=name) for y in FORMS[:2] for given in (None, controls)]
        rows[name] = {f"({number})": float(fit["std_error"].iloc[0]) for number, fit in enumerate(fits, start=1)}
    return pd.DataFrame(rows).T.rename_axis("convention").reset_index()


def richer_effects(panel: pd.DataFrame) -> pd.DataFrame:
    """Equation (1) with an effect for each year of a helper, of a recipient, or both, beside pair and year effects.

    Effects of helper by year take out all that a helper does everywhere in a year, so that its recipients are compared
    with each other; those of recipient by year likewise. They enter as dummies and count as coefficients.

    Returns
    -------
    effects, outcome (links and ln(1 + links)), estimate, std_error, p_value. Errors as `did.twfe`.
    """
    parts = [
        _with_city_years(panel, outcome, cities).assign(effects=name, outcome=outcome)
        for name, cities in CITY_YEARS.items()
        for outcome in FORMS[:2]
    ]
    made = pd.concat(parts, ignore_index=True)[["effects", "outcome", "estimate", "std_error", "p_value"]]
    made.attrs.update(panel.attrs)
    return made


def _with_city_years(panel: pd.DataFrame, outcome: str, cities: list[str]) -> pd.DataFrame:
    data = did.checked(panel, outcome, list(did.PAIR), "year", "cohort")
    treat = did.treated(data, "year", "cohort").rename("treat").to_frame()
    years = [pd.get_dummies(data[city] + " " + data["year"].astype(str), dtype=float) for city in cities]
    crossed = pd.concat(years, axis=1) if years else None
    return did.fit(data["outcome"], treat, data[list(did.PAIR)], data["year"], crossed=crossed)


def poisson_by_reading(alternatives: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Poisson with pair and year effects: reading, estimate, std_error, p_value, conf_low, conf_high, as `poisson`."""
    parts = [
        poisson.twfe(with_cohorts(cells, treated_pairs.DEFAULT_RULE, pairs), "count").assign(reading=reading)
        for reading, cells in alternatives.groupby("reading", sort=False)
    ]
    columns = ["reading", "estimate", "std_error", "p_value", "conf_low", "conf_high"]
    return pd.concat(parts, ignore_index=True)[columns]
