"""The study: bias, spread, coverage, size and power of estimators and their errors, over cells of dials.

A cell is a setting of the dials. Cells with the same number of treated pairs and the same errors share their draws: all
that is computed from an outcome is linear until the last step, so the mean of a cell is added to it afterwards. Results
of such a group of cells are a part, in `_build/lab_study`; a stopped run goes on with the parts that are missing.
`python -m enclave.laboratory.study` makes the study, `--draws` changes their number, `--workers` the processes.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from enclave.base import files, paths
from enclave.base.arguments import refuse_no_count
from enclave.base.errors import EnclaveError, command
from enclave.laboratory import few, process, scores, weights
from enclave.laboratory.process import Dials

DRAWS = 1000
# the dials of the factorial: pairs with a park, correlation over years, drift, effect and its growth
TREATED, SERIAL, DRIFT = (4, 13, 30), (0.0, 0.5, 0.9), (0.0, 0.02, 0.1)
EFFECT = ((0.0, 0.0), (0.5, 0.0), (0.1, 0.1))
# one thing more, at serial correlation 0.5, without drift, with an effect that grows
MORE: tuple[dict[str, Any], ...] = (
    {"spread": 0.8},
    {"decay": 0.8},
    {"anticipation": 1},
    {"anticipation": 3},
    {"spillover": 0.5},
    {"noise": 2.0},
    {"dispersion": 0.0},
    {"dispersion": 1.0},
)
DIALS = list(asdict(Dials()))
KEYS = [*DIALS, "estimator", "error"]
MEASURES = ["truth", "bias", "sd", "mean_error", "rejects_truth", "rejects_zero"]
DIGITS = 4
RESULT, RECORD = "lab_study.csv", "made_of.txt"


@dataclass(frozen=True)
class Images:
    """All that tests need from outcomes, linear in them; the first axis of each is draws.

    `added` is a single draw that is added to each draw of `permuted`.
    """

    estimates: dict[str, np.ndarray]
    scores: dict[tuple[str, str], np.ndarray]
    placebos: np.ndarray
    permuted: few.Permuted
    added: few.Permuted

    def plus(self, mean: "Images", times: float = 1.0) -> "Images":
        """The images of each draw plus `times` the single outcome that `mean` has the images of."""
        return Images(
            {name: one + times * mean.estimates[name] for name, one in self.estimates.items()},
            {name: one + times * mean.scores[name] for name, one in self.scores.items()},
            self.placebos + times * mean.placebos,
            self.permuted,
            self.added.plus(mean.permuted, times),
        )


def images(outcomes: np.ndarray, treated: int) -> Images:
    """The images of outcomes, draws x pairs x years, for the design with so many treated pairs."""
    return Images(
        weights.estimates(outcomes, treated),
        scores.of(outcomes, treated),
        few.placebos(outcomes, treated),
        few.permuted(outcomes, treated),
        few.permuted(np.zeros((1, *outcomes.shape[1:])), treated),
    )


def cells() -> list[Dials]:
    """All cells of the study, in its order."""
    grown = EFFECT[-1]
    made = [
        Dials(treated, *effect, serial=serial, drift=drift)
        for treated, serial, drift, effect in product(TREATED, SERIAL, DRIFT, EFFECT)
    ]
    return made + [Dials(treated, *grown, **one) for treated, one in product(TREATED, MORE)]


def run(dials: Dials, draws: int = DRAWS) -> pd.DataFrame:
    """One cell: `MEASURES` of each estimator with each error.

    truth          the mean effect over treated pairs and years with a park
    bias           mean of the estimates less the truth
    sd             standard deviation of the estimates
    mean_error     mean of the standard errors; missing for the two tests of `few`, which have none
    rejects_truth  share of draws whose test at 5 per cent rejects the truth: coverage is one less it, and size, if the
                   truth is zero
    rejects_zero   share of draws whose test rejects zero: power, if the truth is not zero

    Returns the dials, estimator, error and the measures, in four digits; the same draws give the same numbers. Raises
    EnclaveError for dials that cannot be drawn, or fewer than two draws.
    """
    return part([dials], draws)


def part(group: list[Dials], draws: int = DRAWS) -> pd.DataFrame:
    """As `run`, for cells that share their errors (`errors_of` is the same)."""
    refuse_no_count("draws", draws, 2)
    [errors] = {errors_of(dials) for dials in group}
    noise = process.draws(errors, draws, seed(errors))
    if errors.dispersion is None:
        base = images(noise - process.means(errors), errors.treated)
        found = (base.plus(images(process.means(dials)[None], dials.treated)) for dials in group)
    else:
        found = (images(noise, errors.treated) for _ in group)
    return pd.concat([_judged(one, dials) for one, dials in zip(found, group, strict=True)], ignore_index=True)


def errors_of(dials: Dials) -> Dials:
    """The dials that decide about errors, others at zero; counts have all of theirs, as their variance has the mean."""
    if dials.dispersion is not None:
        return dials
    return Dials(dials.treated, effect=0.0, serial=dials.serial, noise=dials.noise)


def seed(dials: Dials) -> int:
    """The seed of draws, from the name of the dials."""
    return int(hashlib.sha256(dials.name.encode()).hexdigest()[:8], 16)


def _judged(found: Images, dials: Dials) -> pd.DataFrame:
    """The rows of a cell."""
    truth = process.truth(dials)
    tests = [*_by_errors(found, dials.treated, truth), *_by_few(found, dials.treated, truth)]
    made = pd.DataFrame(tests, columns=["estimator", "error", "mean_error", "rejects_truth", "rejects_zero"])
    estimates = [found.estimates[name] for name in made["estimator"]]
    made = made.assign(bias=[one.mean() - truth for one in estimates], sd=[one.std(ddof=1) for one in estimates])
    made = made.assign(truth=truth, **asdict(dials)).astype({"dispersion": float})
    return made[[*KEYS, *MEASURES]].round(dict.fromkeys(MEASURES, DIGITS))


def _by_errors(found: Images, treated: int, truth: float) -> Iterator[tuple]:
    """Estimator, error, mean error, and the shares of draws whose t tests reject the truth and zero."""
    limits = scores.critical(treated)
    for (name, error), own in found.scores.items():
        std = scores.errors(own)
        away = [np.abs(found.estimates[name] - number) for number in (truth, 0.0)]
        yield name, error, std.mean(), *((one > limits[name, error] * std).mean() for one in away)


def _by_few(found: Images, treated: int, truth: float) -> Iterator[tuple]:
    """The same for the tests for few treated pairs, which have no error."""
    treat = few.permuted(process.design(treated).treat[None].astype(float), treated)
    distances = [found.estimates["twfe"] - number for number in (truth, 0.0)]
    yield "twfe", "placebo", np.nan, *(few.placebo_rejects(one, found.placebos).mean() for one in distances)
    added = [found.added.plus(treat, -number) for number in (truth, 0.0)]
    yield "twfe", "permutation", np.nan, *(few.permutation_rejects(found.permuted, one).mean() for one in added)


def groups(wanted: Iterable[Dials]) -> dict[str, list[Dials]]:
    """Cells by the name of their errors."""
    made: dict[str, list[Dials]] = {}
    for dials in wanted:
        made.setdefault(errors_of(dials).name, []).append(dials)
    return made


def checksum() -> str:
    """SHA-256 of the modules that the study is made of."""
    found = hashlib.sha256()
    for file in sorted((paths.LIB / "enclave" / "laboratory").glob("*.py")):
        found.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def results() -> pd.DataFrame:
    """The committed study: the dials, estimator, error, `MEASURES`, and draws of each cell.

    Raises EnclaveError if the file is missing.
    """
    file = paths.LAB_STUDY / RESULT
    if not file.exists():
        raise EnclaveError(f"{file.name} is missing. Make it: `{command('lab-study')}`.")
    return pd.read_csv(file)


def make(draws: int = DRAWS, workers: int = 1) -> pd.DataFrame:
    """All cells, from parts that are there and others that are computed; writes the result and what it was made of."""
    folder = paths.LAB_PARTS / f"{checksum()[:12]}_{draws}"
    parts = groups(cells())
    missing = [name for name in parts if not _file(folder, name).exists()]
    given = ([folder] * len(missing), missing, [draws] * len(missing))
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for name in (pool.map if pool else map)(_write, *given):
            print(f"  made {name}", flush=True)
    every = pd.concat([pd.read_csv(_file(folder, name)) for name in parts], ignore_index=True)
    made = _in_order(every).assign(draws=draws)
    files.write_csv(made, paths.LAB_STUDY / RESULT)
    files.write_text(f"{checksum()}\n", paths.LAB_STUDY / RECORD)
    return made


def _write(folder: Path, name: str, draws: int) -> str:
    """Compute a part and write it; returns its name."""
    files.write_csv(part(groups(cells())[name], draws), _file(folder, name))
    return name


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.csv"


def _in_order(every: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order of `cells`."""
    named = [Dials(**_as_dials(row)).name for row in every[DIALS].to_dict("records")]
    places = {dials.name: place for place, dials in enumerate(cells())}
    return every.iloc[np.argsort([places[name] for name in named], kind="stable")].reset_index(drop=True)


def _as_dials(row: dict) -> dict:
    """Dials from a row of a file."""
    missing = pd.isna(row["dispersion"])
    return row | {"dispersion": None if missing else float(row["dispersion"])}


def main(words: list[str]) -> int:
    """Make the study; returns the exit code."""
    reader = argparse.ArgumentParser(prog=command("lab-study"))
    reader.add_argument("--draws", type=int, default=DRAWS, help="draws of each cell")
    reader.add_argument("--workers", type=int, default=1, help="processes")
    given = reader.parse_args(words)
    try:
        made = make(given.draws, given.workers)
    except EnclaveError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"{len(made)} rows of {len(cells())} cells in {paths.LAB_STUDY / RESULT}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
