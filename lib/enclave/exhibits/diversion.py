"""Spillovers between pairs that share a city: every estimate of chapter 14 on the manufacturing links (our addition).

One row per model and term. Models without a `p_exchanges` have the p value of their clusters alone. The model
`all combinations` has a row for each helper and recipient, also for pairs without any link: cities can change places
there, and `p_exchanges` is the share of such exchanges whose t is as far from zero (`whole_assignments`).
"""

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR
from enclave.estimators import city_totals, did, spillovers, two_stages, whole_assignments
from enclave.panels import Panels

OUTCOME = "count"
N_EXCHANGES = 1999
SEED = 14
# p value below which the sign of an estimate is given a name
LEVEL = 0.05
# model -> which cities an untreated pair may not share with a treated one
DONUTS = {"donut: another helper": ["helper"], "donut: another recipient": ["recipient"], "donut: both": list(PAIR)}
TOTALS = {"total of the helper": "helper", "total of the recipient": "recipient"}
ALL = "all combinations"


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """All models: model, term, estimate, std_error, p_value, conf_low, conf_high, n, clusters, p_exchanges."""
    panel = panels.manufacturing
    found = models(panel)
    whole = whole_assignments.every_pair(panel, OUTCOME)
    drawn = whole_assignments.draws(whole, OUTCOME, N_EXCHANGES, SEED)
    p_values = whole_assignments.p_values(drawn).set_index("term")["p_value"]
    rows = spillovers.regression(whole, OUTCOME)
    found[ALL] = rows.assign(p_exchanges=rows["term"].map(p_values))
    made = pd.concat([rows.assign(model=name) for name, rows in found.items()], ignore_index=True)
    made.attrs["source"] = panels.source
    return made


def models(panel: pd.DataFrame, outcome: str = OUTCOME) -> dict[str, pd.DataFrame]:
    """The regressions of each model but the last, by its name, as `did.twfe` returns them."""
    found = {
        "treatment alone": did.twfe(panel, outcome),
        "with exposure": spillovers.regression(panel, outcome),
        "with shares": spillovers.regression(panel, outcome, measure="share"),
        "exposure apart": spillovers.regression(panel, outcome, apart=True),
        "pairs without a park": spillovers.untreated(panel, outcome),
        "two stages": two_stages.estimate(panel, outcome),
    }
    found |= {name: did.twfe(spillovers.donut(panel, by=by), outcome) for name, by in DONUTS.items()}
    return found | {name: city_totals.per_park(panel, outcome, city) for name, city in TOTALS.items()}


def in_words(row: pd.Series, negative: str, positive: str) -> str:
    """Words for the sign of an estimate, or that it cannot be told from zero; `row` has estimate and p_value."""
    if row["p_value"] >= LEVEL:
        return "cannot be told from zero at five per cent"
    return negative if row["estimate"] < 0 else positive


def compatible(row: pd.Series, values: dict[str, float]) -> str:
    """The names of the values that the 95 per cent interval of an estimate holds, such as "no gain and all of it"."""
    held = [name for name, value in values.items() if row["conf_low"] <= value <= row["conf_high"]]
    return f"compatible with {' and with '.join(held) or 'neither'}"
