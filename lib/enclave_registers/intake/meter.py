"""How far a long run is: records and bytes, told every few seconds."""

import os
import time
from collections.abc import Callable
from typing import BinaryIO

from enclave_registers.intake.input_files import Part

SECONDS = 5.0
GIGABYTE = 1e9


class Meter:
    """Counts what was read of a table, and tells `report` when the last line is older than `SECONDS`."""

    def __init__(self, table: str, parts: list[Part], report: Callable[[str], None]):
        self._table, self._report = table, report
        self._total = sum(part.path.stat().st_size for part in parts)
        self._done, self._records, self._size, self._file = 0, 0, 0, None
        self._began = self._told = time.monotonic()

    def watch(self, file: BinaryIO) -> None:
        """Take the file that is read now."""
        self._file, self._size = file, os.fstat(file.fileno()).st_size

    def add(self, records: int) -> None:
        """So many further records were read."""
        self._records += records
        if time.monotonic() - self._told > SECONDS:
            self._told = time.monotonic()
            done = (self._done + self._position()) / GIGABYTE
            self._report(f"{self._table}: {self._records:,} records, {done:.2f} of {self._total / GIGABYTE:.2f} GB")

    def end(self, part: Part) -> None:
        """A part is done."""
        self._done, self._file = self._done + part.path.stat().st_size, None

    def next(self, what: str) -> None:
        """Another thing is done with the table now; of a short run that is not told."""
        if time.monotonic() - self._began > SECONDS:
            self._told = time.monotonic()
            self._report(f"{self._table}: {what}")

    def _position(self) -> int:
        if self._file is None:
            return 0
        return self._size if self._file.closed else self._file.tell()
