"""Control variables of 2000 with which given counts lead to the printed numbers of the columns with controls.

For given counts these numbers are smooth functions of the cities' figures of 2000. Nonlinear least squares finds
standardised figures ("scores"). A local search then finds whole figures of a yearbook.
"""

import numpy as np
import pandas as pd
from scipy import optimize

from enclave_twin.fit import linear_forms, yearbook
from enclave_twin.fit.targets import Regressions, Wanted, regressions_wanted

# tolerances as shares of a number's size, from wide to the rounding interval
SHARES = (0.05, 0.01, 0.003, 0.001, 0.0)
# half widths inside an interval that the least squares aim at
SLACK = 0.3
# weight of the distance from the start, per standard deviation of a control
NEAR = 0.03
# scores beyond FAR standard deviations cost OUTLYING per standard deviation
FAR = 2.0
OUTLYING = 3.0
# how strongly the score of whole figures prefers few large misses to many small ones
CURVATURE = 4
# largest value of an open interval
LARGE = 1e3
# log10 of the smallest and largest standard deviation of a change of a figure, as a share of the figure
REACH = (-4.5, -2.5)
# figures that the local search changes
FINE = ("revenue_10k_yuan", "expenditure_10k_yuan", "hospital_beds", "freight_10k_tonnes", "phones_10k")


class Columns:
    """The columns with controls as a function of the cities' scores (recipients x controls)."""

    def __init__(self, pairs: pd.DataFrame, counts: np.ndarray, which: list[Regressions], relaxed) -> None:
        """`pairs`, `relaxed` as in `targets.Builder`; `counts`: pairs x years; `which`: regressions.

        Only regressions with controls are used.
        """
        self.which = [one for one in which if one.controls]
        self.wanted = Wanted(relaxed)
        regressions_wanted(self.wanted, self.which, len(pairs))
        self.low, self.high, self.weight = (np.array(getattr(self.wanted, name)) for name in ("low", "high", "weight"))
        self.city = city_numbers(pairs)
        self.treat = (linear_forms.YEARS[None, :] >= pairs["cohort"].to_numpy()[:, None]) @ linear_forms.WITHIN
        self.far = {name: pairs[name].to_numpy()[:, None] for name in {one.distance for one in self.which} - {None}}
        values = {False: counts.astype(float), True: np.log1p(counts)}
        self.outcome = {log: value @ linear_forms.WITHIN for log, value in values.items()}
        self.total = {log: ((value - value.mean()) ** 2).sum() for log, value in values.items()}

    def values(self, scores: np.ndarray) -> np.ndarray:
        """Every wanted number, in the order of `wanted`."""
        maker = linear_forms.residual_maker(len(self.city), spread(scores, self.city))
        return np.concatenate([self._column(one, maker, scores.shape[1]) for one in self.which])

    def _column(self, one: Regressions, maker: np.ndarray, slopes: int) -> np.ndarray:
        terms = [self.treat] if one.distance is None else [self.treat, self.treat * self.far[one.distance]]
        made = np.array([maker @ term for term in terms])
        outcome = maker @ self.outcome[one.logarithm]
        flat = made.reshape(len(made), -1)
        weights = np.linalg.solve(flat @ flat.T, flat)
        estimate = weights @ outcome.ravel()
        left = outcome - np.tensordot(estimate, made, 1)
        scores = (weights.reshape(made.shape) * left).sum(axis=2)
        error = np.sqrt(linear_forms.factor(len(self.city), len(made), slopes) * (scores**2).sum(axis=1))
        tested = np.column_stack([estimate, error, np.abs(estimate / error)]).ravel()
        return np.append(tested, 1 - (left**2).sum() / self.total[one.logarithm])

    def score(self, scores: np.ndarray) -> float:
        """The penalty that `settled` lowers: many small misses cost more than one large miss."""
        return float(np.log1p(CURVATURE * self._away(scores)).sum())

    def away(self, scores: np.ndarray) -> float:
        """Sum of the distances from the intervals, in half widths."""
        return float(self._away(scores).sum())

    def _away(self, scores: np.ndarray) -> np.ndarray:
        found = self.values(scores)
        return np.maximum(0, np.maximum(self.low - found, found - self.high)) * self.weight

    def missed(self, flat: np.ndarray, share: float, start: np.ndarray, pull: float, slack: float) -> np.ndarray:
        """Residuals of the least squares: distances in tolerances, distance from the start, penalty for outliers.

        share : tolerance as a share of a number's size
        pull : weight of the distance from the start
        slack : half widths by which the intervals are narrower at either end
        """
        found = self.values(flat.reshape(start.shape))
        middle = np.abs(self.low + np.minimum(self.high, self.low + LARGE)) / 2
        kind = np.array([name[-1] for name in self.wanted.names])
        size = np.select([kind == "r2", kind == "t"], [0.1, 1.0], middle)
        half = 1 / self.weight
        inset = np.minimum(slack * half, (self.high - self.low) / 4)
        away = np.minimum(0, found - self.low - inset) + np.maximum(0, found - self.high + inset)
        outlying = np.maximum(0, np.abs(flat) - FAR)
        return np.concatenate(
            [away / np.maximum(half, share * size), pull * (flat - start.ravel()), OUTLYING * outlying]
        )


def city_numbers(pairs: pd.DataFrame) -> np.ndarray:
    """The position of each pair's recipient among the sorted recipients."""
    return np.searchsorted(sorted(pairs["recipient"].unique()), pairs["recipient"])


def spread(scores: np.ndarray, city: np.ndarray) -> np.ndarray:
    """Pairs x controls from recipients x controls, standardised over pairs."""
    rows = scores[city]
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


def solved(columns: Columns, start: np.ndarray, shares=SHARES, pull=NEAR, steps=15, slack=SLACK) -> np.ndarray:
    """Scores (recipients x controls) near `start` by least squares, with tolerances that become narrower."""
    flat = start.ravel().copy()
    for share in shares:
        found = optimize.least_squares(columns.missed, flat, args=(share, start, pull, slack), max_nfev=steps)
        flat = found.x
    return flat.reshape(start.shape)


def settled(columns: Columns, base: pd.DataFrame, tries: int, rng: np.random.Generator) -> pd.DataFrame:
    """Whole raw figures of 2000 near `base`, changed while that lowers the score. `tries`: number of trials."""
    best, lowest = base, columns.score(scores_of(base))
    for _ in range(tries):
        trial = best.copy()
        for _ in range(rng.integers(1, 3)):
            city, name = rng.integers(len(base)), FINE[rng.integers(len(FINE))]
            reach = max(1.0, 10 ** rng.uniform(*REACH) * trial.at[city, name])
            trial.loc[city, name] += int(np.rint(rng.normal() * reach)) or int(rng.choice([-1, 1]))
        now = columns.score(scores_of(trial))
        if now < lowest:
            best, lowest = trial, now
    return best


def scores_of(base: pd.DataFrame) -> np.ndarray:
    """Standardised controls (recipients x controls) of whole raw figures."""
    figures = yearbook.ratios(base)
    return (figures - figures.mean(axis=0)) / figures.std(axis=0)
