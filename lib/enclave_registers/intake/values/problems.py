"""Problems in the records of a table, collected while it is read: each kind is reported once, with its first place."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import numpy as np
import pandera.pandas as pa

from enclave.base.errors import InputError
from enclave_registers.intake.delivery import remedies
from enclave_registers.intake.delivery.find_files import InputFile
from enclave_registers.intake.delivery.map_use import MapUse
from enclave_registers.intake.delivery.table_map import TableMap
from enclave_registers.intake.formats import compressed
from enclave_registers.intake.values.adjustments import Adjustments
from enclave_registers.schema import TABLES, metadata

# so many places of further problems are named in one message
PLACES = 5


@dataclass(frozen=True)
class Problem:
    """One kind of problem in one column: the file and data row of its first occurrence, and the number of rows."""

    file: InputFile
    row: int
    column: str | None
    problem: str
    remedy: str
    count: int


class Problems:
    """The problems of one table, one entry per column and kind. Without `quoting`, no message quotes a value."""

    def __init__(self, *, quoting: bool = False) -> None:
        self.quoting = quoting
        self._found: dict[tuple, Problem] = {}

    @property
    def count(self) -> int:
        """How many rows were noted, over all kinds of problems."""
        return sum(problem.count for problem in self._found.values())

    def add(
        self,
        file: InputFile,
        column: str | None,
        rows: Sequence[int] | np.ndarray,
        value: Any,
        problem: str,
        remedy: str,
    ) -> None:
        """Note that `rows` (data rows of `file`, ascending; may be empty) have a `problem`.

        value : what the first row holds, or None for a message without a value
        """
        if not len(rows):
            return
        known = self._found.get((column, problem))
        if known:
            self._found[column, problem] = replace(known, count=known.count + len(rows))
            return
        message = problem if value is None or not self.quoting else f"{_quoted(value)} {problem}"
        self._found[column, problem] = Problem(file, int(rows[0]), column, message, remedy, len(rows))

    def raise_first(self) -> None:
        """Raise InputError for the problem that comes first in the table, if any. Its remedy names the other places."""
        if not self._found:
            return
        first, *others = sorted(self._found.values(), key=lambda problem: (problem.file.number, problem.row))
        raise InputError(
            first.file.name,
            first.problem,
            first.remedy + _also(others),
            column=first.column,
            row=first.row,
            more=first.count - 1,
        )


def _also(others: Sequence[Problem]) -> str:
    """The places of further problems as a sentence: each with its file, column and first row, at most `PLACES`."""
    if not others:
        return ""
    places = [
        InputError(at.file.name, "", "", column=at.column, row=at.row, more=at.count - 1).place() for at in others
    ]
    more = f"; and {len(places) - PLACES} more" if len(places) > PLACES else ""
    return f" Other problems: {'; '.join(places[:PLACES])}{more}."


def _quoted(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "...")


@dataclass(frozen=True)
class Reading:
    """One input file while it is read.

    table : the raw table that the file belongs to
    map : what the map of the delivery says about the table
    problems : where problems in records are noted
    adjustments : where cells are counted that are read as something else than what is written
    watch : is called with each file that is opened, and shows how far it was read
    used : what became of the entries of the map in this file
    """

    table: str
    file: InputFile
    map: TableMap = field(default_factory=TableMap)
    problems: Problems = field(default_factory=Problems)
    adjustments: Adjustments = field(default_factory=Adjustments)
    watch: Callable[[BinaryIO], None] = lambda file: None
    used: MapUse = field(default_factory=MapUse)

    @property
    def schema(self) -> pa.DataFrameSchema:
        """The schema of the table."""
        return TABLES[self.table]

    def needs_zeros(self, name: str) -> bool:
        """Whether leading zeros matter in a column, or in a further header that the map reads for it."""
        column = self.map.column_of(name)
        described = self.schema.columns.get(column)
        has_codes = column == "industry_id" and self.map.has_industry_codes
        return has_codes or (described is not None and bool(metadata(described).get("zeros")))

    @property
    def quoting(self) -> bool:
        """Whether messages may quote values of the file."""
        return self.problems.quoting

    @contextmanager
    def open(self) -> Generator[compressed.Bytes]:
        """The bytes of the file, decompressed if it is compressed text."""
        with compressed.opened(self.file.path, self.file.format, self.file.name) as (text, file):
            self.watch(file)
            yield text

    def note(self, column: str | None, rows: Sequence[int] | np.ndarray, value: Any, problem: str, remedy: str) -> None:
        """Note a problem in `rows` of the file (see `Problems.add`). The remedy also says what the map can do."""
        mended = remedy + remedies.in_map(self.table, column, problem)
        self.problems.add(self.file, column, rows, value, problem, mended)

    def error(self, problem: str, remedy: str, *, column: str | None = None, row: int | None = None, more: int = 0):
        """An InputError that names the file."""
        return InputError(self.file.name, problem, remedy, column=column, row=row, more=more)
