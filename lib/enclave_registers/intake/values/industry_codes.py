"""Codes of the industry dictionary: their spellings, and whether code, letter, vintage and name agree.

A usual code has the two digits of a division, to which a group and a class add one digit each, with or without the
letter of the section before it (13, C13, C1310), or it is the letter alone (C). Other spellings are read, too: c1310,
C-13, C13.1, GB/T 4754 C13, 13 农副食品加工业, C农副食品加工业, and the name of a section or division.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd

from enclave import facts
from enclave_registers.intake.delivery.find_files import InputFile
from enclave_registers.intake.values.problems import Problems

USUAL = re.compile("[A-Z]?[0-9]{2,4}|[A-Z]")
# the name of the standard, which may precede a code
STANDARD = "^(?:GB/?T? ?(?:4754)?(?:[-—]?(?:1984|1994|2002|2011|2017)(?=[^0-9]))?[-:：_ ]*)(?=[A-Z]?[0-9])"
LETTER_AND_DIGITS = re.compile(r"([A-Z]?)((?:[-. _/]*[0-9]+)*)[-. _/:：]*([^0-9A-Z]*)")
# the share of entries whose division their vintage lacks; beyond it the dictionary cannot be of these vintages
LIMIT = 0.01
NO_CODE = "is not a code of GB/T 4754 (a section letter, or two to four digits with or without it)"
CORRECT = "Correct the code or its vintage, translate it in the map under values, code, or remove the entry."
LOST_ZEROS = "has fewer digits than its level, and no code of its vintage begins with 0: leading zeros were lost"
EXPORT = (
    "Export the column as text from a source in which codes such as 0131 still have their zeros. If the dictionary has "
    "no agriculture and no mining, write the section letter before each code, as in C131."
)
DISAGREE = "belongs to another section than its letter says, in the vintage of GB/T 4754 that the entry gives"
OTHER_NAME = "is the code of another division than the name says, in the vintage of GB/T 4754 that the entry gives"
LACKING = "has a division that its vintage of GB/T 4754 does not have"


def usual(codes: pd.Series, standards: pd.Series) -> pd.Series:
    """The codes in their usual spelling; one of no known meaning stays. `standards` are the vintages, aligned."""
    given = pd.DataFrame({"code": codes, "standard": standards})
    distinct = given[codes.notna()].drop_duplicates()
    made = [usual_code(code, standard) for code, standard in distinct.itertuples(index=False)]
    if made == distinct["code"].tolist():
        return codes
    found = dict(zip(distinct.itertuples(index=False, name=None), made, strict=True))
    every = [found.get(key) for key in given.itertuples(index=False, name=None)]
    return pd.Series(every, index=codes.index, dtype="str")


def usual_code(code: str, standard: int) -> str:
    """A code in its usual spelling: C1310 for c-1310; the text itself if it means nothing known in the vintage."""
    plain = " ".join(unicodedata.normalize("NFKC", code).upper().split())
    bare = plain.replace(" ", "")
    if USUAL.fullmatch(bare):
        return code if plain == "".join(unicodedata.normalize("NFKC", code).split()) else bare
    named = _by_name(standard).get(_letters(bare))
    if named:
        return named
    match = LETTER_AND_DIGITS.fullmatch(re.sub(STANDARD, "", plain))
    if not match:
        return code
    letter, digits, name = match[1], _digits(match[2]), _by_name(standard).get(_letters(match[3]))
    if digits:
        return f"{letter}{digits}" if USUAL.fullmatch(f"{letter}{digits}") else code
    if letter and name:
        return name if name[0] == letter else code
    return code


def _digits(levels: str) -> str:
    """The digits of the lowest level: 1310 of 13.10, and of 13-131-1310, where each level repeats the one above."""
    groups = re.findall("[0-9]+", levels)
    repeated = all(low.startswith(high) for high, low in pairwise(groups))
    return groups[-1] if groups and repeated else "".join(groups)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name)


@cache
def _by_name(standard: int) -> dict[str, str]:
    """Usual code by the name of a section or division in a vintage."""
    sections, divisions = facts.industry_sections(), facts.industries()
    sections = sections[sections["standard"] == standard]
    divisions = divisions[divisions["standard"] == standard]
    named = dict(zip(sections["name_zh"].map(_letters), sections["section"], strict=True))
    return named | dict(
        zip(divisions["name_zh"].map(_letters), divisions["section"] + divisions["division"], strict=True)
    )


@cache
def _section_of_division(standard: int) -> dict[str, str]:
    divisions = facts.industries().query("standard == @standard")
    return dict(zip(divisions["division"], divisions["section"], strict=True))


@dataclass(frozen=True)
class Fault:
    """Rows of the dictionary, marked by `wrong`, that have a problem."""

    wrong: pd.Series
    problem: str
    remedy: str


def check(chunks: list[Path], files: Sequence[InputFile], problems: Problems) -> int:
    """Note entries of the dictionary whose code is none, or disagrees with vintage, letter or name.

    chunks : the checked records of the `files` as Parquet files, one each

    Returns the number of entries whose division their vintage lacks. Their firms count as firms of no known industry;
    beyond `LIMIT` of the entries they are a problem.
    """
    frames = [pd.read_parquet(chunk, columns=["standard", "code", "name"]) for chunk in chunks]
    entries = pd.concat([frame.assign(file=at) for at, frame in enumerate(frames)])
    entries = entries.assign(row=entries.index + 1).reset_index(drop=True)
    for fault in faults(entries):
        for at, found in entries[fault.wrong].groupby("file"):
            first = found["code"].iloc[0]
            problems.add(files[at], "code", found["row"].to_numpy(), first, fault.problem, fault.remedy)
    return int(lacking(entries).sum())


def lacking(entries: pd.DataFrame) -> pd.Series:
    """A mask of entries with a division that their vintage lacks: columns standard and code."""
    _, digits = _parts(entries["code"])
    return (digits.str.len() >= 2) & _sections(digits, entries["standard"]).isna()


def faults(entries: pd.DataFrame) -> Iterator[Fault]:
    """The faults of a whole dictionary: columns standard, code and name."""
    letter, digits = _parts(entries["code"])
    lost = _lost_zeros(letter, digits, entries["standard"])
    yield Fault(lost, LOST_ZEROS, EXPORT)
    is_code = digits.str.len().between(2, 4) | (digits == "") & (letter != "") & (entries["code"].str.len() == 1)
    yield Fault(~is_code & ~lost, NO_CODE, CORRECT)
    section = _sections(digits, entries["standard"])
    known = is_code & ~lost & section.notna()
    yield Fault(known & (letter != "") & (letter != section), DISAGREE, CORRECT)
    yield Fault(known & _is_of_other_division(entries, digits), OTHER_NAME, CORRECT)
    without = is_code & ~lost & lacking(entries)
    if without.sum() > LIMIT * len(entries):
        yield Fault(without, LACKING, CORRECT)


def _parts(codes: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The section letter and the digits at the start of usual codes, each an empty text if there is none."""
    bare = codes.map(lambda code: "".join(unicodedata.normalize("NFKC", code).split()))
    parts = bare.str.extract("^([A-Z]?)([0-9]*)").fillna("").astype("str")
    return parts[0], parts[1]


def _sections(digits: pd.Series, standards: pd.Series) -> pd.Series:
    """The section of the division with which the digits begin, in each vintage; missing if the vintage lacks it."""
    found = [_section_of_division(standard).get(number[:2]) for standard, number in zip(standards, digits, strict=True)]
    return pd.Series(found, index=digits.index, dtype="str")


def _lost_zeros(letter: pd.Series, digits: pd.Series, standard: pd.Series) -> pd.Series:
    """Codes of one or three digits, in a vintage of which no code without a letter begins with 0."""
    bare = (letter == "") & (digits != "")
    zeros = (bare & digits.str.startswith("0")).groupby(standard).transform("any")
    return bare & ~zeros & digits.str.len().isin([1, 3])


def _is_of_other_division(entries: pd.DataFrame, digits: pd.Series) -> pd.Series:
    """Whether the name of an entry is that of a division of its vintage, and its code is of another one."""
    named = [
        _by_name(standard).get(_letters(name))
        for standard, name in zip(entries["standard"], entries["name"], strict=True)
    ]
    division = pd.Series(named, index=entries.index, dtype="str").str.slice(1)
    return division.notna() & (division != "") & (digits != "") & (division != digits.str[:2])
