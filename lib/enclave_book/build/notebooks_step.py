"""Panels to executed notebooks, one step per notebook."""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from enclave.base import imports, paths
from enclave.base.errors import EnclaveError
from enclave_book.build.nodes import File, Folder, Report, Step, files, kind
from enclave_book.notebooks import contents


def steps(source: str) -> list[Step]:
    """One step for each notebook. Raises EnclaveError if two of them show the same exhibit."""
    _refuse_shared_exhibits()
    return [_step(notebook, source) for notebook in contents.every()]


def executed(notebook: Path, source: str) -> Path:
    """Place of the executed copy of a notebook."""
    return paths.executed(source) / notebook.name


def products(notebook: Path, source: str) -> list[Path]:
    """What a notebook makes: its executed copy, and results if it writes some itself."""
    results = [paths.results(source) / f"{exhibit}.csv" for exhibit in contents.written(notebook)]
    return [executed(notebook, source), *results]


def _step(notebook: Path, source: str) -> Step:
    return Step(
        name=notebook.stem,
        run=partial(_run, notebook, source),
        inputs=_inputs(notebook, source),
        products=files(set(products(notebook, source))),
        kept=partial(_former_kept, products(notebook, source)),
    )


def _inputs(notebook: Path, source: str) -> list[File]:
    modules = set().union(*(imports.imported(tree) for _, tree in contents.code(notebook)))
    results = [paths.results(source) / f"{exhibit}.csv" for exhibit in contents.read(notebook)]
    folders = [paths.FACTS, paths.PUBLISHED, paths.PUBLIC, paths.FONTS, paths.validated(source), paths.panels(source)]
    truth = [paths.ground_truth(source)] if paths.target_counts(source) or paths.ground_truth(source).exists() else []
    code = imports.closure(modules)
    counts = [paths.TWIN] if imports.module_file("enclave.panels.targets") in code else []
    return [
        File(path=notebook, touch=True),
        kind(source),
        *[Folder(path=folder) for folder in [*folders, *truth, *counts]],
        *files(code | {imports.module_file("enclave_book.notebooks.execute")} | set(results)),
    ]


def _run(notebook: Path, source: str, tell: Report) -> None:
    from enclave_book.notebooks import execute

    defaults = contents.parameters(notebook)
    given = {"source": source} if defaults.get("source", source) != source else {}
    seconds = execute.run(notebook, executed(notebook, source), given, tell, loaded=True)
    execute.record_time(notebook, source, seconds)


def _former_kept(products: list[Path]) -> AbstractContextManager:
    from enclave_book.notebooks import execute

    return execute.former_kept(products)


def _refuse_shared_exhibits() -> None:
    pages: dict[str, str] = {}
    for notebook in contents.every():
        for exhibit in {*contents.made(notebook), *contents.written(notebook)}:
            other = pages.setdefault(exhibit, notebook.name)
            if other != notebook.name:
                raise EnclaveError(f"{other} and {notebook.name} both show {exhibit!r}. Keep it in one of them.")
