"""Faults found while a table is read, gathered so that each kind is told once: where first, how often, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from enclave.base.errors import InputError
from enclave_registers.intake.input_files import Part

Place = tuple[int, int]


@dataclass(frozen=True)
class Fault:
    """One kind of fault in one column: the place (part, data row) where it stands first, and its count."""

    place: Place
    part: Part
    column: str | None
    problem: str
    remedy: str
    count: int


class Faults:
    """The faults of one table, one entry per column and kind of fault."""

    def __init__(self):
        self._found: dict[tuple, Fault] = {}

    @property
    def count(self) -> int:
        """How many faults were noted."""
        return sum(fault.count for fault in self._found.values())

    def add(self, part: Part, column: str | None, rows: Sequence[int], value: Any, problem: str, remedy: str) -> None:
        """Note that `problem` holds in `rows` (data rows of `part`, ascending); `value` is what the first one holds.

        Of a part that must not be quoted the value is not told. Rows may be none. A kind of fault met before only grows
        in number.
        """
        if not len(rows):
            return
        known = self._found.get((column, problem))
        if known:
            self._found[column, problem] = replace(known, count=known.count + len(rows))
            return
        told = problem if value is None or not part.quoting else f"{_shown(value)} {problem}"
        place = (part.number, int(rows[0]))
        self._found[column, problem] = Fault(place, part, column, told, remedy, len(rows))

    def tell(self) -> None:
        """Raise InputError for the fault that stands first in the table; the remedy names other columns at fault."""
        if not self._found:
            return
        first, *others = sorted(self._found.values(), key=lambda fault: fault.place)
        columns = dict.fromkeys(f'"{fault.column}"' for fault in others if fault.column not in (first.column, None))
        also = f" Faults of other kinds stand in {', '.join(columns)}." if columns else ""
        raise InputError(
            first.part.name,
            first.problem,
            first.remedy + also,
            column=first.column,
            row=first.place[1],
            more=first.count - 1,
        )


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "...")
