"""Errors for the user: where the fault is, what is wrong, and what to do."""

import errno
import os
from pathlib import Path
from typing import TypeGuard

PYTHON = "python" if os.name == "nt" else "python3"


class EnclaveError(Exception):
    """A fault and its remedy. The command line prints it as one message and exits with 1."""


def command(name: str, **settings: object) -> str:
    """A command of the book as the user types it on this system, in backticks: `python3 run.py book SOURCE=twin`."""
    return f"`{' '.join([PYTHON, 'run.py', name, *(f'{key}={value}' for key, value in settings.items())])}`"


def is_denied(fault: BaseException) -> TypeGuard[OSError]:
    """Whether the system does not let us read or write a file or folder, because of its rights or of its disk."""
    return isinstance(fault, OSError) and (isinstance(fault, PermissionError) or fault.errno == errno.EROFS)


def denied(fault: OSError, place: Path | None = None) -> str:
    """The message for a file or folder that we may not read or write; `place` is by default the one of the fault."""
    return (
        f"{place or fault.filename}: the system denies access ({fault.strerror}). Close it if another program has it "
        "open, else change its permissions or choose another folder. Then start again."
    )


class InputError(EnclaveError):
    """A fault of an input file.

    Parameters
    ----------
    file : file name, with the folder where that helps
    problem : what is wrong, in one clause
    remedy : what to do, in one sentence
    column : column name, if the fault lies in one
    row : first offending data row, counted from 1 (the header is not counted)
    more : how many further rows have the same fault
    """

    def __init__(self, file, problem, remedy, *, column=None, row=None, more=0) -> None:
        self.file, self.column, self.row, self.more = str(file), column, row, more
        self.problem, self.remedy = problem, remedy
        super().__init__(f"{self.place()}: {problem}. {remedy}")

    def place(self) -> str:
        column = f', column "{self.column}"' if self.column else ""
        row = f", data row {self.row}" if self.row is not None else ""
        more = f" (and {self.more} more)" if self.more else ""
        return f"{self.file}{column}{row}{more}"


def refuse_values(values, wrong, file, problem, remedy, *, column) -> None:
    """As `refuse_rows`, with the first wrong value in front of `problem`: `'x' is not a number`.

    values : the values of the column, in the order of the file. Only for columns that are public.
    """
    first = next((value for value, is_wrong in zip(values, wrong, strict=True) if is_wrong), None)
    refuse_rows(wrong, file, f"{str(first)!r} {problem}", remedy, column=column)


def refuse_rows(wrong, file, problem, remedy, *, column=None) -> None:
    """Raise InputError for the first wrong row, with the number of further ones. Do nothing if no row is wrong.

    wrong : one truth value per data row, in the order of the file
    """
    rows = [number for number, is_wrong in enumerate(wrong, start=1) if is_wrong]
    if rows:
        raise InputError(file, problem, remedy, column=column, row=rows[0], more=len(rows) - 1)
