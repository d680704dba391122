"""The command of the benchmarks: measures, keeps the figures, and fails if a promise is not kept."""

import json
import sys
from collections.abc import Callable

from benchmarks import book, cleaning, placebo
from benchmarks.figures import Row, machine
from enclave.base import files, paths
from enclave.base.errors import EnclaveError

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "placebo": placebo.placebo_draws,
    "chapters": book.chapters,
    "book": book.whole_book,
    "cleaning": cleaning.rows,
}
# what else the file of a benchmark holds
FURTHER = {"cleaning": {"limits": cleaning.LIMITS}}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; returns 1 with one line on stderr for each promise that is not kept."""
    try:
        missed = run(names or list(BENCHMARKS), lambda text: print(text, flush=True))
    except EnclaveError as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The former figures of this benchmark stay.", file=sys.stderr)
        return 130
    if missed:
        lines = [f"{one['what']}: {one['value']:.4g} {one['unit']}, {one['limit']}" for one in missed]
        print("Not kept:\n" + "\n".join(lines), file=sys.stderr)
    return 1 if missed else 0


def run(names: list[str], report: Callable[[str], None] = print) -> list[Row]:
    """Run benchmarks one after the other, write each one's file when it is done, and return the rows that missed.

    Raises EnclaveError for an unknown name, before anything runs.
    """
    for name in names:
        if name not in BENCHMARKS:
            raise EnclaveError(f"There is no benchmark {name!r}. Choose one of {', '.join(BENCHMARKS)}.")
    missed = []
    for name in names:
        report(f"{name} ...")
        rows = BENCHMARKS[name]()
        record = {"machine": machine(), **FURTHER.get(name, {}), "rows": rows}
        files.write_text(json.dumps(record, indent=1) + "\n", paths.BENCH / f"{name}.json")
        for row in rows:
            report(f"  {row['what']}: {row['value']:.4g} {row['unit']}")
        missed += [{"benchmark": name, **row} for row in rows if row["kept"] is False]
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
