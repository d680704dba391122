"""Which files of our packages a module runs, found by its import statements."""

import ast
from functools import lru_cache
from pathlib import Path

from enclave.base import paths


def closure(module: str) -> set[Path]:
    """The files of a module of ours and of all modules that it imports, directly or not, with their packages."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file and name not in found:
            found[name] = file
            waiting += [name.rpartition(".")[0], *_imported(file, file.stat().st_mtime_ns)]
    return set(found.values())


def _file(name: str) -> Path | None:
    """The file of a module in `lib/`; None for any other name, such as that of a function or of a library."""
    if not name:
        return None
    stem = paths.LIB.joinpath(*name.split("."))
    return next((file for file in (stem / "__init__.py", stem.with_suffix(".py")) if file.is_file()), None)


@lru_cache(maxsize=1000)
def _imported(file: Path, changed: int) -> tuple[str, ...]:
    """Names that a file imports: of modules, or of what is in them. `changed` lets an edited file be read again."""
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)
