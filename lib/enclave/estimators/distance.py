"""How the effect of a park depends on distance: equation (4) and what follows from it (section 4.4, Table 4)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.errors import EnclaveError
from enclave.estimators import did

MEASURES = ("boundary", "centroid", "prd_centroid", "prd_boundary")
ALONE, FEW = 2, 5


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

    `edges` are the inner bounds in km: two edges make three classes, closed on the left. A class with one treated pair
    has no error: the pair fits its own effect, so that a clustered error would hold the noise of all other pairs alone.

    Returns
    -------
    term (for example "100 to 200 km"), estimate, std_error, conf_low, conf_high (missing with one treated pair),
    n_treated (treated pairs in the class; classes without one have no row), warning (words below five treated pairs,
    else empty). Raises EnclaveError as `did.twfe`.
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
    made = _warned(rows[["term", "estimate", "std_error", "conf_low", "conf_high"]].assign(n_treated=counts))
    made.attrs.update(panel.attrs)
    return made


def _warned(rows: pd.DataFrame) -> pd.DataFrame:
    alone, few = rows["n_treated"] < ALONE, rows["n_treated"] < FEW
    words = np.select([alone, few], ["one pair: no error", "few pairs: error too small"], "")
    errors = ["std_error", "conf_low", "conf_high"]
    return rows.assign(**{column: rows[column].mask(alone) for column in errors}, warning=words)


def leave_one_out(panel: pd.DataFrame, estimate: Callable[[pd.DataFrame], float]) -> pd.DataFrame:
    """An estimate without each treated pair in turn: which single pairs does it hang on?

    `estimate` takes a panel and returns one number.

    Returns
    -------
    helper, recipient, estimate (without the pair), change (less the estimate of the whole panel), largest change first;
    `attrs` as the panel's. Raises EnclaveError for fewer than two treated pairs, and as `estimate`.
    """
    pairs = panel.loc[panel["cohort"].notna(), list(did.PAIR)].drop_duplicates().sort_values(list(did.PAIR))
    if len(pairs) < ALONE:
        raise EnclaveError("Fewer than two pairs are treated, so none can be left out. Give more.")
    places = pd.MultiIndex.from_frame(panel[list(did.PAIR)])
    left = [estimate(panel[places != pair]) for pair in pairs.itertuples(index=False, name=None)]
    made = pairs.assign(estimate=left, change=np.array(left) - estimate(panel))
    made = made.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)
    made.attrs.update(panel.attrs)
    return made


def jackknife(left_out: pd.DataFrame, slopes: int = 1) -> pd.Series:
    """Standard error by leaving out treated pairs: estimate, std_error, p_value, conf_low, conf_high (95 per cent).

    With n treated pairs the variance is (n - 1) / n times the sum of the squared changes, and quantiles are those of t
    with n - `slopes` degrees of freedom. Pairs never treated are many and count as given. Where an estimate is missing
    without some pair, so is the error. `left_out` as `leave_one_out` returns it; raises EnclaveError if `slopes` leaves
    no degree of freedom.
    """
    pairs, change = len(left_out), left_out["change"]
    if pairs <= slopes:
        raise EnclaveError(f"{pairs} treated pairs tell no error of {slopes} slopes. Give more pairs.")
    whole = float((left_out["estimate"] - change).mean())
    error = float(np.sqrt((pairs - 1) / pairs * (change**2).sum(skipna=False)))
    reach = stats.t.ppf(0.975, pairs - slopes) * error
    p_value = 2 * stats.t.sf(abs(whole / error), pairs - slopes) if error else 0.0
    values = {"estimate": whole, "std_error": error, "p_value": float(p_value)}
    return pd.Series(values | {"conf_low": whole - reach, "conf_high": whole + reach})


def _names(edges: Sequence[float]) -> list[str]:
    inner = [f"{low:g} to {high:g} km" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g} km", *inner, f"from {edges[-1]:g} km"]
