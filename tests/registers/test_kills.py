"""Runs that are killed at random moments, run side by side, or find the disk full, read-only or the clock wrong.

Each begins with the former tables and panels of a delivery, and a new delivery of which one record differs. Whatever
happens, a reader finds the former set or the new one, and the next run makes the new one.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack

import builds
import interrupted
import numpy as np
import pytest

from campaign import registers
from campaign.delivery import lay_out
from enclave.base import paths

pytestmark = pytest.mark.campaign

# kills of each kind of work; after each part the next run must finish
KILLS, PARTS = 50, 2
SETS = ("validated", "panels")
# a clock that runs backwards, ten minutes at each look, and files with times of the future
BACKWARDS = """
import itertools, time
looks, began = itertools.count(), time.time()
time.time = lambda: began - 600.0 * next(looks)
time.time_ns = lambda: int(time.time() * 1e9)
"""


@pytest.fixture(scope="module")
def deliveries():
    """The former delivery and the new one, in which the last hundred records of the shareholders are missing."""
    former = registers.delivery(registers.PLAIN)
    stakes = former.sheets["shareholders.csv"]
    return former.files, former.with_sheet("shareholders.csv", stakes.with_rows(stakes.rows[:-100]))


@pytest.fixture(scope="module")
def sets(deliveries, tmp_path_factory):
    """A folder with the former tables and panels and the new delivery, and what a whole run makes of it."""
    folder = tmp_path_factory.mktemp("sets")
    for files in deliveries:
        before = {name: interrupted.content(folder / name / builds.SOURCE) for name in SETS}
        shutil.copytree(folder, folder.with_name(f"{folder.name}-before"), dirs_exist_ok=True)
        lay_out(files, folder / "registers" / builds.SOURCE)
        done = builds.build(folder, interrupted.LOAD + interrupted.STORE_AND_CLEAN)
        assert done.returncode == 0, done.stderr
    before_all = folder.with_name(f"{folder.name}-before")
    lay_out(deliveries[1], before_all / "registers" / builds.SOURCE)
    after = {name: interrupted.content(folder / name / builds.SOURCE) for name in SETS}
    assert before["panels"]["network.parquet"] != after["panels"]["network.parquet"]
    return before_all, before, after


@pytest.fixture
def place(sets, tmp_path):
    """A copy of that folder for one test."""
    folder = tmp_path / "build"
    shutil.copytree(sets[0], folder)
    return folder


def is_whole(folder, before, after) -> bool:
    """Whether each set is the former or the new one; a set that was put aside is the former one."""
    for name in SETS:
        found = interrupted.content(folder / name / builds.SOURCE)
        found = found or interrupted.set_aside(folder / name / builds.SOURCE)
        if found not in (before[name], after[name]):
            return False
    return True


def is_new(folder, after) -> bool:
    return all(interrupted.content(folder / name / builds.SOURCE) == after[name] for name in SETS)


def finishes(folder, after) -> bool:
    """Whether the next run makes the new sets and clears up."""
    done = builds.build(folder, interrupted.LOAD + interrupted.STORE_AND_CLEAN)
    assert done.returncode == 0, done.stderr
    return is_new(folder, after) and not (folder / "intake-cache").exists() and interrupted.hidden(folder) == []


def kill(of, work, chance: np.random.Generator, most: int, longest: float) -> bool:
    """One kill: before a change of a file, or after a time."""
    if chance.random() < 0.5:
        return interrupted.kill_at_moment(of, work, int(chance.integers(1, most + 1)))
    return interrupted.kill_after(of, work, longest * chance.random())


def measured(place, work):
    """How often a whole run changes something, and its seconds, in a copy of the folder; and what it says at last."""
    trial = place.with_name("trial")
    shutil.copytree(place, trial)
    with interrupted.loaded(trial) as of:
        return interrupted.moments(of, work), interrupted.seconds(of, work), builds.said(trial)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_build_killed_at_any_moment_loses_nothing_and_the_next_one_gives_the_same_bytes(place, sets, part):
    _, before, after = sets
    chance, work = np.random.default_rng([1, part]), interrupted.STORE_AND_CLEAN
    most, longest, _ = measured(place, work)
    killed = 0
    with interrupted.loaded(place) as of:
        for _ in range(KILLS // PARTS):
            killed += kill(of, work, chance, most, longest)
            assert is_whole(place, before, after)
    assert killed > KILLS // PARTS // 2
    assert finishes(place, after)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_check_killed_at_any_moment_changes_nothing_and_the_next_one_says_the_same(place, sets, deliveries, part):
    _, before, _ = sets
    chance, work = np.random.default_rng([2, part]), interrupted.CHECK
    most, longest, said = measured(place, work)
    killed = 0
    with interrupted.loaded(place) as of:
        for _ in range(KILLS // PARTS):
            killed += kill(of, work, chance, most, longest)
            assert {name: interrupted.content(place / name / builds.SOURCE) for name in SETS} == before
    assert killed > KILLS // PARTS // 2
    assert interrupted.content(place / "registers" / builds.SOURCE) == deliveries[1]
    assert builds.build(place, interrupted.LOAD + work).returncode == 0
    assert builds.said(place) == said


def outputs(folder, *works):
    """Run several works at the same time; returns exit code and output of each."""
    environment = os.environ | {"ENCLAVE_BUILD": str(folder)}
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-W", "ignore", "-c", interrupted.LOAD + work],
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            for work in works
        ]
        said = [process.communicate()[0] for process in running]
    return list(zip([process.returncode for process in running], said, strict=True))


def test_checks_and_builds_side_by_side_end_well_or_with_one_message(place, sets):
    _, before, after = sets
    for _ in range(3):
        found = outputs(place, interrupted.STORE_AND_CLEAN, interrupted.CHECK, interrupted.CHECK)
        assert any(code == 0 for code, _ in found)
        for code, said in found:
            assert code == 0 or "EnclaveError: Another check or build of source" in said.splitlines()[-1], said
        assert is_whole(place, before, after)
    assert finishes(place, after)


def test_of_two_builds_at_once_one_waits_or_is_refused_and_the_panels_are_right(place, sets):
    _, _, after = sets
    build = f"from enclave_book.build import runner; runner.build({builds.SOURCE!r}, until='panels')\n"
    found = outputs(place, build, build)
    assert sorted(code for code, _ in found) == [0, 1], found
    [refused] = [said for code, said in found if code]
    assert "EnclaveError: Another build runs in" in refused.splitlines()[-1]
    assert interrupted.content(place / "validated" / builds.SOURCE) == after["validated"]


@pytest.mark.parametrize("pages", [2, 10, 18, 26, 34])
def test_a_full_disk_is_told_in_one_message_and_the_former_sets_stay(sets, tmp_path, pages):
    """A small disk where this user may put one, else a limit on the size of files, which the system enforces alike."""
    source, before, after = sets
    disk, spill = tmp_path / "disk", {"ENCLAVE_SPILL": str(tmp_path / "spill")}
    mounted = interrupted.small_disk(disk, interrupted.pages(source) + pages)
    print("a small disk" if mounted else "a limit on the size of files")
    limit = "" if mounted else builds.LIMITED.format(size=pages * 1000)
    try:
        shutil.copytree(source, disk, dirs_exist_ok=True)
        done = interrupted.run(disk, limit + interrupted.STORE_AND_CLEAN, **spill)
        if done.returncode:
            assert "FullError" in builds.message(done.stderr), done.stderr
            assert is_whole(disk, before, after)
        else:
            assert is_new(disk, after)
        shutil.copytree(disk, tmp_path / "larger", symlinks=True)
    finally:
        if mounted:
            interrupted.take_off(disk)
    assert finishes(tmp_path / "larger", after)


def test_the_disk_of_a_killed_test_is_taken_off_by_the_next_one(tmp_path):
    code = "import sys, interrupted, pathlib; print(interrupted.small_disk(pathlib.Path(sys.argv[1]), 20))"
    left, disk = tmp_path / "left by it", tmp_path / "disk"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (paths.TESTS / "support", paths.LIB)))}
    asked = [sys.executable, "-c", code, str(left)]
    told = subprocess.run(asked, env=environment, capture_output=True, encoding="utf-8", check=True).stdout.strip()
    # elsewhere, and for other users, there are no small disks
    assert left.is_mount() == (told == "True")
    mounted = interrupted.small_disk(disk, 20)
    try:
        assert str(mounted) == told
        assert not left.is_mount()
    finally:
        if mounted:
            interrupted.take_off(disk)


def test_a_clock_that_jumps_backwards_changes_no_byte(place, sets):
    _, _, after = sets
    for number, path in enumerate(sorted((place / "registers" / builds.SOURCE).iterdir())):
        moment = time.time() + 86_400 * (100 - number)
        os.utime(path, (moment, moment))
    done = builds.build(place, BACKWARDS + interrupted.LOAD + interrupted.STORE_AND_CLEAN)
    assert done.returncode == 0, done.stderr
    assert is_new(place, after)


def test_another_content_of_the_same_size_and_time_is_read_anew(place, sets):
    _, _, after = sets
    path = place / "registers" / builds.SOURCE / "shareholders.csv"
    assert finishes(place, after)
    state, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"2004-05", b"2005-05"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert builds.build(place, interrupted.LOAD + interrupted.STORE_AND_CLEAN).returncode == 0
    assert (
        interrupted.content(place / "panels" / builds.SOURCE)["network.parquet"] != after["panels"]["network.parquet"]
    )


def test_raw_files_that_nobody_may_change_are_read(place, sets):
    _, _, after = sets
    folder = place / "registers" / builds.SOURCE
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert finishes(place, after)
    finally:
        folder.chmod(0o755)


def test_a_build_folder_that_takes_nothing_is_told_in_one_message_and_stays_as_it_is(sets, tmp_path):
    source, before, _ = sets
    disk = tmp_path / "disk"
    mounted = interrupted.small_disk(disk, 5000)
    shutil.copytree(source, disk, dirs_exist_ok=True)
    spill = {"ENCLAVE_SPILL": str(tmp_path / "spill")}
    try:
        read_only = interrupted.make_read_only(disk) if mounted else not disk.chmod(0o555)
        assert read_only
        for command in (["check"], ["build", "--until", "panels"]):
            done = interrupted.command(disk, *command, "--source", builds.SOURCE, **spill)
            assert done.returncode == 1
            assert re.fullmatch(r"/\S+: the system denies access \(.*\)\..* Then start again\.\n", done.stderr)
        assert {name: interrupted.content(disk / name / builds.SOURCE) for name in SETS} == before
    finally:
        if mounted:
            interrupted.take_off(disk)
        else:
            disk.chmod(0o755)
