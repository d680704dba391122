"""Formats of dates that a map may give, and the days that cells in these formats mean."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pandera.pandas as pa

from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.days import CHINA

# a text that a program writes for days since a day, or for time since 1970
CODEBOOK, EXCEL, EXCEL_1904, MILLISECONDS, SECONDS = "codebook", "excel", "excel-1904", "milliseconds", "seconds"
WORDS = [CODEBOOK, EXCEL, EXCEL_1904, MILLISECONDS, SECONDS]
# days that a format with a two-digit year, or with day and month in the wrong order, would not give back
TRIAL_DAYS = [datetime(1968, 11, 23), datetime(2001, 2, 3)]
DIGITS = {"%Y": "[0-9]{4}", "%m": "[0-9]{1,2}", "%d": "[0-9]{1,2}", "%j": "[0-9]{1,3}"}


def is_valid(form: str) -> bool:
    """Whether a format is a known word, or gives back a day, the month of a day, or its year with four digits."""
    if form in WORDS:
        return True
    if "%Y" not in form:  # Python warns about a format without a year, and from 3.15 refuses it
        return False
    try:
        return any(_gives_back(form, parts) for parts in ({}, {"day": 1}, {"month": 1, "day": 1}))
    except ValueError:
        return False


def _gives_back(form: str, parts: dict[str, Any]) -> bool:
    days = [day.replace(**parts) for day in TRIAL_DAYS]
    return all(datetime.strptime(day.strftime(form), form) == day for day in days)


def days(texts: pd.Series, forms: Sequence[str], column: pa.Column) -> tuple[pd.Series, pd.Series]:
    """The day of each text by the first format that it fits, and a mask of texts that two formats read differently.

    A text that fits no format becomes a missing date. A year or a month alone becomes its first day.

    column : the column of the schema, which knows the dates that need no format
    """
    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    ambiguous = pd.Series(False, index=texts.index)
    for form in forms:
        read = _reader(form, column)(texts)
        ambiguous |= found.notna() & read.notna() & (found.dt.floor("D") != read.dt.floor("D"))
        found = found.fillna(read)
    return found, ambiguous


def _reader(form: str, column: pa.Column) -> Callable[[pd.Series], pd.Series]:
    readers = {
        CODEBOOK: lambda texts: cell_types.typed(texts, column).values,
        EXCEL: lambda texts: _since(texts, "1899-12-30"),
        EXCEL_1904: lambda texts: _since(texts, "1904-01-01"),
        MILLISECONDS: lambda texts: _instants(texts, "ms"),
        SECONDS: lambda texts: _instants(texts, "s"),
    }
    return readers.get(form, lambda texts: _in_format(texts, form))


def _in_format(texts: pd.Series, form: str) -> pd.Series:
    """Moments in a format of letters: a time of day may show an instant in UTC (`values.days`).

    A year has four digits: pandas alone would take any number for %Y.
    """
    pieces = re.split("(%.)", form)
    exact = "".join(DIGITS.get(piece, ".+") if piece.startswith("%") else re.escape(piece) for piece in pieces)
    fit = texts.where(texts.str.fullmatch(exact, flags=re.DOTALL).eq(True))
    return pd.to_datetime(fit, format=form, errors="coerce").astype("datetime64[s]")


def _since(texts: pd.Series, day: str) -> pd.Series:
    """Days since a day, from 10,000 on (1927 in Excel): four digits are a year and no such number."""
    numbers = pd.to_numeric(texts.where(texts.str.fullmatch(r"[1-9][0-9]{4}(\.[0-9]+)?").eq(True)), errors="coerce")
    counted = pd.to_timedelta(numbers // 1, unit="D")
    return (pd.Timestamp(day) + counted).astype("datetime64[s]")


def _instants(texts: pd.Series, unit: str) -> pd.Series:
    """The day in China of whole milliseconds or seconds since 1970 in UTC, of 9 digits or more."""
    numbers = pd.to_numeric(texts.where(texts.str.fullmatch(r"-?[0-9]{9,14}").eq(True)), errors="coerce")
    instants = pd.to_datetime(numbers, unit=unit, utc=True, errors="coerce")
    return instants.dt.tz_convert(CHINA).dt.tz_localize(None).dt.floor("D").astype("datetime64[s]")
