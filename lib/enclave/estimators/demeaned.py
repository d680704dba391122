"""Equation (1) or (4) as matrices, with units taken out: what errors, signs and paths of few treated units share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.estimators.panel_checks import (
    FEW_UNITS,
    OUTCOME,
    checked,
    refuse_untreated,
    size_of,
    treated,
    unit_columns,
)
from enclave.estimators.regressors import crossed_with_periods, period_dummies

# a direction whose size is a smaller share of the largest is none
TINY = 1e-10
# a column is explained if the others leave a smaller squared length of it, as in pyfixest
COLLINEAR = 1e-9


@dataclass(frozen=True)
class Model:
    """Equation (1) or (4) with units taken out: every column is less its mean by unit.

    `design` has the terms first, divided by their sizes; `sizes` brings a slope back to its unit. Each row has the
    number of its unit, its keys, its period, the first treated period (inf: never) and whether it is treated.
    """

    design: np.ndarray
    y: np.ndarray
    terms: list[str]
    sizes: np.ndarray
    units: np.ndarray
    keys: pd.DataFrame
    periods: np.ndarray
    first: np.ndarray
    treat: np.ndarray
    outcome: np.ndarray


def demeaned(
    panel: pd.DataFrame,
    outcome: str,
    *,
    controls: pd.DataFrame | None = None,
    interaction: pd.Series | None = None,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> Model:
    """Each column of `did.twfe` less its mean by unit, without units of a single row.

    Raises EnclaveError as `did.twfe`, but for a term that the other columns explain (see `apart`).
    """
    keys = unit_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    terms = pd.DataFrame({"treat": treated(data, time, cohort)})
    refuse_untreated(terms["treat"], cohort)
    if interaction is not None:
        terms[f"treat_x_{interaction.name}"] = terms["treat"] * did.per_unit(data, interaction, keys)
    crossed = crossed_with_periods(data, controls, keys, time) if controls is not None else None
    sizes = terms.abs().max().map(lambda largest: size_of([largest])).to_numpy()
    size = size_of(data[OUTCOME])
    columns = pd.concat([terms / sizes, period_dummies(data[time]), crossed, data[OUTCOME] / size], axis=1)
    columns = columns.set_axis(range(columns.shape[1]), axis=1)
    number = data.groupby(keys, observed=True).ngroup()
    several = (number.groupby(number).transform("size") > 1).to_numpy()
    if number[several].nunique() < 2:
        raise EnclaveError(FEW_UNITS)
    values = (columns - columns.groupby(number).transform("mean")).to_numpy()[several]
    used = data[several]
    return Model(
        design=values[:, :-1],
        y=values[:, -1],
        terms=list(terms),
        sizes=size / sizes,
        units=number.to_numpy()[several],
        keys=used[keys].reset_index(drop=True),
        periods=used[time].to_numpy(),
        first=used[cohort].astype("Float64").to_numpy(float, na_value=np.inf),
        treat=terms["treat"].to_numpy()[several],
        outcome=(used[OUTCOME] / size).to_numpy(),
    )


def apart(model: Model, place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column `place` of the design apart from the others: a basis of the others, what they leave of y and of it.

    Raises EnclaveError if they leave nothing of the column.
    """
    basis = basis_of(np.delete(model.design, place, axis=1))
    both = np.column_stack([model.y, model.design[:, place]])
    y, column = (both - basis @ (basis.T @ both)).T
    if column @ column < COLLINEAR:
        raise EnclaveError(did.absorbed(model.terms[place]))
    return basis, y, column


def basis_of(columns: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the given ones, which may be collinear."""
    left, values, _ = np.linalg.svd(columns / norms(columns), full_matrices=False)
    return left[:, values > TINY * values.max()]


def norms(columns: np.ndarray) -> np.ndarray:
    """The length of each column; 1 for a column of zeros."""
    found = np.sqrt((columns**2).sum(axis=0))
    return np.where(found > 0, found, 1.0)


def doubly_demeaned(outcome: np.ndarray) -> np.ndarray:
    """Unit and period means taken out, the mean added; the last two axes are units x periods."""
    by_unit, by_period = outcome.mean(axis=-1, keepdims=True), outcome.mean(axis=-2, keepdims=True)
    return outcome - by_unit - by_period + outcome.mean(axis=(-2, -1), keepdims=True)
