"""The stamps that say with which inputs long tests passed last."""

import ast
import shutil

import pytest
import recipes

from enclave.base import imports, paths
from tools import commands, stamps

EACH = [
    pytest.param(stamp, name, id=f"{stamp.name}-{name}") for stamp in stamps.STAMPS.values() for name in stamp.inputs
]
# what the long tests of the registers run
RUN = [
    *("enclave_registers.cleaning.pipeline", "enclave_registers.intake.validate", "enclave_registers.engines.spark"),
    *("enclave_twin.write", "enclave.panels.targets"),
]
# modules that use a part of the fit and run each day, because they are quick
QUICK = ["twin/test_adopt.py", "twin/test_lists.py", "twin/test_list_of_the_book.py", "twin/test_fit_saved.py"]


@pytest.fixture
def tree(tmp_path):
    """A small project with every input of all stamps, which are current."""
    for stamp in stamps.STAMPS.values():
        for name in stamp.inputs:
            file = tmp_path / name if "." in name else tmp_path / name / "file.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("a", encoding="utf-8")
    for stamp in stamps.STAMPS.values():
        (tmp_path / stamp.file).parent.mkdir(parents=True, exist_ok=True)
        stamp.write(tmp_path)
    return tmp_path


def test_the_tests_of_the_fit_passed_with_the_present_inputs():
    assert stamps.FIT.is_current(), stamps.FIT.remedy


@pytest.mark.parametrize(("stamp", "name"), EACH)
def test_a_change_of_any_input_makes_the_stamp_old(tree, stamp, name):
    assert stamp.is_current(tree)
    next(file for file in stamp.files(tree) if file.is_relative_to(tree / name)).write_bytes(b"b")
    assert not stamp.is_current(tree)


def test_a_change_of_one_group_leaves_the_stamp_of_the_other_as_it_is(tree):
    (tree / "tests" / "registers" / "test_clusters.py").write_bytes(b"b")
    assert (stamps.FIT.is_current(tree), stamps.SLOW.is_current(tree)) == (True, False)


def test_a_new_and_a_renamed_file_make_the_stamp_old_and_what_no_test_reads_does_not(tree):
    folder = tree / stamps.FIT.inputs[0]
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "file.nbi").write_bytes(b"c")
    (folder / "README.md").write_text("for readers", encoding="utf-8")
    assert stamps.FIT.is_current(tree)
    (folder / "file.csv").rename(folder / "other.csv")
    assert not stamps.FIT.is_current(tree)


def test_without_a_stamp_nothing_counts_as_tested(tree):
    (tree / stamps.FIT.file).unlink()
    assert not stamps.FIT.is_current(tree)


def test_an_input_that_was_moved_away_is_an_error(tree):
    shutil.rmtree(tree / "data" / "twin")
    with pytest.raises(FileNotFoundError, match="Correct the inputs"):
        stamps.FIT.checksum(tree)


def test_every_module_that_tests_the_fit_is_marked_and_is_an_input():
    for file in sorted(set(paths.TESTS.rglob("test_*.py")) - {paths.TESTS / name for name in QUICK}):
        module = ast.parse(file.read_text(encoding="utf-8"))
        lines = [ast.unparse(node) for node in ast.walk(module) if isinstance(node, (ast.Import, ast.ImportFrom))]
        if any("enclave_twin.fit" in line for line in lines):
            marks = [ast.unparse(node) for node in module.body if isinstance(node, ast.Assign)]
            assert "pytestmark = pytest.mark.fit" in marks, file.name
            assert file.relative_to(paths.ROOT).as_posix() in stamps.FIT.inputs


def test_every_module_with_a_slow_test_is_an_input():
    marked = {
        file.relative_to(paths.ROOT).as_posix()
        for file in paths.TESTS.rglob("test_*.py")
        if "pytest.mark.slow" in {ast.unparse(node) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))}
    }
    assert marked
    assert marked <= set(stamps.SLOW.inputs)


def test_all_code_that_the_slow_tests_of_the_registers_run_is_an_input():
    inputs = {file.resolve() for file in stamps.SLOW.files()}
    run = {file.resolve() for file in imports.closure(RUN)}
    assert run - inputs == {paths.LIB / "enclave" / "__init__.py"}


@pytest.mark.parametrize(
    ("passed", "arguments", "written"), [(True, "", True), (False, "", False), (True, "-x", False)]
)
@pytest.mark.parametrize("name", list(stamps.STAMPS))
def test_the_command_writes_the_stamp_only_after_all_tests_passed(monkeypatch, name, passed, arguments, written):
    ran = []
    monkeypatch.setattr(commands, "setup", lambda settings: None)
    monkeypatch.setattr(commands, "spark", lambda settings: None)
    monkeypatch.setattr(commands, "_python", lambda settings, *words: ran.append(words) or int(not passed))
    command = commands.COMMANDS[f"test-{name}"].do
    assert command({**commands.SETTINGS, "ARGS": arguments}) == int(not passed)
    assert ran[0][:4] == ("-m", "pytest", "-m", name)
    assert (ran[-1] == ("-m", "tools.stamps", name, "write")) == written


def test_ci_runs_long_tests_if_their_stamp_is_old_and_weekly_they_always_run():
    script = recipes.CI.read_text(encoding="utf-8")
    loop = 'for tests in fit slow; do\n    if ! python3 -m tools.stamps "$tests"; then\n        make "test-$tests"\n'
    assert loop in script
    weekly = {step.get("run") for name, _, step in recipes.steps() if name == "weekly.yml"}
    assert {"python run.py test-fit", "python run.py test-slow"} <= weekly
