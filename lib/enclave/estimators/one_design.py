"""A panel as the methods of `compare` read it: checked once, so that never treated, base and weights mean the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_count
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    refuse_always_treated,
    size_of,
    unit_columns,
    unit_weights,
)
from enclave.estimators.regressors import crossed_with_periods


@dataclass(frozen=True)
class Design:
    """A balanced panel with units that are never treated.

    `rows` has, sorted by unit and period: unit (its number), time, first (first treated period, 0 for never treated),
    since (periods since the first treated one, missing for never treated), outcome (over `size`), weight. `crossed` has
    the controls times periods in the same rows, or is None. `window` is the pair of the numbers of periods before the
    base and from the first treated period on that all cohorts have. `given` holds the arguments as they came.
    """

    rows: pd.DataFrame
    crossed: pd.DataFrame | None
    anticipation: int
    size: float
    window: tuple[int, int]
    given: dict

    @property
    def base(self) -> int:
        """The event time of the base: the last one without effects."""
        return -1 - self.anticipation

    @property
    def clusters(self) -> int:
        """The number of units."""
        return int(self.rows["unit"].nunique())

    @property
    def weights(self) -> pd.Series | None:
        """The weights of the rows, or None if all are the same."""
        return None if self.given["weights"] is None else self.rows["weight"]

    def without_anticipation(self) -> "Design":
        """The rows outside the anticipated periods of treated units, whose outcomes say nothing about either state."""
        kept = ~self.rows["since"].between(-self.anticipation, -1)
        rows = self.rows[kept].reset_index(drop=True)
        crossed = None if self.crossed is None else self.crossed[kept].reset_index(drop=True)
        return Design(rows, crossed, self.anticipation, self.size, self.window, self.given)


def read(
    panel: pd.DataFrame,
    outcome: str,
    *,
    controls: pd.DataFrame | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> Design:
    """The design of a panel. Arguments and errors as `compare.compare`."""
    keys = unit_columns(unit)
    refuse_no_count("anticipation", anticipation, 0)
    data = checked(panel, outcome, keys, time, cohort, balanced="Comparisons of estimators")
    refuse_always_treated(data, keys, time, cohort, anticipation)
    first = data[cohort].astype("float64").fillna(0).astype("int64")
    rows = pd.DataFrame({"unit": data.groupby(keys, observed=True).ngroup().astype("int64"), "time": data[time]})
    rows = rows.assign(first=first, since=(rows["time"] - first).where(first > 0).astype(float))
    _refuse_design(rows, data[cohort].isna(), time, cohort)
    size = size_of(data[OUTCOME])
    rows = rows.assign(outcome=data[OUTCOME] / size, weight=unit_weights(data, weights, keys))
    crossed = None if controls is None else crossed_with_periods(data, controls, keys, time)
    started = first[first > 0]
    window = (int(started.min() - rows["time"].min()) - 1 - anticipation, int(rows["time"].max() - started.max()))
    names = {"unit": unit, "time": time, "cohort": cohort}
    given = {"panel": panel, "outcome": outcome, "controls": controls, "weights": weights, **names}
    return Design(rows, crossed, anticipation, size, window, given)


def _refuse_design(rows: pd.DataFrame, never: pd.Series, time: str, cohort: str) -> None:
    """Raise EnclaveError for periods with steps, no never-treated unit, or fewer than two treated units."""
    if (np.diff(np.sort(rows["time"].unique())) != 1).any():
        raise EnclaveError(
            f"The periods in {time!r} do not follow one another, so event times mean different things to different "
            f"methods. Number the periods 1, 2, 3, in {time!r} and in {cohort!r}."
        )
    if not never.any():
        raise EnclaveError(f"There is no never-treated unit to compare with. Add units whose {cohort!r} is missing.")
    treated = rows.loc[~never.to_numpy(), "unit"].nunique()
    if treated < 2:
        raise EnclaveError(
            f"{'One unit is' if treated else 'No unit is'} treated by {cohort!r}, and errors by unit need two. Compare "
            "the effect of a single unit with `placebo.draws`."
        )
