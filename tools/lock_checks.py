"""Renewing the locks, and checking that each is complete: `make lock`, or `make lock ARGS=check` for the check alone.

A lock is complete if, on each promised system and Python, every package of it has a wheel whose bytes it names, and if
what each package requires (markers and extras included) is met by the lock itself.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import locks, systems
from tools.set_up import ROOT
from tools.systems import Target

LOCK = ROOT / "requirements.lock"
NEXT = ROOT / "requirements-next.lock"
SPARK = ROOT / "requirements-spark.lock"
PROJECT = ROOT / "pyproject.toml"
README = ROOT / "README.md"
START, END = "<!-- wheels:start -->", "<!-- wheels:end -->"
SIDE_BY_SIDE = 4
TITLES = {
    "linux": "Linux, x86-64",
    "linux-arm": "Linux, ARM",
    "macos": "macOS, ARM",
    "windows": "Windows, x86-64",
}
NONE_FOUND = re.compile(r"No matching distribution found for ([\w.-]+)==")
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
PLAIN = ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"]
# published as source alone; `tools.set_up.add_spark` builds it with nothing but what the other lock names
SOURCES_ALONE = {"pyspark"}


@dataclass(frozen=True)
class Package:
    """A file that the index has for a target: its checksum and what it requires."""

    name: str
    version: str
    sha256: str
    requires: tuple[str, ...]


def main(words: list[str]) -> int:
    """Renew (unless the word is `check`), check, and write the table of wheels into the README."""
    if words != ["check"]:
        try:
            renew(["--upgrade"] if words == ["upgrade"] else [])
        except subprocess.CalledProcessError:
            print("The lock was not renewed: uv says above what it did not find or could not reach.", file=sys.stderr)
            return 1
    lines, table = check()
    if lines:
        print("\n".join(["The lock is not complete:", *lines]), file=sys.stderr)
        return 1
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(START)
    README.write_text(f"{before}{START}\n{table}{END}{rest.split(END)[1]}", encoding="utf-8", newline="\n")
    print("The lock is complete.")
    return 0


def renew(more: list[str], root: Path = ROOT) -> None:
    """Resolve what `pyproject.toml` requires, keeping versions that still fit unless `more` is `--upgrade`.

    The lock of the build on the newest Sphinx has the newest of everything in any case.
    """
    uv = [str(Path(sys.executable).with_name("uv")), *COMPILE, *PLAIN, *more, "pyproject.toml"]
    subprocess.run([*uv, "--extra", "test", "--extra", "build", "-o", LOCK.name], cwd=root, check=True)
    spark = ["--extra", "spark", "--constraint", LOCK.name, "-o", SPARK.name]
    subprocess.run([*uv, *spark], cwd=root, check=True)
    newest = [*uv[:1], *COMPILE[:-1], "requires-python", "--only-binary", ":all:", *PLAIN, "--upgrade"]
    subprocess.run([*newest, "--group", "pyproject.toml:next", "-o", NEXT.name], cwd=root, check=True)
    (root / SPARK.name).write_text(on_top(root / SPARK.name, root / LOCK.name), encoding="utf-8", newline="\n")


def on_top(lock: Path, base: Path) -> str:
    """The entries of a lock for packages that the other lock does not name."""
    held = {entry.name for entry in locks.entries(base)}
    return "".join(entry.text for entry in locks.entries(lock) if entry.name not in held)


def check() -> tuple[list[str], str]:
    """What is missing, one line each, and the table of wheels for the README.

    The lock for Spark adds to that of the book; that of the build on the newest Sphinx is complete without them.
    """
    book, of_next = [*locks.entries(LOCK), *locks.entries(SPARK)], locks.entries(NEXT)
    lines, without = _checked(book, of_project())
    lines_of_next, without_next = _checked(of_next, of_group("next"))
    gaps = [
        f"{name} has no wheel ({one.system}, Python {one.python})" for one in without_next for name in without_next[one]
    ]
    return [*dict.fromkeys([*lines, *lines_of_next, *gaps])], table(without, book)


def _checked(entries: list[locks.Entry], asked: list[Requirement]) -> tuple[list[str], dict[Target, list[str]]]:
    """The faults of a lock on all targets, and the packages without a wheel for each."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        reports = dict(zip(systems.every(), pool.map(lambda one: at_index(one, entries), systems.every()), strict=True))
    lines = [line for target, (found, _) in reports.items() for line in faults(target, found, entries, asked)]
    return lines, {target: missing for target, (_, missing) in reports.items()}


def at_index(target: Target, entries: Iterable[locks.Entry]) -> tuple[list[Package], list[str]]:
    """What the index has of the entries for a target, and the names of those without a wheel for it."""
    wanted = [entry for entry in entries if target.wants(entry) and entry.name not in SOURCES_ALONE]
    missing: list[str] = []
    while True:
        pins = [f"{entry.name}=={entry.version}" for entry in wanted if entry.name not in missing]
        found, failed = _report(target, pins)
        if not failed:
            return found, missing
        missing.append(failed)


def _report(target: Target, pins: list[str]) -> tuple[list[Package], str]:
    """One request to the index; the name of the first package without a wheel, if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        names, report = Path(folder, "pins.txt"), Path(folder, "report.json")
        names.write_text("\n".join(pins), encoding="utf-8")
        look_up = ["install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--only-binary", ":all:"]
        where = [*target.for_pip(), "--target", folder, "--report", str(report), "-r", str(names)]
        command = [sys.executable, "-m", "pip", *look_up, *where]
        ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        failed = NONE_FOUND.search(ran.stderr)
        if ran.returncode and not failed:
            raise SystemExit(f"The index was not read for {target}:\n{ran.stderr[-2000:]}")
        if failed:
            return [], failed[1]
        return [_package(one) for one in json.loads(report.read_bytes())["install"]], ""


def _package(one: dict) -> Package:
    metadata = one["metadata"]
    sha256 = one["download_info"]["archive_info"]["hashes"]["sha256"]
    return Package(
        canonicalize_name(metadata["name"]), metadata["version"], sha256, tuple(metadata.get("requires_dist", []))
    )


def faults(
    target: Target, found: Iterable[Package], entries: Iterable[locks.Entry], asked: Iterable[Requirement]
) -> list[str]:
    """What the lock lacks on a target: hashes of files, and what the project (`asked`) and packages require."""
    wanted = [entry for entry in entries if target.wants(entry)]
    hashes = {entry.name: entry.hashes for entry in wanted}
    packages = {package.name: package for package in found}
    where = f"({target.system}, Python {target.python})"
    unnamed = [one for one in packages.values() if one.sha256 not in hashes[one.name]]
    other = [f"{one.name} {one.version}: the lock does not name the bytes of its file {where}" for one in unnamed]
    locked = {entry.name: entry.version for entry in wanted}
    return other + [
        f"{asking} asks for {requirement}, and the lock has {_locked(requirement, locked) or 'none'} {where}"
        for asking, requirement in _asked(target, packages, asked)
        if not _met(requirement, locked)
    ]


def _asked(
    target: Target, found: dict[str, Package], asked: Iterable[Requirement]
) -> Iterable[tuple[str, Requirement]]:
    """Every requirement on a target: of the project, of packages, and of the extras that they require."""
    waiting = [("pyproject.toml", requirement) for requirement in asked]
    waiting += [(name, one) for name, package in found.items() for one in _wanted(package, "", target)]
    seen = set()
    while waiting:
        asking, requirement = waiting.pop()
        yield asking, requirement
        name = canonicalize_name(requirement.name)
        for extra in sorted(requirement.extras):
            if name in found and (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(f"{name}[{extra}]", one) for one in _wanted(found[name], extra, target)]


def _wanted(package: Package, extra: str, target: Target) -> list[Requirement]:
    """What a package requires on a target; with an extra, also what that adds."""
    requirements = [Requirement(text) for text in package.requires]
    environment = {**target.environment(), "extra": extra}
    return [one for one in requirements if not one.marker or one.marker.evaluate(environment)]


def of_project() -> list[Requirement]:
    """What the project requires, with what its tests, its set-up and Spark need."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *(one for extra in ("test", "build", "spark") for one in extras[extra])]
    return [Requirement(text) for text in named]


def of_group(name: str) -> list[Requirement]:
    """What a dependency group of the project requires."""
    return [Requirement(text) for text in tomllib.loads(PROJECT.read_text(encoding="utf-8"))["dependency-groups"][name]]


def _met(requirement: Requirement, locked: dict[str, str]) -> bool:
    version = _locked(requirement, locked)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _locked(requirement: Requirement, locked: dict[str, str]) -> str | None:
    return locked.get(canonicalize_name(requirement.name))


def table(without: dict[Target, list[str]], entries: list[locks.Entry]) -> str:
    """The table of the README: for each system and Python, how many packages have a wheel, and which have none."""
    head = " | ".join(["System", *(f"Python {python}" for python in systems.PYTHONS)])
    rows = [f"| {head} |", "|---" * (len(systems.PYTHONS) + 1) + "|"]
    for system in systems.SYSTEMS:
        cells = [_cell(Target(system, python), without, entries) for python in systems.PYTHONS]
        rows.append(f"| {TITLES[system]} | {' | '.join(cells)} |")
    checksum = locks.checksum(LOCK)[:12]
    source = f"`{', '.join(sorted(SOURCES_ALONE))}` (for `make test` and `ENGINE=spark`) is published as source alone."
    return "\n".join([*rows, "", f"Packages with a wheel, for the lock with checksum `{checksum}`. {source}", ""])


def _cell(target: Target, without: dict[Target, list[str]], entries: list[locks.Entry]) -> str:
    wanted = sum(target.wants(entry) and entry.name not in SOURCES_ALONE for entry in entries)
    missing = without[target]
    return f"{wanted - len(missing)} of {wanted}" + (f" (not {', '.join(sorted(missing))})" if missing else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
