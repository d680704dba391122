"""Panels with a known effect: nine helpers with ten recipients in nineteen years, and dials for what may go wrong.

    E[y_it] = level_i + 0.05 t + effect_it + drift t ever_i + spillover_it                 (t counts years from zero)
    effect_it = size_i (effect + growth s)   for s = year - cohort >= -anticipation        (growth begins with s = 0)
    size_i = (1 + spread z_i) (1 - decay far_i)

z_i falls evenly from 1 (first cohort) to -1 (last), far_i rises from 0 (nearest pair) to 1 (farthest). Errors have a
normal distribution with variance 1 and follow u_t = serial u_{t-1} + e_t. With a dispersion the outcome is a count,

    y_it ~ Poisson(E[y_it] exp(s u_it - s^2 / 2)),   s^2 = ln(1 + dispersion),

so its mean stays E[y_it] and its variance is m + dispersion m^2. Which pairs are treated, and when, is fixed.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_count
from enclave.base.errors import EnclaveError

HELPERS, RECIPIENTS, YEARS = 9, 10, range(2000, 2019)
FIRST_YEARS = (2005, 2007, 2009, 2010, 2011, 2013)
UNITS, PERIODS = HELPERS * RECIPIENTS, len(YEARS)
SEASON = 0.05
NEAREST, FARTHEST = 50.0, 406.0
LEVELS = (1.0, 3.0)
# what deals distances, levels and treated pairs
SEED = 16


@dataclass(frozen=True)
class Dials:
    """What a panel is drawn with.

    Parameters
    ----------
    treated : number of pairs with a park, of 90
    effect : effect in the first year, in standard deviations of the error, or in links for counts
    growth : what each further year adds to it
    spread : how much larger the effect is in the first cohort, as a share; as much smaller in the last
    decay : share of the effect that is lost at the greatest distance
    drift : what a treated pair gains each year whether it has a park or not
    serial : correlation of errors of two years that follow one another, at least 0, below 1
    anticipation : years by which the effect comes before the park
    spillover : effect on untreated pairs of the recipients that have a park, as a share of the effect
    noise : standard deviation of the error of treated pairs, where that of others is 1
    dispersion : missing: normal outcome; 0: Poisson; above: counts with more variance

    Raises
    ------
    EnclaveError for a number of treated pairs outside 2 to 88, a dial outside its range, or counts with `noise`.
    """

    treated: int = 13
    effect: float = 0.5
    growth: float = 0.0
    spread: float = 0.0
    decay: float = 0.0
    drift: float = 0.0
    serial: float = 0.5
    anticipation: int = 0
    spillover: float = 0.0
    noise: float = 1.0
    dispersion: float | None = None

    def __post_init__(self) -> None:
        refuse_no_count("treated", self.treated, 2)
        refuse_no_count("anticipation", self.anticipation, 0)
        numbers = [getattr(self, field.name) for field in fields(self)]
        checks = {
            "treated": self.treated <= UNITS - 2,
            "serial": 0 <= self.serial < 1,
            "anticipation": self.anticipation < FIRST_YEARS[0] - YEARS[0],
            "noise": self.noise > 0 and (self.dispersion is None or self.noise == 1),
            "dispersion": self.dispersion is None or self.dispersion >= 0,
        }
        wrong = [name for name, right in checks.items() if not right]
        wrong += [] if np.isfinite([one for one in numbers if one is not None]).all() else ["one of them"]
        if wrong:
            raise EnclaveError(f"The dial {wrong[0]!r} is outside its range. See `help(process.Dials)`.")

    @property
    def name(self) -> str:
        """The dials in one word, from which the seed of a cell follows.

        >>> Dials(drift=0.1).name
        'treated13_effect0.5_growth0_spread0_decay0_drift0.1_serial0.5_anticipation0_spillover0_noise1_normal'
        """
        parts = [f"{field.name}{getattr(self, field.name):g}" for field in fields(self)[:-1]]
        kind = "normal" if self.dispersion is None else f"dispersion{self.dispersion:g}"
        return "_".join([*parts, kind])


@dataclass(frozen=True)
class Design:
    """What does not change between draws; one entry per pair, in order of helpers, then recipients.

    `first` is the place of the first treated year (the number of years: never), `distance` in km, `level` the mean
    without a park in the first year, `recipient` its number.
    """

    first: np.ndarray
    distance: np.ndarray
    level: np.ndarray
    recipient: np.ndarray

    @property
    def ever(self) -> np.ndarray:
        """Whether a pair is treated at some time."""
        return self.first < PERIODS

    @property
    def treat(self) -> np.ndarray:
        """Whether a pair has a park in a year (pairs x years)."""
        return np.arange(PERIODS) >= self.first[:, None]


@lru_cache
def design(treated: int) -> Design:
    """The pairs with `treated` of them treated; cohorts as equal in size as possible."""
    refuse_no_count("treated", treated, 2)
    generator = np.random.default_rng(SEED)
    distance = generator.permutation(np.linspace(NEAREST, FARTHEST, UNITS))
    level = generator.permutation(np.linspace(*LEVELS, UNITS))
    order = generator.permutation(UNITS)
    first = np.full(UNITS, PERIODS)
    years = np.array(FIRST_YEARS) - YEARS[0]
    first[order[:treated]] = years[np.arange(treated) * len(years) // treated]
    return Design(first, distance, level, np.tile(np.arange(RECIPIENTS), HELPERS))


def effects(dials: Dials) -> np.ndarray:
    """The effect on each treated pair in each year, zero without a park; pairs x years."""
    pairs = design(dials.treated)
    since = np.arange(PERIODS) - pairs.first[:, None]
    path = (dials.effect + dials.growth * np.maximum(since, 0)) * (since >= -dials.anticipation)
    years = np.array(FIRST_YEARS) - YEARS[0]
    early = np.interp(pairs.first, years, np.linspace(1, -1, len(years)))
    far = (pairs.distance - NEAREST) / (FARTHEST - NEAREST)
    size = (1 + dials.spread * early) * (1 - dials.decay * far)
    return np.where(pairs.ever[:, None], size[:, None] * path, 0.0)


def truth(dials: Dials) -> float:
    """The mean effect over all treated pairs and years with a park: what each estimator is asked for."""
    return float(effects(dials)[design(dials.treated).treat].mean())


def means(dials: Dials) -> np.ndarray:
    """E[y], pairs x years. Raises EnclaveError if the mean of a count is not above zero."""
    pairs, years = design(dials.treated), np.arange(PERIODS)
    drift = dials.drift * years * pairs.ever[:, None]
    made = pairs.level[:, None] + SEASON * years + effects(dials) + drift + _spilled(dials)
    if dials.dispersion is not None and made.min() <= 0:
        raise EnclaveError("The mean of a count is not above zero. Choose a smaller negative effect or spillover.")
    return made


def draws(dials: Dials, number: int, seed: int) -> np.ndarray:
    """`number` outcomes, draws x pairs x years. The same seed gives the same draws."""
    refuse_no_count("number", number, 1)
    refuse_no_count("seed", seed, 0)
    generator, mean = np.random.default_rng(seed), means(dials)
    errors = _errors(generator, dials.serial, number)
    if dials.dispersion is None:
        deviation = np.where(design(dials.treated).ever, dials.noise, 1.0)
        return mean + deviation[:, None] * errors
    variance = np.log1p(dials.dispersion)
    factor = np.exp(np.sqrt(variance) * errors - variance / 2)
    return generator.poisson(mean * factor).astype(float)


def panel(dials: Dials, seed: int = 0) -> pd.DataFrame:
    """One draw as estimators take it: helper, recipient, year, outcome, cohort (missing: never) and distance (km)."""
    return frame(draws(dials, 1, seed)[0], design(dials.treated))


def frame(outcome: np.ndarray, pairs: Design) -> pd.DataFrame:
    """An outcome, pairs x years, as `panel` returns it."""
    unit, year = (grid.ravel() for grid in np.indices((UNITS, PERIODS)))
    made = pd.DataFrame({"helper": unit // RECIPIENTS, "recipient": unit % RECIPIENTS, "year": year + YEARS[0]})
    cohort = pd.Series(pairs.first[unit] + YEARS[0]).where(pairs.ever[unit]).astype("Int64")
    return made.assign(outcome=outcome.ravel(), cohort=cohort, distance=pairs.distance[unit])


def _errors(generator: np.random.Generator, serial: float, number: int) -> np.ndarray:
    """Errors with variance one, correlated over years (draws x pairs x years)."""
    made = generator.standard_normal((number, UNITS, PERIODS))
    new = np.sqrt(1 - serial**2)
    for year in range(1, PERIODS):
        made[..., year] = serial * made[..., year - 1] + new * made[..., year]
    return made


def _spilled(dials: Dials) -> np.ndarray:
    """What untreated pairs gain since the first park of their recipient (pairs x years)."""
    pairs = design(dials.treated)
    first = np.full(RECIPIENTS, PERIODS)
    np.minimum.at(first, pairs.recipient, pairs.first)
    since = np.arange(PERIODS) - first[pairs.recipient][:, None]
    path = (dials.effect + dials.growth * since) * (since >= 0)
    return np.where(pairs.ever[:, None], 0.0, dials.spillover * path)
