"""Running one notebook: papermill does it, and what it leaves is the same to the byte each time."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat

from enclave.base import files, paths, privacy, sources
from enclave.base.errors import EnclaveError, command
from enclave_book.notebooks import contents, environment

Tell = Callable[[str], None]
QUIET = ["--IPKernelApp.log_level=ERROR", "--HistoryManager.enabled=False"]
SETTINGS_KEPT = ("kernelspec", "language_info")


def run(notebook: Path, output: Path, given: dict[str, object], tell: Tell = print) -> float:
    """Execute `notebook` with the parameters `given` and write the executed copy; returns the seconds it took.

    Raises EnclaveError, naming the cell, if the notebook fails or writes to the error stream, or if it has no such
    parameter. The former copy then stays.
    """
    contents.check_parameters(notebook, given)
    environment.prepare_kernels()
    began = time.monotonic()
    source = str(given.get("source", contents.parameters(notebook).get("source", "twin")))
    executed = _papermill(notebook, given, source, tell)
    seconds = time.monotonic() - began
    _refuse_error_stream(notebook, executed, source)
    files.write_text(nbformat.writes(tidied(executed)) + "\n", output)
    return seconds


@contextmanager
def former_kept(products: Iterable[Path], aside: Path | None = None) -> Iterator[None]:
    """Put the products back as they were if what happens inside fails.

    With `aside`, they are put back in any case, and what was made inside is left in that folder.
    """
    products = list(products)
    paths.STAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.STAGE, ignore_cleanup_errors=True) as kept:
        _copy(products, Path(kept))
        try:
            yield
            if aside:
                _copy(products, aside)
                _put_back(products, Path(kept))
        except BaseException:
            _put_back(products, Path(kept))
            raise


def tidied(executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The executed notebook without times, run metadata and chance in how output arrived."""
    executed.metadata = nbformat.from_dict({key: executed.metadata[key] for key in SETTINGS_KEPT})
    for cell in executed.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = _merged(cell.outputs)
    return executed


def _papermill(notebook: Path, given: dict[str, object], source: str, tell: Tell) -> nbformat.NotebookNode:
    import papermill
    from jupyter_core.utils import ensure_event_loop

    from enclave_book.notebooks.kernel import OwnKernel

    cells = len(contents.cells(notebook))
    try:
        with closing(ensure_event_loop(prefer_selector_loop=True)):
            return papermill.execute_notebook(
                str(notebook),
                None,
                parameters=given,
                kernel_name="python3",
                kernel_manager_class=OwnKernel,
                progress_bar=False,
                cwd=str(notebook.parent),
                extra_arguments=QUIET,
                shutdown_kernel="immediate",
                on_cell_start=lambda cell, cell_index: tell(f"cell {cell_index + 1} of {cells}"),
            )
    except papermill.PapermillExecutionError as fault:
        raise _failure(notebook, fault, source) from None
    except RuntimeError as fault:
        raise EnclaveError(f"{notebook.name}: {fault}. Try again; if it stays so, free some memory.") from None


def _failure(notebook: Path, fault, source: str) -> EnclaveError:
    record = paths.FAILURES / f"{notebook.stem}.txt"
    way = [privacy.WITHHELD] if sources.is_private(source) else fault.traceback
    files.write_text(f"{fault.source}\n\n" + "\n".join(way) + "\n", record)
    number = _original_number(notebook, fault.source, fault.cell_index)
    return EnclaveError(
        f"{notebook.name}, cell {number}: {privacy.describe_type(fault.ename, fault.evalue, source)}\n"
        f"Mend the cell ({command('lab')} opens the notebooks) and build again. The full record is in {record}"
    )


def _original_number(notebook: Path, source: str, index: int) -> int:
    """Number of the failing cell in the file: papermill may have put a cell of parameters before it."""
    numbers = [cell.number for cell in contents.cells(notebook) if cell.text == source]
    return min(numbers, key=lambda number: abs(number - index - 1), default=index + 1)


def _refuse_error_stream(notebook: Path, executed: nbformat.NotebookNode, source: str) -> None:
    for number, cell in enumerate(executed.cells, start=1):
        said = [output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"]
        if said:
            raise EnclaveError(
                f"{notebook.name}, cell {number} wrote a warning: {_warning(said, source)}\n"
                "Mend its cause; the book does not print warnings."
            )


def _warning(said: list[str], source: str) -> str:
    return privacy.WITHHELD if sources.is_private(source) else "".join(said).strip()


def _merged(outputs: list) -> list:
    """Neighbouring pieces of one stream joined: where the kernel cuts them is chance."""
    merged: list = []
    for output in outputs:
        same = merged and output.output_type == "stream" == merged[-1].output_type and output.name == merged[-1].name
        if same:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _copy(products: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for product in filter(Path.exists, products):
        shutil.copy2(product, folder / product.name)


def _put_back(products: list[Path], folder: Path) -> None:
    """Restore each product from its copy; one without a copy was not there before and goes."""
    for product in products:
        if (folder / product.name).exists():
            shutil.copy2(folder / product.name, product)
        else:
            product.unlink(missing_ok=True)


def record_time(notebook: Path, source: str, seconds: float) -> None:
    """Write down how long a notebook took. Nothing is built from this file."""
    text = json.dumps({"notebook": notebook.stem, "seconds": round(seconds, 1)})
    files.write_text(text + "\n", paths.timings(source) / f"{notebook.stem}.json")
