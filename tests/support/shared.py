"""What is costly and made once for a whole run: the worker that needs it first makes it, the others wait for it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def folder(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this run, filled by `make` unless another worker has done it. Do not write into it."""
    root = _root_of_run(factory)
    made, finished = root / name, root / f"{name}.finished"
    with FileLock(root / f"{name}.lock"):
        if not finished.exists():
            # what a worker left when `make` failed there
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            make(made)
            finished.touch()
    return made


def _root_of_run(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the run; each worker has one of its own inside."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
