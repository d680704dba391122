"""The paper's statistics as linear and quadratic forms of the counts.

With pair and year effects on a balanced panel, an estimate is a weighted sum of the counts, b = w'y (Frisch, Waugh and
Lovell). Its clustered variance is a sum over pairs of squares, each of another weighted sum. So the change of both from
one more link in one cell depends only on the treated list, the distances and the controls. It is computed once.

Arrays of counts are pairs x years. Cells (C) are the same, flattened.
"""

from dataclasses import dataclass

import numpy as np

from enclave.base import terms

YEARS = np.array(terms.YEARS)
# number of years
T = len(YEARS)
# takes the mean over years out (T x T)
WITHIN = np.eye(T) - 1 / T


@dataclass(frozen=True)
class Regression:
    """Equation (1), or (4) with a distance, after pair and year effects and controls are taken out.

    Attributes
    ----------
    weights : K x pairs x years; the estimates are their sums of products with the counts
    bread : K x K, X'X of the residual regressors: explained sum of squares = b' bread b
    scores : cells x K x pairs; by how much one more link in a cell changes the score of a pair
    factor : small-sample correction of the clustered variance (the convention "reghdfe" of `did`)
    """

    weights: np.ndarray
    bread: np.ndarray
    scores: np.ndarray
    factor: float


def residual_maker(pairs: int, controls: np.ndarray | None = None) -> np.ndarray:
    """I - P (pairs x pairs), with P the projection on a constant and the controls (pairs x K)."""
    columns = [np.ones(pairs), *([] if controls is None else controls.T)]
    basis = np.linalg.qr(np.column_stack(columns))[0]
    return np.eye(pairs) - basis @ basis.T


def regression(treat: np.ndarray, distance: np.ndarray | None = None, controls: np.ndarray | None = None) -> Regression:
    """Forms of the regression of counts on `treat` (pairs x years), and on its product with `distance` (pairs)."""
    maker = residual_maker(len(treat), controls)
    raw = [treat] if distance is None else [treat, treat * distance[:, None]]
    made = np.array([maker @ term @ WITHIN for term in raw])
    flat = made.reshape(len(made), -1)
    bread = flat @ flat.T
    weights = np.linalg.solve(bread, flat).reshape(made.shape)
    overlap = np.einsum("kgt,mgt->kgm", weights, made)
    scores = np.einsum("gi,kgs->iskg", maker, weights) - np.einsum("kgm,mis->iskg", overlap, weights)
    slopes = 0 if controls is None else controls.shape[1]
    return Regression(weights, bread, scores.reshape(treat.size, len(made), -1), factor(len(treat), len(made), slopes))


def factor(pairs: int, terms: int, controls: int) -> float:
    """The small-sample correction of a variance clustered by pair, on a balanced panel."""
    return factor_of(pairs * T, pairs, terms, controls)


def factor_of(rows: int, pairs: int, terms: int, controls: int) -> float:
    """The same for `rows` cells of `pairs` pairs; some cells may be missing."""
    counted = terms + (T - 1) * (1 + controls) + 1
    return pairs / (pairs - 1) * (rows - 1) / (rows - counted)


def event_study(cohort: np.ndarray, window: tuple[int, int] = (-5, 10)) -> tuple[list[int], np.ndarray]:
    """Event times of equation (3) without the base, and the weights (event times x cells) of their estimates."""
    since = YEARS[None, :] - cohort[:, None]
    times = [time for time in range(window[0], window[1] + 1) if time != -1 and (since == time).any()]
    maker = residual_maker(len(cohort))
    flat = np.array([(maker @ (since == time).astype(float) @ WITHIN).ravel() for time in times])
    return times, np.linalg.solve(flat @ flat.T, flat)


class GroupTime:
    """ATT(g, t) of Callaway and Sant'Anna and its averages as weighted sums of the counts.

    Controls are the never-treated pairs; before treatment the base is the year before.
    """

    NAMES = ("simple", "dynamic_pre_avg", "dynamic_post_avg", "calendar_avg", "group_avg")

    def __init__(self, cohort: np.ndarray) -> None:
        self.cohort, self.pairs = cohort, len(cohort)
        self.never = cohort > YEARS[-1]
        self.groups = sorted(set(cohort[~self.never].tolist()))
        self.share = {group: float((cohort == group).mean()) for group in self.groups}
        self.keys = [(group, year) for group in self.groups for year in range(1, T)]
        self.sums = {key: self._sum(*key) for key in self.keys}

    def averages(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights (5 x cells) of the averages of Table 3, and influence (5 x pairs x cells) by number of pairs."""
        found = [self._mixed(groups) for groups in self._mixtures()] + [self._over_groups()]
        weights = [
            sum((share * self.sums[key] for key, share in shares.items()), np.array(0.0)).ravel() for shares, _ in found
        ]
        influence = [(self._own(shares) + drawn) / self.pairs for shares, drawn in found]
        return np.array(weights), np.array(influence).reshape(len(found), self.pairs, -1)

    def _base(self, group: int, year: int) -> int:
        first = group - YEARS[0]
        return first - 1 if year >= first else year - 1

    def _sum(self, group: int, year: int) -> np.ndarray:
        made = np.zeros((self.pairs, T))
        for members, sign in ((self.cohort == group, 1.0), (self.never, -1.0)):
            made[members, year] += sign / members.sum()
            made[members, self._base(group, year)] -= sign / members.sum()
        return made

    def _mixtures(self) -> list[list[tuple[float, list]]]:
        """The averages simple, before, after, by year: lists of (share, group-years averaged by cohort size)."""
        since = {key: YEARS[key[1]] - key[0] for key in self.keys}
        after = [key for key in self.keys if since[key] >= 0]
        times = {time: [key for key in self.keys if since[key] == time] for time in sorted(set(since.values()))}
        years = {year: [key for key in after if key[1] == year] for year in sorted({key[1] for key in after})}
        before, later = ([keys for time, keys in times.items() if (time >= 0) == late] for late in (False, True))
        return [_even([after]), _even(before), _even(later), _even(list(years.values()))]

    def _mixed(self, groups: list[tuple[float, list]]) -> tuple[dict, np.ndarray]:
        """Weights of the group-years, and the part of the influence that the estimated shares of cohorts add."""
        weights, drawn = {}, np.zeros((self.pairs, self.pairs, T))
        for share, keys in groups:
            total = sum(self.share[group] for group, _ in keys)
            away = {key: (self.cohort == key[0]) - self.share[key[0]] for key in keys}
            every = sum(away.values())
            for key in keys:
                part = self.share[key[0]] / total
                weights[key] = weights.get(key, 0.0) + share * part
                drawn += share * ((away[key] - part * every) / total)[:, None, None] * self.sums[key]
        return weights, drawn

    def _over_groups(self) -> tuple[dict, np.ndarray]:
        """The average over cohorts, with known shares."""
        total, weights = sum(self.share.values()), {}
        for group in self.groups:
            mine = [key for key in self.keys if key[0] == group and YEARS[key[1]] >= group]
            weights |= {key: self.share[group] / total / len(mine) for key in mine}
        return weights, np.zeros((self.pairs, self.pairs, T))

    def _own(self, shares: dict) -> np.ndarray:
        """Influence of each pair's own path, less the mean of its cohort."""
        made, paths = np.zeros((self.pairs, self.pairs, T)), {group: np.zeros(T) for group in self.groups}
        for (group, year), share in shares.items():
            paths[group][year] += share
            paths[group][self._base(group, year)] -= share
        sides = [(self.cohort == group, path) for group, path in paths.items()] + [(self.never, -sum(paths.values()))]
        for members, path in sides:
            count = members.sum()
            centred = np.outer(members, members) * (np.eye(self.pairs) - 1 / count)
            made += centred[:, :, None] * path * self.pairs / count
        return made


def _even(groups: list[list]) -> list[tuple[float, list]]:
    return [(1 / len(groups), keys) for keys in groups]
