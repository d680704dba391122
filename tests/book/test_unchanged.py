"""The quick answer that a build has nothing to do: given when nothing changed, and never else."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from enclave.base import paths, walking
from enclave.base.errors import EnclaveError
from enclave_book import cli
from enclave_book.build import nodes, runner, unchanged

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


def step(root, name="one", run=print):
    inputs = [nodes.Folder(path=root / "data" / "facts"), nodes.File(path=root / "lib" / "module.py", touch=True)]
    made = nodes.Step(
        name=name, run=run, inputs=inputs, products=[nodes.File(path=paths.BUILD / "results" / "table.csv")]
    )
    made.state()
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
    "a record of the making of registers": lambda root: paths.ground_truth(SOURCE).mkdir(parents=True),
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
    monkeypatch.setattr(unchanged, "_status", lambda name: noted.get(name, []))
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


def test_each_step_answers_for_what_it_saw_itself(inputs):
    first = step(inputs, "first")
    (inputs / "data" / "facts" / "cities.csv").write_text("changed\n", encoding="utf-8")
    second = step(inputs, "second")
    unchanged.remember(SOURCE, UNTIL, [second])
    assert answer() == 1
    unchanged.forget(SOURCE)
    unchanged.remember(SOURCE, UNTIL, [first, second])
    assert answer() is None


def test_files_of_this_moment_are_noted_with_their_content_however_slow_the_disk_is(inputs, monkeypatch):
    clock, look = [time.time_ns()], unchanged.snapshot

    def after(result):
        clock[0] += 2 * nodes.MOMENT
        return result

    monkeypatch.setattr(unchanged, "_now", lambda: after(clock[0]))
    monkeypatch.setattr(unchanged, "snapshot", lambda roots: after(look(roots)))
    remember(inputs)
    noted = unchanged._read(SOURCE, UNTIL)["files"].values()
    assert {len(note) for note in noted if len(note) > 1} == {5}


LINKED = {
    "a part gone": lambda parts: (parts / "1.csv").unlink(),
    "a part more": lambda parts: (parts / "2.csv").write_text("b\n"),
    "a part changed": lambda parts: (parts / "1.csv").write_text("b\n"),
    "the folder gone": shutil.rmtree,
}


@pytest.mark.parametrize("source", [SOURCE, "licensed"])
@pytest.mark.parametrize("change", LINKED.values(), ids=LINKED.keys())
def test_a_table_whose_parts_lie_elsewhere_is_watched_there(inputs, tmp_path, monkeypatch, change, source):
    monkeypatch.setattr(paths, "LICENSED", tmp_path / "licensed")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "1.csv").write_text("a\n", encoding="utf-8")
    paths.registers(source).mkdir(parents=True)
    (paths.registers(source) / "land").symlink_to(elsewhere, target_is_directory=True)
    (paths.registers(source) / "firms.csv").symlink_to(elsewhere / "1.csv")
    registers = nodes.Folder(path=paths.registers(source))
    before = registers.measure()
    unchanged.remember(source, UNTIL, [step(inputs)])
    assert unchanged.count(source, UNTIL) == 1
    change(elsewhere)
    assert unchanged.count(source, UNTIL) is None
    assert registers.measure() != before


def test_links_that_lead_in_a_circle_or_nowhere_end_the_walk(tmp_path, build_folder):
    folder = tmp_path / "data" / "inner"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("a\n", encoding="utf-8")
    for name, target in {"up": tmp_path / "data", "self": folder / "self", "lost": tmp_path / "lost"}.items():
        (folder / name).symlink_to(target)
    (tmp_path / "data" / "again").symlink_to(folder, target_is_directory=True)
    found = sorted(os.path.relpath(name, tmp_path) for name in walking.files(tmp_path))
    ends = [os.path.join(place, name) for place in ("again", "inner") for name in ("a.csv", "lost", "self")]
    assert found == [os.path.join("data", end) for end in ends]
    assert nodes.Folder(path=tmp_path).measure() is not None


def test_what_is_made_is_not_taken_for_the_repository_behind_a_link_either(inputs):
    (inputs / "_build").symlink_to(paths.BUILD, target_is_directory=True)
    age(inputs)
    remember(inputs)
    (paths.BUILD / "results" / "other.csv").write_text("x\n", encoding="utf-8")
    assert answer() == 1


OTHERS = {
    "another Python": ("sys.version", "3.99.0"),
    "other packages": ("sysconfig.get_path", lambda name: str(paths.ROOT / "data")),
    "another folder of licensed files": ("enclave.base.paths.LICENSED", paths.ROOT / "elsewhere"),
}


@pytest.mark.parametrize(("place", "other"), OTHERS.values(), ids=OTHERS.keys())
def test_an_answer_holds_for_the_environment_in_which_it_was_found(inputs, monkeypatch, place, other):
    (inputs / "data" / "pytask-99.dist-info").mkdir()
    remember(inputs)
    assert answer() == 1
    monkeypatch.setattr(place, other)
    assert answer() is None


def test_an_upgraded_package_ends_the_answer(inputs, tmp_path, monkeypatch):
    site = tmp_path / "site"
    (site / "jupyter_book-1.0.4.dist-info").mkdir(parents=True)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(site))
    remember(inputs)
    assert answer() == 1
    (site / "jupyter_book-1.0.4.dist-info").rename(site / "jupyter_book-2.0.0.dist-info")
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


def test_a_source_with_brackets_in_its_name_is_forgotten(inputs):
    unchanged.remember("my[1]", UNTIL, [step(inputs)])
    assert unchanged.count("my[1]", UNTIL) == 1
    unchanged.forget("my[1]")
    assert unchanged.count("my[1]", UNTIL) is None


def test_no_answer_is_left_from_the_moment_that_a_step_runs(inputs, monkeypatch):
    remember(inputs)
    seen = []

    def run(tell):
        seen.append(answer())
        raise EnclaveError("it fails")

    steps = [step(inputs, run=run)]
    monkeypatch.setattr(runner, "_refuse_source_without_registers", lambda source: None)
    monkeypatch.setattr(runner.steps, "collect", lambda source, until: steps)
    with pytest.raises(EnclaveError, match="it fails"):
        runner.build(SOURCE, "panels")
    assert seen == [None]
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
    code = "import sys, enclave_book.cli, enclave_book.build.unchanged; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"pandas", "numpy", "pytask", "ibis"}.isdisjoint(loaded)
