"""Executed notebooks and results to the files that the pages offer for download."""

from enclave import paths
from enclave.tasks import imports, notebooks, task_notebooks, task_scorecard
from enclave.tasks.nodes import Folder, Step, files, kind


def steps(source: str) -> list[Step]:
    """One step for all downloads."""
    made = {path for notebook in notebooks.every() for path in task_notebooks.products(notebook, source)}
    made |= {node.path for step in task_scorecard.steps(source) for node in step.products}
    inputs = [kind(source), *files(made | imports.closure(["enclave.tasks.downloads"]))]
    products = [Folder(path=paths.downloads(source))]
    return [Step(name="downloads", run=lambda tell: _write(source), inputs=inputs, products=products)]


def _write(source: str) -> None:
    from enclave.tasks import downloads

    downloads.write(source)
