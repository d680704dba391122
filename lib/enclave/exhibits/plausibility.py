"""Measures of a panel of pairs that the rules of Appendix C use: years, sizes, places, and what one pair can do.

`panel` has helper, recipient, year, count and cohort. The limits are in `appendix_c.RULES`. The fit has a faster copy
of these measures (`enclave_twin.fit.plausibility`); a test compares the two.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import ever_treated
from enclave.facts import weights

# number of classes of size
CLASSES = 3
# a pair with this share of all links is large
LARGE = 0.04
# steps of Newton's method for Poisson regressions
STEPS = 25
# smallest yearly total, in links
LEAST_TOTAL = 0.5
# smallest mean of three years, in links, for the variance of a jump
LEAST_MEAN = 1 / 3
# variance of a jump over the mean of both neighbours, if all three are independent with the same variance
JUMP = 1.5
# years on either side that a yearly total of treated pairs is compared with
AROUND = 2
# after so many years with one link at most, a count is a late start
EMPTY = 10


def grid(panel: pd.DataFrame) -> pd.DataFrame:
    """Counts as pairs x years."""
    return panel.pivot(index=PAIR, columns="year", values="count")


def never(panel: pd.DataFrame) -> pd.DataFrame:
    """Counts of never-treated pairs as pairs x years."""
    return grid(panel[~ever_treated(panel)])


def yearly(panel: pd.DataFrame) -> pd.Series:
    """Total of the never-treated pairs in each year, at least `LEAST_TOTAL`, so that it has a logarithm."""
    return never(panel).sum().clip(lower=LEAST_TOTAL)


def treated(panel: pd.DataFrame) -> pd.DataFrame:
    """Counts of treated pairs as pairs x years."""
    return grid(panel[ever_treated(panel)])


def odd_year(panel: pd.DataFrame) -> float:
    """Largest distance of the yearly total of never-treated pairs from the path of new firms, in logs."""
    total = np.log(yearly(panel) / weights.new_firms())
    return float((total - total.mean()).abs().max())


def treated_year(panel: pd.DataFrame) -> float:
    """Largest ratio of the treated pairs' total to the mean of the years beside it, or of that mean to the total."""
    total = treated(panel).sum()
    ratio = (total / (total.shift(1) + total.shift(-1)) * 2).iloc[1:-1]
    return float(np.maximum(ratio, 1 / ratio).max())


def treated_path(panel: pd.DataFrame) -> float:
    """Largest ratio of the treated pairs' total, as a share of new firms, to its mean around the year, or the reverse.

    The mean is over five years: the year itself and two on either side, or those of them that the panel has.
    """
    share = treated(panel).sum().clip(lower=LEAST_TOTAL) / weights.new_firms()
    ratio = share / share.rolling(2 * AROUND + 1, center=True, min_periods=1).mean()
    return float(np.maximum(ratio, 1 / ratio).max())


def common_year(panel: pd.DataFrame) -> float:
    """How far treated pairs jump together in a year: largest absolute mean of their jumps, in its standard errors.

    A jump is a count less the mean of the years beside it. It is standardised with a variance proportional to the mean
    of the three, as the dispersion of the never-treated pairs says.
    """
    counts = treated(panel)
    before, after = counts.shift(1, axis=1), counts.shift(-1, axis=1)
    jump = counts - (before + after) / 2
    variance = JUMP * dispersion(panel) * ((before + counts + after) / 3).clip(lower=LEAST_MEAN)
    return float((jump / np.sqrt(variance)).mean().mul(np.sqrt(len(counts))).abs().max())


def dispersion(panel: pd.DataFrame) -> float:
    """Pearson's dispersion of never-treated pairs around pair level x year total: one if Poisson."""
    return _pearson(never(panel))


def dispersion_by_size(panel: pd.DataFrame) -> float:
    """The smallest dispersion of the classes of size of never-treated pairs."""
    return min(_pearson(one) for one in by_size(panel))


def _pearson(counts: pd.DataFrame) -> float:
    made = counts.to_numpy(float)
    expected = np.outer(made.sum(axis=1), made.sum(axis=0)) / made.sum()
    freedom = (made.shape[0] - 1) * (made.shape[1] - 1)
    return float((np.divide((made - expected) ** 2, expected, where=expected > 0, out=0 * made)).sum() / freedom)


def by_size(panel: pd.DataFrame) -> list[pd.DataFrame]:
    """Counts of never-treated pairs in `CLASSES` classes by their totals, with as many pairs in each as possible."""
    counts = never(panel)
    order = counts.sum(axis=1).sort_values(kind="stable").index
    return [counts.loc[part] for part in np.array_split(order, CLASSES)]


def uneven_growth(panel: pd.DataFrame) -> float:
    """How far the growth of a class of size is from that of all never-treated pairs together: 0 if the same.

    Growth is the elasticity of the class's yearly total to the total of all (Poisson regression), less one.
    """
    path = yearly(panel)
    return max(abs(_elasticity(one.sum(), path) - 1) for one in by_size(panel))


def uneven_pair(panel: pd.DataFrame) -> float:
    """The same for each never-treated pair that has at least `LARGE` of their links; 0 if there is none."""
    counts = never(panel)
    path, total = yearly(panel), counts.sum(axis=1)
    large = counts[total >= LARGE * total.sum()]
    return max((abs(_elasticity(row, path) - 1) for _, row in large.iterrows()), default=0.0)


def _elasticity(total: pd.Series, path: pd.Series) -> float:
    design = np.column_stack([np.ones(len(path)), np.log(path)])
    return float(poisson(total.to_numpy(float), design)[1])


def growth_before(panel: pd.DataFrame) -> float:
    """Growth of treated pairs before their park, relative to the number of new firms: 1 if the same.

    The elasticity of a count to the path of new firms, by Poisson regression with pair effects. The total of the
    never-treated pairs is too noisy a path: the elasticity to it would be too small.
    """
    rows = panel[ever_treated(panel) & (panel["year"] < panel["cohort"])]
    rows = rows[rows.groupby(PAIR)["count"].transform("sum") > 0]
    path = np.log(rows["year"].map(weights.new_firms()).to_numpy(float))
    dummies = pd.get_dummies(rows["helper"] + rows["recipient"]).to_numpy(float)
    return float(poisson(rows["count"].to_numpy(float), np.column_stack([dummies, path - path.mean()]))[-1])


def poisson(count: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Coefficients of a Poisson regression, by Newton's method from an ordinary regression of a smoothed logarithm."""
    found = np.linalg.lstsq(design, np.log((count + count.mean()) / 2), rcond=None)[0]
    for _ in range(STEPS):
        expected = np.exp(design @ found)
        found = found + np.linalg.lstsq(design.T @ (expected[:, None] * design), design.T @ (count - expected))[0]
    return found


def largest_control(panel: pd.DataFrame) -> float:
    """Largest never-treated pair's share in the links of these pairs."""
    total = never(panel).sum(axis=1)
    return float(total.max() / total.sum())


def distance_elasticity(panel: pd.DataFrame) -> float:
    """Elasticity of the totals of never-treated pairs to distance, by Poisson regression on both economies' sizes."""
    total = never(panel).sum(axis=1)
    pairs = total.index.to_frame(index=False).merge(facts.distances(), on=PAIR)
    sizes = [np.log(pairs[city].map(weights.economies())) for city in PAIR]
    design = np.column_stack([np.ones(len(pairs)), *sizes, np.log(pairs["dist_centroid_km"])])
    return float(poisson(total.to_numpy(float), design)[-1])


def helper_shares(panel: pd.DataFrame) -> float:
    """Largest difference between a helper's share in links and in economies, over never-treated pairs.

    Each such pair counts with the economy of its helper. So a helper whose pairs are mostly treated has a small share.
    """
    total = never(panel).sum(axis=1)
    helper = total.index.get_level_values("helper")
    sizes = pd.Series(helper.map(weights.economies()), index=total.index, dtype=float)
    shares = [one.groupby(helper).sum() / one.sum() for one in (total, sizes)]
    return float((shares[0] - shares[1]).abs().max())


def without_a_pair(panel: pd.DataFrame) -> float:
    """Least coefficient of Table 2, column 1 (or Table 5), without one treated pair, relative to that with all."""
    return min(_coefficient(less) for less in _without_each(panel)) / _coefficient(panel)


def _coefficient(panel: pd.DataFrame) -> float:
    """The coefficient of treatment with pair and year effects, which on a balanced panel is a ratio of two sums."""
    rows = panel.assign(treat=did.treated(panel, "year", "cohort"))
    treat = rows.pivot(index=PAIR, columns="year", values="treat").astype(float)
    own = treat.sub(treat.mean(axis=1), axis=0) - treat.mean() + treat.to_numpy().mean()
    return float((own * grid(panel)).to_numpy().sum() / (own**2).to_numpy().sum())


def post_without_a_pair(panel: pd.DataFrame) -> float:
    """Least Post_avg of Table 3 without one treated pair, relative to that with all pairs."""
    every = _post_average(panel)
    return min(_post_average(less) / every for less in _without_each(panel))


def _without_each(panel: pd.DataFrame) -> list[pd.DataFrame]:
    index = pd.MultiIndex.from_frame(panel[PAIR])
    return [panel[index != pair] for pair in treated(panel).index]


def _post_average(panel: pd.DataFrame) -> float:
    """Post_avg: rises since the year before the park, less those of never-treated pairs, by event time; their mean."""
    path, rows = never(panel).mean(), panel[ever_treated(panel)]
    counts = grid(rows).sub(path)
    base = (rows.drop_duplicates(PAIR).set_index(PAIR)["cohort"] - 1).loc[counts.index]
    rise = counts.sub([counts.at[pair, year] for pair, year in base.items()], axis=0).stack()
    since = rise.index.get_level_values("year") - rise.index.droplevel("year").map(base) - 1
    return float(rise[since >= 0].groupby(since[since >= 0]).mean().mean())


def late_start(panel: pd.DataFrame) -> float:
    """Largest count of a pair that had one link or none in the `EMPTY` years before it."""
    counts = grid(panel)
    before = counts.T.rolling(EMPTY).sum().shift(1).T
    return float(counts.where(before <= 1, 0).max().max())


def level_before(panel: pd.DataFrame) -> float:
    """Mean count of treated pairs before their park, relative to never-treated pairs in the same years."""
    before = panel[ever_treated(panel) & (panel["year"] < panel["cohort"])]
    return float(before["count"].sum() / before["year"].map(never(panel).mean()).sum())


def steady_pairs(panel: pd.DataFrame) -> float:
    """Rank correlation of the pairs' totals in even and in odd years."""
    counts = grid(panel)
    even = counts.columns % 2 == 0
    return float(counts.loc[:, even].sum(axis=1).corr(counts.loc[:, ~even].sum(axis=1), method="spearman"))


def same_ranks(manufacturing: pd.DataFrame, all_industry: pd.DataFrame, branches: pd.DataFrame) -> float:
    """Smallest rank correlation of the totals of two of the three counts, over never-treated pairs with all three."""
    totals = [never(panel).sum(axis=1) for panel in (manufacturing, all_industry, branches)]
    ranks = pd.concat(totals, axis=1, join="inner").corr(method="spearman").to_numpy()
    return float(ranks.min())


def manufacturing_shares(manufacturing: pd.DataFrame, all_industry: pd.DataFrame) -> tuple[float, float]:
    """Share of manufacturing in the links of never-treated and of treated pairs."""
    sums = [[side(panel).to_numpy().sum() for panel in (manufacturing, all_industry)] for side in (never, treated)]
    return float(sums[0][0] / sums[0][1]), float(sums[1][0] / sums[1][1])
