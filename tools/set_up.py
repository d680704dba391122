"""The environments of the project. Each is made from its lock, and used only when it is complete.

Nothing is resolved, and nothing is fetched that the lock does not name. Runs on the standard library alone.
"""

import errno
import importlib.util
import json
import os
import shutil
import sys
import time
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools import failures, locks
from tools.installer import Installer, SetUpError

ROOT = Path(__file__).resolve().parents[1]
INTERPRETER = {False: "bin/python", True: "Scripts/python.exe"}
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
RECORD = "installed.json"
# is in each environment from the beginning, and says that it may be removed
OURS = "made-by-the-book"
# errors by which a file system says that another program holds a file
HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
OLDEST_PIP = "oldest-pip"
FORMER_RECORD = "installed.lock"
SPARK_RECORD = "installed-spark.json"
PACKAGE_RECORD = "installed-package.json"


@dataclass(frozen=True)
class Environment:
    """A virtual environment in `folder` as `lock` names it, with or without the project's own package."""

    folder: Path
    lock: Path
    package: bool = True

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / INTERPRETER[sys.platform == "win32"]

    def record(self) -> dict[str, str]:
        """What a finished set-up writes down."""
        return {
            "lock": locks.checksum(self.lock),
            "folder": str(self.folder),
            "python": VERSION,
            "home": sys.base_prefix,
        }

    def has_package(self) -> bool:
        """Whether the project's own package is installed as `pyproject.toml` now describes it."""
        return not self.package or _read(self.folder / PACKAGE_RECORD) == _described(self.lock.parent)

    def is_ready(self) -> bool:
        """Whether a finished set-up is there, of this lock, in this place, with this version of Python."""
        found = _read(self.folder / RECORD)
        if not (isinstance(found, dict) and self.python.exists() and Path(found.get("home", "")).is_dir()):
            return False
        return {**found, "home": sys.base_prefix} == self.record()


def of_book(root: Path = ROOT) -> Environment:
    """The environment of the book."""
    return Environment(root / ".venv", root / "requirements.lock")


def of_next(root: Path = ROOT) -> Environment:
    """The environment of the build without Jupyter Book."""
    return Environment(root / ".venv-next", root / "requirements-next.lock", package=False)


def set_up(environment: Environment, wheels: Path | None = None) -> None:
    """Make the environment, unless it is ready; from the folder `wheels` without a network, if it is given.

    Raises SetUpError. The record is written last, so that a half-made environment never counts as complete.
    """
    if environment.is_ready() and environment.has_package():
        return
    _refuse_missing_venv()
    with _alone(environment.folder.parent):
        if not environment.is_ready():
            print(f"Setting up {environment.folder} (once)", flush=True)
            _make(environment, wheels)
        if not environment.has_package():
            _installer(environment, environment.lock, wheels).install_package(environment.lock.parent)
            _write(environment.folder / PACKAGE_RECORD, _described(environment.lock.parent))


def add_spark(environment: Environment, lock: Path, wheels: Path | None = None) -> None:
    """Install what the lock of Spark names, unless it is there. Raises SetUpError."""
    record, wanted = environment.folder / SPARK_RECORD, {"lock": locks.checksum(lock)}
    if _read(record) == wanted:
        return
    with _alone(environment.folder.parent):
        if _read(record) != wanted:
            print(f"Adding Spark to {environment.folder} (once)", flush=True)
            installer = _installer(environment, lock, wheels)
            installer.install_sources(lock, "installing Spark and a Java for it")
            _write(record, wanted)


def bring_oldest_pip(environment: Environment, lock: Path, wheels: Path | None = None) -> None:
    """Fetch the oldest pip that a supported Python brings into `oldest-pip`: a test installs with it."""
    place, wanted = environment.folder / OLDEST_PIP, {sha for entry in locks.entries(lock) for sha in entry.hashes}
    if {locks.checksum(file) for file in place.glob("*.whl")} != wanted:
        with _alone(environment.folder.parent):
            shutil.rmtree(place, ignore_errors=True)
            _installer(environment, lock, wheels).fetch(lock, place)


def _make(environment: Environment, wheels: Path | None) -> None:
    installer = _installer(environment, environment.lock, wheels)
    _begin_anew(environment.folder)
    installer.make_environment(_base_python())
    installer.bring_uv(environment.lock)
    installer.install(environment.lock)
    _write(environment.folder / RECORD, environment.record())


def _described(project: Path) -> dict:
    """What `pyproject.toml` says of the package itself: name, commands, folders. Its requirements are the lock's."""
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    kept = {key: value for key, value in described["project"].items() if "dependencies" not in key}
    return {"project": kept, "build": described.get("tool", {}).get("hatch", {})}


def _begin_anew(folder: Path) -> None:
    """Make an empty folder. Raises SetUpError if something else is there: it may be somebody's work."""
    if os.pathsep in str(folder):
        raise SetUpError(f"{folder}: Python makes no environment in a path with {os.pathsep!r}. Move the book.")
    ours = [folder / name for name in (OURS, RECORD, FORMER_RECORD)]
    strange = folder.exists() and not any(map(Path.exists, ours)) and (not folder.is_dir() or any(folder.iterdir()))
    if folder.is_symlink() or strange:
        raise SetUpError(f"{folder} was not made by this book. Move it away or delete it, and type the command again.")
    if folder.exists():
        # the record is removed first; the file that says that the folder is ours stays
        (folder / RECORD).unlink(missing_ok=True)
        for place in folder.iterdir():
            if place.name != OURS:
                shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
    folder.mkdir(exist_ok=True)
    (folder / OURS).write_text(
        "This folder is made again when its lock changes. Keep nothing of your own here.\n", encoding="utf-8"
    )


def _installer(environment: Environment, lock: Path, wheels: Path | None) -> Installer:
    if wheels and (fault := failures.of_wheels(wheels.resolve(), lock)):
        raise SetUpError(fault)
    return Installer(environment.folder, environment.python, wheels)


def _base_python() -> str:
    """The Python to make an environment with, also if this program runs in an environment itself."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _refuse_missing_venv() -> None:
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetUpError(f"The venv module is missing: install it, for example: apt install python{VERSION}-venv")


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One set-up at a time in a folder: a second one waits. Raises SetUpError if nothing can be written there."""
    try:
        claim = (folder / ".venv.claim").open("a+b")
    except OSError as fault:
        remedy = "copy the book to a folder of yours"
        raise SetUpError(f"{folder} cannot be written to ({fault.strerror}): {remedy}.") from None
    with claim:
        # a program that outlives this one keeps the claim
        os.set_inheritable(claim.fileno(), True)
        waiting = False
        while not _claimed(claim):
            if not waiting:
                print("Another set-up runs in this folder: waiting for it", flush=True)
            waiting = True
            time.sleep(0.5)
        yield


def _claimed(claim: IO[bytes]) -> bool:
    """Whether the file is now locked for this process, until it is closed or the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(claim.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        # some network folders have no locks: there two set-ups may run at once, and none waits for ever
        return fault.errno not in HELD
    return True


def _read(record: Path) -> dict | None:
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(record: Path, content: dict[str, str]) -> None:
    temporary = record.with_name(f".{record.name}")
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    temporary.replace(record)
