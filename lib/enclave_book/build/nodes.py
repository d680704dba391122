"""What the steps of the build are made of, in the terms of pytask: files, folders and steps."""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from _pytask.path import hash_path
from pytask import PTask

from enclave.base import paths, sources, walking
from enclave.base.errors import EnclaveError
from enclave_book.build.unchanged import MOMENT

Tell = Callable[[str], None]


@dataclass(kw_only=True)
class File:
    """A file whose content counts; with `touch`, also the time of its last change."""

    path: Path
    touch: bool = False
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.as_posix()

    @property
    def signature(self) -> str:
        return sha256(f"{type(self).__name__} {self.path} {self.touch}".encode()).hexdigest()

    def state(self) -> str | None:
        """Called by pytask: only whether it is there. What it holds is part of the state of each step."""
        return "there" if self.exists() else None

    def exists(self) -> bool:
        return self.path.is_file()

    def measure(self) -> str | None:
        """What it holds now; None if it is missing."""
        if not self.exists():
            return None
        content = fingerprint(self.path)
        return f"{content} {self.path.stat().st_mtime_ns}" if self.touch else content

    def load(self, is_product: bool = False) -> Path:
        return self.path

    def save(self, value: Any) -> None:
        raise NotImplementedError("a step writes its products itself")


@dataclass(kw_only=True)
class Folder(File):
    """A folder, by the names and contents of its visible files; of those named in `without` only the names count."""

    without: frozenset[str] = frozenset()

    def exists(self) -> bool:
        return any(True for _ in self._files())

    def measure(self) -> str | None:
        lines = sorted(f"{file.relative_to(self.path).as_posix()} {self._content(file)}" for file in self._files())
        return sha256("\n".join(lines).encode()).hexdigest() if lines else None

    def _files(self) -> Iterable[Path]:
        return filter(Path.is_file, map(Path, walking.files(self.path)))

    def _content(self, file: Path) -> str:
        return "" if file.name in self.without else fingerprint(file)


@dataclass(kw_only=True)
class Kind(File):
    """What the data of a source are (`sources.kind`): an input of all that says it. `path` is but a name for pytask."""

    source: str

    def exists(self) -> bool:
        return True

    def measure(self) -> str:
        return sources.kind(self.source)


def kind(source: str) -> Kind:
    """The node of what the data of a source are."""
    return Kind(path=paths.ground_truth(source) / ".kind", source=source)


@dataclass(kw_only=True)
class Step(PTask):
    """One step of the build: what it reads, what it makes, and the function that does it.

    Its state is that of all its files, each looked at once: inputs before it runs, products after it. So an input that
    changes later, while it runs or after, is never taken for what it has read. The code that it runs is an input.
    `kept` puts the former products back if the step fails.
    """

    name: str
    run: Callable[[Tell], None]
    inputs: list[File]
    products: list[File]
    announce: Callable[[str], Tell] | None = None
    kept: Callable[[], AbstractContextManager] = nullcontext
    # signature of a node -> what it held when this step looked at it
    seen: dict[str, str | None] = field(default_factory=dict)
    markers: list = field(default_factory=list)
    report_sections: list = field(default_factory=list)
    attributes: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self):
        self.depends_on = {"inputs": self.inputs}
        self.produces = {"products": self.products}

    @property
    def signature(self) -> str:
        return sha256(f"step {self.name}".encode()).hexdigest()

    @property
    def nodes(self) -> list[File]:
        return [*self.inputs, *self.products]

    def state(self) -> str:
        """Called by pytask, to compare it before the step runs and to record it at the end."""
        if not self.seen:
            self._look(self.nodes)
        lines = [f"{type(node).__name__} {_label(node.path)} {self.seen[node.signature]}" for node in self.nodes]
        return sha256("\n".join(lines).encode()).hexdigest()

    def execute(self, inputs) -> None:
        self.function(inputs)

    def function(self, inputs) -> None:
        """Called by pytask; `run` gets a function to tell how far it is.

        Raises EnclaveError if an input has changed meanwhile: nobody knows which of both contents was read.
        """
        self.state()
        with self.kept():
            self.run(self.announce(self.name) if self.announce else print)
            self._refuse_changed_inputs()
        self._look(self.products)

    def _look(self, nodes: Iterable[File]) -> None:
        self.seen |= {node.signature: node.measure() for node in nodes}

    def _refuse_changed_inputs(self) -> None:
        changed = [node.name for node in self.inputs if node.measure() != self.seen[node.signature]]
        if changed:
            raise EnclaveError(f"{', '.join(changed)} changed while {self.name} ran. Build again.")


def _label(path: Path) -> str:
    """A name of a path that stays the same when the repository moves."""
    for word, place in {"build": paths.BUILD, "licensed": paths.LICENSED, "repository": paths.ROOT}.items():
        if path.is_relative_to(place):
            return f"{word} {path.relative_to(place).as_posix()}"
    return path.as_posix()


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
