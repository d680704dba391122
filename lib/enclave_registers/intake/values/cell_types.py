"""Cells of a file to the canonical types: text, dates, whole numbers, numbers. Nothing is guessed.

Each converter takes one column as it came from a file (text, numbers or dates) and returns the values and a mask of the
wrong cells. An empty cell, a cell with only white space, and the words for no value (`no_value`) are missing values.
Identifiers get one spelling (`identifiers`), dates are days in China (`days`). Other text keeps its white space and its
full-width characters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import compute

from enclave_registers.intake.values import days, identifiers, no_value
from enclave_registers.intake.values.adjustments import INSTANT, NO_DATE, TIME, WORD

# beyond this, spreadsheets and doubles no longer hold every digit of an identifier
EXACT = 10**15
LOST_ZEROS = (
    "is stored as a number, which loses leading zeros",
    "Export the column as text from a source in which the codes still have their zeros.",
)
LOST_DIGITS = (
    "is stored in single precision, which holds seven digits",
    "The other digits are lost. Export the column from its source as text (in Stata: tostring, or double, not float).",
)
NO_NUMBER = (
    "is not a number",
    "Write digits and a decimal point only, without unit or thousands separator. Leave missing numbers empty.",
)
DATES = "Write dates as 2012-05-06, 2012/5/6, 20120506 or 2012年5月6日; leave unknown dates empty."
NO_DATE_AT_ALL = ("is not a date", DATES)
MILLISECONDS = (
    "is not a date but a number of milliseconds or seconds since 1970",
    f"Convert the column to days in China (add 8 hours to the instant, then take its day). {DATES}",
)
UNCLEAR = (
    "may be an instant in UTC, while other cells of the column are days",
    "A day in China begins at 16:00 UTC. Export the column as days without a time.",
)
# digits and signs in full width, as they are typed on a Chinese keyboard
HALF_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
SINCE_1970 = r"-?[0-9]{9,10}|-?[0-9]{12,13}"
NUMBER = r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"


@dataclass(frozen=True)
class Typed:
    """A column in its canonical type; `wrong` marks the cells that cannot be converted, for the reason `problem`.

    `adjusted` counts the cells that were read as something else than what is written, by kind (see `adjustments`).
    """

    values: pd.Series
    wrong: pd.Series
    problem: str
    remedy: str
    adjusted: dict[str, int] = field(default_factory=dict)


def typed(cells: pd.Series, column) -> Typed:
    """The cells in the type of the pandera column. A wrong cell becomes a missing value (whole numbers: 0)."""
    kind = str(column.dtype)
    if kind == "float64":
        return _numbers(cells)
    if kind == "int64":
        return _whole_numbers(cells, is_year=column.metadata.get("unit") == "year")
    if kind.startswith("datetime64"):
        return _dates(cells)
    return _texts(cells, **{key: column.metadata.get(key, False) for key in ("code", "zeros", "identifier")})


def texts(values) -> pd.Series:
    """A sequence of str and None as a text column."""
    return pd.Series(pd.array(arrow.array(values, arrow.large_string()), dtype="str"))


def _texts(cells: pd.Series, code: bool, zeros: bool, identifier: bool) -> Typed:
    values, words = no_value.emptied(written(cells))
    counts = {WORD: words}
    if code:
        if values.str.contains(".0", regex=False).any():
            values = values.str.replace(r"^([0-9]+)\.0+$", r"\1", regex=True)
        values, changed = identifiers.normalised(values) if identifier else identifiers.bare(values)
        counts |= changed
        if changed:
            values, words = no_value.emptied(values)
            counts[WORD] += words
        lost = _beyond_precision(cells)
        if lost.any():
            return Typed(values, lost, *LOST_DIGITS)
    wrong = values.notna() if zeros and pd.api.types.is_numeric_dtype(cells) else _none(cells)
    return Typed(values, wrong, *LOST_ZEROS, _counted(counts))


def _beyond_precision(cells: pd.Series) -> pd.Series:
    """Whole numbers that a type of less than double precision need not hold exactly."""
    if not pd.api.types.is_float_dtype(cells) or cells.dtype.itemsize >= 8:
        return _none(cells)
    return cells.abs() >= 2 ** (np.finfo(cells.dtype).nmant + 1)


def _counted(counts: dict[str, int]) -> dict[str, int]:
    return {kind: count for kind, count in counts.items() if count}


def _numbers(cells: pd.Series) -> Typed:
    words = 0
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        values, given = cells.astype("float64"), cells.notna()
    else:
        text, words = no_value.emptied(written(cells))
        values, given = _parsed(text)
    wrong = given & ~np.isfinite(values)
    return Typed(values.mask(wrong), wrong, *NO_NUMBER, _counted({WORD: words}))


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
    unclear = _none(cells)
    if pd.api.types.is_datetime64_any_dtype(cells):
        found = days.of_instants(cells)
        cells, unclear = found.values.dt.year, found.unclear
    elif is_year and not pd.api.types.is_numeric_dtype(cells):
        cells = plain(cells).str.strip().str.removesuffix("年")
    numbers = _numbers(cells)
    wrong = numbers.wrong | unclear | (numbers.values % 1 != 0) & numbers.values.notna()
    values = numbers.values.mask(wrong).fillna(0).astype("int64")
    return Typed(
        values, wrong, "is not a year" if is_year else "is not a whole number", "Write a whole number, as in 2011."
    )


def _dates(cells: pd.Series) -> Typed:
    words = 0
    if pd.api.types.is_datetime64_any_dtype(cells):
        found, wrong, fault = days.of_instants(cells), _none(cells), NO_DATE_AT_ALL
    else:
        text, words = no_value.emptied(written(cells))
        found, wrong = days.of_text(text)
        fault = _why_no_date(text, wrong)
    lost = _beyond_precision(cells)
    if lost.any():
        wrong, fault = lost, LOST_DIGITS
    elif found.unclear.any() and not wrong.any():
        wrong, fault = found.unclear, UNCLEAR
    values, none = no_value.without_no_dates(found.values.mask(wrong))
    return Typed(values, wrong, *fault, _counted({WORD: words, INSTANT: found.moved, TIME: found.timed, NO_DATE: none}))


def _why_no_date(text: pd.Series, wrong: pd.Series) -> tuple[str, str]:
    first = text[wrong].head(1).str.strip()
    return MILLISECONDS if first.str.fullmatch(SINCE_1970).any() else NO_DATE_AT_ALL


def by_value(texts: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """The function of a text column, computed once for each distinct text. Missing stays missing."""
    codes, distinct = pd.factorize(texts)
    results = function(pd.Series(distinct, dtype="str"))
    return pd.Series(results.reindex(range(len(results) + 1)).array[codes], index=texts.index)


def plain(cells: pd.Series) -> pd.Series:
    """A column as text, whole numbers without decimals; empty cells and words for no value are missing."""
    return no_value.emptied(written(cells))[0]


def written(cells: pd.Series) -> pd.Series:
    """A column as the text that is written in it, whole numbers without decimals."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        return cells.dt.strftime("%Y-%m-%d").astype("str")
    if pd.api.types.is_float_dtype(cells):
        return _plain_floats(cells)
    return cells.astype("str")


def _plain_floats(cells: pd.Series) -> pd.Series:
    """Whole doubles as integers, others as the shortest decimals; beyond 15 digits in powers of ten."""
    # half precision cannot hold the limit below
    cells = cells.astype("float32") if cells.dtype.itemsize < 4 else cells
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
