"""Texts with gaps in a map: * and ? for any letters, {year} for a year."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

YEAR = re.compile(r"\{year(?:([+-])([0-9]))?\}")
ANY_YEAR = "((?:19|20)[0-9]{2})"


def plain(text: str) -> str:
    """A text in half width and without white space, as cells and headers are compared."""
    return "".join(unicodedata.normalize("NFKC", text.replace("\ufeff", "")).split())


@lru_cache(maxsize=10_000)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern with * and ? as a regular expression for a whole plain text."""
    pieces = re.split(r"([*?])", plain(pattern))
    return re.compile("".join({"*": ".*", "?": "."}.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Whether a text is as the pattern says; white space and width do not matter."""
    return compiled(pattern).fullmatch(plain(text)) is not None


def fitting(patterns: list[str], distinct: pd.Series) -> pd.Series:
    """The first of `patterns` that each text fits, or missing. A missing text fits the empty pattern."""
    found = [next((pattern for pattern in patterns if fits(pattern, text)), None) for text in distinct.fillna("")]
    return pd.Series(found, index=distinct.index, dtype="str")


@dataclass(frozen=True)
class YearPattern:
    """A text with {year}, {year+1} or {year-1}, where the year of the figures stands in a name.

    `{year+1}` means that the name has the year after the figures, as the edition of a yearbook has.
    """

    text: str

    @property
    def is_valid(self) -> bool:
        """Whether the pattern has exactly one place for a year."""
        return len(YEAR.findall(self.text)) == 1

    def year(self, name: str) -> int | None:
        """The year of the figures in a name, or None if the name does not fit."""
        found = self._compiled.fullmatch(plain(name).casefold())
        if found is None:
            return None
        sign, years = YEAR.findall(self.text)[0]
        return int(found[1]) - int(f"{sign}{years}" if years else 0)

    @property
    def _compiled(self) -> re.Pattern[str]:
        before, _, _, after = YEAR.split(self.text)
        return re.compile(f"{_expression(before)}{ANY_YEAR}{_expression(after)}", re.DOTALL)


def has_year(text: str) -> bool:
    """Whether a text has a place for a year."""
    return "{year" in text


def _expression(text: str) -> str:
    return compiled(text.casefold()).pattern
