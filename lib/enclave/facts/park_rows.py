"""Checks of `data/facts/parks.csv`, row by row: a message names every fault of a row at once.

The README of the facts says what each column holds.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pandas as pd

from enclave.base.arguments import nearest
from enclave.base.errors import InputError

FILE = "parks.csv"
DATES = ("agreement_date", "recognition_date", "demonstration_date", "operating_by")
WORDS = {
    "helper_level": ("city", "district", "town"),
    "recipient_level": ("city", "county"),
    "precision": ("day", "month", "year", "before", ""),
    "keeps_helper": ("1", "0"),
}
NEEDED = ("park_zh", "park_en", "source_title")
DATE = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)
REMEDY = "Correct the row. `data/facts/README.md` says what each column holds."


def refuse_faulty(table: pd.DataFrame, roles: dict[str, str]) -> None:
    """Raise InputError for the first row with faults. The message has all of them, and counts further rows with any.

    Parameters
    ----------
    table : the columns of the file as text, empty where nothing is known
    roles : English name of each of the 21 cities -> helper or recipient
    """
    rows = table.to_dict("records")
    names, keys = {row["park_zh"] for row in rows}, [(row["park_zh"], row["helper_city"]) for row in rows]
    faults = [[*_of_row(row, roles, names), *_double(keys, place)] for place, row in enumerate(rows)]
    wrong = [place for place, found in enumerate(faults) if found]
    if wrong:
        columns, problems = zip(*faults[wrong[0]], strict=True)
        alone = len(columns) == 1
        told = problems[0] if alone else "; ".join(f'"{one}": {what}' for one, what in faults[wrong[0]])
        place = {"column": columns[0] if alone else None, "row": wrong[0] + 1, "more": len(wrong) - 1}
        raise InputError(FILE, told, REMEDY, **place)


def _of_row(row: dict[str, str], roles: dict[str, str], names: set[str]) -> Iterator[tuple[str, str]]:
    """Column and fault, for each fault of one row."""
    for column in NEEDED:
        if not row[column].strip():
            yield column, "is empty" if column != "source_title" else "is empty, so the row has no source"
    for role in ("helper", "recipient"):
        yield from _refused(row, f"{role}_city", lambda city, role=role: _city(city, role, roles))
    for column, words in WORDS.items():
        yield from _refused(row, column, lambda word, words=words: _word(word, words))
    for column in (*DATES, "source_date"):
        yield from _refused(row, column, _date)
    if bool(row["precision"]) != any(row[column] for column in DATES):
        yield "precision", "is empty beside a date" if not row["precision"] else f"{row['precision']!r} has no date"
    if row["source_url"] and not re.match(r"https?://\S+$", row["source_url"]):
        yield "source_url", f"{row['source_url']!r} is no address: it begins with http:// or https://"
    if row["former_park_zh"] and row["former_park_zh"] not in names:
        yield "former_park_zh", f"{row['former_park_zh']!r} is no park of the file"


def _refused(row: dict[str, str], column: str, fault: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if told := fault(row[column]):
        yield column, f"{row[column]!r} {told}"


def _city(name: str, role: str, roles: dict[str, str]) -> str:
    if name not in roles:
        near = nearest(name, list(roles))
        meant = f"did you mean {near!r}?" if near else "names are in English, such as Heyuan"
        return f"is not one of the 21 cities ({meant})"
    return "" if roles[name] == role else f"is a {roles[name]}, not a {role}"


def _word(word: str, words: tuple[str, ...]) -> str:
    return "" if word in words else f"is none of {', '.join(filter(None, words))}"


def _date(text: str) -> str:
    found = DATE.fullmatch(text)
    try:
        if found:
            date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return "is no day of the calendar"
    return "" if found or not text else "is no date: write 2008, 2008-05 or 2008-05-01"


def _double(keys: list[tuple[str, str]], place: int) -> list[tuple[str, str]]:
    first = keys.index(keys[place])
    return (
        [("park_zh", f"{keys[place][0]!r} with this helper is in data row {first + 1}, too")] if first < place else []
    )
