"""Spark on a cluster: a master and two workers, each a process of its own on this machine, some of which are killed."""

import os
import signal

import builds
import clusters
import pytest

pytestmark = pytest.mark.slow
IMPATIENT = "from enclave_registers.engines import spark; spark.PATIENCE = 2; "


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with clusters.master(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def spark(cluster, tmp_path):
    """What the environment says to a build on the cluster."""
    cluster_says = {"ENGINE": "spark", "ENCLAVE_MASTER": cluster.address, "ENCLAVE_MEMORY": "1GB"}
    return cluster.environment | cluster_says | {"ENCLAVE_SPILL": str(tmp_path / "spill")}


def test_a_cluster_that_loses_a_worker_in_its_work_makes_the_bytes_that_duckdb_makes(
    cluster, spark, folder, from_duckdb, tmp_path
):
    work = tmp_path / "work"
    with clusters.workers(cluster, work) as workers, builds.started(folder, **spark) as process:
        log = builds.until(lambda: keeps_rows(cluster.executors(work)), process)
        clusters.kill_an_executor(workers, log)
        process.wait()
    assert process.returncode == 0, builds.said(folder)
    # both had a part of the work, and a third one took the place of the one that was killed
    assert len(cluster.executors(work)) >= 3
    assert all("Finished task" in log.read_text(encoding="utf-8") for log in cluster.executors(work)[:3])
    assert builds.made(folder) == from_duckdb


def keeps_rows(logs):
    """The log of an executor that keeps rows of a table for later steps: they are lost if it dies now."""
    return next((log for log in logs if "Block rdd_" in log.read_text(encoding="utf-8")), None)


def test_a_cluster_that_loses_all_its_workers_says_so_and_leaves_the_former_panels(cluster, spark, folder, tmp_path):
    work = tmp_path / "work"
    impatient = IMPATIENT + builds.BUILD
    with clusters.workers(cluster, work) as workers, builds.started(folder, impatient, **spark) as process:
        builds.until(lambda: any("Running task" in log.read_text() for log in cluster.executors(work)), process)
        for worker in workers:
            builds.end(worker)
        process.wait(timeout=60)
    assert process.returncode == 1, builds.said(folder)
    assert builds.message(builds.said(folder)).endswith("No Spark worker is left. Start workers, then start again.")
    assert builds.made(folder) == builds.FORMER


def test_a_spark_whose_java_is_killed_is_told_in_one_message_and_leaves_the_former_panels(spark, folder, tmp_path):
    local = spark | {"ENCLAVE_MASTER": "local[1]"}
    with builds.started(folder, **local) as process:
        builds.until(lambda: builds.size(tmp_path / "spill", ".index"), process)
        os.kill(builds.child(process.pid, "java"), signal.SIGKILL)
        process.wait(timeout=60)
    assert process.returncode == 1, builds.said(folder)
    assert (
        "EnclaveError: Spark ended during its work, perhaps because memory ran out"
        in builds.said(folder).splitlines()[-1]
    )
    assert builds.made(folder) == builds.FORMER


def test_a_build_that_is_killed_ends_its_java_and_leaves_the_former_panels(spark, folder, tmp_path):
    local = spark | {"ENCLAVE_MASTER": "local[1]"}
    with builds.started(folder, **local) as process:
        builds.until(lambda: builds.size(tmp_path / "spill", ".index"), process)
        java = builds.child(process.pid, "java")
        process.kill()
        process.wait()
        clusters.wait_for_the_end(java)
    assert builds.made(folder) == builds.FORMER
