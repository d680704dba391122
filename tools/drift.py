"""What a renewed lock would change: `make drift`.

The lock is renewed in a copy of the project, the book is built there, and its panels, results and printed digits are
compared with those here. Nothing here is changed. The report is `_build/drift/report.md`.
"""

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from enclave.base import paths
from enclave.base.terms import CELL
from tools import lock_checks, locks
from tools.set_up import ROOT

PLACE = paths.BUILD / "drift"
REPORT = PLACE / "report.md"
LEFT_OUT = ("_build", ".venv*", ".git", "wheels", "__pycache__", ".pytest_cache", ".ruff_cache", "licensed")
SOURCE = "twin"
MOST_NAMED = 40
LINES_SHOWN = 15


def main() -> int:
    """Write the report and print it; 1 if the renewed book cannot be built or a printed digit moved."""
    copy = _copy()
    failure = _renewed(copy)
    renewed = copy / "_build"
    found = failure or compared(paths.BUILD, renewed)
    text = "\n".join(["# What a renewed lock changes", "", *packages(ROOT, copy), "", *found])
    REPORT.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(text)
    print(f"The report: {REPORT}")
    return int(bool(failure) or bool(moved_digits(paths.BUILD, renewed)))


def _copy() -> Path:
    """A copy of the project without what is made, and without licensed files."""
    copy = PLACE / "book"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / "data" / "licensed").mkdir()
    shutil.copy(ROOT / "data" / "licensed" / "README.md", copy / "data" / "licensed")
    return copy


def _renewed(copy: Path) -> list[str]:
    """Renew the lock of the copy and build its book; the lines of a failure, none if it went well."""
    try:
        lock_checks.renew(["--upgrade"], root=copy)
    except subprocess.CalledProcessError:
        return ["**The lock cannot be renewed:** what uv printed says why."]
    base = getattr(sys, "_base_executable", sys.executable)
    own = {name: value for name, value in os.environ.items() if not name.startswith("ENCLAVE_")}
    ran = subprocess.run(
        [base, "run.py", "book", f"SOURCE={SOURCE}"],
        cwd=copy,
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if not ran.returncode:
        return []
    return ["**The renewed book cannot be built.**", "", "```", *ran.stdout.splitlines()[-LINES_SHOWN:], "```"]


def packages(before: Path, after: Path) -> list[str]:
    """One line for each package whose version changed, or that is in one lock only."""
    former, renewed = (_versions(root / lock_checks.LOCK.name) for root in (before, after))
    names = sorted({*former, *renewed})
    changed = [(name, former.get(name, "none"), renewed.get(name, "none")) for name in names]
    changed = [row for row in changed if row[1] != row[2]]
    head = f"{len(changed)} of {len(names)} packages have another version."
    rows = [f"| {name} | {old} | {new} |" for name, old, new in changed]
    return [head, "", "| Package | Now | Renewed |", "|---|---|---|", *rows] if rows else [head]


def _versions(lock: Path) -> dict[str, str]:
    versions: dict[str, list[str]] = {}
    for entry in locks.entries(lock):
        versions.setdefault(entry.name, []).append(entry.version)
    return {name: ", ".join(found) for name, found in versions.items()}


def compared(before: Path, after: Path) -> list[str]:
    """Lines that compare the panels, the results and the printed digits of two builds."""
    moved = moved_digits(before, after)
    cells = len(_scorecard(before))
    return [
        "## Printed digits",
        "",
        f"{cells - len(moved)} of {cells} numbers of the scorecard keep every printed digit; {len(moved)} moved.",
        "",
        *[f"- {line}" for line in moved[:MOST_NAMED]],
        "",
        "## Panels and results",
        "",
        "| File | Bytes | Content |",
        "|---|---|---|",
        *_files(before, after, f"panels/{SOURCE}/*.parquet", pd.read_parquet),
        *_files(before, after, f"panels/{SOURCE}/*.csv", pd.read_csv),
        *_files(before, after, f"results/{SOURCE}/*.csv", pd.read_csv),
    ]


def moved_digits(before: Path, after: Path) -> list[str]:
    """One line for each number of the scorecard that rounds to other digits, or has another grade, than before."""
    if not _scorecard_file(after).exists():
        return []
    former, renewed = (_scorecard(build).set_index(CELL) for build in (before, after))
    lines = []
    for cell, old in former.iterrows():
        if cell not in renewed.index:
            lines.append(f"{_named(cell)}: no longer there")
            continue
        new = renewed.loc[cell]
        shown = [_rounded(row) for row in (old, new)]
        if shown[0] != shown[1] or old["grade"] != new["grade"]:
            lines.append(f"{_named(cell)}: {shown[0]} ({old['grade']}), renewed {shown[1]} ({new['grade']})")
    return lines


def _scorecard_file(build: Path) -> Path:
    return build / "results" / SOURCE / "scorecard.csv"


def _scorecard(build: Path) -> pd.DataFrame:
    return pd.read_csv(_scorecard_file(build), dtype=dict.fromkeys([*CELL, "printed", "grade"], str))


def _rounded(row: pd.Series) -> str:
    return "none" if math.isnan(row["value"]) else f"{row['value']:.{int(row['decimals'])}f}"


def _named(cell: Iterable[str]) -> str:
    table, column, row, statistic = cell
    return f"Table {table}, column {column}, {row}, {statistic}"


def _files(before: Path, after: Path, pattern: str, read: Callable[[Path], pd.DataFrame]) -> list[str]:
    """One row per file of either build."""
    names = sorted({file.relative_to(build).as_posix() for build in (before, after) for file in build.glob(pattern)})
    pairs = {name: (before / name, after / name) for name in names}
    return [f"| {name} | {_bytes(*pair)} | {_content(*pair, read)} |" for name, pair in pairs.items()]


def _bytes(former: Path, renewed: Path) -> str:
    both = former.exists() and renewed.exists()
    return "same" if both and former.read_bytes() == renewed.read_bytes() else "other"


def _content(former: Path, renewed: Path, read: Callable[[Path], pd.DataFrame]) -> str:
    """In words: same, or how many cells differ and by how much at most."""
    if not (former.exists() and renewed.exists()):
        return "only here" if former.exists() else "only renewed"
    old, new = read(former), read(renewed)
    if list(old.columns) != list(new.columns) or len(old) != len(new):
        return f"{len(old)} rows of {len(old.columns)} columns, renewed {len(new)} of {len(new.columns)}"
    differ = ~((old == new) | (old.isna() & new.isna()))
    cells = int(differ.to_numpy().sum())
    return f"{cells} of {old.size} cells differ, by {_largest(old, new):.1e} of themselves at most" if cells else "same"


def _largest(old: pd.DataFrame, new: pd.DataFrame) -> float:
    """Largest relative difference of the numbers; infinite where a text or a gap differs."""
    largest = 0.0
    for name in old.columns:
        both = old[name].notna() & new[name].notna()
        if (old[name].isna() != new[name].isna()).any():
            return math.inf
        if pd.api.types.is_numeric_dtype(old[name]) and pd.api.types.is_numeric_dtype(new[name]):
            gap, size = (old[name] - new[name]).abs(), old[name].abs().clip(lower=1e-300)
            largest = max(largest, float((gap / size)[both].max() or 0.0))
        elif (old[name][both].astype(str) != new[name][both].astype(str)).any():
            return math.inf
    return largest


if __name__ == "__main__":
    sys.exit(main())
