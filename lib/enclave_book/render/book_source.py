"""The book as plain MyST files in one folder: prose, executed notebooks, generated parts, and the settings of Sphinx.

jupyter-book and plain Sphinx render this folder, and any program that knows MyST can show a page of it.
"""

import shutil
from pathlib import Path

import yaml

from enclave.base import files, paths
from enclave_book.notebooks import contents
from enclave_book.pages import class_data, data_notice, downloads, status
from enclave_book.render import chapter_page, notebook_pages, pieces_in_page, program_tabs

STATIC = Path("book", "_static")
GENERATED = "generated"
TIMES = "timings.js"


def documents() -> list[Path]:
    """The files of the repository that the folder holds a copy of, apart from `book/`."""
    return [paths.COVER, paths.BOOK_TOC, paths.README, paths.CHANGELOG, paths.CONTRIBUTING]


def course() -> list[Path]:
    """The pages of the course that students see, and the parts of them. The lecturer's are in another edition."""
    return [paths.SYLLABUS, paths.SEMINAR, *sorted(paths.SESSIONS.glob("*.md"))]


def write(source: str) -> None:
    """Write `paths.book_source(source)` as a whole, from what the steps before have made of `source`."""
    with files.new_folder(paths.book_source(source)) as folder:
        shutil.copytree(paths.BOOK, folder / paths.BOOK.name, ignore=shutil.ignore_patterns(".*"))
        shutil.copytree(paths.pages(source), folder / GENERATED)
        for page in course():
            files.write_text(page.read_text(encoding="utf-8"), folder / page.relative_to(paths.ROOT))
        for document in filter(Path.exists, documents()):
            shutil.copyfile(document, folder / document.name)
        for notebook in contents.every():
            executed = (paths.executed(source) / notebook.name).read_text(encoding="utf-8")
            page = notebook_pages.page(pieces_in_page.page(program_tabs.page(executed, source), source))
            page = downloads.page(page, notebook.stem, source)
            files.write_text(chapter_page.page(page, notebook.stem), folder / notebook.relative_to(paths.ROOT))
        _write_static(source, folder / STATIC)
        files.write_text(config(source), folder / paths.BOOK_CONFIG.name)


def config(source: str) -> str:
    """The text of `_config.yml` with the settings that depend on the source."""
    made = yaml.safe_load(paths.BOOK_CONFIG.read_text(encoding="utf-8"))
    merge(made["sphinx"]["config"], data_notice.settings(source))
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False)


def merge(made: dict, further: dict) -> None:
    """Put the settings of `further` over those of `made`, within tables too."""
    for name, value in further.items():
        if isinstance(value, dict) and isinstance(made.get(name), dict):
            merge(made[name], value)
        else:
            made[name] = value


def _write_static(source: str, folder: Path) -> None:
    """The downloads and the measured times."""
    shutil.copytree(paths.downloads(source), folder / "downloads")
    shutil.copytree(paths.class_data(source), folder / "downloads" / class_data.FOLDER)
    files.write_text(status.script(source), folder / TIMES)
