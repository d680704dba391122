"""The map from a table or figure of the paper to its page, the functions that make it, and its file."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.build import code_dependencies
from enclave_book.notebooks import contents

START, END = "<!-- exhibits:start -->", "<!-- exhibits:end -->"
NOT_MAKERS = {"facts", "figures", "panels", "paths", "results", "scorecard", "tables"}


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: its name in files, the notebook that makes it, and the functions it calls for that."""

    name: str
    notebook: Path
    functions: list[str]

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()


def every() -> list[Exhibit]:
    """All exhibits, sorted by name."""
    found = [exhibit for notebook in contents.every() for exhibit in of_notebook(notebook)]
    return sorted(found, key=lambda exhibit: exhibit.name)


def of_notebook(notebook: Path) -> list[Exhibit]:
    """Exhibits that one notebook writes, in its order."""
    statements = [statement for _, tree in contents.code(notebook) for statement in tree.body]
    modules = _modules(statements)
    written = zip(contents.written(notebook), contents.calls(notebook, "results", "write"), strict=True)
    return [Exhibit(name, notebook, _makers(call.args[0], statements, modules)) for name, (_, call) in written]


def for_book() -> str:
    """The map as a page part: titles link to the pages."""
    rows = [
        f"| {exhibit.title} | {{doc}}`/notebooks/{exhibit.notebook.stem}` | {_code(exhibit.functions)} "
        f"| `{exhibit.name}.csv` |"
        for exhibit in every()
    ]
    return "\n".join(["| Exhibit | Page | Functions | File |", "|---|---|---|---|", *rows]) + "\n"


def for_readme() -> str:
    """The map as it stands in the README."""
    rows = [
        f"| {exhibit.title} | `notebooks/{exhibit.notebook.name}` | {_code(exhibit.functions)} "
        f"| `_build/results/<source>/{exhibit.name}.csv` |"
        for exhibit in every()
    ]
    return "\n".join(["| Exhibit | Notebook | Functions | File |", "|---|---|---|---|", *rows])


def renewed(readme: str) -> str:
    """The README with the present map between its two marks. Raises EnclaveError if a mark is missing."""
    if START not in readme or END not in readme:
        raise EnclaveError(f"{paths.README.name} has lost a mark of the exhibit map. Put back {START} and {END}.")
    before, rest = readme.split(START, 1)
    return f"{before}{START}\n{for_readme()}\n{END}{rest.split(END, 1)[1]}"


def on_scorecard(number: str) -> str:
    """Name of the place of a table on the scorecard. The filter of that page reads it from the address."""
    return f"table={number}"


def _code(functions: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in functions)


def _modules(statements: list[ast.stmt]) -> dict[str, str]:
    """Name on the page -> module of the package."""
    found = {}
    for node in statements:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                if code_dependencies.module_file(module):
                    found[alias.asname or alias.name] = module.removeprefix("enclave.")
    return found


def _makers(frame: ast.expr, statements: list[ast.stmt], modules: dict[str, str]) -> list[str]:
    """Functions of the package that the frame goes back to, through every name it is made of."""
    made_from = defaultdict(list)
    for statement in statements:
        for name in _bound(statement):
            made_from[name].append(statement)
    waiting, seen, makers = [frame], set(), []
    while waiting:
        node = waiting.pop(0)
        makers += _called(node, modules)
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - seen
        seen |= names
        waiting += [statement for name in sorted(names) for statement in made_from.get(name, [])]
    return list(dict.fromkeys(makers))


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement gives a value, in loops too, and the name of a function that it defines."""
    nodes = list(ast.walk(statement))
    targets = [target for node in nodes for target in getattr(node, "targets", [])]
    names = {name for target in targets for name in _targeted(target)}
    return names | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def _targeted(target: ast.expr) -> Iterator[str]:
    """The names that an assignment to `target` changes: x in x, x[i], x.y and (x, i)."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Subscript, ast.Attribute)):
        yield from _targeted(target.value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from _targeted(part)


def _called(node: ast.AST, modules: dict[str, str]) -> list[str]:
    """Calls like `did.twfe(...)`, by module and name, those left out that only read, write or show."""
    calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
    named = [func for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)]
    found = [(modules.get(func.value.id), func.attr) for func in named]
    return [f"{module}.{name}" for module, name in found if module and module not in NOT_MAKERS]
