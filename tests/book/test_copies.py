import json
import re
import subprocess
from itertools import pairwise

import pytest
import toys

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.notebooks import contents, copies


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")
    return tmp_path / "work"


def cells(notebook):
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def text(cell):
    return "".join(cell["source"])


def solutions(notebook):
    """The cells of solutions in a chapter of the book, found by what they are and not by their tag."""
    made = []
    for before, cell in zip([None, *cells(notebook)], cells(notebook), strict=False):
        says = "<summary>Solution</summary>" in text(cell) or text(cell) == "#### Solution"
        computes = before is not None and "<summary>Solution</summary>" in text(before) and cell["cell_type"] == "code"
        made += [cell] if says or computes else []
    return made


def test_there_is_a_copy_of_each_chapter_with_all_that_is_no_solution(work):
    new, kept = copies.write()
    assert (len(new), kept) == (len(contents.every()), [])
    for notebook in contents.every():
        solved = {cell["id"] for cell in solutions(notebook)}
        expected = [cell for cell in cells(notebook) if cell["id"] not in solved]
        assert cells(work / notebook.name) == expected
        assert len(solved) >= 6, notebook.name


def test_no_copy_has_a_trace_of_a_solution(work):
    copies.write()
    asked = "\n".join(text(cell) for notebook in contents.every() for cell in cells(work / notebook.name))
    lines = [
        line.strip()
        for notebook in contents.every()
        for cell in solutions(notebook)
        for line in text(cell).splitlines()
        if len(line.strip()) > 25
    ]
    others = {
        line.strip()
        for notebook in contents.every()
        for cell in cells(notebook)
        if cell not in solutions(notebook)
        for line in text(cell).splitlines()
    }
    assert len(lines) > 150
    assert [line for line in lines if line in asked and line not in others] == []
    assert "Solution" not in asked
    assert not re.search(r'check\("[^"]*", (?!\.\.\.)', asked)


def test_each_exercise_of_a_copy_has_a_cell_to_work_in_below_it(work):
    copies.write()
    for notebook in contents.every():
        made = cells(work / notebook.name)
        for cell, below in pairwise(made):
            number = re.search(r"^#### Exercise (\w+\.\d)$", text(cell), re.MULTILINE)
            assert not number or f'check("{number[1]}", ..., source)' in text(below)


def test_work_that_is_there_stays(work):
    copies.write()
    mine = work / contents.every()[2].name
    mine.write_text("my work", encoding="utf-8")
    new, kept = copies.write()
    assert new == []
    assert mine in kept
    assert mine.read_text(encoding="utf-8") == "my work"


def test_git_ignores_the_copies():
    command = ["git", "-C", str(paths.ROOT), "check-ignore", "work/02_baseline_did.ipynb"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_the_start_page_lists_all_chapters_in_order_with_their_time(work):
    [cell] = cells(copies.write_start())
    links = re.findall(r"^\| \[(.*)\]\((.*)\) \| (.*) \|$", text(cell), re.MULTILINE)
    assert [(title, name) for title, name, _ in links] == [(contents.title(one), one.name) for one in contents.every()]
    assert all(re.search(r"to read, .* to run, .* for the exercises\.", time) for *_, time in links)


@pytest.fixture
def saved(tmp_path):
    """A notebook of a student, saved after it was run."""
    place = tmp_path / "mine.ipynb"
    book = json.loads(toys.notebook("# My work\n\n$a < b$", "2 + 3", ("say('{n} pairs')", [])))
    book["cells"][1]["outputs"] = [
        {"output_type": "execute_result", "data": {"text/plain": "5"}, "metadata": {}, "execution_count": 1}
    ]
    book["cells"][2]["metadata"] = {"jupyter": {"source_hidden": True}}
    place.write_text(json.dumps(book), encoding="utf-8")
    return place


def test_a_saved_notebook_becomes_one_page_that_loads_nothing(saved):
    made = copies.page(saved)
    assert made == saved.with_suffix(".html")
    html = made.read_text(encoding="utf-8")
    assert "My work" in html
    assert re.search(r"<pre>5</pre>", html)
    assert "{n} pairs" not in html
    assert not re.search(r"<(?:script|img|link)[^>]*(?:src|href)=[\"']?https?:", html)
    assert re.search(r"<math.*<mi>a</mi>.*&lt;.*<mi>b</mi>.*</math>", html, re.DOTALL)
    assert "$" not in re.sub(r"<(script|style).*?</\1>", "", html, flags=re.DOTALL)


def test_a_file_that_is_missing_or_no_notebook_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(EnclaveError, match=r"There is no notebook .*none\.ipynb\. Name the file"):
        copies.page(tmp_path / "none.ipynb")
    (tmp_path / "text.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"text\.ipynb is not a notebook"):
        copies.page(tmp_path / "text.ipynb")
