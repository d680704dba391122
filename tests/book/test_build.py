import io
import os
import subprocess
import sys
import tempfile
import time

import nbformat
import pandas as pd
import pytest
import toys

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.build import nodes, notebooks_step, progress, runner, steps, unchanged
from enclave_book.notebooks import environment, execute, forked
from enclave_book.render import book_source

FIRST, SECOND = "01_first", "02_second"


@pytest.fixture
def toy_book(tmp_path, monkeypatch, build_folder):
    """Two notebooks, each with one exhibit, and the folders that notebooks read."""
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setitem(steps.GOALS, "pages", [notebooks_step.steps])
    paths.NOTEBOOKS.mkdir()
    for name, exhibit, estimate in [(FIRST, "figure_1", 0.5), (SECOND, "figure_5", 0.25)]:
        (paths.NOTEBOOKS / f"{name}.ipynb").write_text(toys.writer(exhibit, estimate), encoding="utf-8")
    for folder in (paths.validated("twin"), paths.panels("twin"), paths.ground_truth("twin")):
        folder.mkdir(parents=True)
        (folder / "data.csv").write_text("a\n1\n", encoding="utf-8")
    return build_folder


@pytest.fixture
def no_kernel(monkeypatch):
    """Run the cells of notebooks in this process: for tests on which steps run, not on what a kernel does."""

    def execute_cells(notebook, given, source, report, loaded):
        executed, names = nbformat.read(notebook, as_version=4), {}
        for cell in executed.cells:
            if cell.cell_type == "code":
                exec(cell.source, names)
        executed.metadata["language_info"] = {"name": "python"}
        return executed

    monkeypatch.setattr(execute, "_papermill", execute_cells)


@pytest.fixture
def ran(capsys):
    """A function that builds and returns which steps ran."""

    def build():
        capsys.readouterr()
        runner.build("twin", until="pages")
        printed = capsys.readouterr().out.splitlines()
        return {line.split()[1] for line in printed if line.startswith("  done")}

    return build


def write_notebook(name, text):
    (paths.NOTEBOOKS / f"{name}.ipynb").write_text(text, encoding="utf-8")


def executed(name):
    return paths.executed("twin") / f"{name}.ipynb"


@pytest.mark.usefixtures("no_kernel")
def test_a_build_leaves_a_quick_answer_for_the_next_one(toy_book, ran):
    assert unchanged.count("twin", "pages") is None
    assert ran() == {FIRST, SECOND}
    assert unchanged.count("twin", "pages") == 2
    (paths.NOTEBOOKS / f"{FIRST}.ipynb").touch()
    assert unchanged.count("twin", "pages") is None
    assert ran() == {FIRST}
    assert unchanged.count("twin", "pages") == 2


@pytest.mark.usefixtures("no_kernel")
def test_another_lock_makes_everything_anew(toy_book, ran, tmp_path, monkeypatch):
    assert ran() == {FIRST, SECOND}
    lock = tmp_path / "requirements.lock"
    lock.write_bytes(paths.REQUIREMENTS.read_bytes() + b"# one more package\n")
    monkeypatch.setattr(paths, "REQUIREMENTS", lock)
    assert ran() == {FIRST, SECOND}
    assert ran() == set()


@pytest.mark.parametrize("loaded", [False, True])
def test_a_notebook_needs_no_network_and_leaves_no_socket_behind(toy_book, tmp_path, monkeypatch, loaded):
    # its own socket stays until this process ends
    environment.prepare_kernels()
    forked.start_server()
    page, place = tmp_path / "01_page.ipynb", tempfile.mkdtemp()
    kernel = "import json, sys; json.load(open(sys.argv[sys.argv.index('-f') + 1]))['transport']"
    page.write_text(toys.notebook(('source = "twin"', toys.PARAMETERS), kernel), encoding="utf-8")
    monkeypatch.setattr(tempfile, "tempdir", place)
    execute.run(page, tmp_path / "ran.ipynb", {}, lambda text: None, loaded=loaded)
    way = "ipc" if os.name == "posix" else "tcp"
    assert f"'{way}'" in (tmp_path / "ran.ipynb").read_text(encoding="utf-8")
    assert os.listdir(place) == []


def test_a_notebook_that_is_edited_while_it_runs_fails_and_runs_again(toy_book, ran):
    ran()
    result = paths.results("twin") / "figure_1.csv"
    before = executed(FIRST).read_bytes(), result.read_bytes()
    write_notebook("later", toys.writer("figure_1", 9))
    swap = f"import os\\nos.replace('later.ipynb', '{FIRST}.ipynb')\\nimport pandas"
    write_notebook(FIRST, toys.writer("figure_1", 7).replace("import pandas", swap))
    with pytest.raises(EnclaveError, match=r"01_first\.ipynb changed while 01_first ran\. Build again\.$"):
        runner.build("twin", until="pages")
    assert (executed(FIRST).read_bytes(), result.read_bytes()) == before
    assert unchanged.count("twin", "pages") is None
    assert ran() == {FIRST}
    assert pd.read_csv(result)["estimate"].item() == 9


def test_an_input_that_changes_after_one_step_and_before_the_next_is_no_input_of_the_first(
    toy_book, no_kernel, ran, monkeypatch
):
    ended, end = [], progress.Progress.end

    def change(shown, name, outcome):
        end(shown, name, outcome)
        if not ended:
            (paths.panels("twin") / "data.csv").write_text("a\n2\n", encoding="utf-8")
        ended.append(name)

    monkeypatch.setattr(runner, "_cores", lambda: 1)
    monkeypatch.setattr(progress.Progress, "end", change)
    assert ran() == {FIRST, SECOND}
    assert unchanged.count("twin", "pages") is None
    assert ran() == {ended[0]}
    assert unchanged.count("twin", "pages") == 2


def test_a_step_records_what_it_read_and_not_what_came_later(tmp_path):
    read, made = tmp_path / "read", tmp_path / "made"
    read.write_text("1", encoding="utf-8")

    def step():
        return nodes.Step(
            name="copy",
            run=lambda tell: made.write_bytes(read.read_bytes()),
            inputs=[nodes.File(path=read)],
            products=[nodes.File(path=made)],
        )

    ran = step()
    ran.function(None)
    read.write_text("2", encoding="utf-8")
    recorded = ran.state()
    assert step().state() != recorded
    read.write_text("1", encoding="utf-8")
    assert step().state() == recorded


def test_a_step_runs_again_when_an_input_is_gone_for_good(toy_book, tmp_path):
    files = [tmp_path / name for name in ("a", "b")]
    for file in files:
        file.write_text("1", encoding="utf-8")
    both, one = (nodes.Step(name="s", run=print, inputs=nodes.files(some), products=[]) for some in (files, files[:1]))
    assert both.state() != one.state()


def test_the_state_of_a_step_stays_when_the_repository_moves(tmp_path, monkeypatch):
    states = set()
    for place in ("here", "there"):
        monkeypatch.setattr(paths, "ROOT", tmp_path / place)
        (tmp_path / place).mkdir()
        (tmp_path / place / "a").write_text("1", encoding="utf-8")
        states.add(nodes.Step(name="s", run=print, inputs=nodes.files([paths.ROOT / "a"]), products=[]).state())
    assert len(states) == 1


@pytest.mark.usefixtures("no_kernel")
def test_a_build_that_somebody_stops_says_so_and_leaves_no_answer(toy_book, ran, monkeypatch):
    ran()
    (paths.panels("twin") / "data.csv").write_text("a\n2\n", encoding="utf-8")

    def stop(shown, name, outcome):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress.Progress, "end", stop)
        with pytest.raises(KeyboardInterrupt):
            runner.build("twin", until="pages")
    assert unchanged.count("twin", "pages") is None
    assert ran() <= {FIRST, SECOND}
    assert unchanged.count("twin", "pages") == 2


def test_a_build_of_the_panels_alone_keeps_the_answer_for_the_pages_unless_a_step_ran(
    toy_book, no_kernel, ran, monkeypatch
):
    monkeypatch.setitem(steps.GOALS, "panels", [notebooks_step.steps])
    ran()
    runner.build("twin", until="panels")
    assert unchanged.count("twin", "pages") == 2
    (paths.NOTEBOOKS / f"{FIRST}.ipynb").touch()
    runner.build("twin", until="panels")
    assert unchanged.count("twin", "panels") == 2
    assert not unchanged._file("twin", "pages").exists()


def test_sets_have_the_same_order_in_every_run_of_a_notebook(toy_book, tmp_path):
    page = tmp_path / "01_page.ipynb"
    page.write_text(
        toys.notebook(('source = "twin"', toys.PARAMETERS), 'hash("side"), hash("period")'), encoding="utf-8"
    )
    outputs = []
    for name in ("first.ipynb", "second.ipynb"):
        execute.run(page, tmp_path / name, {}, lambda text: None)
        outputs.append((tmp_path / name).read_text(encoding="utf-8"))
    assert outputs[0] == outputs[1]


@pytest.mark.usefixtures("no_kernel")
def test_a_notebook_runs_again_only_when_something_that_it_reads_changed(toy_book, ran):
    assert ran() == {FIRST, SECOND}
    assert ran() == set()
    (paths.NOTEBOOKS / f"{FIRST}.ipynb").touch()
    assert ran() == {FIRST}
    (paths.panels("twin") / "data.csv").write_text("a\n2\n", encoding="utf-8")
    assert ran() == {FIRST, SECOND}
    (paths.results("twin") / "figure_5.csv").unlink()
    assert ran() == {SECOND}


def test_a_build_until_the_panels_makes_no_page():
    assert [step.name for step in steps.collect("twin", "panels")] == ["registers", "validation", "panels"]
    assert len(steps.collect("twin", "pages")) < len(steps.collect("twin", "book"))


def test_notebooks_run_again_when_a_public_panel_changed():
    read = [[place.path for place in step.inputs] for step in notebooks_step.steps("twin")]
    assert len(read) > 10
    assert all(paths.PUBLIC in places for places in read)


def test_a_second_execution_leaves_the_same_bytes_and_no_trace_of_the_run(toy_book, ran):
    ran()
    before = {name: executed(name).read_bytes() for name in (FIRST, SECOND)}
    assert b"0.5" in before[FIRST]
    assert b"papermill" not in before[FIRST]
    for name in before:
        executed(name).unlink()
    ran()
    assert {name: executed(name).read_bytes() for name in before} == before


def test_a_failing_notebook_is_named_with_its_cell_and_leaves_what_was_there(toy_book, ran):
    ran()
    before = executed(FIRST).read_bytes(), (paths.results("twin") / "figure_1.csv").read_bytes()
    cells = toys.writer("figure_1", 7).replace('print(effects[\\"estimate\\"].item())', "1 / 0")
    write_notebook(FIRST, cells)
    with pytest.raises(
        EnclaveError, match=r"^01_first\.ipynb, cell 5: ZeroDivisionError: division by zero\n.*run\.py lab"
    ):
        runner.build("twin", until="pages")
    assert (executed(FIRST).read_bytes(), (paths.results("twin") / "figure_1.csv").read_bytes()) == before


def test_a_failing_notebook_does_not_keep_the_others_from_running(toy_book):
    write_notebook(FIRST, toys.notebook("raise ValueError('no')"))
    with pytest.raises(EnclaveError, match=r"01_first\.ipynb, cell 1: ValueError: no") as fault:
        runner.build("twin", until="pages")
    assert SECOND not in str(fault.value)
    assert pd.read_csv(paths.results("twin") / "figure_5.csv")["estimate"].item() == 0.25


def test_a_notebook_that_prints_a_warning_fails(toy_book):
    write_notebook(FIRST, toys.notebook("import warnings\nwarnings.warn('look here')"))
    with pytest.raises(EnclaveError, match=r"01_first\.ipynb, cell 1 wrote a warning: (.|\n)*look here"):
        runner.build("twin", until="pages")


def test_two_notebooks_that_write_one_exhibit_are_refused(toy_book):
    write_notebook(SECOND, toys.writer("figure_1", 1))
    with pytest.raises(EnclaveError, match=r"01_first\.ipynb and 02_second\.ipynb both show 'figure_1'"):
        runner.build("twin", until="pages")


def test_a_parameter_changes_the_copy_and_not_the_results_of_the_book(toy_book, tmp_path):
    paths.results("twin").mkdir(parents=True)
    result = paths.results("twin") / "figure_1.csv"
    result.write_text("former", encoding="utf-8")
    with execute.former_kept([result], aside=tmp_path / "aside"):
        execute.run(paths.NOTEBOOKS / f"{FIRST}.ipynb", tmp_path / "copy.ipynb", {"language": "zh"}, lambda text: None)
    assert result.read_text(encoding="utf-8") == "former"
    assert pd.read_csv(tmp_path / "aside" / "figure_1.csv")["estimate"].item() == 0.5
    assert '\\"zh\\"' in (tmp_path / "copy.ipynb").read_text(encoding="utf-8")


def test_a_second_build_in_the_same_folder_is_refused_while_the_first_runs(build_folder):
    with runner.only_build(), pytest.raises(EnclaveError, match="Another build runs"), runner.only_build():
        pass
    with runner.only_build():
        assert paths.TASK_RECORD.is_dir()


def test_what_dead_processes_left_is_swept_and_what_living_ones_write_stays(build_folder):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = build_folder / "results"
    folder.mkdir(parents=True)
    left, living, plain = folder / f".{dead.pid}.a.csv", folder / f".{os.getpid()}.b.csv", folder / ".hidden"
    for file in (left, living, plain):
        file.write_text("", encoding="utf-8")
    (build_folder / f".{dead.pid}.folder").mkdir()
    runner.remove_leftovers()
    assert sorted(build_folder.rglob("*")) == sorted([folder, living, plain])


def test_a_source_without_registers_is_told_how_to_get_some(build_folder):
    with pytest.raises(EnclaveError, match=r"run\.py registers SOURCE=elsewhere FIRMS=50000`$"):
        runner.build("elsewhere")


def test_progress_is_never_silent_for_two_seconds_and_says_what_is_left():
    out = io.StringIO()
    with progress.Progress(3, out) as shown:
        report = shown.start("first")
        report("cell 2 of 9")
        time.sleep(progress.SILENCE + 0.6)
        shown.end("first", "done")
    lines = out.getvalue().splitlines()
    assert lines[0] == "  start  first"
    assert lines[1] == "  ...    first 2 s, cell 2 of 9 (2 more to go)"
    assert lines[-1].endswith(" s), 2 left")
    assert progress.SILENCE < 2


def test_a_warning_of_a_step_stays_on_a_line_of_its_own():
    out = io.StringIO()
    with progress.Progress(1, out) as shown:
        report = shown.start("first")
        report("Warning: land: look.")
        report("land: 3 records")
        shown.end("first", "done")
    assert "  Warning: land: look." in out.getvalue().splitlines()
    assert "3 records" not in out.getvalue()


def test_a_folder_changes_with_names_and_contents_and_not_with_hidden_files(tmp_path):
    folder = nodes.Folder(path=tmp_path)
    assert folder.state() is None
    assert folder.measure() is None
    (tmp_path / "a.csv").write_text("1", encoding="utf-8")
    first = folder.measure()
    assert folder.state() is not None
    (tmp_path / ".1.b.csv").write_text("2", encoding="utf-8")
    assert folder.measure() == first
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    assert folder.measure() not in (None, first)


def test_the_times_on_the_page_may_change_and_may_not_be_missing(build_folder):
    product = steps.book("twin")[0].products[0]
    times, cover = paths.html("twin") / "_static" / book_source.TIMES, paths.html("twin") / "index.html"
    times.parent.mkdir(parents=True)
    for file in (times, cover):
        file.write_text("1", encoding="utf-8")
    whole = product.measure()
    times.write_text("2", encoding="utf-8")
    assert product.measure() == whole
    times.unlink()
    assert product.measure() not in (None, whole)


def test_a_touch_counts_for_a_notebook_and_not_for_other_files(tmp_path):
    file = tmp_path / "a"
    file.write_text("1", encoding="utf-8")
    plain, touchy = nodes.File(path=file), nodes.File(path=file, touch=True)
    before = plain.measure(), touchy.measure()
    os.utime(file, (1, 1))
    assert plain.measure() == before[0]
    assert touchy.measure() != before[1]
    assert plain.signature != touchy.signature
