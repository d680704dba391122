r"""A process that draws counts of links and branches with the shapes that the paper reports. The fit starts from it.

The expected count of a never-treated pair of helper i and recipient j in year t is

    m_ijt = k * G_i ** OF_HELPER * G_j ** OF_RECIPIENT * d_ij ** -DISTANCE * a_ij * f_t

G: size of the city's economy (`weights.economies`); d_ij: km between the centroids; f_t: path of new firms relative to
the mean of the period (`weights.new_firms`); k: a constant that gives the never-treated pairs the mean
`control_mean` of Table 1. a_ij is log-normal. One part of it, with log standard deviation `PAIR_SPREAD`, is the same in
manufacturing, all industries and branches, so that the same pairs are large in all three. The other, with log standard
deviation `OWN_SPREAD`, is drawn for each.

For a treated pair with cohort g_ij the expected count is

    m_ijt = l_ij * c_t + e_ijt
    e_ijt = r * max(at_boundary - per_km * b_ij, LEAST_EFFECT) * u_ij * min(t - g_ij + 1, RAMP_YEARS)   for t >= g_ij
    e_ijt = 0                                                                                           for t < g_ij

c_t: mean expected count of the never-treated pairs, so that treated pairs grow like them before their park; l_ij: the
pair's own level relative to them, proportional to the attraction above with the exponent `TREATED_SPREAD`, with the
mean `level`; b_ij: km between the boundaries (Table 4); u_ij: log-normal with log standard deviation `effect_spread`;
the ramp gives the lag of Figure 1; r: a constant with which the regression of Table 2 or 5, column 1, on expected
counts has the coefficient `effect`.

Counts are negative binomial with mean m_ijt and variance `dispersion` * m_ijt in every pair, large or small: projects
come in bundles (Cameron and Trivedi's NB1).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from enclave import facts
from enclave.base import terms
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs, weights

YEARS = np.array(terms.YEARS)
# pairs with a manufacturing link in some year (section 4.1, note 3)
LINKED_PAIRS = 88
# pairs with a link of any industry in some year, and as many with a branch (claim C03)
ACTIVE_PAIRS = 107

# by how many per cent expected counts rise with each economy and fall with distance
OF_HELPER = 0.8
OF_RECIPIENT = 0.6
DISTANCE = 1.0
# log standard deviation of a pair's factor that its three counts share, and of the one that each has alone
PAIR_SPREAD = 0.45
OWN_SPREAD = 0.25
# exponent of the attraction in the level of a treated pair
TREATED_SPREAD = 1.7
# years from the cohort on over which the effect grows
RAMP_YEARS = 7
# smallest effect per year of the ramp, before scaling
LEAST_EFFECT = 0.1
# smallest factor on all effects
LEAST_SCALE = 0.05
# mean count of the other directed pairs of cities, as a multiple of the control mean of manufacturing
NETWORK_FACTOR = 2
# mean radius of the earth in km
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Aim:
    """The means and the effect to which a family of counts is scaled.

    Attributes
    ----------
    control_mean, treated_mean : links per pair and year, never-treated and treated pairs; 0 if it is not known
    level : mean count of treated pairs without their park, as a multiple of that of never-treated pairs
    effect : coefficient of Table 2 or 5, column 1, in links per pair and year
    at_boundary : effect of a pair whose boundaries touch, before scaling
    per_km : by how much the effect falls per km between the boundaries, before scaling
    effect_spread : log standard deviation of a pair's effect around that line
    dispersion : variance of a count divided by its mean
    """

    control_mean: float
    treated_mean: float
    level: float
    effect: float
    at_boundary: float
    per_km: float
    effect_spread: float
    dispersion: float


MANUFACTURING = Aim(
    control_mean=0.55,
    treated_mean=2.5,
    level=4.1,
    # Table 2, column 1
    effect=1.459,
    # Table 4, column 1
    at_boundary=2.691,
    per_km=0.011,
    effect_spread=0.7,
    dispersion=2.0,
)
OTHER_INDUSTRY = Aim(
    control_mean=4.5,
    treated_mean=0.0,
    level=2.5,
    # Table 5, column 1, minus manufacturing
    effect=12.728 - 1.459,
    at_boundary=2.691,
    per_km=0.011,
    effect_spread=0.9,
    dispersion=2.0,
)
BRANCHES = Aim(
    control_mean=4.0,
    treated_mean=0.0,
    level=2.5,
    # Table 5, column 5
    effect=10.980,
    at_boundary=2.691,
    per_km=0.011,
    effect_spread=0.9,
    dispersion=2.0,
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
    manufacturing = draw(pairs, attraction, order[:LINKED_PAIRS], MANUFACTURING, rng)
    other = draw(pairs, attraction, order[:ACTIVE_PAIRS], OTHER_INDUSTRY, rng)
    branches = draw(pairs, attraction, order[:ACTIVE_PAIRS], BRANCHES, rng)
    return {"manufacturing": manufacturing, "all_industry": manufacturing + other, "branches": branches}


def pair_frame(treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The 108 pairs with their distances in km and `cohort` (float, missing = never treated), sorted.

    `treated`: helper, recipient and cohort of the treated pairs, by default those of `treated_pairs.by_rule()`.
    """
    treated = (treated_pairs.by_rule() if treated is None else treated)[[*PAIR, "cohort"]]
    return facts.distances().merge(treated, on=PAIR, how="left").sort_values(PAIR, ignore_index=True)


def new_firms() -> np.ndarray:
    """Number of new firms in each year, relative to the mean of the period."""
    return weights.new_firms().loc[YEARS].to_numpy()


def gravity(origin: pd.Series, target: pd.Series, km: pd.Series) -> np.ndarray:
    """What sizes and distance say of the expected count, up to a constant, one number per row."""
    sizes = weights.economies()
    made = origin.map(sizes).to_numpy() ** OF_HELPER * target.map(sizes).to_numpy() ** OF_RECIPIENT
    return made * km.to_numpy() ** -DISTANCE


def _attraction(origin, target, km, rng) -> np.ndarray:
    """Gravity times the factor of a pair that its three counts share."""
    return gravity(origin, target, km) * rng.lognormal(0, PAIR_SPREAD, len(km))


def _by_attraction(pairs: pd.DataFrame, attraction: np.ndarray) -> np.ndarray:
    """Row numbers of the pairs: treated ones first, then never-treated ones by falling attraction."""
    return np.lexsort((-attraction, pairs["cohort"].isna()))


def draw(
    pairs: pd.DataFrame,
    attraction: np.ndarray,
    active: np.ndarray,
    aim: Aim,
    rng: np.random.Generator,
    level: np.ndarray | None = None,
) -> np.ndarray:
    """Counts (pairs x years). Pairs that are not `active` stay zero; active ones have at least one link.

    Parameters
    ----------
    pairs : as `pair_frame` gives them
    attraction : expected counts of the pairs up to a constant
    active : row numbers of the pairs that have links, all treated ones among them
    level : relative levels of the treated pairs, by default from their attraction
    """
    expected = np.zeros((len(pairs), len(YEARS)))
    active = np.sort(active)
    own = attraction * rng.lognormal(0, OWN_SPREAD, len(pairs))
    expected[active] = _expected(pairs.iloc[active], own[active], aim, rng, level)
    counts = bundled(expected, aim.dispersion, rng)
    year = _one_year_each(expected[active], rng)
    counts[active, year] += counts[active].sum(axis=1) == 0
    return counts


def bundled(expected: np.ndarray, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Counts with these means and with variances `dispersion` times as large."""
    shape = np.maximum(expected, 1e-9) / (dispersion - 1)
    return rng.poisson(rng.gamma(shape) * (dispersion - 1))


def _expected(pairs, attraction, aim: Aim, rng, level) -> np.ndarray:
    """Expected counts (pairs x years)."""
    treated = pairs["cohort"].notna().to_numpy()
    expected = attraction[:, None] * new_firms()[None, :]
    expected *= aim.control_mean / expected[~treated].mean()
    own = attraction[treated] ** TREATED_SPREAD if level is None else level
    expected[treated] = np.outer(own / own.mean() * aim.level, expected[~treated].mean(axis=0))
    effects = np.zeros_like(expected)
    effects[treated] = _effects(pairs[treated], aim, rng)
    treat = (YEARS[None, :] >= pairs["cohort"].to_numpy()[:, None]).astype(float)
    without, unit = (_coefficient(part, treat) for part in (expected, effects))
    return expected + effects * max(LEAST_SCALE, (aim.effect - without) / unit)


def _coefficient(counts: np.ndarray, treat: np.ndarray) -> float:
    """Coefficient of treatment with pair and year effects."""
    own = treat - treat.mean(axis=1, keepdims=True) - treat.mean(axis=0) + treat.mean()
    return float((own * counts).sum() / (own**2).sum())


def _effects(pairs, aim: Aim, rng) -> np.ndarray:
    """Effects before scaling (treated pairs x years): zero before the cohort, then rising."""
    since = YEARS[None, :] - pairs["cohort"].to_numpy()[:, None]
    ramp = np.where(since >= 0, np.minimum(since + 1, RAMP_YEARS), 0)
    level = np.maximum(aim.at_boundary - aim.per_km * pairs["dist_boundary_km"].to_numpy(), LEAST_EFFECT)
    return (level * rng.lognormal(0, aim.effect_spread, len(pairs)))[:, None] * ramp


def _one_year_each(chances: np.ndarray, rng) -> np.ndarray:
    """Column index per row, drawn with probability proportional to the row's chances."""
    cumulated = chances.cumsum(axis=1)
    return (rng.random(len(chances))[:, None] * cumulated[:, -1:] > cumulated).sum(axis=1)


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
    expected = attraction[:, None] * new_firms()[None, :]
    expected *= NETWORK_FACTOR * MANUFACTURING.control_mean / expected.mean()
    others = _long(directed[["investor", "investee"]], bundled(expected, MANUFACTURING.dispersion, rng))
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
