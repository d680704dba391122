"""Executed chapters and results to the decks of slides, one step for each deck."""

from functools import partial
from pathlib import Path

from enclave.base import imports, paths
from enclave.base.files import write_text
from enclave.exhibits import TABLES
from enclave_book.build.nodes import File, Folder, Report, Step, files, kind
from enclave_book.slides import chapters, decks, fields

OF_CHAPTERS = (fields.PRINTED, fields.OBTAINED)


def steps(source: str) -> list[Step]:
    """One step for each source of a deck."""
    return [_step(file, source) for file in decks.every()]


def product(file: Path, source: str) -> Path:
    """The deck that is made of a source."""
    return paths.slides(source) / f"{file.stem}.html"


def chapters_of(deck: decks.Deck) -> list[str]:
    """The chapters that a deck shows something of, or takes numbers from, its notes included."""
    shown = {exhibit.chapter for slide in deck.slides for exhibit in slide.exhibits}
    texts = [deck.notes, *(slide.text for slide in deck.slides), *(slide.notes for slide in deck.slides)]
    said = {place for text in texts for place, _ in fields.places(text)}
    return sorted((shown | said) - set(OF_CHAPTERS))


def _step(file: Path, source: str) -> Step:
    notebooks = [chapters.notebook(key) for key in chapters_of(decks.read(file))]
    executed = [paths.executed(source) / notebook.name for notebook in notebooks]
    results = [paths.results(source) / f"{table}.csv" for table in TABLES]
    look = [paths.DECK_STYLE, paths.MATH_FONT, paths.BOOK / "references.bib"]
    return Step(
        name=f"slides {file.stem}",
        run=partial(_run, file, source),
        inputs=[
            kind(source),
            Folder(path=paths.REVEAL),
            Folder(path=paths.PUBLISHED),
            *files([file, *look, *notebooks, *executed, *results]),
            *files(imports.closure(["enclave_book.slides.page"])),
        ],
        products=[File(path=product(file, source))],
    )


def _run(file: Path, source: str, tell: Report) -> None:
    from enclave_book.slides import page

    write_text(page.Builder(source).page(decks.read(file)), product(file, source))
