"""The project's own files as the tests of habits see them: modules, tracked files, prose."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

from enclave.base import paths

WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NO_PROSE = re.compile(r"(`{3,}|:{3,}|~{3,}).*?^\1|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def modules() -> list[Path]:
    """All modules of the packages."""
    return sorted(paths.LIB.rglob("*.py"))


def place(file: Path, line: int | None = None) -> str:
    """Path of a file in the project, with a line if one is given."""
    name = file.relative_to(paths.ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


@cache
def tree(file: Path) -> ast.Module:
    """The parsed module. Do not change it: it is kept for the next test."""
    return ast.parse(file.read_text(encoding="utf-8"))


def texts(file: Path) -> list[ast.Constant]:
    """Texts in the code of a module without its docstrings."""
    module = tree(file)
    left_out = {id(expression.value) for expression in _docstrings(module)}
    constants = [node for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node for node in constants if id(node) not in left_out]


def _docstrings(module: ast.Module) -> list[ast.Expr]:
    owners = [node for node in ast.walk(module) if isinstance(node, WITH_DOCSTRING)]
    first = [owner.body[0] for owner in owners if ast.get_docstring(owner, clean=False) is not None]
    return [statement for statement in first if isinstance(statement, ast.Expr)]


def tracked() -> list[Path]:
    """Files that git tracks, and new ones that it does not ignore."""
    command = ["git", "-C", str(paths.ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [file for name in names if (file := paths.ROOT / name).is_file()]


def without_code(text: str) -> str:
    """The prose of a page. Code, formulas and directives become blanks, so that line numbers stay the same."""
    return NO_PROSE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
