"""Processes that begin with the libraries loaded: they give what others give, and run our code as it is now."""

import ast
import os
import subprocess
import sys
import time

import child
import nbformat
import psutil
import pytest
import sources
import toys

from enclave.base import paths
from enclave_book.build import exhibit_process
from enclave_book.notebooks import contents, execute, forked

SETTINGS = """import os
import sys

print(os.getcwd(), sys.path)
print(hash("side"), os.environ["OMP_NUM_THREADS"], os.environ["ENCLAVE_BUILD"], os.environ["MPLBACKEND"])"""
FIGURE = "import matplotlib.pyplot as plt\n\nplt.plot([1, 3, 2])\nplt.show()"
TABLE = """import pandas as pd
from enclave.base import paths

print(paths.BUILD)
pd.DataFrame({"a": [1.5, 2]})"""
WAITING = "import os, time\n\nopen({0!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
RUN = """import sys
from pathlib import Path

from enclave_book.notebooks import execute

if __name__ == "__main__":
    execute.run(Path(sys.argv[1]), Path(sys.argv[1] + ".out"), {}, loaded=True)
"""
# what the server may have loaded of ours
LOADED = {"enclave_book", "enclave_book.notebooks", "enclave_book.notebooks.forked", "enclave_book.notebooks.libraries"}


def run(cells, folder, name, loaded=True):
    folder.mkdir(exist_ok=True)
    notebook = folder / "page.ipynb"
    parameters = ('source = "twin"', toys.PARAMETERS)
    notebook.write_text(toys.notebook("# Title", parameters, *cells), encoding="utf-8")
    execute.run(notebook, folder / name, {}, loaded=loaded)
    return (folder / name).read_bytes()


def test_a_forked_kernel_gives_the_same_bytes_as_one_that_loads_the_libraries(build_folder, tmp_path):
    cells = [SETTINGS, FIGURE, TABLE]
    fast = run(cells, tmp_path / "notebooks", "forked.ipynb")
    assert fast == run(cells, tmp_path / "notebooks", "plain.ipynb", loaded=False)


def test_where_nothing_can_be_forked_a_kernel_loads_the_libraries_itself(build_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(forked, "AVAILABLE", False)
    monkeypatch.setattr(forked, "start", lambda *given, **more: pytest.fail("forked"))
    run([SETTINGS], tmp_path / "notebooks", "plain.ipynb")
    executed = nbformat.read(tmp_path / "notebooks" / "plain.ipynb", as_version=4)
    place, settings = executed.cells[-1].outputs[0].text.splitlines()
    assert place.startswith(str(tmp_path / "notebooks"))
    assert str(build_folder) in settings


def test_a_forked_process_has_no_module_of_ours_from_before(build_folder):
    assert set(exhibit_process.answer_of(child.send_modules, "enclave")) <= LOADED


def test_a_forked_process_sees_the_build_folder_of_the_moment(build_folder, monkeypatch):
    assert exhibit_process.answer_of(child.send_build_folder, "table_1") == str(build_folder)


def test_the_server_has_all_libraries_that_notebooks_and_their_code_import():
    named = {name for tree in [*_of_notebooks(), *_of_package()] for name in _imported(tree)}
    libraries = ast.parse((paths.LIB / "enclave_book" / "notebooks" / "libraries.py").read_text(encoding="utf-8"))
    assert named - set(_imported(libraries)) - set(sys.stdlib_module_names) == {"grimp"}


def _of_notebooks():
    return [tree for notebook in contents.every() for _, tree in contents.code(notebook)]


def _of_package():
    return [
        ast.parse(file.read_text(encoding="utf-8"))
        for file in sources.modules()
        if file.is_relative_to(paths.LIB / "enclave")
    ]


def _imported(tree):
    """Names of the packages that a module imports, without our own."""
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    found = plain + [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split(".")[0] for name in found if not name.startswith("enclave")}


def test_a_kernel_ends_when_its_build_is_killed(build_folder, tmp_path):
    notebook, written = tmp_path / "page.ipynb", tmp_path / "pid"
    cells = [('source = "twin"', toys.PARAMETERS), WAITING.format(str(written))]
    notebook.write_text(toys.notebook("# Title", *cells), encoding="utf-8")
    (tmp_path / "build.py").write_text(RUN, encoding="utf-8")
    environment = os.environ | {"ENCLAVE_BUILD": str(build_folder)}
    with subprocess.Popen([sys.executable, str(tmp_path / "build.py"), str(notebook)], env=environment) as build:
        kernel = psutil.Process(int(_when_there(lambda: written.exists() and written.read_text())))
        build.kill()
    _when_there(lambda: not kernel.is_running())


def _when_there(found, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {seconds} seconds")
