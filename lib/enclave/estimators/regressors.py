"""Columns of regressions beside the treatment: dummies of periods, crossed controls, and numbers of units in rows."""

import numpy as np
import pandas as pd

from enclave.base.arguments import in_short
from enclave.base.errors import EnclaveError
from enclave.estimators import coded_columns
from enclave.estimators.panel_checks import refuse


def period_dummies(time: pd.Series) -> pd.DataFrame:
    """One 0/1 column per period but the first, named "period <value>", with the rows of `time`."""
    periods = sorted(time.unique())[1:]
    return pd.DataFrame({f"period {period}": (time == period).astype(float) for period in periods}, index=time.index)


def crossed_with_periods(data: pd.DataFrame, controls: pd.DataFrame, unit: list[str], time: str) -> pd.DataFrame:
    """Each control times each period but the first, in the rows of `data` (rows x (controls x periods)).

    Controls are scaled as by `scaled_controls`, which changes no other slope, and refused as there.
    """
    scaled = scaled_controls(data, controls, unit)
    periods = sorted(data[time].unique())[1:]
    in_period = data[time].to_numpy()[:, None] == np.array(periods)
    values = scaled.to_numpy()[:, :, None] * in_period[:, None, :]
    names = [f"{name} x {period}" for name in scaled for period in periods]
    return pd.DataFrame(values.reshape(len(data), -1), columns=names)


def scaled_controls(data: pd.DataFrame, controls: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    """Controls in the rows of `data` (rows x controls), in standard deviations from their mean.

    Raises EnclaveError if the controls name no unit, have several rows for one, or have no finite number for some unit.
    """
    if not isinstance(controls, pd.DataFrame):
        raise EnclaveError(
            f"`controls` is {in_short(controls)}. Give a table with one row for each unit, such as "
            "did.base_year_controls(yearbook)."
        )
    on = [column for column in unit if column in controls]
    if not on:
        raise EnclaveError(f"The controls have none of the columns {', '.join(unit)}. Add the one that names a row.")
    if controls.duplicated(on).any():
        raise EnclaveError(f"The controls have several rows for one {' and '.join(on)}. Give base-year values only.")
    named = [column for column in controls if column not in on]
    if not named or len(set(named)) < len(named):
        raise EnclaveError(f"The controls need a column beside {', '.join(on)}, each with a name of its own. Add one.")
    numbers = pd.DataFrame({name: coded_columns.numbers(controls[name]) for name in named})
    found = per_row(data[on], numbers.set_axis(index_of(controls[on])))
    for name in found:
        remedy = "Controls need a finite number for every unit, whose name is of the same type as in the panel."
        refuse(data, ~np.isfinite(found[name]), on, f"has no control {name!r}", remedy)
    return (found - found.mean()) / found.std().replace(0, 1)


def index_of(keys: pd.DataFrame) -> pd.Index:
    """The columns that name a unit as an index."""
    plain = pd.DataFrame({column: coded_columns.names(keys[column]) for column in keys})
    return pd.Index(plain.iloc[:, 0]) if plain.shape[1] == 1 else pd.MultiIndex.from_frame(plain)


def per_row(keys: pd.DataFrame, values):
    """The values (a Series or frame, indexed by unit) in the rows of `keys`; missing for a unit without a value."""
    return values.reindex(index_of(keys)).set_axis(keys.index)
