"""The licensed route, once from dropped files to the rendered book: licensed everywhere, and no record leaks."""

import ast
import html
import importlib
import os
import re
import shutil
import subprocess
import sys

import marked
import pytest
import sources

from enclave.base import paths
from enclave.base.sources import DATA_LABELS
from enclave_book.notebooks import contents

pytestmark = pytest.mark.book
# pages on the project as a whole, which has a synthetic edition as well
PROJECT = {
    *("index", "ambiguities", "changelog", "contributing", "data", "exhibits", "how_to_use", "methods", "notation"),
    *("references", "genindex", "search", "large_data", "register_in_an_hour", "trust"),
}
# pages on the committed twins, whose data are synthetic in every edition
TWINS = {"twin", "D_several_twins"}
SYNTHETIC = re.compile(r"synthetic|pipeline check|this edition", re.IGNORECASE)
# a sentence that speaks of the synthetic registers has to say that it does
CONDITION = re.compile(
    r'source = "twin"|on synthetic|for (?:the )?synthetic|(?:for|with) the twin|what is real and what is synthetic'
    r'|"twin" for the synthetic ones',
    re.IGNORECASE,
)
NO_PROSE = re.compile(r"<(script|style|pre)\b.*?</\1>", re.DOTALL)


class Route:
    """What a licence holder does: drop the files, check, build. `said` is what the commands printed."""

    def __init__(self, delivery, folder) -> None:
        self.licensed, self.build = folder / "licensed", folder / "build"
        shutil.copytree(delivery, self.licensed)
        self.before = status()
        self.said = "".join(self.run(command) for command in ("check", "build"))
        self.after = status()
        self.html = self.build / "html-licensed"
        every = sorted(self.html.rglob("*.html"))
        self.pages = {page: page.read_text(encoding="utf-8") for page in every if page.parent.name != "_static"}

    def run(self, command):
        folders = {"ENCLAVE_BUILD": str(self.build), "ENCLAVE_LICENSED": str(self.licensed)}
        ran = subprocess.run(
            [sys.executable, "-m", "enclave_book", command, "--source", "licensed"],
            env=os.environ | folders,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


def status():
    """What git sees of the repository: changed files and new ones."""
    return git("status", "--porcelain", "--untracked-files=all")


def git(*arguments):
    command = ["git", "-C", str(paths.ROOT), "-c", "core.quotepath=off", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8").stdout.splitlines()


@pytest.fixture(scope="module")
def route(marked_deliveries, tmp_path_factory):
    return Route(marked_deliveries / "whole", tmp_path_factory.mktemp("route"))


def sentences(page):
    text = html.unescape(re.sub(r"<[^>]+>", "", NO_PROSE.sub("", page)))
    return [" ".join(sentence.split()) for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n", text)]


def test_the_book_lies_apart_from_the_synthetic_one(route):
    assert route.said.splitlines()[-1] == f"The book: {route.html / 'index.html'}"
    assert not (route.build / "html").exists()
    assert {folder.name for folder in (route.build / "panels").iterdir()} == {"licensed"}


def test_the_marks_reach_the_validated_tables(route):
    validated = route.build / "validated" / "licensed"
    found = {mark for name in ("firms", "shareholders", "branches", "land") for mark in marks_of(validated, name)}
    assert found >= set(marked.MARKS)


def marks_of(folder, table):
    return marked.marks_in((folder / f"{table}.parquet").read_bytes())


def test_no_record_stands_in_any_file_but_the_validated_copy(route):
    assert marked.leaks(route.build, but=route.build / "validated" / "licensed") == []
    assert marked.leaks(route.build) != []


def test_no_record_is_printed(route):
    assert "12,240 records" in route.said
    assert marked.marks_in(route.said) == []


def test_nothing_in_the_repository_was_changed_or_added(route):
    assert route.after == route.before


def test_no_file_of_the_repository_holds_a_mark():
    files = [file for file in sources.tracked() if file.stem not in {"marked", "test_delivery"}]
    assert [sources.place(file) for file in files if marked.marks_in(file.read_bytes())] == []


def test_git_ignores_whatever_is_dropped_and_whatever_is_made():
    inside = "data/licensed"
    dropped = [f"{inside}/{name}" for name in ("firms.csv", "map.yml", "a/b.parquet", "文件.xlsx", "README.txt")]
    made = ["_build/validated/licensed/firms.parquet", "_build/html-licensed/index.html"]
    assert git("check-ignore", *dropped, *made) == dropped + made
    assert git("ls-files", inside) == [f"{inside}/README.md"]


def test_every_page_says_licensed_on_its_top(route):
    assert len(route.pages) > 20
    silent = [page.name for page, text in route.pages.items() if "<strong>Licensed data.</strong>" not in text]
    assert silent == []


def test_every_table_says_what_its_data_are_and_none_says_synthetic(route):
    marks = set(DATA_LABELS["en"].values())
    unmarked, count = [], 0
    for page, text in route.pages.items():
        for table in re.findall(r'<div class="enclave-table".*?\n</div>', text, re.DOTALL):
            count += 1
            said = set(re.findall(r'<p class="note">(.*?)</p>', table))
            unmarked += [] if said & marks else [page.name]
    assert count > 60
    assert unmarked == []
    assert [page.name for page, text in route.pages.items() if 'class="dataframe"' in text] == []


def test_no_mark_or_part_of_a_licensed_page_says_synthetic(route):
    assert [
        page.name for page, text in route.pages.items() if "Synthetic data" in text and page.stem not in TWINS
    ] == []
    cover = route.pages[route.html / "index.html"]
    assert "Scorecard (licensed data)" in re.sub("<[^>]+>", "", cover)
    assert "no evidence that the effect exists" not in cover


def test_a_page_on_the_twins_says_that_no_licensed_record_is_in_it(route):
    said = {page.stem: " ".join(text.split()) for page, text in route.pages.items() if page.stem in TWINS}
    assert said.keys() == TWINS
    assert "The numbers of this copy come from no synthetic register" in said["twin"]
    assert "Nothing on this page comes from the licensed registers" in said["D_several_twins"]


def test_no_sentence_of_a_licensed_page_calls_the_data_synthetic(route):
    wrong = [
        f"{page.stem}: {sentence}"
        for page, text in route.pages.items()
        if page.stem not in PROJECT | TWINS
        for sentence in sentences(text)
        if SYNTHETIC.search(sentence) and not CONDITION.search(sentence)
    ]
    assert wrong == []


# what puts a data label on a table or a figure
LABELLED = [("tables", "frame"), ("tables", "regression"), ("tables", "printed_vs_obtained"), ("figures", "finish")]


@pytest.mark.parametrize(("module", "function"), LABELLED)
def test_a_notebook_can_call_every_function_that_puts_a_label(module, function):
    assert callable(getattr(importlib.import_module(f"enclave.style.{module}"), function))


@pytest.mark.parametrize("notebook", contents.every(), ids=lambda notebook: notebook.stem)
def test_a_notebook_marks_tables_and_figures_by_its_source_or_as_what_they_are_everywhere(notebook):
    named = [
        f"cell {cell.number}: {ast.unparse(argument)}"
        for module, function in LABELLED
        for cell, call in contents.calls(notebook, module, function)
        for argument in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "source")]
        if isinstance(argument, ast.Constant) and argument.value in {"twin", "licensed"}
    ]
    assert named == []
