"""Rewrite book/_static/math.woff: STIX Two Math, cut down to the signs that formulas can need.

    .venv/bin/python tools/subset_math_font.py STIXTwoMath-Regular.ttf

The font is that of https://github.com/stipub/stixfonts, under the SIL Open Font License, whose words are in
lib/enclave/style/fonts/OFL.txt. A browser needs it for brackets and roots that grow; systems differ in the fonts for
formulas that they have.
"""

import sys
from itertools import chain
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from enclave.base import paths

PLACE = paths.BOOK / "_static" / "math.woff"
RANGES = [
    (0x20, 0x7F),
    (0xA0, 0x100),
    (0x2B0, 0x2FF),
    (0x300, 0x340),
    (0x370, 0x400),
    (0x2010, 0x2040),
    (0x20D0, 0x20F0),
    (0x2100, 0x2140),
    (0x2190, 0x21A0),
    (0x2200, 0x2300),
    (0x2308, 0x230C),
    (0x27E8, 0x27EA),
    # Latin and Greek in italics
    (0x1D434, 0x1D468),
    (0x1D6E2, 0x1D71C),
]


def main(font: str) -> None:
    """Write the subset of a font file."""
    face = TTFont(font)
    options = Options(hinting=False, layout_features=["ssty", "dtls", "flac"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.flavor = "woff"
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=chain.from_iterable(range(*limits) for limits in RANGES))
    subsetter.subset(face)
    head: Any = face["head"]
    head.modified = head.created
    face.recalcTimestamp = False
    face.flavor = "woff"
    face.save(PLACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
