"""How the effect of a park depends on distance: equation (4) and what follows from it (section 4.4, Table 4)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from enclave import did
from enclave.errors import EnclaveError

MEASURES = ("boundary", "centroid", "prd_centroid", "prd_boundary")


def distance(pairs: pd.DataFrame, measure: str) -> pd.Series:
    """One of the four distances in km, by helper and recipient, named `distance_<measure>` as Table 4 names its rows.

    `pairs` is the panel `pairs`. Raises EnclaveError for an unknown measure or a pair without a distance.
    """
    if measure not in MEASURES:
        raise EnclaveError(f"There is no distance {measure!r}. Choose one of {', '.join(MEASURES)}.")
    km = pairs.set_index(list(did.PAIR))[f"dist_{measure}_km"].rename(f"distance_{measure}")
    if km.isna().any():
        missing = ", ".join(km.index[km.isna()][0])
        raise EnclaveError(f"The pair {missing} has no distance {measure!r}. Compute it from the boundaries first.")
    return km


def effect_over_distance(
    panel: pd.DataFrame,
    outcome: str,
    km: pd.Series,
    at: Sequence[float],
    *,
    controls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The effect beta_1 + beta_2 d of equation (4) at each distance `at`, with its standard error.

    Each row is equation (4) with distance measured from `at`, so that the coefficient of the treatment *is* the effect
    there, and its standard error holds the covariance of the two slopes.

    Returns
    -------
    km, estimate, std_error, conf_low, conf_high (95 per cent); `attrs` as the panel's. Errors as `did.twfe`.
    """
    fits = [did.twfe(panel, outcome, interaction=km - point, controls=controls).iloc[0] for point in at]
    rows = pd.DataFrame(fits)[["estimate", "std_error", "conf_low", "conf_high"]].reset_index(drop=True)
    rows.insert(0, "km", np.asarray(at, float))
    rows.attrs.update(panel.attrs)
    return rows


def effect_by_bin(panel: pd.DataFrame, outcome: str, km: pd.Series, edges: Sequence[float]) -> pd.DataFrame:
    """One effect for each class of distance instead of a straight line: nothing is assumed about the shape.

    `edges` are the inner bounds in km: two edges make three classes, closed on the left.

    Returns
    -------
    term (for example "100 to 200 km"), estimate, std_error, conf_low, conf_high, n_treated (treated pairs in the class;
    classes without one have no row). Raises EnclaveError as `did.twfe`.
    """
    data = did.checked(panel, outcome, list(did.PAIR), "year", "cohort")
    place = pd.MultiIndex.from_frame(data[list(did.PAIR)])
    if not place.isin(km.index).all():
        missing = ", ".join(place[~place.isin(km.index)][0])
        raise EnclaveError(f"The pair {missing} has no {km.name!r}. Give one number per pair.")
    classes = pd.cut(km.reindex(place).to_numpy(), [-np.inf, *edges, np.inf], right=False, labels=_names(edges))
    treat = did.treated(data, "year", "cohort")
    terms = pd.DataFrame({name: treat * (classes == name) for name in classes.categories})
    kept = terms.loc[:, terms.any()]
    rows = did.fit(data["outcome"], kept, data[list(did.PAIR)], data["year"])
    pairs = data[list(did.PAIR)].agg("-".join, axis=1)
    counts = [pairs[kept[name] == 1].nunique() for name in kept]
    made = rows[["term", "estimate", "std_error", "conf_low", "conf_high"]].assign(n_treated=counts)
    made.attrs.update(panel.attrs)
    return made


def _names(edges: Sequence[float]) -> list[str]:
    inner = [f"{low:g} to {high:g} km" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g} km", *inner, f"from {edges[-1]:g} km"]
