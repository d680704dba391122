"""The engine that runs the cleaning: DuckDB or Spark. No module outside this folder knows which of them it is."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

import ibis
from ibis.backends import BaseBackend

from enclave.base import disk_space, files, paths
from enclave.base.errors import EnclaveError
from enclave_registers.engines import duckdb, spark
from enclave_registers.engines.settings import Settings

__all__ = ["Settings", "clear_errors", "connect", "connect_in_order", "set_up_ibis"]

RECURSION_LIMIT = 10_000
ENDED = "Spark ended during its work, perhaps because memory ran out. The former panels stay. Start again."
# words of an engine's error -> the message for the user
MESSAGES = {
    "Out of Memory": "The memory limit is too low. Raise ENCLAVE_MEMORY, or set ENCLAVE_SPILL to a larger disk.",
    "OutOfMemoryError": "The memory limit is too low. Raise ENCLAVE_MEMORY, or use more Spark workers.",
    "Could not connect to": "The Spark master does not answer. Check ENCLAVE_MASTER.",
    "All masters are unresponsive": "The Spark master does not answer. Check ENCLAVE_MASTER.",
    "SparkContext was shut down": ENDED,
    "cancelled as part of cancellation of all jobs": "No Spark worker is left. Start workers, then start again.",
}


def connect(settings: Settings | None = None) -> BaseBackend:
    """The engine of `settings` (by default those of the environment), ready to work.

    Raises EnclaveError for settings that are not valid, or if a program that the engine needs is not installed.
    """
    settings = settings or Settings.read()
    files.remove_leftovers(settings.spill)
    set_up_ibis()
    with clear_errors():
        return {"duckdb": duckdb, "spark": spark}[settings.name].connect(settings)


def connect_in_order(settings: Settings | None = None) -> BaseBackend:
    """A DuckDB that keeps rows in their order, whichever engine the cleaning uses."""
    set_up_ibis()
    return duckdb.connect(settings or Settings.read(), preserve_insertion_order=True)


def set_up_ibis() -> None:
    """Settings of Ibis that the cleaning needs in this process; `connect` makes them.

    A column that several others use is computed once. Ibis writes nested queries by recursion, which may be deep.
    """
    ibis.options.sql.fuse_selects = False
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))


@contextmanager
def clear_errors() -> Generator[None]:
    """Turn an engine's error that the user can correct into one EnclaveError, which quotes nothing of the data."""
    remedy = "The former panels stay. Free some space, or choose another folder with"
    spill = disk_space.as_full_disk_error(Settings.read().spill, f"{remedy} ENCLAVE_SPILL.")
    try:
        # engines write to the spill folder only; an OSError comes from writing panels
        with spill, disk_space.as_full_disk_error(paths.BUILD, f"{remedy} ENCLAVE_BUILD.", OSError):
            yield
    except EnclaveError:
        raise
    except Exception as error:
        text = f"{type(error).__name__} {error}"
        found = [message for words, message in MESSAGES.items() if words in text]
        if found or spark.has_ended():
            raise EnclaveError(found[0] if found else ENDED) from None
        raise
