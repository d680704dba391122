"""A blind test of the twin: a program that sees counts only is asked to tell them from draws of the count process.

Panels are drawn from the process (`counts.links`) for the same treated pairs, scaled to the twin's means. Each pair and
each year has features that use its counts alone, none of them a rule of the fit. A linear discriminant (Fisher, The use
of multiple measurements in taxonomic problems, 1936) learns on some rows of the twin and some draws, and is asked
about the others. If it is right about half of the time, it cannot tell. Few rows are easily told apart by chance, so
draws take the place of the twin, too.

`python -m enclave_twin.blind_test` writes the result to `data/twin/blind_test.csv`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from enclave.base import files, paths
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs, weights
from enclave.panels import targets
from enclave_twin.counts import links

# draws that the twin is compared with, and how many of them take its place
DRAWS = 200
PLACES = 100
FOLDS = 5
# ridge of the discriminant, as a share of the mean variance of the standardised features
RIDGE = 0.1
SEED = 1
PANELS = ("manufacturing", "all_industry", "branches")
# file of the result, in the folder of a twin's counts; digits of its numbers
RESULT = "blind_test.csv"
DIGITS = 3
# smallest mean and variance in a denominator
LEAST = 0.1


def make(source: str = "twin", draws: int = DRAWS, places: int = PLACES, seed: int = SEED) -> pd.DataFrame:
    """The result of the test for each panel of counts and each kind of rows.

    Parameters
    ----------
    source : a committed twin
    draws, places : panels that are drawn, and how many of them take the place of the twin
    seed : of the draws

    Returns
    -------
    panel; rows (never-treated pairs, treated pairs, years); number of rows; accuracy, share of right answers with both
    kinds of equal weight; usual_low, usual_high, the middle 90 per cent of accuracies if a draw takes the place of the
    twin; as_high, share of such draws with at least this accuracy; feature that tells best alone, and its accuracy
    """
    treated = treated_pairs.of_source(source)
    pairs = links.pair_frame(treated)
    rng = np.random.default_rng(seed)
    own = {name: _grid(targets.of(source)[name], pairs) for name in PANELS}
    made = [_scaled_draw(pairs, own, rng) for _ in range(draws)]
    found = []
    for name in PANELS:
        for rows, features in KINDS.items():
            told = [features(one[name], pairs) for one in (own, *made)]
            found.append({"panel": name, "rows": rows} | _compared(told, places))
    return pd.DataFrame(found)


def main() -> None:
    """Write the result for the default twin."""
    files.write_csv(make().round(DIGITS), paths.TWIN / RESULT)


def _grid(panel: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    """Counts of a panel as pairs x years, in the order of `pairs`; zero where the panel has no pair."""
    wide = panel.pivot(index=PAIR, columns="year", values="count")
    return wide.reindex(pd.MultiIndex.from_frame(pairs[PAIR])).fillna(0).to_numpy(float)


def _scaled_draw(pairs: pd.DataFrame, own: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One draw whose expected counts have the means of the twin, for pairs with and without a park."""
    park = pairs["cohort"].notna().to_numpy()
    drawn = links.families(pairs, rng)
    made = {}
    for name, counts in drawn.items():
        kept = counts.astype(float)
        for side in (park, ~park):
            kept[side] = _thinned(kept[side], own[name][side].sum() / max(kept[side].sum(), 1.0), rng)
        made[name] = kept
    return made


def _thinned(counts: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Counts whose mean is `factor` times as large: links left out by chance, or some pairs of links doubled."""
    if factor <= 1:
        return rng.binomial(counts.astype(int), factor).astype(float)
    return counts + rng.binomial(counts.astype(int), min(factor - 1, 1.0))


def _of_pairs(counts: np.ndarray, pairs: pd.DataFrame, park: bool) -> pd.DataFrame:
    """Features of the pairs with (`park`) or without a park that have a link; one row per pair."""
    side = (pairs["cohort"].notna().to_numpy() == park) & (counts.sum(axis=1) > 0)
    grid, logs = counts[side], np.log1p(counts[side])
    path = weights.new_firms().loc[links.YEARS].to_numpy()
    total = grid.sum(axis=1)
    mean = np.maximum(grid.mean(axis=1), LEAST)
    jumps = np.diff(grid, axis=1)
    own = pairs[side]
    attraction = np.log(links.gravity(own["helper"], own["recipient"], own["dist_centroid_km"]))
    centred, steps = logs - logs.mean(axis=1, keepdims=True), logs.var(axis=1)
    return pd.DataFrame(
        {
            "level": np.log(total),
            "level beside gravity": np.log(total) - attraction,
            "zeros": (grid == 0).mean(axis=1),
            "ones": (grid == 1).mean(axis=1),
            "largest cell": grid.max(axis=1) / total,
            "variance": np.log(np.maximum(grid.var(axis=1), LEAST) / mean),
            "persistence": (centred[:, 1:] * centred[:, :-1]).mean(axis=1) / np.maximum(steps, LEAST),
            "jumps": np.abs(jumps).mean(axis=1) / np.sqrt(mean),
            "turns": (np.sign(jumps[:, 1:]) * np.sign(jumps[:, :-1])).mean(axis=1),
            "growth": (grid * (path - path.mean())).sum(axis=1) / total,
            "first years": grid[:, :6].sum(axis=1) / total,
            "last years": grid[:, -4:].sum(axis=1) / total,
            "even years": grid[:, ::2].sum(axis=1) / total,
        }
    )


def _of_years(counts: np.ndarray, pairs: pd.DataFrame) -> pd.DataFrame:
    """Features of the years: totals beside the path of new firms, evenness, and changes; one row per year."""
    park, path = pairs["cohort"].notna().to_numpy(), weights.new_firms().loc[links.YEARS].to_numpy()
    shares = {"total": counts[~park].sum(axis=0) / path, "treated total": counts[park].sum(axis=0) / path}
    made = {name: np.log(np.maximum(one, LEAST) / one.mean()) for name, one in shares.items()}
    for name, one in list(made.items()):
        around = np.convolve(np.pad(one, 1, mode="edge"), [0.5, 0, 0.5], mode="valid")
        made[f"{name} beside its neighbours"] = np.abs(one - around)
    mean = np.maximum(counts.mean(axis=0), LEAST)
    made |= {
        "zeros": (counts == 0).mean(axis=0),
        "largest cell": counts.max(axis=0) / counts.sum(axis=0),
        "variance over pairs": np.log(counts.var(axis=0) / mean),
        "odd counts": (counts % 2).mean(axis=0),
    }
    return pd.DataFrame(made)


KINDS: dict[str, Callable[[np.ndarray, pd.DataFrame], pd.DataFrame]] = {
    "never-treated pairs": lambda counts, pairs: _of_pairs(counts, pairs, park=False),
    "treated pairs": lambda counts, pairs: _of_pairs(counts, pairs, park=True),
    "years": _of_years,
}


def _compared(told: list[pd.DataFrame], places: int) -> dict:
    """Accuracy for the first frame against the others, and for `places` of the others against the rest."""
    arrays = [one.to_numpy() for one in told]
    accuracy = _accuracy(arrays[0], arrays[1:])
    usual = np.array(
        [_accuracy(arrays[place], arrays[1:place] + arrays[place + 1 :]) for place in range(1, places + 1)]
    )
    rest = pd.concat(told[1:])
    alone = {name: _alone(told[0][name], rest[name]) for name in rest}
    best = max(alone, key=lambda name: alone[name])
    return {
        "number": len(arrays[0]),
        "accuracy": accuracy,
        "usual_low": float(np.quantile(usual, 0.05)),
        "usual_high": float(np.quantile(usual, 0.95)),
        "as_high": float((usual >= accuracy).mean()),
        "feature": best,
        "feature_accuracy": alone[best],
    }


def _accuracy(own: np.ndarray, others: list[np.ndarray]) -> float:
    """Cross-validated share of right answers on rows of `own` and of the others, with equal weight for both kinds.

    Rows and draws are split into `FOLDS` parts by their position. The discriminant learns without the part that it is
    asked about.
    """
    right = np.zeros(2)
    asked = np.zeros(2)
    for fold in range(FOLDS):
        held_out = np.arange(len(own)) % FOLDS == fold
        others_out = [one for place, one in enumerate(others) if place % FOLDS == fold]
        rest = np.concatenate([one for place, one in enumerate(others) if place % FOLDS != fold])
        weight, limit = _discriminant(own[~held_out], rest)
        for kind, rows in enumerate((own[held_out], np.concatenate(others_out))):
            answers = rows @ weight > limit
            right[kind] += (answers == (kind == 0)).sum()
            asked[kind] += len(rows)
    return float((right / asked).mean())


def _discriminant(own: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights of the features, and the limit above which a row is taken for one of `own`."""
    scale = np.maximum(others.std(axis=0), 1e-9)
    one, other = own / scale, others / scale
    within = (np.cov(one.T) + np.cov(other.T)) / 2
    within += RIDGE * np.trace(within) / len(within) * np.eye(len(within))
    weight = np.linalg.solve(within, one.mean(axis=0) - other.mean(axis=0))
    return weight / scale, float(weight @ (one.mean(axis=0) + other.mean(axis=0)) / 2)


def _alone(own: pd.Series, others: pd.Series) -> float:
    """Share of pairs of rows, one of each kind, that a feature alone puts in the right order (at least one half)."""
    area = stats.mannwhitneyu(own, others).statistic / (len(own) * len(others))
    return float(max(area, 1 - area))


if __name__ == "__main__":
    main()
