r"""A process that draws counts of links and branches with the shapes that the paper reports. The fit starts from it.

For a never-treated pair of helper i and recipient j in year t the expected count is

    m_ijt = k * S_i * S_j * exp(-d_ij / DECAY_KM) * a_ij * GROWTH ** (t - 2009)

S: `SIZES`; d_ij: km between the centroids; a_ij: log-normal with log standard deviation `PAIR_SPREAD`; 2009: the middle
of the period; k: a constant that gives the never-treated pairs the mean `control_mean` of Table 1.

For a treated pair with cohort g_ij the expected count is

    m_ijt = max(l_ij + c_t, LEAST_EXPECTED) + e_ijt
    e_ijt = r * max(at_boundary - per_km * b_ij, LEAST_EFFECT) * u_ij * min(t - g_ij + 1, RAMP_YEARS)   for t >= g_ij
    e_ijt = 0                                                                                           for t < g_ij

c_t: mean expected count of the never-treated pairs, so that trends are parallel in levels; l_ij: the pair's own level,
proportional to S_i * S_j * exp(-d_ij / DECAY_KM) * a_ij, with a mean that leads to `treated_mean`; b_ij: km between the
boundaries (Table 4); u_ij: log-normal with log standard deviation `effect_spread`; the ramp gives the lag of Figure 1;
r: a constant that gives all treated cells together the mean effect `effect` of Table 2 or 5.

Counts are Poisson with mean m_ijt * v_ijt. v_ijt is a gamma variable with mean 1 and shape `shape`: it makes counts
more dispersed than Poisson.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from enclave import facts
from enclave.base import terms
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs

YEARS = np.array(terms.YEARS)
# pairs with a manufacturing link in some year (section 4.1, note 3)
LINKED_PAIRS = 88
# pairs with a link of any industry in some year, and as many with a branch (claim C03)
ACTIVE_PAIRS = 107

# weight of a city as an investor and as a target; the ratio of two cities is what matters. Not a statistic.
SIZES = {
    "440100": 10,  # Guangzhou
    "440200": 1.5,  # Shaoguan
    "440300": 11,  # Shenzhen
    "440400": 4,  # Zhuhai
    "440500": 2,  # Shantou
    "440600": 6,  # Foshan
    "440700": 2.5,  # Jiangmen
    "440800": 1.8,  # Zhanjiang
    "440900": 1.5,  # Maoming
    "441200": 1.5,  # Zhaoqing
    "441300": 3,  # Huizhou
    "441400": 1.2,  # Meizhou
    "441500": 1,  # Shanwei
    "441600": 1.4,  # Heyuan
    "441700": 1.2,  # Yangjiang
    "441800": 2,  # Qingyuan
    "441900": 5,  # Dongguan
    "442000": 3.5,  # Zhongshan
    "445100": 1.1,  # Chaozhou
    "445200": 1.5,  # Jieyang
    "445300": 1,  # Yunfu
}
# km over which expected counts fall by the factor e
DECAY_KM = 150
# factor from one year's expected count to the next
GROWTH = 1.09
# log standard deviation of a pair's own factor
PAIR_SPREAD = 0.95
# years from the cohort on over which the effect grows
RAMP_YEARS = 7
# smallest expected count of a treated pair without its effect
LEAST_EXPECTED = 0.05
# smallest effect per year of the ramp, before scaling
LEAST_EFFECT = 0.1
# mean count of the other directed pairs of cities, as a multiple of the control mean of manufacturing
NETWORK_FACTOR = 2
# mean radius of the earth in km
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Aim:
    """The means and the effect to which a family of counts is scaled.

    Attributes
    ----------
    control_mean : links per pair and year, never-treated pairs
    treated_mean : links per pair and year, treated pairs over all years
    effect : mean effect over treated cells, in links per pair and year
    at_boundary : effect of a pair whose boundaries touch, before scaling
    per_km : by how much the effect falls per km between the boundaries, before scaling
    effect_spread : log standard deviation of a pair's effect around that line
    shape : shape of the gamma factor; the variance of a count with mean m is m + m**2 / shape
    """

    control_mean: float
    treated_mean: float
    effect: float
    at_boundary: float
    per_km: float
    effect_spread: float
    shape: float


MANUFACTURING = Aim(
    control_mean=0.55,
    treated_mean=2.5,
    # Table 2, column 1
    effect=1.459,
    # Table 4, column 1
    at_boundary=2.691,
    per_km=0.011,
    effect_spread=0.55,
    shape=4,
)
OTHER_INDUSTRY = Aim(
    control_mean=5.0,
    treated_mean=14.0,
    # Table 5, column 1, minus manufacturing
    effect=12.728 - 1.459,
    at_boundary=2.691,
    per_km=0.011,
    effect_spread=0.9,
    shape=2.5,
)
BRANCHES = Aim(
    control_mean=4.0,
    treated_mean=12.0,
    # Table 5, column 5
    effect=10.980,
    at_boundary=2.691,
    per_km=0.011,
    effect_spread=0.9,
    shape=2.5,
)


def link_tables(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Counts of the four link tables: manufacturing, all_industry, branches (helper, recipient, year, count), network.

    `LINKED_PAIRS` pairs have a manufacturing link, `ACTIVE_PAIRS` a link of any industry, as many a branch. All treated
    pairs of `treated_pairs.by_rule()` have a manufacturing link. Rows with a count of zero are left out.
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
    """The 108 pairs with their distances in km and `cohort` (float, missing = never treated), sorted.

    `treated`: helper, recipient and cohort of the treated pairs, by default those of `treated_pairs.by_rule()`.
    """
    treated = (treated_pairs.by_rule() if treated is None else treated)[[*PAIR, "cohort"]]
    return facts.distances().merge(treated, on=PAIR, how="left").sort_values(PAIR, ignore_index=True)


def _attraction(origin, target, km, rng) -> np.ndarray:
    """Size x size x decay x the pair's own factor, one number per row."""
    sizes = origin.map(SIZES).to_numpy() * target.map(SIZES).to_numpy()
    return sizes * np.exp(-km.to_numpy() / DECAY_KM) * rng.lognormal(0, PAIR_SPREAD, len(km))


def _by_attraction(pairs: pd.DataFrame, attraction: np.ndarray) -> np.ndarray:
    """Row numbers of the pairs: treated ones first, then never-treated ones by falling attraction."""
    return np.lexsort((-attraction, pairs["cohort"].isna()))


def _draw(pairs, attraction, active, aim: Aim, rng) -> np.ndarray:
    """Counts (pairs x years). Pairs that are not `active` stay zero; active ones have at least one link."""
    expected = np.zeros((len(pairs), len(YEARS)))
    expected[active] = _expected(pairs.iloc[active], attraction[active], aim, rng)
    counts = rng.poisson(expected * rng.gamma(aim.shape, 1 / aim.shape, expected.shape))
    year = _one_year_each(expected[active], rng)
    counts[active, year] += counts[active].sum(axis=1) == 0
    return counts


def _expected(pairs, attraction, aim: Aim, rng) -> np.ndarray:
    """Expected counts (pairs x years)."""
    treated = pairs["cohort"].notna().to_numpy()
    expected = attraction[:, None] * _growth()[None, :]
    expected *= aim.control_mean / expected[~treated].mean()
    effects = _effects(pairs[treated], aim, rng)
    expected[treated] = _treated_path(expected[~treated].mean(axis=0), attraction[treated], aim, effects.mean())
    expected[treated] += effects
    return expected


def _growth() -> np.ndarray:
    """Expected count of each year, relative to the middle of the period."""
    return GROWTH ** (YEARS - YEARS.mean())


def _treated_path(path: np.ndarray, attraction: np.ndarray, aim: Aim, mean_effect: float) -> np.ndarray:
    """Expected counts without treatment: a level per pair plus the path of the controls (parallel trends in levels)."""
    level = aim.treated_mean - mean_effect - path.mean()
    own = attraction / attraction.mean() * level
    return np.maximum(own[:, None] + path[None, :], LEAST_EXPECTED)


def _effects(pairs, aim: Aim, rng) -> np.ndarray:
    """Effects (treated pairs x years): zero before the cohort, then rising, with the mean `aim.effect`."""
    since = YEARS[None, :] - pairs["cohort"].to_numpy()[:, None]
    ramp = np.where(since >= 0, np.minimum(since + 1, RAMP_YEARS), 0)
    level = np.maximum(aim.at_boundary - aim.per_km * pairs["dist_boundary_km"].to_numpy(), LEAST_EFFECT)
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
    """Manufacturing links among all 21 cities: investor, investee, year, count.

    Links from helper to recipient are those of the table `manufacturing`. The others follow the equation of
    never-treated pairs.
    """
    directed = _directed_pairs()
    attraction = _attraction(directed["investor"], directed["investee"], directed["km"], rng)
    expected = attraction[:, None] * _growth()[None, :]
    expected *= NETWORK_FACTOR * MANUFACTURING.control_mean / expected.mean()
    others = _long(directed[["investor", "investee"]], rng.poisson(expected))
    own = manufacturing.rename(columns={"helper": "investor", "recipient": "investee"})
    return pd.concat([own, others]).sort_values(["investor", "investee", "year"], ignore_index=True)


def _directed_pairs() -> pd.DataFrame:
    """Ordered pairs of cities other than helper to recipient, with the great-circle distance of their centroids in km.

    The distance is the haversine formula.
    """
    cities = facts.cities().merge(facts.boundaries("city")[["code", "geometry"]], on="code")
    centre = shapely.get_coordinates(shapely.centroid(cities["geometry"].to_numpy()))
    cities = cities[["code", "role"]].assign(lon=np.radians(centre[:, 0]), lat=np.radians(centre[:, 1]))
    both = cities.merge(cities, how="cross", suffixes=("", "_2"))
    both = both[(both["code"] != both["code_2"]) & ~((both["role"] == "helper") & (both["role_2"] == "recipient"))]
    chord = np.sin((both["lat"] - both["lat_2"]) / 2) ** 2
    chord += np.cos(both["lat"]) * np.cos(both["lat_2"]) * np.sin((both["lon"] - both["lon_2"]) / 2) ** 2
    both = both.assign(km=2 * EARTH_KM * np.arcsin(np.sqrt(chord)), investor=both["code"], investee=both["code_2"])
    return both[["investor", "investee", "km"]].reset_index(drop=True)
