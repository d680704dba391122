"""What the steps of the build are made of, in the terms of pytask: files, folders and steps."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from _pytask.path import hash_path
from pytask import PTask

from enclave import paths, sources
from enclave.tasks.unchanged import MOMENT

Tell = Callable[[str], None]
# signature of a node -> the state that pytask was told last
TOLD: dict[str, str | None] = {}


@dataclass(kw_only=True)
class File:
    """A file whose state is its content; with `touch`, also the time of its last change."""

    path: Path
    touch: bool = False
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.as_posix()

    @property
    def signature(self) -> str:
        return sha256(f"{type(self).__name__} {self.path} {self.touch}".encode()).hexdigest()

    @property
    def recorded(self) -> str | None:
        """The state that pytask was told last, and which it has recorded if all is well."""
        return TOLD.get(self.signature)

    def state(self) -> str | None:
        """Called by pytask, which asks but one of the nodes that are the same."""
        TOLD[self.signature] = self.measure()
        return self.recorded

    def measure(self) -> str | None:
        """The state as it is now."""
        if not self.path.is_file():
            return None
        content = fingerprint(self.path)
        return f"{content} {self.path.stat().st_mtime_ns}" if self.touch else content

    def load(self, is_product: bool = False) -> Path:
        return self.path

    def save(self, value: Any) -> None:
        raise NotImplementedError("a step writes its products itself")


@dataclass(kw_only=True)
class Folder(File):
    """A folder whose state is the names and contents of its visible files, those named in `without` left out."""

    without: frozenset[str] = frozenset()

    def measure(self) -> str | None:
        files = [file for file in self.path.rglob("*") if file.is_file() and self._counts(file)]
        lines = sorted(f"{file.relative_to(self.path).as_posix()} {fingerprint(file)}" for file in files)
        return sha256("\n".join(lines).encode()).hexdigest() if files else None

    def _counts(self, file: Path) -> bool:
        parts = file.relative_to(self.path).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        return not hidden and file.name not in self.without


@dataclass(kw_only=True)
class Kind(File):
    """What the data of a source are (`sources.kind`): an input of all that says it. `path` is but a name for pytask."""

    source: str

    def measure(self) -> str:
        return sources.kind(self.source)


def kind(source: str) -> Kind:
    """The node of what the data of a source are."""
    return Kind(path=paths.planted(source) / ".kind", source=source)


@dataclass(kw_only=True)
class Step(PTask):
    """One step of the build: what it reads, what it makes, and the function that does it.

    The code that the step runs is among its inputs, so that its own state is constant.
    """

    name: str
    run: Callable[[Tell], None]
    inputs: list[File]
    products: list[File]
    announce: Callable[[str], Tell] | None = None
    markers: list = field(default_factory=list)
    report_sections: list = field(default_factory=list)
    attributes: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self):
        self.depends_on = {"inputs": self.inputs}
        self.produces = {"products": self.products}

    @property
    def signature(self) -> str:
        return sha256(f"step {self.name}".encode()).hexdigest()

    def state(self) -> str:
        return "step"

    def execute(self, inputs) -> None:
        self.function(inputs)

    def function(self, inputs) -> None:
        """Called by pytask; `run` gets a function to tell how far it is."""
        self.run(self.announce(self.name) if self.announce else print)


def fingerprint(path: Path) -> str:
    """Hash of a file's content, kept while this process runs and from run to run for files that are still the same.

    A file that was written a moment ago is read again: it could change once more without another time.
    """
    status = path.stat()
    if max(status.st_mtime_ns, status.st_ctime_ns) > time.time_ns() - MOMENT:
        return hash_path.__wrapped__(path, status.st_mtime_ns)
    return hash_path(path, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))


def files(places: Iterable[Path]) -> list[File]:
    """A node for each path, in order."""
    return [File(path=path) for path in sorted(places)]
