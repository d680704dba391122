"""The book by plain Sphinx and the newest packages, for the day on which jupyter-book no longer works."""

import tempfile
from collections import Counter
from pathlib import Path

from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave.base.errors import command as command_line
from enclave_book.build import progress, runner
from enclave_book.build.nodes import Report
from enclave_book.render import compare_books, plain_config, rendering

ENGINE, SETTINGS = "Sphinx", "conf.py"
RENDERING, COMPARING = "book by plain Sphinx", "comparison"
COUNTED = ["page", "heading", "figure", "table", "row", "text", "equation", "box", "link", "download"]
STRICT = ["--fail-on-warning", "--keep-going", "--nitpicky"]


def run(source: str, alone: bool = False) -> Path:
    """Bring the book up to date, render it a second time by plain Sphinx, and compare the two page by page.

    With `alone`, the book is not rendered by jupyter-book, which need not be installed, and nothing is compared.
    Returns the cover of the second book.
    Raises EnclaveError if Sphinx is not set up or finds a fault, or with one line for each difference of the two.
    """
    refuse_without_sphinx()
    runner.build(source, "pages" if alone else "book")
    with runner.only_build(), progress.Progress(1 if alone else 2) as shown:
        render(source, shown.start(RENDERING))
        shown.end(RENDERING, "done")
        if not alone:
            shown.start(COMPARING)
            counts = refuse_differences(source)
            shown.end(COMPARING, "done")
            print("  the same in both: " + ", ".join(f"{kind} {counts[kind]}" for kind in COUNTED), flush=True)
    return paths.next_html(source) / "index.html"


def refuse_differences(source: str) -> Counter:
    """Returns how much was compared. Raises EnclaveError with one line for each difference of the two books."""
    found, counts = compare_books.compare(paths.html(source), paths.next_html(source))
    if found:
        raise EnclaveError("\n".join([*found, f"Differences between the two books: {len(found)}"]))
    return counts


def refuse_without_sphinx() -> None:
    """Raises EnclaveError if the environment of plain Sphinx has not been made."""
    if not paths.next_python().exists():
        raise EnclaveError(
            f"Plain Sphinx is not set up: {paths.NEXT_PLACE.name} is missing. Run: {command_line('book-next')}"
        )


def render(source: str, report: Report) -> None:
    """Render the book of `source` from what its build has made. Raises EnclaveError with the warnings, if any."""
    paths.STAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.STAGE) as stage:
        files.write_text(plain_config.text(paths.book_source(source)), Path(stage, SETTINGS))
        rendering.run(command(paths.book_source(source), Path(stage)), source, report, {"PYTHONPATH": str(paths.LIB)})
        rendering.refuse_missing_pages(Path(stage, "html"), ENGINE)
        files.swap_folder(Path(stage, "html"), paths.next_html(source))


def command(folder: Path, stage: Path) -> list[str]:
    """The call of Sphinx on the book in `folder`: its settings are in `stage`, and the pages go to `stage/html`."""
    places = ["--conf-dir", str(stage), "--doctree-dir", str(stage / "doctrees")]
    whole = ["--builder", "html", "--fresh-env", "--write-all"]
    return [str(paths.next_python()), "-m", "sphinx", *whole, *places, *STRICT, str(folder), str(stage / "html")]
