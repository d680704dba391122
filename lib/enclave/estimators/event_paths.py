"""Event studies with the covariance of their coefficients, which bounds and power need.

`two_way` is equation (3) of the paper, by default with a coefficient for every period outside the window. `group_time`
averages ATT(g, g + s) of Callaway and Sant'Anna (2021) over cohorts, with the last period before the treatment as base
of all periods; its covariance comes from the influence functions and includes the sampling error of the shares of
cohorts, as in R's did.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_window
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import csdid, event_study
from enclave.estimators.group_time import fit, influence


@dataclass(frozen=True)
class EventPath:
    """Coefficients by event time, each relative to the base, whose own is zero and is not listed.

    Parameters
    ----------
    times : event times in order, without the base
    estimates : one per event time, in units of the outcome
    covariance : event times x event times
    base : the event time that the others are relative to

    Raises
    ------
    EnclaveError unless times and base are consecutive, one time is before the base and one after it, and the numbers
    are finite.
    """

    times: tuple[int, ...]
    estimates: np.ndarray
    covariance: np.ndarray
    base: int = -1

    def __post_init__(self) -> None:
        _refuse_gaps(self.times, self.base)
        count = len(self.times)
        if np.shape(self.estimates) != (count,) or np.shape(self.covariance) != (count, count):
            raise EnclaveError(f"{count} event times need as many estimates, and a covariance of {count} x {count}.")
        if not (np.isfinite(self.estimates).all() and np.isfinite(self.covariance).all()):
            raise EnclaveError("An estimate or covariance is missing. Narrow the window to event times that have both.")

    @property
    def before(self) -> int:
        """Number of coefficients before the base. They come first."""
        return sum(time < self.base for time in self.times)

    @property
    def after(self) -> int:
        """Number of coefficients after the base."""
        return len(self.times) - self.before

    @property
    def std_errors(self) -> np.ndarray:
        """One per event time."""
        return np.sqrt(np.diag(self.covariance))

    def mean_weights(self, since: int = 0) -> np.ndarray:
        """Weights of the plain mean over event times from `since` on, one per coefficient after the base."""
        kept = np.array([time >= since for time in self.times[self.before :]], dtype=float)
        if not kept.any():
            raise EnclaveError(f"No coefficient after the base is from event time {since} on. Choose an earlier one.")
        return kept / kept.sum()

    def mean(self, since: int = 0) -> tuple[float, float]:
        """The plain mean over event times from `since` on, and its standard error."""
        weights = np.concatenate([np.zeros(self.before), self.mean_weights(since)])
        return float(weights @ self.estimates), float(np.sqrt(weights @ self.covariance @ weights))


def two_way(
    panel: pd.DataFrame,
    outcome: str,
    *,
    window: tuple[int, int] = (-5, 10),
    base: int = -1,
    outside: str = "free",
    controls: pd.DataFrame | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> EventPath:
    """The event study of `event_study.estimate` within the window, with the clustered covariance of its coefficients.

    Arguments and errors as there; also EnclaveError if an event time of the window has no coefficient. With `outside`
    "base" or "binned", periods outside the window belong to the base or to an end. Then a straight line in the
    difference of trends is no straight line of coefficients, and `honest` and `pretest_power` do not apply.
    """
    rows, covariance = event_study._fit(panel, outcome, window, base, outside, controls, unit, time, cohort)
    times = [int(term) for term in rows["term"] if window[0] <= int(term) <= window[1]]
    names = [str(one) for one in times]
    estimates = rows.set_index("term")["estimate"].loc[names].to_numpy()
    return EventPath(tuple(times), estimates, covariance.loc[names, names].to_numpy(), base)


def group_time(
    panel: pd.DataFrame,
    outcome: str,
    *,
    window: tuple[int, int] = (-5, 10),
    control_group: str = "never_treated",
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> EventPath:
    """The event times of `csdid.event_time` with a universal base, within the window; the base is -1.

    Arguments and errors as there. A cohort of a single unit adds no noise of its own, so the covariance is too small.
    """
    refuse_no_window(window, -1)
    fitted = fit(
        panel,
        outcome,
        control_group=control_group,
        base_period="universal",
        method="reg",
        controls=None,
        weights=None,
        anticipation=0,
        unit=unit,
        time=time,
        cohort=cohort,
    )
    csdid.refuse_single(fitted.sizes)
    entries = fitted.aggregated("event")
    kept = [one for one in entries if window[0] <= one.relative_period <= window[1] and one.relative_period != -1]
    if not kept:
        raise EnclaveError(f"No event time of the window {window[0]} to {window[1]} has an effect. Widen it.")
    values = influence(kept) / fitted.frame["unit"].nunique() * fitted.size
    times = tuple(int(one.relative_period) for one in kept)
    return EventPath(times, np.array([one.ATT for one in kept]) * fitted.size, values.T @ values, -1)


def _refuse_gaps(times: tuple[int, ...], base: int) -> None:
    whole = sorted([*times, base])
    if not times or list(times) != sorted(times) or whole != list(range(whole[0], whole[0] + len(whole))):
        raise EnclaveError(f"The event times {list(times)} and the base {base} leave a gap. Narrow the window.")
    if not times[0] < base < times[-1]:
        raise EnclaveError(f"The base {base} has no coefficient on one side. Widen the window.")
