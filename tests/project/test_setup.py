"""The commands at the top of the project, and what is refused before anything is installed."""

import errno
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import run
from enclave.base import paths
from tools import commands, failures, set_up, systems
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
        "import os, sys; print(sys.argv[1:], os.environ.get('ENCLAVE_MEMORY'))\n", encoding="utf-8"
    )
    ran = make("test", "WHEELS=a folder/书", "ENCLAVE_MEMORY=8GB", "ARGS=-k 'a $b'", folder=tmp_path, SOURCE="mine")
    assert ran.stdout == "['test', 'SOURCE=mine', 'WHEELS=a folder/书', \"ARGS=-k 'a $b'\"] 8GB\n"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["book"], ("-m", "enclave_book", "build", "--source", "twin")),
        (["book", "TWIN=2"], ("-m", "enclave_book", "build", "--source", "twin-2")),
        (["book", "SOURCE=licensed"], ("-m", "enclave_book", "build", "--source", "licensed")),
        (["check", "SOURCE=licensed"], ("-m", "enclave_book", "check", "--source", "licensed")),
        (
            ["check", "SOURCE=licensed", "MAP=draft"],
            ("-m", "enclave_book", "check", "--source", "licensed", "--map", "draft"),
        ),
        (
            ["test", "ARGS=tests/estimators/test_did.py -k 'a sentence'"],
            ("-m", "pytest", "tests/estimators/test_did.py", "-k", "a sentence"),
        ),
        (
            ["enclave", "ARGS=run 02_baseline_did -p language=zh"],
            ("-m", "enclave_book", "run", "02_baseline_did", "-p", "language=zh"),
        ),
        (["serve", "PORT=9000"], ("-m", "enclave_book", "serve", "--source", "twin", "--port", "9000")),
    ],
)
def test_a_command_and_its_settings_become_one_call(started, typed, words):
    assert commands.main(typed) == 0
    assert started == [words]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "--source firms-1000000 --twin 1 --firms 1000000 --seed 1 --format parquet"),
        (["FIRMS=5", "SOURCE=demo"], "--source demo --twin 1 --firms 5 --seed 1 --format parquet"),
        (["TWIN=2", "SEED=3", "FORMAT=csv"], "--source firms-1000000 --twin 2 --firms 1000000 --seed 3 --format csv"),
    ],
)
def test_registers_of_any_size_never_replace_those_of_the_book(started, given, words):
    assert commands.main(["registers", *given]) == 0
    assert started == [("-m", "enclave_book", "registers", *words.split())]


def test_a_variable_of_the_machine_is_no_setting(started, monkeypatch):
    """Makers of computers set names such as PLATFORM; only what is typed counts."""
    monkeypatch.setenv("SOURCE", "licensed")
    commands.main(["book"])
    assert started == [("-m", "enclave_book", "build", "--source", "twin")]


def test_settings_of_the_package_reach_it(monkeypatch):
    found = {}
    monkeypatch.setattr(commands.set_up, "set_up", lambda environment, wheels=None: None)
    finished = types.SimpleNamespace(wait=lambda: 0)
    monkeypatch.setattr(commands.subprocess, "Popen", lambda command, cwd, env: found.update(env) or finished)
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert commands.main(["book", "ENCLAVE_MEMORY=8GB"]) == 0
    assert found["ENCLAVE_MEMORY"] == "8GB"
    assert found["PYTHONUTF8"] == "1"
    assert "PYTHONPATH" not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"tests\test_did.py -k 'a sentence'", [r"tests\test_did.py", "-k", "a sentence"]),
        ('run 02 -p note="two words" # x', ["run", "02", "-p", "note=two words", "#", "x"]),
    ],
)
def test_words_of_args_may_stand_in_quotes_and_hold_paths_of_windows(text, words):
    assert commands._words(text) == words


def test_a_quotation_mark_that_is_missing_is_told_in_one_line(started, capsys):
    assert commands.main(["test", "ARGS=-k it's"]) == 1
    assert capsys.readouterr().err == "A quotation mark is missing: -k it's\n"


def test_a_folder_that_the_book_has_not_made_is_never_emptied(tmp_path):
    environment = set_up.Environment(tmp_path / ".venv", paths.REQUIREMENTS)
    environment.folder.mkdir()
    (environment.folder / "thesis.txt").write_text("three years", encoding="utf-8")
    with pytest.raises(SetUpError, match=r"\.venv was not made by this book. Move it away or delete it"):
        set_up.set_up(environment)
    assert (environment.folder / "thesis.txt").read_text(encoding="utf-8") == "three years"


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_link_or_a_file_in_the_place_of_the_environment_is_left_alone(tmp_path, kind):
    environment = set_up.Environment(tmp_path / ".venv", paths.REQUIREMENTS)
    other = tmp_path / "other"
    other.mkdir()
    (other / set_up.OURS).touch()
    environment.folder.symlink_to(other) if kind == "link" else environment.folder.touch()
    with pytest.raises(SetUpError, match="was not made by this book"):
        set_up.set_up(environment)
    assert (other / set_up.OURS).exists()


def test_a_set_up_that_was_killed_at_its_first_moment_is_no_strange_folder(tmp_path):
    (tmp_path / ".venv").mkdir()
    set_up._begin_anew(tmp_path / ".venv")
    assert [file.name for file in (tmp_path / ".venv").iterdir()] == [set_up.OURS]


def test_a_path_in_which_python_makes_no_environment_is_told(tmp_path):
    odd = tmp_path / f"a{os.pathsep}b"
    odd.mkdir()
    with pytest.raises(SetUpError, match="Python makes no environment in a path with"):
        set_up.set_up(set_up.Environment(odd / ".venv", paths.REQUIREMENTS))


def test_a_network_folder_without_locks_makes_nobody_wait(monkeypatch, tmp_path):
    def refused(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refused)
    with set_up._alone(tmp_path):
        pass


@pytest.mark.parametrize("typed", [["bok"], ["book", "SORCE=licensed"], ["book", "test"]])
def test_a_misspelt_command_or_setting_is_refused_by_its_name(started, capsys, typed):
    assert commands.main(typed) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"is not understood. `{failures.RUN} help` lists" in line
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


def test_the_pythons_that_are_let_in_are_those_that_the_lock_is_checked_for():
    let_in = [f"3.{minor}" for minor in range(run.OLDEST[1], run.NEWEST[1] + 1)]
    assert let_in == list(systems.PYTHONS)


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
    def refused(path, *how, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(
        SetUpError, match=r"cannot be written to \(Permission denied\): copy the book to a folder of yours"
    ):
        set_up.set_up(set_up.Environment(tmp_path / ".venv", paths.REQUIREMENTS))


@pytest.mark.parametrize(
    "other", [{"lock": "0"}, {"folder": "/elsewhere"}, {"python": "3.99"}, {"home": "/python/that/was/removed"}]
)
def test_another_lock_place_or_python_is_not_ready(tmp_path, other):
    environment = set_up.Environment(tmp_path, paths.REQUIREMENTS)
    environment.python.parent.mkdir()
    environment.python.touch()
    set_up._write(tmp_path / set_up.RECORD, {**environment.record(), **other})
    assert not environment.is_ready()


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
            raise OSError(errno.EDEADLK, "Resource deadlock avoided")
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
        ("cause: Because lxml has no wheels with a matching platform tag", "The index has no file of lxml"),
        ("cause: Because there is no version of lxml==6 and you require", "The index has no file of lxml"),
        ("ERROR: No matching distribution found for lxml==6", "The index has no file of lxml"),
        ("error: HTTP status client error (403 Forbidden) for url", "The package index does not answer"),
        (
            "ERROR: HTTP error 502 while getting http://x\nERROR: No matching distribution found for x",
            "does not answer",
        ),
        ("requests.exceptions.HTTPError: 407 Client Error: Proxy Authentication Required", "does not answer"),
        ("('Connection aborted.', RemoteDisconnected('closed'))", "does not answer"),
        ("PermissionError: [WinError 5] 拒绝访问。: 'x.pyd'", "A file cannot be written"),
        ("error: failed to copy (os error 32)", "close programs that use it"),
        ("[WinError 206] The filename or extension is too long", "A path is too long"),
        ("[Errno 122] Disk quota exceeded", "The disk is full"),
    ],
)
def test_each_failure_of_the_installers_becomes_one_line_with_its_remedy(printed, said):
    remedy = failures.remedy(printed)
    assert said in remedy
    assert "\n" not in remedy
