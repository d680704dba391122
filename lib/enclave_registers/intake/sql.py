"""DuckDB for questions to tables that need not fit into memory: little of it, and a folder to spill to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MEMORY = "400MB"
THREADS = 2


@contextmanager
def session(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that holds `MEMORY` at most and puts the rest into the folder `spill`."""
    settings = {
        "memory_limit": MEMORY,
        "threads": THREADS,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=settings) as connection:
        # the meter of the door tells how far it is
        connection.execute("set enable_progress_bar = false")
        yield connection
