"""Group-time effects ATT(g, t) by the package `differences`, with their influence functions: the fit behind `csdid`."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from differences import ATTgt
from scipy import sparse

from enclave.base.arguments import refuse_no_count, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    order_by_data,
    refuse_always_treated,
    size_of,
    unit_columns,
    unit_weights,
)
from enclave.estimators.regressors import scaled_controls

COMPARISONS = ("never_treated", "not_yet_treated")
BASES = ("varying", "universal")
# our names of the methods with controls, and those of the package
METHODS = {"reg": "reg", "ipw": "std_ipw-mle", "dr": "dr-mle"}
DESIGN = ["unit", "period", "first", "outcome", "weight"]


@dataclass(frozen=True)
class Fit:
    """Group-time effects of the outcome over its size.

    `effects` is the fitted object of the package; `frame` has the columns of `DESIGN` and one for each control, with a
    row for each unit and period; `sizes` is the number of treated units by cohort.
    """

    effects: ATTgt
    frame: pd.DataFrame
    sizes: pd.Series

    @property
    def size(self) -> float:
        """The power of two by which the outcome was divided."""
        return size_of(self.frame["outcome"])

    @property
    def cells(self) -> list:
        """The group-time effects: entries with cohort, time, ATT and influence_func."""
        return _part(self.effects)["ATTgt_ntl"]

    def mass(self) -> pd.Series:
        """Sum of the weights of the units, by cohort; without weights their number."""
        return self.frame.drop_duplicates("unit").groupby("first")["weight"].sum()

    def aggregated(self, kind: str, overall: bool = False) -> list:
        """An aggregation of the package, whose influence functions are in private attributes."""
        with warnings.catch_warnings():
            _silence_warnings()
            self.effects.aggregate(kind, overall=overall)
        return getattr(_part(self.effects)["aggregate_inst"], f"{kind}_overall" if overall else kind)

    def order(self) -> np.ndarray:
        """Positions of the units, so that a seed gives the same errors whatever their names."""
        rows = self.frame.drop_duplicates("unit")
        first = rows["first"].fillna(np.inf).to_numpy()
        outcome = self.frame.pivot(index="unit", columns="period", values="outcome").to_numpy()
        return order_by_data(first, outcome, rows.drop(columns=["unit", "period", "first", "outcome"]).to_numpy())


def influence(entries: list) -> np.ndarray:
    """Influence values of entries of a fit: units x entries."""
    columns = [entry.influence_func for entry in entries]
    return np.column_stack([column.toarray() if sparse.issparse(column) else column for column in columns])


def fit(
    panel: pd.DataFrame,
    outcome: str,
    *,
    control_group: str,
    base_period: str,
    method: str,
    controls: pd.DataFrame | None,
    weights: str | None,
    anticipation: int,
    unit: Sequence[str] | str,
    time: str,
    cohort: str,
) -> Fit:
    """The group-time effects of a panel. Arguments and errors as `csdid.att_gt`."""
    refuse_unknown("control group", control_group, COMPARISONS)
    refuse_unknown("base period", base_period, BASES)
    refuse_unknown("method", method, METHODS)
    refuse_no_count("anticipation", anticipation, 0)
    frame = design(panel, outcome, unit_columns(unit), time, cohort, controls, weights, anticipation)
    sizes = frame.drop_duplicates("unit")["first"].value_counts().rename(index=int)
    refuse_no_comparison(frame, control_group, cohort)
    given = frame.to_numpy(float).tobytes()
    effects = _fitted(given, frame.shape[1], control_group, base_period, METHODS[method], anticipation)
    _refuse_no_effect(effects, cohort, method)
    return Fit(effects, frame, sizes)


@lru_cache(maxsize=4)
def _fitted(design: bytes, columns: int, control_group: str, base_period: str, method: str, anticipation: int) -> ATTgt:
    """The fit of a design, given by its values. A page takes several averages of one fit, so the last ones are kept."""
    controls = [f"control{number}" for number in range(columns - len(DESIGN))]
    frame = pd.DataFrame(np.frombuffer(design).reshape(-1, columns), columns=[*DESIGN, *controls])
    frame = frame.astype({"unit": "int64", "period": "int64"})
    scaled = frame.assign(outcome=frame["outcome"] / size_of(frame["outcome"])).set_index(["unit", "period"])
    weighted = frame["weight"].nunique() > 1
    with warnings.catch_warnings():
        _silence_warnings()
        effects = ATTgt(scaled, cohort_column="first", base_period=base_period, anticipation=anticipation)
        effects.fit(
            f"outcome ~ {' + '.join(controls)}" if controls else "outcome",
            est_method=method if controls else "reg",
            control_group=control_group,
            weights_column="weight" if weighted else None,
            progress_bar=False,
        )
    return effects


def design(
    panel, outcome, keys: list[str], time: str, cohort: str, controls=None, weights=None, anticipation: int = 0
) -> pd.DataFrame:
    """The columns of `DESIGN`, with `first` missing for units that are not treated in the panel, and the controls.

    Arguments and errors as `csdid.att_gt`, with `keys` the columns of a unit.
    """
    data = checked(panel, outcome, keys, time, cohort, balanced="Group-time effects")
    first = pd.Series(data[cohort].to_numpy(float, na_value=np.nan))
    if first.isna().all():
        raise EnclaveError(f"No unit is treated within the panel. Give first treated periods in {cohort!r}.")
    refuse_always_treated(data, keys, time, cohort, anticipation)
    frame = pd.DataFrame({"unit": data.groupby(keys, observed=True).ngroup(), "period": data[time], "first": first})
    frame = frame.assign(outcome=data[OUTCOME], weight=unit_weights(data, weights, keys))
    if controls is not None:
        values = scaled_controls(data, controls, keys)
        frame[[f"control{number}" for number in range(values.shape[1])]] = values.to_numpy()
    return frame.astype({"unit": "int64", "period": "int64"})


def refuse_no_comparison(frame: pd.DataFrame, control_group: str, cohort: str) -> None:
    """Raise EnclaveError for a `design` without units to compare with, or with too few for its controls."""
    if frame["first"].notna().all() and (control_group == "never_treated" or frame["first"].nunique() < 2):
        raise EnclaveError(
            "There is no never-treated unit to compare with. With several cohorts, pass "
            f'control_group="not_yet_treated"; else add units whose {cohort!r} is missing.'
        )
    controls = frame[frame["first"].isna()].drop_duplicates("unit").drop(columns=DESIGN)
    if (
        controls.shape[1]
        and np.linalg.matrix_rank(np.column_stack([np.ones(len(controls)), controls])) <= controls.shape[1]
    ):
        raise EnclaveError(
            f"The never-treated units ({cohort!r} missing) are too few or too alike for {controls.shape[1]} controls. "
            "Give fewer controls."
        )


def _refuse_no_effect(effects: ATTgt, cohort: str, method: str) -> None:
    for cell in _part(effects)["ATTgt_ntl"]:
        if not np.isfinite(cell.ATT):
            raise EnclaveError(
                f"The effect on the units with {cohort!r} = {int(cell.cohort)} in {int(cell.time)} has no estimate by "
                f'the method "{method}": too few of them for these controls. Give fewer controls or `method="reg"`.'
            )


def _part(effects: ATTgt) -> dict:
    return effects._result_dict["full_sample"]


def _silence_warnings() -> None:
    """Silence a retired pandas argument, and a warning on last cohorts that the docstring of `att_gt` explains."""
    warnings.filterwarnings("ignore", message="The inplace keyword")
    warnings.filterwarnings("ignore", message="No never treated entities")
