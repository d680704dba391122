"""DuckDB: an engine in the memory of this process, which spills to its own folder."""

import ibis
from ibis.backends import BaseBackend

from enclave_registers.engines.settings import Settings


def connect(settings: Settings, *, preserve_insertion_order: bool = False) -> BaseBackend:
    """A database in memory. Rows have no order unless it is preserved, which costs memory."""
    limit = {} if settings.memory is None else {"memory_limit": f"{settings.memory}MB"}
    order = {"preserve_insertion_order": preserve_insertion_order}
    return ibis.duckdb.connect(temp_directory=str(settings.spill_of_this_process()), **order, **limit)
