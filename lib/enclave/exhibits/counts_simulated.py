"""Chapter 15. Counts with a known effect, many of them zero: what each estimator says on average. No panel is used.

The truth is the logarithm of the factor by which parks multiply the mean of treated rows. Designs are those of
`simulated_counts`; each estimator is read as such a logarithm.
"""

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.estimators import simulated_counts
from enclave.panels import Panels

DRAWS = 200
SEED = 15
COLUMNS = ["design", "estimator", "truth", "mean", "spread", "coverage", "zeros"]


@takes_tables
def make(panels: Panels, *, draws: int = DRAWS, seed: int = SEED) -> pd.DataFrame:
    """One row per design and estimator: design, estimator, truth, mean and spread (standard deviation) over the draws.

    coverage is the share of 95 per cent intervals that hold the truth, for the estimators that have them; zeros is the
    share of counts that are zero in the design. Draws without a finite estimate are left out of mean and spread.
    """
    seeds = np.random.SeedSequence(seed).spawn(len(simulated_counts.DESIGNS))
    parts = [
        _design(name, draws, *map(np.random.default_rng, each.spawn(2)))
        for name, each in zip(simulated_counts.DESIGNS, seeds, strict=True)
    ]
    made = pd.concat(parts, ignore_index=True)[COLUMNS]
    made.attrs["source"] = panels.source
    return made


def _design(name: str, draws: int, levels: np.random.Generator, counts: np.random.Generator) -> pd.DataFrame:
    design = simulated_counts.DESIGNS[name]
    without, mean = simulated_counts.means(design, levels)
    truth, values = (
        simulated_counts.true_log_factor(without, mean),
        simulated_counts.counts(design, mean, draws, counts),
    )
    kept, left = (simulated_counts.growth(values, leave_out_empty=one) for one in (False, True))
    found = {
        "least squares": simulated_counts.linear_log_factor(values),
        "ln(1 + y)": simulated_counts.twfe(np.log1p(values)),
        "Poisson regression": simulated_counts.poisson_twfe(values),
        "Poisson, untreated rows": kept[:, 0],
        "the same, no empty pairs": left[:, 0],
    }
    held = dict(zip(list(found)[-2:], (_coverage(one, truth) for one in (kept, left)), strict=True))
    rows = [(each, *_summary(estimates), held.get(each, np.nan)) for each, estimates in found.items()]
    made = pd.DataFrame(rows, columns=["estimator", "mean", "spread", "coverage"])
    return made.assign(design=name, truth=truth, zeros=float((values == 0).mean()))


def _summary(estimates: np.ndarray) -> tuple[float, float]:
    finite = estimates[np.isfinite(estimates)]
    return float(finite.mean()), float(finite.std(ddof=1))


def _coverage(found: np.ndarray, truth: float) -> float:
    return float(((found[:, 1] <= truth) & (truth <= found[:, 2])).mean())
