"""The quick answer to a build with nothing to do: no file has changed since the last build found all up to date.

A build that ends well notes every file that a step may read or makes: its size, times and number on the disk, and its
content if it was written so late that a change in the same moment could have left the times as they are. Where a
single one differs, and for a new or missing file, the answer is no, and the build compares contents. So a yes is never
wrong where the system keeps the time of the last change by itself (Windows does not: there a program that puts back
both size and time of writing would not be noticed).
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

# nanoseconds; no file system tells times less finely
MOMENT = 2_000_000_000
VERSION = 2
Note = list


def count(source: str, until: str) -> int | None:
    """How many steps are up to date, if none of their files has changed since they were found so; else None."""
    record = _read(source, until)
    if record is None:
        return None
    found = snapshot(record["roots"])
    same = found.keys() == record["files"].keys() and all(
        _same(Path(name), note, record["files"][name]) for name, note in found.items()
    )
    return record["steps"] if same else None


def forget(source: str) -> None:
    """Give no quick answer for a source until `remember` has been called again: a step is about to run."""
    for file in paths.TASK_RECORD.glob(f"{glob.escape(source)}.*.unchanged"):
        file.unlink(missing_ok=True)


def remember(source: str, until: str, steps: list) -> None:
    """Note the files as they are, if every step was built from these very files and left them so.

    `steps` have run or been found up to date; each knows what it saw (`Step.seen`). A file that was changed while the
    build ran leaves nothing noted.
    """
    now = _now()
    roots = _roots(source, {node.path for step in steps for node in step.nodes})
    noted = {name: _hashed(Path(name), note, now) for name, note in snapshot(roots).items()}
    if _as_seen(steps):
        record = {"of": _place(), "roots": roots, "steps": len(steps), "files": noted}
        files.write_text(json.dumps(record), _file(source, until))


def _as_seen(steps: list) -> bool:
    """Whether all files of the steps are as each of them saw them. A file of several steps is looked at once."""
    nodes = {node.signature: node for step in steps for node in step.nodes}
    states = {signature: node.measure() for signature, node in nodes.items()}
    return all(step.seen.get(node.signature) == states[node.signature] for step in steps for node in step.nodes)


def snapshot(roots: Iterable[str]) -> dict[str, Note]:
    """Path -> size, times and number of every file in `roots`, which may be files, folders, or missing.

    Links are followed. Hidden files are left out, and what is made: of that, `roots` name what counts.
    """
    names = {name for root in roots for name in (root, *walking.files(root))}
    return {name: _stated(name) for name in names}


def _stated(name: str) -> Note:
    """Of a folder only that it is one: its files are listed by themselves."""
    try:
        status = os.stat(name)
    except OSError:
        return []
    if stat.S_ISDIR(status.st_mode):
        return ["folder"]
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _hashed(file: Path, note: Note, now: int) -> Note:
    """The note of a file with its content, if it was written within a moment of `now`, or after it."""
    late = len(note) > 1 and max(note[1], note[2]) > now - MOMENT
    return [*note, _content(file)] if late else note


def _same(file: Path, note: Note, noted: Note) -> bool:
    return note == noted[: len(note)] and (len(note) == len(noted) or _content(file) == noted[-1])


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            hashed = sha256()
            while piece := opened.read(1 << 20):
                hashed.update(piece)
            return hashed.hexdigest()
    except OSError:
        return ""


def _now() -> int:
    """The time by the clock of the machine or by that of the disk, whichever says the earlier one.

    A disk on another machine has a clock of its own, and files carry the times of that one.
    """
    probe = paths.TASK_RECORD / "probe"
    files.write_text("", probe)
    return min(time.time_ns(), probe.stat().st_mtime_ns)


def _roots(source: str, nodes: set[Path]) -> list[str]:
    """The repository, what decides which steps there are, and all that they read and make."""
    told = {paths.ROOT, paths.registers(source), paths.ground_truth(source), *nodes}
    return sorted(str(place) for place in told)


def _place() -> list:
    """What a record holds for: another copy of the repository, another Python or other packages have their own."""
    return [VERSION, sys.version, _packages(), *map(str, (paths.ROOT, paths.BUILD, paths.LICENSED))]


def _packages() -> list[str]:
    """Names and versions of the installed packages: the build refuses some, and steps run others."""
    try:
        return sorted(name for name in os.listdir(sysconfig.get_path("purelib")) if name.endswith(".dist-info"))
    except OSError:
        return []


def _read(source: str, until: str) -> dict | None:
    """What was noted for this very place; None if nothing was, or what is there cannot be read."""
    try:
        record = json.loads(_file(source, until).read_text(encoding="utf-8"))
        return record if record["of"] == _place() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(source: str, until: str) -> Path:
    return paths.TASK_RECORD / f"{source}.{until}.unchanged"
