"""The quick answer that a build has nothing to do: given when nothing changed, and never else."""

import os
import shutil
import subprocess
import sys

import pytest

from enclave import cli, paths
from enclave.tasks import nodes, runner, unchanged

SOURCE, UNTIL = "twin", "book"


@pytest.fixture
def inputs(tmp_path, monkeypatch, build_folder):
    """A small repository with an input of each kind, and a step that was built from them."""
    root = tmp_path / "repository"
    for place in ("data/facts/cities.csv", "book/page.md", "lib/module.py"):
        (root / place).parent.mkdir(parents=True)
        (root / place).write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(paths, "ROOT", root)
    (build_folder / "results").mkdir(parents=True)
    (build_folder / "results" / "table.csv").write_text("x\n1\n", encoding="utf-8")
    paths.TASK_RECORD.mkdir()
    return root


def step(root):
    inputs = [nodes.Folder(path=root / "data" / "facts"), nodes.File(path=root / "lib" / "module.py", touch=True)]
    made = nodes.Step(
        name="one", run=print, inputs=inputs, products=[nodes.File(path=paths.BUILD / "results" / "table.csv")]
    )
    for node in (*made.inputs, *made.products):
        node.state()
    return made


def remember(root):
    unchanged.remember(SOURCE, UNTIL, [step(root)])


def answer():
    return unchanged.count(SOURCE, UNTIL)


def age(root):
    """Let all files be too old for a change in the same moment."""
    for place in [root, paths.BUILD]:
        for file in place.rglob("*"):
            os.utime(file, (1_600_000_000, 1_600_000_000))


def test_nothing_is_said_before_a_build_has_found_all_up_to_date(inputs):
    assert answer() is None


def test_a_build_with_nothing_to_do_is_told_the_number_of_steps(inputs):
    remember(inputs)
    assert answer() == 1
    assert answer() == 1


def spoil_same_size(root):
    file = root / "data" / "facts" / "cities.csv"
    times = file.stat()
    file.write_text("a,b\n1,3\n", encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace_by_copy(root):
    file = root / "data" / "facts" / "cities.csv"
    other = file.with_name("other")
    other.write_text("a,b\n9,9\n", encoding="utf-8")
    shutil.copystat(file, other)
    other.replace(file)


CHANGES = {
    "content, size and time of writing kept": spoil_same_size,
    "another file with the same times in its place": replace_by_copy,
    "time of writing alone": lambda root: (root / "lib" / "module.py").touch(),
    "a new file of a folder": lambda root: (root / "data" / "facts" / "more.csv").write_text("a\n"),
    "a new file of the repository": lambda root: (root / "book" / "new.md").write_text("a\n"),
    "a new folder with a file": lambda root: shutil.copytree(root / "book", root / "more"),
    "a file gone": lambda root: (root / "book" / "page.md").unlink(),
    "a product gone": lambda root: (paths.BUILD / "results" / "table.csv").unlink(),
    "a product changed": lambda root: (paths.BUILD / "results" / "table.csv").write_text("x\n2\n"),
    "a record of the making of registers": lambda root: paths.planted(SOURCE).mkdir(parents=True),
    "registers": lambda root: paths.registers(SOURCE).mkdir(parents=True),
}


@pytest.mark.parametrize("old", [True, False], ids=["old files", "files of this moment"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_no_change_is_overlooked(inputs, change, old):
    if old:
        age(inputs)
    remember(inputs)
    assert answer() == 1
    change(inputs)
    assert answer() is None


def test_a_change_in_the_moment_of_the_build_is_seen_though_all_times_are_the_same(inputs, monkeypatch):
    remember(inputs)
    noted = unchanged.snapshot([str(inputs), str(paths.BUILD / "results" / "table.csv")])
    (inputs / "book" / "page.md").write_text("a,b\n1,3\n", encoding="utf-8")
    monkeypatch.setattr(unchanged, "_stated", lambda name: noted.get(name, []))
    assert answer() is None


def test_a_file_from_the_future_is_read_each_time(inputs, monkeypatch):
    page = inputs / "book" / "page.md"
    os.utime(page, (9_000_000_000, 9_000_000_000))
    remember(inputs)
    assert len(unchanged._read(SOURCE, UNTIL)["files"][str(page)]) == 5


def test_what_changed_while_the_build_ran_is_not_called_up_to_date(inputs):
    made = step(inputs)
    (inputs / "data" / "facts" / "cities.csv").write_text("changed\n", encoding="utf-8")
    unchanged.remember(SOURCE, UNTIL, [made])
    assert answer() is None


def test_a_copy_of_the_repository_is_looked_at_anew(inputs, tmp_path, monkeypatch):
    age(inputs)
    remember(inputs)
    shutil.copytree(inputs, tmp_path / "copy")
    monkeypatch.setattr(paths, "ROOT", tmp_path / "copy")
    assert answer() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"of": 1', "\x00"])
def test_a_spoilt_record_is_no_record(inputs, text):
    remember(inputs)
    unchanged._file(SOURCE, UNTIL).write_text(text, encoding="utf-8")
    assert answer() is None


def test_an_answer_holds_for_its_source_and_goal_alone_and_until_the_next_build(inputs):
    remember(inputs)
    assert unchanged.count("twin-2", UNTIL) is None
    assert unchanged.count(SOURCE, "pages") is None
    unchanged.forget("twin-2")
    assert answer() == 1
    unchanged.forget(SOURCE)
    assert answer() is None


def test_a_build_that_fails_leaves_no_answer(inputs, monkeypatch):
    remember(inputs)
    monkeypatch.setattr(runner, "_refuse_source_without_registers", lambda source: None)
    monkeypatch.setattr(runner, "collect", lambda source, until: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        runner.build(SOURCE, UNTIL)
    assert answer() is None


def test_the_command_says_the_same_as_a_build_that_found_nothing_to_do(inputs, capsys):
    remember(inputs)
    assert cli.main(["build"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Source twin: 1 steps",
        "  0 steps ran, 1 were up to date",
        f"The book: {paths.html(SOURCE) / 'index.html'}",
    ]


def test_the_answer_needs_no_library_that_takes_long_to_load():
    code = "import sys, enclave.cli, enclave.tasks.unchanged; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"pandas", "numpy", "pytask", "ibis"}.isdisjoint(loaded)
