"""The commands on registers: check them, write synthetic ones, fit a twin."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from enclave.base import paths, sources
from enclave.base.errors import EnclaveError, command

EVERY = 10


def check(given: argparse.Namespace) -> None:
    """Check the raw tables, and list what the book needs and lacks, or write a first map. Nothing is built."""
    from enclave_registers.intake import completeness

    if given.map:
        _draft(given.source)
        return
    print_advice(given.source)
    problems = completeness.check(given.source, print)
    if problems:
        raise EnclaveError("\n".join(problems))
    print(f"All tables of source {given.source} are valid.")


def _draft(source: str) -> None:
    from enclave_registers.intake.draft import write

    path, guesses = write.draft(source)
    print(f"{path}: written, with {guesses} guesses. Compare each line marked `# guess` with the files.")
    print(f"Then check again: {command('check', SOURCE=source)}.")


def registers(given: argparse.Namespace) -> None:
    """Write synthetic registers."""
    from enclave_twin import commercial, rehearsal, write

    options = {"firms": given.firms, "seed": given.seed, "counts": _counts(given.twin)}
    deliveries = {rehearsal.FORMAT: rehearsal.registers, commercial.FORMAT: commercial.registers}
    if given.format in deliveries:
        deliveries[given.format](given.source, **options)
    else:
        write.registers(given.source, **options, format=given.format, report=progress(EVERY))
    print(paths.registers(given.source))


def progress(every: float) -> Callable[[int, int], None]:
    """A function that prints on stderr how many firms are written, at most once in `every` seconds."""
    last = time.monotonic()

    def report(done: int, firms: int) -> None:
        nonlocal last
        if time.monotonic() - last >= every:
            last = time.monotonic()
            print(f"  {done:,} of {firms:,} firms", file=sys.stderr, flush=True)

    return report


def twin(given: argparse.Namespace) -> None:
    """Write the synthetic registers of a committed twin from its fitted counts."""
    from enclave.panels import targets
    from enclave_twin import write

    write.registers(given.source, counts=targets.folder(given.source))
    print(paths.registers(given.source))


def twin_fit(given: argparse.Namespace) -> None:
    """Fit a twin to the printed numbers again. Takes hours, and continues where it was stopped."""
    from enclave_twin.fit.workers import SAME

    # before numpy is loaded: otherwise sums may have other last bits, and the counts are others
    os.environ.update(SAME)
    from enclave.exhibits import scorecard
    from enclave.facts import treated_pairs
    from enclave.panels import targets
    from enclave_twin.fit import adopt
    from enclave_twin.fit import run as fitting

    def report(text: str) -> None:
        print(text, flush=True)

    relaxed = targets.relaxed_targets(targets.folder(given.source))
    place = paths.fit(given.source, given.seed)
    treated = treated_pairs.of_source(given.source)
    broken = partial(adopt.broken, treated=treated, source=given.source)
    fitting.fit(treated, given.seed, given.turns, place, report, relaxed, broken)
    graded = adopt.adopt(place, given.source, report)
    report(scorecard.summary(graded).to_string(index=False))
    report(graded[graded["grade"] != "exact"].to_string(index=False))


def print_advice(source: str) -> None:
    """Print how a register set is treated if nothing says how it was made."""
    if paths.registers(source).is_dir() and (line := sources.advice(source)):
        print(line, flush=True)


def _counts(twin: str) -> Path:
    """Folder of the target counts of a committed twin by its number."""
    from enclave.panels import targets

    return targets.folder("twin" if twin == "1" else f"twin-{twin}")
