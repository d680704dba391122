"""What other programs have printed, kept with the checksums of the panels and the script that it comes from.

The record of an exhibit counts for a source if these checksums are those of its panels. Otherwise no number is shown.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from enclave.base import files, paths
from enclave.exhibits import READS
from enclave.panels import Panels
from enclave_book.pages import class_data

EXHIBITS = ["table_1", "table_2", "table_3", "table_4", "table_5", "figure_1", "figure_2", "figure_5"]
RUN, RECORDED, NOT_RUN = "run", "recorded", "not run"
SHARED = "common.R"
# panels count as the same if they agree in this many digits
DIGITS = "%.10g"


@dataclass(frozen=True)
class Record:
    """What R printed for an exhibit.

    `version` names R and its package; `inputs` are checksums by file; `numbers` were compared and agreed.
    """

    version: str
    inputs: dict[str, str]
    numbers: int
    printed: str


def r_script(exhibit: str) -> Path:
    """The program of an exhibit in R."""
    return paths.PROGRAMS / "r" / f"{exhibit}.R"


def stata_script(exhibit: str) -> Path:
    """The program of an exhibit in Stata."""
    return paths.PROGRAMS / "stata" / f"{exhibit}.do"


def inputs(exhibit: str, data: Panels) -> dict[str, str]:
    """SHA-256 of the scripts and panels that the program of an exhibit reads, by name."""
    scripts = [paths.PROGRAMS / "r" / SHARED, r_script(exhibit)]
    texts = {script.name: script.read_bytes() for script in scripts}
    texts |= {panel.stem: _rounded(frame) for panel, frame in class_data.frames(data, panels_of(exhibit))}
    return {name: hashlib.sha256(text).hexdigest() for name, text in sorted(texts.items())}


def panels_of(exhibit: str) -> set[str]:
    """The panels that the program of an exhibit reads; the placebo treatments count as one."""
    return {*READS[exhibit], *([class_data.DRAWS.stem] if exhibit == "figure_2" else [])}


def state(exhibit: str, data: Panels) -> str:
    """Whether R has run on these panels (`RUN`), on other panels or with another script, or never."""
    found = read(exhibit)
    if found is None:
        return NOT_RUN
    return RUN if found.inputs == inputs(exhibit, data) else RECORDED


def read(exhibit: str) -> Record | None:
    """The record of an exhibit, or None."""
    head, printed = _files(exhibit)
    if not (head.exists() and printed.exists()):
        return None
    return Record(**json.loads(head.read_text(encoding="utf-8")), printed=printed.read_text(encoding="utf-8"))


def write(exhibit: str, record: Record) -> None:
    """Keep a record in `data/programs`."""
    head, printed = _files(exhibit)
    facts = {"version": record.version, "inputs": record.inputs, "numbers": record.numbers}
    files.write_text(json.dumps(facts, indent=1) + "\n", head)
    files.write_text(record.printed, printed)


def _files(exhibit: str) -> tuple[Path, Path]:
    return paths.PRINTED / f"{exhibit}.json", paths.PRINTED / f"{exhibit}.csv"


def _rounded(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n", float_format=DIGITS).encode()
