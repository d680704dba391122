"""Running a program that renders the book, and checking what it has written."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_book.build.nodes import Report

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAULT = re.compile(r"WARNING|ERROR|CRITICAL|Error:|Exception")
MOST_FAULTS = 25


def run(command: list[str], source: str, report: Report, further: Mapping[str, str] | None = None) -> None:
    """Run a program that renders `paths.book_source(source)`; `further` are settings of its environment.

    Raises EnclaveError with its warnings if it ends with a fault. Files are named as in the repository, because that is
    where an author changes them.
    """
    environment = {**os.environ, "PYTHONUTF8": "1", **(further or {})}
    printed = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        for line in process.stdout or ():
            printed.append(COLOUR.sub("", line).rstrip())
            if printed[-1]:
                report(printed[-1][:60])
    if process.returncode:
        faults = [line for line in printed if FAULT.search(line)] or printed[-5:]
        text = "\n".join(faults[:MOST_FAULTS]).replace(str(paths.book_source(source)), str(paths.ROOT))
        raise EnclaveError(f"The book has faults. Correct them and build again.\n{text}")


def refuse_missing_pages(folder: Path, engine: str) -> None:
    """Raises EnclaveError if `folder` lacks a page of the table of contents, although `engine` reported no fault."""
    missing = [name for name in documents() if not (folder / f"{name}.html").is_file()]
    if missing:
        more = f" and {len(missing) - 1} further pages" if len(missing) > 1 else ""
        raise EnclaveError(
            f"{engine} reported no fault, but did not write {missing[0]}.html{more}. "
            f"See that {paths.BOOK_TOC.name} and the installed packages are as committed, and build again."
        )


def documents() -> list[str]:
    """Names of the pages of the book, from its table of contents, in order."""
    return list(_documents(yaml.safe_load(paths.BOOK_TOC.read_text(encoding="utf-8"))))


def _documents(entry: object) -> Iterator[str]:
    if isinstance(entry, dict):
        yield from (entry[key] for key in ("root", "file") if key in entry)
        entry = list(entry.values())
    if isinstance(entry, list):
        for part in entry:
            yield from _documents(part)
