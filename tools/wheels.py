"""Filling a folder with every file of the locks, so that the book can be set up from it without a network.

The folder is for one system and Python: this machine's, or another that is named.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import failures, locks, systems
from tools.set_up import ROOT
from tools.systems import Target

LOCK = ROOT / "requirements.lock"
WHEELS_ONLY = ["--only-binary", ":all:"]
# Spark is published as a source archive only
LOCKS = {
    LOCK: WHEELS_ONLY,
    ROOT / "requirements-spark.lock": [],
    ROOT / "requirements-next.lock": WHEELS_ONLY,
    ROOT / "tests" / "oldest_pip.lock": WHEELS_ONLY,
}


def main(words: list[str] | None = None) -> int:
    """Fill the folder; returns 1 with one line on stderr if that fails. What is there already is not fetched again."""
    given = _parser().parse_args(words)
    folder = Path(given.folder).resolve()
    try:
        target = chosen(given.platform, given.python)
        fill(folder, target)
    except (ValueError, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1
    files = list(folder.glob("*-*"))
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"{len(files)} files, {size:.0f} MB, for {target.system} and Python {target.python}: {folder}")
    print(f"Set up from it without a network: python run.py book WHEELS={given.folder}")
    return 0


def chosen(system: str, python: str) -> Target:
    """The named target; what is not named is as on this machine. Raises ValueError with the supported ones."""
    here = systems.here()
    if here:
        system, python = system or here.system, python or here.python
    elif not (system and python):
        raise ValueError("This system is not supported by the lock. Name another with PLATFORM=... PYTHON=...")
    target = Target(system, python)
    if target not in systems.every():
        known = f"PLATFORM={'|'.join(systems.SYSTEMS)} and PYTHON={'|'.join(systems.PYTHONS)}"
        raise ValueError(f"There are no files for {target.system} and Python {target.python}. Choose {known}.")
    return target


def fill(folder: Path, target: Target) -> None:
    """Fetch what the locks name for a target, and check its bytes. Raises ValueError with the remedy."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as fresh:
        for lock, kind in LOCKS.items():
            print(f"  fetching what {lock.name} names", flush=True)
            _download(lock, kind, target, folder, Path(fresh))
        _write_record(Path(fresh), target)
        for file in Path(fresh).iterdir():
            file.replace(folder / file.name)


def _download(lock: Path, kind: list[str], target: Target, folder: Path, fresh: Path) -> None:
    """Fetch the entries of the target without their markers, which pip would evaluate for its own system."""
    wanted = fresh / "wanted.lock"
    entries = [_for_all_systems(entry) for entry in locks.entries(lock) if target.wants(entry)]
    wanted.write_text("".join(entries), encoding="utf-8")
    options = ["--no-deps", "--no-build-isolation", "--require-hashes", "--no-input", "--progress-bar", "off"]
    where = ["--find-links", str(folder), "--dest", str(fresh), "-r", str(wanted)]
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, *kind, *target.for_pip(), *where],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    wanted.unlink()
    if ran.returncode:
        remedy = failures.remedy(ran.stdout + ran.stderr)
        raise ValueError(f"The folder was not filled. {remedy}\n{ran.stderr.strip()[-500:]}")


def _for_all_systems(entry: locks.Entry) -> str:
    hashes = [f"--hash=sha256:{one}" for one in sorted(entry.hashes)]
    return " \\\n    ".join([f"{entry.name}=={entry.version}", *hashes]) + "\n"


def _write_record(fresh: Path, target: Target) -> None:
    """Write what the folder was filled for, so that another system can refuse it."""
    system = systems.SYSTEMS[target.system]
    record = {
        "system": target.system,
        "sys_platform": system.sys_platform,
        "machine": system.machine,
        "python": target.python,
        "lock": locks.checksum(LOCK),
    }
    (fresh / failures.WHEELS_RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--platform", default="")
    parser.add_argument("--python", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main())
