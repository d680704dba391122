"""Installing what a lock names into a virtual environment, with uv or, where there is no uv, with pip.

Of the user's settings for pip and uv, only those that lead to the index count: others could change what is installed.
"""

import ast
import os
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path

from tools import failures, locks

LOG = ".venv.log"
SILENCE = 1.5
LOCKED = ["--no-deps", "--require-hashes"]
WHEELS_ONLY = [*LOCKED, "--only-binary", ":all:"]
# settings of pip that lead to the index, and the variables of uv with the same meaning; "" where it has none
INDEX = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "no-cache-dir": "",
    "cache-dir": "",
}
KEPT_OF_UV = {*filter(None, INDEX.values()), "UV_CACHE_DIR", "UV_LINK_MODE", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS"}
# these let a Python take modules from elsewhere
FOREIGN = ("PYTHONPATH", "PYTHONHOME")


class SetUpError(Exception):
    """Set-up cannot go on; the text is one line with the remedy."""


class NoFileError(SetUpError):
    """The index or the folder of wheels has no file of a package for this system and Python."""


class Installer:
    """Installs into the virtual environment `folder` with its interpreter `python`, from the index or from `wheels`."""

    def __init__(self, folder: Path, python: Path, wheels: Path | None = None) -> None:
        """`wheels` is a folder of all files, for an installation without a network."""
        self.folder, self.python = folder, python
        self.wheels = wheels.resolve() if wheels else None
        self.log = folder.parent / LOG

    def make_environment(self, base: str) -> None:
        """A virtual environment of the Python `base` in the folder."""
        self.run("making the virtual environment", [base, "-m", "venv", str(self.folder)], self._kept())

    def bring_uv(self, lock: Path) -> None:
        """Install uv as locked, with the pip that came with Python. If there is no file of it, pip does the rest."""
        text = "".join(entry.text for entry in locks.entries(lock) if entry.name == "uv")
        if not text:
            return
        try:
            pip = [*self._pip(), *self._sources(), *WHEELS_ONLY]
            self.run("installing the installer", [*pip, *self._file("uv", text)])
        except NoFileError:
            print("  there is no uv for this system: pip installs", flush=True)

    def install(self, lock: Path) -> None:
        """Install every entry of the lock for this system, each as a wheel with the bytes that the lock names."""
        named = ["-r", str(lock)]
        if not self._uv.exists():
            rest = "".join(entry.text for entry in locks.entries(lock) if entry.name != "uv")
            named = self._file("rest", rest)
        self.run("installing the locked packages", [*self._tool(), *self._sources(), *WHEELS_ONLY, *named])

    def install_sources(self, lock: Path, name: str) -> None:
        """Install a package that is published as a source archive only. It is built with what is installed."""
        self.run(name, [*self._tool(), *self._sources(), *LOCKED, "--no-build-isolation", "-r", str(lock)])

    def fetch(self, lock: Path, place: Path) -> None:
        """Put the files of a lock into the folder `place` without installing them."""
        wanted = ["-r", str(lock), "--dest", str(place)]
        self.run("fetching the oldest pip", [*self._pip("download"), *self._sources(), *LOCKED, *wanted])

    def install_package(self, root: Path) -> None:
        """Install the project's own package so that changes of its code take effect at once."""
        here = ["--no-deps", "--no-index", "--no-build-isolation", "-e", "."]
        self.run("installing the package", [*self._tool(), *here], folder=root)

    def run(
        self, name: str, command: list[str], variables: dict[str, str] | None = None, folder: Path | None = None
    ) -> None:
        """Run a command and report every few moments that it runs. Its output goes to a log, which is kept if it fails.

        Raises SetUpError with the remedy.
        """
        began = reported = time.monotonic()
        print(f"  start  {name}", flush=True)
        with self.log.open("w", encoding="utf-8") as out:
            # except on Windows it inherits the lock of the folder: a program that outlives this one keeps it
            process = subprocess.Popen(
                command,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=variables or self._variables,
                cwd=folder,
                close_fds=sys.platform == "win32",
            )
            while process.poll() is None:
                time.sleep(0.05)
                if time.monotonic() - reported > SILENCE:
                    reported = time.monotonic()
                    print(f"  ...    {name} {reported - began:.0f} s{self._progress()}", flush=True)
        if process.returncode:
            raise self._failure(name)
        self.log.unlink()
        print(f"  done   {name} ({time.monotonic() - began:.0f} s)", flush=True)

    def _failure(self, name: str) -> SetUpError:
        printed = self.log.read_text(encoding="utf-8", errors="replace")
        kind = NoFileError if failures.lacks_file(printed) else SetUpError
        remedy = failures.remedy(printed, self.wheels)
        return kind(f"Set-up stopped at: {name}. {remedy} The full output is in {self.log}.")

    @property
    def _uv(self) -> Path:
        return self.python.with_name("uv").with_suffix(self.python.suffix)

    def _tool(self) -> list[str]:
        """The installing command: uv where it is, else pip."""
        if not self._uv.exists():
            return self._pip()
        cache = [] if can_be_written(cache_of_uv()) else ["--no-cache"]
        return [str(self._uv), "pip", "install", "--python", str(self.python), *cache]

    def _pip(self, task: str = "install") -> list[str]:
        quiet = ["--progress-bar", "off", "--disable-pip-version-check", "--no-input"]
        return [str(self.python), "-m", "pip", task, *quiet]

    def _sources(self) -> list[str]:
        """The folder as an address, since a path may hold letters that have a meaning for the installers."""
        return ["--no-index", "--find-links", self.wheels.as_uri()] if self.wheels else []

    def _file(self, name: str, text: str) -> list[str]:
        """Part of a lock as a file of its own, in the environment."""
        part = self.folder / f"{name}.lock"
        part.write_text(text, encoding="utf-8")
        return ["-r", str(part)]

    def _progress(self) -> str:
        """How many packages are in the environment; other programs write there at the same time."""
        places = [*self.folder.glob("lib/python*/site-packages"), *self.folder.glob("Lib/site-packages")]
        try:
            found = sum(entry.suffix == ".dist-info" for place in places for entry in place.iterdir())
        except OSError:
            return ""
        return f", {found} packages in place" if found > 1 else ""

    @cached_property
    def _variables(self) -> dict[str, str]:
        """The environment of both installers: of the user's settings only those that lead to the index.

        uv does not read the settings of pip, so they are translated for it.
        """
        alone = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
        if self.wheels:
            return {**self._kept(), **alone, "UV_OFFLINE": "1"}
        command = [str(self.python), "-m", "pip", "config", "list"]
        listed = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", check=False, env=_without(FOREIGN)
        )
        settings = index_settings(listed.stdout)
        return {**for_uv(settings), **self._kept(), **for_pip(settings), **alone}

    def _kept(self) -> dict[str, str]:
        """The user's environment without what would change what is installed, or where."""
        kept = _without(FOREIGN)
        return {
            name: value for name, value in kept.items() if not name.startswith(("PIP_", "UV_")) or name in KEPT_OF_UV
        } | {"PYTHONUTF8": "1"}


def _without(names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


def cache_of_uv() -> Path:
    """Where uv keeps what it has fetched."""
    if "UV_CACHE_DIR" in os.environ:
        return Path(os.environ["UV_CACHE_DIR"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser() / "uv" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "uv"


def can_be_written(folder: Path) -> bool:
    """Whether a folder exists or can be made, and can be written to: some accounts have no home."""
    try:
        folder = folder.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    return os.access(folder, os.W_OK)


def index_settings(listed: str) -> dict[str, str]:
    """Settings that lead to the index, from `pip config list`; the environment goes first, then `install`."""
    found = {}
    for line in sorted(listed.splitlines(), key=_rank):
        name, equals, value = line.partition("=")
        setting = name.rpartition(".")[2]
        if equals and setting in INDEX:
            found[setting] = " ".join(_there(setting, ast.literal_eval(value)))
    return {setting: value for setting, value in found.items() if value}


def for_pip(settings: dict[str, str]) -> dict[str, str]:
    """The settings as variables of pip."""
    return {f"PIP_{setting.replace('-', '_').upper()}": value for setting, value in settings.items()}


def for_uv(settings: dict[str, str]) -> dict[str, str]:
    """The settings as variables of uv."""
    found = {INDEX[setting]: value for setting, value in settings.items() if INDEX[setting]}
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
    return found


def _rank(line: str) -> int:
    return 2 if line.startswith(":env:") else 1 if line.startswith("install.") else 0


def _there(setting: str, value: str) -> list[str]:
    """The values of a setting. Folders that do not exist are left out, as pip does."""
    return [one for one in value.split() if setting != "find-links" or "://" in one or Path(one).exists()]
