"""The book by jupyter-book, from its folder of MyST files to HTML."""

import sys
import tempfile
from importlib import metadata
from pathlib import Path

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book.build.nodes import Report
from enclave_book.render import rendering

ENGINE, MAJOR = "jupyter-book", "1"
PROGRAM = "import enclave_book; from jupyter_book.cli.main import main; main()"
COMMAND = [sys.executable, "-c", PROGRAM, "build", "--all"]
STRICT = ["--warningiserror", "--keep-going", "--nitpick"]


def refuse_other_engine() -> None:
    """Raises EnclaveError unless jupyter-book 1 is installed. Version 2 would write no page and report no fault."""
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


def render(source: str, report: Report) -> None:
    """Render `paths.book_source(source)`; the former book is replaced as a whole. Errors as `render_folder`."""
    render_folder(paths.book_source(source), paths.html(source), source, report)


def render_folder(folder: Path, target: Path, source: str, report: Report) -> None:
    """Render a folder of MyST files of `source`; what was at `target` is replaced as a whole.

    Raises EnclaveError with the warnings, if there are any, or if a page is missing.
    """
    paths.STAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.STAGE, ignore_cleanup_errors=True) as stage:
        command = [*COMMAND, str(folder), "--path-output", stage, *STRICT]
        rendering.run(command, source, report)
        rendering.refuse_missing_pages(paths.rendered(Path(stage)), ENGINE)
        files.swap_folder(paths.rendered(Path(stage)), target)
