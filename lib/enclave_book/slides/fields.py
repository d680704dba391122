"""Numbers in the text of slides and of pages of the course. None is typed: a field names it, and a build fills it in.

| In the text | What it becomes |
|---|---|
| `{02.before}` | the value as chapter 02 says it in a sentence, under the name that it was kept with |
| `{obtained.2.1.treat.estimate}` | our number for a cell of a table (table, column, row, statistic) |
| `{printed.2.1.treat.estimate}` | the number that the paper prints there |
"""

import re
from collections.abc import Callable
from functools import cache

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave.exhibits import results
from enclave_book.slides import chapters

FIELD = re.compile(r"\{(?P<place>\d\d|[A-Z]|printed|obtained)\.(?P<key>[\w.]+)\}")
CELL = ["table", "column", "row", "statistic"]
PRINTED, OBTAINED = "printed", "obtained"
Number = Callable[[str], str]


def filled(text: str, chapter: Callable[[str], chapters.Chapter], source: str) -> str:
    """The text with all its fields filled. `chapter` gives an executed chapter by its key.

    Raises EnclaveError for a field that no chapter and no table has.
    """
    return FIELD.sub(lambda found: _value(found["place"], found["key"], chapter, source).replace("*", r"\*"), text)


def places(text: str) -> list[tuple[str, str]]:
    """The fields of a text in order: the chapter, or printed or obtained, and the name or the cell."""
    return [(found["place"], found["key"]) for found in FIELD.finditer(text)]


def _value(place: str, key: str, chapter: Callable[[str], chapters.Chapter], source: str) -> str:
    if place == PRINTED:
        number, _, printed_stars = printed(key)
        return number + printed_stars
    if place == OBTAINED:
        return obtained(key, source)
    return chapter(place).number(key)


def printed(key: str) -> tuple[str, int, str]:
    """A printed number, its decimals and its stars. Raises EnclaveError if the paper prints no such cell."""
    found = _published().get(key)
    if found is None:
        raise EnclaveError(
            f"The paper prints no number {key!r}. A field has table, column, row and statistic, as in "
            "{printed.2.1.treat.estimate}; data/published/published.csv lists them."
        )
    return found


def obtained(key: str, source: str) -> str:
    """Our number for a printed cell with as many decimals as the paper has, and the stars of our p value.

    Raises EnclaveError if the paper prints no such cell, or the build has none.
    """
    _, decimals, _ = printed(key)
    table = results.read(f"table_{key.partition('.')[0]}", source)
    keys = table[CELL].astype(str).agg(".".join, axis=1)
    if key not in set(keys):
        raise EnclaveError(f"The results of {source} have no number {key!r}. Build them again.")
    row = table[keys == key].iloc[0]
    mark = row.get("stars")
    return f"{row['value']:,.{decimals}f}" + (mark if isinstance(mark, str) else "")


@cache
def _published() -> dict[str, tuple[str, int, str]]:
    cells = facts.published()
    keys = cells[CELL].astype(str).agg(".".join, axis=1)
    rows = zip(keys, cells["printed"], cells["decimals"], cells["stars"], strict=True)
    return {key: (str(number), int(decimals), str(mark or "")) for key, number, decimals, mark in rows}
