"""The environments of the project, each made from its lock, and used only when it was finished.

Nothing is resolved, and nothing is fetched that the lock does not name. Runs on the standard library alone.
"""

import hashlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import failures
from tools.installer import Installer, SetUpError

ROOT = Path(__file__).resolve().parents[1]
INTERPRETER = {False: "bin/python", True: "Scripts/python.exe"}
RECORD = "installed.json"
OLDEST_PIP = "oldest-pip"
SPARK_RECORD = "installed-spark.json"


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
        """What a finished set-up writes down. If the lock, the folder or Python moves, it is done anew."""
        return {"lock": _digest(self.lock), "folder": str(self.folder), "python": str(self.python.resolve())}

    def is_ready(self) -> bool:
        """Whether a finished set-up stands there."""
        return self.python.exists() and _read(self.folder / RECORD) == self.record()


def of_book(root: Path = ROOT) -> Environment:
    """The environment of the book."""
    return Environment(root / ".venv", root / "requirements.lock")


def of_next(root: Path = ROOT) -> Environment:
    """The environment of the build without Jupyter Book."""
    return Environment(root / ".venv-next", root / "requirements-next.lock", package=False)


def set_up(environment: Environment, wheels: Path | None = None) -> None:
    """Make the environment, unless it is ready; from the folder `wheels` without a network, if it is given.

    Raises SetUpError. What is half made is never taken as whole: the record is written last.
    """
    if environment.is_ready():
        return
    _refuse_missing_venv()
    with _alone(environment.folder.parent):
        if not environment.is_ready():
            print(f"Setting up {environment.folder} (once)", flush=True)
            _make(environment, wheels)


def add_spark(environment: Environment, lock: Path, wheels: Path | None = None) -> None:
    """Add what the lock of Spark names, unless it is there. Raises SetUpError."""
    record, wanted = environment.folder / SPARK_RECORD, {"lock": _digest(lock)}
    if _read(record) == wanted:
        return
    with _alone(environment.folder.parent):
        print(f"Adding Spark to {environment.folder} (once)", flush=True)
        installer = _installer(environment, lock, wheels)
        installer.install_sources(lock, "installing Spark and a Java for it")
        _write(record, wanted)


def bring_oldest_pip(environment: Environment, lock: Path, wheels: Path | None = None) -> None:
    """Lay the file of the oldest pip that a supported Python brings into `oldest-pip`: a test installs with it."""
    place = environment.folder / OLDEST_PIP
    if not list(place.glob("*.whl")):
        with _alone(environment.folder.parent):
            _installer(environment, lock, wheels).fetch(lock, place)


def _make(environment: Environment, wheels: Path | None) -> None:
    (environment.folder / RECORD).unlink(missing_ok=True)
    installer = _installer(environment, environment.lock, wheels)
    installer.run("making the virtual environment", [_base_python(), "-m", "venv", "--clear", str(environment.folder)])
    installer.bring_uv(environment.lock)
    installer.install(environment.lock)
    if environment.package:
        installer.install_package(environment.lock.parent)
    _write(environment.folder / RECORD, environment.record())


def _installer(environment: Environment, lock: Path, wheels: Path | None) -> Installer:
    if wheels and (fault := failures.of_wheels(wheels.resolve(), lock)):
        raise SetUpError(fault)
    return Installer(environment.folder, environment.python, wheels)


def _base_python() -> str:
    """The Python to make an environment with, also if this program runs in an environment itself."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _refuse_missing_venv() -> None:
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetUpError(f"The venv module is missing: install it, for example: apt install python{version}-venv")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One set-up at a time in a folder: a second one waits. Raises SetUpError if nothing can be written there."""
    try:
        claim = (folder / ".venv.claim").open("a+b")
    except OSError as fault:
        remedy = "copy the book to a folder of yours"
        raise SetUpError(f"{folder} cannot be written to ({fault.strerror}): {remedy}.") from None
    with claim:
        # a program that outlives this one keeps the claim
        os.set_inheritable(claim.fileno(), True)
        told = False
        while not _claimed(claim):
            if not told:
                print("Another set-up is at work in this folder: waiting for it", flush=True)
            told = True
            time.sleep(0.5)
        yield


def _claimed(claim) -> bool:
    """Whether the file is now locked for this process, until it is closed or the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(claim.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _read(record: Path) -> dict | None:
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(record: Path, content: dict[str, str]) -> None:
    temporary = record.with_name(f".{record.name}")
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    temporary.replace(record)
