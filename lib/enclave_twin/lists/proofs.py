"""How many lower parks a list needs at least, by a linear program with whole numbers: a bound that no search can give.

The slope condition of a column without controls says that the weighted mean distance of a list is between L and U. With
weights w of the pairs that means: the sum of w (d - L) is not negative, and that of w (d - U) is not positive. The
weight of a pair depends mostly on its own year. The other pairs change it within limits that hold for every list. So
each option may take the weight that suits the condition best, and both sums become linear in the choice of options.

The gain condition asks for a residual sum of squares of at least a known value. That sum is at most the sum of
w (d - D)^2 for any D, where w is the weight of a pair alone. This is linear in the choice of options, too.

Every list that meets the conditions meets these weaker ones. So the smallest number of lower parks under the weaker
ones is a lower bound for all lists of a class, however many there are.
"""

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from enclave.base.terms import DISTANCES, PAIR
from enclave_twin.counts.links import LINKED_PAIRS
from enclave_twin.fit.linear_forms import T
from enclave_twin.lists import ratios
from enclave_twin.lists.options import LOWER, TREATED, by_cities

# what is added to a condition against rounding of the solver, relative to its largest coefficient
SLACK = 1e-7


def fewest_lower(table: pd.DataFrame, km: pd.DataFrame, required: list[tuple[str, str]]) -> int | None:
    """A proven lower bound on the lower parks of a list that meets the eight conditions without controls.

    Parameters
    ----------
    table : the options of a class, as `options.in_class` returns them
    km : distances of the pairs (helper, recipient, four distances in km)
    required : pairs (codes) that are in every list, by a park of two cities

    Returns
    -------
    None if no list of the class can meet them. Otherwise a list with this many lower parks need not exist.
    """
    table = by_cities(table, required)
    far = table[PAIR].merge(km, on=PAIR, how="left")[DISTANCES].to_numpy()
    matrix, low, high = _chosen(table, required)
    weaker, least = _weaker(T + 2000 - table["cohort"].to_numpy(), far)
    constraints = [LinearConstraint(matrix, low, high), LinearConstraint(weaker, least, np.inf)]
    lower = (table["level"] == LOWER).to_numpy().astype(float)
    found = milp(lower, integrality=np.ones(len(table)), bounds=Bounds(0, 1), constraints=constraints)
    if found.status == 2:
        return None
    if found.status != 0:
        raise ArithmeticError(f"the solver stopped without a proof: {found.message}")
    return round(found.fun)


def _chosen(table: pd.DataFrame, required: list[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thirteen options, one of each pair at most, exactly one of a required pair: matrix, lowest, highest."""
    keys = pd.Series(list(zip(table["helper"], table["recipient"], strict=True)))
    pairs = sorted(set(keys))
    rows = [np.ones(len(table)), *((keys == pair).to_numpy().astype(float) for pair in pairs)]
    low = [TREATED, *(float(pair in required) for pair in pairs)]
    return np.array(rows), np.array(low), np.array([TREATED, *np.ones(len(pairs))])


def weights(years: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of options with treated years `years`: the weight alone, and the smallest and largest weight in any list."""
    inner = np.array([[ratios.overlap(one, other) for other in years] for one in years])
    alone = np.diag(inner) * (1 - 1 / LINKED_PAIRS)
    others = TREATED - 1
    return alone, alone - others * inner.max(axis=1) / LINKED_PAIRS, alone - others * inner.min(axis=1) / LINKED_PAIRS


def _weaker(years: np.ndarray, far: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Conditions `rows @ chosen >= least` that every list meets which meets the eight without controls."""
    asked = ratios.asked()
    alone, least_weight, most_weight = weights(years)
    rows, least = [], []
    for column in range(0, 8, 2):
        distance = far[:, asked.distance[column]]
        low, high = ratios.mean_distance(column, asked)
        for sign, edge in ((1, low), (-1, high)):
            away = sign * (distance - edge)
            rows.append(np.maximum(away * least_weight, away * most_weight))
            least.append(0.0)
        steepest = -asked.slope[column, 0]
        for centre in np.linspace(low, high, 3):
            rows.append(alone * (distance - centre) ** 2)
            least.append(asked.gain[column, 0] * asked.total[0] / steepest**2)
    scale = np.abs(rows).max(axis=1)
    return np.array(rows) / scale[:, None], np.array(least) / scale - SLACK
