"""Which modules of the package a piece of code runs, found by reading its import statements."""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from enclave.base import paths

PACKAGES = ("enclave", "enclave_registers", "enclave_twin", "enclave_book")


def closure(modules: Iterable[str]) -> set[Path]:
    """Files of the given modules and of every module of the package that they import, directly or not."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        file = module_file(name)
        if file is None or name in found:
            continue
        found[name] = file
        waiting += [*parents(name), *imported_by(file)]
    return set(found.values())


def imported_by(file: Path) -> set[str]:
    """Names of the modules of the package that a file imports, as it stands now."""
    return _imported_by(file, file.stat().st_mtime_ns)


@cache
def _imported_by(file: Path, changed: int) -> set[str]:
    return imported(ast.parse(file.read_text(encoding="utf-8")), package_of(file))


def imported(tree: ast.AST, package: str = "") -> set[str]:
    """Names of the package's modules that the code imports; `package` resolves relative imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in names if module_file(name) is not None}


def module_file(name: str) -> Path | None:
    """File of a module of the package; None for anything else, such as a function."""
    if name.split(".")[0] not in PACKAGES:
        return None
    stem = paths.LIB.joinpath(*name.split("."))
    candidates = [stem / "__init__.py", stem.with_suffix(".py")]
    return next((file for file in candidates if file.is_file()), None)


def package_of(file: Path) -> str:
    """Name of the package that a file of ours stands in."""
    return ".".join(file.relative_to(paths.LIB).parent.parts)


def parents(name: str) -> list[str]:
    """The packages whose `__init__` runs when `name` is imported."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    base = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*base, *filter(None, [node.module])])
