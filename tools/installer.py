"""Installing what a lock names into a virtual environment, with uv or, where there is no uv, with pip."""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

from tools import failures, locks

LOG = ".venv.log"
SILENCE = 1.5
# settings of pip about the index, and the variables by which uv is told the same
OF_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
# these would put packages elsewhere, or take them from elsewhere
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT", "PIP_NO_BINARY")


class SetUpError(Exception):
    """Set-up cannot go on; the text is one line with the remedy."""


class NoFileError(SetUpError):
    """The index or the folder of wheels has no file of a package for this system and Python."""


class Installer:
    """Installs into the virtual environment `folder` with its interpreter `python`, from the index or from `wheels`."""

    def __init__(self, folder: Path, python: Path, wheels: Path | None = None):
        self.folder, self.python = folder, python
        self.wheels = wheels.resolve() if wheels else None
        self.log = folder.parent / LOG

    def bring_uv(self, lock: Path) -> None:
        """Install uv as locked, with the pip that came with Python; without one for this system, pip does the rest."""
        text = "".join(entry.text for entry in locks.entries(lock) if entry.name == "uv")
        if not text:
            return
        try:
            pip = [*self._pip(), *self._sources(), *WHEELS_ONLY]
            self.run("installing the installer", [*pip, *self._file("uv", text)])
        except NoFileError:
            print("  there is no uv for this system: pip installs", flush=True)

    def install(self, lock: Path, name: str = "installing the locked packages") -> None:
        """Install every entry of the lock for this system, each as a wheel with the bytes that the lock names."""
        if self._uv.exists():
            self.run(name, [*self._tool(), *self._sources(), *WHEELS_ONLY, "-r", str(lock)])
        else:
            rest = "".join(entry.text for entry in locks.entries(lock) if entry.name != "uv")
            self.run(name, [*self._tool(), *self._sources(), *WHEELS_ONLY, *self._file("rest", rest)])

    def install_sources(self, lock: Path, name: str) -> None:
        """The same where a package is published as a source archive alone: built by what is installed, nothing else."""
        self.run(name, [*self._tool(), *self._sources(), *LOCKED, "--no-build-isolation", "-r", str(lock)])

    def fetch(self, lock: Path, place: Path) -> None:
        """Put the files of a lock into the folder `place` without installing them."""
        wanted = ["-r", str(lock), "--dest", str(place)]
        self.run("fetching the oldest pip", [*self._pip("download"), *self._sources(), *LOCKED, *wanted])

    def install_package(self, root: Path) -> None:
        """Install the project's own package so that changes of its code count at once."""
        here = ["--no-deps", "--no-index", "--no-build-isolation", "-e", str(root)]
        self.run("installing the package", [*self._tool(), *here])

    def run(self, name: str, command: list[str]) -> None:
        """Run a command, and say every few moments that it runs. Its output goes to a log, which stays if it fails.

        Raises SetUpError with the remedy.
        """
        began = spoken = time.monotonic()
        print(f"  start  {name}", flush=True)
        with self.log.open("w", encoding="utf-8") as out:
            # what is inherited is the claim of the folder: a program that outlives this one keeps it
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=self._variables(), close_fds=sys.platform == "win32"
            )
            while process.poll() is None:
                time.sleep(0.05)
                if time.monotonic() - spoken > SILENCE:
                    spoken = time.monotonic()
                    print(f"  ...    {name} {spoken - began:.0f} s{self._progress()}", flush=True)
        printed = self.log.read_text(encoding="utf-8", errors="replace")
        if process.returncode:
            kind = NoFileError if failures.lacks_file(printed) else SetUpError
            remedy = failures.remedy(printed, self.wheels)
            raise kind(f"Set-up stopped at: {name}. {remedy} The full output is in {self.log}.")
        self.log.unlink()
        print(f"  done   {name} ({time.monotonic() - began:.0f} s)", flush=True)

    @property
    def _uv(self) -> Path:
        return self.python.with_name("uv").with_suffix(self.python.suffix)

    def _tool(self) -> list[str]:
        """The installing command: uv where it is, else pip."""
        if not self._uv.exists():
            return self._pip()
        cache = [] if _home_is_writable() else ["--no-cache"]
        return [str(self._uv), "pip", "install", "--python", str(self.python), *cache]

    def _pip(self, task: str = "install") -> list[str]:
        quiet = ["--progress-bar", "off", "--disable-pip-version-check", "--no-input"]
        return [str(self.python), "-m", "pip", task, *quiet]

    def _sources(self) -> list[str]:
        return ["--no-index", "--find-links", str(self.wheels)] if self.wheels else []

    def _file(self, name: str, text: str) -> list[str]:
        """Part of a lock as a file of its own, in the environment."""
        part = self.folder / f"{name}.lock"
        part.write_text(text, encoding="utf-8")
        return ["-r", str(part)]

    def _progress(self) -> str:
        """How many packages stand in the environment; other programs write there at the same time."""
        places = [*self.folder.glob("lib/python*/site-packages"), *self.folder.glob("Lib/site-packages")]
        try:
            found = sum(name.endswith(".dist-info") for place in places for name in os.listdir(place))
        except OSError:
            return ""
        return f", {found} packages in place" if found > 1 else ""

    def _variables(self) -> dict[str, str]:
        """The user's environment, and what the user has told pip about the index: uv does not read pip's files."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        if self.wheels:
            return {**kept, "PYTHONUTF8": "1", "UV_OFFLINE": "1"}
        index = self._index(kept) if self.python.exists() else {}
        return {**index, "UV_INDEX_STRATEGY": "unsafe-best-match", **kept, "PYTHONUTF8": "1"}

    def _index(self, kept: dict[str, str]) -> dict[str, str]:
        command = [str(self.python), "-m", "pip", "config", "list"]
        listed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=kept).stdout
        return index_for_uv(listed)


def _home_is_writable() -> bool:
    """Whether there is a place for a cache: some accounts have no home."""
    try:
        return os.access(Path.home(), os.W_OK)
    except RuntimeError:
        return False


LOCKED = ["--no-deps", "--require-hashes"]
WHEELS_ONLY = [*LOCKED, "--only-binary", ":all:"]


def index_for_uv(listed: str) -> dict[str, str]:
    """Variables of uv from the lines of `pip config list`; the environment goes first, then what is for `install`."""
    found = {}
    for line in sorted(listed.splitlines(), key=_rank):
        name, equals, value = line.partition("=")
        variable = OF_UV.get(name.rpartition(".")[2])
        if equals and variable:
            found[variable] = _joined(variable, ast.literal_eval(value))
    return {variable: value for variable, value in found.items() if value}


def _rank(line: str) -> int:
    return 2 if line.startswith(":env:") else 1 if line.startswith("install.") else 0


def _joined(variable: str, value: str) -> str:
    """Several values as uv wants them; folders that are not there are left out, as pip does."""
    values = [one for one in value.split() if "://" in one or variable != "UV_FIND_LINKS" or Path(one).exists()]
    return (",".join if variable == "UV_FIND_LINKS" else " ".join)(values)
