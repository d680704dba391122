"""A Spark cluster of processes on this machine: a master, and workers that can be killed."""

import importlib.util
import os
import re
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import builds

from enclave.base import files
from enclave_registers.engines import spark

DEPLOY = "org.apache.spark.deploy"
HERE = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
WORKER = ["--cores", "1", "--memory", "1g"]
EXECUTOR = "CoarseGrainedExecutorBackend"
# few pieces of small tables
FEW = "spark.sql.shuffle.partitions 2\n"


class Cluster:
    """A master and its workers under one folder: `address`, `environment`, and what the executors log."""

    def __init__(self, folder: Path) -> None:
        """Write its settings; nothing is started yet."""
        self.folder, self.address = folder, ""
        found = importlib.util.find_spec("pyspark")
        assert found, "pyspark is not installed: run `make spark`"
        assert found.origin
        self.home = Path(found.origin).parent
        (folder / "conf").mkdir(parents=True)
        (folder / "conf" / "spark-defaults.conf").write_text(FEW, encoding="utf-8")
        self.environment = {
            "JAVA_HOME": str(spark.java_home()),
            "JDK_JAVA_OPTIONS": builds.QUICK,
            "SPARK_CONF_DIR": str(folder / "conf"),
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        self.started = []

    def start(self, kind: str, name: str, *arguments: str) -> subprocess.Popen:
        """Start a master or a worker, with a log of its own."""
        command = [str(self.home / "bin" / "spark-class"), f"{DEPLOY}.{kind.lower()}.{kind}", *HERE, *arguments]
        with (self.folder / f"{name}.log").open("w", encoding="utf-8") as log:
            environment = os.environ | self.environment | {"SPARK_LOCAL_DIRS": str(self.folder / "local")}
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        self.started.append(process)
        return process

    def end(self) -> None:
        """Kill all of it that still runs."""
        for process in self.started:
            builds.end(process)

    def log(self, name: str) -> str:
        """What the master or a worker logged so far."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def executors(self, folder: Path) -> list[Path]:
        """The logs of the executors that workers started in a folder, in the order of their numbers."""
        return sorted(folder.glob("app-*/*/stderr"), key=lambda log: int(log.parent.name))


@contextmanager
def master(folder: Path) -> Generator[Cluster]:
    """A cluster without workers yet."""
    made = Cluster(folder)
    try:
        process = made.start("Master", "master")
        found = builds.until(lambda: re.findall(r"Starting Spark master at (\S+)", made.log("master")), process)
        made.address = found[0]
        yield made
    finally:
        made.end()


@contextmanager
def workers(cluster: Cluster, folder: Path, count: int = 2) -> Generator[list[subprocess.Popen]]:
    """So many workers of one core each, which keep what their executors write in `folder`."""
    arguments = [*WORKER, "--work-dir", str(folder), cluster.address]
    made = [cluster.start("Worker", f"worker-{number}", *arguments) for number in range(count)]
    try:
        for number, process in enumerate(made):
            builds.until(lambda name=f"worker-{number}": "Successfully registered" in cluster.log(name), process)
        yield made
    finally:
        for process in made:
            builds.end(process)


def kill_an_executor(workers: list[subprocess.Popen], log: Path) -> None:
    """Kill the executor that writes a log, as the system does it for want of memory."""
    number = log.parent.name
    (found,) = [
        process
        for process, starter, command in builds.processes()
        if starter in {worker.pid for worker in workers} and f"--executor-id {number} " in command
    ]
    os.kill(found, signal.SIGKILL)


def wait_for_the_end(process: int, seconds: float = 60) -> None:
    """Wait until a process that is no child of ours has ended; fails after so many seconds."""
    last = time.monotonic() + seconds
    while files.is_running(process):
        assert time.monotonic() < last, f"process {process} still runs"
        time.sleep(0.05)
