"""The commands at the top of the project, and what is refused before anything is installed."""

import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import run
from enclave import paths
from tools import commands, failures, set_up
from tools.installer import SetUpError


def make(*arguments, folder=paths.ROOT, **variables):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-C", str(folder), "--no-print-directory", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**kept, **variables})


@pytest.fixture
def started(monkeypatch):
    """The words that commands hand to the environment's Python, without running it or setting anything up."""
    found = []
    monkeypatch.setattr(commands.set_up, "set_up", lambda environment, wheels=None: None)
    for step in ("add_spark", "bring_oldest_pip"):
        monkeypatch.setattr(commands.set_up, step, lambda environment, lock, wheels=None: None)
    monkeypatch.setattr(commands, "_python", lambda settings, *words: found.append(words) or 0)
    for name in commands.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return found


def test_make_and_python_say_the_same_and_know_the_same_commands():
    shown = make("help").stdout
    ran = subprocess.run([sys.executable, "run.py", "help"], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    assert shown == ran.stdout
    assert re.findall(r"^  ([a-z-]+) ", shown, re.MULTILINE) == list(commands.COMMANDS)
    listed = re.search(
        r"^COMMANDS := ((?:.*\\\n)*.*)$", (paths.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert listed[1].replace("\\\n", " ").split() == list(commands.COMMANDS)


def test_settings_typed_behind_make_reach_the_program(tmp_path):
    (tmp_path / "Makefile").write_bytes((paths.ROOT / "Makefile").read_bytes())
    (tmp_path / "run.py").write_text(
        "import os, sys; print(sys.argv[1:], os.environ['SOURCE'], os.environ['WHEELS'])\n", encoding="utf-8"
    )
    ran = make("book", "SOURCE=licensed", "WHEELS=a folder/书", folder=tmp_path)
    assert ran.stdout == "['book'] licensed a folder/书\n"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["book"], ("-m", "enclave", "build", "--source", "twin")),
        (["book", "TWIN=2"], ("-m", "enclave", "build", "--source", "twin-2")),
        (["book", "SOURCE=licensed"], ("-m", "enclave", "build", "--source", "licensed")),
        (["check", "SOURCE=licensed"], ("-m", "enclave", "check", "--source", "licensed")),
        (["test", "ARGS=tests/test_did.py -k 'a sentence'"], ("-m", "pytest", "tests/test_did.py", "-k", "a sentence")),
        (
            ["enclave", "ARGS=run 02_baseline_did -p language=zh"],
            ("-m", "enclave", "run", "02_baseline_did", "-p", "language=zh"),
        ),
        (["serve", "PORT=9000"], ("-m", "enclave", "serve", "--source", "twin", "--port", "9000")),
    ],
)
def test_a_command_and_its_settings_become_one_call(started, typed, words):
    assert commands.main(typed) == 0
    assert started == [words]


def test_registers_without_a_source_get_a_name_of_their_own(started):
    commands.main(["registers", "FIRMS=3000"])
    commands.main(["registers", "FIRMS=3000", "SOURCE=mine"])
    assert [words[words.index("--source") + 1] for words in started] == ["firms-3000", "mine"]


def test_settings_also_come_from_the_variables_that_make_hands_on(started, monkeypatch):
    monkeypatch.setenv("SOURCE", "licensed")
    commands.main(["book"])
    assert started == [("-m", "enclave", "build", "--source", "licensed")]


@pytest.mark.parametrize("typed", [["bok"], ["book", "SORCE=licensed"], ["book", "test"]])
def test_a_misspelt_command_or_setting_is_refused_by_its_name(started, capsys, typed):
    assert commands.main(typed) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "is not understood. `python run.py help` lists" in line
    assert started == []


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15)])
def test_a_python_that_the_lock_is_not_for_gets_one_line_that_says_what_to_install(version):
    with pytest.raises(SystemExit) as stopped:
        run.refuse_other_pythons(version)
    assert str(stopped.value).startswith(
        f"Python 3.11 to 3.14 is needed, and this is Python {version[0]}.{version[1]}."
    )
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_each_supported_python_is_let_in(version):
    run.refuse_other_pythons(version)


def test_the_entry_can_be_read_by_pythons_that_are_too_old_to_run_it():
    text = (paths.ROOT / "run.py").read_text(encoding="utf-8")
    before_the_check = text[: text.index("from tools")]
    assert not re.search(r'f"|:=|->|: str|print\(.*file=', before_the_check)


def test_make_without_the_named_python_says_what_to_install():
    ran = make("book", "PYTHON=python-that-is-not-there")
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[0].startswith("Python 3.11 to 3.14 is needed: install it")


def test_a_version_behind_python_names_what_to_fetch_and_not_what_to_run(tmp_path):
    (tmp_path / "Makefile").write_bytes((paths.ROOT / "Makefile").read_bytes())
    (tmp_path / "run.py").write_text("import os; print('ran for', os.environ['PYTHON'])\n", encoding="utf-8")
    assert make("wheels", "PYTHON=3.12", folder=tmp_path).stdout == "ran for 3.12\n"


def test_a_python_without_venv_gets_one_line_that_says_what_to_install(monkeypatch, capsys, tmp_path):
    environment = set_up.Environment(tmp_path / ".venv", paths.REQUIREMENTS)
    monkeypatch.setattr(set_up.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetUpError, match=r"^The venv module is missing: install it, .*python3\.\d+-venv$"):
        set_up.set_up(environment)
    assert not environment.folder.exists()


def test_a_folder_that_cannot_be_written_to_is_named_with_the_remedy(monkeypatch, tmp_path):
    def refused(path, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(
        SetUpError, match=r"cannot be written to \(Permission denied\): copy the book to a folder of yours"
    ):
        set_up.set_up(set_up.Environment(tmp_path / ".venv", paths.REQUIREMENTS))


def test_a_half_made_environment_and_a_spoilt_record_are_never_ready(tmp_path):
    environment = set_up.Environment(tmp_path, paths.REQUIREMENTS)
    environment.python.parent.mkdir()
    environment.python.touch()
    assert not environment.is_ready()
    set_up._write(tmp_path / set_up.RECORD, environment.record())
    assert environment.is_ready()
    (tmp_path / set_up.RECORD).write_text("{", encoding="utf-8")
    assert not environment.is_ready()


def test_windows_has_its_interpreter_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "win32")
    assert set_up.of_book(tmp_path).python == tmp_path / ".venv" / "Scripts" / "python.exe"


def test_the_claim_of_a_folder_works_without_the_modules_of_unix(monkeypatch, tmp_path):
    """Windows locks a byte of the file by a module of its own; a second claim of it raises."""
    held = set()

    def locking(number, mode, size):
        if held:
            raise OSError(36, "Resource deadlock avoided")
        held.add(number)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK=2))
    with set_up._alone(tmp_path), (tmp_path / ".venv.claim").open("a+b") as second:
        assert not set_up._claimed(second)
    held.clear()
    with (tmp_path / ".venv.claim").open("a+b") as third:
        assert set_up._claimed(third)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("cause: dns error\ncause: Temporary failure in name resolution", "The package index does not answer"),
        (
            "WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution found for uv==1",
            "does not answer",
        ),
        ("error: Read-only file system (os error 30)", "A file cannot be written"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "does not have the bytes"),
        ("cause: Hash mismatch for `numpy==1.0`", "The file of numpy from the index does not have the bytes"),
        ("cause: Because lxml has no wheels with a matching platform tag", "names no file of lxml for this system"),
        ("ERROR: No matching distribution found for lxml==6", "names no file of lxml for this system"),
    ],
)
def test_each_failure_of_the_installers_becomes_one_line_with_its_remedy(printed, said):
    remedy = failures.remedy(printed)
    assert said in remedy
    assert "\n" not in remedy
