"""Executed notebooks, prose and generated parts to the rendered book. Nothing is computed here."""

import sys
import tempfile
from importlib import metadata
from pathlib import Path

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book.build import code_dependencies, notebooks_step, pages_step
from enclave_book.build.nodes import Folder, Step, Tell, kind
from enclave_book.build.nodes import files as file_nodes
from enclave_book.notebooks import contents
from enclave_book.render import rendering

TIMES = "timings.js"
ENGINE, MAJOR = "jupyter-book", "1"
COMMAND = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "--all"]
STRICT = ["--warningiserror", "--keep-going", "--nitpick"]


def steps(source: str) -> list[Step]:
    """One step for the whole book. Raises EnclaveError if another jupyter-book than that of version 1 is installed."""
    refuse_other_engine()
    documents = [paths.COVER, paths.BOOK_CONFIG, paths.BOOK_TOC, paths.README, paths.CHANGELOG, paths.CONTRIBUTING]
    made = [notebooks_step.executed(notebook, source) for notebook in contents.every()]
    made += [paths.pages(source) / name for name in pages_step.NAMES]
    code = code_dependencies.closure(["enclave_book.sphinx_ext", rendering.__name__]) | {
        code_dependencies.module_file(__name__)
    }
    inputs = [
        kind(source),
        Folder(path=paths.BOOK),
        Folder(path=paths.downloads(source)),
        *file_nodes({*filter(Path.exists, documents), *made, *code}),
    ]
    products = [Folder(path=paths.html(source), without=frozenset({TIMES}))]
    return [Step(name="book", run=lambda tell: _build(source, tell), inputs=inputs, products=products)]


def refuse_other_engine() -> None:
    """Raises EnclaveError unless jupyter-book 1 is installed. Version 2 would write no page and say nothing."""
    found = _installed()
    if found is not None and found.split(".")[0] == MAJOR:
        return
    state = "is not installed" if found is None else f"{found} is installed, which writes no page of this book"
    raise EnclaveError(
        f"{ENGINE} {state}; the book is rendered by version {MAJOR}. Remove .venv and type the command again, "
        "which installs the locked version, or render without it: make book-next ALONE=1"
    )


def _installed() -> str | None:
    try:
        return metadata.version(ENGINE)
    except metadata.PackageNotFoundError:
        return None


def _build(source: str, tell: Tell) -> None:
    paths.STAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.STAGE, ignore_cleanup_errors=True) as stage:
        rendering.run([*COMMAND, str(paths.ROOT), "--path-output", stage, *STRICT], source, tell)
        rendering.refuse_missing_pages(paths.rendered(Path(stage)), ENGINE)
        files.swap_folder(paths.rendered(Path(stage)), paths.html(source))
