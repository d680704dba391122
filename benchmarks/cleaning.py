"""Registers of several sizes: written, validated, and cleaned by a bare query, each engine and plain pandas.

`ENCLAVE_BENCH_FIRMS` names the sizes, as in 1000000,10000000.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import psutil
from pyarrow import parquet

from benchmarks.figures import MEGABYTE, Row, row
from enclave import panels
from enclave.base import files, paths, usage
from enclave.base.disk_space import GIGABYTE
from enclave.base.errors import EnclaveError
from enclave.facts import treated_pairs
from enclave_registers.cleaning import pipeline
from enclave_registers.engines import spark
from enclave_registers.intake import validate

SOURCE = "bench"
FIRMS = "100000,1000000"
# the plain program takes minutes at a million firms, and so does Spark on one machine
LARGEST_PLAIN = LARGEST_SPARK = MILLION = 1_000_000
# the time at this size is held against the floor
AIMED = 10 * MILLION
# this size fills what DuckDB may use, and from here on memory should not grow any more
FLAT_FROM = 30 * MILLION
TIMES_FLOOR, TIMES_PANDAS, PEAK = 2, 8, 4e9
# what DuckDB may use; the rest of the peak is Python and its libraries
MEMORY = "3GB"
# kept with the figures, for the page that shows them
LIMITS = {"spark": LARGEST_SPARK, "pandas": LARGEST_PLAIN, "aimed": AIMED, "memory": MEMORY}
# from ten to a hundred million firms, n log n gives 1.14; the rest is measurement noise. Work that grows with the
# square gives ten for every further digit, and memory that grows with the firms gives 3.3 from 30 million on
STEADY = 1.5
FLOOR = """
    SELECT investor.city, investee.city, year(stakes.invested_on), count(*)
    FROM '{folder}/shareholders.parquet' AS stakes
    JOIN (SELECT firm_id, name[1:2] AS city FROM '{folder}/firms.parquet') AS investee USING (firm_id)
    JOIN (SELECT firm_id, name[1:2] AS city FROM '{folder}/firms.parquet') AS investor
        ON stakes.shareholder_id = investor.firm_id
    GROUP BY ALL
"""
Figures = dict[str, float]
Promise = tuple[str, float, str, dict[str, float]]


def sizes() -> list[int]:
    """Numbers of firms to measure, in order."""
    text = os.environ.get("ENCLAVE_BENCH_FIRMS") or FIRMS
    if not all(part.strip().isdigit() for part in text.split(",")):
        raise EnclaveError(f"ENCLAVE_BENCH_FIRMS is {text!r}. Write numbers with commas, as in {FIRMS}.")
    return sorted(int(part) for part in text.split(","))


def rows() -> list[Row]:
    """Registers of several sizes, written, validated and cleaned by each engine, a bare query and plain pandas."""
    measured = {firms: measure(firms) for firms in sizes()}
    figures = [one for firms, found in measured.items() for one in _of_size(f"{firms:,} firms", found)]
    return figures + [row(what, value, unit, **limit) for what, value, unit, limit in promises(measured)]


def _of_size(firms: str, found: dict[str, Figures]) -> list[Row]:
    """What `measure` found of one size, one row for each figure."""
    rows = [row(f"{firms}, stakes", found["validation"]["stakes"], "rows")]
    rows += [row(f"{firms}, validated tables", found["validation"]["bytes"] / MEGABYTE, "MB")]
    for name, used in found.items():
        if "seconds" in used:
            rows.append(row(f"{firms}, {name}", used["seconds"], "s"))
            rows.append(row(f"{firms}, {name}, seconds of CPU", used["cpu"], "s"))
            rows.append(row(f"{firms}, {name}, peak memory", used["peak"] / MEGABYTE, "MB"))
    rows.append(row(f"{firms}, duckdb over floor", over(found, "duckdb", "floor"), "times"))
    rows += [row(f"{firms}, load of the machine {when}", load, "") for when, load in found["load"].items()]
    if "differ" in found:
        rows.append(row(f"{firms}, panels that differ", found["differ"]["panels"], "", at_most=0))
    return rows


def measure(firms: int) -> dict[str, Figures]:
    """Seconds, CPU seconds and peak memory (bytes) of each piece of work, under its name.

    `registers` writes them, `validation` validates them, `floor` joins and counts them, `duckdb`, `spark` and `pandas`
    clean them, the last two up to `LARGEST_SPARK` and `LARGEST_PLAIN` firms. `validation` also has the bytes and the
    stakes of the validated tables. `differ` is the number of panels that differ from those of DuckDB, if another
    program made them too. `load` is that of the machine `before` and `after`.
    """
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    made, cleaned, before = {}, {}, psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=paths.BUILD, prefix=f".{os.getpid()}.", ignore_cleanup_errors=True) as folder:
        for name, (child, arguments) in _works(firms).items():
            shutil.rmtree(Path(folder) / "panels", ignore_errors=True)
            made[name] = _child(child, folder, *arguments, **_settings(name, child))
            if child in ("clean", "plain"):
                cleaned[name] = _panels(folder)
    compared = {"differ": {"panels": _differing(**cleaned)}} if len(cleaned) > 1 else {}
    return made | compared | {"load": {"before": before, "after": psutil.getloadavg()[0]}}


def _works(firms: int) -> dict[str, tuple[str, list[int]]]:
    """What is measured, in order: name -> function of this module that a child runs, and its arguments."""
    works = {
        "registers": ("write", [firms]),
        "validation": ("validate_tables", []),
        "floor": ("floor", []),
        "duckdb": ("clean", []),
    }
    works |= {"spark": ("clean", [])} if firms <= LARGEST_SPARK else {}
    return works | ({"pandas": ("plain", [])} if firms <= LARGEST_PLAIN else {})


def _settings(name: str, child: str) -> dict[str, str]:
    """What the environment of a child says besides: only engines are named, and only DuckDB is limited."""
    engine = {"ENGINE": name} if child == "clean" else {}
    return engine | ({"ENCLAVE_MEMORY": MEMORY} if name == "duckdb" else {})


def promises(measured: dict[int, dict[str, Figures]]) -> list[Promise]:
    """What the book promises of the cleaning, from the figures of each size: what, value, unit, `bench.row`'s limit.

    A promise about a size that was not measured is left out.
    """
    last, kept = max(measured), []
    found, firms = measured[last], f"{last:,} firms"
    if AIMED in measured:
        times = over(measured[AIMED], "duckdb", "floor")
        kept.append((f"{AIMED:,} firms: DuckDB over floor", times, "times", {"at_most": TIMES_FLOOR}))
    peak = found["duckdb"]["peak"] / GIGABYTE
    kept.append((f"{firms}: peak memory of DuckDB", peak, "GB", {"at_most": PEAK / GIGABYTE}))
    if "pandas" in measured.get(MILLION, {}):
        faster = over(measured[MILLION], "pandas", "duckdb")
        kept.append((f"{MILLION:,} firms: pandas over DuckDB", faster, "times", {"at_least": TIMES_PANDAS}))
    for first in (MILLION, AIMED):
        if first in measured and last > first:
            kept += _growth(measured[first], found, last / first, f"from {first:,} to {firms}")
    if FLAT_FROM in measured and last > FLAT_FROM:
        grown = found["duckdb"]["peak"] / measured[FLAT_FROM]["duckdb"]["peak"]
        kept.append((f"from {FLAT_FROM:,} to {firms}: peak memory grows", grown, "times", {"at_most": STEADY}))
    return kept


def over(found: dict[str, Figures], slow: str, fast: str) -> float:
    """How many times as long as the `fast` work the `slow` one took."""
    return found[slow]["seconds"] / found[fast]["seconds"]


def _growth(small: dict[str, Figures], large: dict[str, Figures], times: float, span: str) -> list[Promise]:
    """By how much seconds of cleaning and validated bytes grow for each firm, while the firms grow so many times."""
    seconds = large["duckdb"]["seconds"] / small["duckdb"]["seconds"] / times
    size = large["validation"]["bytes"] / small["validation"]["bytes"] / times
    return [
        (f"{span}: seconds for each firm grow", seconds, "times", {"at_most": STEADY}),
        (f"{span}: validated bytes for each firm grow", size, "times", {"at_most": STEADY}),
    ]


def write(firms: str) -> Figures:
    """Child: write registers, in a process of its own as the command does; it prints at its end what it has used."""
    given = ["registers", "--source", SOURCE, "--firms", firms]
    imports = "import json; from enclave.base import usage; from enclave_book import cli"
    code = f"{imports}; assert not cli.main({given}); print(json.dumps(usage.own()))"
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True, capture_output=True, encoding="utf-8")
    used = json.loads(done.stdout.splitlines()[-1])
    return {"child": used["peak"], "child_cpu": used["cpu"]}


def validate_tables() -> Figures:
    """Child: validate the registers, and remove them."""
    validate.store(SOURCE)
    folder = paths.validated(SOURCE)
    stakes = parquet.read_metadata(folder / "shareholders.parquet").num_rows
    shutil.rmtree(paths.registers(SOURCE))
    return {"bytes": sum(file.stat().st_size for file in folder.iterdir()), "stakes": stakes}


def floor() -> Figures:
    """Child: nothing but the two joins and the adding up, with the first two characters of a name as its city."""
    duckdb.sql(FLOOR.format(folder=paths.validated(SOURCE))).fetchall()
    return {}


def clean() -> Figures:
    """Child: all panels by the engine that `ENGINE` names."""
    pipeline.build(SOURCE)
    return {"java": spark.peak(), "java_cpu": spark.cpu()}


def plain() -> Figures:
    """Child: the same panels by the plain program of the tests."""
    sys.path.insert(0, str(paths.TESTS / "support"))
    import plain_cleaning

    made = plain_cleaning.clean(paths.validated(SOURCE), panels.pairs(treated_pairs.of_source(SOURCE)))
    for name, frame in made.items():
        files.write_parquet(frame, paths.panels(SOURCE) / f"{name}.parquet")
    return {}


def _differing(duckdb: dict[str, bytes], **others: dict[str, bytes]) -> int:
    """How many panels of the `others` have not the bytes of the same panel of DuckDB."""
    return sum(duckdb[panel] != made for found in others.values() for panel, made in found.items())


def _panels(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((Path(folder) / "panels" / SOURCE).iterdir())}


def timed(name: str, *arguments: str) -> None:
    """Child: run a function of this module and print its figures with time and memory as JSON."""
    began = time.monotonic()
    found = globals()[name](*arguments)
    seconds = time.monotonic() - began
    used = usage.own()
    # a child that has ended had its memory before; Java still runs and adds to it
    peak = max(used["peak"], found.pop("child", 0)) + found.pop("java", 0)
    cpu = used["cpu"] + found.pop("child_cpu", 0) + found.pop("java_cpu", 0)
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak} | found))


def _child(name: str, folder: str, *arguments: object, **settings: str) -> Figures:
    # libraries are loaded before the clock starts, for each program
    call = f"cleaning.timed(*{[name, *map(str, arguments)]!r})"
    code = f"import ibis.backends.duckdb; from benchmarks import cleaning; {call}"
    environment = os.environ | {"ENCLAVE_BUILD": folder} | settings
    command = [sys.executable, "-X", "utf8", "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise EnclaveError(f"The benchmark cleaning stopped at {name}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
