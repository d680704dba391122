"""Notebooks for Colab: when there are any, what their first cell does, and how the cells below run elsewhere."""

import _thread
import ast
import importlib.util
import json
import signal
import subprocess
import sys
import threading

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from enclave.base import files, paths
from enclave_book import sphinx_ext
from enclave_book.notebooks import colab, contents, environment

ADDRESS = "https://github.com/somebody/enclave"
WANTED = {"binderhub_url": "https://mybinder.org", "colab_url": "https://colab.research.google.com", "thebe": False}


@pytest.fixture
def published(tmp_path, monkeypatch):
    """The book as if somebody had published it: the setting that names its address is filled in."""
    config = paths.BOOK_CONFIG.read_text(encoding="utf-8")
    assert config.count('\n  url: ""\n') == 1
    files.write_text(config.replace('\n  url: ""\n', f'\n  url: "{ADDRESS}"\n'), tmp_path / "_config.yml")
    monkeypatch.setattr(paths, "BOOK_CONFIG", tmp_path / "_config.yml")


def first_cell(file):
    return "".join(json.loads(file.read_text(encoding="utf-8"))["cells"][0]["source"])


# --- The setting ------------------------------------------------------------------------------------------------------


def test_nobody_has_published_the_book_yet_and_so_there_is_nothing_for_colab(tmp_path):
    assert colab.address() == ""
    assert colab.write(tmp_path / "colab") == []
    assert not (tmp_path / "colab").exists()


def test_the_notebooks_of_the_repository_have_no_cell_for_colab():
    with_cell = [notebook.name for notebook in contents.every() if "google.colab" in notebook.read_text("utf-8")]
    assert with_cell == []


def test_a_notebook_for_colab_is_that_of_the_book_with_one_cell_on_top(published, tmp_path):
    made = colab.write(tmp_path / "colab")
    assert [place.relative_to(tmp_path / "colab" / "notebooks").name for place in made] == [
        notebook.name for notebook in contents.every()
    ]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    for place, notebook in zip(made, contents.every(), strict=True):
        ours, theirs = (json.loads(file.read_text(encoding="utf-8")) for file in (notebook, place))
        assert [without_view(cell) for cell in theirs["cells"][1:]] == ours["cells"]
        assert {**theirs, "cells": []} == {**ours, "cells": []}
        assert f"git clone --quiet {ADDRESS} enclave" in first_cell(place)
        assert f"checkout --quiet {commit.stdout.strip()}" in first_cell(place)


def without_view(cell):
    """A cell without what hides its code in Colab, which every cell has whose code is hidden elsewhere."""
    hidden = cell["metadata"].pop("cellView", None)
    assert (hidden == "form") == cell["metadata"].get("jupyter", {}).get("source_hidden", False)
    return cell


def test_the_first_cell_does_nothing_outside_colab(published, tmp_path, monkeypatch):
    code = TransformerManager().transform_cell(first_cell(colab.write(tmp_path)[0]))
    asked = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute) and node.attr == "system"]
    assert len(asked) == 2
    monkeypatch.setattr(sys, "path", former := list(sys.path))
    exec(compile(code, "cell", "exec"), {"get_ipython": lambda: pytest.fail("the cell ran a command")})
    assert sys.path == former


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("", set()),
        (ADDRESS, set(WANTED)),
        ("https://gitlab.com/somebody/enclave", {"binderhub_url", "thebe"}),
    ],
)
def test_a_button_is_kept_if_the_repository_has_an_address_that_it_can_open(address, kept):
    options = {"repository_url": address, "launch_buttons": WANTED, "other": 1}
    made = sphinx_ext.buttons(options)
    assert set(made["launch_buttons"]) == kept
    assert made["other"] == 1
    assert options["launch_buttons"] == WANTED


CONF = """
from enclave_book import sphinx_ext
project, extensions, html_theme, master_doc = "Page", ["myst_nb"], "sphinx_book_theme", "index"
nb_execution_mode = "off"
html_theme_options = {options!r}
def setup(app):
    app.connect("config-inited", sphinx_ext.keep_working_buttons)
    app.connect("html-page-context", sphinx_ext.lead_to_first_cell, priority=900)
"""


@pytest.fixture
def page(tmp_path):
    """A function that renders one notebook as a page of the theme, and returns its text."""

    def render(address):
        options = {"repository_url": address, "repository_branch": "main", "launch_buttons": WANTED}
        source, made = tmp_path / "source", tmp_path / "made"
        files.write_text(CONF.format(options=options), source / "conf.py")
        files.write_text((paths.NOTEBOOKS / "D_several_twins.ipynb").read_text("utf-8"), source / "index.ipynb")
        program = "import sys; from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"
        run = [sys.executable, "-c", program, "-q", str(source), str(made)]
        subprocess.run(run, capture_output=True, check=True)
        return (made / "index.html").read_text(encoding="utf-8")

    return render


def test_a_page_without_an_address_has_no_launch_button(page):
    text = page("")
    assert "launch-buttons" not in text
    assert "mybinder" not in text
    assert "colab.research" not in text


def test_a_page_with_an_address_leads_to_binder_and_to_the_notebook_with_the_first_cell(page):
    text = page(ADDRESS)
    assert "https://mybinder.org/v2/gh/somebody/enclave/main?urlpath=" in text
    assert "https://colab.research.google.com/github/somebody/enclave/blob/colab/index.ipynb" in text


# --- The cells below --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def in_colab():
    spec = importlib.util.spec_from_file_location("in_colab", paths.ROOT / "tools" / "in_colab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shell(in_colab, tmp_path_factory):
    """A shell as that of Colab, whose cells run in another Python that stands for the book's."""
    # a program that was started in the background by a shell ignores this signal, and so do those that it starts
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "module://of.colab")
        patch.setenv("UV_CONSTRAINT", "of-colab.txt")
        book = in_colab.Book(sys.executable, tmp_path_factory.mktemp("notebooks"))
        shell = InteractiveShell.instance()
        in_colab.forward(shell, book)
        yield shell
        book.close()
        InteractiveShell.clear_instance()
    signal.signal(signal.SIGINT, former)


def cell(shell, code):
    """What a cell prints, what it displays, and the error that it ends with."""
    with capture_output() as shown:
        result = shell.run_cell(code)
    return shown.stdout, [output.data for output in shown.outputs], result.error_in_exec


def test_a_cell_runs_in_the_other_python_and_what_it_prints_comes_back(shell):
    said, _, fault = cell(shell, "import os\nprint(os.getpid())")
    assert fault is None
    assert int(said) != subprocess.os.getpid()


def test_what_a_cell_defines_stays_there_for_the_next(shell):
    cell(shell, "kept = 41")
    assert cell(shell, "kept + 1")[1][0]["text/plain"] == "42"
    assert "kept" not in shell.user_ns


def test_tables_and_figures_come_back_in_all_their_forms(shell):
    code = "from IPython.display import display, HTML\ndisplay(HTML('<b>bold</b>'))"
    assert cell(shell, code)[1][0]["text/html"] == "<b>bold</b>"


def test_lines_for_ipython_run_in_the_other_python_too(shell):
    cell(shell, "value = 7\n%precision 2")
    assert cell(shell, "%whos int")[0].split()[-3:] == ["value", "int", "7"]


def test_a_fault_of_a_cell_stops_here_with_the_message_from_there(shell, in_colab):
    said, _, fault = cell(shell, "print('before')\n1 / 0")
    assert isinstance(fault, in_colab.StoppedError)
    assert str(fault) == "ZeroDivisionError: division by zero"
    assert said.startswith("before\n")
    assert "ZeroDivisionError" in said
    assert "_answers" not in said


def test_the_stop_button_stops_the_cell_and_the_next_one_runs(shell):
    stop = threading.Timer(1, _thread.interrupt_main)
    stop.start()
    assert str(cell(shell, "import time\ntime.sleep(600)")[2]).startswith("KeyboardInterrupt")
    assert cell(shell, "print('next')")[0] == "next\n"


def test_a_cell_that_names_colab_stays_in_colab(shell):
    cell(shell, "here = 'google.colab'")
    assert shell.user_ns["here"] == "google.colab"


def test_an_empty_cell_is_left_alone(in_colab):
    assert in_colab.forwarded(["\n", "  \n"]) == ["\n", "  \n"]


def test_what_belongs_to_the_python_of_colab_does_not_reach_the_other(shell):
    said, _, _ = cell(shell, "import os\nprint(os.environ.get('UV_CONSTRAINT'), os.environ['MPLBACKEND'])")
    assert "of-colab" not in said
    assert "of.colab" not in said


def test_the_other_python_computes_with_as_many_threads_as_the_build(in_colab):
    assert in_colab.THREADS == environment.ONE_THREAD


def test_a_python_that_does_not_start_is_told_in_one_line(in_colab, tmp_path):
    (tmp_path / "ipykernel_launcher.py").write_text("raise SystemExit(3)", encoding="utf-8")
    with pytest.raises(in_colab.StoppedError, match="The book's Python has ended"):
        in_colab.Book(sys.executable, tmp_path)


@pytest.fixture
def begun(shell, in_colab, monkeypatch):
    """A function that begins, without a set-up, and says how many Pythons it started and how cells are handed over."""
    started = []

    class Started:
        def __init__(self) -> None:
            started.append(self)
            self.process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

        def run(self, code):
            raise AssertionError

        def close(self):
            if self.process.poll() is None:
                self.process.communicate(b"\n")

    monkeypatch.setattr(in_colab, "Book", Started)
    monkeypatch.setattr(in_colab, "tell", lambda command: None)
    monkeypatch.delitem(shell.user_ns, in_colab.RUN)

    def begin():
        in_colab.begin()
        return started, shell.input_transformers_cleanup.count(in_colab.forwarded)

    yield begin
    shell.user_ns.pop(in_colab.RUN, None)
    for one in started:
        one.close()


def test_the_first_cell_run_again_starts_another_python_only_if_the_former_has_ended(begun):
    started, handed_over = begun()
    assert (len(started), handed_over) == (1, 1)
    assert len(begun()[0]) == 1
    started[0].close()
    assert begun() == (started, 1)
    assert len(started) == 2


def test_a_python_of_colab_without_the_means_for_an_environment_gets_them_from_its_system(in_colab, monkeypatch):
    asked = []
    monkeypatch.setattr(in_colab, "tell", asked.append)
    in_colab.bring_venv()
    assert asked == []
    monkeypatch.setattr(in_colab.importlib.util, "find_spec", lambda name: None)
    in_colab.bring_venv()
    assert asked[-1][-1] == f"python3.{sys.version_info.minor}-venv"


def test_a_set_up_that_fails_shows_what_was_said_and_stops(in_colab, capsys):
    with pytest.raises(in_colab.StoppedError, match="run this cell again"):
        in_colab.tell([sys.executable, "-c", "print('no disk'); raise SystemExit(1)"])
    assert capsys.readouterr().out == "no disk\n"
