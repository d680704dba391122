"""The map from a table or figure of the paper to its page, the functions that compute it, and its file."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from enclave.base import imports
from enclave.exhibits import READS
from enclave_book.notebooks import contents
from enclave_book.pages.markdown import narrow, table


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: its name in files, the notebook that shows it, and the estimators of its maker."""

    name: str
    notebook: Path
    estimators: list[str]

    @property
    def title(self) -> str:
        """Its name in words: Table 1, Appendix A, Many estimators."""
        words = self.name.capitalize().split("_")
        return " ".join(word.upper() if len(word) == 1 else word for word in words)


def every() -> list[Exhibit]:
    """All exhibits, in the order of the paper."""
    found = [exhibit for notebook in contents.every() for exhibit in of_notebook(notebook)]
    return sorted(found, key=lambda exhibit: list(READS).index(exhibit.name))


def of_notebook(notebook: Path) -> list[Exhibit]:
    """Exhibits that one notebook shows, in its order."""
    return [Exhibit(name, notebook, _estimators(name)) for name in contents.made(notebook)]


def page(source: str) -> str:
    """The map as a generated part of a page, with the estimators of each exhibit: titles link to the pages."""
    rows = [
        (
            exhibit.title,
            f"{{doc}}`/notebooks/{exhibit.notebook.stem}`",
            _code(exhibit.estimators),
            f"`{exhibit.name}.csv`",
        )
        for exhibit in every()
    ]
    return table(pd.DataFrame(rows, columns=["Exhibit", "Page", "Estimators", "File"])) + "\n"


def for_readme() -> str:
    """The map as the README has it, with the modules of the estimators, so that its lines stay short."""
    rows = []
    for exhibit in every():
        modules = list(dict.fromkeys(name.split(".")[0] for name in exhibit.estimators))
        link = f"[{exhibit.notebook.stem}](notebooks/{exhibit.notebook.name})"
        rows.append((exhibit.title, link, f"`{exhibit.name}`", _code(modules)))
    return narrow(pd.DataFrame(rows, columns=["Exhibit", "Notebook", "Maker and file", "Estimators"]))


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
    return list(dict.fromkeys(name for name in found if name.rsplit(".")[-1].islower()))
