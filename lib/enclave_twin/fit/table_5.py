"""Table 5: the counts of all industries and of branches, drawn around the fitted manufacturing counts and then fitted.

A draw in which pairs with many links in manufacturing have many links of all kinds is the start. The search is that of
`annealing`, with the rules of plausibility as a further penalty.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from enclave.base.terms import PAIR
from enclave_twin.counts import links
from enclave_twin.fit import controls, linear_forms, plausibility, stages, targets
from enclave_twin.fit.annealing import Search
from enclave_twin.fit.stages import NEVER, Found

# how many links a pair counts for that is not observed, when its attraction is inferred from its links
PRIOR_LINKS = 5.0
# the same for the links of a treated pair in a year before its park
PRIOR_LEVEL = 0.5
# largest count of a cell, factor on the path of the event study, importance of the path and of levels
MOST = 400
RISE = 7.0
SMOOTH = 0.5
LEVELS = 1.0
# factors on the smallest and largest level before a park, and half width in links
LEVEL_ROOM = (1.2, 0.9)
LEVEL_HALF = 1.0


class Problem(NamedTuple):
    """A fit of Table 5: its pairs, the counts to start from (pairs x years), the search, and the rules."""

    pairs: pd.DataFrame
    counts: np.ndarray
    search: Search
    rules: plausibility.Rules


def problem(found: Found, first: int, seed: int, tied: tuple[np.ndarray, ...] = ()) -> Problem:
    """Pairs, start and search of Table 5 from column `first` on: 1 for all industries, 5 for branches.

    tied : totals of the 108 pairs in counts that are fitted already, besides manufacturing

    The start is a draw in which pairs with many links in manufacturing have many links of all kinds.
    """
    every = links.pair_frame(found.pairs[found.pairs["cohort"] < NEVER])
    keys = pd.MultiIndex.from_frame(every[PAIR])
    made = pd.DataFrame(found.counts, index=pd.MultiIndex.from_frame(found.pairs[PAIR])).reindex(keys).fillna(0)
    manufacturing = made.to_numpy(np.int64)
    rng, aim = np.random.default_rng(seed + first), links.OTHER_INDUSTRY if first == 1 else links.BRANCHES
    attraction, level = _inferred(every, manufacturing)
    order = np.lexsort((-attraction, every["cohort"].isna()))[: links.ACTIVE_PAIRS]
    least = manufacturing * (first == 1)
    counts = links.draw(every, attraction, order, aim, rng, level) + least
    linked = counts.sum(axis=1) > 0
    pairs = stages.linked_pairs(found.pairs[found.pairs["cohort"] < NEVER][[*PAIR, "cohort"]], every.loc[linked, PAIR])
    start = np.minimum(counts[linked], MOST - 1).astype(np.int64)
    treated = every["cohort"].notna().to_numpy()
    sums = tuple(manufacturing[side].sum() for side in (~treated, treated)) if first == 1 else None
    # pairs without a link in manufacturing are not in its panel
    own = np.where(manufacturing.sum(axis=1) > 0, manufacturing.sum(axis=1), np.nan)
    rules = plausibility.of_other(pairs, tuple(one[linked] for one in (own, *tied)), sums)
    search = _search(pairs, found.known_scores, first, least[linked].ravel(), rules, start)
    return Problem(pairs, start, search, rules)


def _inferred(every: pd.DataFrame, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Attraction of each of the 108 pairs, and relative levels of treated ones, from their manufacturing links."""
    treated = every["cohort"].notna().to_numpy()
    made = links.gravity(every["helper"], every["recipient"], every["dist_centroid_km"])
    expected = made / made[~treated].sum() * counts[~treated].sum()
    factor = (counts.sum(axis=1) + PRIOR_LINKS) / (expected + PRIOR_LINKS)
    before = linear_forms.YEARS[None, :] < every.loc[treated, "cohort"].to_numpy()[:, None]
    own = (counts[treated] * before).sum(axis=1) / before.sum(axis=1) + PRIOR_LEVEL
    return made * np.where(treated, 1.0, factor), own / own.mean()


def _search(
    pairs: pd.DataFrame,
    scores: np.ndarray,
    first: int,
    least: np.ndarray,
    rules: plausibility.Rules,
    start: np.ndarray,
) -> Search:
    city = controls.city_numbers(pairs)
    builder = targets.Builder(pairs, controls.spread(scores, city))
    builder.moments(wanted=False)
    builder.regressions(targets.table_5(first))
    builder.plausible(stages.yearly(start[~rules.treated].sum()), SMOOTH, rise=RISE)
    want_levels(builder, rules)
    aim = links.OTHER_INDUSTRY if first == 1 else links.BRANCHES
    return Search(
        builder.arrays(least),
        builder.wanted,
        city,
        pairs["cohort"].to_numpy()[builder.treated],
        most=MOST,
        dispersion=aim.dispersion,
        extra=lambda counts: rules.broken(counts.reshape(len(pairs), -1)),
    )


def want_levels(builder: targets.Builder, rules: plausibility.Rules) -> None:
    """Add sums for the level of treated pairs before their park, and for the share of each of them.

    Before their park they have between two multiples of the mean of never-treated pairs in the same years, and no
    treated pair has more than a share of their links.
    """
    low, high = (end * factor for end, factor in zip(rules.limits["level_before"], LEVEL_ROOM, strict=True))
    own, never = np.zeros_like(builder.treat), np.zeros_like(builder.treat)
    own[rules.treated] = rules.before
    never[~rules.treated] = rules.before.sum(axis=0) / (~rules.treated).sum()
    builder.at_least(("level", "low"), own - low * never, 0.0, LEVEL_HALF, LEVELS)
    builder.at_least(("level", "high"), high * never - own, 0.0, LEVEL_HALF, LEVELS)
    most = rules.limits["largest_pair"][1] * targets.RULE_ROOM
    for pair in np.flatnonzero(rules.treated):
        share = np.where(rules.treated[:, None], most, 0.0) * np.ones(linear_forms.T)
        share[pair] -= 1.0
        builder.at_least(("share", int(pair)), share, 0.0, LEVEL_HALF, LEVELS)
