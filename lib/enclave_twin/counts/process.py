"""A count process with the paper's shapes, from which the fit of the twin starts.

Expected counts of a pair in a year are size of the helper x size of the recipient x decay over distance x growth x a
pair's own factor, scaled so that never-treated pairs have the control mean of Table 1. A treated pair starts from a
higher level and follows the mean path of the never-treated ones, so that trends are parallel in levels; from its cohort
on an effect is added that falls with the boundary distance as in Table 4, grows with a lag as in Figure 1, and averages
to the effect of Table 2 or 5 over all treated cells. Counts are Poisson, with a gamma factor that makes years lumpy.
Sizes are stylised weights, not statistics.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from enclave import facts
from enclave.facts import treated_pairs

YEARS = np.arange(2000, 2019)
PAIR = ["helper", "recipient"]
LINKED_PAIRS = 88
ACTIVE_PAIRS = 107

SIZES = {
    **{"440100": 10, "440300": 11, "440600": 6, "441900": 5, "440400": 4, "442000": 3.5, "441300": 3, "440700": 2.5},
    **{"441200": 1.5, "440500": 2, "440800": 1.8, "441800": 2, "440900": 1.5, "445200": 1.5, "440200": 1.5},
    **{"441700": 1.2, "441400": 1.2, "441600": 1.4, "445100": 1.1, "441500": 1, "445300": 1},
}
DECAY_KM = 150
GROWTH = 1.09
PAIR_SPREAD = 0.95
START_POWER = 1.0
RAMP_YEARS = 7
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Aim:
    """What a family of counts is scaled to: means per pair and year, and the effect.

    `at_boundary` and `per_km` give the shape of the effect over distance, `effect_spread` how far pairs depart from it
    (log standard deviation), `shape` how lumpy years are (of a gamma factor with mean 1 on each expected count).
    """

    control_mean: float
    treated_mean: float
    effect: float
    at_boundary: float
    per_km: float
    effect_spread: float
    shape: float


MANUFACTURING = Aim(0.55, 2.5, 1.459, 2.691, 0.011, 0.55, 4)
OTHER_INDUSTRY = Aim(5.0, 14.0, 12.728 - 1.459, 2.691, 0.011, 0.9, 2.5)
BRANCHES = Aim(4.0, 12.0, 10.980, 2.691, 0.011, 0.9, 2.5)


def link_tables(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Counts of the four link tables: manufacturing, all_industry, branches (helper, recipient, year, count), network.

    88 pairs have a manufacturing link, 107 a link of any industry, 107 a branch; all treated pairs of
    `treated_pairs.by_rule()` are among the 88. Only non-zero rows.
    """
    pairs = pair_frame()
    made = families(pairs, rng)
    tables = {name: _long(pairs[PAIR], counts) for name, counts in made.items()}
    return tables | {"network": network(tables["manufacturing"], rng)}


def families(pairs: pd.DataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Counts (pairs x years) of manufacturing, all industries and branches for pairs as `pair_frame` gives them."""
    attraction = _attraction(pairs["helper"], pairs["recipient"], pairs["dist_centroid_km"], rng)
    order = _by_attraction(pairs, attraction)
    manufacturing = _draw(pairs, attraction, order[:LINKED_PAIRS], MANUFACTURING, rng)
    other = _draw(pairs, attraction, order[:ACTIVE_PAIRS], OTHER_INDUSTRY, rng)
    branches = _draw(pairs, attraction, order[:ACTIVE_PAIRS], BRANCHES, rng)
    return {"manufacturing": manufacturing, "all_industry": manufacturing + other, "branches": branches}


def pair_frame(treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The 108 pairs with their distances and `cohort` (float, missing = never treated), sorted.

    `treated`: helper, recipient and cohort of the treated pairs, by default those of `treated_pairs.by_rule()`.
    """
    treated = (treated_pairs.by_rule() if treated is None else treated)[[*PAIR, "cohort"]]
    return facts.distances().merge(treated, on=PAIR, how="left").sort_values(PAIR, ignore_index=True)


def _attraction(origin, target, km, rng) -> np.ndarray:
    """Size x size x decay x the pair's own factor, one number per row."""
    sizes = origin.map(SIZES).to_numpy() * target.map(SIZES).to_numpy()
    return sizes * np.exp(-km.to_numpy() / DECAY_KM) * rng.lognormal(0, PAIR_SPREAD, len(km))


def _by_attraction(pairs: pd.DataFrame, attraction: np.ndarray) -> np.ndarray:
    """Row numbers of the pairs: treated ones first, then by falling attraction."""
    return np.lexsort((-attraction, pairs["cohort"].isna()))


def _draw(pairs, attraction, active, aim: Aim, rng) -> np.ndarray:
    """Counts (pairs x years); pairs that are not `active` stay zero, active ones have at least one."""
    expected = np.zeros((len(pairs), len(YEARS)))
    expected[active] = _expected(pairs.iloc[active], attraction[active], aim, rng)
    counts = rng.poisson(expected * rng.gamma(aim.shape, 1 / aim.shape, expected.shape))
    year = _one_year_each(expected[active], rng)
    counts[active, year] += counts[active].sum(axis=1) == 0
    return counts


def _expected(pairs, attraction, aim: Aim, rng) -> np.ndarray:
    treated = pairs["cohort"].notna().to_numpy()
    growth = GROWTH ** (YEARS - YEARS.mean())
    expected = attraction[:, None] * growth[None, :]
    expected *= aim.control_mean / expected[~treated].mean()
    effects = _effects(pairs[treated], aim, rng)
    expected[treated] = _treated_path(expected[~treated].mean(axis=0), attraction[treated], aim, effects.mean())
    expected[treated] += effects
    return expected


def _treated_path(path: np.ndarray, attraction: np.ndarray, aim: Aim, mean_effect: float) -> np.ndarray:
    """Levels without treatment: each pair's own start, then the controls' path (parallel trends in levels)."""
    start = aim.treated_mean - mean_effect - path.mean()
    own = attraction**START_POWER / (attraction**START_POWER).mean() * start
    return np.maximum(own[:, None] + path[None, :], 0.05)


def _effects(pairs, aim: Aim, rng) -> np.ndarray:
    """Effects (treated pairs x years): none before the cohort, then rising; the mean over treated cells is the aim."""
    since = YEARS[None, :] - pairs["cohort"].to_numpy()[:, None]
    ramp = np.where(since >= 0, np.minimum(since + 1, RAMP_YEARS), 0)
    level = np.maximum(aim.at_boundary - aim.per_km * pairs["dist_boundary_km"].to_numpy(), 0.1)
    effects = (level * rng.lognormal(0, aim.effect_spread, len(pairs)))[:, None] * ramp
    return effects * aim.effect / effects[since >= 0].mean()


def _one_year_each(weights: np.ndarray, rng) -> np.ndarray:
    """Column index per row, drawn with probability proportional to the row's weights."""
    cumulated = weights.cumsum(axis=1)
    return (rng.random(len(weights))[:, None] * cumulated[:, -1:] > cumulated).sum(axis=1)


def _long(keys: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    wide = pd.DataFrame(counts, columns=YEARS).set_axis(pd.MultiIndex.from_frame(keys), axis=0)
    long = wide.stack().rename("count").rename_axis([*keys.columns, "year"]).reset_index()
    return long[long["count"] > 0].reset_index(drop=True)


def network(manufacturing: pd.DataFrame, rng) -> pd.DataFrame:
    """Manufacturing links among all 21 cities; those from helper to recipient are the `manufacturing` table itself."""
    directed = _directed_pairs()
    attraction = _attraction(directed["investor"], directed["investee"], directed["km"], rng)
    growth = GROWTH ** (YEARS - YEARS.mean())
    expected = attraction[:, None] * growth[None, :]
    expected *= 2 * MANUFACTURING.control_mean / expected.mean()
    others = _long(directed[["investor", "investee"]], rng.poisson(expected))
    own = manufacturing.rename(columns={"helper": "investor", "recipient": "investee"})
    return pd.concat([own, others]).sort_values(["investor", "investee", "year"], ignore_index=True)


def _directed_pairs() -> pd.DataFrame:
    """Ordered pairs of cities other than helper to recipient, with the great-circle distance of their centres in km."""
    cities = facts.cities().merge(facts.boundaries("city")[["code", "geometry"]], on="code")
    centre = shapely.get_coordinates(shapely.centroid(cities["geometry"].to_numpy()))
    cities = cities[["code", "role"]].assign(lon=np.radians(centre[:, 0]), lat=np.radians(centre[:, 1]))
    both = cities.merge(cities, how="cross", suffixes=("", "_2"))
    both = both[(both["code"] != both["code_2"]) & ~((both["role"] == "helper") & (both["role_2"] == "recipient"))]
    chord = np.sin((both["lat"] - both["lat_2"]) / 2) ** 2
    chord += np.cos(both["lat"]) * np.cos(both["lat_2"]) * np.sin((both["lon"] - both["lon_2"]) / 2) ** 2
    both = both.assign(km=2 * EARTH_KM * np.arcsin(np.sqrt(chord)), investor=both["code"], investee=both["code_2"])
    return both[["investor", "investee", "km"]].reset_index(drop=True)
