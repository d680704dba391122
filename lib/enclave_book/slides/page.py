"""A deck as one HTML file that needs no other and no network: reveal.js, style and pictures are in it."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from PIL import Image
from pybtex.database import parse_file
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from enclave.base import paths, sources
from enclave.base.errors import EnclaveError
from enclave.style import tables
from enclave_book.pages import data_notice
from enclave_book.render import citations, formulas
from enclave_book.slides import chapters, decks, fields

WIDTH, HEIGHT = 1280, 720
CITED = re.compile(r"\{cite(?P<form>:t)?\}`(?P<keys>[^`]+)`")
PAPER_ONLY = "Printed in the paper"
# class of a table -> the most rows, and the most letters in a row, that it has room for
SIZES = {
    "largest": (6, 64),
    "large": (9, 80),
    "middle": (10, 95),
    "small": (14, 140),
    "compact": (18, 140),
    "smallest": (99, 999),
}
# from as many rows on, and up to as many letters in a row, a table stands beside the words of its slide
TALL = (8, 66)
START = f"""Reveal.initialize({{width: {WIDTH}, height: {HEIGHT}, margin: 0, minScale: 0.1, maxScale: 4, center: false,
  hash: true, controls: false, slideNumber: "c/t", transition: "none", backgroundTransition: "none",
  pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1, plugins: [RevealNotes]}});"""


@dataclass(frozen=True)
class Builder:
    """Makes decks from the executed chapters of a source."""

    source: str

    def chapter(self, key: str) -> chapters.Chapter:
        return _chapter(key, self.source)

    def page(self, deck: decks.Deck) -> str:
        """The deck as HTML. Raises EnclaveError, beginning with file and slide, for what a chapter does not have."""
        sections = [self._first(deck)]
        for number, slide in enumerate(deck.slides, start=2):
            try:
                sections.append(self._section(slide, deck))
            except EnclaveError as fault:
                raise EnclaveError(f"{deck.name}.md, slide {number}: {fault}") from None
        return _document(deck, sections)

    def _first(self, deck: decks.Deck) -> str:
        """The slide with the title, and what the data are in large letters."""
        warning = f"<strong>{escape(sources.data_label(self.source, 'en'))}.</strong> " + escape(
            data_notice.LINES[sources.kind(self.source)]
        )
        return (
            f'<section class="first"><div class="body"><p class="kicker">{escape(_kicker(deck))}</p>'
            f"<h1>{escape(deck.title)}</h1>"
            "<p>With the replication of Tang and Zhang (2024), <em>China’s Paired-Up Assistance Program and Its "
            "Effects</em> (中国特色对口帮扶及其效应研究)</p>"
            f'<p class="warning">{warning}</p></div>{_notes(self._html(deck.notes))}</section>'
        )

    def _section(self, slide: decks.Slide, deck: decks.Deck) -> str:
        title = _inline(self._filled(slide.title))
        label, warned = self._label(slide)
        foot = (
            f'<span class="{"warned" if warned else "told"}">{escape(label)}</span><span>{escape(_kicker(deck))}</span>'
        )
        return (
            f'<section><div class="body"><h2>{title}</h2>{self._body(slide)}</div><div class="foot">{foot}</div>'
            f"{_notes(self._html(slide.notes))}</section>"
        )

    def _body(self, slide: decks.Slide) -> str:
        """The parts below each other, or words and one figure or long narrow table side by side."""
        words = "".join(self._html(part) for part in slide.parts if isinstance(part, str))
        shown = [self._exhibit(exhibit) for exhibit in slide.exhibits]
        if words and len(shown) == 1 and slide.exhibits[0].kind == "figure":
            return f'<div class="beside figure"><div>{words}</div>{shown[0]}</div>'
        if words and len(shown) == 1 and slide.exhibits[0].kind == "table" and _is_tall(shown[0]):
            return f'<div class="beside table">{shown[0]}<div>{words}</div></div>'
        return "".join(self._html(part) if isinstance(part, str) else self._exhibit(part) for part in slide.parts)

    def _label(self, slide: decks.Slide) -> tuple[str, bool]:
        """What the data of a slide are with the warning that belongs to it, and whether there is such a warning."""
        labels = [self.chapter(part.chapter).cell(part.name).label for part in slide.exhibits if part.kind in LABELLED]
        named = [place for place, _ in fields.places(slide.text)]
        if any(place != fields.PRINTED for place in named):
            labels.append(sources.data_label(slide.data or self.source, "en"))
        if not labels:
            return PAPER_ONLY if named else "", False
        ours = sources.data_label(self.source, "en")
        warned = [data_notice.LINES[sources.kind(self.source)]] if ours in labels else []
        return ". ".join([*dict.fromkeys(labels)]) + "." + "".join(f" {line}" for line in warned), bool(warned)

    def _filled(self, text: str) -> str:
        return CITED.sub(_cited, fields.filled(text, self.chapter, self.source))

    def _html(self, text: str) -> str:
        return _markdown().render(self._filled(text))

    def _exhibit(self, exhibit: decks.Exhibit) -> str:
        chapter = self.chapter(exhibit.chapter)
        if exhibit.kind == "equation":
            return _equation(chapter.equation(exhibit.name))
        shown = chapter.cell(exhibit.name)
        if exhibit.kind == "figure":
            return _figure(shown, exhibit)
        return _table(shown, exhibit) if exhibit.kind == "table" else _code(shown, exhibit)


# what these show has a label of its data
LABELLED = ("figure", "table")


@cache
def _chapter(key: str, source: str) -> chapters.Chapter:
    return chapters.read(key, source)


def _kicker(deck: decks.Deck) -> str:
    return f"Session {deck.session}" if deck.session.isdigit() else deck.session


def _notes(html: str) -> str:
    return f'<aside class="notes">{html}</aside>'


def _figure(shown: chapters.Shown, exhibit: decks.Exhibit) -> str:
    """A figure of a chapter, or its upper part; then a line below says so."""
    picture, told = shown.picture(), ""
    if "upper" in exhibit.options:
        picture = _upper(picture, int(exhibit.options["upper"]))
        told = "<figcaption>The upper part; the chapter has the whole figure.</figcaption>"
    data = base64.b64encode(picture).decode("ascii")
    return f'<figure><img alt="{escape(shown.alt)}" src="data:image/png;base64,{data}">{told}</figure>'


def _upper(picture: bytes, share: int) -> bytes:
    """As many per cent of a picture, from above."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as whole:
        whole.crop((0, 0, whole.width, whole.height * share // 100)).save(made, "PNG", optimize=True)
    return made.getvalue()


def _table(shown: chapters.Shown, exhibit: decks.Exhibit) -> str:
    """A table of a chapter, as many rows and such columns as the slide asks for; it says how many rows there are."""
    soup = BeautifulSoup(shown.table(), "html.parser")
    columns = [word.strip() for word in exhibit.options.get("columns", "").split("|") if word.strip()]
    heads = [cell.get_text() for cell in soup.select("thead tr:last-child > *")]
    unknown = [name for name in columns if name not in heads]
    if unknown:
        raise EnclaveError(f"The table {exhibit.name!r} has no column {unknown[0]!r}. It has {', '.join(heads)}.")
    rows, kept = soup.select("tbody tr"), int(exhibit.options.get("rows", 0))
    if columns:
        for row in soup.find_all("tr"):
            for cell, head in zip(row.find_all(["td", "th"]), heads, strict=True):
                if head not in columns:
                    cell.decompose()
    for row in rows[kept:] if kept else []:
        row.decompose()
    for cell in soup.find_all(style=True):
        del cell["style"]
    if isinstance(box := soup.select_one(f".{tables.BOX}"), Tag):
        box["class"] = f"{tables.BOX} {_size(soup)}"
    if kept and kept < len(rows):
        _say_rows(soup, kept, len(rows))
    return str(soup)


def _size(soup: BeautifulSoup) -> str:
    """The class of a table by its rows and its letters in a row: small tables have large letters."""
    rows, letters = _extent(soup)
    fitting = [size for size, (most, widest) in SIZES.items() if rows <= most and letters <= widest]
    return next(iter(fitting), list(SIZES)[-1])


def _extent(soup: BeautifulSoup) -> tuple[int, int]:
    """Rows of a table with its heads, and the letters of its widest cells with two blanks between them."""
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.find_all("tr")]
    whole = [row for row in rows if len(row) == len(rows[-1])]
    return len(rows), sum(max(map(len, column)) + 2 for column in zip(*whole, strict=True))


def _is_tall(html: str) -> bool:
    """Whether a table leaves room for words at its side, and none below."""
    rows, letters = _extent(BeautifulSoup(html, "html.parser"))
    return rows >= TALL[0] and letters <= TALL[1]


def _say_rows(soup: BeautifulSoup, kept: int, rows: int) -> None:
    box = soup.select_one(f".{tables.BOX}")
    line = soup.new_tag("p", attrs={"class": "note"})
    line.string = f"The first {kept} of {rows} rows; the chapter has all."
    if isinstance(box, Tag):
        box.append(line)


def _code(shown: chapters.Shown, exhibit: decks.Exhibit) -> str:
    lines = shown.code.splitlines()
    first, _, last = exhibit.options.get("lines", f"1-{len(lines)}").partition("-")
    chosen = "\n".join(lines[int(first) - 1 : int(last or first)])
    return highlight(chosen, PythonLexer(), HtmlFormatter(noclasses=True, nobackground=True, style="tango"))


def _equation(latex: str) -> str:
    lines = formulas.lines(latex)
    return '<div class="equation">' + "".join(f"<div>{''.join(line)}</div>" for line in lines) + "</div>"


@cache
def _markdown() -> MarkdownIt:
    plain = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    return plain.use(dollarmath_plugin, renderer=_formula)


def _formula(latex: str, options: dict) -> str:
    return _equation(latex) if options["display_mode"] else formulas.inline(latex)


def _inline(text: str) -> str:
    return _markdown().renderInline(text)


@cache
def _works() -> dict[str, tuple[str, str, str]]:
    """Key of each work -> its authors, its year and its address, if it has one."""
    made = {}
    for key, entry in parse_file(str(paths.BOOK / citations.REFERENCES)).entries.items():
        names = [" ".join(person.prelast_names + person.last_names).strip("{}") for person in entry.persons["author"]]
        authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        digital = entry.fields.get("doi")
        address = f"https://doi.org/{digital}" if digital else entry.fields.get("url", "")
        made[key] = (authors, entry.fields["year"], address)
    return made


def _cited(found: re.Match) -> str:
    """Works by author and year, with a link to those that have an address."""
    words = [_work(key.strip(), in_sentence=bool(found["form"])) for key in found["keys"].split(",")]
    return " and ".join(words) if found["form"] else f"({'; '.join(words)})"


def _work(key: str, *, in_sentence: bool) -> str:
    if key not in _works():
        raise EnclaveError(f"No work {key!r} is in {citations.REFERENCES}.")
    authors, year, address = _works()[key]
    words = f"{authors} ({year})" if in_sentence else f"{authors}, {year}"
    return f"[{words}](<{address}>)" if address else words


def _document(deck: decks.Deck, sections: list[str]) -> str:
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{escape(deck.title)}</title>\n",
            *_styles(),
            '</head>\n<body>\n<div class="reveal"><div class="slides">\n',
            "\n".join(sections),
            "\n</div></div>\n",
            *_scripts(),
            f"<script>{START}</script>\n</body>\n</html>\n",
        ]
    )


def _styles() -> Iterator[str]:
    """The styles of reveal.js and of the course, and the letters of formulas."""
    letters = base64.b64encode(paths.MATH_FONT.read_bytes()).decode("ascii")
    yield f'<style>@font-face {{font-family: "House Math"; src: url("data:font/woff;base64,{letters}");}}</style>\n'
    for file in (paths.REVEAL / "reveal.css", paths.DECK_STYLE):
        yield f"<style>\n{file.read_text(encoding='utf-8')}\n</style>\n"


def _scripts() -> Iterator[str]:
    """reveal.js and its notes, without the names of their maps, which are not shipped."""
    for name in ("reveal.js", "notes.js"):
        text = (paths.REVEAL / name).read_text(encoding="utf-8")
        text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE).replace("</script", r"<\/script")
        yield f"<script>\n{text}\n</script>\n"
