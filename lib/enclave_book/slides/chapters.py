"""What the executed chapters show, for slides and pages of the course: figures, tables, code, equations and numbers.

A figure is called by the name in its metadata, an equation by its label, any other cell by its tag `slide-NAME`.
"""

import ast
import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from enclave.base import paths, sources
from enclave.base.errors import EnclaveError, command
from enclave.style import sentences
from enclave_book.notebooks import contents
from enclave_book.render import chapter_page, notebook_pages

TAG = "slide-"
HTML = "text/html"
# calls whose last argument, or `source`, says what the data are
LABELLED = {"figures.finish", "tables.frame", "tables.printed_vs_obtained", "tables.regression"}


@dataclass(frozen=True)
class Shown:
    """A cell of a chapter as a slide shows it. `data` is what it printed, by kind; `label` says what its data are."""

    name: str
    code: str
    data: dict
    label: str
    alt: str = ""
    caption: str = ""

    def picture(self) -> bytes:
        """The figure as PNG in few colours. Raises EnclaveError if the cell shows none."""
        return chapter_page.lighter(base64.b64decode(self._part(chapter_page.PNG)))

    def table(self) -> str:
        """The table as HTML, without the style of notebooks. Raises EnclaveError if the cell shows none."""
        return self._part(HTML).partition("</style>\n")[2]

    def _part(self, kind: str) -> str:
        if kind not in self.data:
            raise EnclaveError(
                f"Cell {self.name!r} of the chapter shows nothing of the kind {kind}. Name another cell."
            )
        return "".join(self.data[kind])


@dataclass(frozen=True)
class Chapter:
    """An executed chapter: `key` is its number or letter, `file` the executed notebook, `source` that of its data."""

    key: str
    file: Path
    source: str
    cells: dict[str, Shown] = field(init=False)
    numbers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        raw = json.loads(self.file.read_text(encoding="utf-8"))["cells"]
        object.__setattr__(self, "cells", dict(self._cells(raw)))
        object.__setattr__(self, "numbers", dict(_said(raw)))

    @cached_property
    def title(self) -> str:
        return contents.title(notebook(self.key))

    def cell(self, name: str) -> Shown:
        """Raises EnclaveError if the chapter has no such cell, naming those that it has."""
        if name not in self.cells:
            raise EnclaveError(
                f"Chapter {self.key} has no cell {name!r} for slides. It has: {', '.join(self.cells)}. Give the cell "
                f"the tag {TAG}{name} in {notebook(self.key).name}."
            )
        return self.cells[name]

    def number(self, name: str) -> str:
        """A value as the chapter says it in a sentence. Raises EnclaveError if no sentence has the name."""
        if name not in self.numbers:
            known = ", ".join(sorted(self.numbers))
            raise EnclaveError(f"No sentence of chapter {self.key} says {name!r}. They say: {known}.")
        return self.numbers[name]

    def equation(self, label: str) -> str:
        """The formula of an equation, in TeX. Raises EnclaveError if the chapter has none of this label."""
        return equation(notebook(self.key), label)

    def _cells(self, raw: list[dict]) -> Iterator[tuple[str, Shown]]:
        for cell in raw:
            metadata, code = cell["metadata"], "".join(cell["source"])
            figure = metadata.get("mystnb", {}).get("figure", {})
            tags = [tag.removeprefix(TAG) for tag in metadata.get("tags", []) if tag.startswith(TAG)]
            for name in [*tags, *filter(None, [figure.get("name")])]:
                data = {kind: value for out in cell.get("outputs", []) for kind, value in out.get("data", {}).items()}
                alt = metadata.get("mystnb", {}).get("image", {}).get("alt", "")
                label = sources.data_label(data_of(code, self.source), "en")
                yield name, Shown(name, code, data, label, alt, figure.get("caption", ""))


def notebook(key: str) -> Path:
    """The notebook of a chapter by its number or letter. Raises EnclaveError if there is none."""
    for file in contents.every():
        if file.stem.partition("_")[0] == key:
            return file
    raise EnclaveError(f"There is no chapter {key!r}. Chapters are called by the beginning of their file, as in 02.")


def read(key: str, source: str) -> Chapter:
    """An executed chapter. Raises EnclaveError if it was not run yet."""
    file = paths.executed(source) / notebook(key).name
    if not file.exists():
        raise EnclaveError(f"{file.name} was not run for {source}. Run {command('slides', SOURCE=source)}.")
    return Chapter(key, file, source)


def names(file: Path) -> set[str]:
    """The cells that a notebook offers to slides, without running it."""
    found = set()
    for cell in contents.cells(file):
        found |= {tag.removeprefix(TAG) for tag in cell.tags if tag.startswith(TAG)}
        found |= set(filter(None, [cell.metadata.get("mystnb", {}).get("figure", {}).get("name")]))
    return found


def said_names(file: Path) -> set[str]:
    """The names of the values that sentences of a notebook say, without running it."""
    return set().union(*(sentences.names(contents.said(cell.text)) for cell in contents.cells(file)))


def equation(file: Path, label: str) -> str:
    """The formula of an equation of a notebook, in TeX. Raises EnclaveError if it has none of this label."""
    for cell in contents.cells(file):
        for found in notebook_pages.EQUATION.finditer(cell.prose):
            if found["label"] == label:
                return found["formula"]
    raise EnclaveError(f"{file.name} has no equation {label!r}.")


def data_of(code: str, source: str) -> str:
    """What the data of a cell are: the word that it gives to its figure or table, or `source`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in LABELLED:
            given = [keyword.value for keyword in node.keywords if keyword.arg == "source"] or node.args[-1:]
            word = given[0].value if given and isinstance(given[0], ast.Constant) else None
            if word in sources.NO_REGISTERS:
                return str(word)
    return source


def _said(raw: list[dict]) -> Iterator[tuple[str, str]]:
    """Name and text of each value in the sentences of a chapter, the first sentence with a name last."""
    for cell in reversed(raw):
        template = contents.said("".join(cell["source"])) if cell["cell_type"] == "code" else ""
        if template and cell.get("outputs"):
            yield from values(template, "".join(cell["outputs"][0]["data"][notebook_pages.MARKDOWN])).items()


def values(template: str, said: str) -> dict[str, str]:
    """The values that fill a template with names, read from the finished text. Empty if the two do not agree."""
    template = "\n".join(line.strip() for line in template.strip().splitlines())
    pattern, done, known = "", 0, set()
    for found in sentences.FIELD.finditer(template):
        name = found["name"]
        if name is not None:
            # a name may stand twice, each time with digits of its own
            value = ".*?" if name in known else f"(?P<{name}>.*?)"
            pattern += re.escape(template[done : found.start()]) + value
            known.add(name)
            done = found.end()
    pattern += re.escape(template[done:])
    spaced = "\n".join(line.strip() for line in said.strip().splitlines())
    matched = re.fullmatch(pattern, spaced, re.DOTALL)
    return matched.groupdict() if matched else {}
