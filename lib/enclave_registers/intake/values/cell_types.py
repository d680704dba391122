r"""Cells of a file to the canonical types: text, dates, whole numbers, numbers. Nothing is guessed.

Each converter takes one column as it came from a file (text, numbers or dates) and returns the values and a mask of the
wrong cells. An empty cell, a cell with only white space, and the marks of databases for no value (NULL, \N) are
missing values. Other text keeps its white space and its full-width characters.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import compute

NO_VALUE = ["", "NULL", "\\N"]
# beyond this, spreadsheets and doubles no longer hold every digit of an identifier
EXACT = 10**15
LOST_ZEROS = (
    "is stored as a number, which loses leading zeros",
    "Export the column as text from a source in which the codes still have their zeros.",
)
# digits and signs in full width, as they are typed on a Chinese keyboard
HALF_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
NUMBER = r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
DATE = (
    r"^(?:(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
    r"|(?P<y1>[0-9]{4})(?:-(?P<m1>[0-9]{1,2})-(?P<d1>[0-9]{1,2})|/(?P<m2>[0-9]{1,2})/(?P<d2>[0-9]{1,2})"
    r"|年(?P<m3>[0-9]{1,2})月(?P<d3>[0-9]{1,2})日))(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$"
)


@dataclass(frozen=True)
class Typed:
    """A column in its canonical type; `wrong` marks the cells that cannot be converted, for the reason `problem`."""

    values: pd.Series
    wrong: pd.Series
    problem: str
    remedy: str


def typed(cells: pd.Series, column) -> Typed:
    """The cells in the type of the pandera column. A wrong cell becomes a missing value (whole numbers: 0)."""
    kind = str(column.dtype)
    if kind == "float64":
        return _numbers(cells)
    if kind == "int64":
        return _whole_numbers(cells, is_year=column.metadata.get("unit") == "year")
    if kind.startswith("datetime64"):
        return _dates(cells)
    return _texts(cells, **{key: column.metadata.get(key, False) for key in ("code", "zeros")})


def texts(values) -> pd.Series:
    """A sequence of str and None as a text column."""
    return pd.Series(pd.array(arrow.array(values, arrow.large_string()), dtype="str"))


def _texts(cells: pd.Series, code: bool, zeros: bool) -> Typed:
    values = plain(cells)
    if code and values.str.contains(".0", regex=False).any():
        values = values.str.replace(r"^([0-9]+)\.0+$", r"\1", regex=True)
    wrong = values.notna() if zeros and pd.api.types.is_numeric_dtype(cells) else _none(cells)
    return Typed(values, wrong, *LOST_ZEROS)


def _numbers(cells: pd.Series) -> Typed:
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        values, given = cells.astype("float64"), cells.notna()
    else:
        values, given = _parsed(plain(cells))
    wrong = given & ~np.isfinite(values)
    remedy = "Write digits and a decimal point only, without unit or thousands separator. Leave missing numbers empty."
    return Typed(values.mask(wrong), wrong, "is not a number", remedy)


def _parsed(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The nearest double of each text that is a number, and a mask of the cells that are not empty."""
    text = text.str.strip()
    is_number = text.str.fullmatch(NUMBER).fillna(False).astype(bool)
    if not is_number.all():
        text = text.where(is_number, text.str.translate(HALF_WIDTH))
        is_number = text.str.fullmatch(NUMBER).fillna(False).astype(bool)
    numerals = text.where(is_number)
    doubles = compute.cast(arrow.array(numerals, arrow.large_string(), from_pandas=True), arrow.float64())
    return pd.Series(doubles.to_numpy(zero_copy_only=False), index=text.index), text.notna()


def _whole_numbers(cells: pd.Series, is_year: bool) -> Typed:
    if pd.api.types.is_datetime64_any_dtype(cells):
        cells = cells.dt.year
    elif is_year and not pd.api.types.is_numeric_dtype(cells):
        cells = plain(cells).str.strip().str.removesuffix("年")
    numbers = _numbers(cells)
    wrong = numbers.wrong | (numbers.values % 1 != 0) & numbers.values.notna()
    values = numbers.values.mask(wrong).fillna(0).astype("int64")
    return Typed(
        values, wrong, "is not a year" if is_year else "is not a whole number", "Write a whole number, as in 2011."
    )


def _dates(cells: pd.Series) -> Typed:
    if pd.api.types.is_datetime64_any_dtype(cells):
        values = cells.dt.tz_localize(None).astype("datetime64[s]").dt.floor("D")
        wrong = _none(cells)
    else:
        text = plain(cells)
        values = by_value(text, _days)
        wrong = text.notna() & values.isna()
    remedy = "Write dates as 2012-05-06, 2012/5/6, 20120506 or 2012年5月6日; leave unknown dates empty."
    return Typed(values, wrong, "is not a date", remedy)


def _days(text: pd.Series) -> pd.Series:
    whole = arrow.array(text.str.strip().to_numpy(), arrow.large_string(), from_pandas=True)
    found = compute.extract_regex(whole, DATE)
    year, month, day = (
        _either(found, names) for names in (["y", "y1"], ["m", "m1", "m2", "m3"], ["d", "d1", "d2", "d3"])
    )
    month, day = (compute.utf8_lpad(number, 2, "0") for number in (month, day))
    iso = compute.binary_join_element_wise(year, month, day, arrow.scalar("-", arrow.large_string())).to_pandas()
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")


def _either(found: arrow.StructArray, names: list[str]) -> arrow.Array:
    """The text of the one group that matched; the others are empty."""
    return compute.binary_join_element_wise(
        *(found.field(name) for name in names), arrow.scalar("", arrow.large_string())
    )


def by_value(texts: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """The function of a text column, computed once for each distinct text. Missing stays missing."""
    codes, distinct = pd.factorize(texts)
    results = function(pd.Series(distinct, dtype="str"))
    return pd.Series(results.reindex(range(len(results) + 1)).array[codes], index=texts.index)


def plain(cells: pd.Series) -> pd.Series:
    """A column as text, whole numbers without decimals, empty cells missing."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        return cells.dt.strftime("%Y-%m-%d").astype("str")
    if pd.api.types.is_float_dtype(cells):
        return _plain_floats(cells)
    text = cells.astype("str")
    return text.mask(text.str.strip().isin(NO_VALUE))


def _plain_floats(cells: pd.Series) -> pd.Series:
    """Whole doubles as integers, others as the shortest decimals; beyond 15 digits in powers of ten."""
    whole = (cells % 1 == 0) & (cells.abs() < EXACT)
    text = cells.astype("str").mask(cells.isna())
    text = text.mask(whole, cells.where(whole, 0).astype("int64").astype("str"))
    large = cells.abs() >= EXACT
    return text.mask(large, cells.where(large).map("{:.16E}".format).astype("str")) if large.any() else text


def _none(cells: pd.Series) -> pd.Series:
    return pd.Series(False, index=cells.index)


def empty(cells: pd.Series) -> pd.Series:
    """Which cells are empty."""
    return plain(cells).isna()
