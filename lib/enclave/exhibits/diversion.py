"""Spillovers between pairs that share a city: every estimate of chapter 14 on the manufacturing links (our addition).

One row per model and term. Models without a `p_exchanges` have the p value of their clusters alone. The model
`all combinations` has a row for each helper and recipient, also for pairs without any link: cities can change places
there, and `p_exchanges` is the share of such exchanges whose t is as far from zero (`whole_assignments`).
"""

import pandas as pd

from enclave.base.terms import PAIR
from enclave.estimators import city_totals, did, spillovers, two_stages, whole_assignments
from enclave.panels import Panels

OUTCOME = "count"
N_EXCHANGES = 1999
SEED = 14
# model -> which cities an untreated pair may not share with a treated one
DONUTS = {"donut: another helper": ["helper"], "donut: another recipient": ["recipient"], "donut: both": list(PAIR)}
TOTALS = {"total of the helper": "helper", "total of the recipient": "recipient"}
ALL = "all combinations"


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
