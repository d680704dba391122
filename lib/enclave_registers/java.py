"""Whether Spark still lives: the Java process that works for this one, and the workers of a cluster."""

import logging
import subprocess
import sys
import time
from threading import Thread

import psutil

from enclave.base import usage

# seconds that a cluster may be without any worker while there is work to do
PATIENCE = 60.0
EACH = 0.5
REPEATED = "Exception while sending command"


def process() -> subprocess.Popen | None:
    """The Java process that this one started, if it did."""
    context = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    return getattr(getattr(context, "_gateway", None), "proc", None)


def has_ended() -> bool:
    """Whether the Java process that this one started is gone; it may take a moment to go."""
    started = process()
    try:
        return started is not None and started.wait(timeout=1) is not None
    except subprocess.TimeoutExpired:
        return False


def peak() -> int:
    """Peak memory in bytes of the Java process that this one started, where the system tells it; 0 without one."""
    started = process()
    return usage.peak_of(started.pid) if started else 0


def cpu() -> float:
    """Seconds of CPU that it has used; 0 without one."""
    started = process()
    try:
        return usage.seconds(psutil.Process(started.pid)) if started else 0.0
    except psutil.Error:
        return 0.0


def keep_quiet() -> None:
    """What becomes one message of ours is not logged besides."""
    logging.getLogger().addFilter(lambda record: REPEATED not in record.getMessage())


def watch_workers(context) -> None:
    """Cancel the work of a Spark context that has no worker for `PATIENCE` seconds: Spark would wait for ever."""
    Thread(target=_watch, args=[context], daemon=True).start()


def _watch(context) -> None:
    from py4j.protocol import Py4JError

    waiting = 0.0
    while waiting < PATIENCE:
        time.sleep(EACH)
        try:
            waiting = waiting + EACH if _waits(context) else 0.0
        except (Py4JError, OSError):
            # nobody answers: Spark has stopped
            return
    context.cancelAllJobs()


def _waits(context) -> bool:
    """Whether there is work and nobody to do it; the driver keeps blocks as workers do and is one of them."""
    return bool(context.statusTracker().getActiveJobsIds()) and context._jsc.sc().getExecutorMemoryStatus().size() < 2
