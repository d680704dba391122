"""Rules of plausibility as a penalty on counts, fast enough for a search.

The limits are those of Appendix C. This package does not import that module; a test compares the two.
"""

import numpy as np
from scipy import stats

from enclave_twin.fit import linear_forms

# measure -> lowest and highest plausible value
LIMITS = {
    "odd_year": (-np.inf, 0.35),
    "dispersion": (1.0, 3.0),
    "spike": (-np.inf, 6.0),
    "steady_pairs": (0.7, 1.0),
    "largest_pair": (-np.inf, 0.3),
}
EVEN = linear_forms.YEARS % 2 == 0


def broken(counts: np.ndarray, treated: np.ndarray) -> float:
    """By how much counts (pairs x years) break the rules, as a share of the interval of each rule.

    Every year and every cell that breaks a rule counts, so that each can be corrected alone.
    """
    never = counts[~treated].astype(float)
    measured = {
        "odd_year": odd_years(never),
        "dispersion": dispersion(never),
        "spike": spikes(counts.astype(float)),
        "steady_pairs": steady_pairs(counts),
        "largest_pair": largest_pair(counts[treated]),
    }
    return float(sum(_outside(value, *LIMITS[name]).sum() for name, value in measured.items()))


def _outside(value, low: float, high: float) -> np.ndarray:
    return np.maximum(0.0, np.maximum(low - value, value - high)) / (high - max(low, 0.0))


def odd_years(never: np.ndarray) -> np.ndarray:
    """Absolute distance of each year's total from the trend, in logs."""
    total = np.log(np.maximum(never.sum(axis=0), 0.5))
    design = np.column_stack([np.ones(linear_forms.T), linear_forms.YEARS - linear_forms.YEARS.mean()])
    return np.abs(total - design @ (design.T @ total / (design**2).sum(axis=0)))


def dispersion(never: np.ndarray) -> np.ndarray:
    """Pearson's dispersion around pair total x year total (1 for Poisson counts)."""
    expected = np.outer(never.sum(axis=1), never.sum(axis=0)) / never.sum()
    freedom = (never.shape[0] - 1) * (never.shape[1] - 1)
    return ((never**2 / np.maximum(expected, 1e-9)).sum() - never.sum()) / freedom


def spikes(counts: np.ndarray) -> np.ndarray:
    """Excess of each cell over both its neighbours in time, divided by the root of one plus their mean."""
    before, now, after = counts[:, :-2], counts[:, 1:-1], counts[:, 2:]
    return np.maximum(0.0, (now - np.maximum(before, after)) / np.sqrt(1 + (before + after) / 2))


def steady_pairs(counts: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of the pairs' totals in even and in odd years."""
    even, odd = (stats.rankdata(counts[:, years].sum(axis=1)) for years in (EVEN, ~EVEN))
    return np.corrcoef(even, odd)[0, 1]


def largest_pair(counts: np.ndarray) -> np.ndarray:
    """Share of the largest pair in the total of the given pairs."""
    total = counts.sum(axis=1)
    return total.max() / total.sum()
