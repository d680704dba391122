"""Failures while cleaning: killed, out of memory, out of disk, other tables than the validated ones.

Each build runs in a process of its own. What was there before stays, and the next build makes the right panels.
"""

import os
import shutil
import signal
import time

import builds
import pytest
import samples
from pyarrow import parquet

from enclave.base import disk_space, paths
from enclave.base.errors import EnclaveError
from enclave_book.build import runner, steps
from enclave_registers import engines
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import checksums

# memory in which 50,000 firms do not fit, one thread working: what is surely spilled before it is too little
LITTLE = "25MB"
# megabytes; how little is little, and still enough to end well, differs between systems
TOO_LITTLE, PLENTY = 30, 74
FULL_ERROR = r"enclave\.base\.disk_space\.FullError"
TEMPORARY = builds.SETTING.format("max_temp_directory_size = '50KB'")


@pytest.fixture
def spill(tmp_path):
    return tmp_path / "spill"


def spilled(spill):
    """Bytes that DuckDB has written there because memory ran out."""
    return builds.size(spill, ".tmp")


@pytest.mark.slow
def test_a_process_killed_while_it_spills_leaves_the_former_panels_and_the_next_one_clears_up(
    folder, spill, from_duckdb
):
    little = {"ENCLAVE_MEMORY": LITTLE, "ENCLAVE_SPILL": str(spill)}
    with builds.started(folder, builds.ONE_THREAD + builds.BUILD, **little) as process:
        builds.until(lambda: spilled(spill), process)
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert spilled(spill) > 0
    assert builds.made(folder) == builds.FORMER
    done = builds.build(folder, ENCLAVE_SPILL=str(spill))
    assert done.returncode == 0, done.stderr
    assert builds.made(folder) == from_duckdb
    assert spilled(spill) == 0
    assert not (spill / f".{process.pid}.spill").exists()


def build_with(folder, spill, limit):
    """Whether a build under a limit of memory, in megabytes, spilled, and whether it ended well."""
    most, little = 0, {"ENCLAVE_MEMORY": f"{limit}MB", "ENCLAVE_SPILL": str(spill)}
    with builds.started(folder, builds.ONE_THREAD + builds.BUILD, **little) as process:
        while process.poll() is None:
            most = max(most, spilled(spill))
            time.sleep(0.01)
    return most > 0, process.returncode == 0


def spills_and_ends_well(folder, spill, low=TOO_LITTLE, high=PLENTY):
    """Whether a limit is found, by halving what is left, under which a build spills and ends well."""
    if high - low < 2:
        return False
    middle = (low + high) // 2
    has_spilled, well = build_with(folder, spill, middle)
    if has_spilled and well:
        return True
    return spills_and_ends_well(folder, spill, *((low, middle) if well else (middle, high)))


@pytest.mark.slow
def test_memory_so_little_that_the_engine_spills_gives_the_same_bytes(folder, spill, from_duckdb):
    assert spills_and_ends_well(folder, spill)
    assert builds.made(folder) == from_duckdb
    engines.connect(engines.Settings("duckdb", None, spill, ""))
    assert [place.name for place in spill.iterdir()] == [f".{os.getpid()}.spill"]


@pytest.mark.slow
def test_too_little_memory_is_told_in_one_message_and_leaves_the_former_panels(folder):
    done = builds.build(folder, ENCLAVE_MEMORY="8MB")
    assert "The memory limit is too low. Raise ENCLAVE_MEMORY" in builds.message(done.stderr)
    assert builds.made(folder) == builds.FORMER


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["files.write_csv", "files.write_parquet"])
def test_a_process_killed_while_it_writes_leaves_the_former_panels_whole(small_folder, moment):
    kill = f"{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
    code = f"import os, signal; from enclave.base import files; {kill}{builds.BUILD}"
    assert builds.build(small_folder, code).returncode == -signal.SIGKILL
    assert builds.made(small_folder) == builds.FORMER


# the disk: what the system refuses to write is refused for real, by a limit on the size of files


def test_a_disk_that_fills_up_while_panels_are_written_is_told_and_leaves_the_former_ones(folder, from_duckdb):
    most = max(len(content) for content in from_duckdb.values()) - 1
    done = builds.build(folder, builds.LIMITED.format(size=most) + builds.BUILD)
    assert builds.matches(builds.FULL.format(place="build") + r"BUILD\.$", done)
    assert builds.made(folder) == builds.FORMER
    assert [place.name for place in (folder / "panels").iterdir()] == [builds.SOURCE]


@pytest.mark.parametrize(
    "fault", [builds.LIMITED.format(size=100_000), TEMPORARY], ids=["of the system", "of the database"]
)
def test_a_disk_that_fills_up_while_the_engine_spills_is_told_and_leaves_the_former_panels(folder, spill, fault):
    # with too little memory the engine may give up before it has spilled much, and then says so
    for limit in (LITTLE, "20MB", "30MB", "15MB", "40MB"):
        little = {"ENCLAVE_MEMORY": limit, "ENCLAVE_SPILL": str(spill)}
        done = builds.build(folder, builds.ONE_THREAD + fault + builds.BUILD, **little)
        assert builds.made(folder) == builds.FORMER
        if "ENCLAVE_MEMORY" not in done.stderr:
            break
    assert builds.matches(builds.FULL.format(place="spill") + r"SPILL\.$", done)


def test_what_spark_says_of_a_full_disk_is_told_with_the_folder_and_nothing_of_the_data(monkeypatch, spill):
    monkeypatch.setenv("ENCLAVE_SPILL", str(spill))
    said = "Py4JJavaError: Job aborted, 甲公司. java.io.IOException: No space left on device"
    with (
        pytest.raises(
            disk_space.FullError, match=r"/spill: the disk is full\. .* another folder with ENCLAVE_SPILL\.$"
        ) as told,
        engines.clear_errors(),
    ):
        raise RuntimeError(said)
    assert "甲" not in str(told.value)


@pytest.mark.slow
def test_a_disk_that_fills_up_during_validation_is_reported_and_the_next_run_stores_the_same_bytes(validated, tmp_path):
    shutil.copytree(validated / "registers", tmp_path / "registers")
    admit = f"from enclave_registers.intake import validate; validate.store({builds.SOURCE!r})"
    done = builds.build(tmp_path, builds.LIMITED.format(size=2_000_000) + admit)
    assert builds.matches(rf"^{FULL_ERROR}: .*: the disk is full\. The tables stored before are kept\.", done)
    assert not (tmp_path / "validated").exists()
    assert builds.build(tmp_path, admit).returncode == 0
    for file in sorted((tmp_path / "validated" / builds.SOURCE).glob("*.parquet")):
        assert file.read_bytes() == (validated / "validated" / builds.SOURCE / file.name).read_bytes()


@pytest.mark.slow
def test_a_disk_that_fills_up_under_the_generator_is_told_and_leaves_nothing(tmp_path):
    code = f"from enclave_twin import write; write.registers({builds.SOURCE!r}, firms=50_000)"
    done = builds.build(tmp_path, builds.LIMITED.format(size=2_000_000) + code)
    assert builds.matches(rf"^{FULL_ERROR}: .*: the disk is full\. No registers were written", done)
    assert list((tmp_path / "registers").iterdir()) == []


def test_a_disk_too_small_is_told_before_anything_is_read(small_folder, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", small_folder)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1000}))
    monkeypatch.setattr(pipeline, "clean", lambda *_: pytest.fail("work began"))
    with pytest.raises(EnclaveError, match=r"0\.0 GB free, and the tables of source 'same' take .* with ENCLAVE_SPILL"):
        pipeline.build(builds.SOURCE)
    assert builds.made(small_folder) == builds.FORMER


# other tables than the validated ones


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def another(path):
    shutil.copy(path.with_name("land.parquet"), path)


def of_another_delivery(path):
    """As many records in the same columns, one of them another one."""
    records = parquet.read_table(path).to_pandas()
    records.loc[0, "firm_id"] = "another"
    records.to_parquet(path, index=False)


@pytest.mark.parametrize("table", ["shareholders", "repeated_firms"])
@pytest.mark.parametrize("damage", [cut, emptied, another, of_another_delivery])
def test_a_validated_table_that_is_truncated_or_changed_is_named_before_an_engine_reads_it(
    small_folder, monkeypatch, damage, table
):
    monkeypatch.setattr(paths, "BUILD", small_folder)
    monkeypatch.setattr(engines, "connect", lambda: None)
    damage(paths.validated(builds.SOURCE) / f"{table}.parquet")
    with pytest.raises(EnclaveError, match=rf"/{table}\.parquet is truncated or was changed .*run\.py book"):
        pipeline.build(builds.SOURCE)
    assert builds.made(small_folder) == builds.FORMER


@pytest.mark.parametrize("content", ["", "file,sha256\n", "no table"])
def test_with_unreadable_checksums_every_table_counts_as_changed(small_folder, monkeypatch, content):
    monkeypatch.setattr(paths, "BUILD", small_folder)
    monkeypatch.setattr(engines, "connect", lambda: None)
    (paths.validated(builds.SOURCE) / checksums.NAME).write_text(content, encoding="utf-8")
    with pytest.raises(EnclaveError, match=r"firms\.parquet is truncated or was changed"):
        pipeline.build(builds.SOURCE)


def test_a_validated_table_that_is_missing_is_named(small_folder, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", small_folder)
    for name in ("firms.parquet", "repeated_firms.parquet", checksums.NAME):
        (paths.validated(builds.SOURCE) / name).unlink()
    message = rf"are missing \(firms\.parquet, repeated_firms\.parquet, {checksums.NAME}\)\. Run `python"
    with pytest.raises(EnclaveError, match=message):
        pipeline.build(builds.SOURCE)
    assert builds.made(small_folder) == builds.FORMER


def test_validated_tables_that_were_changed_or_exchanged_are_validated_anew_by_the_next_build(
    build_folder, monkeypatch
):
    monkeypatch.setitem(steps.GOALS, "pages", [steps.validation])
    for table, frame in samples.complete().items():
        samples.write(table, paths.registers("hand"), frame=frame)
    runner.build("hand", until="pages")
    right = validated_bytes()
    for number, table in enumerate(("firms", "shareholders")):
        place = paths.validated("hand") / f"{table}.parquet"
        spoilt = bytearray(place.read_bytes())
        spoilt[40 + number] ^= 1
        place.write_bytes(spoilt)
    assert validated_bytes() != right
    runner.build("hand", until="pages")
    assert validated_bytes() == right


def validated_bytes():
    return {path.name: path.read_bytes() for path in paths.validated("hand").iterdir()}
