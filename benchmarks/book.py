"""Seconds of each notebook and of the whole book."""

import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.figures import Row, row
from enclave.base import paths
from enclave.base.errors import EnclaveError, command


def chapters() -> list[Row]:
    """Seconds of each notebook in the last build of the twin."""
    found = sorted(paths.timings("twin").glob("*.json"))
    if not found:
        raise EnclaveError(f"No notebook has been timed on this machine. Run {command('book')} first.")
    timed = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    return [row(one["notebook"], one["seconds"], "s", at_most=60) for one in timed]


def whole_book() -> list[Row]:
    """The whole book from a ready environment and nothing else, built in a folder of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        began = time.monotonic()
        call = [sys.executable, "-m", "enclave_book", "build", "--source", "twin"]
        done = subprocess.run(call, env={**os.environ, "ENCLAVE_BUILD": folder}, capture_output=True, check=False)
        seconds = time.monotonic() - began
    if done.returncode:
        raise EnclaveError(f"The book could not be built. Run {command('book')} and see what it says.")
    return [row("the whole book from nothing but the environment", seconds, "s", at_most=300)]
