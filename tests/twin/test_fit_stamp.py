"""The stamp that says with which inputs the long tests of the fit passed last."""

import ast
import shutil

import pytest
import recipes

from enclave.base import paths
from tools import commands, fit_stamp


@pytest.fixture
def tree(tmp_path):
    """A small project with every input of the fit and a current stamp."""
    for name in fit_stamp.INPUTS:
        file = tmp_path / name if "." in name else tmp_path / name / "file.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a", encoding="utf-8")
    fit_stamp.write(tmp_path)
    return tmp_path


def test_the_tests_of_the_fit_passed_with_the_present_inputs():
    assert fit_stamp.is_current(), fit_stamp.REMEDY


@pytest.mark.parametrize("name", fit_stamp.INPUTS)
def test_a_change_of_any_input_makes_the_stamp_old(tree, name):
    assert fit_stamp.is_current(tree)
    next(file for file in fit_stamp.files(tree) if file.is_relative_to(tree / name)).write_bytes(b"b")
    assert not fit_stamp.is_current(tree)


def test_a_new_and_a_renamed_file_make_the_stamp_old_and_cached_code_does_not(tree):
    folder = tree / fit_stamp.INPUTS[0]
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "file.nbi").write_bytes(b"c")
    assert fit_stamp.is_current(tree)
    (folder / "file.csv").rename(folder / "other.csv")
    assert not fit_stamp.is_current(tree)


def test_without_a_stamp_nothing_counts_as_tested(tree):
    (tree / fit_stamp.STAMP).unlink()
    assert not fit_stamp.is_current(tree)


def test_an_input_that_was_moved_away_is_an_error(tree):
    shutil.rmtree(tree / "data" / "twin")
    with pytest.raises(FileNotFoundError, match="Correct INPUTS"):
        fit_stamp.checksum(tree)


def test_every_module_that_tests_the_fit_is_marked_and_is_an_input():
    for file in sorted(paths.TESTS.rglob("test_*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        imports = [ast.unparse(node) for node in ast.walk(module) if isinstance(node, (ast.Import, ast.ImportFrom))]
        if any("enclave_twin.fit" in line for line in imports):
            marks = [ast.unparse(node) for node in module.body if isinstance(node, ast.Assign)]
            assert "pytestmark = pytest.mark.fit" in marks, file.name
            assert file.relative_to(paths.ROOT).as_posix() in fit_stamp.INPUTS


@pytest.mark.parametrize(
    ("passed", "arguments", "written"), [(True, "", True), (False, "", False), (True, "-x", False)]
)
def test_the_command_writes_the_stamp_only_after_all_tests_passed(monkeypatch, passed, arguments, written):
    ran = []
    monkeypatch.setattr(commands, "setup", lambda settings: None)
    monkeypatch.setattr(commands, "_python", lambda settings, *words: ran.append(words) or int(not passed))
    assert commands.test_fit({**commands.SETTINGS, "ARGS": arguments}) == int(not passed)
    assert ran[0][:4] == ("-m", "pytest", "-m", "fit")
    assert (ran[-1] == ("-m", "tools.fit_stamp", "write")) == written


def test_ci_runs_the_tests_of_the_fit_if_the_stamp_is_old_and_weekly_they_always_run():
    script = recipes.CI.read_text(encoding="utf-8")
    assert "if ! python3 -m tools.fit_stamp; then\n    make test-fit\nfi\n" in script
    weekly = {step.get("run") for name, _, step in recipes.steps() if name == "weekly.yml"}
    assert {"python run.py test-fit", "python run.py test-slow"} <= weekly
