"""Running the steps: in order of what they need, side by side where they can, and only those whose inputs changed."""

import os
import shutil
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import pytask
from filelock import FileLock, Timeout
from pytask_parallel import ParallelBackend

from enclave.base import files, paths, privacy, sources
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError, command, denied, is_denied
from enclave_book.build import progress, steps, unchanged
from enclave_book.build.nodes import Report, Step
from enclave_book.notebooks import environment, forked


def build(source: str, until: str = "book") -> Path:
    """Bring everything of `source` up to date: the rendered `book`, the files of its `pages`, or only the `panels`.

    Returns the cover of the book. Raises EnclaveError with one message per step that failed; the former products of
    these steps stay. Raises KeyboardInterrupt if somebody stops it.
    """
    _refuse_source_without_registers(sources.name_checked(source))
    with only_build():
        environment.prepare()
        remove_leftovers()
        collected = steps.collect(source, until)
        print(f"Source {source}: {len(collected)} steps", flush=True)
        with progress.Progress(len(collected)) as shown:
            reports = _run(collected, source, shown, loading=until != "panels")
        remove_leftovers()
        _raise_failures(reports, source)
        unchanged.remember(source, until, collected)
    print(f"  {shown.ran} steps ran, {shown.unchanged} were up to date", flush=True)
    return paths.html(source) / "index.html"


@contextmanager
def only_build() -> Generator[None]:
    """Lock the build folder against a second build. The lock ends with the process, even if it is killed.

    The file of the lock stays: the system holds the lock, not the file. Raises EnclaveError if another build runs.
    """
    paths.TASK_RECORD.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(paths.TASK_RECORD / "lock").acquire(blocking=False)
    except Timeout:
        raise EnclaveError(f"Another build runs in {paths.BUILD}. Wait for it to end.") from None
    with lock:
        yield


def remove_leftovers() -> None:
    """Remove what killed processes left: unfinished files, which carry the number of their process, and stages."""
    shutil.rmtree(paths.STAGE, ignore_errors=True)
    for folder in [paths.BUILD, *(place for place in sorted(paths.BUILD.rglob("*")) if place.is_dir())]:
        files.remove_leftovers(folder)


def _run(collected: list[Step], source: str, shown: progress.Progress, loading: bool) -> list[pytask.ExecutionReport]:
    for step in collected:
        step.announce = partial(_announce, source, shown, loading)
    pytask.console.quiet = True
    session = pytask.build(
        tasks=collected,
        config=_settings(),
        paths=paths.TASK_RECORD,
        capture=pytask.CaptureMethod.NO,
        verbose=0,
        disable_warnings=True,
        n_workers=_cores(),
        parallel_backend=ParallelBackend.THREADS,
        enclave_progress=shown,
    )
    if fault := _fault_of_order(session):
        raise RuntimeError(f"the steps could not be put in order: {fault}")
    if len(session.execution_reports) < len(collected):
        # pytask ends early and without a message when someone stops it
        raise KeyboardInterrupt
    return session.execution_reports


def _announce(source: str, shown: progress.Progress, loading: bool, name: str) -> Report:
    """A step is about to run. If it is killed, no earlier answer may stay valid for what it has left.

    With `loading`, notebooks and exhibits follow: their libraries are loaded while the first steps run.
    """
    unchanged.forget(source)
    if loading:
        _begin_to_load()
    return shown.start(name)


@cache
def _begin_to_load() -> None:
    threading.Thread(target=_load, daemon=True).start()


def _load() -> None:
    environment.prepare_kernels()
    forked.start_server()


def _settings() -> Path:
    """The settings of pytask. It keeps its records in the folder of this file."""
    file = paths.TASK_RECORD / "pytask.toml"
    files.write_text("[tool.pytask.ini_options]\n", file)
    return file


def _fault_of_order(session: pytask.Session) -> str:
    report = getattr(session, "dag_report", None)
    faults = [report.exc_info] if report else [found.exc_info for found in session.collection_reports]
    return "; ".join(str(fault[1]) for fault in faults if fault)


def _raise_failures(reports: list[pytask.ExecutionReport], source: str) -> None:
    failed = [report for report in reports if report.outcome == pytask.TaskOutcome.FAIL]
    if failed:
        raise EnclaveError("\n".join(_message(report.task.name, _fault(report), source) for report in failed))


def _fault(report: pytask.ExecutionReport) -> BaseException:
    fault = report.exc_info[1] if report.exc_info else None
    return fault or EnclaveError(f"{report.task.name} failed without a message.")


def _message(name: str, fault: BaseException, source: str) -> str:
    """The message on a failed step. A fault of the package itself is recorded for its developers."""
    if isinstance(fault, EnclaveError):
        return str(fault)
    if isinstance(fault, pytask.NodeNotFoundError):
        return f"{name}: {' '.join(str(fault).split())}"
    if is_denied(fault):
        return f"{name}: {denied(fault)}"
    record = paths.FAILURES / f"{name.replace(' ', '_')}.txt"
    files.write_text(privacy.traceback_of(fault, source), record)
    place = traceback.extract_tb(fault.__traceback__)[-1]
    return (
        f"{name}: {privacy.describe(fault, source)} ({Path(place.filename).name}, line {place.lineno}). "
        f"This is a fault of the package, not of your files. The full record is in {record}"
    )


def _refuse_source_without_registers(source: str) -> None:
    if sources.has_registers(source):
        return
    if sources.kind(source) == sources.LICENSED:
        raise EnclaveError(f"No raw tables in {paths.registers(source)}. Its README says which files to put there.")
    remedy = command("registers", SOURCE=source, FIRMS=50_000)
    known = offered(source, sources.existing())
    raise EnclaveError(f"No registers of source {source!r}. {known} To make new ones of this name: {remedy}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
