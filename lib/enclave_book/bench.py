"""Benchmarks: what the book promises about speed and memory, measured on this machine and kept as JSON.

A benchmark is a function that returns rows; `BENCHMARKS` names them. Each row has a value, its unit and, where the
book promises something, the limit and whether it is kept. Every measurement runs in a process of its own, with one
thread for linear algebra unless it is about threads: small matrices lose to threading.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyfixest as pf

from enclave.base import files, paths, usage
from enclave.base.errors import EnclaveError, command
from enclave.estimators import placebo
from enclave_book import large

PACKAGES = ["numpy", "pandas", "pyfixest", "duckdb", "ibis-framework"]
THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
UNITS, PERIODS, TREATED = 88, 19, 13
SEED = 20240401
MEGABYTE = 2**20
COLUMNS = ["benchmark", "what", "value", "unit", "limit", "kept"]

Row = dict[str, object]


def run(names: list[str], tell: Callable[[str], None] = print) -> list[Row]:
    """Run benchmarks one after the other, write each one's file when it is done, and return the rows that missed.

    Raises EnclaveError for an unknown name, before anything runs.
    """
    for name in names:
        if name not in BENCHMARKS:
            raise EnclaveError(f"There is no benchmark {name!r}. Choose one of {', '.join(BENCHMARKS)}.")
    missed = []
    for name in names:
        tell(f"{name} ...")
        rows = BENCHMARKS[name]()
        files.write_text(json.dumps(record(rows), indent=1) + "\n", paths.BENCH / f"{name}.json")
        for row in rows:
            tell(f"  {row['what']}: {row['value']:.4g} {row['unit']}")
        missed += [{"benchmark": name, **row} for row in rows if row["kept"] is False]
    return missed


def record(rows: list[Row]) -> dict[str, object]:
    """What a file holds: the machine, its load while measuring, and the rows."""
    return {"machine": machine(), "rows": rows}


def machine() -> dict[str, object]:
    """Kind of machine and versions, without names of host or user."""
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load": round(psutil.getloadavg()[0], 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def row(what: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> Row:
    """One measured figure, and whether it keeps the limit that the book promises, if there is one."""
    measured = {"what": what, "value": float(value), "unit": unit}
    if at_most is not None:
        return measured | {"limit": f"at most {at_most:g}", "kept": bool(value <= at_most)}
    if at_least is not None:
        return measured | {"limit": f"at least {at_least:g}", "kept": bool(value >= at_least)}
    return measured | {"limit": "", "kept": None}


def read() -> pd.DataFrame:
    """All rows of the files in `paths.BENCH`: `COLUMNS`, in the order of `BENCHMARKS`."""
    parts = [
        pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"]).assign(benchmark=name)
        for name in BENCHMARKS
        if (path := paths.BENCH / f"{name}.json").exists()
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def machines() -> dict[str, str]:
    """One sentence on the machine of each benchmark that has a file."""
    found = {}
    for name in BENCHMARKS:
        if (path := paths.BENCH / f"{name}.json").exists():
            kind = json.loads(path.read_text(encoding="utf-8"))["machine"]
            words = f"{kind['processor']}, {kind['cores']} cores, {kind['memory_gb']} GB, Python {kind['python']}"
            found[name] = f"{words}, load {kind['load']} when it ended"
    return found


def placebo_draws() -> list[Row]:
    """The batch of the placebo chapter against one regression per draw, and its memory."""
    single = _child("batch_and_regressions", threads=1)
    large, idle = (_child(name, threads=1) for name in ("ten_thousand_draws", "no_draws"))
    every = _child("ten_thousand_draws", threads=None)
    return [
        row("500 draws by placebo.draws, checks of the panel included", single["draws"], "s"),
        row("the same without checks and drawing", single["batch"], "s"),
        row("500 regressions with pyfixest", single["regressions"], "s"),
        row("placebo.draws is faster by", single["regressions"] / single["draws"], "times", at_least=200),
        row("largest difference of an estimate", single["difference"], "", at_most=1e-10),
        row("10,000 draws", large["seconds"], "s", at_most=1),
        row("memory that 10,000 draws add", (large["peak"] - idle["peak"]) / MEGABYTE, "MB", at_most=100),
        row("10,000 draws with default threads", every["seconds"], "s"),
    ]


def chapters() -> list[Row]:
    """Seconds of each notebook in the last build of the twin."""
    found = sorted(paths.timings("twin").glob("*.json"))
    if not found:
        raise EnclaveError(f"No notebook has been timed on this machine. Run {command('book')} first.")
    timed = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    return [row(one["notebook"], one["seconds"], "s", at_most=60) for one in timed]


def book() -> list[Row]:
    """The whole book from a ready environment and nothing else, built in a folder of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "enclave_book", "build", "--source", "twin"]
        done = subprocess.run(command, env={**os.environ, "ENCLAVE_BUILD": folder}, capture_output=True, check=False)
        seconds = time.monotonic() - began
    if done.returncode:
        raise EnclaveError(f"The book could not be built. Run {command('book')} and see what it says.")
    return [row("the whole book from nothing but the environment", seconds, "s", at_most=300)]


def cleaning() -> list[Row]:
    """Registers of several sizes: written, validated, cleaned by each engine, by a bare query and by plain pandas."""
    measured = {firms: large.measure(firms) for firms in large.sizes()}
    rows = [one for firms, found in measured.items() for one in _of_size(f"{firms:,} firms", found)]
    return rows + [row(what, value, unit, **limit) for what, value, unit, limit in large.promises(measured)]


def _of_size(firms: str, found: dict[str, large.Figures]) -> list[Row]:
    """What `large.measure` found of one size, one row for each figure."""
    rows = [row(f"{firms}, stakes", found["door"]["stakes"], "rows")]
    rows += [row(f"{firms}, validated tables", found["door"]["bytes"] / MEGABYTE, "MB")]
    for name, used in found.items():
        if "seconds" in used:
            rows.append(row(f"{firms}, {name}", used["seconds"], "s"))
            rows.append(row(f"{firms}, {name}, seconds of CPU", used["cpu"], "s"))
            rows.append(row(f"{firms}, {name}, peak memory", used["peak"] / MEGABYTE, "MB"))
    rows.append(row(f"{firms}, duckdb over floor", large.over(found, "duckdb", "floor"), "times"))
    rows += [row(f"{firms}, load of the machine {when}", load, "") for when, load in found["load"].items()]
    if "differ" in found:
        rows.append(row(f"{firms}, panels that differ", found["differ"]["panels"], "", at_most=0))
    return rows


BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "placebo": placebo_draws,
    "chapters": chapters,
    "book": book,
    "cleaning": cleaning,
}


def batch_and_regressions() -> dict[str, float]:
    """Child: 500 draws both ways on the same panel."""
    outcome, treated, first = _drawn(500)
    panel = _panel(outcome)
    draws = _best(lambda: placebo.draws(panel, "y", 500, SEED, unit="unit", time="period"), 5)
    batch = _best(lambda: placebo.estimates(outcome, treated, first), 9)
    found = placebo.estimates(outcome, treated, first)
    began = time.perf_counter()
    slow = [_regression(outcome, treated[draw], first[draw]) for draw in range(len(treated))]
    seconds = time.perf_counter() - began
    return {"draws": draws, "batch": batch, "regressions": seconds, "difference": float(np.abs(found - slow).max())}


def ten_thousand_draws() -> dict[str, float]:
    """Child: seconds and peak memory of 10,000 draws."""
    drawn = _drawn(10_000)
    seconds = _best(lambda: placebo.estimates(*drawn), 3)
    return {"seconds": seconds, "peak": usage.own()["peak"]}


def no_draws() -> dict[str, float]:
    """Child: peak memory with everything loaded and two draws made."""
    placebo.estimates(*_drawn(2))
    return {"peak": usage.own()["peak"]}


def _drawn(draws: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A panel of the paper's size, and treatments drawn as `placebo.draws` draws them."""
    generator = np.random.default_rng(SEED)
    outcome = np.log1p(generator.poisson(0.8, (UNITS, PERIODS)))
    treated = np.argpartition(generator.random((draws, UNITS)), TREATED, axis=1)[:, :TREATED]
    return outcome, treated, generator.integers(1, PERIODS, size=treated.shape)


def _panel(outcome: np.ndarray) -> pd.DataFrame:
    """The same outcome as a panel with 13 treated units."""
    unit, period = np.divmod(np.arange(outcome.size), PERIODS)
    cohort = pd.Series(unit).map(dict.fromkeys(range(TREATED), 9)).astype("Int64")
    return pd.DataFrame({"unit": unit, "period": period, "y": outcome.ravel(), "cohort": cohort})


def _regression(outcome: np.ndarray, treated: np.ndarray, first: np.ndarray) -> float:
    """One draw by `feols` with pair and year effects."""
    start = np.full(UNITS, PERIODS)
    start[treated] = first
    unit, period = np.divmod(np.arange(outcome.size), PERIODS)
    frame = pd.DataFrame({"y": outcome.ravel(), "unit": unit, "period": period, "treat": 1.0 * (period >= start[unit])})
    tight = pf.MapDemeaner(fixef_tol=1e-12)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # pyfixest calls pandas in a way that pandas is about to retire
        warnings.filterwarnings("ignore", message="The inplace keyword")
        return float(pf.feols("y ~ treat | unit + period", frame, demeaner=tight).coef()["treat"])


def _best(work: Callable[[], object], times: int) -> float:
    """Shortest of several runs in seconds."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _child(name: str, threads: int | None) -> dict[str, float]:
    """Run a function of this module in a fresh process, with so many threads for linear algebra."""
    limits = {} if threads is None else dict.fromkeys(THREADS, str(threads))
    environment = {key: value for key, value in os.environ.items() if key not in THREADS} | limits
    code = f"import json; from enclave import bench; print(json.dumps(bench.{name}()))"
    command = [sys.executable, "-X", "utf8", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise EnclaveError(f"The benchmark {name} stopped: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
