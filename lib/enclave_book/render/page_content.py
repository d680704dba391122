"""The content of a rendered page as lists of one-line entries by kind, so that two books can be compared.

The article counts. Of all that the theme adds, only these count: the title of the page, the notice at its top, the list
of chapters, and loaded files that belong to the book or come from the network.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote

from bs4 import BeautifulSoup, NavigableString, Tag

from enclave.base import paths

HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
BLOCKS = ["p", "li", "dt", "dd", "div", "section", "summary", "label", "figcaption", "blockquote", "article", "aside"]
# text inside these belongs to an entry of another kind
ELSEWHERE = [*HEADINGS, "table", "pre", "figcaption", "script", "style"]
STATIC = "_static"
NOTICE, CHAPTERS = ".bd-header-announcement", "nav.bd-links"
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
# numbers that docutils gives to anchors without a name, such as citations
COUNTED = re.compile(r"id\d+")
LOADED = {"script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data", "embed": "src"}


def attribute(tag: Tag, name: str) -> str:
    """An attribute of a tag as one text; empty if it is missing."""
    found = tag.get(name) or ""
    return found if isinstance(found, str) else " ".join(found)


class Page:
    """A page of the book in `folder`, by its name there. `html` is read from the file unless it is given."""

    def __init__(self, folder: Path, name: str, html: str | None = None) -> None:
        self.folder, self.name = folder, name
        self.soup = BeautifulSoup(html or (folder / name).read_text(encoding="utf-8"), "html.parser")
        for sign in self.soup.select("a.headerlink"):
            sign.decompose()
        self.article = self.soup.find("article") or Tag(name="article")

    def content(self) -> dict[str, list[str]]:
        """Entries of the page by kind, in the order of the page."""
        return {kind: list(read(self)) for kind, read in KINDS.items()}

    def names(self) -> set[str]:
        """The anchors of the page."""
        tags = self.soup.find_all(True)
        return {attribute(tag, key) for tag in tags for key in ("id", "name") if tag.get(key)}

    def leads_to(self, address: str) -> str:
        """An address on this page as file and anchor, relative to the top folder of the book."""
        if OUTSIDE.match(address):
            return address
        path, mark, place = unquote(address).partition("#")
        path = path.partition("?")[0]
        file = normpath(join(self.name, "..", path)) if path else self.name
        return file + mark + place

    def digest(self, address: str) -> str:
        """Short hash of the file that an address leads to."""
        file = self.folder / self.leads_to(address).partition("#")[0]
        return sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "no such file"


def own_static() -> set[str]:
    """Names of the style sheets and scripts that the book adds to those of the theme."""
    return {file.name for file in (paths.BOOK / STATIC).rglob("*") if file.is_file()}


def line(text: str) -> str:
    """Text in one line, with single spaces."""
    return " ".join(text.split())


def _title(page: Page) -> Iterator[str]:
    yield from (line(tag.get_text()) for tag in page.soup.find_all("title", limit=1))


def _notice(page: Page) -> Iterator[str]:
    yield from (line(tag.get_text()) for tag in page.soup.select(NOTICE))


def _chapters(page: Page) -> Iterator[str]:
    for tag in page.soup.select(f"{CHAPTERS} .caption, {CHAPTERS} a[href]"):
        to = f" -> {page.leads_to(attribute(tag, 'href'))}" if tag.name == "a" else ""
        yield line(tag.get_text()) + to


def _headings(page: Page) -> Iterator[str]:
    for tag in page.article.find_all(HEADINGS):
        place = attribute(tag, "id") or (attribute(tag.parent, "id") if tag.parent else "")
        yield f"{tag.name} {line(tag.get_text())} #{place}"


def _figures(page: Page) -> Iterator[str]:
    for tag in page.article.find_all("figure"):
        caption = tag.find("figcaption")
        yield f"{line(caption.get_text()) if caption else 'without caption'} #{attribute(tag, 'id')}"


def _images(page: Page) -> Iterator[str]:
    for tag in page.article.find_all("img"):
        yield f"{line(attribute(tag, 'alt'))} (file {page.digest(attribute(tag, 'src'))})"
    for tag in page.article.find_all("svg"):
        yield f"drawing {sha256(str(tag).encode()).hexdigest()[:12]}"


def _tables(page: Page) -> Iterator[str]:
    """Each table by its caption and its number of rows."""
    for table in page.article.find_all("table"):
        caption = table.find("caption")
        yield f"{line(caption.get_text()) if caption else 'without caption'} (rows: {len(table.find_all('tr'))})"


def _rows(page: Page) -> Iterator[str]:
    """The rows of all tables, cell by cell."""
    for row in page.article.find_all("tr"):
        yield " | ".join(_cell(cell) for cell in row.find_all(["th", "td"], recursive=False))


def _cell(cell: Tag) -> str:
    wide = "".join(f" [{key} {cell[key]}]" for key in ("colspan", "rowspan") if cell.get(key, "1") != "1")
    return line(cell.get_text()) + wide


def _texts(page: Page) -> Iterator[str]:
    """The words of each paragraph, item, title or label; equations and code within them included."""
    blocks: dict[int, list[str]] = {}
    for block, words in _words(page.article, page.article):
        blocks.setdefault(id(block), []).append(words)
    yield from filter(None, (line("".join(words)) for words in blocks.values()))


def _words(tag: Tag, block: Tag) -> Iterator[tuple[Tag, str]]:
    """Each text in a tag, without comments, with its innermost block."""
    for child in tag.children:
        if isinstance(child, Tag):
            if child.name not in ELSEWHERE:
                yield from _words(child, child if child.name in BLOCKS else block)
        elif type(child) is NavigableString:
            yield block, child


def _code(page: Page) -> Iterator[str]:
    """Code and what it printed, line by line."""
    for tag in page.article.find_all("pre"):
        yield from (words.rstrip() for words in tag.get_text().splitlines() if words.strip())


def _equations(page: Page) -> Iterator[str]:
    for tag in page.article.select("div.math, span.math"):
        yield f"{line(tag.get_text())} #{attribute(tag, 'id')}"


def _boxes(page: Page) -> Iterator[str]:
    """Notes, folded solutions and folded code, each with its kinds and its title."""
    for tag in page.article.select("div.admonition, details"):
        title = tag.find(["summary", "p"])
        yield f"{' '.join(sorted(attribute(tag, 'class').split()))}: {line(title.get_text()) if title else ''}"


def _controls(page: Page) -> Iterator[str]:
    for tag in page.article.find_all(["input", "select", "option", "button"]):
        states = [key for key in ("checked", "disabled", "selected") if tag.has_attr(key)]
        yield " ".join(text for text in (tag.name, attribute(tag, "type"), attribute(tag, "value"), *states) if text)


def _links(page: Page) -> Iterator[str]:
    """Each link; an anchor with a counted name is replaced by the text at the anchor."""
    for tag in page.article.select("a[href]"):
        file, mark, place = page.leads_to(attribute(tag, "href")).partition("#")
        if COUNTED.fullmatch(place):
            there = page.article.find(id=place) if file == page.name else None
            place = f"({line(there.get_text())[:60] if there else 'counted'})"
        yield f"{line(tag.get_text())} -> {file}{mark}{place}"


def _downloads(page: Page) -> Iterator[str]:
    for tag in page.article.select("a[download], a.download"):
        yield f"{page.leads_to(attribute(tag, 'href'))} (file {page.digest(attribute(tag, 'href'))})"


def _loads(page: Page) -> Iterator[str]:
    """Style sheets, scripts and other files that belong to the book or come from the network, sorted."""
    own = own_static()
    tags = page.soup.find_all(list(LOADED))
    loaded = {page.leads_to(attribute(tag, LOADED[tag.name])) for tag in tags if tag.get(LOADED[tag.name])}
    yield from sorted(load for load in loaded if OUTSIDE.match(load) or load.rpartition("/")[2] in own)


KINDS = {
    "title": _title,
    "notice": _notice,
    "chapters": _chapters,
    "heading": _headings,
    "figure": _figures,
    "image": _images,
    "table": _tables,
    "row": _rows,
    "text": _texts,
    "code": _code,
    "equation": _equations,
    "box": _boxes,
    "control": _controls,
    "link": _links,
    "download": _downloads,
    "loaded": _loads,
}
