"""Rewrite NotoSansCJKsc-subset.otf: Noto Sans CJK SC, cut down to the characters that the figures can need.

    .venv/bin/python tools/subset_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Many systems have the collection as package "fonts-noto-cjk". The subset holds ASCII, common punctuation, mathematical
signs, and every character of `data/facts/*.csv` and of the modules that draw. Run this script again when a new fact has
a character that the font lacks: a test names the missing characters.
"""

import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection

from enclave.base import paths
from enclave.style import figures

FACE = "Noto Sans CJK SC"


def main(collection: str) -> None:
    """Write the subset of the face `FACE` of a TrueType collection into the folder of fonts."""
    face = next(font for font in TTCollection(collection).fonts if font["name"].getDebugName(4) == FACE)
    options = Options(hinting=False, desubroutinize=True, layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(figures.characters())))
    subsetter.subset(face)
    face["head"].modified = face["head"].created
    face.recalcTimestamp = False
    face.save(paths.FONTS / figures.FONT_FILE)


if __name__ == "__main__":
    main(*sys.argv[1:])
