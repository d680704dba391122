"""Runs of the intake and the cleaning that end before their time, and what is left of them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import builds

from enclave.base import files

PAGE = 4096
# what a small disk is called by the system; the number of the process that needs it follows
DISK = "enclave-test"
MOUNTS = Path("/proc/mounts")
# the work, in a process that has loaded all it needs
LOAD = """
import json, os, signal, sys, time
import ibis.backends.duckdb
from enclave.base import paths
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import completeness, validate
"""
STORE_AND_CLEAN = f"validate.store({builds.SOURCE!r}); pipeline.build({builds.SOURCE!r})\n"
CHECK = f"print(json.dumps(completeness.check({builds.SOURCE!r})), flush=True)\n"
# counts what the process does to files of the build folder, and ends it at once before such a moment
MOMENTS = """
MOMENT, seen = {moment}, []
def note(event, given):
    if event in ('open', 'os.rename', 'os.remove', 'os.mkdir', 'os.rmdir'):
        writes = event != 'open' or (isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if writes and isinstance(given[0], (str, os.PathLike)) and str(paths.BUILD) in str(given[0]):
            seen.append(event)
            if len(seen) == MOMENT:
                os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(note)
"""
COUNT = "print('moments', len(seen), flush=True)\n"
# starts a copy of this process for each line: where its output goes, and what it does
COPIES = """
import traceback
for line in sys.stdin:
    told, work = json.loads(line)
    copy = os.fork()
    if not copy:
        os.setsid()
        os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
        os.dup2(1, 2)
        code = 1
        try:
            exec(work, globals())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    print(copy, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]), flush=True)
"""


class Loaded:
    """A process that has loaded all that the work needs, for one build folder; copies of it do the work."""

    def __init__(self, folder: Path, process: subprocess.Popen) -> None:
        self.folder, self._process = folder, process

    def start(self, work: str) -> int:
        """Let a copy begin with some work; returns its number."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([str(self.folder / "said"), work]) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def end(self) -> int:
        """Wait until the copy has ended; returns its exit code."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def loaded(folder: Path) -> Generator[Loaded]:
    """Such a process for a build folder."""
    words = [sys.executable, "-W", "ignore", "-c", LOAD + COPIES]
    environment = os.environ | {"ENCLAVE_BUILD": str(folder)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        yield Loaded(folder, process)


def moments(of: Loaded, work: str) -> int:
    """How often a whole run of some work changes something below the build folder."""
    of.start(MOMENTS.format(moment=0) + work + COUNT)
    assert of.end() == 0, builds.said(of.folder)
    return int(builds.said(of.folder).rsplit("moments", 1)[1])


def kill_at_moment(of: Loaded, work: str, moment: int) -> bool:
    """Run some work, which is killed before its `moment`th change below the build folder; whether it was."""
    of.start(MOMENTS.format(moment=moment) + work)
    return of.end() == -signal.SIGKILL


def seconds(of: Loaded, work: str) -> float:
    """How long a whole run of some work takes once everything is loaded."""
    began = time.monotonic()
    of.start(work)
    assert of.end() == 0, builds.said(of.folder)
    return time.monotonic() - began


def kill_after(of: Loaded, work: str, delay: float) -> bool:
    """Run some work, which is killed so many seconds after everything is loaded; whether it was still running."""
    copy = of.start(work)
    time.sleep(delay)
    # it may have ended by itself, or not begun a session of its own
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(copy, signal.SIGKILL)
    return of.end() == -signal.SIGKILL


def run(folder: Path, work: str, **settings: str) -> subprocess.CompletedProcess:
    """A whole run of some work whose output is not written to the build folder, which may take nothing."""
    return _ended(folder, ["-W", "ignore", "-c", LOAD + work], settings)


def command(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess:
    """A command of the book, as a user types it."""
    return _ended(folder, ["-m", "enclave_book", *words], settings)


def _ended(folder: Path, words: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess:
    environment = os.environ | {"ENCLAVE_BUILD": str(folder)} | settings
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)


def content(folder: Path) -> dict[str, bytes]:
    """The files of a set that a reader sees, byte for byte; none if the set is not there."""
    if not folder.is_dir():
        return {}
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def set_aside(folder: Path) -> dict[str, bytes]:
    """The former files of a set, if a run was killed while it replaced them: the next run puts them back."""
    return content(folder.with_name(f".former.{folder.name}"))


def hidden(folder: Path) -> list[str]:
    """Hidden files and folders: what an unfinished run leaves. Locks and folders for spilled data always stay."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob(".*"))
    return [name for name in found if not name.endswith(".spill") and name != ".tasks"]


def pages(folder: Path) -> int:
    """Pages of `PAGE` bytes that the files and folders of a folder take."""
    return sum(-(-path.stat().st_size // PAGE) + 1 for path in folder.rglob("*"))


def small_disk(folder: Path, pages: int) -> bool:
    """Put a disk of so many pages at `folder`, and take off those of killed tests; false if this user may not."""
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    for left in left_disks():
        # another run may take it off at the same time
        with suppress(subprocess.CalledProcessError):
            take_off(left)
    size = f"size={pages * PAGE}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, f"{DISK}-{os.getpid()}", str(folder)], capture_output=True, check=False
    )
    return mounted.returncode == 0


def left_disks() -> list[Path]:
    """Where small disks are whose process was killed."""
    found = []
    for line in MOUNTS.read_text(encoding="utf-8").splitlines():
        name, place = line.split(" ")[:2]
        begin, _, number = name.rpartition("-")
        if begin == DISK and not files.is_running(int(number)):
            # the system writes a blank as \040
            found.append(Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)))
    return found


def take_off(folder: Path) -> None:
    """Remove a disk that `small_disk` has put there."""
    subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def make_read_only(folder: Path) -> bool:
    """Let the disk at `folder` take nothing more; false if this user may not."""
    done = subprocess.run(["mount", "-o", "remount,ro", str(folder)], capture_output=True, check=False)
    return done.returncode == 0
