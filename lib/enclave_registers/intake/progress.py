"""Progress of a long run: records and bytes, reported every few seconds."""

import os
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO

from enclave.base.disk_space import GIGABYTE
from enclave_registers.intake.delivery.find_files import InputFile

Report = Callable[[str], None]

SECONDS = 5.0


def no_report(line: str) -> None:
    """Report nothing."""


class Progress:
    """Counts what was read of a table, and calls `report` if its last line is older than `SECONDS`."""

    def __init__(self, table: str, files: Sequence[InputFile], report: Report) -> None:
        self._table, self._report = table, report
        self._total = sum(file.bytes for file in files)
        self._done, self._records, self._size = 0, 0, 0
        self._open: BinaryIO | None = None
        self._began = self._reported = time.monotonic()

    def watch(self, file: BinaryIO) -> None:
        """Take the file that is read from now on."""
        self._open, self._size = file, os.fstat(file.fileno()).st_size

    def add(self, records: int) -> None:
        """Count further records."""
        self._records += records
        if time.monotonic() - self._reported > SECONDS:
            self._reported = time.monotonic()
            done = (self._done + self._position()) / GIGABYTE
            self._report(f"{self._table}: {self._records:,} records, {done:.2f} of {self._total / GIGABYTE:.2f} GB")

    def end(self, file: InputFile) -> None:
        """Count a file as read."""
        self._done, self._open = self._done + file.bytes, None

    def next(self, what: str) -> None:
        """Report the next step of the table, unless the run has been short so far."""
        if time.monotonic() - self._began > SECONDS:
            self._reported = time.monotonic()
            self._report(f"{self._table}: {what}")

    def _position(self) -> int:
        if self._open is None:
            return 0
        return self._size if self._open.closed else self._open.tell()
