"""Chapter 15. The effect of a park as a factor and per pair and year: links, all industries and branches.

Least squares on numbers (equation (1)), Poisson with pair and year effects, and Poisson predicted from untreated rows
(Wooldridge 2023), the last with and without treated pairs that have no count before their park.
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR_PANELS
from enclave.estimators import did, poisson, poisson_growth
from enclave.estimators.panel_checks import ever_treated, treated
from enclave.panels import Panels

OUTCOME = "count"
# model -> whether treated pairs without a count before their park are left out
GROWTH = {"Poisson, untreated rows": False, "the same, no empty pairs": True}
LINEAR, REGRESSION = "least squares", "Poisson regression"
SHOWN = ["panel", "model", "effect", "log_factor", "std_error", "conf_low", "conf_high", "pairs", "empty"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """One row per panel and model: panel, model, effect (per treated row), log_factor, its error and 95 % interval.

    pairs (treated ones that are used) and empty (how many of these have no count before their park). The log factor of
    least squares is ln(m / (m - effect)), m the mean of treated rows; missing if the model expects nothing there.
    """
    rows = [row for name in PAIR_PANELS for row in _models(name, panels[name])]
    made = pd.DataFrame(rows, columns=SHOWN).astype({"pairs": "Int64", "empty": "Int64"})
    made.attrs["source"] = panels.source
    return made


def _models(name: str, panel: pd.DataFrame) -> list[dict]:
    linear, regression = did.twfe(panel, OUTCOME).iloc[0], poisson.twfe(panel, OUTCOME).iloc[0]
    rows = [
        {"model": LINEAR, "effect": linear["estimate"], "log_factor": poisson.linear_log_factor(panel, OUTCOME)},
        {
            "model": REGRESSION,
            "log_factor": regression["estimate"],
            **regression[["std_error", "conf_low", "conf_high"]],
        },
    ]
    for model, left_out in GROWTH.items():
        found = poisson_growth.effects(panel, OUTCOME, leave_out_empty=left_out).iloc[0]
        rows.append({"model": model, **found.rename({"units": "pairs"})})
    return [{"panel": name, **row} for row in rows]


@takes_tables
def zeros(panels: Panels) -> pd.DataFrame:
    """Share of rows without a count: panel, never treated, before the park, with the park."""
    rows = []
    for name in PAIR_PANELS:
        panel = panels[name]
        ever, after = ever_treated(panel), treated(panel, "year", "cohort") == 1
        groups = {"never treated": ~ever, "before the park": ever & ~after, "with the park": after}
        zero = panel[OUTCOME] == 0
        rows.append({"panel": name, **{group: float(zero[chosen].mean()) for group, chosen in groups.items()}})
    made = pd.DataFrame(rows)
    made.attrs["source"] = panels.source
    return made
