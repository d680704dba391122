"""Running one notebook with papermill. The executed copy has the same bytes each time."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat

from enclave.base import files, paths, privacy, sources
from enclave.base.errors import EnclaveError, command
from enclave_book.notebooks import contents, environment

Report = Callable[[str], None]
QUIET = ["--IPKernelApp.log_level=ERROR", "--HistoryManager.enabled=False"]
SETTINGS_KEPT = ("kernelspec", "language_info")


def run(
    notebook: Path, output: Path, given: Mapping[str, object], report: Report = print, *, loaded: bool = False
) -> float:
    """Execute `notebook` with the parameters `given` and write the executed copy; returns the seconds it took.

    With `loaded`, the kernel begins with the libraries loaded where the system can fork: quicker for several notebooks.

    Raises EnclaveError, naming the cell, if the notebook fails or writes to the error stream, or if it lacks one of the
    parameters. The former copy then stays.
    """
    contents.check_parameters(notebook, given)
    environment.prepare_kernels()
    began = time.monotonic()
    source = str(given.get("source", contents.parameters(notebook).get("source", "twin")))
    executed = _papermill(notebook, given, source, report, loaded)
    seconds = time.monotonic() - began
    _refuse_error_stream(notebook, executed, source)
    files.write_text(nbformat.writes(tidied(executed)) + "\n", output)
    return seconds


@contextmanager
def former_kept(products: Iterable[Path], aside: Path | None = None) -> Generator[None]:
    """Restore the products if the code inside fails.

    With `aside`, they are restored in any case, and the new ones are left in that folder.
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
    """The executed notebook without times, run metadata and random splits of its output."""
    executed.metadata = nbformat.from_dict({key: executed.metadata[key] for key in SETTINGS_KEPT})
    for cell in executed.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = _merged(cell.outputs)
    return executed


def _papermill(
    notebook: Path, given: Mapping[str, object], source: str, report: Report, loaded: bool
) -> nbformat.NotebookNode:
    import papermill
    from jupyter_core.utils import ensure_event_loop

    from enclave_book.notebooks.kernel import LoadedKernel, OwnKernel

    cells = len(contents.cells(notebook))
    try:
        with closing(ensure_event_loop(prefer_selector_loop=True)):
            return papermill.execute_notebook(
                str(notebook),
                None,
                parameters=given,
                kernel_name="python3",
                kernel_manager_class=LoadedKernel if loaded else OwnKernel,
                progress_bar=False,
                # `cwd` would move this whole process, in which other notebooks start their kernels
                resources={"metadata": {"path": str(notebook.parent)}},
                extra_arguments=QUIET,
                shutdown_kernel="immediate",
                on_cell_start=lambda cell, cell_index: report(f"cell {cell_index + 1} of {cells}"),
            )
    except papermill.PapermillExecutionError as fault:
        raise _failure(notebook, fault, source) from None
    except RuntimeError as fault:
        raise EnclaveError(f"{notebook.name}: {fault}. Try again; if that does not help, free some memory.") from None


def _failure(notebook: Path, fault, source: str) -> EnclaveError:
    record = paths.FAILURES / f"{notebook.stem}.txt"
    trace = [privacy.WITHHELD] if sources.is_private(source) else fault.traceback
    files.write_text(f"{fault.source}\n\n" + "\n".join(trace) + "\n", record)
    number = _original_number(notebook, fault.source, fault.cell_index)
    return EnclaveError(
        f"{notebook.name}, cell {number}: {privacy.describe_type(fault.ename, fault.evalue, source)}\n"
        f"Correct the cell ({command('lab')} opens the notebooks) and build again. The full record is in {record}"
    )


def _original_number(notebook: Path, source: str, index: int) -> int:
    """Number of the failing cell in the file: papermill may have added a cell of parameters before it."""
    numbers = [cell.number for cell in contents.cells(notebook) if cell.text == source]
    return min(numbers, key=lambda number: abs(number - index - 1), default=index + 1)


def _refuse_error_stream(notebook: Path, executed: nbformat.NotebookNode, source: str) -> None:
    for number, cell in enumerate(executed.cells, start=1):
        printed = [output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"]
        if printed:
            raise EnclaveError(
                f"{notebook.name}, cell {number} wrote a warning: {_warning(printed, source)}\n"
                "Remove its cause; the book does not print warnings."
            )


def _warning(printed: list[str], source: str) -> str:
    return privacy.WITHHELD if sources.is_private(source) else "".join(printed).strip()


def _merged(outputs: list) -> list:
    """Neighbouring outputs of one stream joined: the kernel splits them at random places."""
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
    """Restore each product from its copy; one without a copy did not exist before and is removed."""
    for product in products:
        if (folder / product.name).exists():
            shutil.copy2(folder / product.name, product)
        else:
            product.unlink(missing_ok=True)


def record_time(notebook: Path, source: str, seconds: float) -> None:
    """Record how long a notebook took. Only the status page shows it."""
    text = json.dumps({"notebook": notebook.stem, "seconds": round(seconds, 1)})
    files.write_text(text + "\n", paths.timings(source) / f"{notebook.stem}.json")
