"""In which encoding a text file is written: UTF-8 or GB18030, checked to its last byte."""

import codecs
import csv
from collections.abc import Iterator

from enclave.base.errors import InputError
from enclave_registers.intake.input_files import Part

BLOCK = 1 << 20
WINDOW = 1 << 20
UTF8 = "utf-8-sig"
UNICODE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LABELS = {UTF8: "UTF-8", "gb18030": "GB18030"}
SAVE_AS = "Save the file as UTF-8 (in Excel: CSV UTF-8) or GB18030."


def detect(part: Part) -> str:
    """The codec of a text file: utf-8-sig, which forgives a byte order mark, or gb18030, which includes GBK.

    The encoding that the map of the delivery names is taken for granted. Without one, a file that is mostly UTF-8 but
    for some bytes is a damaged one and not GB18030, which would take nearly anything. UTF-8 is checked here to the last
    byte; `decoded` does so for all others while it reads. Raises InputError for what is no text, and for broken UTF-8.
    """
    if part.map.encoding:
        return part.map.encoding
    fault = _first_utf8_fault(part)
    if fault is None:
        return UTF8
    if _mostly_utf8(part, fault):
        raise _damaged(part, UTF8, fault)
    return "gb18030"


def decoded(part: Part, codec: str) -> Iterator[str]:
    """The text of a file in pieces, without its byte order mark. Raises InputError at the first damaged byte."""
    decoder, fed = codecs.getincrementaldecoder(codec)(), 0
    try:
        for block in _blocks(part):
            if not part.map.encoding:
                _refuse_utf16(part, block, fed)
            fed += len(block)
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _damaged(part, codec, fed - len(error.object) + error.start) from None


def _blocks(part: Part) -> Iterator[bytes]:
    with part.open() as stream:
        while block := stream.read(BLOCK):
            yield block


def _refuse_utf16(part: Part, block: bytes, position: int) -> None:
    if b"\0" in block or (position == 0 and block.startswith(UNICODE_MARKS)):
        raise InputError(part.name, "is UTF-16 text or no text at all", SAVE_AS)


def _first_utf8_fault(part: Part) -> int | None:
    """Position of the first byte that is no UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    fed = 0
    try:
        for block in _blocks(part):
            _refuse_utf16(part, block, fed)
            fed += len(block)
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return fed - len(error.object) + error.start
    return None


def _mostly_utf8(part: Part, fault: int) -> bool:
    """Whether around the fault more characters beyond ASCII can be read as UTF-8 than cannot."""
    start = max(0, fault - WINDOW // 2)
    text = _bytes(part, start, start + WINDOW).decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    readable = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    return readable > broken


def _bytes(part: Part, start: int, end: int) -> bytes:
    """The bytes of a file from `start` to before `end`; packed files can be read forwards alone."""
    kept, position = [], 0
    for block in _blocks(part):
        kept.append(block[max(0, start - position) : max(0, end - position)])
        position += len(block)
        if position >= end:
            break
    return b"".join(kept)


def _damaged(part: Part, codec: str, position: int) -> InputError:
    if part.map.encoding:
        return InputError(
            part.name,
            f"byte {position + 1} cannot be read as {codec.upper()}, the encoding that the map names",
            "Name the encoding in which the file was written, or leave the key out.",
        )
    record = _record(part, codec, position)
    return InputError(
        part.name,
        f"byte {position + 1} cannot be read as {LABELS[codec]}, which the rest of the file is",
        f"Export the file again. {SAVE_AS}",
        row=record - 1 if record > 1 else None,
    )


def _record(part: Part, codec: str, position: int) -> int:
    """In which record a damaged byte stands, the header being the first; 0 where quotes do not tell."""
    try:
        return sum(1 for _ in csv.reader(_lines_before(part, codec, position)))
    except csv.Error:
        return 0


def _lines_before(part: Part, codec: str, position: int) -> Iterator[str]:
    """The lines of a file up to a damaged byte, for which a question mark stands."""
    decoder, left, rest = codecs.getincrementaldecoder(codec)(errors="replace"), position, b""
    for block in _blocks(part):
        *lines, rest = (rest + decoder.decode(block[:left]).encode()).splitlines(keepends=True) or [b""]
        left -= len(block[:left])
        yield from (line.decode() for line in lines)
        if not left:
            break
    yield rest.decode() + "?"
