"""Executed notebooks and results to the files that the pages offer for download."""

from enclave.base import paths
from enclave_book.build import code_dependencies, exhibits_step, notebooks_step, scorecard_step
from enclave_book.build.nodes import Folder, Step, files, kind
from enclave_book.notebooks import contents


def steps(source: str) -> list[Step]:
    """One step for all downloads."""
    made = {path for notebook in contents.every() for path in notebooks_step.products(notebook, source)}
    results = [*exhibits_step.steps(source), *scorecard_step.steps(source)]
    made |= {node.path for step in results for node in step.products}
    inputs = [kind(source), *files(made | code_dependencies.closure(["enclave_book.pages.downloads"]))]
    products = [Folder(path=paths.downloads(source))]
    return [Step(name="downloads", run=lambda tell: _write(source), inputs=inputs, products=products)]


def _write(source: str) -> None:
    from enclave_book.pages import downloads

    downloads.write(source)
