"""The encoding of a text file, UTF-8 or GB18030, checked to its last byte, and its text in blocks of whole lines."""

import codecs
import csv
from collections.abc import Iterator

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_registers.intake.values.problems import Reading

BLOCK = 1 << 20
WINDOW = 1 << 20
UTF8 = "utf-8-sig"
NUL, NUL_BYTE, MARK = "\0", b"\0", "\ufeff"
# of ASCII text in UTF-16 half of the bytes are NULs; of Chinese text few, but it starts with a mark or with a header
SHARE_OF_NULS = 0.02
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
    """The text of a file in blocks, without byte order marks, wherever they are: joined files have them in the middle.

    Raises InputError at the first damaged byte, and at the first NUL character.
    """
    decoder, fed = codecs.getincrementaldecoder(codec)(), 0
    try:
        for block in _blocks(reading):
            if not reading.map.encoding:
                _refuse_utf16(reading, block, fed)
            fed += len(block)
            text = decoder.decode(block)
            if NUL in text:
                raise _with_nul(reading, codec)
            yield text.replace(MARK, "")
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _damaged(reading, codec, fed - len(error.object) + error.start) from None
    except UnicodeError:
        # the byte order mark is missing
        raise _damaged(reading, codec, 0) from None


def _blocks(reading: Reading) -> Iterator[bytes]:
    with reading.open() as stream:
        while block := stream.read(BLOCK):
            yield block


def _refuse_utf16(reading: Reading, block: bytes, position: int) -> None:
    """Raise InputError for text in two or four bytes per character: it has a mark, or as many NULs as other text."""
    marked = position == 0 and block.startswith(UNICODE_MARKS)
    if marked or (NUL_BYTE in block and block.count(NUL_BYTE) > len(block) * SHARE_OF_NULS):
        remedy = f"{SAVE_AS} Or give `encoding: utf-16` in {paths.DELIVERY_MAP}."
        raise reading.error("is UTF-16 text or not text", remedy)


def _with_nul(reading: Reading, codec: str) -> InputError:
    """The error for the first NUL character of a file that is text otherwise."""
    before = codecs.getincrementaldecoder(codec)()
    lines = _text_lines(before.decode(block) for block in _blocks(reading))
    try:
        record, field = next(
            (number, at)
            for number, cells in enumerate(csv.reader(lines, delimiter=reading.map.delimiter))
            for at, cell in enumerate(cells, start=1)
            if NUL in cell
        )
    except (csv.Error, StopIteration):
        record, field = 0, 0
    place = f", in field {field}" if field else ""
    problem = f"has a NUL character, which is no text{place}"
    remedy = "Remove these characters (in most editors they are shown as NUL or ^@), or export the table again."
    return reading.error(problem, remedy, row=record - reading.map.header_row + 1 if record else None)


def _text_lines(blocks: Iterator[str]) -> Iterator[str]:
    rest = ""
    for block in blocks:
        *lines, rest = (rest + block).splitlines(keepends=True) or [""]
        yield from lines
    yield rest


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
