"""The batch of the placebo chapter against one regression per draw, and its memory."""

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyfixest as pf

from benchmarks.figures import MEGABYTE, Row, row
from enclave.base import paths, usage
from enclave.base.errors import EnclaveError
from enclave.estimators import placebo

THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
UNITS, PERIODS, TREATED = 88, 19, 13
SEED = 20240401


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
    code = f"import json; from benchmarks import placebo; print(json.dumps(placebo.{name}()))"
    command = [sys.executable, "-X", "utf8", "-c", code]
    done = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise EnclaveError(f"The benchmark {name} stopped: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
