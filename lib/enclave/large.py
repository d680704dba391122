"""Benchmark of the cleaning: the same registers through a bare query, through each engine, and through plain pandas.

Every measurement runs in a process of its own. `ENCLAVE_BENCH_FIRMS` names the sizes, as in 1000000,10000000.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from enclave import cohorts, door, java, panels, paths
from enclave.errors import EnclaveError

SOURCE = "bench"
FIRMS = "100000,1000000"
# the plain program takes minutes at a million firms
LARGEST_PLAIN = 1_000_000
FLOOR = """
    SELECT investor.city, investee.city, year(stakes.invested_on), count(*)
    FROM '{folder}/shareholders.parquet' AS stakes
    JOIN (SELECT firm_id, name[1:2] AS city FROM '{folder}/firms.parquet') AS investee USING (firm_id)
    JOIN (SELECT firm_id, name[1:2] AS city FROM '{folder}/firms.parquet') AS investor
        ON stakes.shareholder_id = investor.firm_id
    GROUP BY ALL
"""
Figures = dict[str, float]


def sizes() -> list[int]:
    """Numbers of firms to measure, in order."""
    text = os.environ.get("ENCLAVE_BENCH_FIRMS") or FIRMS
    if not all(part.strip().isdigit() for part in text.split(",")):
        raise EnclaveError(f"ENCLAVE_BENCH_FIRMS is {text!r}. Write numbers with commas, as in {FIRMS}.")
    return sorted(int(part) for part in text.split(","))


def measure(firms: int) -> dict[str, Figures]:
    """Seconds, CPU seconds and peak memory (bytes) of `floor`, `duckdb`, `spark` and `pandas` (small sizes only).

    `tables` holds the bytes and stakes of the admitted tables, `differ` the number of panels that are not the same.
    """
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.BUILD, prefix=f".{os.getpid()}.") as folder:
        made = {"tables": _child("write", folder, firms)}
        made |= {"floor": _child("floor", folder), "duckdb": _child("clean", folder, ENGINE="duckdb")}
        first = _panels(folder)
        made["spark"] = _child("clean", folder, ENGINE="spark")
        differ = sum(first[name] != found for name, found in _panels(folder).items())
        if firms <= LARGEST_PLAIN:
            made["pandas"] = _child("plain", folder)
            differ += sum(first[name] != found for name, found in _panels(folder).items())
        return made | {"differ": {"panels": differ}}


def write(firms: str) -> Figures:
    """Child: write registers and pass them through the door."""
    command = [sys.executable, "-m", "enclave", "registers", "--source", SOURCE, "--firms", firms]
    subprocess.run(command, check=True, capture_output=True)
    door.admit(SOURCE)
    folder = paths.admitted(SOURCE)
    stakes = duckdb.sql(f"SELECT count(*) FROM '{folder}/shareholders.parquet'").fetchall()[0][0]
    shutil.rmtree(paths.registers(SOURCE))
    return {"bytes": sum(file.stat().st_size for file in folder.iterdir()), "stakes": stakes}


def floor() -> Figures:
    """Child: nothing but the two joins and the adding up, with the first two characters of a name as its city."""
    duckdb.sql(FLOOR.format(folder=paths.admitted(SOURCE))).fetchall()
    return {}


def clean() -> Figures:
    """Child: all panels by the engine that `ENGINE` names."""
    panels.build(SOURCE)
    return {"java": java.peak()}


def plain() -> Figures:
    """Child: the same panels by the plain program of the tests."""
    sys.path.insert(0, str(paths.TESTS))
    import plain_cleaning

    made = plain_cleaning.clean(paths.admitted(SOURCE), panels.pairs(cohorts.of(SOURCE)))
    for name, frame in made.items():
        frame.to_parquet(paths.panels(SOURCE) / f"{name}.parquet", index=False)
    return {}


def _panels(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((Path(folder) / "panels" / SOURCE).iterdir())}


def timed(name: str, *arguments: str) -> None:
    """Child: run a function of this module and print its figures with time and memory as JSON."""
    began = time.monotonic()
    found = globals()[name](*arguments)
    seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) + found.pop("java", 0)
    print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": peak} | found))


def _child(name: str, folder: str, *arguments: object, **settings: str) -> Figures:
    code = f"from enclave import large; large.timed(*{[name, *map(str, arguments)]!r})"
    environment = os.environ | {"ENCLAVE_BUILD": folder} | settings
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EnclaveError(f"The benchmark cleaning stopped at {name}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
