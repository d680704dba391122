"""The process that runs submissions. It knows tasks to call and no answer: what it could betray, it does not have.

`serve` reads a job in each line of its input, and writes what became of it. It loads the libraries once, and forks a
process for each job (`_begin`), which closes itself off (`closed`), runs the cells in order, and reports values as
JSON: answers after each cell, then what functions return. The process that marks them is another one.
"""

import ast
import base64
import contextlib
import importlib
import io
import json
import math
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from enclave_course import closed
from enclave_course.visible import given_as, plain

# packages that a function of the student's own must do without
WITHOUT = ("enclave", "pyfixest", "differences", "statsmodels", "linearmodels", "diff_diff")
MOST_REPORT, MOST_PRINTED = 8_000_000, 1_000_000
FILE_BYTES = 64 * 1024 * 1024
MORE_MEMORY = 1536 * 1024 * 1024
TOO_LONG = "it ran longer than {seconds} s"
NOT_HERE = "{package} is not there when a function is called: write the arithmetic yourself, with pandas and NumPy"
UNKNOWN = re.compile(r"NameError: name '(?P<name>\w+)' is not defined.*", re.DOTALL)
PRINTED = f"it printed more than {MOST_PRINTED:,} letters"
Report = Callable[[dict], None]


class EndedByUsError(BaseException):
    """A limit was reached. No `except Exception` of a submission catches it."""


class Printed(io.TextIOBase):
    """Counts what is printed, keeps nothing, and ends the cell that prints too much."""

    def __init__(self) -> None:
        self.left = MOST_PRINTED

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise EndedByUsError(PRINTED)
        return len(text)


def serve() -> None:
    """Answer jobs until the input ends. The first line names the libraries to load and the folders to be readable."""
    first = json.loads(sys.stdin.readline())
    for name in first["load"]:
        importlib.import_module(name)
    readable = [Path(place) for place in first["readable"]]
    whole = first["closed"] and json.loads(_run({"probe": True, "seconds": 10}, readable, whole=True) or "{}")
    print(json.dumps({"closed": bool(whole)}), flush=True)
    for line in sys.stdin:
        ran = _run(json.loads(line), readable, whole=bool(whole))
        print(base64.b64encode(ran).decode(), flush=True)


def _run(job: dict, readable: list[Path], *, whole: bool) -> bytes:
    """Run a job in a process of its own; returns what it reported. After `job["seconds"]` it is ended."""
    folder = Path(tempfile.mkdtemp(prefix="grading-"))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _begin(job, folder, readable, writing, whole=whole)
    os.close(writing)
    try:
        return _read(reading, time.monotonic() + job["seconds"])
    finally:
        os.close(reading)
        _end(child, whole=whole)
        shutil.rmtree(folder, ignore_errors=True)


def _read(reading: int, last: float) -> bytes:
    """What is written until the end, the last moment, or the most that is read."""
    import select

    read = b""
    while len(read) < MOST_REPORT and select.select([reading], [], [], max(0.0, last - time.monotonic()))[0]:
        part = os.read(reading, 65536)
        if not part:
            return read
        read += part
    return read + b'\n{"ended": true}\n'


def _end(child: int, *, whole: bool) -> None:
    """End a process and those that it has started. In namespaces these end with it."""
    for end in (os.kill,) if whole else (os.killpg, os.kill):
        try:
            end(child, signal.SIGKILL)
        except OSError:
            continue
    os.waitpid(child, 0)


def _begin(job: dict, folder: Path, readable: list[Path], writing: int, *, whole: bool) -> None:
    """The child: closes itself off, works, and never returns."""
    try:
        os.setsid()
        _close_files(writing)
        memory = closed.memory() + MORE_MEMORY
        if whole:
            closed.enter(folder, readable)
            closed.end_with_parent()
            _as_child(lambda: _as_child(lambda: _work(job, writing, Path("/") / "tmp", memory, alone=True)))
        else:
            with contextlib.suppress(OSError):
                closed.end_with_parent()
            _work(job, writing, folder, memory, alone=False)
    finally:
        os._exit(1)


def _as_child(work: Callable[[], object]) -> None:
    """Do the work in a process of its own, which ends with this one; then end."""
    child = os.fork()
    if child == 0:
        closed.give_up_rights()
        work()
    else:
        os.waitpid(child, 0)
    os._exit(0)


def _close_files(writing: int) -> None:
    """Nothing stays open but the place to report to. What is printed goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.closerange(3, writing)
    os.closerange(writing + 1, 4096)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), Printed(), Printed()


def _work(job: dict, writing: int, folder: Path, memory: int, *, alone: bool) -> None:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    os.environ.clear()
    os.environ.update({"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder), "MPLBACKEND": "agg"})
    os.environ.update({"MPLCONFIGDIR": str(folder), "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"})
    tempfile.tempdir = None

    def report(said: dict) -> None:
        data = (json.dumps(said) + "\n").encode()
        while data:
            data = data[os.write(writing, data) :]

    if "probe" in job:
        report({"probe": True})
        return
    for name, text in job["files"].items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    closed.limit(math.ceil(job["seconds"]), memory, FILE_BYTES)
    if alone:
        closed.limit_processes()
    perform(job, report)


def perform(job: dict, report: Report) -> None:
    """Run the cells, then the calls, and report. A fault in one of them ends that one alone."""
    scope: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
    reported: dict[str, str] = {}
    for number, cell in enumerate(job["cells"], start=1):
        fault = _within(job["seconds_of_a_cell"], lambda cell=cell, number=number: _execute(cell, number, scope))
        if fault:
            report({"cell": number, "fault": fault})
        _within(job["seconds_of_a_cell"], lambda: _report_answers(scope, job["answers"], reported, report))
    taken = without_packages(scope)
    for number, call in enumerate(job["calls"]):
        report({"call": number, **_called(scope, taken, call, job["seconds_of_a_cell"])})
    report({"end": True})


def _report_answers(scope: dict, names: list[str], reported: dict[str, str], report: Report) -> None:
    """Report the answers that have changed."""
    for name in names:
        value = plain(scope[name]) if name in scope else None
        if value is not None and reported.get(name) != (said := json.dumps(value)):
            reported[name] = said
            report({"answer": name, "value": value})


def _execute(cell: str, number: int, scope: dict) -> None:
    lines = ["" if re.match(r"\s*[%!]", line) else line for line in cell.splitlines()]
    exec(compile(ast.parse("\n".join(lines)), f"cell {number}", "exec"), scope)


def _called(scope: dict, taken: dict[str, str], call: dict, seconds: float) -> dict:
    """What a call gives; `taken` are the names that were taken from the submission, each with its package."""
    function = scope.get(call["function"])
    if not callable(function):
        return {"missing": True}
    returned: list = []
    given = [given_as(value) for value in call["given"]]
    fault = _within(seconds, lambda: returned.append(plain(function(*given))))
    lost = UNKNOWN.fullmatch(fault)
    if lost and lost["name"] in taken:
        return {"fault": f"it uses `{lost['name']}`. {NOT_HERE.format(package=taken[lost['name']])}"}
    return {"fault": fault} if fault else {"value": returned[0]}


def _within(seconds: float, work: Callable[[], object]) -> str:
    """Do the work; returns its fault in words, empty if there is none. Only processor time counts."""

    def end(*_: object) -> None:
        raise EndedByUsError(TOO_LONG.format(seconds=seconds))

    signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        work()
    except SystemExit:
        return "it ended the program (`exit` or `quit`)"
    except EndedByUsError as fault:
        return str(fault)
    except MemoryError:
        return "it needed more memory than there is"
    except BaseException as fault:
        return f"{type(fault).__name__}: {str(fault)[:300]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def without_packages(scope: dict) -> dict[str, str]:
    """Take the packages of `WITHOUT` from a submission: what its cells imported, and the means to import it anew.

    Returns the names that were taken, each with its package.
    """
    taken = {}

    def ours(name: object) -> bool:
        return isinstance(name, str) and name.partition(".")[0] in WITHOUT

    class Refusing:
        def find_spec(self, name: str, *_: object) -> None:
            if ours(name):
                raise ImportError(NOT_HERE.format(package=name.partition(".")[0]))

    for name, value in list(scope.items()):
        origin = value.__name__ if isinstance(value, type(sys)) else getattr(value, "__module__", None)
        if ours(origin):
            taken[name] = str(origin).partition(".")[0]
            del scope[name]
    for name in [name for name in sys.modules if ours(name)]:
        del sys.modules[name]
    sys.meta_path.insert(0, Refusing())
    return taken
