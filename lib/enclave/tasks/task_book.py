"""Executed notebooks, prose and generated parts to the rendered book. Nothing is computed here."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from enclave import paths
from enclave.errors import EnclaveError
from enclave.tasks import imports, notebooks, task_notebooks, task_pages
from enclave.tasks.nodes import Folder, Step, Tell
from enclave.tasks.nodes import files as file_nodes

TIMES = "timings.js"
INSIDE = "ENCLAVE_INSIDE_BUILD"
COMMAND = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "--all"]
STRICT = ["--warningiserror", "--keep-going", "--nitpick"]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAULT = re.compile(r"WARNING|ERROR|CRITICAL|Error:|Exception")
MOST_FAULTS = 25


def steps(source: str) -> list[Step]:
    """One step for the whole book."""
    documents = [paths.COVER, paths.BOOK_CONFIG, paths.BOOK_TOC, paths.README, paths.CHANGELOG, paths.CONTRIBUTING]
    made = [task_notebooks.executed(notebook, source) for notebook in notebooks.every()]
    made += [paths.pages(source) / name for name in task_pages.NAMES]
    code = imports.closure(["enclave.sphinx_ext"]) | {imports.module_file(__name__)}
    inputs = [
        Folder(path=paths.BOOK),
        Folder(path=paths.downloads(source)),
        *file_nodes({*filter(Path.exists, documents), *made, *code}),
    ]
    products = [Folder(path=paths.html(source), without=frozenset({TIMES}))]
    return [Step(name="book", run=lambda tell: _build(source, tell), inputs=inputs, products=products)]


def _build(source: str, tell: Tell) -> None:
    paths.STAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.STAGE) as stage:
        _sphinx(source, stage, tell)
        _exchange(paths.rendered(Path(stage)), paths.html(source), Path(stage, "former"))


def _sphinx(source: str, stage: str, tell: Tell) -> None:
    """Raises EnclaveError with the warnings if there are any."""
    environment = {**os.environ, INSIDE: "1", "ENCLAVE_SOURCE": source, "ENCLAVE_BUILD": str(paths.BUILD)}
    command = [*COMMAND, str(paths.ROOT), "--path-output", stage, *STRICT]
    said = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        for line in process.stdout:
            said.append(COLOUR.sub("", line).rstrip())
            if said[-1]:
                tell(said[-1][:60])
    if process.returncode:
        faults = [line for line in said if FAULT.search(line)] or said[-5:]
        raise EnclaveError("The book has faults. Mend them and build again.\n" + "\n".join(faults[:MOST_FAULTS]))


def _exchange(fresh: Path, place: Path, former: Path) -> None:
    """Put the fresh book in its place as a whole; the former one stays until then."""
    if place.exists():
        place.rename(former)
    fresh.rename(place)
