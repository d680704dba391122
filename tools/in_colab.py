"""Runs a notebook of the book in Colab, whose own Python has other versions than the lock names.

The first cell of a notebook made for Colab fetches the book and calls `begin`. It sets up `.venv` as on any machine,
builds the panels, and starts the book's own Python there. From then on every cell runs in it, and what it shows comes
back. Colab's packages are left alone, and nothing has to be restarted. Needs only what every IPython kernel has.
"""

import importlib.util
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from IPython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import clear_output, display
from jupyter_client.blocking import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
NOTEBOOKS = ROOT / "notebooks"
RUN = "__run_in_the_book__"
COLAB = "google.colab"
# settings of Colab's Python that would mislead another one
FOREIGN = ("PYTHON", "MPLBACKEND", "VIRTUAL_ENV", "UV_", "PIP_CONSTRAINT")
# one thread each, as in the build: with more the last digit of a sum may be another one
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")
PATIENCE = 120


class StoppedError(Exception):
    """Something failed. Shows one message, or the traceback of a cell of the book, and stops the cells below."""

    def __init__(self, message: str, lines: Iterable[str] = ()) -> None:
        """`lines` are shown in the place of the message if there are any."""
        super().__init__(message)
        self.lines = list(lines) or [message]

    def _render_traceback_(self) -> list[str]:
        return self.lines


class Book:
    """The book's own Python as a process, and the connection to it."""

    def __init__(self, python: Path = PYTHON, folder: Path = NOTEBOOKS) -> None:
        """Start it. Raises StoppedError if it does not start."""
        file = Path(tempfile.mkdtemp(), "kernel.json")
        command = [str(python), "-m", "ipykernel_launcher", "-f", str(file), "--log-level=ERROR"]
        environment = {**clean(), **dict.fromkeys(THREADS, "1"), "JPY_PARENT_PID": str(os.getpid())}
        self.process = subprocess.Popen(command, cwd=folder, env=environment)
        self._wait_for(file)
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> None:
        """Run the code of a cell and show what it shows. Raises StoppedError if it fails there."""
        asked, fault = self.client.execute(code, allow_stdin=False), None
        for kind, content in self._answers(asked):
            if kind == "error":
                fault = StoppedError(f"{content['ename']}: {content['evalue']}", content["traceback"])
            show(kind, content)
        if fault:
            raise fault

    def close(self) -> None:
        """End the process and the connection to it. It also ends when this Python ends."""
        self.client.stop_channels()
        self.process.kill()
        self.process.wait()

    def _answers(self, asked: str) -> Iterator[tuple[str, dict]]:
        """Kind and content of each answer until the cell has ended; Colab's stop button stops the cell."""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                self._refuse_the_dead()
                continue
            except KeyboardInterrupt:
                self.process.send_signal(signal.SIGINT)
                continue
            if message["parent_header"].get("msg_id") == asked:
                if message["content"].get("execution_state") == "idle":
                    return
                yield message["msg_type"], message["content"]

    def _wait_for(self, file: Path) -> None:
        """Wait until the process has written how to reach it."""
        last = time.monotonic() + PATIENCE
        while not is_whole(file):
            self._refuse_the_dead()
            if time.monotonic() > last:
                raise StoppedError(f"The book's Python did not start within {PATIENCE} s. Run the first cell again.")
            time.sleep(0.1)

    def _refuse_the_dead(self) -> None:
        if self.process.poll() is not None:
            raise StoppedError("The book's Python has ended. Run the first cell again, and then those below it.")


def begin() -> None:
    """Set up the book, build its panels, and let all further cells run in its own Python. Raises StoppedError.

    A second call does nothing, or starts that Python again if it has ended.
    """
    shell = get_ipython()
    if RUN in shell.user_ns and shell.user_ns[RUN].__self__.process.poll() is None:
        return
    bring_venv()
    tell([sys.executable, "run.py", "enclave", "ARGS=build --until panels"])
    forward(shell, Book())
    print("The cells below run in the book's own Python.")


def forward(shell: InteractiveShell, book: Book) -> None:
    """Let the cells of `shell` run in `book`. A cell that names google.colab stays where it is."""
    shell.user_ns[RUN] = book.run
    if forwarded not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(forwarded)


def forwarded(lines: list[str]) -> list[str]:
    """The lines of a cell as one call that passes them on."""
    if not "".join(lines).strip() or any(COLAB in line or RUN in line for line in lines):
        return lines
    return [f"{RUN}({''.join(lines)!r})\n"]


def show(kind: str, content: dict) -> None:
    """Show here what a cell has shown there."""
    if kind == "stream":
        stream = sys.stderr if content["name"] == "stderr" else sys.stdout
        stream.write(content["text"])
        stream.flush()
    elif kind in ("display_data", "execute_result"):
        display(content["data"], metadata=content["metadata"], raw=True)
    elif kind == "clear_output":
        clear_output(wait=content["wait"])


def bring_venv() -> None:
    """Install what makes virtual environments, if Colab's Python comes without it."""
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        tell(["apt-get", "update", "--quiet"])
        tell(["apt-get", "install", "--yes", "--quiet", f"python{version}-venv"])


def tell(command: list[str]) -> None:
    """Run a command in the book's folder and pass on its lines. Raises StoppedError if it fails."""
    with subprocess.Popen(
        command, cwd=ROOT, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
    if process.returncode:
        raise StoppedError("The set-up stopped. Mend what is said above and run this cell again.")


def clean() -> dict[str, str]:
    """The environment without what belongs to Colab's Python alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def is_whole(file: Path) -> bool:
    """Whether the file exists and is written to its end."""
    try:
        return bool(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False
