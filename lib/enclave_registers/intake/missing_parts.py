"""Numbered parts of a table: a number that is missing among them is told.

Parts form a sequence if their names differ in one number alone, if the numbers begin at 0 or 1, and if fewer are
missing than there are. So `part-0001, part-0003` lacks one, while years, codes of provinces and single numbers do not
run on. Whether the last parts are missing, nobody can tell from the names.
"""

import re
from collections.abc import Iterable

from enclave.base.errors import InputError
from enclave_registers.intake.patterns import FORMATS, TEXTS

ENDINGS = sorted([*FORMATS, *TEXTS], key=len, reverse=True)


def check(names: Iterable[str]) -> None:
    """Raise InputError if a number is missing among the names of the parts of one table."""
    names = list(names)
    split = [re.split("([0-9]+)", _stem(name)) for name in names]
    at = _numbered(split)
    if at is None:
        return
    spelt = {int(pieces[at]): pieces[at] for pieces in split}
    first, last = min(spelt), max(spelt)
    missing = [number for number in range(first, last) if number not in spelt]
    if missing and first <= 1 and len(missing) < len(spelt):
        former = spelt[max(number for number in spelt if number < missing[0])]
        pieces = list(split[[pieces[at] for pieces in split].index(former)])
        pieces[at] = str(missing[0]).zfill(len(former))
        raise _missing("".join(pieces) + _ending(names[0]), f"{spelt[first]} to {spelt[last]}", len(missing) - 1)


def _ending(name: str) -> str:
    return next((name[-len(ending) :] for ending in ENDINGS if name.lower().endswith(ending)), "")


def _stem(name: str) -> str:
    return name.removesuffix(_ending(name))


def _numbered(split: list[list[str]]) -> int | None:
    """Where the names, split at their numbers, differ in a number and nowhere else; each number stands there once."""
    if len({len(pieces) for pieces in split}) != 1:
        return None
    columns = [set(column) for column in zip(*split, strict=True)]
    differing = [at for at, column in enumerate(columns) if len(column) > 1]
    if len(differing) != 1 or differing[0] % 2 == 0:
        return None
    return differing[0] if len(set(map(int, columns[differing[0]]))) == len(split) else None


def _missing(name: str, run: str, more: int) -> InputError:
    return InputError(
        name,
        f"the part is missing: the numbers of the others run from {run}",
        "Add it. If there never was one, number the parts without a gap, or name each of them in the map.",
        more=more,
    )
