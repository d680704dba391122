"""The text of a PDF in the characters of the page, so that 飞地 is found and copied as it was written.

A font may draw a character and the radical of the same form with one glyph: 口 and U+2F1D, 飞 and U+2EDC. Chromium then
writes the radical into the table from which a reader takes the text, and a search for the word finds nothing.
"""

import io
import re
import unicodedata

from pypdf import PdfReader, PdfWriter
from pypdf.generic import StreamObject

# radicals of simplified and variant forms (U+2E80 to U+2EF3) with the characters that they look like. Those of U+2F00
# to U+2FD5 have their characters in Unicode (NFKC)
FORMS = (
    "⺁厂⺇几⺌小⺎兀⺏尣⺐尢⺒巳⺓幺⺛旡⺝月⺟母⺠民⺩王⺪疋⺫罒⺬示⺮竹⺶羊⺻聿⺼月⻀臼⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻑長⻒镸"
    "⻓长⻔门⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
CHARACTERS = dict(zip(FORMS[::2], FORMS[1::2], strict=True)) | {
    chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)
}
SECTION = re.compile(rb"\d+\s+beginbf(char|range)(.*?)endbf(?:char|range)", re.DOTALL)
ONE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
MOST = 100


def with_characters(pdf: bytes) -> bytes:
    """The same PDF, in which no glyph stands for a radical."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    changed = False
    for made in writer._objects:
        if isinstance(made, StreamObject) and b"beginbf" in (table := made.get_data()):
            mended = _mended(table)
            if mended != table:
                made.set_data(mended)
                changed = True
    if not changed:
        return pdf
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def _mended(table: bytes) -> bytes:
    return SECTION.sub(lambda section: _section(section[0], section[1], section[2]), table)


def _section(whole: bytes, kind: bytes, body: bytes) -> bytes:
    """A section of a table from glyphs to characters; one with a radical is written glyph by glyph."""
    if kind == b"range" and b"[" in body:
        return whole
    glyphs = (
        _of_ranges(body) if kind == b"range" else [(glyph.decode(), to.decode()) for glyph, to in ONE.findall(body)]
    )
    mended = [(glyph, _character(to)) for glyph, to in glyphs]
    if mended == glyphs:
        return whole
    lines = [f"<{glyph}> <{to}>" for glyph, to in mended]
    pieces = [lines[at : at + MOST] for at in range(0, len(lines), MOST)]
    return "\n".join(f"{len(piece)} beginbfchar\n" + "\n".join(piece) + "\nendbfchar" for piece in pieces).encode()


def _of_ranges(body: bytes) -> list[tuple[str, str]]:
    return [
        (f"{int(first, 16) + step:0{len(first)}X}", f"{int(to, 16) + step:0{len(to)}X}")
        for first, last, to in RANGE.findall(body)
        for step in range(int(last, 16) - int(first, 16) + 1)
    ]


def _character(to: str) -> str:
    """The character of a radical, both in hexadecimal digits of UTF-16; others do not change."""
    found = CHARACTERS.get(chr(int(to, 16))) if len(to) == 4 else None
    return f"{ord(found):04X}" if found else to
