"""The last changes of written pages: what the theme loads and nobody needs goes out, and what readers need is put in.

A page gets a description, an icon, names for its parts, and the language of its Chinese words. Texts only: every change
is small, and a page without what is to be changed stays as it is.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from io import BytesIO
from pathlib import Path

import yaml

from enclave.base import paths

MAP, PREVIEW = "_images/cover_map.png", "_images/preview.png"
# the size that programs expect which show a link to a page, in pixels
PREVIEW_SIZE = (1200, 630)
PREVIEW_ALT = "Map of Guangdong with an arrow from the helper to the recipient of each pair with a park"
PLAIN = '<meta name="twitter:card" content="summary" />'
SITE = "Enclave: a replication book"
# the search page alone searches
SEARCH = re.compile(r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>')
UNUSED = re.compile(
    r"\s*<script[^>]*fontawesome\.js[^>]*></script>|\s*<link[^>]*sphinx-thebe\.css[^>]*>"
    r'|(?<=initial-scale=1.0" />)<meta name="viewport"[^>]*>'
    r'|\s*<meta name="viewport" content="width=device-width, initial-scale=1"/>'
)
CHINESE = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff01-\uff5e]*[\u3400-\u9fff\uf900-\ufaff][\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]*"
)
TAG = re.compile(r"(<!--.*?-->|<[^>]+>)", re.DOTALL)
# in these elements text is no text of the page
RAW = {"script", "style", "svg", "title", "textarea", "option", "math"}
BOX = re.compile(r'<input class="task-list-item-checkbox"[^>]*>')
SIDE_BAR = 'role="complementary" aria-label="The book"'
ROLES = [
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
    (re.compile(r' role="doc-biblioentry"'), ""),
    (re.compile(r' role="doc-backlink"'), ""),
    (
        re.compile(r'<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">'),
        f'<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar" {SIDE_BAR}>',
    ),
    # the name of a button is what stands on it
    (re.compile(r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"'), r"\1"),
]
# a long name of code may break behind a stroke, a line, a point or two of them
LONG_CODE = re.compile(r'(?<=<span class="pre">)[^<]{20,}(?=</span>)')
BREAK = re.compile(r"(?<=[/_.:])(?=[\w&])")
PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
LONGEST = 200
COLOURS = 256
MARGIN = 40


def pages(folder: Path) -> None:
    """Mend every page of the book in a folder, and make the picture that a link to one shows."""
    if (folder / MAP).is_file():
        (folder / PREVIEW).write_bytes(preview((folder / MAP).read_bytes()))
    address = base()
    for file in sorted(folder.rglob("*.html")):
        name = file.relative_to(folder).as_posix()
        if not name.startswith("_"):
            file.write_text(page(file.read_text(encoding="utf-8"), name, address), encoding="utf-8", newline="\n")


def base() -> str:
    """The address of the published pages in `_config.yml`; empty until it is known."""
    config = yaml.safe_load(paths.BOOK_CONFIG.read_text(encoding="utf-8"))
    return (config.get("html") or {}).get("baseurl") or ""


def page(html: str, name: str, address: str = "") -> str:
    """A page of the book, by its name from the top folder, as readers get it; `address` is that of the whole book."""
    html = UNUSED.sub("", html)
    if name != "search.html":
        html = SEARCH.sub("", html)
    for pattern, text in ROLES:
        html = pattern.sub(text, html)
    html = BOX.sub(_box, html)
    html = LONG_CODE.sub(lambda found: BREAK.sub("<wbr>", found[0]), html)
    head, mark, body = html.partition("</head>")
    return head + meta(html, name, address) + mark + "".join(_chinese(body))


def preview(picture: bytes) -> bytes:
    """The map of the cover on white, as large as the size of a preview allows. The same map gives the same bytes."""
    from PIL import Image, ImageChops, ImageOps

    made = Image.new("RGB", PREVIEW_SIZE, "white")
    with Image.open(BytesIO(picture)) as opened:
        rest = opened.convert("RGBA")
    whole = Image.new("RGB", rest.size, "white")
    whole.paste(rest, mask=rest)
    # the margin of the drawing is left out
    inked = ImageChops.invert(whole).getbbox()
    drawn = ImageOps.contain(whole.crop(inked), (PREVIEW_SIZE[0] - MARGIN, PREVIEW_SIZE[1] - MARGIN))
    made.paste(drawn, ((PREVIEW_SIZE[0] - drawn.width) // 2, (PREVIEW_SIZE[1] - drawn.height) // 2))
    buffer = BytesIO()
    made.quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def meta(html: str, name: str, address: str = "") -> str:
    """What a search engine or a message with the address of the page shows of it, and its icon.

    A program that shows a link loads its picture by an absolute address alone, so there is a picture only if the
    address of the book is known.
    """
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    said = escape(unescape(" ".join(title[1].split())) if title else SITE)
    words, up = escape(description(html)), "../" * name.count("/")
    picture = _picture(escape(f"{address.rstrip('/')}/{PREVIEW}")) if address else [PLAIN]
    lines = [
        f'<meta name="description" content="{words}" />',
        '<meta property="og:type" content="article" />',
        f'<meta property="og:site_name" content="{SITE}" />',
        f'<meta property="og:title" content="{said}" />',
        f'<meta property="og:description" content="{words}" />',
        *picture,
        f'<link rel="icon" type="image/svg+xml" href="{up}_static/icon.svg" />',
    ]
    return "\n".join(["", *lines, ""])


def _picture(place: str) -> list[str]:
    return [
        f'<meta property="og:image" content="{place}" />',
        f'<meta property="og:image:alt" content="{PREVIEW_ALT}" />',
        '<meta name="twitter:card" content="summary_large_image" />',
    ]


def description(html: str) -> str:
    """The beginning of the first paragraph of a page that is long enough, as plain text."""
    article = html.partition("<article")[2]
    for found in PARAGRAPH.finditer(article):
        text = " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split())
        if len(text) > LONGEST // 4:
            return text if len(text) <= LONGEST else text[:LONGEST].rpartition(" ")[0] + " …"
    return SITE


def _box(found: re.Match) -> str:
    """A box of a list of tasks is no box to tick: it says what is done."""
    done = "checked" in found[0].removeprefix('<input class="task-list-item-checkbox"')
    return f'<span class="task" role="img" aria-label="{"done" if done else "open"}">{"☑" if done else "☐"}</span>'


def _chinese(body: str) -> Iterator[str]:
    """The body, with each run of Chinese in an element that names its language."""
    raw: list[str] = []
    for part in TAG.split(body):
        if part.startswith("<"):
            name = re.match(r"</?([a-z0-9]+)", part)
            kind = name[1] if name else ""
            if kind in RAW:
                if part.startswith("</"):
                    raw = raw[:-1]
                elif not part.endswith("/>"):
                    raw.append(kind)
            yield part
        else:
            yield part if raw else CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', part)
