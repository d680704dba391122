"""The sources of the decks, `course/slides/*.md`: slides in Markdown that name what they show of which chapter.

A file begins with its settings between two lines `---` (title, session, chapters). Further lines `---` divide slides:

    ## Two naive answers

    With itself: {02.after_minus_before} more links a year.

    ![figure](02#fig-yearly-means)

    Note: What the lecturer says.

`![figure](02#name)`, `table`, `code` and `equation` stand alone on their line. Behind the name, in quotation marks, may
stand `rows 5` and `columns Helper | Recipient` of a table, `lines 1-4` of code, `upper 45` (per cent) of a figure.
`Data: real` on a line of its own says what the numbers in the text are, if they do not come from the registers.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from enclave.base import paths, sources
from enclave.base.errors import EnclaveError

KINDS = ("figure", "table", "code", "equation")
RULE = re.compile(r"^---$", re.MULTILINE)
EXHIBIT = re.compile(
    r'^!\[(?P<kind>\w+)\]\((?P<chapter>\w+)#(?P<name>[\w-]+)(?: "(?P<options>[^"]*)")?\)$', re.MULTILINE
)
TITLE = re.compile(r"\A## (.+)$", re.MULTILINE)
NOTE = re.compile(r"^Note: ", re.MULTILINE)
DATA = re.compile(r"^Data: (\w+)$", re.MULTILINE)
OPTION = re.compile(r"(rows|columns|lines|upper) ([^;]+)")


@dataclass(frozen=True)
class Exhibit:
    """What a slide shows of a chapter: the kind, the chapter's number or letter, the name, and how much of it."""

    kind: str
    chapter: str
    name: str
    options: dict[str, str]


@dataclass(frozen=True)
class Slide:
    """A slide: title, parts in order (Markdown or exhibits), notes of the lecturer, and what its numbers are."""

    title: str
    parts: list[str | Exhibit]
    notes: str
    data: str = ""

    @property
    def exhibits(self) -> list[Exhibit]:
        return [part for part in self.parts if isinstance(part, Exhibit)]

    @property
    def text(self) -> str:
        """The words of the slide without its notes."""
        return "\n\n".join([self.title, *(part for part in self.parts if isinstance(part, str))])


@dataclass(frozen=True)
class Deck:
    """A deck: the name of its file, title, number of the session (or another word), notes of its first slide."""

    name: str
    title: str
    session: str
    notes: str
    slides: list[Slide]


def every() -> list[Path]:
    """The sources of all decks, in order of their names."""
    return sorted(paths.DECKS.glob("*.md"))


def read(file: Path) -> Deck:
    """A deck. Raises EnclaveError with file and slide for what cannot be understood."""
    empty, *blocks = RULE.split(file.read_text(encoding="utf-8"))
    if empty.strip() or len(blocks) < 2:
        raise EnclaveError(f"{file.name} must begin with its settings between two lines ---, then slides.")
    settings = yaml.safe_load(blocks[0]) or {}
    missing = [key for key in ("title", "session", "notes") if key not in settings]
    if missing:
        raise EnclaveError(f"{file.name}: the settings lack {missing[0]!r}. They are title, session and notes.")
    slides = [slide(block.strip(), f"{file.name}, slide {at}") for at, block in enumerate(blocks[1:], start=2)]
    return Deck(file.stem, str(settings["title"]), str(settings["session"]), str(settings["notes"]), slides)


def slide(block: str, place: str) -> Slide:
    """One slide from its text. Raises EnclaveError, beginning with its place, for what cannot be understood."""
    shown, note, notes = _divided(block)
    title = TITLE.search(shown)
    if title is None or not note or not notes.strip():
        raise EnclaveError(f"{place}: a slide begins with a title (## ...) and ends with notes (Note: ...).")
    data = DATA.search(shown)
    if data and data[1] not in sources.NO_REGISTERS:
        raise EnclaveError(f"{place}: Data: {data[1]} is not known. Choose one of {', '.join(sources.NO_REGISTERS)}.")
    body = DATA.sub("", shown[title.end() :])
    return Slide(title[1], _parts(body, place), notes.strip(), data[1] if data else "")


def _divided(block: str) -> tuple[str, str, str]:
    found = NOTE.search(block)
    return (block[: found.start()], found[0], block[found.end() :]) if found else (block, "", "")


def _parts(body: str, place: str) -> list[str | Exhibit]:
    parts: list[str | Exhibit] = []
    done = 0
    for found in EXHIBIT.finditer(body):
        if found["kind"] not in KINDS:
            raise EnclaveError(f"{place}: {found['kind']!r} is no kind of exhibit. Choose one of {', '.join(KINDS)}.")
        parts += [body[done : found.start()].strip(), _exhibit(found, place)]
        done = found.end()
    parts.append(body[done:].strip())
    if "![" in "".join(part for part in parts if isinstance(part, str)):
        raise EnclaveError(
            f"{place}: an exhibit is not understood. Write it as ![figure](02#fig-name), on its own line."
        )
    return [part for part in parts if part]


def _exhibit(found: re.Match, place: str) -> Exhibit:
    words = found["options"] or ""
    options = {key: value.strip() for key, value in OPTION.findall(words)}
    if OPTION.sub("", words).strip("; "):
        raise EnclaveError(
            f"{place}: {words!r} is not understood. Write rows 5; columns A | B; lines 1-4; or upper 45."
        )
    return Exhibit(found["kind"], found["chapter"], found["name"], options)
