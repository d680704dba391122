"""A long conversion that was killed, or that a full disk ended, goes on where it was and ends in the same bytes."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple

import duckdb
import pandas as pd
import pytest
import samples
from pyarrow import parquet

from enclave.base import paths
from enclave.base.errors import EnclaveError, InputError
from enclave_registers.intake import cache, convert, progress, validate
from enclave_registers.schema import TABLES

pytestmark = pytest.mark.slow

SOURCE = "hand"
PARTS = ["a", "b", "c"]
KILLED = """
import os, signal, sys
from pathlib import Path
from enclave.base import paths
from enclave_registers.intake import cache, convert, validate
paths.BUILD, cache.ROWS = Path(sys.argv[1]), 1
read = convert.READERS[".csv"]
def dying(reading):
    yield from read(reading)
    if reading.file.name == "firms/c.csv":
        os.kill(os.getpid(), signal.SIGKILL)
convert.READERS[".csv"] = dying
validate.store(sys.argv[2])
"""


@pytest.fixture(autouse=True)
def source(tmp_path, monkeypatch):
    """Six sound tables, the firms in three parts."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    for table in TABLES:
        samples.write(table, paths.registers(SOURCE))
    (paths.registers(SOURCE) / "firms.csv").unlink()
    for number, name in enumerate(PARTS):
        write_part(name, samples.FIRMS.iloc[[number]].assign(firm_id=f"F{number}"))


def write_part(name, frame):
    folder = paths.registers(SOURCE) / "firms"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text(samples.csv_text(frame), encoding="utf-8")


@pytest.fixture
def read(monkeypatch):
    """The names of the files that are read from now on."""
    names, former = [], convert.READERS[".csv"]

    def noting(reading):
        names.append(reading.file.name)
        return former(reading)

    monkeypatch.setitem(convert.READERS, ".csv", noting)
    return names


def stopped_at(name, error=KeyboardInterrupt):
    """Store the source, but for a reader that is stopped in the middle of a file."""
    former = convert.READERS[".csv"]

    def stopping(reading):
        for frame in former(reading):
            yield frame
            if reading.file.name == name:
                raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(convert.READERS, ".csv", stopping)
        with pytest.raises(error):
            validate.store(SOURCE)


def stored() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in paths.validated(SOURCE).iterdir()}


def without_stop(folder, monkeypatch) -> dict[str, bytes]:
    """What the same registers give in another place without being stopped."""
    registers = paths.registers(SOURCE)
    with monkeypatch.context() as patch:
        patch.setattr(paths, "BUILD", folder)
        shutil.copytree(registers, paths.registers(SOURCE))
        validate.store(SOURCE)
        return stored()


def test_a_run_that_was_stopped_reads_only_what_it_had_not_finished(read, tmp_path, monkeypatch):
    stopped_at("firms/c.csv")
    assert not paths.validated(SOURCE).exists()
    read.clear()
    validate.store(SOURCE)
    assert read == ["firms/c.csv", *(f"{table}.csv" for table in TABLES if table != "firms")]
    assert stored() == without_stop(tmp_path / "clean", monkeypatch)
    assert not paths.intake_cache(SOURCE).parent.exists()


def test_whole_tables_of_a_stopped_run_are_not_read_again(read):
    stopped_at("land.csv")
    read.clear()
    validate.store(SOURCE)
    assert read == ["land.csv"]


def test_the_list_of_what_stands_twice_is_never_that_of_another_delivery_which_was_stopped(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    write_part("b", samples.FIRMS.iloc[[1, 0]].assign(firm_id=["F1", "F0"]))
    stopped_at("land.csv")
    write_part("b", samples.FIRMS.iloc[[1, 2]].assign(firm_id=["F1", "F2"]))
    with monkeypatch.context() as patch:
        patch.setattr(cache.IntakeCache, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            validate.store(SOURCE)
    write_part("b", samples.FIRMS.iloc[[1, 0]].assign(firm_id=["F1", "F0"]))
    validate.store(SOURCE)
    told = pd.read_parquet(paths.repeated_firms(paths.validated(SOURCE)))
    assert told["firm_id"].tolist() == ["F0"]


def test_a_process_that_is_killed_leaves_no_table_and_a_place_to_go_on_from(read, tmp_path, monkeypatch):
    ran = subprocess.run([sys.executable, "-c", KILLED, str(paths.BUILD), SOURCE], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert not paths.validated(SOURCE).exists()
    monkeypatch.setattr(cache, "ROWS", 1)
    validate.store(SOURCE)
    assert [name for name in read if name.startswith("firms")] == ["firms/c.csv"]
    assert stored() == without_stop(tmp_path / "clean", monkeypatch)


def test_a_part_that_changed_since_is_read_again_and_the_others_are_not(read):
    stopped_at("branches.csv")
    write_part("b", samples.FIRMS.iloc[[1]].assign(firm_id="F9"))
    read.clear()
    validate.store(SOURCE)
    assert [name for name in read if name.startswith("firms")] == ["firms/a.csv", "firms/b.csv", "firms/c.csv"]
    assert pd.read_parquet(paths.validated(SOURCE) / "firms.parquet")["firm_id"].tolist() == ["F0", "F9", "F2"]


def test_before_a_table_is_whole_only_the_changed_part_is_read_again(read):
    stopped_at("firms/c.csv")
    write_part("b", samples.FIRMS.iloc[[1]].assign(firm_id="F9"))
    read.clear()
    validate.store(SOURCE)
    assert [name for name in read if name.startswith("firms")] == ["firms/b.csv", "firms/c.csv"]
    assert pd.read_parquet(paths.validated(SOURCE) / "firms.parquet")["firm_id"].tolist() == ["F0", "F9", "F2"]


def test_a_part_that_is_gone_leaves_no_record(read):
    stopped_at("firms/c.csv")
    (paths.registers(SOURCE) / "firms" / "b.csv").unlink()
    validate.store(SOURCE)
    assert pd.read_parquet(paths.validated(SOURCE) / "firms.parquet")["firm_id"].tolist() == ["F0", "F2"]


def test_another_map_or_other_rules_make_all_parts_be_read_again(read, monkeypatch):
    stopped_at("firms/c.csv")
    told = "firms: {values: {province: {广东省: 湖南省}}}"
    paths.delivery_map(paths.registers(SOURCE)).write_text(told, encoding="utf-8")
    read.clear()
    stopped_at("firms/c.csv")
    assert read == ["firms/a.csv", "firms/b.csv", "firms/c.csv"]
    monkeypatch.setattr(cache.IntakeCache, "fingerprint", "of tomorrow")
    read.clear()
    validate.store(SOURCE)
    assert read[:3] == ["firms/a.csv", "firms/b.csv", "firms/c.csv"]
    assert pd.read_parquet(paths.validated(SOURCE) / "firms.parquet")["province"].iloc[0] == "湖南省"


def test_a_faulty_part_is_read_again_and_large_sound_ones_are_not(read, monkeypatch):
    monkeypatch.setattr(cache, "KEEP_FROM", 0)
    write_part("b", samples.FIRMS.iloc[[1]].assign(firm_id="F1", established="never"))
    for _ in range(2):
        with pytest.raises(InputError, match=r'^firms/b\.csv, column "established", data row 1: '):
            validate.store(SOURCE)
    assert [name for name in read if name.startswith("firms")] == [
        *("firms/a.csv", "firms/b.csv", "firms/c.csv"),
        "firms/b.csv",
    ]


def test_the_next_set_after_a_kept_check_is_that_of_a_fresh_run(read, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "KEEP_FROM", 0)
    assert validate.check(SOURCE) == []
    read.clear()
    validate.store(SOURCE)
    assert read == []
    assert stored() == without_stop(tmp_path / "clean", monkeypatch)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_row_groups_do_not_tell_how_a_table_was_split(rows, monkeypatch):
    monkeypatch.setattr(cache, "ROWS", rows)
    validate.store(SOURCE)
    split = stored()["firms.parquet"]
    for name in PARTS:
        (paths.registers(SOURCE) / "firms" / f"{name}.csv").unlink()
    write_part("all", samples.FIRMS.head(3).assign(firm_id=["F0", "F1", "F2"]))
    validate.store(SOURCE)
    assert stored()["firms.parquet"] == split
    assert parquet.read_metadata(paths.validated(SOURCE) / "firms.parquet").num_row_groups == -(-3 // rows)


# a disk without room


def full_after(writes: int, monkeypatch):
    """After so many row groups the disk is full."""
    write, left = parquet.ParquetWriter.write_table, [writes]

    def failing(self, *given, **options):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, *given, **options)

    monkeypatch.setattr(parquet.ParquetWriter, "write_table", failing)


@pytest.mark.parametrize("writes", [0, 2, 3, 8])
def test_a_disk_that_is_full_is_told_once_and_the_former_set_stays(writes, read, monkeypatch):
    validate.store(SOURCE)
    before = stored()
    write_part("b", samples.FIRMS.iloc[[1]].assign(firm_id="F9"))
    with monkeypatch.context() as patch:
        full_after(writes, patch)
        with pytest.raises(EnclaveError, match=r"^[^\n]*: the disk is full\. .* Free some space[^\n]*$"):
            validate.store(SOURCE)
    assert stored() == before
    read.clear()
    validate.store(SOURCE)
    assert len(read) == 8 - min(writes, 3) - (writes > 3) * (writes - 4)
    assert pd.read_parquet(paths.validated(SOURCE) / "firms.parquet")["firm_id"].tolist() == ["F0", "F9", "F2"]


def test_a_disk_that_is_surely_too_small_is_told_before_a_record_is_read(read, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(10, 10, 0))
    with pytest.raises(EnclaveError, match=r"too little space: at least 0\.00 GB are needed, and 0\.00 GB are free"):
        validate.store(SOURCE)
    assert read == []


def test_what_a_database_says_of_a_full_disk_is_told_and_its_other_faults_are_not(tmp_path):
    with pytest.raises(validate.FullError, match="the disk is full"), validate.full_disk_as_error(tmp_path):
        raise duckdb.OutOfMemoryException("failed to offload data block: max_temp_directory_size")
    with pytest.raises(duckdb.IOException), validate.full_disk_as_error(tmp_path):
        raise duckdb.IOException("No such file")
    with pytest.raises(PermissionError), validate.full_disk_as_error(tmp_path):
        raise PermissionError(errno.EACCES, "not allowed")


# how far it is


def test_a_long_run_tells_records_and_bytes(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS", -1.0)
    monkeypatch.setattr(progress, "GIGABYTE", 100.0)
    sizes = [(paths.registers(SOURCE) / "firms" / f"{name}.csv").stat().st_size / 100 for name in PARTS]
    lines = []
    validate.store(SOURCE, lines.append)
    assert lines[:6] == [
        f"firms: 1 records, {sum(sizes[:1]):.2f} of {sum(sizes):.2f} GB",
        f"firms: 2 records, {sum(sizes[:2]):.2f} of {sum(sizes):.2f} GB",
        f"firms: 3 records, {sum(sizes):.2f} of {sum(sizes):.2f} GB",
        "firms: looking for duplicate keys",
        "firms: joining its files",
        "firms: 3 records",
    ]
