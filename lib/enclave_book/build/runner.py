"""Running the steps: in order of what they need, side by side where they can, and only those whose inputs changed."""

import os
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytask
from filelock import FileLock, Timeout
from pytask_parallel import ParallelBackend

from enclave.base import files, paths, privacy, sources
from enclave.base.errors import EnclaveError, command, denied
from enclave_book.build import (
    book_step,
    downloads_step,
    exhibits_step,
    notebooks_step,
    pages_step,
    panels_step,
    progress,
    registers_step,
    scorecard_step,
    unchanged,
    validation_step,
)
from enclave_book.build.nodes import File, Step, Tell
from enclave_book.notebooks import environment

FEW = 50_000
PANELS = [registers_step, validation_step, panels_step]
FLOORS = [*PANELS, exhibits_step, notebooks_step, scorecard_step, downloads_step, pages_step]


def build(source: str, until: str = "book") -> Path:
    """Bring everything of `source` up to date, to the rendered `book`, the parts of its `pages`, or the `panels` alone.

    Returns the cover of the book. Raises EnclaveError with one message per step that failed; what they had made
    before stays. Raises KeyboardInterrupt if somebody stops it.
    """
    _refuse_source_without_registers(sources.name_checked(source))
    with alone():
        environment.prepare()
        sweep()
        steps = collect(source, until)
        print(f"Source {source}: {len(steps)} steps", flush=True)
        with progress.Progress(len(steps)) as shown:
            reports = _run(steps, source, shown)
        sweep()
        _raise_failures(reports, source)
        unchanged.remember(source, until, steps)
    print(f"  {shown.ran} steps ran, {shown.unchanged} were up to date", flush=True)
    return paths.html(source) / "index.html"


def collect(source: str, until: str = "book") -> list[Step]:
    """The steps of a source, from the ground up. All are done anew when the lock has other packages."""
    floors = {"panels": PANELS, "pages": FLOORS, "book": [*FLOORS, book_step]}[until]
    steps = [step for floor in floors for step in floor.steps(source)]
    for step in steps:
        if paths.REQUIREMENTS not in [node.path for node in step.inputs]:
            step.inputs.append(File(path=paths.REQUIREMENTS))
    return steps


@contextmanager
def alone() -> Iterator[None]:
    """Only one build at a time in one folder; the claim ends with the process, however it ends.

    The file of the claim stays: the system holds the claim, not the file. Raises EnclaveError if another build is
    running.
    """
    paths.TASK_RECORD.mkdir(parents=True, exist_ok=True)
    try:
        claim = FileLock(paths.TASK_RECORD / "claim").acquire(blocking=False)
    except Timeout:
        raise EnclaveError(f"Another build is at work in {paths.BUILD}. Wait for it to end.") from None
    with claim:
        yield


def sweep() -> None:
    """Remove what killed processes left: unfinished files, which carry the number of their process, and stages."""
    shutil.rmtree(paths.STAGE, ignore_errors=True)
    for folder in [paths.BUILD, *(place for place in sorted(paths.BUILD.rglob("*")) if place.is_dir())]:
        files.remove_leftovers(folder)


def _run(steps: list[Step], source: str, shown: progress.Progress) -> list[pytask.ExecutionReport]:
    for step in steps:
        step.announce = partial(_announce, source, shown)
    pytask.console.quiet = True
    session = pytask.build(
        tasks=steps,
        config=_record(),
        paths=paths.TASK_RECORD,
        capture=pytask.CaptureMethod.NO,
        verbose=0,
        disable_warnings=True,
        n_workers=_cores(),
        parallel_backend=ParallelBackend.THREADS,
        enclave_progress=shown,
    )
    if why := _why(session):
        raise RuntimeError(f"the steps could not be put in order: {why}")
    if len(session.execution_reports) < len(steps):
        # pytask ends early and says nothing when someone stops it
        raise KeyboardInterrupt
    return session.execution_reports


def _announce(source: str, shown: progress.Progress, name: str) -> Tell:
    """A step is about to run. If it is killed, no earlier answer may stand beside what it left."""
    unchanged.forget(source)
    return shown.start(name)


def _record() -> Path:
    """The file whose folder pytask takes for its records."""
    file = paths.TASK_RECORD / "pytask.toml"
    files.write_text("[tool.pytask.ini_options]\n", file)
    return file


def _why(session: pytask.Session) -> str:
    report = getattr(session, "dag_report", None)
    faults = [report.exc_info] if report else [found.exc_info for found in session.collection_reports]
    return "; ".join(str(fault[1]) for fault in faults if fault)


def _raise_failures(reports: list[pytask.ExecutionReport], source: str) -> None:
    failed = [report for report in reports if report.outcome == pytask.TaskOutcome.FAIL]
    if failed:
        raise EnclaveError("\n".join(_message(report.task.name, report.exc_info[1], source) for report in failed))


def _message(name: str, fault: BaseException, source: str) -> str:
    """What to tell of a failed step. A fault of the package itself is recorded for whoever mends it."""
    if isinstance(fault, EnclaveError):
        return str(fault)
    if isinstance(fault, pytask.NodeNotFoundError):
        return f"{name}: {' '.join(str(fault).split())}"
    if isinstance(fault, PermissionError):
        return f"{name}: {denied(fault)}"
    record = paths.FAILURES / f"{name.replace(' ', '_')}.txt"
    files.write_text(privacy.traceback_of(fault, source), record)
    place = traceback.extract_tb(fault.__traceback__)[-1]
    return (
        f"{name}: {privacy.describe(fault, source)} ({Path(place.filename).name}, line {place.lineno}). "
        f"This is a fault of the package, not of your files. The full record is in {record}"
    )


def _refuse_source_without_registers(source: str) -> None:
    folder = paths.registers(source)
    has_files = folder.is_dir() and any(file.name != "README.md" for file in folder.iterdir())
    if paths.target_counts(source) or has_files:
        return
    if sources.kind(source) == sources.LICENSED:
        raise EnclaveError(f"No raw tables in {folder}. Its README says which files to put there.")
    remedy = command("registers", SOURCE=source, FIRMS=FEW)
    raise EnclaveError(f"No registers of source {source!r}. Write some: {remedy}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
