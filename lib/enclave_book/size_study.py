"""The study of sizes: `python -m enclave_book.size_study`. A stopped run continues where it was.

`--draws 4000` adds parts to those that are there. If the list of treated pairs has changed, all parts are made anew.
"""

import argparse
from collections.abc import Callable

import pandas as pd

from enclave.base import files
from enclave.estimators.many_draws import MAKERS
from enclave.exhibits import size_study
from enclave.exhibits.size_study import DRAWS, FILE, KEYS, MADE_FROM, PART


def main(words: list[str] | None = None) -> None:
    """Make all parts that are missing."""
    parser = argparse.ArgumentParser(prog="enclave_book.size_study", description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"draws for each kind of errors (default {DRAWS})")
    make(parser.parse_args(words).draws)


def make(draws: int, report: Callable[[str], object] = print) -> None:
    """Write the parts of `draws` draws for each kind of errors, one after the other."""
    given = size_study.design()
    checksum = size_study.made_from(given)
    known = MADE_FROM.exists() and MADE_FROM.read_text(encoding="utf-8").strip() == checksum
    parts = pd.read_csv(FILE) if known and FILE.exists() else pd.DataFrame(columns=KEYS)
    files.make_folder(FILE.parent)
    for number in range(-(-draws // PART)):
        for errors in MAKERS:
            if not ((parts["errors"] == errors) & (parts["part"] == number)).any():
                fresh = size_study.part(given, errors, number)
                parts = pd.concat([parts, fresh], ignore_index=True) if len(parts) else fresh
                parts = parts.sort_values(KEYS, ignore_index=True)
                files.write_csv(parts, FILE)
                files.write_text(f"{checksum}\n", MADE_FROM)
                report(f"{errors}: part {number + 1} of {-(-draws // PART)}")


if __name__ == "__main__":
    main()
