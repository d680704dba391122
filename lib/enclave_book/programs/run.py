"""Running the programs in R on the panels of a source, and comparing what they print with our results."""

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from enclave.base import files
from enclave.base.errors import EnclaveError
from enclave.panels import Panels
from enclave_book.pages import class_data
from enclave_book.programs import records

VARIABLE = "ENCLAVE_RSCRIPT"
REMEDY = (
    "R was not found. Install it with its package sandwich (Debian and Ubuntu: apt install r-base-core "
    f"r-cran-sandwich; elsewhere: install.packages('sandwich')), or name it: {VARIABLE}=/path/to/Rscript"
)
NO_PACKAGE = (
    "R has no package sandwich. Install it (Debian and Ubuntu: apt install r-cran-sandwich; elsewhere, in R: "
    "install.packages('sandwich')) and type this command again."
)
VERSION = "cat(paste0('R ', getRversion(), ', sandwich ', packageVersion('sandwich')))"
# R prints ten significant digits; the last one may be rounded the other way
CLOSE = 1e-9
# of estimates that are zero but for rounding
TINY = 1e-11
KEYS = {"column", "row", "statistic", "stars", "event_time", "draw"}
TABLE = ["column", "row", "statistic", "value", "stars"]


def find() -> str | None:
    """The program Rscript: the one that `ENCLAVE_RSCRIPT` names, or the one that is installed; or None."""
    return os.environ.get(VARIABLE) or shutil.which("Rscript")


def run(
    data: Panels, result: Callable[[str], pd.DataFrame], report: Callable[[str], None], *, keep: bool
) -> dict[str, records.Record]:
    """Run all programs on panels, compare each with the `result` of its exhibit, and `keep` what they print.

    Returns the record of each exhibit. Raises EnclaveError if R is missing or a script fails, or for numbers that
    differ; then nothing is kept.
    """
    made = {}
    with tempfile.TemporaryDirectory(prefix="programs") as folder:
        prepare(data, Path(folder))
        version = evaluate(["-e", VERSION], Path(folder))
        for exhibit in records.EXHIBITS:
            printed = evaluate([f"r/{exhibit}.R"], Path(folder))
            compared = compare(printed, result(exhibit))
            refuse_differences(exhibit, compared)
            report(f"  {exhibit}: {len(compared)} numbers agree with those of {version}")
            made[exhibit] = records.Record(version, records.inputs(exhibit, data), len(compared), printed)
    if keep:
        for exhibit, record in made.items():
            records.write(exhibit, record)
    return made


def prepare(data: Panels, folder: Path) -> None:
    """Write the panels as CSV, and the scripts, into a folder in which the scripts run."""
    read = {name for exhibit in records.EXHIBITS for name in records.panels_of(exhibit)}
    for panel, frame in class_data.frames(data, read):
        files.write_bytes(class_data.csv(frame), folder / f"{panel.stem}.csv")
    for place, script in class_data.scripts().items():
        files.write_bytes(script.read_bytes(), folder / place)


def evaluate(words: list[str], folder: Path) -> str:
    """What R prints. Raises EnclaveError if R or its package is missing, or with its message if it fails."""
    program = find()
    if program is None:
        raise EnclaveError(REMEDY)
    done = subprocess.run(
        [program, "--vanilla", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode and re.search(r"no package.*sandwich", done.stderr):
        raise EnclaveError(NO_PACKAGE)
    if done.returncode:
        raise EnclaveError(f"R stopped at {' '.join(words)}: {done.stderr.strip()[-500:]}")
    return done.stdout


def compare(printed: str, ours: pd.DataFrame) -> pd.DataFrame:
    """Each number that R printed as CSV beside ours: key, name, theirs, ours, agree; one row per number.

    The key of a cell is its column, row and statistic (its stars belong to it), that of a point its time or draw.
    `ours` is the result of the exhibit. Raises EnclaveError if R printed other rows than we have.
    """
    wanted = TABLE if "statistic" in ours else [name for name in ours if name != "table"]
    texts = dict.fromkeys(KEYS - {"event_time", "draw"}, str)
    theirs = pd.read_csv(io.StringIO(printed), dtype=texts, keep_default_na=False, na_values=_gaps(wanted))
    keys = [name for name in wanted if name in KEYS]
    if list(theirs) != wanted:
        raise EnclaveError(f"R printed the columns {', '.join(theirs)}, not {', '.join(wanted)}. Correct the script.")
    both = [_long(frame[wanted], keys) for frame in (theirs, ours)]
    found = both[0].merge(both[1], on=["key", "name"], how="outer", suffixes=("_r", ""), indicator=True)
    lost = found.loc[found["_merge"] != "both", "key"]
    if len(lost):
        raise EnclaveError(f"R and the results do not have the same rows: {lost.iloc[0]}. Correct the script.")
    theirs, mine = found["number_r"].to_numpy(float), found["number"].to_numpy(float)
    close = np.isclose(theirs, mine, rtol=CLOSE, atol=TINY, equal_nan=True)
    return pd.DataFrame({"key": found["key"], "name": found["name"], "theirs": theirs, "ours": mine, "agree": close})


def refuse_differences(exhibit: str, compared: pd.DataFrame) -> None:
    """Raise EnclaveError with the first number that differs."""
    wrong = compared[~compared["agree"]]
    if len(wrong):
        first = wrong.iloc[0]
        raise EnclaveError(
            f"{exhibit}: {len(wrong)} of {len(compared)} numbers differ. The first, {first['name']} of {first['key']}: "
            f"R {first['theirs']:.10g}, ours {first['ours']:.10g}. Look for a choice that the two do not share."
        )


def _gaps(wanted: list[str]) -> dict[str, list[str]]:
    return {name: [""] for name in wanted if name not in KEYS}


def _long(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per number, with the key as one text."""
    key = frame[keys].astype(str).agg(" ".join, axis=1)
    return frame.drop(columns=keys).assign(key=key).melt(id_vars="key", var_name="name", value_name="number")
