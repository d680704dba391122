"""Many outcomes on one design at the same time: the p values of all tests of an estimate, for studies of their size.

Equation (1) without controls on a balanced panel. The tests are those of `error_ladder`, `few_clusters.wild_bootstrap`,
`placebo.draws` and `few_treated.drawn_paths`; each statistic is a ratio of linear and quadratic forms of the outcome,
so that one design serves all draws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from enclave.estimators import few_clusters, few_treated, placebo
from enclave.estimators.demeaned import doubly_demeaned

# drawn vectors of signs; all of them if they are no more than the second number
SIGNS, ALL_SIGNS = 199, 512
DEALS = 199
PATHS = 199
TIE = 1e-9


@dataclass(frozen=True)
class Design:
    """A balanced panel: of each unit the position of its first treated period (`periods`: never) and its two cities."""

    first: np.ndarray
    helper: np.ndarray
    recipient: np.ndarray
    periods: int

    @property
    def shape(self) -> tuple[int, int]:
        """Units and periods."""
        return len(self.first), self.periods

    @cached_property
    def treat(self) -> np.ndarray:
        """1 where a unit is treated (units x periods)."""
        return (np.arange(self.periods) >= self.first[:, None]).astype(float)

    @cached_property
    def d(self) -> np.ndarray:
        """The treatment after unit and period effects (units x periods)."""
        return doubly_demeaned(self.treat)

    @cached_property
    def columns(self) -> np.ndarray:
        """The treatment and the periods, all less their means by unit (rows x columns)."""
        periods = np.tile(np.eye(self.periods)[:, 1:], (len(self.first), 1))
        treat = self.treat - self.treat.mean(axis=1, keepdims=True)
        return np.column_stack([treat.ravel(), periods - 1 / self.periods])

    def codes(self) -> dict[str, np.ndarray]:
        """The cluster of each unit, by unit, helper and recipient."""
        return {"unit": np.arange(len(self.first)), "helper": self.helper, "recipient": self.recipient}


def p_values(design: Design, outcomes: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """The p value of each test for each outcome.

    Parameters
    ----------
    design : with at least ten never-treated units
    outcomes : draws x units x periods
    seed : of the signs, deals and paths. They are the same for all outcomes

    Returns
    -------
    test -> p values (one per outcome), tests in the order of the ladder, then signs, deals and paths
    """
    left, slope = doubly_demeaned(outcomes), slopes(design, outcomes)
    found = _by_t(design, left, slope)
    found["differences"] = _differences(design, outcomes)
    found |= _by_signs(design, left, slope, seed)
    found |= _by_deals(design, outcomes, slope, seed)
    return found | by_paths(design, outcomes, slope, seed)


def slopes(design: Design, outcomes: np.ndarray) -> np.ndarray:
    """The estimate of equation (1) for each outcome; `outcomes` are draws x units x periods."""
    return (outcomes * design.d).sum(axis=(1, 2)) / (design.d**2).sum()


def _by_t(design: Design, left: np.ndarray, slope: np.ndarray) -> dict[str, np.ndarray]:
    """The rungs of the ladder, and the exact t test on differences of means."""
    (units, periods), length = design.shape, (design.d**2).sum()
    rows, used = units * periods, periods + 1
    free = rows - used + 1 - units
    residual = left - slope[:, None, None] * design.d
    score = design.d * residual / length
    by_unit, share = score.sum(axis=2), (rows - 1) / (rows - used)
    errors = {
        "iid": ((residual**2).sum(axis=(1, 2)) / free / length, free),
        "robust": (rows / free * (score**2).sum(axis=(1, 2)), free),
    }
    sums = {}
    for name, codes in design.codes().items():
        count = codes.max() + 1
        sums[name] = ((by_unit @ _members(codes)) ** 2).sum(axis=1)
        errors[f"{name} CR1"] = (share * count / (count - 1) * sums[name], count - 1)
        for method, loads, df, factor in _loads(design, codes, name):
            errors[f"{name} {method}"] = (factor * ((left.reshape(len(left), -1) @ loads.T) ** 2).sum(axis=1), df)
        if name == "unit":
            errors["unit CR1, few"] = (errors["unit CR1"][0], int((design.first < periods).sum()) - 1)
    few = min(design.helper.max(), design.recipient.max()) + 1
    both = sums["helper"] + sums["recipient"] - sums["unit"]
    errors["either"] = (share * few / (few - 1) * both, few - 1)
    with np.errstate(invalid="ignore"):
        return {name: 2 * stats.t.sf(np.abs(slope) / np.sqrt(variance), df) for name, (variance, df) in errors.items()}


def _loads(design: Design, codes: np.ndarray, name: str) -> list[tuple]:
    """Method, loads, degrees of freedom and factor of CR2, and of CR3 by unit."""
    scaled, moves = few_clusters.loads(design.columns, np.repeat(codes, design.periods))
    cross = scaled @ scaled.T
    found = [("CR2", scaled, np.trace(cross) ** 2 / (cross**2).sum(), 1.0)]
    count = len(scaled)
    return [*found, ("CR3", moves, count - 1, (count - 1) / count)] if name == "unit" else found


def _differences(design: Design, outcomes: np.ndarray) -> np.ndarray:
    """The t test of `exact_t.differences`: means after less before, treated against never treated."""
    changes = differences(outcomes, design.first)
    hit = design.first < design.periods
    one, other = changes[:, hit], changes[:, ~hit]
    free = hit.size - 2
    pooled = (one.var(axis=1) * one.shape[1] + other.var(axis=1) * other.shape[1]) / free
    error = np.sqrt(pooled * (1 / one.shape[1] + 1 / other.shape[1]))
    return 2 * stats.t.sf(np.abs(one.mean(axis=1) - other.mean(axis=1)) / error, free)


def differences(outcomes: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Mean after less mean before treatment (draws x units); of a never-treated unit the mean over treated cohorts."""
    periods = outcomes.shape[2]
    starts, weights = np.unique(first[first < periods], return_counts=True)
    each = np.stack([outcomes[:, :, s:].mean(axis=2) - outcomes[:, :, :s].mean(axis=2) for s in starts])
    made = np.tensordot(weights / weights.sum(), each, axes=1)
    for start, change in zip(starts, each, strict=True):
        made[:, first == start] = change[:, first == start]
    return made


def _by_signs(design: Design, left: np.ndarray, slope: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Wild cluster bootstraps: clusters of errors, and what has a sign (restricted residuals are `left`)."""
    unit, helper, recipient = design.codes().values()
    kinds = {
        "signs by unit": (unit, unit),
        "signs by row": (unit, None),
        "signs by helper": (helper, helper),
        "signs by unit, errors by helper": (helper, unit),
        "signs by recipient": (recipient, recipient),
    }
    return {name: _signed(design, left, slope, seed, *groups) for name, groups in kinds.items()}


def _signed(design: Design, left, slope, seed: int, clusters: np.ndarray, flipped: np.ndarray | None) -> np.ndarray:
    """P values of one bootstrap; `flipped` is None for a sign in each row."""
    (units, periods), length = design.shape, (design.d**2).sum()
    count = units * periods if flipped is None else int(flipped.max()) + 1
    signs, every = few_clusters.sign_vectors(count, ALL_SIGNS if 2**count <= ALL_SIGNS else SIGNS, seed)
    members = _members(clusters)
    squares = members.T @ (design.d**2).sum(axis=1)
    by_period = members.T @ design.d
    found = []
    for residual, true in zip(left, slope, strict=True):
        product = design.d * residual
        if flipped is None:
            flips = signs.reshape(-1, units, periods)
            first = np.einsum("vut,ut->vu", flips, product) @ members
            moved = np.einsum("vut,ut->vt", flips, residual)
        else:
            groups = _members(flipped)
            first = (signs @ (groups.T * product.sum(axis=1))) @ members
            moved = signs @ (groups.T @ residual)
        slopes = first.sum(axis=1) / length
        score = first - moved @ by_period.T / units - slopes[:, None] * squares
        whole = (product.sum(axis=1) @ members) - true * squares
        drawn = np.abs(slopes) / np.sqrt((score**2).sum(axis=1))
        reached = (drawn >= abs(true) / np.sqrt((whole**2).sum()) * (1 - TIE)).sum()
        found.append(reached / len(signs) if every else (1 + reached) / (1 + len(signs)))
    return np.array(found)


def _by_deals(design: Design, outcomes: np.ndarray, slope: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """T statistics of the same cohorts dealt to other units, anywhere or within helpers."""
    generator = np.random.default_rng(seed)
    anywhere = np.zeros(len(design.first), dtype=int)
    number = int((design.first < design.periods).sum())
    found = {}
    for name, groups in {"deals": anywhere, "deals within helpers": design.helper}.items():
        dealt = placebo.deals_within(groups, design.first, DEALS, generator)
        dealt = np.vstack([design.first, dealt])
        chosen = np.argsort(dealt, axis=1, kind="stable")[:, :number]
        first = np.take_along_axis(dealt, chosen, axis=1)
        every = [np.abs(placebo.t_statistics(outcome, chosen, first)) for outcome in outcomes]
        found[name] = np.array([(1 + (t[1:] >= t[0] * (1 - TIE)).sum()) / (1 + DEALS) for t in every])
    return found


def by_paths(design: Design, outcomes: np.ndarray, slope: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """P values by drawn paths of never-treated units, as they are and rescaled by the level before the first treatment.

    design, outcomes : as in `p_values`; slope : as `slopes` returns it; seed : of the paths
    """
    never = np.flatnonzero(design.first == design.periods)
    w, order = design.d / (design.d**2).sum(), np.arange(len(design.first))
    levels = outcomes[:, :, : design.first.min()].mean(axis=2)
    levels = levels - np.minimum(levels.min(axis=1, keepdims=True), 0)
    factor = np.sqrt(len(never) / (len(never) - 1))
    plain, scaled = [], []
    for outcome, level, true in zip(outcomes, levels, slope, strict=True):
        noise = factor * w @ doubly_demeaned(outcome[never]).T
        for found, given in ((plain, noise), (scaled, few_treated.rescaled(noise, level, level[never]))):
            drawn = few_treated.errors_of_paths(given, order, PATHS, seed)
            found.append((1 + (np.abs(drawn) >= abs(true)).sum()) / (1 + PATHS))
    return {"paths": np.array(plain), "paths rescaled": np.array(scaled)}


def _members(codes: np.ndarray) -> np.ndarray:
    """1 where a unit is in a cluster (units x clusters)."""
    return (codes[:, None] == np.arange(codes.max() + 1)).astype(float)


Maker = Callable[[np.random.Generator, Design, int], np.ndarray]


def independent(generator: np.random.Generator, design: Design, draws: int) -> np.ndarray:
    """Independent normal errors of equal variance."""
    return generator.normal(size=(draws, *design.shape))


def persistent(generator: np.random.Generator, design: Design, draws: int) -> np.ndarray:
    """Errors of a pair follow a first-order autoregression with coefficient 0.7."""
    return _autoregressive(generator, (draws, *design.shape))


def by_city(generator: np.random.Generator, design: Design, draws: int) -> np.ndarray:
    """Helpers and recipients have persistent shocks of their own, each with half the variance of what is the pair's."""
    helpers = _autoregressive(generator, (draws, design.helper.max() + 1, design.periods))
    recipients = _autoregressive(generator, (draws, design.recipient.max() + 1, design.periods))
    shared = helpers[:, design.helper] + recipients[:, design.recipient]
    return np.sqrt(0.5) * shared + generator.normal(size=(draws, *design.shape))


def noisy_treated(generator: np.random.Generator, design: Design, draws: int) -> np.ndarray:
    """Independent errors, with twice the standard deviation in treated units."""
    size = np.where(design.first < design.periods, 2.0, 1.0)
    return size[:, None] * generator.normal(size=(draws, *design.shape))


def counts(generator: np.random.Generator, design: Design, draws: int) -> np.ndarray:
    """Poisson counts. The mean of a unit is drawn anew, from a Gamma law of shape 1/2; of treated units twice as large.

    Mean one link of never-treated units. The treatment changes nothing.
    """
    size = np.where(design.first < design.periods, 2.0, 1.0)
    mean = size * generator.gamma(0.5, 2.0, size=(draws, len(size)))
    return generator.poisson(mean[:, :, None], size=(draws, *design.shape)).astype(float)


def _autoregressive(generator: np.random.Generator, shape: tuple[int, ...], coefficient: float = 0.7) -> np.ndarray:
    """Stationary series with variance one along the last axis."""
    made = generator.normal(size=shape)
    for period in range(1, shape[-1]):
        made[..., period] *= np.sqrt(1 - coefficient**2)
        made[..., period] += coefficient * made[..., period - 1]
    return made


MAKERS: dict[str, Maker] = {
    "independent": independent,
    "persistent": persistent,
    "by city": by_city,
    "noisy treated": noisy_treated,
    "counts": counts,
}
