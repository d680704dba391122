"""Whether long tests must run: a checksum of their inputs, kept in git since they last passed.

`python -m tools.stamps fit` exits with 0 if the inputs of the tests of the fit are unchanged, else with 1.
`python -m tools.stamps fit write` records the present inputs; `make test-fit` does so when the tests have passed. With
`slow` in the place of `fit`, both do the same for the other long tests.
"""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.set_up import ROOT


@dataclass(frozen=True)
class Stamp:
    """The record of one group of tests.

    `file` has the checksum, `inputs` are the folders and files whose bytes the result of the tests depends on.
    """

    name: str
    file: Path
    inputs: tuple[str, ...]

    @property
    def remedy(self) -> str:
        return f"Run `make test-{self.name}` and commit the stamp"

    def checksum(self, root: Path = ROOT) -> str:
        """SHA-256 of the names and bytes of the inputs below `root`, without caches of Python and texts for readers."""
        found = hashlib.sha256()
        for file in self.files(root):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            found.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
        return found.hexdigest()

    def files(self, root: Path = ROOT) -> list[Path]:
        """All input files, sorted. Raises FileNotFoundError if one of the inputs is missing."""
        found = []
        for place in (root / name for name in self.inputs):
            inside = [file for file in place.rglob("*") if file.is_file() and _matters(file)]
            if not inside and not place.is_file():
                raise FileNotFoundError(f"{place} is missing. Correct the inputs in tools/stamps.py.")
            found += inside or [place]
        return sorted(found)

    def is_current(self, root: Path = ROOT) -> bool:
        """Whether the inputs are those with which the tests passed last."""
        stamp = root / self.file
        return stamp.exists() and stamp.read_text(encoding="utf-8").strip() == self.checksum(root)

    def write(self, root: Path = ROOT) -> None:
        """Record the present inputs as tested."""
        (root / self.file).write_text(f"{self.checksum(root)}\n", encoding="utf-8", newline="\n")


def _matters(file: Path) -> bool:
    return "__pycache__" not in file.parts and file.suffix != ".md"


FIT = Stamp(
    "fit",
    Path("tests/twin/fit_was_tested.txt"),
    (
        "lib/enclave_twin/fit",
        "lib/enclave_twin/counts",
        "lib/enclave_twin/blind_test.py",
        "data/twin",
        "data/published/published.csv",
        "data/facts",
        "requirements.lock",
        "tests/twin/test_blind_test.py",
        "tests/twin/test_fit.py",
        "tests/twin/test_fit_stages.py",
        "tests/twin/test_pair_lists.py",
    ),
)
SLOW = Stamp(
    "slow",
    Path("tests/slow_were_tested.txt"),
    (
        "campaign",
        "lib/enclave/base",
        "lib/enclave/estimators",
        "lib/enclave/exhibits",
        "lib/enclave/facts",
        "lib/enclave/laboratory",
        "lib/enclave/panels",
        "lib/enclave_registers",
        "lib/enclave_twin",
        "data/twin",
        "data/facts",
        "data/ensemble",
        "data/lab_study",
        "data/lists",
        "requirements.lock",
        "requirements-spark.lock",
        "book/_static/pieces",
        "book/register_in_an_hour.md",
        "course/slides/1_setting.md",
        "course/slides/2_did.md",
        "course/slides/3_event_study.md",
        "course/slides/4_staggered.md",
        "course/slides/5_heterogeneity.md",
        "course/slides/6_land.md",
        "course/slides/one_lecture.md",
        "lib/enclave_book/browser/slides_paper.py",
        "lib/enclave_course",
        "lib/enclave_book/render/editions.py",
        "lib/enclave_book/notebooks/copies.py",
        "lib/enclave_book/notebooks/lab.py",
        "lib/enclave_book/pages/lab_piece.py",
        "lib/enclave_book/pages/pieces.py",
        "lib/enclave_book/programs",
        "lib/enclave_book/slides",
        "notebooks/08_social_network.ipynb",
        "programs",
        "run.py",
        "tools",
        "tests/book/test_lab.py",
        "tests/book/test_pieces.py",
        "tests/book/test_programs.py",
        "tests/book/test_register_in_an_hour.py",
        "tests/conftest.py",
        "tests/course/test_slides_in_browser.py",
        "tests/course/test_editions.py",
        "tests/estimators/test_one_rule.py",
        "tests/project/test_portable.py",
        "tests/project/test_set_up_later.py",
        "tests/registers/test_campaign.py",
        "tests/registers/test_clusters.py",
        "tests/registers/test_engines.py",
        "tests/registers/test_failures.py",
        "tests/registers/test_odd_deliveries.py",
        "tests/registers/test_recovery.py",
        "tests/registers/test_resume.py",
        "tests/support/browser.py",
        "tests/support/builds.py",
        "tests/support/clusters.py",
        "tests/support/codings.py",
        "tests/support/odd_deliveries.py",
        "tests/support/package_index.py",
        "tests/support/recovery.py",
        "tests/support/shared.py",
        "tests/twin/test_big_registers.py",
        "tests/twin/test_ensemble_members.py",
        "tests/twin/test_list_of_the_book.py",
        "tests/twin/test_lists.py",
    ),
)
STAMPS = {stamp.name: stamp for stamp in (FIT, SLOW)}


def main(words: list[str]) -> int:
    """Write the stamp of a group of tests, or say whether it is current; returns the exit code."""
    stamp = STAMPS[words[0]]
    if words[1:] == ["write"]:
        stamp.write()
        print(f"Wrote {stamp.file.as_posix()}. Commit it.")
        return 0
    current = stamp.is_current()
    state = "unchanged" if current else "changed"
    print(f"Inputs of `make test-{stamp.name}` are {state} since these tests last passed.")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
