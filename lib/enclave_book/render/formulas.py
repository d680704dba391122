r"""Formulas as MathML, made when the book is built: no script draws them, and the page says them to a screen reader.

A displayed equation is broken before its signs (=, +, −, ≥) and after its wide spaces, so that a phone shows all of it.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from docutils import nodes
from latex2mathml.converter import convert_to_element
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number

RENDERER = "enclave"
# before these a displayed equation may go on in the next line
SIGNS = {"=", "+", "−", "-", "≥", "≤", "<", ">"}
OPENING, CLOSING = {"(", "[", "{"}, {")", "]", "}"}
# a space of this width in em divides two equations
WIDE = 1.0
ACCENTS = {"^", "¨", "¯", "~", "˜", "ˆ", "‾", "´"}
BARS = {"‖", "|", "∥"}
# a text of more words than this may be broken between them
WORDS = 2
UPRIGHT = re.compile(r"\\(?:mathrm|operatorname)\{([^{}]*)\}")
ALIGNED = re.compile(r"^\s*\\begin\{(aligned|split)\}(.*)\\end\{\1\}\s*$", re.DOTALL)


def inline(latex: str) -> str:
    """A formula of the text as one `math` element. Raises ValueError if it cannot be read."""
    return _text(_row(latex, "inline"))


def lines(latex: str) -> list[list[str]]:
    """A displayed equation: its lines, each as `math` elements between which it may be broken.

    Raises ValueError if it cannot be read.
    """
    return [[_text(part) for part in _parts(_row(line, "block"))] for line in _aligned(latex)]


def _aligned(latex: str) -> Iterator[str]:
    r"""The equations of an `aligned` block, one each: a row has several if it has more than one pair of columns."""
    inside = ALIGNED.match(latex)
    if inside is None:
        yield latex
        return
    for row in re.split(r"\\\\", inside[2]):
        columns = row.split("&")
        yield from (" ".join(columns[at : at + 2]) for at in range(0, len(columns), 2))


def _row(latex: str, display: str) -> Element:
    try:
        made = convert_to_element(UPRIGHT.sub(r"\\text{\1}", latex.strip()), display=display)
    except Exception as fault:
        raise ValueError(f"The formula cannot be read ({fault or type(fault).__name__}): {latex.strip()}") from fault
    for tag in made.iter():
        tag.text = unescape(tag.text) if tag.text else tag.text
        if "\\" in (tag.text or ""):
            raise ValueError(f"The formula has a command that is not known, {tag.text}: {latex.strip()}")
    _mend(made[0])
    return made[0]


def _mend(row: Element) -> None:
    """Italic words as one name each, accents that are marked as such, and bars that do not grow."""
    for tag in row.iter():
        if tag.tag == "mo" and (tag.text or "") in BARS:
            tag.set("stretchy", "false")
        if tag.tag == "mover" and (tag[1].text or "") in ACCENTS:
            tag.set("accent", "true")
        if tag.tag == "mrow" and len(tag) > 1 and all(one.get("mathvariant") == "italic" for one in tag):
            word = Element("mi", {"class": "word"})
            word.text = "".join(one.text or "" for one in tag)
            tag[:] = [word]
        tag.attrib.pop("mathvariant", None) if tag.get("mathvariant") == "italic" else None


def _parts(row: Element) -> Iterator[Element]:
    """The row in pieces: a new one begins at a sign outside of all brackets, after a wide space, or in a long text.

    A piece after a wide space has the class `next`.
    """
    piece, depth = Element("mrow"), 0
    for tag in _flat(row):
        text = (tag.text or "").strip() if tag.tag == "mo" else ""
        depth += (text in OPENING) - (text in CLOSING)
        signed = text in SIGNS and depth == 0
        wide = tag.tag == "mspace" and float(tag.get("width", "0em").removesuffix("em")) >= WIDE
        if len(piece) and (signed or wide or tag.get("class") == "broken"):
            yield piece
            piece = Element("mrow")
        if signed and not len(piece):
            tag.set("form", "infix")
        if wide:
            piece.set("class", "next")
        else:
            piece.append(tag)
    if len(piece):
        yield piece


def _flat(row: Element) -> Iterator[Element]:
    """The children of a row, and those of rows within it that hold no bracket that grows. Long texts in words."""
    for tag in row:
        if tag.tag == "mrow" and not (len(tag) and tag[0].get("fence") == "true"):
            yield from _flat(tag)
        elif tag.tag == "mtext" and len((tag.text or "").split()) > WORDS:
            yield from _words(tag.text or "")
        else:
            yield tag


def _words(text: str) -> Iterator[Element]:
    for word in text.split():
        tag = Element("mtext", {"class": "broken"})
        tag.text = f"{word}\N{NO-BREAK SPACE}"
        yield tag


def _text(row: Element) -> str:
    inside = "".join(ElementTree.tostring(tag, encoding="unicode") for tag in row)
    shown = f' class="{row.get("class")}"' if row.get("class") else ""
    return f"<math{shown}><mrow>{inside}</mrow></math>"


def _inline(writer, node: nodes.Element) -> None:
    writer.body.append(f'<span class="math notranslate nohighlight">{inline(node.astext())}</span>')
    raise nodes.SkipNode


def _block(writer, node: nodes.math_block) -> None:
    """An equation, its number at the right."""
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate nohighlight"))
    made = ["".join(f"<span>{part}</span> " for part in line) for line in lines(node.astext())]
    writer.body.append('<div class="equation">' + "".join(f"<div>{line}</div>" for line in made) + "</div>")
    if node["number"]:
        number, _, whose = get_node_equation_number(writer, node).partition(" ")
        writer.body.append(f'<span class="eqno">({escape(number)}) {escape(whose)}')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def _nothing(writer, node: nodes.Element) -> None:
    """What is written stands already."""


def setup(app: Sphinx) -> None:
    """Let Sphinx write formulas in this way."""
    app.add_html_math_renderer(RENDERER, (_inline, _nothing), (_block, _nothing))
