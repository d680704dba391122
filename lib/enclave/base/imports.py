"""Which files of our packages a piece of code runs, by its import statements. The build and the intake rely on it."""

import ast
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import grimp

from enclave.base import paths
from enclave.base.errors import EnclaveError

PACKAGES = ("enclave", "enclave_registers", "enclave_twin", "enclave_exercises", "enclave_course", "enclave_book")


def closure(modules: Iterable[str]) -> set[Path]:
    """Files of the given modules and of all modules of our packages that they import, directly or not."""
    graph = _graph(_state())
    found: set[str] = set()
    while modules := {package for name in modules for package in [*parents(name), name]} - found:
        found |= modules
        modules = set().union(*(graph.find_modules_directly_imported_by(name) for name in modules))
    return {module_file(name) for name in found}


def imported(tree: ast.AST) -> set[str]:
    """Names of the modules of our packages that the code of a notebook imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if find_module(name) is not None}


def module_file(name: str) -> Path:
    """File of a module of our packages. Raises EnclaveError for any other name."""
    file = find_module(name)
    if file is None:
        raise EnclaveError(f"There is no module {name!r} in {', '.join(PACKAGES)}. Correct the import.")
    return file


def find_module(name: str) -> Path | None:
    """File of a module of our packages; None for any other name, such as that of a function."""
    if name.split(".", maxsplit=1)[0] not in PACKAGES:
        return None
    stem = paths.LIB.joinpath(*name.split("."))
    candidates = [stem / "__init__.py", stem.with_suffix(".py")]
    return next((file for file in candidates if file.is_file()), None)


def parents(name: str) -> list[str]:
    """The packages whose `__init__` runs when `name` is imported."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _state() -> frozenset[tuple[Path, int]]:
    """Every module with the time of its last change: while these stay, the graph of imports stays."""
    files = [file for package in PACKAGES for file in (paths.LIB / package).rglob("*.py")]
    return frozenset((file, file.stat().st_mtime_ns) for file in files)


@lru_cache(maxsize=1)
def _graph(state: frozenset[tuple[Path, int]]) -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
