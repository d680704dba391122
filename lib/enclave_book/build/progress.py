"""Progress of a build: what runs and how much is left, on a terminal and in a log."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import Self

from pytask import ExecutionReport, TaskOutcome, hookimpl

SILENCE = 1.5
# how a line begins that should not be missed
WARNING = "Warning: "


class Progress:
    """Prints a line when a step starts or ends, and at least one every `SILENCE` seconds in between.

    On a terminal the lines in between overwrite each other. No control codes are used: some terminals would show them.
    """

    def __init__(self, n_steps: int, out=None) -> None:
        self.out = out or sys.stdout
        self.left, self.ran, self.unchanged = n_steps, 0, 0
        self._running: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._live = self.out.isatty()
        self._last, self._shown = time.monotonic(), ""

    def __enter__(self) -> Self:
        self._beat = threading.Thread(target=self._repeat, daemon=True)
        self._beat.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._stop.set()
        self._beat.join()

    def start(self, name: str) -> Callable[[str], None]:
        """Announce the step `name`; returns a function that takes a line on its progress. A warning stays on screen."""
        with self._lock:
            self._running[name] = (time.monotonic(), "")
            self._line(f"  start  {name}")

        def report(text: str) -> None:
            with self._lock:
                if text.startswith(WARNING):
                    self._line(f"  {text}")
                    return
                began, _ = self._running.get(name, (time.monotonic(), ""))
                self._running[name] = (began, text.strip())

        return report

    def end(self, name: str, outcome: str) -> None:
        with self._lock:
            began, _ = self._running.pop(name, (None, ""))
            self.left -= 1
            if outcome == "unchanged":
                self.unchanged += 1
                return
            self.ran += 1
            took = f" ({time.monotonic() - began:.1f} s)" if began else ""
            self._line(f"  {outcome:<6} {name}{took}, {self.left} left")

    def _repeat(self) -> None:
        while not self._stop.wait(0.25):
            with self._lock:
                if self._running and time.monotonic() - self._last > SILENCE:
                    self._line(self._now(), passing=True)

    def _now(self) -> str:
        now = time.monotonic()
        parts = [
            f"{name} {now - began:.0f} s{f', {text}' if text else ''}" for name, (began, text) in self._running.items()
        ]
        return f"  ...    {'; '.join(parts)} ({self.left - len(parts)} more to go)"

    def _line(self, text: str, passing: bool = False) -> None:
        self._last = time.monotonic()
        overwritten = self._live and passing
        if overwritten:
            text = text[: shutil.get_terminal_size().columns - 1]
        back = "\r" if self._live else ""
        self.out.write(back + text.ljust(len(self._shown)) + ("" if overwritten else "\n"))
        self._shown = text if overwritten else ""
        self.out.flush()


class Listener:
    """Receives from pytask the outcome of each step."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    @hookimpl
    def pytask_execute_task_log_end(self, report: ExecutionReport) -> None:
        outcomes = {TaskOutcome.SUCCESS: "done", TaskOutcome.SKIP_UNCHANGED: "unchanged", TaskOutcome.FAIL: "failed"}
        self.progress.end(report.task.name, outcomes.get(report.outcome, "skipped"))


@hookimpl
def pytask_post_parse(config: dict) -> None:
    """Entry point of pytask: add the listener if a build of the book runs."""
    if "enclave_progress" in config:
        config["pm"].register(Listener(config["enclave_progress"]))
