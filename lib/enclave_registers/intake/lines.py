"""The text of a file in blocks of whole lines, and the records of a block that quotes run through."""

import csv
from collections.abc import Iterable, Iterator

from enclave_registers.intake import encodings
from enclave_registers.intake.input_files import Part

BLOCK = 4 << 20


def blocks(part: Part, codec: str) -> Iterator[bytes]:
    """The text of a file as UTF-8, in blocks of about `BLOCK` bytes that end with a line."""
    held, size = [], 0
    for text in encodings.decoded(part, codec):
        held.append(text.encode())
        size += len(held[-1])
        if size >= BLOCK:
            whole = b"".join(held)
            end = whole.rfind(b"\n") + 1 or whole.rfind(b"\r", 0, -1) + 1
            if end:
                yield whole[:end]
            held, size = [whole[end:]], len(whole) - end
    if size:
        yield b"".join(held)


class Lines:
    """Lines out of blocks, one after the other, as csv.reader asks for them."""

    def __init__(self, source: Iterable[bytes]):
        self._source = iter(source)
        self._left: list[bytes] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if not self._left:
            self._left = next(self._source).splitlines(keepends=True)[::-1]
        return self._left.pop().decode()

    def rest(self) -> bytes:
        """What is left of the present block; afterwards nothing is."""
        left, self._left = self._left, []
        return b"".join(left[::-1])

    def ends(self) -> bool:
        """Whether the present block has no further line."""
        return not self._left


def records(lines: Lines, delimiter: str, *, most: int | None = None) -> Iterator[list[str]]:
    """The records that begin in the present block, blank lines left out, or the first `most` of the text.

    The last one may end in a later block. Raises csv.Error for a quote that is not closed as it should be.
    """
    found = 0
    for record in csv.reader(lines, strict=True, delimiter=delimiter):
        if record:
            yield record
            found += 1
        if found == most or (most is None and lines.ends()):
            return
