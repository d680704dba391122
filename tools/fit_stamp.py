"""Whether the long tests of the fit must run: a checksum of their inputs, kept in git since they last passed.

`python -m tools.fit_stamp` exits with 0 if the inputs are unchanged, else with 1. `python -m tools.fit_stamp write`
records the present inputs; `make test-fit` does so when the tests have passed.
"""

import hashlib
import sys
from pathlib import Path

from tools.set_up import ROOT

STAMP = Path("tests/twin/fit_was_tested.txt")
# folders and files whose bytes the result of the tests depends on
INPUTS = (
    "lib/enclave_twin/fit",
    "lib/enclave_twin/counts",
    "data/twin",
    "data/published",
    "data/facts",
    "requirements.lock",
    "tests/twin/test_fit.py",
    "tests/twin/test_fit_stages.py",
    "tests/twin/test_pair_lists.py",
)
REMEDY = "Run `make test-fit` and commit the stamp"


def checksum(root: Path = ROOT) -> str:
    """SHA-256 of the names and bytes of all inputs below `root`, without what Python caches."""
    found = hashlib.sha256()
    for file in files(root):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return found.hexdigest()


def files(root: Path = ROOT) -> list[Path]:
    """All input files, sorted. Raises FileNotFoundError if one of the inputs is missing."""
    found = []
    for place in (root / name for name in INPUTS):
        inside = [file for file in place.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
        if not inside and not place.is_file():
            raise FileNotFoundError(f"{place} is missing. Correct INPUTS in tools/fit_stamp.py.")
        found += inside or [place]
    return sorted(found)


def is_current(root: Path = ROOT) -> bool:
    """Whether the inputs are those with which the tests passed last."""
    stamp = root / STAMP
    return stamp.exists() and stamp.read_text(encoding="utf-8").strip() == checksum(root)


def write(root: Path = ROOT) -> None:
    """Record the present inputs as tested."""
    (root / STAMP).write_text(f"{checksum(root)}\n", encoding="utf-8", newline="\n")


def main(words: list[str]) -> int:
    """Write the stamp, or say whether it is current; returns the exit code."""
    if words == ["write"]:
        write()
        print(f"Wrote {STAMP.as_posix()}. Commit it.")
        return 0
    current = is_current()
    print(f"Tests of the fit: inputs are {'unchanged' if current else 'changed'} since they last passed.")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
