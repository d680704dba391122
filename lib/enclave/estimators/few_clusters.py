"""Few treated clusters: CR2 and CR3 for every term of equations (1) and (4), and a wild cluster bootstrap.

    V_CR2 = sum_g (l' (X'X)^-1 X_g' (I - H_g)^-1/2 e_g)^2        (Bell and McCaffrey 2002)

X has the terms, the dummies of periods and the crossed controls, all less their means by unit: the absorbed effects
need no dummies (Pustejovsky and Tipton 2018, theorem 2, as corrected in 2023 for least squares without weights). What
an interaction such as distance adds is known from treated units alone, so its degrees of freedom are far fewer than
clusters. `wild_bootstrap` flips the signs of restricted residuals by cluster (Cameron, Gelbach and Miller 2008).
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base.arguments import refuse_no_count, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.demeaned import TINY, Model, apart, demeaned, norms
from enclave.estimators.panel_checks import keep_attrs, order_by_data, unit_columns

# two statistics that differ by less, as a share, are a tie
TIE = 1e-9
FEWEST_CLUSTERS = 2
# a sign for each row
ROW = "row"


def errors(
    panel: pd.DataFrame,
    outcome: str,
    *,
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Standard errors of each term of `did.twfe` for few treated units, each with its degrees of freedom.

    Parameters
    ----------
    panel, outcome, controls, interaction, unit, time, cohort : as in `did.twfe`

    Returns
    -------
    term, method, clusters, estimate, std_error, df, statistic, p_value (t distribution, two sides); for each term

    "CR1"   the error of `did.twfe`, G - 1 degrees of freedom
    "CR2"   unbiased if errors are independent with equal variance; degrees of freedom by Satterthwaite's rule under the
            same assumption (Bell and McCaffrey)
    "CR3"   jackknife over all units, G - 1 degrees of freedom

    `attrs` as those of `did.twfe`.

    Raises
    ------
    EnclaveError as `did.twfe`, and if no more units are treated than there are terms: without one of them there is no
    estimate.
    """
    options = {"controls": controls, "interaction": interaction, "unit": unit, "time": time, "cohort": cohort}
    estimates = did.twfe(panel, outcome, **options)
    model = demeaned(panel, outcome, **options)
    refuse_few_treated(model, cohort)
    residual = model.y - model.design @ np.linalg.lstsq(model.design, model.y, rcond=None)[0]
    found = []
    for place, row in enumerate(estimates.itertuples()):
        own = [("CR1", row.clusters, row.std_error / model.sizes[place], row.clusters - 1)]
        own += small_sample(model.design, residual, model.units, place)
        rows = pd.DataFrame(own, columns=["method", "clusters", "std_error", "df"])
        rows["std_error"] *= model.sizes[place]
        found.append(rows.assign(term=row.term, estimate=row.estimate))
    made = pd.concat(found, ignore_index=True)
    made["statistic"] = made["estimate"] / made["std_error"]
    made["p_value"] = 2 * stats.t.sf(made["statistic"].abs(), made["df"])
    columns = ["term", "method", "clusters", "estimate", "std_error", "df", "statistic", "p_value"]
    return keep_attrs(made[columns], estimates)


def wild_bootstrap(
    panel: pd.DataFrame,
    outcome: str,
    *,
    cluster: Sequence[str] | str,
    signs_by: Sequence[str] | str | None = None,
    term: str = "treat",
    draws: int = 9999,
    seed: int = 0,
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.Series:
    """The p value of a term by the restricted wild cluster bootstrap with signs +1 and -1.

    The model is estimated without the term. Its residuals get one sign by cluster, are added to what it predicts, and
    the t statistic of the term is computed anew. All 2^G vectors of signs are used if they are no more than `draws`;
    then p is the share whose t is as far from zero as the true one. Else signs are drawn, and the true one counts as a
    draw.

    Parameters
    ----------
    cluster : one of the columns of `unit`, or all of them: errors are independent between its values
    signs_by : what gets a sign of its own, as `cluster`, or "row" for each row; by default the clusters. Smaller parts
        of the clusters make the subcluster bootstrap (MacKinnon and Webb 2018)
    term : `treat`, or the row of the interaction, as `did.twfe` names it
    draws, seed : number of vectors of signs, and what they are drawn with
    panel, outcome, controls, interaction, unit, time, cohort : as in `did.twfe`

    Returns
    -------
    statistic (t with CR1 by `cluster`, factor of `reghdfe`), p_value, clusters, treated_clusters (with a treated row),
    draws (vectors of signs that were used). If few clusters are treated, the p value may be far too large (MacKinnon
    and Webb 2017).

    Raises
    ------
    EnclaveError as `did.twfe`; for an unknown term, a cluster that is no column of the unit, fewer than two clusters,
    or `draws` or `seed` that are no whole numbers.
    """
    refuse_no_count("draws", draws, 1)
    refuse_no_count("seed", seed, 0)
    options = {"controls": controls, "interaction": interaction, "unit": unit, "time": time, "cohort": cohort}
    model = demeaned(panel, outcome, **options)
    refuse_unknown("term", term, model.terms)
    groups = _clusters(model, unit_columns(cluster))
    count = int(groups.max()) + 1
    flipped = groups if signs_by is None else _sign_groups(model, signs_by, groups)
    signs, every = sign_vectors(int(flipped.max()) + 1, draws, seed)
    true, drawn = _statistics(model, model.terms.index(term), groups, flipped, signs)
    # a statistic that is missing counts as one that reaches the true one
    reached = int((~(np.abs(drawn) < (1 - TIE) * abs(true))).sum())
    p_value = reached / len(signs) if every else (1 + reached) / (1 + len(signs))
    hit = len(set(groups[model.treat > 0]))
    values = {"statistic": true, "p_value": p_value, "clusters": count, "treated_clusters": hit, "draws": len(signs)}
    return pd.Series(values)


def refuse_few_treated(model: Model, cohort: str) -> None:
    """Raise EnclaveError if no more units are treated than the model has terms."""
    found, terms = len(set(model.units[model.treat > 0])), len(model.terms)
    if found > terms:
        return
    many = "Only one unit is treated" if found == 1 else f"Only {found} units are treated, for {terms} terms"
    raise EnclaveError(
        f"{many}, so leaving one out leaves no estimate. Give more units a period in {cohort!r}, or use "
        "`placebo.draws`."
    )


def small_sample(design: np.ndarray, residual: np.ndarray, units: np.ndarray, place: int = 0) -> list[tuple]:
    """CR2 and CR3 of the slope of column `place`: method, clusters, std_error, df. The design is that of `loads`."""
    scaled, moves = loads(design, units, place)
    count = len(scaled)
    cross = scaled @ scaled.T
    df = np.trace(cross) ** 2 / (cross**2).sum()
    jackknife = np.sqrt((count - 1) / count * ((moves @ residual) ** 2).sum())
    return [("CR2", count, np.sqrt(((scaled @ residual) ** 2).sum()), df), ("CR3", count, jackknife, count - 1)]


def loads(design: np.ndarray, units: np.ndarray, place: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What multiplies the outcome, or the residuals, in the terms of CR2 and CR3 (each clusters x rows).

    `design` has units taken out; its columns may be collinear, if that of the slope is not explained by the others.
    Directions that a cluster fits exactly are left out of the inverse. `units` has the cluster of each row.
    """
    left, values, right = np.linalg.svd(design / norms(design), full_matrices=False)
    kept = values > TINY * values.max()
    basis = left[:, kept]
    slope = right[kept, place] / values[kept] / norms(design)[place]
    scaled, moves = [], []
    for number in np.unique(units):
        rows = np.flatnonzero(units == number)
        own = basis[rows]
        half = _inverse_root(np.eye(len(rows)) - own @ own.T)
        for found, load in ((scaled, half @ own @ slope), (moves, half @ half @ own @ slope)):
            whole = -basis @ (own.T @ load)
            whole[rows] += load
            found.append(whole)
    return np.array(scaled), np.array(moves)


def _inverse_root(matrix: np.ndarray) -> np.ndarray:
    """The inverse square root of a symmetric matrix, without its directions of size zero."""
    values, vectors = np.linalg.eigh(matrix)
    keep = values > TINY
    return (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T


def _clusters(model: Model, cluster: list[str]) -> np.ndarray:
    """The number of the cluster of each row. Numbers follow what clusters did, not their names."""
    unit = list(model.keys)
    if not set(cluster) <= set(unit) or 1 < len(cluster) < len(unit):
        raise EnclaveError(f"The clusters {', '.join(cluster)} are not among {', '.join(unit)}. Name one, or all.")
    named = model.keys.groupby(cluster, observed=True).ngroup().to_numpy()
    if named.max() + 1 < FEWEST_CLUSTERS:
        raise EnclaveError(f"{', '.join(cluster)!r} has a single value, so no sign can differ. Name another column.")
    return np.argsort(order_by_data(*_first_and_sums(model, named)))[named]


def _first_and_sums(model: Model, named: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each cluster the first treated period and the sums of the outcome by period."""
    cells = pd.DataFrame({"cluster": named, "period": model.periods, "first": model.first, "y": model.outcome})
    sums = cells.pivot_table(index="cluster", columns="period", values="y", aggfunc="sum", fill_value=0.0)
    return cells.groupby("cluster")["first"].min().to_numpy(), sums.to_numpy()


def _sign_groups(model: Model, signs_by: Sequence[str] | str, clusters: np.ndarray) -> np.ndarray:
    """The number of the group of each row that has one sign. Raises EnclaveError if a group is no part of a cluster."""
    if signs_by == ROW:
        keys = model.keys.groupby(list(model.keys), observed=True).ngroup().to_numpy()
        units = order_by_data(*_first_and_sums(model, keys))
        return np.lexsort((model.periods, np.argsort(units)[keys])).argsort()
    found = _clusters(model, unit_columns(signs_by))
    if pd.Series(clusters).groupby(found).nunique().max() > 1:
        raise EnclaveError("Signs are drawn by groups that reach over several clusters. Name a part of the clusters.")
    return found


def sign_vectors(clusters: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """Vectors of signs (vectors x clusters), and whether they are all there are."""
    if 2**clusters <= draws:
        return np.array(list(product([1.0, -1.0], repeat=clusters))), True
    return np.random.default_rng(seed).choice([1.0, -1.0], size=(draws, clusters)), False


def _statistics(
    model: Model, place: int, groups: np.ndarray, flipped: np.ndarray, signs: np.ndarray
) -> tuple[float, np.ndarray]:
    """The t statistic of a column of the design, and that for each vector of signs.

    The restricted residuals u are what the other columns leave of y, and d what they leave of the column. With signs s
    by groups of rows the estimate is sum_g s_g a_g / sum_h c_h, a the sums of d u over a group with one sign, c those
    of d^2 over a cluster. The score of cluster h is (B s)_h less the estimate times c_h; B_hg sums over h the product
    of d and of what is left of u, set to zero outside g.
    """
    basis, u, d = apart(model, place)
    members = (groups[:, None] == np.arange(groups.max() + 1)).astype(float)
    with_sign = (flipped[:, None] == np.arange(flipped.max() + 1)).astype(float)
    alone, own = with_sign * u[:, None], members * d[:, None]
    scores = own.T @ alone - (own.T @ basis) @ (basis.T @ alone)
    a, c = with_sign.T @ (d * u), members.T @ d**2
    rows, count, used = len(u), members.shape[1], basis.shape[1] + 2
    factor = count / (count - 1) * (rows - 1) / (rows - used)

    def t_of(flips: np.ndarray) -> np.ndarray:
        slope = flips @ a / c.sum()
        spread = ((flips @ scores.T - slope[:, None] * c) ** 2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return slope * c.sum() / np.sqrt(factor * spread)

    return float(t_of(np.ones((1, signs.shape[1])))[0]), t_of(signs)
