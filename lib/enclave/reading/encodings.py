"""In which encoding a text file is written: UTF-8 or GB18030, checked to its last byte."""

import codecs
import csv
import io
from collections.abc import Iterator

from enclave.errors import InputError
from enclave.reading.parts import Part

BLOCK = 1 << 20
WINDOW = 1 << 20
UNICODE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS = "Save the file as UTF-8 (in Excel: CSV UTF-8) or GB18030."


def detect(part: Part) -> str:
    """The codec of a text file: utf-8-sig, which forgives a byte order mark, or gb18030, which includes GBK.

    The encoding that the map of the delivery names is taken for granted, and held against every byte. Without one, a
    file that is mostly UTF-8 but for some bytes is a damaged one and not GB18030, which would take nearly anything.
    Raises InputError for other encodings and at the first damaged byte.
    """
    if part.map.encoding:
        return _as_named(part, part.map.encoding)
    _refuse_utf16(part)
    fault = _first_fault(part, "utf-8")
    if fault is None:
        return "utf-8-sig"
    if _mostly_utf8(part, fault):
        raise _damaged(part, "UTF-8", "utf-8", fault)
    fault = _first_fault(part, "gb18030")
    if fault is not None:
        raise _damaged(part, "GB18030", "gb18030", fault)
    return "gb18030"


def _as_named(part: Part, codec: str) -> str:
    fault = _first_fault(part, codec)
    if fault is not None:
        raise InputError(
            part.name,
            f"byte {fault + 1} cannot be read as {codec.upper()}, the encoding that the map names",
            "Name the encoding in which the file was written, or leave the key out.",
        )
    return codec


def _blocks(part: Part) -> Iterator[bytes]:
    with part.open() as stream:
        while block := stream.read(BLOCK):
            yield block


def _refuse_utf16(part: Part) -> None:
    for number, block in enumerate(_blocks(part)):
        if b"\0" in block or (number == 0 and block.startswith(UNICODE_MARKS)):
            raise InputError(part.name, "is UTF-16 text or no text at all", SAVE_AS)


def _first_fault(part: Part, codec: str) -> int | None:
    """Position of the first byte that the codec cannot read, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    fed = 0
    try:
        for block in _blocks(part):
            fed += len(block)
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return fed - len(error.object) + error.start
    return None


def _mostly_utf8(part: Part, fault: int) -> bool:
    """Whether around the fault more characters beyond ASCII can be read as UTF-8 than cannot."""
    with part.open() as stream:
        stream.seek(max(0, fault - WINDOW // 2))
        text = stream.read(WINDOW).decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    readable = sum(not character.isascii() for character in text) - broken
    return readable > broken


def _damaged(part: Part, label: str, codec: str, position: int) -> InputError:
    with part.open() as stream:
        before = stream.read(position).decode(codec, errors="replace")
    record = sum(1 for _ in csv.reader(io.StringIO(before + "?", newline="")))
    return InputError(
        part.name,
        f"byte {position + 1} cannot be read as {label}, which the rest of the file is",
        f"Export the file again. {SAVE_AS}",
        row=record - 1 if record > 1 else None,
    )
