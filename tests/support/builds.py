"""Builds of the panels in processes of their own, as a user starts them, and what they leave."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
SOURCE = "same"
# panels that no build would make
FORMER = {"flow.csv": b"former", "manufacturing.parquet": b"former"}
BUILD = f"from enclave_registers.cleaning import pipeline; pipeline.build({SOURCE!r})"
# Java that starts soon and does not make the most of a long run
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# the system refuses to write files of more bytes, as it refuses any more on a disk that is full
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
FULL = (
    r"^enclave\.base\.disk_space\.FullError: [^ ]*/{place}: the disk is full\. The former panels stay\. "
    r"Free some space, or choose another folder with ENCLAVE_"
)
# a setting of the database in a build; several may follow each other
SETTING = """
from enclave_registers.engines import duckdb
def with_setting(settings, former=duckdb.connect):
    made = former(settings)
    made.raw_sql("SET {}")
    return made
duckdb.connect = with_setting
"""
# as many threads everywhere: what fits into memory depends on them
ONE_THREAD = SETTING.format("threads = 1")


def with_tables(validated: Path, folder: Path) -> Path:
    """A build folder of its own with the same validated tables."""
    for name in ("validated", "ground_truth"):
        shutil.copytree(validated / name, folder / name)
    return folder


def build(folder: Path, code: str = BUILD, **settings: str) -> subprocess.CompletedProcess:
    """Build the panels in a process of their own: what it wrote to stderr, and its exit code."""
    with started(folder, code, **settings) as process:
        process.wait()
    return subprocess.CompletedProcess(process.args, process.returncode, "", said(folder))


@contextmanager
def started(folder: Path, code: str = BUILD, **settings: str):
    """The same while it runs; it is killed at the end with all that it started. `said` tells what it wrote."""
    environment = os.environ | {"ENCLAVE_BUILD": str(folder)} | settings
    command = [sys.executable, "-W", "ignore", "-c", code]
    with (folder / "said").open("w", encoding="utf-8") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told, start_new_session=True)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """Kill a process that has a session of its own, and all others of that session."""
    # all of them may have ended, and on macOS wait to be fetched
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def said(folder: Path) -> str:
    """What the last build of a folder wrote to stderr and stdout."""
    return (folder / "said").read_text(encoding="utf-8")


def message(text: str) -> str:
    """The last message of a build, which is that of an error of ours."""
    errors = [line for line in text.splitlines() if line.startswith("enclave.")]
    return errors[-1] if errors else ""


def made(folder: Path) -> dict[str, bytes]:
    """The panels of a build folder, byte for byte."""
    return {file.name: file.read_bytes() for file in sorted((folder / "panels" / SOURCE).iterdir())}


def size(folder: Path, ending: str) -> int:
    """Bytes of the files in a folder that end so; files and folders may vanish meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(place, name).stat().st_size if name.endswith(ending) else 0
    return total


def matches(pattern: str, done: subprocess.CompletedProcess) -> bool:
    """Whether a build failed with such a message; without one, what it said is shown."""
    assert done.returncode == 1, done.stderr
    assert re.search(pattern, message(done.stderr)), done.stderr
    return True


def until(holds: Callable[[], Found], process: subprocess.Popen, seconds: float = 120) -> Found:
    """Wait until `holds` is true, and return its value. Fails if the process ends before, or after so many seconds."""
    last = time.monotonic() + seconds
    while not (found := holds()):
        if process.poll() is not None or time.monotonic() > last:
            raise AssertionError(f"waited in vain; the process {'runs' if process.poll() is None else 'has ended'}")
        time.sleep(0.005)
    return found


def processes() -> list[tuple[int, int, str]]:
    """All processes: number, number of the one that started it, command."""
    told = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in told.stdout.splitlines()]
    return [(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]


def child(parent: int, mark: str) -> int | None:
    """The process that `parent` started with `mark` in its command, if there is one."""
    return next((number for number, starter, command in processes() if starter == parent and mark in command), None)
