"""The map from a table or figure of the paper to its page, the functions that compute it, and its file."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from enclave.base import imports, paths
from enclave.exhibits import READS
from enclave_book.notebooks import contents
from enclave_book.pages.markdown import table


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: its name in files, the notebook that shows it, its maker, and the estimators of the maker."""

    name: str
    notebook: Path
    functions: list[str]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").title()


def every() -> list[Exhibit]:
    """All exhibits, in the order of the paper."""
    found = [exhibit for notebook in contents.every() for exhibit in of_notebook(notebook)]
    return sorted(found, key=lambda exhibit: list(READS).index(exhibit.name))


def of_notebook(notebook: Path) -> list[Exhibit]:
    """Exhibits that one notebook shows, in its order."""
    return [Exhibit(name, notebook, [f"exhibits.{name}.make", *_estimators(name)]) for name in contents.made(notebook)]


def page(source: str) -> str:
    """The map as a generated part of a page: titles link to the pages."""
    return _table("Page", lambda exhibit: f"{{doc}}`/notebooks/{exhibit.notebook.stem}`", "") + "\n"


def for_readme() -> str:
    """The map as the README has it."""
    folder = paths.results("<source>").relative_to(paths.BUILD.parent).as_posix()
    return _table("Notebook", lambda exhibit: f"`notebooks/{exhibit.notebook.name}`", f"{folder}/")


def _table(heading: str, place: Callable[[Exhibit], str], folder: str) -> str:
    rows = [
        (exhibit.title, place(exhibit), _code(exhibit.functions), f"`{folder}{exhibit.name}.csv`")
        for exhibit in every()
    ]
    return table(pd.DataFrame(rows, columns=["Exhibit", heading, "Functions", "File"]))


def _code(functions: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in functions)


def _estimators(exhibit: str) -> list[str]:
    """The functions of `enclave.estimators` that the module of an exhibit names, in its order."""
    tree = ast.parse(imports.module_file(f"enclave.exhibits.{exhibit}").read_text(encoding="utf-8"))
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = {alias.name for node in taken if node.module == "enclave.estimators" for alias in node.names}
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    named.sort(key=lambda node: (node.lineno, node.col_offset))
    whole = [(node.value, node.attr) for node in named]
    found = [f"{of.id}.{name}" for of, name in whole if isinstance(of, ast.Name) and of.id in modules]
    return list(dict.fromkeys(f"estimators.{name}" for name in found if name.rsplit(".")[-1].islower()))
