"""Columns as people code them: numbers, names, periods and first treated periods, whatever their type.

The rule that all estimators follow is stated in `panel_checks`. This module reads single columns and raises nothing.
"""

from datetime import date
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd

# what programs write into a cell of text without a value
GAPS = ("", ".", "nan", "na", "n/a", "<na>", "nat", "none", "null")
NUMBERS = (Real, Decimal, np.bool_, str)
DATES = (date, np.datetime64, pd.Period)


def numbers(column: pd.Series) -> pd.Series:
    """The column as floats. A text that reads as a number counts; a date or any other cell is missing.

    >>> numbers(pd.Series(["2.5", " 3", "many", None], dtype=object)).tolist()
    [2.5, 3.0, nan, nan]
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return column.astype(float)
    if _is_date(column) or column.dtype.kind in "mc":
        return pd.Series(np.nan, index=column.index)
    plain = _plain(column)
    if plain.dtype == object:
        plain = plain.where(plain.map(lambda cell: isinstance(cell, NUMBERS)))
    read = pd.to_numeric(plain, errors="coerce")
    return pd.Series(read.to_numpy(dtype=float, na_value=np.nan), index=column.index, name=column.name)


def names(column: pd.Series) -> pd.Series:
    """The names of units: a categorical column by its values, so that groups are those that have rows."""
    return _plain(column)


def mixes_types(column: pd.Series) -> bool:
    """Whether a column of names holds text beside numbers, or cells that are neither."""
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True).startswith("mixed")


def gaps(column: pd.Series) -> pd.Series:
    """True where a cell has no value: missing, or a text that programs write for it."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.isna()
    plain = _plain(column)
    if plain.dtype != object and not pd.api.types.is_string_dtype(plain):
        return plain.isna()
    return plain.isna() | plain.map(lambda cell: isinstance(cell, str) and cell.strip().lower() in GAPS).astype(bool)


def periods(column: pd.Series) -> pd.Series:
    """The column as floats, where a date counts as its year; missing where a cell is no period.

    >>> periods(pd.Series(pd.to_datetime(["2005-07-01", None]))).tolist()
    [2005.0, nan]
    """
    return numbers(_years(column))


def is_whole(values: pd.Series) -> pd.Series:
    """True for whole numbers; `values` are floats."""
    finite = np.isfinite(values)
    return finite & (values.where(finite, 0.5) % 1 == 0)


def has_several_dates_a_year(column: pd.Series) -> bool:
    """Whether a column of dates tells more periods apart than its years do."""
    dates = _plain(column)
    years = _years(dates)
    return years is not dates and dates.nunique() > years.nunique()


def _plain(column: pd.Series) -> pd.Series:
    """A categorical column by its values."""
    return column.astype(column.cat.categories.dtype) if isinstance(column.dtype, pd.CategoricalDtype) else column


def _is_date(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(column)


def _years(column: pd.Series) -> pd.Series:
    """The years of dates; a column without dates as it is."""
    plain = _plain(column)
    if _is_date(plain):
        return plain.dt.year
    if plain.dtype != object:
        return plain
    dated = plain.map(lambda cell: isinstance(cell, DATES) and not pd.isna(cell)).astype(bool)
    if dated.any():
        return plain.mask(dated, plain[dated].map(lambda cell: pd.Timestamp(str(cell)).year))
    return plain
