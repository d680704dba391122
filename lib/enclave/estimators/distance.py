"""How the effect of a park depends on distance: equation (4) and what follows from it (section 4.4, Table 4)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_unknown, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import coded_columns, did
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    keep_attrs,
    refuse,
    refuse_untreated,
    treated,
)

MEASURES = ("boundary", "centroid", "prd_centroid", "prd_boundary")
ALONE, FEW = 2, 5


def km(pairs: pd.DataFrame, measure: str) -> pd.Series:
    """One of the four distances in km, by helper and recipient, named `distance_<measure>` like the rows of Table 4.

    `pairs` is the panel `pairs`; `measure` is one of `MEASURES`. Raises EnclaveError for an unknown measure or a pair
    without a distance.

    >>> km(pd.DataFrame({"helper": ["a"], "recipient": ["x"], "dist_boundary_km": [40.0]}), "boundary")["a", "x"].item()
    40.0
    """
    refuse_unknown("distance", measure, MEASURES)
    column = f"dist_{measure}_km"
    for name in (*PAIR, column):
        if name not in pairs:
            raise EnclaveError(f"The pairs have no column {name!r}. Give the panel `pairs`.")
    refuse(pairs, pairs.duplicated(PAIR), PAIR, "appears twice among the pairs", "Keep one row.")
    found = coded_columns.numbers(pairs.set_index(PAIR)[column]).rename(f"distance_{measure}")
    wrong = ~np.isfinite(found)
    if wrong.any():
        missing = ", ".join(map(str, found.index[wrong][0]))
        raise EnclaveError(f"The pair {missing} has no distance {measure!r}. Compute it from the boundaries first.")
    return found


@takes_tables
def effect_over_distance(
    panel: pd.DataFrame,
    outcome: str,
    km: pd.Series,
    at: Sequence[float],
    *,
    controls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The effect beta_1 + beta_2 d of equation (4) at each distance `at`, with its standard error.

    Each row is equation (4) with distance measured from the point: the coefficient of the treatment is then the effect
    at this point, and its standard error includes the covariance of the two slopes.

    Parameters
    ----------
    panel, outcome, controls : as in `did.twfe`
    km : distance of each pair, indexed by helper and recipient
    at : distances in km

    Returns
    -------
    km, estimate, std_error, conf_low, conf_high (95 per cent); `attrs` as the panel's. Raises EnclaveError as
    `did.twfe`.
    """
    if not len(at) or not np.isfinite(np.asarray(at, dtype=float)).all():
        raise EnclaveError("`at` has no distance, or one that is no number. Give distances in km.")
    numbers = did.interaction_numbers(km, PAIR).rename(km.name)
    fits = [did.twfe(panel, outcome, interaction=numbers - point, controls=controls).iloc[0] for point in at]
    rows = pd.DataFrame(fits)[["estimate", "std_error", "conf_low", "conf_high"]].reset_index(drop=True)
    rows.insert(0, "km", np.asarray(at, float))
    return keep_attrs(rows, panel)


def effect_by_bin(panel: pd.DataFrame, outcome: str, km: pd.Series, edges: Sequence[float]) -> pd.DataFrame:
    """One effect for each class of distance: no straight line is assumed.

    `edges` are the inner bounds in km: two edges make three classes, closed on the left. A class with one treated pair
    has no error: the pair fits its own effect, and a clustered error would contain only the noise of the other pairs.
    With more pairs the error is too small as well, the less so the more there are. The warning marks the worst classes;
    a class without it has no reliable error for that reason alone.

    Returns
    -------
    term (for example "100 to 200 km"), estimate, std_error, conf_low, conf_high (missing with one treated pair),
    n_treated (treated pairs in the class; classes without one have no row), warning (text for fewer than five treated
    pairs, else empty). `attrs` as the panel's. Raises EnclaveError as `did.twfe`, and for a pair without a distance.
    """
    data = checked(panel, outcome, PAIR, "year", "cohort")
    _refuse_edges(edges)
    did.per_unit(data.drop_duplicates(PAIR).reset_index(drop=True), km, PAIR)
    classes = pd.cut(
        did.per_unit(data, km, PAIR).to_numpy(), [-np.inf, *edges, np.inf], right=False, labels=_names(edges)
    )
    treat = treated(data, "year", "cohort")
    refuse_untreated(treat, "cohort")
    terms = pd.DataFrame({name: treat * (classes == name) for name in classes.categories})
    kept = terms.loc[:, terms.any()]
    rows = did.fit(data[OUTCOME], kept, data[PAIR], data["year"])
    pairs = data.groupby(PAIR, observed=True).ngroup()
    counts = [pairs[kept[name] == 1].nunique() for name in kept]
    made = _warned(rows[["term", "estimate", "std_error", "conf_low", "conf_high"]].assign(n_treated=counts))
    return keep_attrs(made, panel)


def _refuse_edges(edges: Sequence[float]) -> None:
    if not len(edges) or not np.isfinite(np.asarray(edges, dtype=float)).all() or not (np.diff(edges) > 0).all():
        raise EnclaveError("`edges` are no rising distances. Give the inner bounds of the classes in km.")


def _warned(rows: pd.DataFrame) -> pd.DataFrame:
    alone, few = rows["n_treated"] < ALONE, rows["n_treated"] < FEW
    words = np.select([alone, few], ["one pair: no error", "few pairs: error too small"], "")
    errors = ["std_error", "conf_low", "conf_high"]
    return rows.assign(**{column: rows[column].mask(alone) for column in errors}, warning=words)


def _names(edges: Sequence[float]) -> list[str]:
    inner = [f"{low:g} to {high:g} km" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g} km", *inner, f"from {edges[-1]:g} km"]
