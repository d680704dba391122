"""The encoding of a text file, UTF-8 or GB18030, checked to its last byte, and its text in blocks of whole lines."""

import codecs
import csv
from collections.abc import Iterator

from enclave.base.errors import InputError
from enclave_registers.intake.values.problems import Reading

BLOCK = 1 << 20
WINDOW = 1 << 20
UTF8 = "utf-8-sig"
UNICODE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LABELS = {UTF8: "UTF-8", "gb18030": "GB18030"}
SAVE_AS = "Save the file as UTF-8 (in Excel: CSV UTF-8) or GB18030."


def detect(reading: Reading) -> str:
    """The codec of a text file: utf-8-sig, which accepts a byte order mark, or gb18030, which includes GBK.

    If the map of the delivery gives an encoding, it is used. Else a file that is UTF-8 except for some bytes counts as
    damaged UTF-8 and not as GB18030, in which nearly all bytes are valid. UTF-8 is checked here to the last byte, other
    encodings by `decoded`. Raises InputError for a file that is not text, and for damaged UTF-8.
    """
    if reading.map.encoding:
        return reading.map.encoding
    damage = _first_damage_of_utf8(reading)
    if damage is None:
        return UTF8
    if _is_mostly_utf8(reading, damage):
        raise _damaged(reading, UTF8, damage)
    return "gb18030"


def decoded(reading: Reading, codec: str) -> Iterator[str]:
    """The text of a file in blocks, without its byte order mark. Raises InputError at the first damaged byte."""
    decoder, fed = codecs.getincrementaldecoder(codec)(), 0
    try:
        for block in _blocks(reading):
            if not reading.map.encoding:
                _refuse_utf16(reading, block, fed)
            fed += len(block)
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _damaged(reading, codec, fed - len(error.object) + error.start) from None


def _blocks(reading: Reading) -> Iterator[bytes]:
    with reading.open() as stream:
        while block := stream.read(BLOCK):
            yield block


def _refuse_utf16(reading: Reading, block: bytes, position: int) -> None:
    if b"\0" in block or (position == 0 and block.startswith(UNICODE_MARKS)):
        raise reading.error("is UTF-16 text or not text", SAVE_AS)


def _first_damage_of_utf8(reading: Reading) -> int | None:
    """Position of the first byte that is not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    fed = 0
    try:
        for block in _blocks(reading):
            _refuse_utf16(reading, block, fed)
            fed += len(block)
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return fed - len(error.object) + error.start
    return None


def _is_mostly_utf8(reading: Reading, damage: int) -> bool:
    """Whether near the damage, more of the characters beyond ASCII are valid UTF-8 than are not."""
    start = max(0, damage - WINDOW // 2)
    text = _bytes(reading, start, start + WINDOW).decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    readable = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    return readable > broken


def _bytes(reading: Reading, start: int, end: int) -> bytes:
    """The bytes of a file from `start` to before `end`. Compressed files can only be read forwards."""
    kept, position = [], 0
    for block in _blocks(reading):
        kept.append(block[max(0, start - position) : max(0, end - position)])
        position += len(block)
        if position >= end:
            break
    return b"".join(kept)


def _damaged(reading: Reading, codec: str, position: int) -> InputError:
    if reading.map.encoding:
        problem = (
            f"byte {position + 1} cannot be read as {LABELS.get(codec, codec.upper())}, the encoding that the map gives"
        )
        return reading.error(problem, "Give the encoding of the file in the map, or remove the key.")
    record = _record(reading, codec, position)
    problem = f"byte {position + 1} cannot be read as {LABELS[codec]}, unlike the rest of the file"
    return reading.error(problem, f"Export the file again. {SAVE_AS}", row=record - 1 if record > 1 else None)


def _record(reading: Reading, codec: str, position: int) -> int:
    """The number of the record with a damaged byte, counted from the header as 1; 0 if quotes do not close."""
    try:
        return sum(1 for _ in csv.reader(_lines_before(reading, codec, position)))
    except csv.Error:
        return 0


def _lines_before(reading: Reading, codec: str, position: int) -> Iterator[str]:
    """The lines of a file up to a damaged byte, which a question mark replaces."""
    decoder, left, rest = codecs.getincrementaldecoder(codec)(errors="replace"), position, b""
    for block in _blocks(reading):
        *lines, rest = (rest + decoder.decode(block[:left]).encode()).splitlines(keepends=True) or [b""]
        left -= len(block[:left])
        yield from (line.decode() for line in lines)
        if not left:
            break
    yield rest.decode() + "?"
