"""Builds of one register set in other circumstances: zone, language, hash seed, threads, order of files, user, home."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from enclave_book.render import book_source

SOURCE = "parts"
# the registers are in parts: a block of the firms needs so many for the counts of the twin
FIRMS, BLOCK = 24_000, 11_000
WRITE = f"from enclave_twin import write; write.registers({SOURCE!r}, firms={FIRMS}, seed=8, block={BLOCK})"
# until the results, without notebooks and pages
RESULTS = f"""
from enclave_book.build import exhibits_step, runner, scorecard_step, steps
steps.GOALS["results"] = [*steps.PANELS, exhibits_step.steps, scorecard_step.steps]
runner.build({SOURCE!r}, until="results")
"""
PAGES = f"from enclave_book.build import runner; runner.build({SOURCE!r}, until='pages')"
MADE = ("validated", "panels", "results", "downloads", "pages", "notebooks", "book")
# loaded by each Python before anything else: folders are listed in another order, and the work has one processor
SHUFFLED = """
import os, random
listdir, scandir = os.listdir, os.scandir
class Entries:
    def __init__(self, found):
        self.found = iter(found)
    def __iter__(self):
        return self
    def __next__(self):
        return next(self.found)
    def __enter__(self):
        return self
    def __exit__(self, *error):
        pass
    def close(self):
        pass
def shuffled(found):
    found = list(found)
    random.Random(7).shuffle(found)
    return found
def list_shuffled(*given):
    return shuffled(listdir(*given))
def scan_shuffled(*given):
    with scandir(*given) as found:
        return Entries(shuffled(found))
os.listdir, os.scandir = list_shuffled, scan_shuffled
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
"""
HERE = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"}
THERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "LANG": "zh_CN.GB18030",
    "PYTHONHASHSEED": "4242",
    "OMP_NUM_THREADS": "4",
    "HOME": "/nonexistent",
    "USER": "somebody",
}


def registers(folder: Path) -> None:
    """Write the registers below a build folder."""
    _run([sys.executable, "-c", WRITE], folder, HERE)


def copied(folder: Path, other: Path) -> Path:
    """The same registers below another build folder, written in the opposite order."""
    for name in ("registers", "ground_truth"):
        for path in sorted((folder / name).rglob("*"), reverse=True):
            if path.is_file():
                place = other / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
    return other


def build(folder: Path, code: str, python: str | Path = sys.executable) -> dict[str, bytes]:
    """What a build makes in usual circumstances, byte for byte."""
    _run([str(python), "-c", code], folder, HERE)
    return made(folder)


def build_there(folder: Path, code: str) -> dict[str, bytes]:
    """What a build makes in other circumstances."""
    shim = folder / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(SHUFFLED, encoding="utf-8")
    _run([*other_user(), sys.executable, "-c", code], folder, THERE | {"PYTHONPATH": str(shim)}, umask=0o027)
    return made(folder)


def other_user() -> list[str]:
    """The words that run a command as a user with another number, if the system has them."""
    words = ["unshare", "--user", "--map-user=1000"]
    found = shutil.which(words[0])
    works = found and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    return words if works else []


def made(folder: Path) -> dict[str, bytes]:
    """The products of a build, byte for byte: panels, results, pages and what lies between, but no measured times."""
    found = (path for name in MADE for path in sorted((folder / name).rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.name != book_source.TIMES}


def pythons() -> dict[str, str]:
    """The interpreters of this machine that the book supports, by version, the own one left out."""
    places = [*Path.home().glob(".pyenv/versions/*/bin/python"), *map(shutil.which, _names())]
    found = {}
    for place in filter(None, places):
        told = subprocess.run(
            [str(place), "-c", "import sys; print(*sys.version_info[:2], sep='.')"], capture_output=True, check=False
        )
        version = told.stdout.decode().strip()
        if told.returncode == 0 and version in _versions():
            found.setdefault(version, str(place))
    return {version: found[version] for version in sorted(found)}


def _versions() -> list[str]:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [f"3.{minor}" for minor in range(11, 15) if f"3.{minor}" != own]


def _names() -> list[str]:
    return [f"python{version}" for version in _versions()]


def environment(python: str, folder: Path, root: Path) -> Path:
    """The interpreter of a fresh environment of the book, made with another Python."""
    code = (
        "from pathlib import Path; from tools import set_up; "
        f"made = set_up.Environment(Path({str(folder)!r}), Path({str(root / 'requirements.lock')!r})); "
        "set_up.set_up(made)"
    )
    done = subprocess.run([python, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "bin" / "python"


def _run(words: list[str], folder: Path, settings: dict[str, str], umask: int = 0o022) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    settings = told | {"ENCLAVE_BUILD": str(folder)} | settings
    done = subprocess.run(words, env=settings, cwd=folder, capture_output=True, text=True, check=False, umask=umask)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
