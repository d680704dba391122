"""The rules that values of the raw tables obey, each with the words for the codebook and for the user.

A pandera check here carries three texts: `title` is what the codebook prints as allowed, `error` is what the door says
about an offending value, `description` is the remedy.
"""

import pandera.pandas as pa

FIRST_YEAR, LAST_YEAR = 1900, 2100
_YEARS = f"{FIRST_YEAR} to {LAST_YEAR}"
_YEAR_REMEDY = f"Years run from {_YEARS}: correct the entry, or leave it empty where the codebook allows that."


def _rule(test, *, allows, problem, remedy) -> pa.Check:
    return pa.Check(test, title=allows, error=problem, description=remedy)


def one_of(allowed: list) -> pa.Check:
    """The value is one of the listed ones."""
    listed = ", ".join(map(str, allowed))
    remedy = f"Use one of: {listed}."
    return _rule(lambda values: values.isin(allowed), allows=listed, problem="is not allowed here", remedy=remedy)


DATE_IN_A_YEAR = _rule(
    lambda dates: dates.dt.year.between(FIRST_YEAR, LAST_YEAR),
    allows=_YEARS,
    problem="lies in a year that is no year",
    remedy=_YEAR_REMEDY,
)
A_YEAR = _rule(
    lambda years: years.between(FIRST_YEAR, LAST_YEAR), allows=_YEARS, problem="is no year", remedy=_YEAR_REMEDY
)
NOT_NEGATIVE = _rule(
    lambda amounts: amounts >= 0,
    allows="0 or more",
    problem="is negative",
    remedy="Counts, amounts and areas start at 0: correct the entry.",
)
ABOVE_ZERO = _rule(
    lambda amounts: amounts > 0,
    allows="more than 0",
    problem="is not above zero",
    remedy="Other columns are divided by this one: correct the entry.",
)


def _rounded(codes):
    """Which codes are powers of ten; where no plus stands, which is nearly everywhere, none is."""
    if not codes.str.contains("+", regex=False).any():
        return codes.isna() & False
    return codes.str.fullmatch(r"-?\d(\.\d+)?[eE]\+\d+")


UNROUNDED = _rule(
    lambda codes: ~_rounded(codes),
    allows="",
    problem="was rounded by a spreadsheet",
    remedy="Store the column as text where it came from and export it again; the lost digits cannot be restored here.",
)
SIX_DIGITS = _rule(
    lambda codes: codes.str.fullmatch("[0-9]{6}"),
    allows="six digits",
    problem="is no six-digit code",
    remedy="Give the GB/T 2260 code of the county, or leave the cell empty.",
)
