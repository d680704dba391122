"""Running notebooks of others: this side has the answers, and gets plain values from processes that have none."""

import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_course import closed

PROGRAM = "from enclave_course.inside import serve; serve()"
# libraries that a server has loaded, so that no submission waits for them
LIBRARIES = (
    "matplotlib.pyplot",
    "scipy.stats",
    "pyfixest.estimation.api",
    "enclave.panels",
    "enclave.estimators.csdid",
    "enclave.estimators.decomposition",
    "enclave.estimators.event_study",
    "enclave.estimators.land",
    "enclave.estimators.placebo",
    "enclave.estimators.poisson",
)
SECONDS, SECONDS_OF_A_CELL = 120, 20
NO_FORK = (
    "Grading needs a system that can fork, and Windows cannot. Run the same command in the Windows Subsystem for "
    "Linux, in the dev container, or on a Linux machine."
)


@dataclass
class Ran:
    """What became of a notebook.

    answers : name -> value, of the names that were asked for and exist
    faults : number of the cell, from 1 -> its fault in words
    calls : for each call its value as {"value": ...}, {"fault": words} or {"missing": True}; empty if not reached
    ended : whether it had to be ended, or ended itself, before all was done
    """

    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    calls: dict[int, dict] = field(default_factory=dict)
    ended: bool = True


class Sandbox:
    """A server that runs notebooks one after the other. `closed` says whether they are closed off in full."""

    def __init__(self, load: tuple[str, ...] = LIBRARIES, *, close: bool = True) -> None:
        if not hasattr(os, "fork"):
            raise EnclaveError(NO_FORK)
        variables = {"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**variables, "TMPDIR": tempfile.gettempdir(), "PYTHONUTF8": "1"},
            text=True,
            encoding="utf-8",
        )
        self.closed = json.loads(self._ask({"load": load, "readable": _readable(), "closed": close}))["closed"]

    def run(
        self,
        cells: list[str],
        answers: list[str],
        calls: list[dict],
        files: dict[str, str],
        *,
        seconds: float = SECONDS,
        seconds_of_a_cell: float = SECONDS_OF_A_CELL,
    ) -> Ran:
        """Run the cells of a notebook in a folder with `files`, then `calls`: {"function": name, "given": arguments}.

        seconds : after these it is ended, whatever it does
        seconds_of_a_cell : of processor time, for each cell and each call
        """
        job = {"cells": cells, "answers": answers, "calls": calls, "files": files, "seconds": seconds}
        ran = base64.b64decode(self._ask({**job, "seconds_of_a_cell": seconds_of_a_cell}))
        return read(ran.decode("utf-8", errors="replace"))

    def isolation(self) -> str:
        """In words how the notebooks were closed off."""
        return closed.FULL if self.closed else closed.LIMITS_ONLY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> None:
        self.end()

    def end(self) -> None:
        """End the server."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _ask(self, question: dict) -> str:
        asking, answering = self._process.stdin, self._process.stdout
        if asking is None or answering is None:
            raise EnclaveError("The process that runs submissions has no pipes.")
        with contextlib.suppress(BrokenPipeError):
            asking.write(json.dumps(question) + "\n")
            asking.flush()
        answer = answering.readline()
        if not answer:
            raise EnclaveError("The process that runs submissions ended. Start the command again.")
        return answer


def read(reported: str) -> Ran:
    """What a submission's process reported. It may have written anything: what is not understood counts as nothing."""
    ran = Ran()
    for line in reported.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        match said:
            case {"answer": str(name), "value": value}:
                ran.answers[name] = value
            case {"cell": int(number), "fault": str(fault)}:
                ran.faults[number] = fault
            case {"call": int(number), **rest}:
                ran.calls[number] = rest
            case {"end": True}:
                ran.ended = False
            case {"ended": True}:
                ran.ended = True
    return ran


def _readable() -> list[str]:
    """Python, its libraries, and of the book what notebooks import and the public facts."""
    python = {sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
    ours = [paths.LIB / "enclave", paths.FACTS, paths.PUBLIC]
    return [*sorted(place for place in python if Path(place).is_absolute()), *(str(place) for place in ours)]
