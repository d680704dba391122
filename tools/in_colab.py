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
from pathlib import Path

from IPython import get_ipython
from IPython.display import clear_output, display
from jupyter_client.blocking import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
NOTEBOOKS = ROOT / "notebooks"
RUN = "__run_in_the_book__"
COLAB = "google.colab"
# what belongs to Colab's Python and would mislead another one
FOREIGN = ("PYTHON", "MPLBACKEND", "VIRTUAL_ENV", "UV_", "PIP_CONSTRAINT")
# one thread each, as in the build: with more the last digit of a sum may be another one
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")
PATIENCE = 120


class StoppedError(Exception):
    """Something failed: shows one message, or what a cell of the book said of its fault, and stops the cells below."""

    def __init__(self, message, lines=()):
        super().__init__(message)
        self.lines = list(lines) or [message]

    def _render_traceback_(self):
        return self.lines


class Book:
    """The book's own Python as a process, and the connection to it."""

    def __init__(self, python=PYTHON, folder=NOTEBOOKS):
        file = Path(tempfile.mkdtemp(), "kernel.json")
        command = [str(python), "-m", "ipykernel_launcher", "-f", str(file), "--log-level=ERROR"]
        environment = {**clean(), **dict.fromkeys(THREADS, "1"), "JPY_PARENT_PID": str(os.getpid())}
        self.process = subprocess.Popen(command, cwd=folder, env=environment)
        self._wait_for(file)
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code):
        """Run the code of a cell and show what it shows. Raises StoppedError if it fails there."""
        asked, fault = self.client.execute(code, allow_stdin=False), None
        for kind, content in self._answers(asked):
            if kind == "error":
                fault = StoppedError(f"{content['ename']}: {content['evalue']}", content["traceback"])
            show(kind, content)
        if fault:
            raise fault

    def close(self):
        """End the process and the connection to it. It also ends by itself when this Python does."""
        self.client.stop_channels()
        self.process.kill()
        self.process.wait()

    def _answers(self, asked):
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

    def _wait_for(self, file):
        """Until the process has written how to reach it."""
        last = time.monotonic() + PATIENCE
        while not is_whole(file):
            self._refuse_the_dead()
            if time.monotonic() > last:
                raise StoppedError(f"The book's Python did not start within {PATIENCE} s. Run the first cell again.")
            time.sleep(0.1)

    def _refuse_the_dead(self):
        if self.process.poll() is not None:
            raise StoppedError("The book's Python has ended. Run the first cell again, and then those below it.")


def begin():
    """Set up the book, build its panels, and let all further cells run in its own Python. Raises StoppedError.

    Called again it does nothing, or starts that Python anew if it has ended.
    """
    shell = get_ipython()
    if RUN in shell.user_ns and shell.user_ns[RUN].__self__.process.poll() is None:
        return
    bring_venv()
    tell([sys.executable, "run.py", "enclave", "ARGS=build --until panels"])
    forward(shell, Book())
    print("The cells below run in the book's own Python.")


def forward(shell, book):
    """Let the cells of `shell` run in `book`. A cell that names google.colab stays where it is."""
    shell.user_ns[RUN] = book.run
    if forwarded not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(forwarded)


def forwarded(lines):
    """The lines of a cell as one call that hands them over."""
    if not "".join(lines).strip() or any(COLAB in line or RUN in line for line in lines):
        return lines
    return [f"{RUN}({''.join(lines)!r})\n"]


def show(kind, content):
    """Show here what a cell has shown there."""
    if kind == "stream":
        stream = sys.stderr if content["name"] == "stderr" else sys.stdout
        stream.write(content["text"])
        stream.flush()
    elif kind in ("display_data", "execute_result"):
        display(content["data"], metadata=content["metadata"], raw=True)
    elif kind == "clear_output":
        clear_output(wait=content["wait"])


def bring_venv():
    """Colab's Python may come without the means to make a virtual environment; its system has them."""
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        tell(["apt-get", "update", "--quiet"])
        tell(["apt-get", "install", "--yes", "--quiet", f"python{version}-venv"])


def tell(command):
    """Run a command in the book's folder and pass on its lines. Raises StoppedError if it fails."""
    with subprocess.Popen(
        command, cwd=ROOT, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
    if process.returncode:
        raise StoppedError("The set-up stopped. Mend what is said above and run this cell again.")


def clean():
    """The environment without what belongs to Colab's Python alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def is_whole(file):
    """Whether the file is there and written to its end."""
    try:
        return bool(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False
