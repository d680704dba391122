"""A line of the table of what was understood: a figure, its limit, and whether it is beyond the limit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from enclave.base.errors import EnclaveError, InputError

TITLE = "What was understood (no value of a record is shown):"
WARNING, FAULT = "look", "FAULT"


@dataclass(frozen=True)
class Line:
    """A figure of one table.

    table : the raw table
    what : what the figure is
    found : the figure as text
    limit : what it may be, as text; empty if it has no limit
    problem : the fault beyond the limit
    warning : what the holder should look at, in one sentence; a warning stops nothing
    """

    table: str
    what: str
    found: str
    limit: str = ""
    problem: EnclaveError | None = None
    warning: str = ""

    @property
    def verdict(self) -> str:
        """What stands at the end of the line: nothing, a warning, or a fault."""
        return FAULT if self.problem else WARNING if self.warning else ""


def percent(part: float, whole: float) -> str:
    """A share in per cent. What is not all and not nothing is never shown as 100.0 or 0.0."""
    if not whole:
        return "no cell"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "under 0.1 %"
    if 99.9 < share < 100:
        return "over 99.9 %"
    return f"{share:.1f} %"


def fault(table: str, problem: str, remedy: str, column: str | None = None) -> InputError:
    """The fault of a table as a whole."""
    return InputError(table, problem, remedy, column=column)


def shown(lines: Sequence[Line]) -> Iterator[str]:
    """The lines as aligned text, and after them each warning as a sentence."""
    rows = [(line.table, line.what, line.found, line.limit, line.verdict) for line in lines]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(5)]
    yield TITLE
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield from (f"Warning: {line.table}: {line.warning}" for line in lines if line.warning)


def problems(lines: Iterable[Line]) -> list[EnclaveError]:
    """The faults of lines beyond their limits."""
    return [line.problem for line in lines if line.problem]
