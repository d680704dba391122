"""Two renderings of the book, compared page by page. One line for each difference."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path

from enclave_book.render.page_content import OUTSIDE, STATIC, Page, attribute, own_static

# these folders of static files belong to the book; the others belong to theme and engine
OWN_FOLDERS = ("downloads",)
# anchors that a script reads from the address, such as #table=2 on the scorecard
BY_SCRIPT = re.compile(r"[a-z]+=")
SHOWN, BEFORE = 90, 30


def compare(book: Path, other: Path) -> tuple[list[str], Counter]:
    """Compare the renderings of the book in two folders.

    Returns one line for each difference (in pages, their content, the files of the book, and dead links of `other`),
    and how many pages and entries of each kind of `book` were compared.
    """
    ours, theirs = _pages(book), _pages(other)
    found = [f"{name}: the page is missing" for name in ours if name not in theirs]
    found += [f"{name}: the page is new" for name in theirs if name not in ours]
    counts = Counter(page=len(ours))
    for name in ours:
        if name in theirs:
            before, after = ours[name].content(), theirs[name].content()
            found += _of_page(name, before, after)
            counts.update({kind: len(entries) for kind, entries in before.items()})
    return [*found, *_files(book, other), *_dead(theirs)], counts


def _of_page(name: str, before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    return [f"{name}: {kind} {change}" for kind in before for change in _changes(before[kind], after[kind])]


def _dead(pages: dict[str, Page]) -> list[str]:
    """Links inside a book to a missing file or anchor."""
    names = {name: page.names() for name, page in pages.items()}
    return [
        f"{page.name}: link leads nowhere: {address}"
        for page in pages.values()
        for address in dict.fromkeys(attribute(tag, "href") for tag in page.soup.select("a[href]"))
        if not OUTSIDE.match(address) and address != "#" and not _leads(page, address, names)
    ]


def _leads(page: Page, address: str, names: dict[str, set[str]]) -> bool:
    file, _, place = page.leads_to(address).partition("#")
    if file not in names:
        return (page.folder / file).is_file()
    return not place or bool(BY_SCRIPT.match(place)) or place in names[file]


def _pages(book: Path) -> dict[str, Page]:
    """The pages of a book by their names, without those in the folder of static files, which belong to the theme."""
    files = [file.relative_to(book) for file in sorted(book.rglob("*.html"))]
    return {file.as_posix(): Page(book, file.as_posix()) for file in files if file.parts[0] != STATIC}


def _changes(before: list[str], after: list[str]) -> Iterator[str]:
    if before == after:
        return
    for what, start, end, start_after, end_after in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            ours, theirs = before[start:end], after[start_after:end_after]
            yield from (_change(one, other) for one, other in zip(ours, theirs, strict=False))
            yield from (f"is missing: {_short(one)}" for one in ours[len(theirs) :])
            yield from (f"is new: {_short(other)}" for other in theirs[len(ours) :])


def _change(one: str, other: str) -> str:
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    begin = max(0, same - BEFORE)
    return f"changed: {_short(one, begin)} became {_short(other, begin)}"


def _short(text: str, begin: int = 0) -> str:
    end = begin + SHOWN
    return f'"{"..." if begin else ""}{text[begin:end]}{"..." if len(text) > end else ""}"'


def _files(book: Path, other: Path) -> list[str]:
    """Downloads, style sheets and scripts of the book that differ or are in one book only."""
    ours, theirs = _own(book), _own(other)
    return [
        f"{STATIC}/{name}: the file {'differs' if name in ours and name in theirs else 'is only in one of the books'}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _own(book: Path) -> dict[str, str]:
    folder = book / STATIC
    files = [folder / name for name in own_static()] + [
        file for name in OWN_FOLDERS for file in folder.glob(f"{name}/**/*")
    ]
    return {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()
    }
