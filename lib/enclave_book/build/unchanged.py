"""The quick answer to a build with nothing to do: no file has changed since the last build found all up to date.

A build that ends well records every file that a step may read or make: its size, times and inode. A file that was
written a moment ago is recorded with a hash of its content, because a further change could have the same times. If one
file differs, is new or is missing, the answer is no, and the build compares contents. So a yes is never wrong where the
system itself sets the time of the last change. Windows does not: a program that restores both size and time of writing
is not noticed there.
"""

import glob
import json
import os
import stat
import sys
import sysconfig
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from enclave.base import files, paths, walking

# nanoseconds; every file system has times at least as fine as this
MOMENT = 2_000_000_000
VERSION = 2
Status = list


def count(source: str, until: str) -> int | None:
    """Number of steps, if all are up to date because none of their files has changed; otherwise None."""
    record = _read(source, until)
    if record is None:
        return None
    found = snapshot(record["roots"])
    same = found.keys() == record["files"].keys() and all(
        _same(Path(name), status, record["files"][name]) for name, status in found.items()
    )
    return record["steps"] if same else None


def forget(source: str) -> None:
    """Remove the records of a source, because a step is about to run. `remember` writes them again."""
    for file in paths.TASK_RECORD.glob(f"{glob.escape(source)}.*.unchanged"):
        file.unlink(missing_ok=True)


def remember(source: str, until: str, steps: list) -> None:
    """Record the files as they are now, if they are still those that the steps have read and made.

    `steps` have run or are up to date; `Step.seen` has the states that each has measured. If a file was changed while
    the build ran, nothing is recorded.
    """
    now = _now()
    roots = _roots(source, {node.path for step in steps for node in step.nodes})
    found = {name: _with_content(Path(name), status, now) for name, status in snapshot(roots).items()}
    if _as_seen(steps):
        record = {"of": _valid_for(), "roots": roots, "steps": len(steps), "files": found}
        files.write_text(json.dumps(record), _file(source, until))


def _as_seen(steps: list) -> bool:
    """Whether the state of each file is the one that its steps have measured. A file of several steps is read once."""
    nodes = {node.signature: node for step in steps for node in step.nodes}
    states = {signature: node.measure() for signature, node in nodes.items()}
    return all(step.seen.get(node.signature) == states[node.signature] for step in steps for node in step.nodes)


def snapshot(roots: Iterable[str]) -> dict[str, Status]:
    """Path -> size, times and inode of every file in `roots`, which may be files, folders, or missing.

    Links are followed. Hidden files and the build folder are left out, apart from what `roots` name of it.
    """
    names = {name for root in roots for name in (root, *walking.files(root))}
    return {name: _status(name) for name in names}


def _status(name: str) -> Status:
    """Of a folder only that it is one: its files are listed separately."""
    try:
        status = os.stat(name)
    except OSError:
        return []
    if stat.S_ISDIR(status.st_mode):
        return ["folder"]
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _with_content(file: Path, status: Status, now: int) -> Status:
    """The status of a file, with a hash of its content if it was written less than a moment before `now`, or later."""
    recent = len(status) > 1 and max(status[1], status[2]) > now - MOMENT
    return [*status, _content(file)] if recent else status


def _same(file: Path, status: Status, recorded: Status) -> bool:
    same = status == recorded[: len(status)]
    return same and (len(status) == len(recorded) or _content(file) == recorded[-1])


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            hashed = sha256()
            while block := opened.read(1 << 20):
                hashed.update(block)
            return hashed.hexdigest()
    except OSError:
        return ""


def _now() -> int:
    """The earlier one of the time of this machine and the time of the disk.

    A disk on another machine has its own clock, and files have the times of that clock.
    """
    probe = paths.TASK_RECORD / "probe"
    files.write_text("", probe)
    return min(time.time_ns(), probe.stat().st_mtime_ns)


def _roots(source: str, nodes: set[Path]) -> list[str]:
    """The repository, the folders that decide which steps there are, and all files that they read and make."""
    places = {paths.ROOT, paths.registers(source), paths.ground_truth(source), *nodes}
    return sorted(str(place) for place in places)


def _valid_for() -> list:
    """What a record is valid for: this copy of the repository, this Python and these packages."""
    return [VERSION, sys.version, _packages(), *map(str, (paths.ROOT, paths.BUILD, paths.LICENSED))]


def _packages() -> list[str]:
    """Names and versions of the installed packages."""
    try:
        return sorted(name for name in os.listdir(sysconfig.get_path("purelib")) if name.endswith(".dist-info"))
    except OSError:
        return []


def _read(source: str, until: str) -> dict | None:
    """The record for this place; None if there is none or it cannot be read."""
    try:
        record = json.loads(_file(source, until).read_text(encoding="utf-8"))
        return record if record["of"] == _valid_for() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(source: str, until: str) -> Path:
    return paths.TASK_RECORD / f"{source}.{until}.unchanged"
