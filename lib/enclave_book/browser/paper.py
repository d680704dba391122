"""The book as one PDF: cover, contents, all pages with page numbers, an outline, and links that work inside the file.

The browser prints each page of the built book with the print part of the style sheet. The sheets are then put together,
and links between pages of the book lead to the sheet with their target.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from importlib import metadata
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import yaml
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, Fit, FloatObject, NameObject, NullObject, NumberObject

from enclave.base import files, paths, sources
from enclave_book.browser import chromium, look

A4 = {"paperWidth": 8.27, "paperHeight": 11.69}
MARGINS = {"marginTop": 0.7, "marginBottom": 0.8, "marginLeft": 0.75, "marginRight": 0.75}
SHEET = {**A4, **MARGINS, "printBackground": True, "generateTaggedPDF": True}
ANCHORS = re.compile(r'href="([^"#]*)#([^"]+)"')
SECTION = re.compile(
    r'<section id="([^"]+)">\s*(?:<span id="[^"]*"></span>\s*)*<h2>(.*?)<a class="headerlink"', re.DOTALL
)
TITLE = re.compile(r"<title>(.*?)(?: &#8212; .*?)?</title>", re.DOTALL)
# the browser gives a place in the file to those anchors alone that a link on the page leads to
REACHED = """(names => { const box = document.createElement("div");
  box.style.cssText = "font-size: 1px; color: transparent";
  for (const name of names) { const place = document.getElementById(name); if (!place) continue;
    const link = document.createElement("a"); link.href = "#" + encodeURIComponent(name); link.textContent = ".";
    link.style.color = "transparent"; box.append(link); }
  document.querySelector("article").append(box); })(NAMES)"""
FRONT_STYLE = """<style>body { font-family: sans-serif; color: #000; } h1 { font-size: 40pt; margin: 30mm 0 4mm; }
 h2 { font-size: 13pt; margin: 6mm 0 1mm; } img { width: 100%; } .mark { border: 1px solid #000; padding: 3mm; }
 a { color: inherit; text-decoration: none; display: flex; gap: 2mm; } a i { flex: 1; border-bottom: 1px dotted #888; }
 a b { font-weight: normal; } .contents { break-before: page; }</style>"""


@dataclass
class Part:
    """A page of the book on paper: its name and title, its sheets, and where they begin in the whole file."""

    name: str
    title: str
    sheets: bytes
    sections: list[tuple[str, str]] = field(default_factory=list)
    first: int = 0
    places: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def reader(self) -> PdfReader:
        return PdfReader(io.BytesIO(self.sheets))


def write(source: str, report=print) -> Path:
    """Write the built book as PDF to `paths.paper(source)`, and every page of it in a file of its own.

    Returns the file of the whole book.

    Raises EnclaveError if the book is not built or no browser is installed.
    """
    names = [name for name in look.pages(source) if name != "search"]
    folder = paths.paper(source)
    with look.served(paths.html(source)) as address, chromium.tab() as tab:
        wanted = anchors(paths.html(source), names)
        parts = []
        for name in names:
            report(f"  {name}")
            parts.append(_printed(tab, address, name, wanted.get(name, set()), source))
        front = _front(tab, parts, source, address)
        whole = assemble(front, parts, address, _feet(tab, parts, len(PdfReader(io.BytesIO(front)).pages), source))
    files.write_bytes(whole, folder / f"enclave_{sources.kind(source)}.pdf")
    for part in parts:
        files.write_bytes(part.sheets, folder / "pages" / f"{part.name.rpartition('/')[2]}.pdf")
    return folder / f"enclave_{sources.kind(source)}.pdf"


def anchors(folder: Path, names: list[str]) -> dict[str, set[str]]:
    """Page -> the anchors on it that other pages of the book link to."""
    found: dict[str, set[str]] = {}
    for name in names:
        for path, place in ANCHORS.findall((folder / f"{name}.html").read_text(encoding="utf-8")):
            to = urljoin(f"/{name}.html", unescape(path)).lstrip("/").removesuffix(".html")
            if to != name and to in names:
                found.setdefault(to, set()).add(unquote(unescape(place)))
    return found


def _printed(tab: chromium.Tab, address: str, name: str, wanted: set[str], source: str) -> Part:
    tab.screen(1000)
    tab.open(f"{address}/{name}.html")
    html = (paths.html(source) / f"{name}.html").read_text(encoding="utf-8")
    sections = [(place, plain(words)) for place, words in SECTION.findall(html)]
    tab.run(REACHED.replace("NAMES", json.dumps(sorted(wanted | {place for place, _ in sections}))))
    found = TITLE.search(html)
    return Part(name, plain(found[1]) if found else name, tab.paper(**SHEET), sections)


def plain(html: str) -> str:
    """A piece of HTML as text in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def _front(tab: chromium.Tab, parts: list[Part], source: str, address: str) -> bytes:
    """Cover and contents. They are printed twice: their own length moves the numbers in them."""
    before = 0
    sheets = b""
    for _ in range(2):
        at = before
        for part in parts:
            part.first = at
            at += len(part.reader.pages)
        tab.open(f"{address}/index.html")
        tab.run(f"document.open(); document.write({_front_html(parts, source)!r}); document.close(); 0")
        tab.run(chromium.SETTLED)
        tab.run("Promise.all([...document.images].map(image => image.decode())).then(() => 0)")
        sheets = tab.paper(**SHEET)
        before = len(PdfReader(io.BytesIO(sheets)).pages)
    return sheets


def _front_html(parts: list[Part], source: str) -> str:
    titles = {part.name: part for part in parts}
    lines = []
    for caption, names in chapters():
        if caption:
            lines.append(f"<h2>{escape(caption)}</h2>")
        for name in names:
            part = titles[name]
            lines.append(f'<a href="/{quote(name)}.html"><b>{escape(part.title)}</b><i></i><b>{part.first + 1}</b></a>')
    version = metadata.version("enclave")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Enclave</title>{FRONT_STYLE}</head><body>'
        f"<h1>Enclave</h1><p>A replication book of Tang and Zhang (2024), China's Paired-Up Assistance Program and Its "
        f"Effects, <em>Finance &amp; Trade Economics</em> 45(4)</p><p>Version {escape(version)}</p>"
        f'<p class="mark"><strong>{escape(sources.data_label(source))}.</strong></p>'
        f'<img src="/_images/cover_map.png" alt="">'
        f'<div class="contents"><h2>Contents</h2>{"".join(lines)}</div></body></html>'
    )


def chapters() -> Iterator[tuple[str, list[str]]]:
    """The parts of the book, each with its caption and the names of its pages; first the cover without a caption."""
    toc = yaml.safe_load(paths.BOOK_TOC.read_text(encoding="utf-8"))
    yield "", [toc["root"]]
    for part in toc["parts"]:
        yield part["caption"], [chapter["file"] for chapter in part["chapters"]]


def _feet(tab: chromium.Tab, parts: list[Part], front: int, source: str) -> bytes:
    """As many empty sheets as the pages have, each with its number and the name of its data below."""
    label = escape(sources.data_label(source))
    total = front + sum(len(part.reader.pages) for part in parts)
    lines = "".join(f"<p>{number}<br>{label}</p>" for number in range(front + 1, total + 1))
    style = (
        "<style>@page { size: A4; margin: 0 } body { margin: 0 } "
        "p { box-sizing: border-box; height: 297mm; margin: 0; padding-top: 281mm; text-align: center; "
        "font: 9pt sans-serif; break-after: page }</style>"
    )
    tab.open("about:blank")
    tab.run(f"document.body.innerHTML = {(style + lines)!r}; 0")
    return tab.paper(preferCSSPageSize=True, printBackground=False)


def assemble(front: bytes, parts: list[Part], address: str, numbers: bytes) -> bytes:
    """All sheets in one file, with numbers, outline, and links that lead to sheets of the file."""
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(front)).pages:
        writer.add_page(page)
    stamps = PdfReader(io.BytesIO(numbers)).pages
    done = 0
    for part in parts:
        reader = part.reader
        part.first = len(writer.pages)
        part.places = {
            unquote(name.lstrip("/")): _place(reader, place) for name, place in reader.named_destinations.items()
        }
        for page in reader.pages:
            sheet = writer.add_page(page)
            sheet.merge_page(stamps[done])
            sheet.compress_content_streams()
            done += 1
    by_name = {part.name: part for part in parts}
    for page in writer.pages:
        _lead(writer, page, by_name, address)
    _outline(writer, by_name)
    writer.add_metadata({"/Title": "Enclave: a replication book of Tang and Zhang (2024)", "/Lang": "en"})
    writer.compress_identical_objects()
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _place(reader: PdfReader, destination) -> tuple[int, float]:
    """Sheet within the part, and height on it, of a named place."""
    return reader.get_destination_page_number(destination) or 0, float(destination.top or 0)


def _lead(writer: PdfWriter, page: PageObject, parts: dict[str, Part], address: str) -> None:
    """Let the links of a sheet to pages of the book, or to places on the same page, lead to sheets of the file.

    A link to a file that is no page of the book, such as a download, is taken out.
    """
    kept = ArrayObject()
    for entry in page.get("/Annots", ArrayObject()):
        note = entry.get_object()
        action = note.get("/A", {})
        uri = str(action.get("/URI", "")) if action else ""
        if uri.startswith(address):
            where = urlsplit(uri)
            target = parts.get(where.path.strip("/").removesuffix(".html") or "index")
            place = unquote(where.fragment)
        elif "/Dest" in note and not isinstance(note["/Dest"], ArrayObject):
            target, place = _owner(page, parts), unquote(str(note["/Dest"]).lstrip("/"))
        else:
            kept.append(entry)
            continue
        if target is not None:
            _point(writer, note, target, place)
            kept.append(entry)
    page[NameObject("/Annots")] = kept


def _point(writer: PdfWriter, note: DictionaryObject, target: Part, place: str) -> None:
    """Let one link lead to a place of a part, or to its beginning."""
    sheet, top = target.places.get(place, (0, 0.0))
    note.pop("/A", None)
    height = FloatObject(top) if top else NullObject()
    there = writer.pages[target.first + sheet].indirect_reference
    note[NameObject("/Dest")] = ArrayObject([there, NameObject("/XYZ"), NumberObject(0), height, NullObject()])


def _owner(page: PageObject, parts: dict[str, Part]) -> Part | None:
    at = page.page_number or 0
    begun = [part for part in parts.values() if part.first <= at]
    return begun[-1] if begun else None


def _outline(writer: PdfWriter, parts: dict[str, Part]) -> None:
    """Parts of the book, their pages, and the sections of each page."""
    for caption, names in chapters():
        first = parts[names[0]].first
        above = writer.add_outline_item(title=caption, page_number=first) if caption else None
        for name in names:
            part = parts[name]
            item = writer.add_outline_item(title=part.title, page_number=part.first, parent=above)
            for place, title in part.sections:
                if place in part.places:
                    sheet, top = part.places[place]
                    fit = Fit.xyz(left=0, top=top)
                    writer.add_outline_item(title=title, page_number=part.first + sheet, parent=item, fit=fit)
