import html
import json
import re
import shutil
import zipfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book import sphinx_ext
from enclave_book.notebooks import contents
from enclave_book.render import book_source, editions, page_changes
from enclave_course.sets import EVERY

TAG = re.compile(r"<[^>]+>")


@cache
def distinctive():
    """The lines of all solutions that are long, and stand nowhere else in a chapter."""
    solved, others = set(), set()
    for notebook in contents.every():
        for cell in contents.cells(notebook):
            lines = {line.strip() for line in cell.text.splitlines() if len(line.strip()) > 25}
            (solved if "solution" in cell.tags else others).update(lines)
    return solved - others


def texts(folder):
    """The text of each file in a folder and in the archives in it: as written, without tags, or cell by cell."""
    for file in sorted(place for place in Path(folder).rglob("*") if place.is_file()):
        members = {file.name: file.read_bytes()}
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                members = {name: archive.read(name) for name in archive.namelist()}
        for name, data in members.items():
            text = data.decode("utf-8", "replace")
            yield name, text
            if name.endswith(".html"):
                yield name, html.unescape(TAG.sub("", text))
            if name.endswith(".ipynb"):
                yield name, "".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def found(folder):
    """The lines of solutions that are in a folder."""
    lines = distinctive()
    assert len(lines) > 150
    return {(name, line) for name, text in texts(folder) for line in lines if line in text}


@pytest.fixture
def book(build_folder, monkeypatch):
    """A book that a build has made, of the chapters as they are, and one problem set, which needs no estimator."""
    monkeypatch.setattr(editions, "PROBLEM_SETS", {"1": EVERY["1"]})
    folder = paths.book_source("twin")
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for file in (paths.BOOK_TOC, paths.COVER):
        shutil.copyfile(file, folder / file.name)
    files.write_text(book_source.config("twin"), folder / paths.BOOK_CONFIG.name)
    return folder


def written(edition, tmp_path):
    editions.write_source(edition, "twin", tmp_path / edition)
    return tmp_path / edition


def captions(folder):
    toc = yaml.safe_load((folder / paths.BOOK_TOC.name).read_text(encoding="utf-8"))
    return [part["caption"] for part in toc["parts"]]


def test_no_page_and_no_archive_of_the_student_edition_has_a_line_of_a_solution(book, tmp_path):
    made = written("student", tmp_path)
    assert found(made) == set()
    with zipfile.ZipFile(made / "book" / "_static" / "downloads" / editions.CHAPTERS) as archive:
        assert len(archive.namelist()) == len(contents.every())


def test_the_instructor_edition_has_the_solutions_so_the_search_for_them_finds_them(book, tmp_path):
    made = written("instructor", tmp_path)
    assert {line for _, line in found(made)} == distinctive()


def test_only_the_instructor_edition_has_notes_and_answers(book, tmp_path):
    student, instructor = (written(edition, tmp_path) for edition in editions.EVERY)
    assert captions(student)[-1] == "Problem sets"
    assert captions(instructor)[-2:] == ["Problem sets", "For the lecturer"]
    assert not (student / editions.LECTURER).exists()
    answers = (instructor / editions.LECTURER / "answers.md").read_text(encoding="utf-8")
    assert answers.count("| right") == 3
    hint = "Rows that are the same in all columns are one link. "
    assert hint in answers
    assert [name for name, text in texts(student) if "answer_1_1" in text and hint in text and "| right" in text] == []


def test_an_edition_without_a_built_book_is_an_error_with_the_command(build_folder):
    with pytest.raises(EnclaveError, match="course"):
        editions.build("student", "twin", print)


@pytest.mark.parametrize("solutions", [True, False])
def test_the_notebook_that_a_page_offers_has_solutions_only_where_the_edition_has(tmp_path, monkeypatch, solutions):
    """Sphinx offers the notebook of the repository, and not the executed one."""
    offered = tmp_path / "_sources" / "notebooks" / "02_baseline_did.ipynb"
    files.write_text("{}", offered)
    (tmp_path / "_static" / "scripts").mkdir(parents=True)
    monkeypatch.setattr(page_changes, "pages", lambda folder: None)
    config = SimpleNamespace(enclave_solutions=solutions)
    builder = SimpleNamespace(format="html")
    sphinx_ext.finish(SimpleNamespace(outdir=str(tmp_path), builder=builder, config=config), None)
    tags = [cell["metadata"].get("tags", []) for cell in json.loads(offered.read_text(encoding="utf-8"))["cells"]]
    assert len(tags) > 20
    assert any("solution" in each for each in tags) == solutions


@pytest.mark.slow
def test_no_file_of_a_rendered_student_edition_has_a_line_of_a_solution(book, tmp_path, monkeypatch):
    """A book of two chapters without references, through Sphinx: pages, search, sources of pages, archives."""
    names = ["00_setting", "02_baseline_did"]
    for notebook in (book / "notebooks").iterdir():
        made = json.loads(notebook.read_text(encoding="utf-8"))
        kept = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
        head = {"cell_type": "markdown", "id": "head", "metadata": {}, "source": f"# {notebook.stem}"}
        for cell in kept:
            cell["metadata"].pop("mystnb", None)
        files.write_text(json.dumps(made | {"cells": [head, *kept]}), notebook)
        if notebook.stem not in names:
            notebook.unlink()
    shutil.copytree(paths.BOOK / "_static", book / "book" / "_static")
    shutil.copyfile(paths.BOOK / "references.bib", book / "book" / "references.bib")
    files.write_text("// none\n", book / "book" / "_static" / book_source.TIMES)
    files.write_text("# Two chapters\n", book / paths.COVER.name)
    toc = {"format": "jb-book", "root": "index"}
    toc["parts"] = [{"caption": "Chapters", "chapters": [{"file": f"notebooks/{name}"} for name in names]}]
    files.write_text(yaml.safe_dump(toc), book / paths.BOOK_TOC.name)
    monkeypatch.setattr(paths, "BOOK_TOC", book / paths.BOOK_TOC.name)
    # the lecturer's pages link to chapters that this book lacks, so it has a page of its own
    course = tmp_path / "course"
    files.write_text((paths.COURSE / "private.md").read_text(encoding="utf-8"), course / "private.md")
    files.write_text("# Notes for the lecturer\n", course / editions.LECTURER / "notes.md")
    monkeypatch.setattr(paths, "COURSE", course)
    for edition in editions.EVERY:
        editions.build(edition, "twin", lambda text: None)
    assert (paths.COURSE_BUILD / "instructor" / editions.LECTURER / "notes.html").is_file()
    assert (paths.COURSE_BUILD / "student" / "problem_sets" / "problem_set_1.html").is_file()
    assert found(paths.COURSE_BUILD / "student") == set()
    assert len(found(paths.COURSE_BUILD / "instructor")) > 20
    practice = paths.COURSE_BUILD / "problem_sets" / "problem_set_1"
    assert (practice / "problem_set_1.ipynb").is_file()
