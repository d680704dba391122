"""The project's own files as the tests of habits see them: modules, functions, tracked files, prose."""

import ast
import io
import re
import subprocess
import tokenize
from dataclasses import dataclass
from pathlib import Path

from enclave.base import paths

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NO_PROSE = re.compile(r"(`{3,}|:{3,}|~{3,}).*?^\1|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Function:
    """A function: where it stands and how many lines of code it has."""

    place: str
    name: str
    lines: int


def modules() -> list[Path]:
    return sorted(paths.LIB.rglob("*.py"))


def place(file: Path, line: int | None = None) -> str:
    name = file.relative_to(paths.ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def code_lines(file: Path) -> set[int]:
    """Numbers of the lines that hold code: no comment, docstring or blank."""
    text = file.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return lines - {line for node in docstrings(tree(file)) for line in range(node.lineno, node.end_lineno + 1)}


def docstrings(module: ast.Module) -> list[ast.Expr]:
    owners = [node for node in ast.walk(module) if isinstance(node, WITH_DOCSTRING)]
    return [node.body[0] for node in owners if ast.get_docstring(node, clean=False) is not None]


def functions() -> list[Function]:
    found = []
    for file in modules():
        lines = code_lines(file)
        for node in ast.walk(tree(file)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                size = len(lines & set(range(node.lineno, node.end_lineno + 1)))
                found.append(Function(place(file, node.lineno), node.name, size))
    return found


def texts(file: Path) -> list[ast.Constant]:
    """Texts in the code of a module, docstrings left out."""
    module = tree(file)
    left_out = {id(node.value) for node in docstrings(module)}
    constants = [node for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node for node in constants if id(node) not in left_out]


def tracked() -> list[Path]:
    """Files that git holds or would take in."""
    command = ["git", "-C", str(paths.ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [file for name in names if (file := paths.ROOT / name).is_file()]


def without_code(text: str) -> str:
    """Prose alone: code, formulas and directives become blanks, so that line numbers stay."""
    return NO_PROSE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
