"""Prints estimates on whole-number keys as JSON: a program to run under several seeds of Python's hash function."""

import json

import numpy as np
import pandas as pd
import simulated

from enclave.estimators import did, land, poisson
from enclave.facts import public


def land_panel():
    """Twelve counties, inside and outside a park, with random areas."""
    counties = [f"4402{number:02d}" for number in range(12)]
    rows = pd.MultiIndex.from_product([counties, [0, 1], range(2011, 2021)], names=land.KEYS).to_frame(index=False)
    return rows.assign(log_area=np.random.default_rng(5).normal(3, 1, len(rows)))


def main():
    """Print the estimates."""
    states = public.castle()
    first = states[states["post"] == 1].groupby("sid")["year"].min()
    states = states.assign(cohort=states["sid"].map(first)).astype({"sid": "int64", "year": "int64"})
    panel = simulated.panel()
    counts = states.assign(deaths=(states["homicide"] * 10).round())
    print(
        json.dumps(
            {
                # sets of the effects that pyfixest absorbs, and could absorb
                "orders that depend on the seed": [list({"unit", "time"}), list({"side", "period"})],
                "with controls": did.twfe(panel, "log_count", controls=simulated.controls(panel)).to_csv(),
                "did": did.twfe(states, "l_homicide", unit="sid").iloc[0].to_dict(),
                "poisson": poisson.twfe(counts, "deaths", unit="sid").iloc[0].to_dict(),
                "land": land.event_study(land_panel()).fillna(0.0).to_numpy().tolist(),
            }
        )
    )


if __name__ == "__main__":
    main()
