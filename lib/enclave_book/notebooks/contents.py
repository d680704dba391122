"""Reading notebooks without running them: their cells, parameters, title, and the exhibits that they show or read."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.exhibits import READS


@dataclass(frozen=True)
class Cell:
    """A cell: its number on the page, counted from 1, its kind, its text, its tags and its metadata."""

    number: int
    kind: str
    text: str
    metadata: dict

    @property
    def tags(self) -> list[str]:
        return self.metadata.get("tags", [])

    @property
    def prose(self) -> str:
        """The prose of a cell: its Markdown, or the sentences that it says; empty for other code."""
        return self.text if self.kind == "markdown" else said(self.text)

    def tree(self) -> ast.Module:
        """The code without lines that only IPython understands."""
        return _parsed(self.text)


def said(code: str) -> str:
    """The sentences of a cell that does nothing but `say` them, with names in the place of numbers; else empty."""
    found = ast.parse(code).body if code.startswith("say(") else []
    call = found[0].value if len(found) == 1 and isinstance(found[0], ast.Expr) else None
    literal = call.args[0] if isinstance(call, ast.Call) and call.args else None
    return str(literal.value) if isinstance(literal, ast.Constant) else ""


@cache
def _parsed(text: str) -> ast.Module:
    """The syntax tree of a cell. Do not change it: it is kept, since the build looks at each cell many times."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in text.splitlines()]
    return ast.parse("\n".join(lines))


def every() -> list[Path]:
    """The notebooks of the book: chapters in order of their numbers, then appendices in order of their letters."""
    chapters = sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    return [*chapters, *sorted(paths.NOTEBOOKS.glob("[A-Z]_*.ipynb"))]


def cells(notebook: Path) -> list[Cell]:
    """Raises EnclaveError if the file is not a notebook."""
    try:
        raw = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as fault:
        raise EnclaveError(f"{notebook.name} is not a notebook ({fault}). Restore the file or save it again.") from None
    return [
        Cell(number, cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}))
        for number, cell in enumerate(raw, start=1)
    ]


def code(notebook: Path) -> list[tuple[Cell, ast.Module]]:
    """Code cells and their syntax trees. Raises EnclaveError at a syntax error."""
    return [(cell, _tree(notebook, cell)) for cell in cells(notebook) if cell.kind == "code"]


def title(notebook: Path) -> str:
    """Text of the first heading."""
    lines = [line for cell in cells(notebook) if cell.kind == "markdown" for line in cell.text.splitlines()]
    return next((line[2:].strip() for line in lines if line.startswith("# ")), notebook.stem)


def parameters(notebook: Path) -> dict[str, object]:
    """Names and default values of the cell tagged `parameters`."""
    trees = [tree for cell, tree in code(notebook) if "parameters" in cell.tags]
    assignments = [node for tree in trees for node in tree.body if isinstance(node, ast.Assign)]
    named = [(node.targets[0], node.value) for node in assignments]
    return {target.id: ast.literal_eval(value) for target, value in named if isinstance(target, ast.Name)}


def made(notebook: Path) -> list[str]:
    """Exhibits that the page shows, in its order: those whose maker it calls, as in `table_2.make(data)`."""
    nodes = [node for _, tree in code(notebook) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [ast.unparse(node.func) for node in nodes]
    exhibits = [name.removesuffix(".make") for name in called if name.endswith(".make")]
    return list(dict.fromkeys(exhibit for exhibit in exhibits if exhibit in READS))


def written(notebook: Path) -> list[str]:
    """Exhibits that a notebook writes itself, `results.write(frame, exhibit, source)`, in order; no chapter does."""
    return [_literal(notebook, cell, call, 1) for cell, call in calls(notebook, "results", "write")]


def read(notebook: Path) -> set[str]:
    """Exhibits of other notebooks that the notebook reads with `results.read(exhibit, source)`."""
    own = set(written(notebook))
    return {_literal(notebook, cell, call, 0) for cell, call in calls(notebook, "results", "read")} - own


def calls(notebook: Path, module: str, function: str) -> list[tuple[Cell, ast.Call]]:
    """Every call `module.function(...)` with its cell."""
    wanted = f"{module}.{function}"
    nodes = [(cell, node) for cell, tree in code(notebook) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(cell, node) for cell, node in nodes if ast.unparse(node.func) == wanted]


def check_parameters(notebook: Path, given: Mapping[str, object]) -> None:
    """Raises EnclaveError for a parameter that the notebook does not have, naming those that it has."""
    known = parameters(notebook)
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            raise EnclaveError(f"{notebook.name} has no parameter {name!r}. Its parameters are: {names}.")


def _tree(notebook: Path, cell: Cell) -> ast.Module:
    try:
        return cell.tree()
    except SyntaxError as fault:
        place = f"{notebook.name}, cell {cell.number}, line {fault.lineno}"
        raise EnclaveError(f"{place}: {fault.msg}. Correct the cell and build again.") from None


def _literal(notebook: Path, cell: Cell, call: ast.Call, position: int) -> str:
    given = call.args[position] if len(call.args) > position else None
    if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        raise EnclaveError(
            f"{notebook.name}, cell {cell.number}: {ast.unparse(call.func)} needs the exhibit as a literal string, "
            'such as "table_2". The build reads it to know which files the notebook writes.'
        )
    return given.value
