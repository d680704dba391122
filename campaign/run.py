"""The command of the campaign: damages deliveries, sorts the outcomes, and fails if one of them is a fault of the book.

`python -m campaign.run --n 1000 --seed 1` runs the mutations 0 to 999 of a seed, `--seed 1 17` repeats number 17 alone.
A run of `KEPT_FROM` mutations or more is kept in `data/campaign`.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from enclave.base import files, paths
from enclave.base.errors import command

# most processes that work at the same time
WORKERS = 2
# runs of so many mutations and more are kept
KEPT_FROM = 1000
# seconds between two reports
EVERY = 30.0

Row = dict[str, object]
Report = Callable[[str], None]


def main(words: Sequence[str]) -> int:
    """Run the campaign, or repeat some of its mutations; returns 1 if an outcome is a fault of the book."""
    parser = argparse.ArgumentParser(prog="campaign")
    parser.add_argument("--n", type=int, default=KEPT_FROM, help="how many mutations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("numbers", type=int, nargs="*", help="repeat these alone")
    given = parser.parse_args(words)
    numbers = given.numbers or range(given.n)
    rows = run(given.seed, numbers, lambda text: print(text, flush=True))
    print(table(rows))
    faults = [row for row in rows if is_fault(row)]
    for row in faults if not given.numbers else rows:
        print(described(given.seed, row))
    if not given.numbers and given.n >= KEPT_FROM:
        keep(given.seed, rows)
    print(f"{len(faults)} of {len(rows)} mutations show a fault of the book.")
    return 1 if faults else 0


def run(seed: int, numbers: Sequence[int], report: Report, workers: int = WORKERS) -> list[Row]:
    """The outcomes of these mutations of a seed, in their order, found by processes of their own.

    One row each: number, group, kind, shape, where, outcome, detail, cells (panel -> cells that differ).
    """
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.BUILD, prefix=f".{os.getpid()}.", ignore_cleanup_errors=True) as folder:
        rows = []
        last = time.monotonic()
        for row in _outcomes(seed, numbers, folder, min(workers, len(numbers))):
            rows.append(row)
            if time.monotonic() - last > EVERY:
                last = time.monotonic()
                report(f"  {len(rows):,} of {len(numbers):,} mutations")
        return rows


def _outcomes(seed: int, numbers: Sequence[int], folder: str, workers: int) -> Iterator[Row]:
    fresh = multiprocessing.get_context("spawn")
    former = os.environ.get("ENCLAVE_BUILD")
    # the processes that start read it when they load the package
    os.environ["ENCLAVE_BUILD"] = folder
    try:
        with ProcessPoolExecutor(workers, mp_context=fresh) as pool:
            yield from pool.map(outcome, [seed] * len(numbers), numbers, [str(paths.BUILD)] * len(numbers))
    finally:
        os.environ.pop("ENCLAVE_BUILD")
        if former is not None:
            os.environ["ENCLAVE_BUILD"] = former


def outcome(seed: int, number: int, build: str | None = None) -> Row:
    """The outcome of one mutation, found in this process. A delivery that shows a fault is kept below `build`."""
    from campaign import judge, mutation
    from campaign.delivery import lay_out
    from campaign.kinds import KINDS

    made = mutation.drawn(KINDS, seed, number)
    verdict = judge.judge(made)
    row = {
        "number": number,
        "group": made.kind.group,
        "kind": made.kind.name,
        "shape": made.shape,
        "where": made.change.where,
        "outcome": verdict.outcome,
        "detail": verdict.detail,
        "cells": verdict.cells,
    }
    if build is not None and is_fault(row):
        lay_out(made.change.files, paths.mutated(seed, number, build))
    return row


def is_fault(row: Row) -> bool:
    """Whether the outcome of a mutation is a fault of the book."""
    from campaign.outcomes import BAD

    return row["outcome"] in BAD


def described(seed: int, row: Row) -> str:
    """One mutation in words, and how to repeat it."""
    number = row["number"]
    again = command("mutate", SEED=seed, ARGS=number)
    cells = "".join(f", {panel} {count}" for panel, count in row["cells"].items())
    return (
        f"{number}: {row['group']}, {row['kind']} ({row['shape']}: {row['where']}): {row['outcome']}{cells}. "
        f"{row['detail']}\n    The delivery is in {paths.mutated(seed, number)}. Repeat it with {again}"
    )


def counts(rows: list[Row]) -> list[Row]:
    """One row per kind in the order of the campaign: group, kind, tried, and the number of each outcome."""
    found: dict[tuple, Counter] = {}
    for row in sorted(rows, key=lambda row: row["number"]):
        found.setdefault((row["group"], row["kind"]), Counter())[row["outcome"]] += 1
    return [
        {"group": group, "kind": kind, "tried": sum(counted.values()), "outcomes": dict(sorted(counted.items()))}
        for (group, kind), counted in found.items()
    ]


def table(rows: list[Row]) -> str:
    """The outcomes by group, as text."""
    from campaign.outcomes import ALL

    shown = [outcome for outcome in ALL if any(row["outcome"] == outcome for row in rows)]
    groups: dict[str, Counter] = {}
    for row in rows:
        groups.setdefault(row["group"], Counter())[row["outcome"]] += 1
    groups["all"] = Counter(row["outcome"] for row in rows)
    lines = [["", *shown], *([group, *(str(counted[name]) for name in shown)] for group, counted in groups.items())]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def keep(seed: int, rows: list[Row]) -> None:
    """Write the outcomes of a run: counts by kind, and each mutation that changed a panel or shows a fault."""
    from campaign.outcomes import REFUSED, SAME

    shown = [
        {key: row[key] for key in ("number", "group", "kind", "shape", "where", "outcome", "cells")}
        for row in rows
        if row["outcome"] not in (REFUSED, SAME)
    ]
    record = {"seed": seed, "mutations": len(rows), "kinds": counts(rows), "changed": shown}
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    files.write_text(text, paths.CAMPAIGN / f"seed_{seed}.json")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
