"""What the steps of a build consist of, in the terms of pytask: files, code, folders and steps."""

import ast
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from _pytask.path import hash_path
from pytask import PTask

from enclave.base import paths, sources, walking
from enclave.base.errors import EnclaveError
from enclave_book.build.unchanged import MOMENT

Report = Callable[[str], None]


@dataclass(kw_only=True)
class File:
    """A file, by its content; with `touch`, also by the time of its last change.

    `pytask.PathNode` is not used: it trusts the time of the last change alone, and pytask would read the content when a
    step ends, not when the step begins.
    """

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
        """Called by pytask: only whether the file exists. Its content is part of the state of each step."""
        return "exists" if self.exists() else None

    def exists(self) -> bool:
        return self.path.is_file()

    def measure(self) -> str | None:
        """The state of the content now; None if the file is missing."""
        if not self.exists():
            return None
        content = fingerprint(self.path)
        return f"{content} {self.path.stat().st_mtime_ns}" if self.touch else content

    def load(self, is_product: bool = False) -> Path:
        return self.path

    def save(self, value: Any) -> None:
        raise NotImplementedError("a step writes its products itself")


@dataclass(kw_only=True)
class Code(File):
    """A Python file, by its statements. A changed comment or line break does not count; a docstring does."""

    def measure(self) -> str | None:
        return code_hash(self.path, fingerprint(self.path)) if self.exists() else None


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
    """The kind of data of a source (`sources.kind`), an input of all that names it. `path` is a name for pytask."""

    source: str

    def exists(self) -> bool:
        return True

    def measure(self) -> str:
        return sources.kind(self.source)


def kind(source: str) -> Kind:
    """The node of the kind of data of a source."""
    return Kind(path=paths.ground_truth(source) / ".kind", source=source)


@dataclass(kw_only=True)
class Step(PTask):
    """One step of the build: its inputs, its products, and the function that makes them.

    Its state is that of all its files. Inputs are measured before the step runs, products after it. So a change of an
    input during the run or later is never taken for what the step has read. The code that it runs is an input.
    `kept` restores the former products if the step fails.
    """

    name: str
    run: Callable[[Report], None]
    inputs: list[File]
    products: list[File]
    announce: Callable[[str], Report] | None = None
    kept: Callable[[], AbstractContextManager] = nullcontext
    # signature of a node -> its state when this step measured it
    seen: dict[str, str | None] = field(default_factory=dict)
    markers: list = field(default_factory=list)
    report_sections: list = field(default_factory=list)
    attributes: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # pytask orders the steps by these. No step makes code, and pytask takes milliseconds for each node.
        # Its type of a tree has no list of `File`.
        self.waits_for = [node for node in self.inputs if not isinstance(node, Code)]
        inputs: dict[str, Any] = {"inputs": self.waits_for}
        products: dict[str, Any] = {"products": self.products}
        self.depends_on, self.produces = inputs, products

    def add_input(self, node: File) -> None:
        """One more file that the step reads."""
        self.inputs.append(node)
        self.waits_for.append(node)

    @property
    def signature(self) -> str:
        return sha256(f"step {self.name}".encode()).hexdigest()

    @property
    def nodes(self) -> list[File]:
        return [*self.inputs, *self.products]

    def state(self) -> str:
        """Called by pytask, to compare it before the step runs and to record it at the end."""
        if not self.seen:
            self._measure(self.nodes)
        lines = [f"{type(node).__name__} {_label(node.path)} {self.seen[node.signature]}" for node in self.nodes]
        return sha256("\n".join(lines).encode()).hexdigest()

    def execute(self, **kwargs: Any) -> None:
        self.function(**kwargs)

    def function(self, inputs) -> None:
        """Called by pytask. `run` gets a function that shows its progress.

        Raises EnclaveError if an input has changed meanwhile: it is unknown which of its contents was read.
        """
        self.state()
        with self.kept():
            self.run(self.announce(self.name) if self.announce else print)
            self._refuse_changed_inputs()
        self._measure(self.products)

    def _measure(self, nodes: Iterable[File]) -> None:
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
    """Hash of a file's content. It is kept in this process and from run to run for files that are still the same.

    A file that was written a moment ago is read again: it could change once more within the same time stamp.
    """
    status = path.stat()
    if max(status.st_mtime_ns, status.st_ctime_ns) > time.time_ns() - MOMENT:
        return hash_path.__wrapped__(path, status.st_mtime_ns)
    return hash_path(path, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))


@cache
def code_hash(path: Path, content: str) -> str:
    """Hash of a Python file's syntax tree, without comments and positions. `content` is the file's fingerprint.

    A file that is not valid Python is hashed as it is.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return content
    return sha256(ast.dump(tree).encode()).hexdigest()


def files(places: Iterable[Path]) -> list[File]:
    """A node for each path, in order: `Code` for a Python file, `File` for any other."""
    return [Code(path=path) if path.suffix == ".py" else File(path=path) for path in sorted(places)]
