"""Registers of many firms: blocks that fit together, recovery by cleaning, and writing as a whole or not at all."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections import namedtuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from recovery import build, cleaned, true_counts
from test_data_errors import KINDS

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR_PANELS
from enclave.panels import targets
from enclave_book import cli
from enclave_book.commands import registers
from enclave_registers.cleaning import city_from_text, pipeline
from enclave_registers.schema import TABLES
from enclave_twin import blocks, formats, rehearsal, write
from enclave_twin.tables import firms
from enclave_twin.text import names, words
from enclave_twin.text.data_errors import Record

FIRMS, BLOCK = 6_000, 1_700
LARGE = list(blocks.LARGE)
# counted links and branches are only in the first block
FIRST_ONLY = re.compile("counted")
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def small_plan(small_counts):
    return blocks.plan(targets.read(small_counts), FIRMS, 5, BLOCK)


@pytest.fixture(scope="module")
def small_blocks(small_plan):
    return list(blocks.blocks(small_plan, Record()))


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def read(source, table):
    return pd.read_parquet(paths.registers(source) / table)


@pytest.mark.parametrize(
    ("firms", "seed", "block"), [(50_000, 31, 15_000), pytest.param(200_000, 32, 60_000, marks=pytest.mark.slow)]
)
def test_cleaning_recovers_the_counts_from_blocks_cell_by_cell(tmp_path, monkeypatch, firms, seed, block):
    build("blocks", tmp_path, monkeypatch, firms=firms, seed=seed, block=block)
    assert len(list((paths.registers("blocks") / "firms").iterdir())) == 4
    for name in PAIR_PANELS:
        pd.testing.assert_frame_equal(cleaned(name, "blocks"), true_counts(name), check_dtype=False)
    pd.testing.assert_frame_equal(cleaned("network", "blocks"), true_counts("network"), check_dtype=False)
    truth = pd.read_parquet(paths.ground_truth("blocks") / "firms.parquet").set_index("firm_id")["city"]
    found = pipeline.seats("blocks").set_index("firm_id")["located"].reindex(truth.index)
    score = city_from_text.score(found, truth)
    assert (len(truth), score["precision"], score["recall"]) == (firms, 1, 1)


def test_blocks_made_in_another_order_are_the_same(small_plan, small_blocks):
    _, head = blocks.first(small_plan, Record())
    for number in (3, 1, 2):
        again, _ = blocks.further(small_plan, number, head, Record())
        for table in LARGE:
            assert again[table].equals(small_blocks[number][0][table])


def test_no_two_blocks_are_alike(small_blocks):
    names = [set(made["firms"]["name"].to_pylist()) for made, _ in small_blocks]
    assert len(set.union(*names)) == sum(map(len, names))


def test_a_further_block_refers_to_its_own_firms_and_the_plain_ones_alone(small_blocks):
    head = small_blocks[0][1]
    plain = set(head.identifiers(np.flatnonzero(head.group("plain"))).to_pylist())
    assert len(plain) == 21
    for made, _ in small_blocks[1:]:
        known = plain | set(made["firms"]["firm_id"].to_pylist())
        for table, column in (
            ("shareholders", "firm_id"),
            ("shareholders", "shareholder_id"),
            ("branches", "parent_id"),
        ):
            named = {key for key in made[table][column].to_pylist() if key and key.startswith("G")}
            assert named
            assert named <= known


def test_every_block_has_every_kind_of_data_error(small_plan):
    head_record = Record()
    _, head = blocks.first(small_plan, head_record)
    for number in range(1, len(small_plan.sizes)):
        record = Record()
        blocks.further(small_plan, number, head, record)
        found = record.frame().set_index(["table", "kind"])["count"]
        for table in LARGE:
            wanted = [kind for kind in KINDS[table] if not FIRST_ONLY.match(kind)]
            wanted += ["stray spaces", "full-width characters", "repeated records"]
            assert [kind for kind in wanted if not found.get((table, kind))] == []


def test_identifiers_and_names_are_unique_across_blocks_once_repeats_are_dropped(folder, small_counts):
    write.registers("many", firms=FIRMS, seed=5, counts=small_counts, block=BLOCK)
    firms, branches = (read("many", table).drop_duplicates() for table in ("firms", "branches"))
    assert len(firms) == FIRMS
    assert firms["firm_id"].is_unique
    assert firms["name"].is_unique
    assert branches["branch_id"].is_unique
    assert set(pd.read_parquet(paths.ground_truth("many") / "firms.parquet")["firm_id"]) == set(firms["firm_id"])


def test_every_part_passes_the_schema_of_its_table(folder, small_counts):
    write.registers("many", firms=FIRMS, seed=5, counts=small_counts, block=BLOCK)
    for table in LARGE:
        parts = sorted((paths.registers("many") / table).iterdir())
        assert [part.name for part in parts] == [f"part-{number:05d}.parquet" for number in range(4)]
        for part in parts:
            frame = pd.read_parquet(part)
            assert list(frame) == list(TABLES[table].columns)
            TABLES[table].validate(frame, lazy=True)


@pytest.mark.parametrize("format", ["parquet", "csv", "csv-gb18030"])
def test_the_same_arguments_write_the_same_parts(folder, small_counts, format):
    options = {"firms": FIRMS, "seed": 5, "counts": small_counts, "block": BLOCK, "format": format}
    for source in ("one", "two"):
        write.registers(source, **options)
    assert content(paths.registers("one")) == content(paths.registers("two"))
    assert content(paths.ground_truth("one")) == content(paths.ground_truth("two"))


@pytest.mark.slow
def test_parts_in_every_format_give_the_same_panels(tmp_path, small_counts, monkeypatch):
    options = {"firms": FIRMS, "seed": 5, "counts": small_counts, "block": BLOCK}
    made = {}
    for format in formats.IN_PARTS:
        build("same", tmp_path / format, monkeypatch, format=format, **options)
        made[format] = content(paths.panels("same"))
    assert len(made["parquet"]) == 8
    assert made["csv"] == made["csv-gb18030"] == made["parquet"]


def test_firms_that_fit_into_one_block_are_written_as_one_file_each(folder, small_counts):
    write.registers("one", firms=BLOCK, counts=small_counts, block=BLOCK)
    assert sorted(content(paths.registers("one"))) == sorted(f"{table}.parquet" for table in TABLES)


def test_parts_replace_single_files_and_the_other_way_round(folder, small_counts):
    for block, kind in ((BLOCK, "is_dir"), (FIRMS, "is_file"), (BLOCK, "is_dir")):
        write.registers("one", firms=FIRMS, counts=small_counts, block=block)
        found = [path for path in paths.registers("one").iterdir() if path.name.split(".")[0] in LARGE]
        assert len(found) == 3
        assert all(getattr(path, kind)() for path in found)


@pytest.mark.parametrize(
    ("firms", "block"), [(1_567, 100), (1_567, 1_567), (1_567, 5_000), (2_000, 333), (6_001, 1_999)]
)
def test_blocks_add_up_and_none_but_the_first_exceeds_its_size(small_counts, firms, block):
    made = blocks.plan(targets.read(small_counts), firms, 1, block)
    assert sum(made.sizes) == firms
    assert all(0 < size <= block for size in made.sizes[1:])
    assert max(made.sizes[1:], default=0) - min(made.sizes[1:], default=0) <= 1


def test_of_very_many_firms_a_sample_from_every_block_is_recorded(folder, small_counts, monkeypatch):
    monkeypatch.setattr(write, "MOST_RECORDED", 1_000)
    write.registers("many", firms=FIRMS, seed=5, counts=small_counts, block=BLOCK)
    truth = pd.read_parquet(paths.ground_truth("many") / "firms.parquet")
    # every sixth firm of blocks of 1700, 1434, 1433 and 1433
    assert len(truth) == 284 + 239 + 239 + 239
    # the number of an identifier tells its block
    assert truth["firm_id"].str[1:].astype(int).mod(4).value_counts().to_dict() == {0: 284, 1: 239, 2: 239, 3: 239}


def test_too_few_firms_and_an_unknown_format_leave_the_former_registers(folder, small_counts):
    write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK)
    before = content(folder)
    for wrong, complaint in (
        ({"firms": 10}, "Choose at least"),
        ({"firms": FIRMS, "format": "ods"}, "no format 'ods'"),
    ):
        with pytest.raises(EnclaveError, match=complaint):
            write.registers("one", counts=small_counts, **wrong)
    assert content(folder) == before


def test_more_firms_than_there_are_identifiers_are_refused(folder, small_counts):
    with pytest.raises(EnclaveError, match="2,000,000,000 firms are more than there are identifiers of 9 digits"):
        write.registers("one", firms=2_000_000_000, counts=small_counts)
    assert content(folder) == {}


def test_a_rehearsal_delivery_is_refused_beyond_one_block(folder, small_counts):
    with pytest.raises(EnclaveError, match="300,000 firms do not fit into delivery, which holds at most 250,000"):
        rehearsal.registers("one", firms=300_000, counts=small_counts)
    assert content(folder) == {}


@pytest.mark.parametrize("format", ["xlsx", "dta"])
def test_formats_without_parts_refuse_more_firms_than_they_can_hold(folder, small_counts, format):
    with pytest.raises(EnclaveError, match=f"6,000 firms do not fit into {format}, which holds at most 1,700. Choose"):
        write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK, format=format)
    assert content(folder) == {}


def test_a_disk_that_is_too_small_is_reported_before_anything_is_made(folder, small_counts, monkeypatch):
    # with 100 bytes a firm, 1,000 besides and a tenth to spare, 6,000 firms take 661,100 bytes
    monkeypatch.setattr(formats, "DISK_BYTES", {"parquet": (1_000, 100)})
    monkeypatch.setattr("shutil.disk_usage", lambda place: Usage(10**9, 10**9 - 661_099, 661_099))
    monkeypatch.setattr(blocks, "first", lambda *given: pytest.fail("made before the disk was looked at"))
    with pytest.raises(EnclaveError, match="at most 5,999 firms"):
        write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK)
    assert content(folder) == {}


@pytest.mark.slow
@pytest.mark.parametrize("format", list(formats.FORMATS))
def test_the_disk_space_that_is_predicted_is_used(folder, format):
    firms = 11_000 if format in ("xlsx", "dta") else 30_000
    write.registers("one", firms=firms, format=format, block=12_000)
    taken = sum(map(len, content(paths.registers("one")).values())) + sum(
        map(len, content(paths.ground_truth("one")).values())
    )
    assert 0.9 * taken < formats.disk_bytes(firms, format) < 1.5 * taken


def test_a_disk_that_fills_up_is_one_message_and_leaves_the_former_registers(folder, small_counts, monkeypatch):
    write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK)
    before, whole = content(folder), formats.write

    def full(frame, place, table, format, part=None):
        if part == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(frame, place, table, format, part)

    monkeypatch.setattr(formats, "write", full)
    with pytest.raises(EnclaveError, match=r"the disk is full\. No registers were written"):
        write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK, seed=6)
    assert content(folder) == before
    assert sorted(path.name for path in folder.rglob(".*")) == []


def _killed(folder, counts, seed, signal_number):
    """Write registers in another process, and kill it as soon as two parts of firms are written."""
    code = f"""
from enclave_twin import write
write.registers("one", firms=2_000_000, seed={seed}, counts={str(counts)!r}, block=2_000)
"""
    environment = os.environ | {"ENCLAVE_BUILD": str(folder)}
    writer = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL)
    place = folder / "registers" / f".{writer.pid}.one" / "firms"
    until = time.monotonic() + 60
    while not (place.is_dir() and len(list(place.iterdir())) > 1) and time.monotonic() < until:
        time.sleep(0.02)
    writer.send_signal(signal_number)
    writer.wait(60)
    assert place.exists() == (signal_number == signal.SIGKILL)


@pytest.mark.parametrize("former", [True, False], ids=["over former registers", "the first time"])
def test_a_run_that_is_killed_half_way_leaves_the_former_registers_or_none(folder, small_counts, former):
    if former:
        write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK)
    before = content(paths.registers("one"))
    _killed(folder, small_counts, 6, signal.SIGKILL)
    assert content(paths.registers("one")) == before
    assert paths.registers("one").exists() == former
    assert list(paths.registers("one").parent.glob(".*.one")) != []
    write.registers("one", firms=FIRMS, seed=7, counts=small_counts, block=BLOCK)
    assert list(paths.registers("one").parent.glob(".*")) + list(paths.ground_truth("one").parent.glob(".*")) == []
    assert len(read("one", "firms").drop_duplicates()) == FIRMS


def test_a_run_that_is_interrupted_removes_its_files(folder, small_counts):
    _killed(folder, small_counts, 6, signal.SIGINT)
    assert content(folder) == {}


def test_a_folder_that_a_running_process_fills_is_left_alone(tmp_path):
    other = tmp_path / f".{os.getppid()}.one"
    other.mkdir()
    with files.new_folder(tmp_path / "one"):
        assert other.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([other.name, "one"])


def test_files_that_no_generator_wrote_are_never_replaced(folder, small_counts):
    paths.registers("mine").mkdir(parents=True)
    (paths.registers("mine") / "firms.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(EnclaveError, match="has files that were not written here"):
        write.registers("mine", firms=FIRMS, counts=small_counts)
    assert content(folder) == {"registers/mine/firms.csv": b"mine"}


@pytest.mark.parametrize(("seconds", "lines"), [(0, []), (9, []), (11, ["  8,000 of 16,000 firms"])])
def test_long_runs_report_progress_and_short_ones_do_not(monkeypatch, capsys, seconds, lines):
    clock = iter([100.0, *[100.0 + seconds] * 3])
    monkeypatch.setattr(registers.time, "monotonic", lambda: next(clock))
    registers.progress(10)(8_000, 16_000)
    assert capsys.readouterr().err.splitlines() == lines


def test_the_firms_written_so_far_are_reported_after_each_block(folder, small_counts):
    reported = []
    write.registers("one", firms=FIRMS, counts=small_counts, block=BLOCK, report=lambda *given: reported.append(given))
    assert reported == [(1_700, FIRMS), (3_134, FIRMS), (4_567, FIRMS), (6_000, FIRMS)]


def test_the_command_writes_the_counts_of_the_given_twin(tmp_path, build_folder, monkeypatch):
    given_sources = []
    monkeypatch.setattr(
        "enclave_twin.write.registers", lambda source, **more: given_sources.append((source, more["counts"]))
    )
    monkeypatch.setattr(paths, "TWIN", tmp_path / "twin")
    (paths.TWIN / "2").mkdir(parents=True)
    assert cli.main(["registers", "--source", "demo"]) == 0
    assert cli.main(["registers", "--source", "demo", "--twin", "2"]) == 0
    assert given_sources == [("demo", paths.TWIN), ("demo", paths.TWIN / "2")]


def test_a_twin_that_is_not_there_is_refused_with_the_names_of_those_that_are(build_folder, capsys):
    assert cli.main(["registers", "--source", "demo", "--twin", "99"]) == 1
    known = ", ".join(paths.twins())
    told = capsys.readouterr().err
    assert told.startswith("There is no committed twin 'twin-99'. Did you mean 'twin")
    assert told.endswith(f"Choose one of {known}.\n")
    assert not paths.registers("demo").exists()


def test_words_are_spelt_one_after_the_other_and_an_empty_row_is_missing():
    rows = words.row(words.number(["广州", "", ""]), words.one("甲") * np.array([1, 1, 0], np.int32))
    assert words.spell(rows).to_pylist() == ["广州甲", "甲", None]
    assert words.spell(rows[:0]).to_pylist() == []


def test_texts_with_a_printable_ascii_character_are_found_also_in_a_part_of_an_array():
    # the ideographic and the no-break space and full-width letters are none, and a blank does not print
    text = pa.array(["a", "广州（甲）", None, "广 州", "广(州", "\u3000\u00a0Ａ", "", "乙~"])
    assert words.printable(text).tolist() == [0, 4, 7]
    assert words.printable(text[3:5]).tolist() == [1]
    assert words.printable(text[2:3]).tolist() == []
    assert words.printable(words.nothing(2)).tolist() == []


def test_identifiers_have_a_letter_and_nine_digits_and_can_be_missing():
    found = words.identifiers("G", np.array([0, 42, 999_999_999]), np.array([False, False, True]))
    assert found.to_pylist() == ["G000000000", "G000000042", None]


def test_numbers_are_large_enough_for_a_hundred_million_firms():
    # of every block up to three names a firm and 50,000 more, in 400 blocks of 250,000 firms
    turn = firms.Turn(399, 400)
    stems = names.Stems(400 * (3 * 250_000 + 50_000), np.random.default_rng(1))
    last = turn.number(np.arange(799_000, 800_000))
    trade, line = stems.take(last, np.zeros(len(last), bool))
    assert len(set(map(tuple, np.column_stack([trade, line]).tolist()))) == 1_000
    assert turn.number(np.array([250_000 - 1])).max() < 10**9
