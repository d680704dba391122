import importlib.util
import os
import re
import shutil
import subprocess
import tomllib

import pytest

from enclave import paths

TOOLS = paths.ROOT / "tools"


def tool(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def lock():
    return paths.REQUIREMENTS.read_text(encoding="utf-8")


@pytest.fixture
def fresh_clone(tmp_path):
    """What `make` needs of a clone, without .venv."""
    shutil.copy(paths.ROOT / "Makefile", tmp_path)
    shutil.copytree(TOOLS, tmp_path / "tools")
    (tmp_path / "requirements.lock").write_text("none==1\n", encoding="utf-8")
    return tmp_path


def make(folder, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "-C", str(folder), "--no-print-directory", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def fake_python(folder, answer):
    """A program that answers to every call of it with the given shell line."""
    program = folder / "python-of-the-test"
    program.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_the_environment_file_lists_what_the_lock_lists(lock):
    made = paths.ENVIRONMENT.read_text(encoding="utf-8")
    assert made == tool("write_environment").environment(lock)
    pins = re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)
    listed = re.findall(r'^    - "?([a-z0-9._-]+)==', made, re.MULTILINE)
    assert len(pins) > 100
    assert listed == pins


def test_each_pin_of_the_lock_has_a_hash_and_no_address_stands_in_it(lock):
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in lock
    assert "--index" not in lock


def test_the_lock_holds_every_package_that_the_project_names(lock):
    project = tomllib.loads(paths.PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *extras["test"], *extras["build"]]
    names = {re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower() for requirement in named}
    assert names <= set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))


def test_the_lock_for_spark_holds_its_extra_and_nothing_that_the_other_lock_holds(lock):
    spark = (paths.ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
    project = tomllib.loads(paths.PROJECT.read_text(encoding="utf-8"))["project"]
    extra = {re.match(r"[a-z0-9]+", requirement)[0] for requirement in project["optional-dependencies"]["spark"]}
    pins = set(re.findall(r"^([a-z0-9._-]+)==", spark, re.MULTILINE))
    assert extra <= pins
    assert pins & set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)) == set()
    assert tool("write_environment").on_top(spark, lock) == spark
    assert [entry for entry in re.split(r"\n(?=\S)", spark.strip()) if "--hash=sha256:" not in entry] == []


def test_spark_is_set_up_once_and_a_failed_set_up_leaves_no_mark(monkeypatch, capsys, tmp_path):
    set_up = tool("set_up")
    (tmp_path / "lock").write_text("none==1\n", encoding="utf-8")
    monkeypatch.setattr(set_up, "SPARK", tmp_path / "lock")
    monkeypatch.setattr(set_up, "SPARK_DONE", tmp_path / "done")
    monkeypatch.setattr(set_up, "run", lambda name, command: False)
    assert set_up.spark() == 1
    assert "Set-up of Spark stopped." in capsys.readouterr().err
    assert not (tmp_path / "done").exists()
    monkeypatch.setattr(set_up, "run", lambda name, command: True)
    assert set_up.spark() == 0
    monkeypatch.setattr(set_up, "run", lambda name, command: pytest.fail("set up twice"))
    assert set_up.spark() == 0


def test_help_has_one_line_for_each_command():
    shown = make(paths.ROOT).stdout.splitlines()
    commands = [
        "help",
        "book",
        "test",
        "lab",
        "serve",
        "check",
        "twin",
        "twin-fit",
        "registers",
        "bench",
        "exhibits",
        "links",
        "lock",
        "clean",
    ]
    assert [line.split()[1] for line in shown] == commands


def test_a_python_that_is_too_old_gets_one_line_that_says_what_to_install(fresh_clone):
    ran = make(fresh_clone, "book", f"PYTHON={fake_python(fresh_clone, 'exit 1')}")
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[0].startswith("Python 3.11 or newer is needed: install it")
    assert not (fresh_clone / ".venv").exists()


def test_a_python_without_venv_gets_one_line_that_says_what_to_install(monkeypatch, capsys, tmp_path):
    set_up = tool("set_up")
    monkeypatch.setattr(set_up, "DONE", tmp_path / "not there")
    monkeypatch.setattr(set_up.importlib.util, "find_spec", lambda name: None)
    assert set_up.main() == 1
    assert re.fullmatch(r"The venv module is missing: install it, .*python3\.\d+-venv\n", capsys.readouterr().err)


def test_a_second_set_up_does_nothing(fresh_clone):
    place = fresh_clone / ".venv"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").touch()
    shutil.copy(fresh_clone / "requirements.lock", place / "installed.lock")
    ran = make(fresh_clone, "setup")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_an_interrupted_set_up_starts_again_and_a_failed_one_leaves_no_mark(fresh_clone):
    (fresh_clone / ".venv" / "half").mkdir(parents=True)
    ran = make(fresh_clone, "setup")
    assert ran.returncode != 0
    assert "Set-up stopped at: installing the locked packages." in ran.stderr
    assert not (fresh_clone / ".venv" / "half").exists()
    assert not (fresh_clone / ".venv" / "installed.lock").exists()
